/** A refused microphone or camera: why, how to allow it in this browser, and the way on without. [U8] */
import { MicOff, VideoOff } from "lucide-react";
import { useEnvironment, type BrowserKind } from "../environment.ts";
import type { MediaRefusal } from "../media-surface.ts";
import { Button } from "../parts/Button.tsx";
import { Dialog, DialogActions } from "../parts/Dialog.tsx";
import type { Words } from "../words/en.ts";
import css from "./MediaRefused.module.css";

interface MediaRefusedProps {
  readonly refusals: readonly MediaRefusal[];
  readonly retry: () => void;
  readonly without: (() => void) | null;
  readonly onClose: () => void;
}

export function MediaRefused({ refusals, retry, without, onClose }: MediaRefusedProps) {
  const { words, browser } = useEnvironment();
  const { permission } = words;
  const devices = new Set(refusals.map((refusal) => refusal.device));
  const both = devices.has("microphone") && devices.has("camera");
  const kind = both ? "both" : (refusals[0]?.device ?? "microphone");
  const on = both ? permission.withoutBoth : devices.has("camera") ? permission.withoutCamera : permission.withoutMicrophone;
  const reasons = [...new Map(refusals.map((refusal) => [refusal.reason, refusal])).values()];
  const Icon = devices.has("camera") && !both ? VideoOff : MicOff;
  return (
    <Dialog title={permission.title[kind]} onClose={onClose} size="small">
      {reasons.map((refusal) => (
        <div key={refusal.reason} className={css.reason}>
          <Icon size={20} aria-hidden />
          <div>
            <p>{leadOf(permission, refusal)}</p>
            <p className={css.how}>{howOf(permission, refusal, browser)}</p>
          </div>
        </div>
      ))}
      <DialogActions>
        {without !== null && (
          <Button
            onClick={() => {
              onClose();
              without();
            }}
          >
            {on}
          </Button>
        )}
        <Button
          kind="main"
          onClick={() => {
            onClose();
            retry();
          }}
        >
          {words.common.tryAgain}
        </Button>
      </DialogActions>
    </Dialog>
  );
}

const leadOf = (permission: Words["permission"], { reason }: MediaRefusal): string => permission[reason].lead;

function howOf(permission: Words["permission"], { reason }: MediaRefusal, browser: BrowserKind): string {
  return reason === "blockedForSite" ? permission.blockedForSite[browser] : permission[reason].how;
}
