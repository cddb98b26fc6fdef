/** Everything before somebody is inside: the first visit, an invitation's landing, signing in, and the work in between. [U4] */
import type { Session } from "@megachat/view";
import { useState } from "react";
import { useEnvironment, usePlace } from "../environment.ts";
import { Frame } from "./Frame.tsx";
import { InvitationProblem, useInvitation } from "./invitation.tsx";
import { SignIn } from "./SignIn.tsx";
import { SignUp } from "./SignUp.tsx";
import { Working } from "./Working.tsx";

type EntrySession = Extract<Session, { at: "signedOut" | "locked" | "working" }>;

type Form = "signUp" | "signIn";

/** The form that fits what is known; null while work runs. */
function formOf(session: EntrySession): Form | null {
  if (session.at === "working") return null;
  return session.at === "locked" || session.lastHandle !== null ? "signIn" : "signUp";
}

export function Entry({ session }: { readonly session: EntrySession }) {
  const { words } = useEnvironment();
  const place = usePlace();
  const invitation = useInvitation(place.at === "invitation" ? place : null);
  // While its work runs, the form is the one that was sent: a refusal must find it as it was.
  const [usual, setUsual] = useState<Form>(formOf(session) ?? "signUp");
  const fitting = formOf(session);
  if (fitting !== null && fitting !== usual) setUsual(fitting);
  const [chosen, setChosen] = useState<Form | null>(null);
  const form = session.at === "locked" ? "signIn" : (chosen ?? usual);
  const inviter = invitation.at === "seen" ? invitation.name : null;
  const how =
    inviter === null ? words.first.how : form === "signUp" ? words.first.invitedHow(inviter) : words.first.invitedSignIn(inviter);

  return (
    <Frame
      headline={inviter === null ? words.first.headline : words.first.invited(inviter)}
      text={invitation.at === "checking" ? words.first.checkingInvitation : how}
    >
      {invitation.at === "refused" && <InvitationProblem problem={invitation.problem} />}
      {session.at === "working" && <Working session={session} />}
      {/* The form stays mounted while its work runs, so that a refusal finds what was typed. */}
      <div hidden={session.at === "working"}>
        {form === "signUp" ? (
          <SignUp rule={session.at === "signedOut" ? session.signUp : null} onSignIn={() => setChosen("signIn")} />
        ) : (
          <SignIn session={session} onSignUp={() => setChosen("signUp")} />
        )}
      </div>
    </Frame>
  );
}
