/** Where an invitation leads once somebody is inside: to the person who made it. */
import { ArrowLeft } from "lucide-react";
import { useEnvironment } from "../environment.ts";
import { useInvitation } from "../entry/invitation.tsx";
import { Button, IconButton } from "../parts/Button.tsx";
import { FormError } from "../parts/Field.tsx";
import { Spinner } from "../parts/Waiting.tsx";
import { invitationProblem } from "../words/problems.ts";
import { RequestForm } from "./RequestForm.tsx";
import css from "./Invite.module.css";

interface InvitationPageProps {
  readonly handle: string;
  readonly fragment: string;
}

export function InvitationPage({ handle, fragment }: InvitationPageProps) {
  const { words, format, clock, navigation } = useEnvironment();
  const invitation = useInvitation({ handle, fragment });
  return (
    <div className={css.page}>
      <header className={css.bar}>
        <IconButton icon={ArrowLeft} label={words.common.back} onClick={() => navigation.replace({ at: "contacts" })} />
      </header>
      <div className={css.body}>
        {invitation.at === "checking" && <Spinner label={words.first.checkingInvitation} />}
        {invitation.at === "refused" && (
          <>
            <h1 className={css.title}>{words.first.invitationProblem}</h1>
            <FormError>{invitationProblem({ words, format, now: clock.now() }, invitation.problem)}</FormError>
          </>
        )}
        {invitation.at === "seen" && <Seen state={invitation} fragment={fragment} />}
      </div>
    </div>
  );
}

function Seen({
  state,
  fragment,
}: {
  readonly state: Extract<ReturnType<typeof useInvitation>, { at: "seen" }>;
  readonly fragment: string;
}) {
  const { words, navigation } = useEnvironment();
  const { seen, name } = state;
  const toPerson = (
    <div className={css.actions}>
      <Button kind="main" onClick={() => navigation.replace({ at: "person", account: seen.account })}>
        {words.people.openPerson}
      </Button>
    </div>
  );
  switch (seen.relation) {
    case "self":
      return (
        <>
          <h1 className={css.title}>{words.invite.link}</h1>
          <p className={css.lead}>{words.errors.invitation.self}</p>
        </>
      );
    case "contact":
    case "requested":
      return (
        <>
          <h1 className={css.title}>{words.first.invited(name)}</h1>
          <p className={css.lead}>
            {seen.relation === "contact" ? words.errors.invitation.contact(name) : words.errors.alreadyPending}
          </p>
          {toPerson}
        </>
      );
    case "stranger":
      return (
        <>
          <div>
            <h1 className={css.title}>{words.first.invited(name)}</h1>
            <p className={css.lead}>{words.invite.ask(name)}</p>
          </div>
          <RequestForm
            account={seen.account}
            name={name}
            invitation={fragment}
            onSent={() => navigation.replace({ at: "person", account: seen.account })}
          />
        </>
      );
  }
}
