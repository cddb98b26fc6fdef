/** Which microphone, camera and speaker. Changing over does not interrupt the call. */
import { Volume2, X } from "lucide-react";
import { useId, useRef, useState } from "react";
import { useEnvironment, useMedia, useSnapshot } from "../environment.ts";
import type { DeviceKind } from "../media-surface.ts";
import { IconButton } from "../parts/Button.tsx";
import css from "./Devices.module.css";
import { useEscape } from "./use-escape.ts";
import { useSpeaking } from "./use-speaking.ts";

export function Devices({ onClose }: { readonly onClose: () => void }) {
  const { words } = useEnvironment();
  const { canChooseSpeaker } = useMedia();
  const area = useRef<HTMLElement>(null);
  useEscape(area, onClose);
  const kinds: readonly DeviceKind[] = canChooseSpeaker ? ["microphone", "camera", "speaker"] : ["microphone", "camera"];
  return (
    <section ref={area} className={css.devices} aria-label={words.call.devices}>
      <header className={css.head}>
        <h3>{words.call.devices}</h3>
        <IconButton icon={X} label={words.common.close} size="small" onClick={onClose} />
      </header>
      {kinds.map((kind) => (
        <DeviceChoice key={kind} kind={kind} />
      ))}
      <SpeakerTest />
    </section>
  );
}

function DeviceChoice({ kind }: { readonly kind: DeviceKind }) {
  const { words, media, format } = useEnvironment();
  const { devices, chosen } = useMedia();
  const [failed, setFailed] = useState(false);
  const id = useId();
  const list = devices[kind];
  const choose = async (value: string): Promise<void> => {
    const answer = await media.choose(kind, value === "" ? null : value);
    setFailed(!answer.ok);
  };
  return (
    <div className={css.choice}>
      <label htmlFor={id}>{words.call[kind]}</label>
      <select
        id={id}
        className={css.select}
        value={chosen[kind] ?? ""}
        disabled={list.length === 0}
        onChange={(event) => void choose(event.target.value)}
      >
        <option value="">{list.length === 0 ? words.call.noDevices : words.call.systemDefault}</option>
        {list.map((device, at) => (
          <option key={device.id} value={device.id}>
            {device.label || words.call.unnamed(words.call[kind], format.number(at + 1))}
          </option>
        ))}
      </select>
      {kind === "microphone" && (
        <>
          <Level />
          <Processing />
        </>
      )}
      {failed && (
        <p role="alert" className={css.failed}>
          {words.call.deviceFailed}
        </p>
      )}
    </div>
  );
}

/** How loud the microphone is: whoever sees it move is heard. */
function Level() {
  const { words } = useEnvironment();
  const bar = useRef<HTMLDivElement>(null);
  useSpeaking(bar, "self", { isMeter: true });
  return <div ref={bar} className={css.level} role="img" aria-label={words.call.level} />;
}

const steps = ["noiseSuppression", "echoCancellation", "autoGain"] as const;

/** What the browser does to the voice. It stays for calls to come, on every browser of the account. */
function Processing() {
  const { words, client } = useEnvironment();
  const settings = useSnapshot((snapshot) => snapshot.settings);
  return (
    <fieldset className={css.processing}>
      <legend className="unseen">{words.call.processing}</legend>
      {steps.map((step) => (
        <label key={step}>
          <input
            type="checkbox"
            checked={settings[step]}
            onChange={(event) => void client.intents.changeSettings({ [step]: event.target.checked })}
          />
          {words.call[step]}
        </label>
      ))}
    </fieldset>
  );
}

function SpeakerTest() {
  const { words, media } = useEnvironment();
  const [failed, setFailed] = useState(false);
  const [playing, setPlaying] = useState(false);
  const test = async (): Promise<void> => {
    setPlaying(true);
    setFailed(!(await media.testSpeaker()));
    setPlaying(false);
  };
  return (
    <div className={css.choice}>
      <button type="button" className={css.test} aria-disabled={playing} onClick={() => void (playing || test())}>
        <Volume2 size={16} aria-hidden />
        {playing ? words.call.testingSpeaker : words.call.testSpeaker}
      </button>
      {failed && (
        <p role="alert" className={css.failed}>
          {words.call.deviceFailed}
        </p>
      )}
    </div>
  );
}
