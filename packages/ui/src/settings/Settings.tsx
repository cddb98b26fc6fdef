/** What can be chosen. Everything takes effect at once; only the name has to be saved. [U9] */
import type { Settings as Choices } from "@megachat/view";
import { useEffect, useId, useState, type ReactNode } from "react";
import { useEnvironment, useSignedIn, useSnapshot } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { Confirm, Dialog } from "../parts/Dialog.tsx";
import { Field } from "../parts/Field.tsx";
import { useOverlays } from "../workspace/overlay.ts";
import css from "./Settings.module.css";
import { onTyped } from "../parts/typed.ts";

export function Settings({ onClose }: { readonly onClose: () => void }) {
  const { words } = useEnvironment();
  return (
    <Dialog title={words.settings.title} onClose={onClose} size="wide">
      <Profile />
      <Security />
      <Look />
      <Group title={words.settings.sounds}>
        <Switch choice="messageSounds" label={words.settings.messageSounds} />
        <Switch choice="callSounds" label={words.settings.callSounds} />
      </Group>
      <Group title={words.settings.privacy}>
        <Switch choice="readReceipts" label={words.settings.readReceipts} hint={words.settings.readReceiptsHint} />
        <Switch choice="typingShown" label={words.settings.typing} />
        <Switch choice="relayOnly" label={words.settings.relayOnly} hint={words.settings.relayOnlyHint} />
        <Switch choice="findable" label={words.settings.findable} hint={words.settings.findableHint} />
      </Group>
      <Storage />
    </Dialog>
  );
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section className={css.group} aria-labelledby={id}>
      <h3 id={id} className={css.title}>
        {title}
      </h3>
      {children}
    </section>
  );
}

function Profile() {
  const { client, words, format, toasts } = useEnvironment();
  const { handle, displayName } = useSignedIn();
  const [name, setName] = useState(displayName ?? "");
  const [problem, setProblem] = useState<string | null>(null);
  const save = async (): Promise<void> => {
    const answer = await client.intents.setDisplayName({ displayName: name.trim() });
    if (answer.ok) return toasts.say(words.settings.saved);
    setProblem(
      answer.error.type === "tooLong"
        ? words.errors.nameTooLong(format.number(answer.error.limit))
        : words.settings.displayNameHint,
    );
  };
  return (
    <Group title={words.settings.profile}>
      <form
        className={css.profile}
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Field
          label={words.settings.displayName}
          hint={words.settings.displayNameHint}
          error={problem}
          value={name}
          placeholder={handle}
          autoComplete="name"
          {...onTyped((text) => {
            setName(text);
            setProblem(null);
          })}
        />
        <Button type="submit" disabled={name.trim() === "" || name.trim() === displayName}>
          {words.settings.save}
        </Button>
      </form>
      <p className={css.line}>
        <span className={css.label}>{words.settings.handle}</span>
        <span>{handle}</span>
      </p>
    </Group>
  );
}

function Security() {
  const { words, format } = useEnvironment();
  const { recovery } = useSignedIn();
  const overlays = useOverlays();
  return (
    <Group title={words.settings.security}>
      <div className={css.line}>
        <span className={css.label}>
          {words.settings.recoveryKey}
          <span className={css.hint}>
            {recovery.at === "confirmed" ? words.recovery.confirmed(format.date(recovery.on)) : words.recovery.pending}
          </span>
        </span>
        <Button onClick={() => overlays.open({ at: "recovery" })}>{words.recovery.show}</Button>
      </div>
    </Group>
  );
}

function Look() {
  const { client, words } = useEnvironment();
  const { theme, contrast } = useSnapshot((snapshot) => snapshot.settings);
  return (
    <Group title={words.settings.look}>
      <fieldset className={css.themes}>
        <legend className="unseen">{words.settings.theme}</legend>
        {(["system", "light", "dark"] as const).map((each) => (
          <label key={each} className={css.theme}>
            <input
              type="radio"
              name="theme"
              checked={theme === each}
              onChange={() => void client.intents.changeSettings({ theme: each })}
            />
            <span>{words.settings.themes[each]}</span>
          </label>
        ))}
      </fieldset>
      <SwitchRow
        label={words.settings.contrast}
        on={contrast === "more"}
        onChange={(on) => void client.intents.changeSettings({ contrast: on ? "more" : "system" })}
      />
    </Group>
  );
}

type BooleanChoice = { [K in keyof Choices]: Choices[K] extends boolean ? K : never }[keyof Choices];

function Switch({ choice, label, hint }: { readonly choice: BooleanChoice; readonly label: string; readonly hint?: string }) {
  const { client } = useEnvironment();
  const on = useSnapshot((snapshot) => snapshot.settings[choice]);
  return (
    <SwitchRow label={label} hint={hint} on={on} onChange={(next) => void client.intents.changeSettings({ [choice]: next })} />
  );
}

interface SwitchRowProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

function SwitchRow({ label, hint, on, onChange }: SwitchRowProps) {
  const id = useId();
  return (
    <div className={css.line}>
      <span className={css.label}>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && (
          <span id={`${id}-hint`} className={css.hint}>
            {hint}
          </span>
        )}
      </span>
      <input
        id={id}
        type="checkbox"
        role="switch"
        className={css.switch}
        checked={on}
        aria-checked={on}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}

function Storage() {
  const { words, keeper } = useEnvironment();
  const { storage } = useSignedIn();
  const [leaving, setLeaving] = useState<"keeping" | "deleting" | null>(null);
  const [kept, setKept] = useState<boolean | null>(null);
  // It may have been promised since the session began.
  useEffect(() => {
    void keeper.isKept().then((is) => is && setKept(true));
  }, [keeper]);
  return (
    <Group title={words.settings.storage}>
      <p className={css.hint} role="status">
        {words.settings.storageText[kept === true ? "persistent" : storage]}
        {kept === false && ` ${words.settings.keepRefused}`}
      </p>
      <div className={css.actions}>
        {(storage === "evictable" || storage === "seemsTemporary") && kept !== true && (
          <Button onClick={async () => setKept(await keeper.keep())}>{words.settings.keep}</Button>
        )}
        <Button onClick={() => setLeaving("keeping")}>{words.settings.signOut}</Button>
        <Button kind="danger" onClick={() => setLeaving("deleting")}>
          {words.settings.forget}
        </Button>
      </div>
      {leaving !== null && <Leave deleting={leaving === "deleting"} onClose={() => setLeaving(null)} />}
    </Group>
  );
}

/** The last question before this browser forgets the session, or the whole account. [U25] */
function Leave({ deleting, onClose }: { readonly deleting: boolean; readonly onClose: () => void }) {
  const { client, words, toasts } = useEnvironment();
  const { storage } = useSignedIn();
  const said = words.settings;
  return (
    <Confirm
      title={deleting ? said.forgetTitle : said.signOutTitle}
      text={deleting ? said.forgetText : said.signOutText[storage]}
      action={deleting ? said.forgetConfirm : said.signOut}
      onConfirm={async () => {
        const answer = await client.intents.signOut({ forget: deleting });
        if (!answer.ok) toasts.say(words.errors.offline);
      }}
      onClose={onClose}
    />
  );
}
