/** What people do at their screens while Mallory bends what the victim's browser hears. */
import { setTimeout as wait } from "node:timers/promises";
import type { Person } from "../../e2e/support/person.ts";

/** Two people, and what they did: the one truth that everything shown is judged by. */
export interface Couple {
  readonly victim: Person;
  readonly friend: Person;
  readonly said: Said[];
  /** Everybody whom the victim has ever had to do with. */
  readonly known: ReadonlySet<string>;
}
export interface Said {
  readonly by: "victim" | "friend";
  readonly text: string;
}

export interface Act {
  readonly name: string;
  /** Who must be there when it begins: a browser that knows nobody, two who never met, or two who talk. */
  readonly needs: "nobody" | "strangers" | "friends";
  readonly play: (couple: Couple) => Promise<void>;
}

export async function say(couple: Couple, by: Said["by"], text: string): Promise<void> {
  couple.said.push({ by, text });
  await couple[by].write(text);
}

let counted = 0;
const next = (what: string): string => `${what} ${counted++}`;

async function greet(couple: Couple, by: Said["by"], to: Person): Promise<void> {
  const text = next("May I?");
  couple.said.push({ by, text });
  await couple[by].ask(to.name, text);
}

export const acts: readonly Act[] = [
  {
    name: "sign up",
    needs: "nobody",
    play: async ({ victim }) => {
      await victim.open();
      await victim.signUp();
    },
  },
  {
    name: "ask",
    needs: "strangers",
    play: async (couple) => {
      const { victim, friend } = couple;
      await greet(couple, "victim", friend);
      await friend.accept(victim.name);
      await victim.openChat(friend.name);
    },
  },
  {
    name: "be asked",
    needs: "strangers",
    play: async (couple) => {
      const { victim, friend } = couple;
      await greet(couple, "friend", victim);
      await victim.accept(friend.name);
      await friend.openChat(victim.name);
    },
  },
  {
    name: "talk",
    needs: "friends",
    play: async (couple) => {
      await say(couple, "victim", next("mine"));
      await say(couple, "friend", next("yours"));
      await couple.victim.lineOf(couple.said.at(-1)?.text ?? "").waitFor();
    },
  },
  {
    name: "come back",
    needs: "friends",
    play: async (couple) => {
      const { victim } = couple;
      victim.line.cut();
      await say(couple, "friend", next("while you were away"));
      await say(couple, "victim", next("while I was away"));
      victim.line.mend();
      await victim.lineOf(couple.said.at(-2)?.text ?? "").waitFor({ timeout: 20_000 });
    },
  },
  {
    name: "reload",
    needs: "friends",
    play: async (couple) => {
      const { victim, friend } = couple;
      await victim.page.goto("about:blank");
      await say(couple, "friend", next("before you reload"));
      await victim.open();
      await victim.isInside();
      await victim.openChat(friend.name);
      await victim.lineOf(couple.said.at(-1)?.text ?? "").waitFor();
    },
  },
  {
    name: "ring",
    needs: "friends",
    play: async ({ victim, friend }) => {
      await friend.call("audio");
      await victim.declineCall();
      await friend.dismissEnded();
      await victim.call("audio");
      await friend.declineCall();
      await victim.dismissEnded();
    },
  },
  {
    name: "sign out and in",
    needs: "friends",
    play: async (couple) => {
      const { victim, friend } = couple;
      await victim.signOut();
      await say(couple, "friend", next("while you are out"));
      await victim.signIn();
      await victim.openChat(friend.name);
      await victim.lineOf(couple.said.at(-1)?.text ?? "").waitFor();
    },
  },
  {
    name: "be silent",
    needs: "friends",
    // Longer than the client lets a line be still before it asks whether it is alive. [V10]
    play: () => wait(23_000),
  },
];
