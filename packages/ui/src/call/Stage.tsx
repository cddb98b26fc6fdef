/**
 * A call that runs here. One and the same element shows the peer, whether the call fills the window or sits small beside the work: sound never stops for a change of size.
 */
import { nameOf, type Call, type Contact } from "@megachat/view";
import { useEffect, useRef, useState } from "react";
import { useEnvironment, useMedia } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { isolated } from "../words/isolated.ts";
import { CallBar } from "./CallBar.tsx";
import { CallHead } from "./CallHead.tsx";
import { CallHints } from "./CallHints.tsx";
import { Dock } from "./Dock.tsx";
import { SecurityPanel } from "./SecurityPanel.tsx";
import { SelfView } from "./SelfView.tsx";
import css from "./Stage.module.css";
import { useAwake } from "./use-awake.ts";
import { useCallKeys } from "./use-call-keys.ts";
import { useEscape } from "./use-escape.ts";
import { useIdle } from "./use-idle.ts";
import { usePictureInPicture } from "./use-picture-in-picture.ts";
import { useSpeaking } from "./use-speaking.ts";

interface StageProps {
  readonly call: Call;
  readonly contact: Contact;
  readonly small: boolean;
  readonly onSize: (small: boolean) => void;
}

export function Stage({ call, contact, small, onSize }: StageProps) {
  const { words, media } = useEnvironment();
  const { remotePicture } = useMedia();
  const [panel, setPanel] = useState(false);
  const [selfShown, setSelfShown] = useState(true);
  const stage = useRef<HTMLElement>(null);
  const remote = useRef<HTMLVideoElement>(null);
  const face = useRef<HTMLDivElement>(null);
  const still = useIdle(stage, panel || small || call.state.at !== "connected");
  const name = nameOf(contact);
  const picture = remotePicture && !call.self.held && (call.peer.camera || call.peer.screen);
  const label = call.peer.screen ? words.call.screenOf(isolated(name)) : name;
  const float = usePictureInPicture(remote);
  useAwake(call.state.at === "connected" && (picture || call.self.camera));
  useCallKeys(call);
  useEscape(stage, () => {
    if (panel) setPanel(false);
    else onSize(true);
  });
  useSpeaking(face, "peer");
  useEffect(() => (remote.current === null ? undefined : media.attachRemote(remote.current)), [media]);
  useEffect(() => {
    if (!small) stage.current?.focus({ preventScroll: true });
  }, [small]);

  return (
    <section
      ref={stage}
      className={`${css.stage} stage-colours`}
      aria-label={words.call.stage(isolated(name))}
      data-small={small}
      data-still={still}
      data-picture={picture}
      tabIndex={-1}
    >
      {/* Captions would have to be made by someone who hears the call; nobody but the two does. */}
      {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- a live, sealed conversation */}
      <video ref={remote} className={css.remote} autoPlay playsInline hidden={!picture} aria-label={label} />
      {!picture && (
        <div className={css.face}>
          <div ref={face} className={css.ring}>
            <Avatar name={name} hue={contact.hue} size={small ? "normal" : "huge"} />
          </div>
        </div>
      )}
      {small ? (
        <Dock call={call} contact={contact} onFull={() => onSize(false)} />
      ) : (
        <>
          <CallHead call={call} contact={contact} onSecurity={() => setPanel(true)} />
          <SelfView call={call} shown={selfShown} onHide={() => setSelfShown(false)} />
          <div className={css.foot}>
            <CallHints call={call} />
            <CallBar
              call={call}
              float={picture ? float : null}
              panel={panel}
              onPanel={() => setPanel(!panel)}
              onSmall={() => onSize(true)}
              selfShown={selfShown}
              onSelf={() => setSelfShown(!selfShown)}
            />
          </div>
          {panel && <SecurityPanel call={call} contact={contact} onClose={() => setPanel(false)} />}
        </>
      )}
    </section>
  );
}
