/** Why a device did not open, in facts that a screen can explain for the browser at hand. [M18] */
import type { CaptureRefusal } from "@megachat/wire";

export type DeviceKind = "microphone" | "camera" | "speaker";
export interface MediaRefusal {
  readonly device: DeviceKind;
  readonly reason:
    /** The user said no, now or earlier, for this site. */
    | "blockedForSite"
    /** The operating system keeps the browser from it. */
    | "blockedBySystem"
    /** The question was closed without an answer. */
    | "dismissed"
    | "noDevice"
    | "inUse"
    | "insecureOrigin"
    | "failed";
}
export type RefusalReason = MediaRefusal["reason"];

/** From what `getUserMedia` rejects with (Media Capture and Streams §10.2). Chromium tells three kinds of "no" apart by its text only. */
export function reasonOf(fault: unknown): RefusalReason {
  const { name, message } = fault instanceof Error ? fault : new Error();
  switch (name) {
    case "NotAllowedError":
      if (/system/i.test(message)) return "blockedBySystem";
      return /dismiss/i.test(message) ? "dismissed" : "blockedForSite";
    case "SecurityError":
      return "insecureOrigin";
    case "NotFoundError":
    case "OverconstrainedError":
      return "noDevice";
    case "NotReadableError":
    case "AbortError":
      return "inUse";
    default:
      return "failed";
  }
}

/** What the core needs to know of it. */
export function forCore(reason: RefusalReason): CaptureRefusal {
  switch (reason) {
    case "blockedForSite":
    case "blockedBySystem":
    case "dismissed":
      return "blocked";
    case "noDevice":
      return "none";
    case "inUse":
      return "inUse";
    case "insecureOrigin":
      return "insecure";
    case "failed":
      return "failed";
  }
}
