/** Finding somebody by the exact name, and asking to connect. Nothing is suggested, because nothing may be listed. */
import { mistakableFor, nameOf, visibleName, type Found } from "@megachat/view";
import { useState } from "react";
import { useContact, useEnvironment, useSnapshot } from "../environment.ts";
import { Avatar } from "../parts/Avatar.tsx";
import { Button } from "../parts/Button.tsx";
import { Dialog, DialogActions } from "../parts/Dialog.tsx";
import { Field } from "../parts/Field.tsx";
import { isolated } from "../words/isolated.ts";
import { lookUpProblem } from "../words/problems.ts";
import { RequestForm } from "./RequestForm.tsx";
import css from "./AddContact.module.css";
import { onTyped } from "../parts/typed.ts";

export function AddContact({ onClose }: { readonly onClose: () => void }) {
  const { client, words, format, clock } = useEnvironment();
  const [handle, setHandle] = useState("");
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const look = async (): Promise<void> => {
    if (busy || handle.trim() === "") return;
    setBusy(true);
    setProblem(null);
    setFound(null);
    try {
      const answer = await client.intents.lookUp({ handle: handle.trim() });
      if (answer.ok) setFound(answer.value);
      else setProblem(lookUpProblem({ words, format, now: clock.now() }, answer.error));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog title={words.people.addTitle} onClose={onClose}>
      <form
        className={css.look}
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <Field
          label={words.people.addHandle}
          hint={words.people.addHint}
          error={problem}
          value={handle}
          {...onTyped((text) => {
            setHandle(text);
            setFound(null);
            setProblem(null);
          })}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          maxLength={64}
          required
        />
        {found === null && (
          <DialogActions>
            <Button kind="main" type="submit" busy={busy}>
              {words.people.lookUp}
            </Button>
          </DialogActions>
        )}
      </form>
      {found !== null && <FoundPerson found={found} onClose={onClose} />}
    </Dialog>
  );
}

function FoundPerson({ found, onClose }: { readonly found: Found; readonly onClose: () => void }) {
  const { words, navigation } = useEnvironment();
  const contacts = useSnapshot((snapshot) => snapshot.contacts);
  const contact = useContact(found.account);
  const other = mistakableFor({ account: found.account, handle: found.handle, displayName: null }, contacts.values());
  const name = isolated(visibleName(found.handle));
  const go = (place: Parameters<typeof navigation.go>[0]) => () => {
    onClose();
    navigation.go(place);
  };
  return (
    <section className={css.found} aria-live="polite">
      <div className={css.who}>
        <Avatar name={found.handle} hue={found.hue} />
        <div>
          <p className={css.name}>
            <bdi>{visibleName(found.handle)}</bdi>
          </p>
          <p className={css.code}>
            {words.people.shortCode} {found.shortCode}
          </p>
        </div>
      </div>
      {other !== null && (
        <p className={css.warning} role="note">
          {words.people.looksLike(isolated(nameOf(other)))} {words.people.looksLikeCodes(found.shortCode, other.shortCode)}
        </p>
      )}
      {found.relation === "self" && <p>{words.people.foundSelf}</p>}
      {found.relation === "stranger" && <RequestForm account={found.account} name={name} invitation={null} onSent={onClose} />}
      {(found.relation === "contact" || found.relation === "blocked") && (
        <DialogActions>
          <Button
            kind="main"
            onClick={go(
              contact?.conversation && found.relation === "contact"
                ? { at: "conversation", conversation: contact.conversation }
                : { at: "person", account: found.account },
            )}
          >
            {found.relation === "contact" ? words.people.openChat : words.people.openPerson}
          </Button>
        </DialogActions>
      )}
      {(found.relation === "requestSent" || found.relation === "requestReceived") && (
        <DialogActions>
          <Button kind="main" onClick={go({ at: "person", account: found.account })}>
            {words.people.openRequest}
          </Button>
        </DialogActions>
      )}
    </section>
  );
}
