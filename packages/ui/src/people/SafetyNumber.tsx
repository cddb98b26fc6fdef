/** Sixty digits to compare. What is marked verified is the number that was shown, not whatever the keys are by then. [U5] */
import { inGroups, nameOf, type AccountRef } from "@megachat/view";
import { useEffect, useState } from "react";
import { useContact, useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { Dialog, DialogActions } from "../parts/Dialog.tsx";
import { FormError } from "../parts/Field.tsx";
import { QrCode } from "../parts/QrCode.tsx";
import { Spinner } from "../parts/Waiting.tsx";
import { isolated } from "../words/isolated.ts";
import css from "./SafetyNumber.module.css";

export function SafetyNumber({ account, onClose }: { readonly account: AccountRef; readonly onClose: () => void }) {
  const { client, words, toasts } = useEnvironment();
  const contact = useContact(account);
  const digits = useDigits(account, contact?.shortCode);
  const [problem, setProblem] = useState<string | null>(null);
  const [differ, setDiffer] = useState(false);
  const name = isolated(contact === undefined ? words.people.unknown : nameOf(contact));

  const confirm = async (): Promise<void> => {
    if (typeof digits !== "string") return;
    const answer = await client.intents.markVerified({ account, digits });
    if (!answer.ok)
      return setProblem(answer.error.type === "changedMeanwhile" ? words.errors.changedMeanwhile : words.people.unknownText);
    toasts.say(words.trust.nowVerified(name));
    onClose();
  };

  return (
    <Dialog title={words.trust.title(name)} onClose={onClose}>
      <p className={css.how}>{words.trust.how(name)}</p>
      {digits === undefined && <Spinner label={words.trust.loading} />}
      {digits === null && <FormError>{words.people.unknownText}</FormError>}
      {typeof digits === "string" && (
        <>
          <ol className={css.digits} aria-label={words.trust.digits}>
            {inGroups(digits, 5).map((group, at) => (
              // oxlint-disable-next-line react/no-array-index-key -- the groups never move, and two may be equal
              <li key={`${at} ${group}`}>{group}</li>
            ))}
          </ol>
          <QrCode text={digits} summary={words.trust.asCode} label={words.trust.code} />
        </>
      )}
      <FormError>{problem}</FormError>
      {differ && (
        <p className={css.differ} role="alert">
          {words.trust.differText(name)}
        </p>
      )}
      <DialogActions>
        {contact?.trust.at === "verified" && (
          <Button
            kind="danger"
            onClick={async () => {
              await client.intents.clearVerified({ account });
              onClose();
            }}
          >
            {words.trust.clear}
          </Button>
        )}
        {contact?.trust.at !== "verified" && (
          <>
            <Button onClick={() => setDiffer(true)} disabled={typeof digits !== "string"}>
              {words.trust.differ}
            </Button>
            <Button kind="main" onClick={confirm} disabled={typeof digits !== "string"}>
              {words.trust.match}
            </Button>
          </>
        )}
      </DialogActions>
    </Dialog>
  );
}

/** undefined while it is worked out, null when there are no keys. Asked again when the keys change under the open dialog. */
function useDigits(account: AccountRef, shortCode: string | undefined): string | null | undefined {
  const { client } = useEnvironment();
  const [digits, setDigits] = useState<string | null | undefined>(undefined);
  useEffect(() => {
    let wanted = true;
    void client.intents.safetyNumber({ account }).then((answer) => {
      if (wanted) setDigits(answer.ok ? answer.value.digits : null);
    });
    return () => {
      wanted = false;
    };
  }, [client, account, shortCode]);
  return digits;
}
