/** Name and password of an account that exists; for a locked one only the password. */
import { Eye, EyeOff } from "lucide-react";
import type { Session, SignInError } from "@megachat/view";
import { useEffect, useRef, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button, IconButton } from "../parts/Button.tsx";
import { Field, FormError } from "../parts/Field.tsx";
import { signInProblem, type Refused } from "../words/problems.ts";
import css from "./form.module.css";
import { onTyped } from "../parts/typed.ts";

interface SignInProps {
  readonly session: Extract<Session, { at: "signedOut" | "locked" | "working" }>;
  readonly onSignUp: () => void;
}

export function SignIn({ session, onSignUp }: SignInProps) {
  const { client, words, format, clock } = useEnvironment();
  const locked = session.at === "locked" ? session.handle : null;
  const [handle, setHandle] = useState(locked ?? (session.at === "signedOut" ? (session.lastHandle ?? "") : ""));
  const [password, setPassword] = useState("");
  const [shown, setShown] = useState(false);
  const [problem, setProblem] = useState<Refused<SignInError> | null>(null);
  const [busy, setBusy] = useState(false);
  const [calledOff, setCalledOff] = useState(0);
  const field = useRef<HTMLInputElement>(null);
  // The form has come back, and it is the password that is missing.
  useEffect(() => {
    if (calledOff > 0) field.current?.focus();
  }, [calledOff]);
  const because = session.at === "signedOut" ? session.because : null;

  const submit = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await client.intents.signIn({ handle: (locked ?? handle).trim(), password });
      if (answer.ok) return;
      if (answer.error.type !== "cancelled") return setProblem(answer.error);
      setPassword("");
      setCalledOff(calledOff + 1);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className={css.form}
      aria-labelledby="sign-in-title"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 id="sign-in-title" className={css.title}>
        {locked === null ? words.signIn.title : words.signIn.titleLocked}
      </h2>
      {locked !== null && <p className={css.note}>{words.signIn.lockedText}</p>}
      {because !== null && <p className={css.note}>{words.signIn.because[because.type]}</p>}
      <Field
        label={words.signIn.handle}
        value={locked ?? handle}
        readOnly={locked !== null}
        {...onTyped(setHandle)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
      />
      <Field
        ref={field}
        label={words.signIn.password}
        type={shown ? "text" : "password"}
        value={password}
        {...onTyped(setPassword)}
        autoComplete="current-password"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={1024}
        required
        end={
          <IconButton
            icon={shown ? EyeOff : Eye}
            label={shown ? words.signUp.hide : words.signUp.show}
            onClick={() => setShown(!shown)}
          />
        }
      />
      <FormError>{problem && signInProblem({ words, format, now: clock.now() }, problem)}</FormError>
      <Button kind="main" type="submit" wide busy={busy}>
        {locked === null ? words.signIn.submit : words.signIn.submitLocked}
      </Button>
      {locked === null && (
        <p className={css.other}>
          {words.signIn.noAccount}{" "}
          <button type="button" className={css.switch} onClick={onSignUp}>
            {words.signIn.toSignUp}
          </button>
        </p>
      )}
    </form>
  );
}
