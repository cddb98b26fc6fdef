/** How well a person's keys are known, and what to do about it. [U5] */
import { Shield, ShieldAlert, ShieldCheck } from "lucide-react";
import { nameOf, type Contact } from "@megachat/view";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { isolated } from "../words/isolated.ts";
import { useOverlays } from "../workspace/overlay.ts";
import { AcceptChange } from "./AcceptChange.tsx";
import css from "./Person.module.css";

export function TrustCard({ contact }: { readonly contact: Contact }) {
  const { words, format } = useEnvironment();
  const overlays = useOverlays();
  const [accepting, setAccepting] = useState(false);
  const name = isolated(nameOf(contact));
  const { account, trust } = contact;
  const compare = (
    <Button kind={trust.at === "changed" ? "main" : "plain"} onClick={() => overlays.open({ at: "safetyNumber", account })}>
      {words.trust.compare}
    </Button>
  );
  switch (trust.at) {
    case "verified":
      return (
        <section className={css.card} data-tone="good" aria-label={words.people.state.verified}>
          <h2 className={css.cardTitle}>
            <ShieldCheck size={20} aria-hidden />
            {words.trust.verified(format.date(trust.on))}
          </h2>
          <p className={css.text}>{words.trust.verifiedText(name)}</p>
          <div className={css.cardActions}>{compare}</div>
        </section>
      );
    case "unverified":
      return (
        <section className={css.card} aria-label={words.people.state.unverified}>
          <h2 className={css.cardTitle}>
            <Shield size={20} aria-hidden />
            {words.trust.unverified}
          </h2>
          <p className={css.text}>{trust.invited ? words.trust.invitedText(name) : words.trust.unverifiedText(name)}</p>
          <div className={css.cardActions}>{compare}</div>
        </section>
      );
    case "changed":
      return (
        <section className={css.card} data-tone="warn" aria-label={words.people.state.changed}>
          <h2 className={css.cardTitle}>
            <ShieldAlert size={20} aria-hidden />
            {words.trust.changed}
          </h2>
          <p className={css.text}>{words.trust.changedText(name)}</p>
          <div className={css.cardActions}>
            {compare}
            <Button onClick={() => setAccepting(true)}>{words.trust.acceptChange}</Button>
          </div>
          {accepting && <AcceptChange contact={contact} onClose={() => setAccepting(false)} />}
        </section>
      );
  }
}
