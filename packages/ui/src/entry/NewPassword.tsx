/** A new password with its meter, and five random words for the asking. Its strength is worked out in the worker, never sent. */
import { Eye, EyeOff } from "lucide-react";
import type { PasswordStrength } from "@megachat/view";
import { useEffect, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { IconButton } from "../parts/Button.tsx";
import { Field } from "../parts/Field.tsx";
import css from "./form.module.css";
import { onTyped } from "../parts/typed.ts";

interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (password: string) => void;
  readonly handle: string;
  readonly error: string | null;
}

const settleMs = 150;

export function NewPassword({ value, onChange, handle, error }: NewPasswordProps) {
  const { client, words } = useEnvironment();
  const [shown, setShown] = useState(false);
  const strength = useStrength(value, handle);
  const suggest = async (): Promise<void> => {
    const { words: five } = await client.intents.suggestPassword({});
    onChange(five.join(" "));
    setShown(true);
  };
  const said =
    strength &&
    [words.signUp.strength[strength.score], strength.weakness && `– ${words.signUp.weakness[strength.weakness]}`]
      .filter(Boolean)
      .join(" ");
  return (
    <Field
      label={words.signUp.password}
      type={shown ? "text" : "password"}
      value={value}
      {...onTyped(onChange)}
      autoComplete="new-password"
      autoCapitalize="none"
      spellCheck={false}
      maxLength={1024}
      required
      error={error}
      end={
        <IconButton
          icon={shown ? EyeOff : Eye}
          label={shown ? words.signUp.hide : words.signUp.show}
          onClick={() => setShown(!shown)}
        />
      }
      hint={
        <>
          <span className={css.meter} data-score={strength?.score ?? 0} aria-hidden>
            <i />
            <i />
            <i />
            <i />
          </span>
          <span aria-live="polite">{said !== null && `${said} `}</span>
          <button type="button" className={css.switch} onClick={() => void suggest()}>
            {words.signUp.orWords}
          </button>
          {shown && strength?.accepted === true && <span className={css.keep}>{words.signUp.wordsNote}</span>}
        </>
      }
    />
  );
}

function useStrength(password: string, handle: string): PasswordStrength | null {
  const { client } = useEnvironment();
  const [known, setKnown] = useState<{ readonly of: string; readonly strength: PasswordStrength } | null>(null);
  useEffect(() => {
    if (password === "") return;
    let wanted = true;
    const timer = setTimeout(() => {
      void client.intents.checkPassword({ password, handle }).then((strength) => {
        if (wanted) setKnown({ of: password, strength });
      });
    }, settleMs);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [client, password, handle]);
  return password === "" ? null : (known?.strength ?? null);
}
