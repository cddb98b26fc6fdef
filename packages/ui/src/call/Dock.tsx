/** The call while one moves around the app: small, in a corner, with what matters. */
import { Maximize2, Mic, MicOff } from "lucide-react";
import { nameOf, type Call, type Contact } from "@megachat/view";
import { useEnvironment } from "../environment.ts";
import { CallTime } from "./CallTime.tsx";
import css from "./Dock.module.css";
import { useCallControls } from "./use-call-controls.ts";
import { HangUpIcon } from "./HangUpIcon.tsx";

interface DockProps {
  readonly call: Call;
  readonly contact: Contact;
  readonly onFull: () => void;
}

export function Dock({ call, contact, onFull }: DockProps) {
  const { words } = useEnvironment();
  const { setMuted, hangUp } = useCallControls(call);
  const { muted } = call.self;
  return (
    <div className={css.dock}>
      <div className={css.texts}>
        <p className={css.name}>
          <bdi>{nameOf(contact)}</bdi>
        </p>
        <p className={css.time}>
          <CallTime call={call} />
        </p>
      </div>
      <div className={css.tools}>
        <button
          type="button"
          className={css.tool}
          data-off={muted}
          aria-label={muted ? words.call.unmute : words.call.mute}
          title={muted ? words.call.unmute : words.call.mute}
          onClick={() => void setMuted(!muted)}
        >
          {muted ? <MicOff size={18} aria-hidden /> : <Mic size={18} aria-hidden />}
        </button>
        <button type="button" className={css.tool} aria-label={words.call.toCall} title={words.call.toCall} onClick={onFull}>
          <Maximize2 size={18} aria-hidden />
        </button>
        <button
          type="button"
          className={`${css.tool} ${css.end}`}
          aria-label={words.call.leave}
          title={words.call.leave}
          onClick={() => void hangUp()}
        >
          <HangUpIcon size={18} aria-hidden />
        </button>
      </div>
    </div>
  );
}
