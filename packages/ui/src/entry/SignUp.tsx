/** Name and password, nothing else. What is refused says why beside its field and keeps what was typed. */
import type { SignUpError, SignUpRule } from "@megachat/view";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { Field, FormError } from "../parts/Field.tsx";
import { signUpProblem, type Refused } from "../words/problems.ts";
import { NewPassword } from "./NewPassword.tsx";
import css from "./form.module.css";
import { onTyped } from "../parts/typed.ts";

interface SignUpProps {
  readonly rule: SignUpRule;
  readonly onSignIn: () => void;
}

export function SignUp({ rule, onSignIn }: SignUpProps) {
  const { client, words, format, clock } = useEnvironment();
  const [handle, setHandle] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [problem, setProblem] = useState<Refused<SignUpError> | null>(null);
  const [busy, setBusy] = useState(false);
  const text = problem && signUpProblem({ words, format, now: clock.now() }, problem);
  const at = problem === null ? null : fieldOf(problem);

  if (rule === "closed") {
    return (
      <div className={css.form}>
        <h2 className={css.title}>{words.signUp.title}</h2>
        <p className={css.note}>{words.signUp.closed}</p>
        <Button kind="main" wide onClick={onSignIn}>
          {words.signUp.toSignIn}
        </Button>
      </div>
    );
  }

  const submit = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await client.intents.signUp({
        handle: handle.trim(),
        password,
        displayName: null,
        signUpCode: rule === "byInvitation" ? code.trim() : null,
      });
      if (answer.ok) return;
      if (answer.error.type === "cancelled") setPassword("");
      else setProblem(answer.error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className={css.form}
      aria-labelledby="sign-up-title"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <h2 id="sign-up-title" className={css.title}>
        {words.signUp.title}
      </h2>
      <Field
        label={words.signUp.handle}
        hint={words.signUp.handleHint}
        error={at === "handle" ? text : null}
        value={handle}
        {...onTyped(setHandle)}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={64}
        required
      />
      <NewPassword value={password} onChange={setPassword} handle={handle} error={at === "password" ? text : null} />
      {rule === "byInvitation" && (
        <Field
          label={words.signUp.code}
          hint={words.signUp.codeHint}
          error={at === "code" ? text : null}
          value={code}
          {...onTyped(setCode)}
          autoComplete="off"
          spellCheck={false}
          required
        />
      )}
      <FormError>{at === "form" ? text : null}</FormError>
      <Button kind="main" type="submit" wide busy={busy}>
        {words.signUp.submit}
      </Button>
      <p className={css.other}>
        {words.signUp.haveOne}{" "}
        <button type="button" className={css.switch} onClick={onSignIn}>
          {words.signUp.toSignIn}
        </button>
      </p>
    </form>
  );
}

function fieldOf(problem: Refused<SignUpError>): "handle" | "password" | "code" | "form" {
  switch (problem.type) {
    case "handleTaken":
    case "handleInvalid":
      return "handle";
    case "passwordWeak":
      return "password";
    case "codeNeeded":
    case "codeInvalid":
      return "code";
    case "signUpClosed":
    case "limited":
    case "offline":
    case "storageRefused":
    case "storageFull":
    case "alreadySignedIn":
    case "notAuthentic":
      return "form";
  }
}
