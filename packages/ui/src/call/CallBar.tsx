/** The one bar: microphone, camera, devices, security, the conversation, and the way out. */
import {
  MessageCircle,
  Mic,
  MicOff,
  MonitorUp,
  MonitorX,
  Pause,
  PictureInPicture2,
  Play,
  Settings2,
  ShieldCheck,
  SquareUser,
  Video,
  VideoOff,
  type LucideIcon,
} from "lucide-react";
import type { Call } from "@megachat/view";
import { useState } from "react";
import { useEnvironment, useMedia } from "../environment.ts";
import { Devices } from "./Devices.tsx";
import { useCallControls } from "./use-call-controls.ts";
import type { PictureInPicture } from "./use-picture-in-picture.ts";
import css from "./CallBar.module.css";
import { HangUpIcon } from "./HangUpIcon.tsx";

interface CallBarProps {
  readonly call: Call;
  /** Null while there is no picture. */
  readonly float: PictureInPicture | null;
  readonly panel: boolean;
  readonly onPanel: () => void;
  readonly onSmall: () => void;
  readonly selfShown: boolean;
  readonly onSelf: () => void;
}

export function CallBar({ call, float, panel, onPanel, onSmall, selfShown, onSelf }: CallBarProps) {
  const { words } = useEnvironment();
  const { canShareScreen, screenShown } = useMedia();
  const controls = useCallControls(call);
  const [devices, setDevices] = useState(false);
  const waiting =
    call.direction === "outgoing" && (call.state.at === "placing" || call.state.at === "calling" || call.state.at === "ringing");
  const { muted, camera, held } = call.self;
  return (
    <>
      {devices && <Devices onClose={() => setDevices(false)} />}
      <div className={css.bar} role="toolbar" aria-label={words.call.bar}>
        {held ? (
          <BarButton icon={Play} label={words.call.resume} off onClick={() => controls.hold(false)} />
        ) : (
          <>
            <BarButton
              icon={muted ? MicOff : Mic}
              label={muted ? words.call.unmute : words.call.mute}
              off={muted}
              onClick={() => void controls.setMuted(!muted)}
            />
            <BarButton
              icon={camera ? Video : VideoOff}
              label={camera ? words.call.cameraOff : words.call.cameraOn}
              off={!camera}
              onClick={() => void controls.setCamera(!camera)}
            />
            {canShareScreen && (screenShown || call.state.at === "connected") && (
              <BarButton
                icon={screenShown ? MonitorX : MonitorUp}
                label={screenShown ? words.call.stopScreen : words.call.shareScreen}
                onClick={() => (screenShown ? controls.stopScreen() : void controls.shareScreen())}
              />
            )}
          </>
        )}
        <BarButton icon={Settings2} label={words.call.devices} expanded={devices} onClick={() => setDevices(!devices)} />
        <span className={css.rule} aria-hidden />
        {float?.canFloat === true && (
          <BarButton
            icon={PictureInPicture2}
            label={float.floating ? words.call.unfloat : words.call.float}
            spare
            onClick={() => void float.toggle()}
          />
        )}
        {camera && <BarButton icon={SquareUser} label={selfShown ? words.call.hideSelf : words.call.showSelf} onClick={onSelf} />}
        {call.state.at === "connected" && !held && (
          <BarButton icon={Pause} label={words.call.hold} spare onClick={() => controls.hold(true)} />
        )}
        <BarButton icon={ShieldCheck} label={words.call.security} expanded={panel} onClick={onPanel} />
        <BarButton icon={MessageCircle} label={words.call.toChat} onClick={onSmall} />
        <button
          type="button"
          className={css.end}
          aria-label={waiting ? words.call.cancel : words.call.leave}
          title={waiting ? words.call.cancel : words.call.leave}
          onClick={() => void controls.hangUp()}
        >
          <HangUpIcon size={23} aria-hidden />
        </button>
      </div>
    </>
  );
}

interface BarButtonProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly off?: boolean;
  readonly expanded?: boolean;
  /** Gives way where the bar is narrow. */
  readonly spare?: boolean;
  readonly onClick: () => void;
}

function BarButton({ icon: Icon, label, off = false, expanded, spare = false, onClick }: BarButtonProps) {
  return (
    <button
      type="button"
      className={css.button}
      aria-label={label}
      title={label}
      data-off={off}
      data-spare={spare}
      aria-expanded={expanded}
      onClick={onClick}
    >
      <Icon size={23} aria-hidden />
    </button>
  );
}
