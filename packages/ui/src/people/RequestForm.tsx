/** A line to go with a request. */
import { maxRequestLength, type AccountRef } from "@megachat/view";
import { useId, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { DialogActions } from "../parts/Dialog.tsx";
import { FormError } from "../parts/Field.tsx";
import { requestProblem } from "../words/problems.ts";
import css from "./AddContact.module.css";
import { onTyped } from "../parts/typed.ts";

interface RequestFormProps {
  readonly account: AccountRef;
  readonly name: string;
  /** The link's secret part when the request comes of an invitation. */
  readonly invitation: string | null;
  readonly onSent: () => void;
}

export function RequestForm({ account, name, invitation, onSent }: RequestFormProps) {
  const { client, words, format, clock, toasts } = useEnvironment();
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const id = useId();
  const left = maxRequestLength - Array.from(text).length;

  const send = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      const answer = await client.intents.sendRequest({ account, text: text.trim(), invitation });
      if (!answer.ok) return setProblem(requestProblem({ words, format, now: clock.now() }, answer.error));
      toasts.say(words.people.sent(name), `person:${account}`);
      onSent();
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className={css.request}
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor={id} className={css.label}>
        {words.people.requestText}
      </label>
      <textarea
        id={id}
        className={css.text}
        rows={3}
        value={text}
        placeholder={words.people.requestPlaceholder}
        {...onTyped(setText)}
        aria-describedby={`${id}-left`}
      />
      <p id={`${id}-left`} className={css.left} data-over={left < 0}>
        {left < 100 &&
          (left < 0
            ? words.people.charactersOver(format.number(-left), format.number(maxRequestLength))
            : words.people.charactersLeft(format.number(left)))}
      </p>
      <FormError>{problem}</FormError>
      <DialogActions>
        <Button kind="main" type="submit" busy={busy} disabled={left < 0}>
          {words.people.sendRequest}
        </Button>
      </DialogActions>
    </form>
  );
}
