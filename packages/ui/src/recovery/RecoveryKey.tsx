/** The recovery key's three steps: see the words, prove that they were written down, or postpone knowing what that means. */
import { Download } from "lucide-react";
import type { RecoveryWords } from "@megachat/view";
import { useEffect, useState } from "react";
import { useEnvironment, useSignedIn, useWords } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { CopyButton } from "../parts/CopyButton.tsx";
import { Confirm } from "../parts/Dialog.tsx";
import { Field, FormError } from "../parts/Field.tsx";
import { Spinner, useLate } from "../parts/Waiting.tsx";
import { signInProblem } from "../words/problems.ts";
import css from "./RecoveryKey.module.css";
import { onTyped } from "../parts/typed.ts";

interface RecoveryKeyProps {
  /** Confirmed or postponed. */
  readonly onDone: () => void;
}

export function RecoveryKey({ onDone }: RecoveryKeyProps) {
  const { words } = useEnvironment();
  const [known, setKnown] = useState<RecoveryWords | null>(null);
  const [checking, setChecking] = useState(false);
  return (
    <div className={css.steps}>
      {known === null && <Unlock onKnown={setKnown} />}
      {known !== null && !checking && <See known={known} onWritten={() => setChecking(true)} />}
      {known !== null && checking && <Check known={known} onBack={() => setChecking(false)} onDone={onDone} />}
      <Postpone onDone={onDone} label={words.recovery.later} />
    </div>
  );
}

/** The first showing needs nothing; later ones the password. */
function Unlock({ onKnown }: { readonly onKnown: (known: RecoveryWords) => void }) {
  const { client, words, format, clock } = useEnvironment();
  const [state, setState] = useState<"asking" | "password" | { readonly problem: string }>("asking");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const show = async (given: string | null): Promise<void> => {
    setBusy(true);
    const answer = await client.intents.showRecoveryKey({ password: given });
    setBusy(false);
    if (answer.ok) onKnown(answer.value);
    else
      setState(
        answer.error.type === "passwordNeeded"
          ? "password"
          : { problem: signInProblem({ words, format, now: clock.now() }, answer.error) },
      );
  };
  useEffect(() => {
    void show(null);
    // oxlint-disable-next-line react/exhaustive-deps -- asked once when the step opens
  }, []);
  if (state === "asking") return <Spinner />;
  return (
    <form
      className={css.step}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void show(password);
      }}
    >
      <Field
        label={words.signIn.password}
        hint={words.recovery.passwordFirst}
        error={typeof state === "object" ? state.problem : null}
        type="password"
        autoComplete="current-password"
        value={password}
        {...onTyped(setPassword)}
        required
      />
      {busy && <Slowed />}
      <Button kind="main" type="submit" busy={busy}>
        {words.recovery.show}
      </Button>
    </form>
  );
}

/** A password that takes longer than its stretching does is slowed by the server. */
function Slowed() {
  const { recovery } = useWords();
  const late = useLate(4_000);
  return <p role="status">{late && recovery.slowed}</p>;
}

function See({ known, onWritten }: { readonly known: RecoveryWords; readonly onWritten: () => void }) {
  const { words, format } = useEnvironment();
  const { handle } = useSignedIn();
  const text = known.words.join(" ");
  const save = (): void => {
    const url = URL.createObjectURL(new Blob([words.recovery.fileText(handle, text)], { type: "text/plain" }));
    Object.assign(document.createElement("a"), { href: url, download: words.recovery.fileName }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  };
  return (
    <div className={css.step}>
      <ol className={css.words} aria-label={words.recovery.words}>
        {known.words.map((word, at) => (
          // oxlint-disable-next-line react/no-array-index-key -- words stand at their places and may repeat
          <li key={`${at} ${word}`}>
            <span className={css.number} aria-hidden>
              {format.number(at + 1)}
            </span>
            {word}
          </li>
        ))}
      </ol>
      <p className={css.note}>{words.recovery.how}</p>
      <div className={css.actions}>
        <CopyButton text={text} label={words.recovery.copy} />
        <Button icon={Download} onClick={save}>
          {words.recovery.save}
        </Button>
      </div>
      <Button kind="main" wide onClick={onWritten}>
        {words.recovery.wrote}
      </Button>
    </div>
  );
}

function Check({
  known,
  onBack,
  onDone,
}: {
  readonly known: RecoveryWords;
  readonly onBack: () => void;
  readonly onDone: () => void;
}) {
  const { client, words, format, toasts } = useEnvironment();
  const [typed, setTyped] = useState<ReadonlyMap<number, string>>(new Map());
  const [wrong, setWrong] = useState<readonly number[]>([]);
  const name = (position: number): string => words.recovery.word(format.number(position + 1));
  const confirm = async (): Promise<void> => {
    const answer = await client.intents.confirmRecoveryKey({
      words: known.ask.map((position) => ({ position, word: (typed.get(position) ?? "").trim().toLowerCase() })),
    });
    if (!answer.ok) return setWrong(answer.error.positions);
    toasts.say(words.recovery.thanks);
    onDone();
  };
  return (
    <form
      className={css.step}
      onSubmit={(event) => {
        event.preventDefault();
        void confirm();
      }}
    >
      <h2 className={css.subtitle}>{words.recovery.checkTitle}</h2>
      <p className={css.note}>{words.recovery.checkLead}</p>
      {known.ask.map((position) => (
        <Field
          key={position}
          label={name(position)}
          value={typed.get(position) ?? ""}
          {...onTyped((word) => setTyped(new Map(typed).set(position, word)))}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
      ))}
      <FormError>{wrong.length === 0 ? null : words.recovery.wrong(format.list(wrong.map(name)))}</FormError>
      <div className={css.actions}>
        <Button onClick={onBack}>{words.recovery.seeAgain}</Button>
        <Button kind="main" type="submit">
          {words.recovery.confirm}
        </Button>
      </div>
    </form>
  );
}

function Postpone({ label, onDone }: { readonly label: string; readonly onDone: () => void }) {
  const { client, words } = useEnvironment();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button kind="quiet" onClick={() => setAsking(true)}>
        {label}
      </Button>
      {asking && (
        <Confirm
          title={words.recovery.laterTitle}
          text={words.recovery.laterText}
          action={words.recovery.laterConfirm}
          onConfirm={async () => {
            await client.intents.postponeRecoveryKey({});
            onDone();
          }}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}
