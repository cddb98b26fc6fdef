/** A request, received or sent: what was written, and the decision. */
import { nameOf, type Contact } from "@megachat/view";
import { useState } from "react";
import { useEnvironment } from "../environment.ts";
import { Button } from "../parts/Button.tsx";
import { FormError } from "../parts/Field.tsx";
import { isolated } from "../words/isolated.ts";
import { acceptProblem } from "../words/problems.ts";
import css from "./Person.module.css";

export function RequestCard({ contact }: { readonly contact: Contact }) {
  const { relation } = contact;
  if (relation.at === "requestReceived") return <Received contact={contact} relation={relation} />;
  if (relation.at === "requestSent") return <Sent contact={contact} relation={relation} />;
  return null;
}

interface CardProps<At extends string> {
  readonly contact: Contact;
  readonly relation: Extract<Contact["relation"], { at: At }>;
}

function Received({ contact, relation }: CardProps<"requestReceived">) {
  const { client, words, format, clock, navigation, toasts } = useEnvironment();
  const [problem, setProblem] = useState<string | null>(null);
  const { account } = contact;
  const { people } = words;
  const accept = async (): Promise<void> => {
    const answer = await client.intents.acceptRequest({ account });
    if (!answer.ok) return setProblem(acceptProblem({ words, format, now: clock.now() }, answer.error));
    toasts.say(people.accepted(isolated(nameOf(contact))), `person:${account}`);
    navigation.replace({ at: "conversation", conversation: answer.value.conversation });
  };
  const decline = async (block: boolean): Promise<void> => {
    await client.intents.declineRequest({ account, block });
    navigation.replace({ at: "contacts" });
  };
  const origin = { no: people.stranger, first: people.byInvitation, again: people.byInvitationAgain }[relation.byInvitation];
  return (
    <section
      className={css.card}
      aria-label={people.state.wants}
      data-tone={relation.byInvitation === "again" ? "warn" : undefined}
    >
      <h2 className={css.cardTitle}>{people.state.wants}</h2>
      {relation.text.trim() !== "" && <blockquote className={css.quote}>{relation.text}</blockquote>}
      <p className={css.text}>{origin}</p>
      <FormError>{problem}</FormError>
      <div className={css.cardActions}>
        <Button kind="main" onClick={accept}>
          {people.accept}
        </Button>
        <Button onClick={() => decline(false)}>{people.decline}</Button>
        <Button kind="danger" onClick={() => decline(true)}>
          {people.declineAndBlock}
        </Button>
      </div>
    </section>
  );
}

function Sent({ contact, relation }: CardProps<"requestSent">) {
  const { client, words, toasts } = useEnvironment();
  const { people } = words;
  const withdraw = async (): Promise<void> => {
    const answer = await client.intents.withdrawRequest({ account: contact.account });
    if (!answer.ok) toasts.say(words.errors.offline);
  };
  return (
    <section className={css.card} aria-label={people.state[relation.state]}>
      <h2 className={css.cardTitle}>{people.state[relation.state]}</h2>
      {relation.text.trim() !== "" && <blockquote className={css.quote}>{relation.text}</blockquote>}
      <div className={css.cardActions}>
        <Button onClick={withdraw}>{people.withdraw}</Button>
      </div>
    </section>
  );
}
