/** What a followed link means, asked once for each link. */
import type { InvitationError, InvitationSeen } from "@megachat/view";
import { visibleName } from "@megachat/view";
import { useEffect, useState } from "react";
import { useEnvironment } from "../environment.ts";
import { FormError } from "../parts/Field.tsx";
import { isolated } from "../words/isolated.ts";
import { invitationProblem } from "../words/problems.ts";
import css from "./form.module.css";

export type InvitationState =
  | { readonly at: "none" }
  | { readonly at: "checking" }
  | { readonly at: "seen"; readonly seen: InvitationSeen; readonly name: string }
  | { readonly at: "refused"; readonly problem: InvitationError };

interface Link {
  readonly handle: string;
  readonly fragment: string;
}

export function useInvitation(link: Link | null): InvitationState {
  const { client } = useEnvironment();
  const [answers, setAnswers] = useState<ReadonlyMap<string, InvitationState>>(new Map());
  const handle = link?.handle;
  const fragment = link?.fragment;
  useEffect(() => {
    if (handle === undefined || fragment === undefined) return;
    let wanted = true;
    void client.intents.openInvitation({ handle, fragment }).then((answer) => {
      if (!wanted) return;
      const state: InvitationState = answer.ok
        ? { at: "seen", seen: answer.value, name: isolated(visibleName(answer.value.handle)) }
        : { at: "refused", problem: answer.error };
      setAnswers((before) => new Map(before).set(fragment, state));
    });
    return () => {
      wanted = false;
    };
  }, [client, handle, fragment]);
  if (fragment === undefined) return { at: "none" };
  return answers.get(fragment) ?? { at: "checking" };
}

export function InvitationProblem({ problem }: { readonly problem: InvitationError }) {
  const { words, format, clock } = useEnvironment();
  return (
    <div className={css.notice}>
      <FormError>{`${words.first.invitationProblem}. ${invitationProblem({ words, format, now: clock.now() }, problem)} ${words.first.goOnWithout}`}</FormError>
    </div>
  );
}
