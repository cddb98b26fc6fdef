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

export function Entry({ session }: { readonly session: EntrySession }) {
  const { words } = useEnvironment();
  const place = usePlace();
  const invitation = useInvitation(place.at === "invitation" ? place : null);
  const known = session.at === "locked" || (session.at === "signedOut" && session.lastHandle !== null);
  const [chosen, setChosen] = useState<"signUp" | "signIn" | null>(null);
  const form = session.at === "locked" ? "signIn" : (chosen ?? (known ? "signIn" : "signUp"));
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
