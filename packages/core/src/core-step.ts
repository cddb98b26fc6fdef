/**
 * The core's one step: every input goes to the parts that it concerns, and what one part learns is told to the others,
 * within the same step and so within the same transaction. [Y1–Y10]
 */
import * as account from "./account/index.ts";
import * as conversations from "./conversation/index.ts";
import { linkChanged, lookAgain, pushed, recalled, replied } from "./core/connection.ts";
import { setLive, type Desk, type Parts } from "./core/desk.ts";
import { fromAccount, fromContacts, toAccount, toContacts } from "./core/people.ts";
import { fromTab, phone, watchCall } from "./core/phone.ts";
import { inConversation } from "./core/talk.ts";
import { wished } from "./core/wished.ts";
import type { CoreState } from "./core-state.ts";
import type { Effect, Input, Powers, Stepped, Timed } from "./step.ts";
import type { CoreWish } from "./wishes.ts";

const parts: Parts = { account: fromAccount, contacts: fromContacts, phone };

export function stepCore(powers: Powers, state: CoreState, timed: Timed<Input<CoreWish>>): Stepped<CoreState> {
  const desk: Desk = { state, effects: [], powers, now: timed.now, parts };
  if (state.live.restored) {
    setLive(desk, { restored: null });
    phone(desk, state.live.restored);
  }
  take(desk, timed.input);
  watchCall(desk);
  return [desk.state, inOrder(desk.effects)];
}

/** What is written comes first, whatever part wrote it: the driver makes it durable before anything else happens. */
const inOrder = (effects: readonly Effect[]): readonly Effect[] => [
  ...effects.filter((effect) => effect.type === "store"),
  ...effects.filter((effect) => effect.type !== "store"),
];

function take(desk: Desk, input: Input<CoreWish>): void {
  switch (input.type) {
    case "link":
      return linkChanged(desk, input.online);
    case "reply":
      return replied(desk, input.key, input.reply);
    case "unanswered":
      return replied(desk, input.key, undefined);
    case "push":
      return pushed(desk, input.push);
    case "recalled":
      return recalled(desk, input.key, input);
    case "intent":
      return wished(desk, input.intent, input.from, input.wish);
    case "media":
      return fromTab(desk, input.event);
    case "timeIs":
      toAccount(desk, { type: "timeIs" });
      toContacts(desk, { type: "timeIs" });
      for (const hex of desk.state.conversations.keys()) inConversation(desk, hex, conversations.tick);
      phone(desk, { type: "timeIs" });
      lookAgain(desk);
  }
}

/** Right after sign-up, and after the password was given again: the recovery words can be shown. */
export const holdRecoveryKey = (state: CoreState, key: Parameters<typeof account.holdRecoveryKey>[1]): CoreState => ({
  ...state,
  account: account.holdRecoveryKey(state.account, key),
});

/** What the MLS engine needs to know of this device. */
export const deviceOf = ({ account: { self } }: CoreState) => ({
  certificate: self.certificate,
  signatureSeed: self.signatureSeed,
});
