/** What this browser lacks, in the standards' names. Without any of these the app could not keep its promises. */
import type { Broken } from "@megachat/view";

const needed: Readonly<Record<string, () => boolean>> = {
  WebAssembly: () => typeof WebAssembly === "object",
  BroadcastChannel: () => typeof BroadcastChannel === "function",
  LockManager: () => "locks" in navigator,
  indexedDB: () => typeof indexedDB === "object",
  SubtleCrypto: () => "subtle" in crypto,
  RTCRtpScriptTransform: () => typeof RTCRtpScriptTransform === "function",
  "Promise.withResolvers": () => "withResolvers" in Promise,
};

export function whatIsMissing(): Broken | null {
  // Off a secure context most of the list is missing too, and for this one reason.
  if (!isSecureContext) return { type: "insecureOrigin" };
  const missing = Object.entries(needed).flatMap(([name, isThere]) => (isThere() ? [] : [name]));
  return missing.length === 0 ? null : { type: "browserTooOld", missing };
}
