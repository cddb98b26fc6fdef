/** What people do once a fault is over, whatever it was: they try again what failed, and go on talking. */
import { friendsOf, lastWordOf } from "./oracles.ts";
import { names, pass, say, wish, type Name, type Play } from "./play.ts";

export const isUnmet = (play: Play, one: Name, other: Name): boolean => !play.souls[one].conversationWith(play.souls[other]);

export function retryFailed(play: Play): void {
  for (const name of names)
    for (const [hex, { outbox }] of play.souls[name].state().conversations)
      for (const { id, state } of outbox)
        if (state.at === "failed") wish(play, name, { type: "retry", conversation: hex, messageId: id });
}

/** Whoever was shown another log than the other, or can be reached no more, learns of it now. */
export function sayLastWords(play: Play): void {
  for (const [one, other] of friendsOf(play)) {
    say(play, one, other, lastWordOf(one));
    pass(play, 3000);
    say(play, other, one, lastWordOf(other));
    pass(play, 3000);
  }
}
