/** The lives that Mallory meddles with. Each is short, and together they make the server say all that it ever says. */
import {
  accept,
  answerCall,
  ask,
  begin,
  block,
  call,
  callMyself,
  conversationId,
  followLink,
  hangUp,
  lookUp,
  meet,
  newPeople,
  pass,
  read,
  say,
  show,
  verify,
  wish,
  type Kept,
  type Play,
} from "./play.ts";

import type { SimDisk } from "@megachat/testing";

export interface Life {
  readonly name: string;
  /** How far they are before Mallory begins. */
  readonly from: "strangers" | "friends";
  readonly lead: (play: Play) => void;
}

export const lives: readonly Life[] = [
  {
    name: "meet by handle",
    from: "strangers",
    lead: (play) => {
      lookUp(play, "alice", "nobody");
      meet(play, "alice", "bobby");
      say(play, "alice", "bobby", "hello bobby");
      say(play, "bobby", "alice", "hello alice");
      pass(play, 4000);
    },
  },
  {
    name: "meet by invitation",
    from: "strangers",
    lead: (play) => {
      const made = wish(play, "alice", { type: "createInvitation" })();
      const { fragment } = (made?.value ?? { fragment: "" }) as { readonly fragment: string };
      pass(play, 1000);
      followLink(play, "bobby", "alice", fragment);
      ask(play, "bobby", "alice", fragment);
      pass(play, 4000);
      say(play, "alice", "bobby", "you came by my link");
      pass(play, 4000);
    },
  },
  {
    name: "both ask",
    from: "strangers",
    lead: (play) => {
      play.souls.alice.goOffline();
      lookUp(play, "bobby", "alice");
      ask(play, "bobby", "alice");
      play.souls.bobby.goOffline();
      play.souls.alice.goOnline();
      pass(play, 10);
      play.souls.bobby.goOnline();
      lookUp(play, "alice", "bobby");
      ask(play, "alice", "bobby");
      pass(play, 5000);
      say(play, "alice", "bobby", "at the same time");
      pass(play, 4000);
    },
  },
  {
    name: "talk",
    from: "friends",
    lead: (play) => {
      show(play, "alice", "bobby", true);
      show(play, "bobby", "alice", true);
      say(play, "alice", "bobby", "first");
      say(play, "alice", "carol", "to carol");
      pass(play, 1500);
      say(play, "bobby", "alice", "second");
      say(play, "alice", "bobby", "third, at once");
      pass(play, 2500);
      read(play, "bobby", "alice");
      wish(play, "alice", { type: "typing", conversation: conversationId(play, "alice", "bobby") ?? "" });
      pass(play, 2500);
      show(play, "alice", "bobby", false);
    },
  },
  {
    name: "away and back",
    from: "friends",
    lead: (play) => {
      play.souls.alice.goOffline();
      say(play, "bobby", "alice", "are you there?");
      say(play, "carol", "alice", "where are you?");
      say(play, "alice", "bobby", "written on a train");
      pass(play, 3000);
      say(play, "bobby", "alice", "call me");
      pass(play, 3000);
      play.souls.alice.goOnline();
      pass(play, 4000);
      say(play, "alice", "bobby", "back again");
      play.souls.alice.restart();
      play.souls.alice.goOnline();
      pass(play, 4000);
      say(play, "bobby", "alice", "good");
      pass(play, 3000);
    },
  },
  {
    name: "call",
    from: "friends",
    lead: (play) => {
      call(play, "alice", "bobby");
      answerCall(play, "bobby");
      pass(play, 12_000);
      hangUp(play, "alice");
      hangUp(play, "bobby");
      call(play, "bobby", "alice");
      hangUp(play, "bobby");
      say(play, "bobby", "alice", "I rang");
      pass(play, 3000);
    },
  },
  {
    name: "trust",
    from: "friends",
    lead: (play) => {
      verify(play, "alice", "bobby");
      callMyself(play, "bobby", "Bob the Builder");
      block(play, "alice", "carol");
      say(play, "carol", "alice", "not to be seen");
      say(play, "alice", "bobby", "between us");
      pass(play, 3000);
      lookUp(play, "alice", "bobby");
      lookUp(play, "carol", "bobby");
      play.souls.alice.restart();
      play.souls.alice.goOnline();
      pass(play, 3000);
    },
  },
  {
    name: "rejoin",
    from: "friends",
    lead: (play) => {
      say(play, "bobby", "alice", "before");
      pass(play, 3000);
      play.souls.alice.restart(withoutKeys(play.souls.alice.disk()));
      say(play, "bobby", "alice", "while she has no keys");
      pass(play, 500);
      play.souls.alice.goOnline();
      pass(play, 8000);
      say(play, "alice", "bobby", "joined again");
      say(play, "bobby", "alice", "welcome back");
      pass(play, 70_000);
    },
  },
  {
    name: "first words cross",
    from: "strangers",
    lead: (play) => {
      lookUp(play, "bobby", "alice");
      ask(play, "bobby", "alice");
      play.decided.friends.add("alice bobby");
      wish(play, "alice", { type: "acceptRequest", account: play.souls.bobby.account });
      // Whoever is brought in renews its keys at once: what is said at this very moment is sealed for a turn that passes.
      for (let n = 0; n < 400 && !isRenewing(play); n++) pass(play, 5);
      for (let n = 1; n <= 3; n++) say(play, "alice", "bobby", `crossing ${n}`);
      pass(play, 6000);
    },
  },
  {
    name: "an older disk",
    from: "friends",
    lead: (play) => {
      const older = play.souls.bobby.disk().clone();
      say(play, "bobby", "alice", "soon forgotten");
      say(play, "alice", "bobby", "I shall remember");
      pass(play, 4000);
      play.souls.bobby.restart(older);
      say(play, "bobby", "alice", "as if nothing had been");
      play.souls.bobby.goOnline();
      pass(play, 10_000);
      say(play, "alice", "bobby", "are you well?");
      pass(play, 4000);
    },
  },
  {
    name: "a disk from before they met",
    from: "strangers",
    lead: (play) => {
      lookUp(play, "alice", "bobby");
      ask(play, "alice", "bobby");
      const older = play.souls.bobby.disk().clone();
      accept(play, "bobby", "alice");
      play.souls.bobby.restart(older);
      play.souls.bobby.goOnline();
      pass(play, 2000);
      accept(play, "bobby", "alice");
      say(play, "alice", "bobby", "do you know me?");
      pass(play, 4000);
    },
  },
  {
    name: "a busy server",
    from: "strangers",
    lead: (play) => {
      const puzzle = { seed: new Uint8Array(16).fill(7), bits: 4 };
      const excuses = [
        "lookUpHandle",
        "sendRequest",
        "takeKeyPackages",
        "foundConversation",
        "append",
        "fetchRows",
        "fetchHeads",
      ] as const;
      for (const what of excuses) play.mallory.excuses.set(what, { type: "slowDown", retryAfterMs: 1500, puzzle });
      lookUp(play, "alice", "bobby");
      lookUp(play, "alice", "bobby");
      ask(play, "alice", "bobby");
      pass(play, 3000);
      accept(play, "bobby", "alice");
      accept(play, "bobby", "alice");
      say(play, "bobby", "alice", "at last");
      pass(play, 5000);
    },
  },
  {
    name: "the server goes and comes",
    from: "friends",
    lead: (play) => {
      say(play, "alice", "bobby", "quick");
      for (const name of ["alice", "bobby"] as const) {
        play.mallory.connections.get(name)?.push({ type: "goingAway", retryAfterMs: 3000 });
        play.mallory.connections.get(name)?.hangUp(4004);
      }
      pass(play, 10_000);
      say(play, "bobby", "alice", "it is back");
      pass(play, 3000);
      play.mallory.connections.get("alice")?.push({ type: "sessionEnded", why: "replaced" });
      pass(play, 1000);
      say(play, "bobby", "alice", "who was that?");
      pass(play, 70_000);
    },
  },
];

/** What is left of a disk when the rows of the MLS engine are gone. */
function withoutKeys(disk: SimDisk): SimDisk {
  const damaged = disk.clone();
  damaged.write(
    [],
    damaged.engineRows().map(({ key }) => ({ key, value: undefined })),
  );
  return damaged;
}

const isRenewing = (play: Play): boolean =>
  play.souls.bobby.conversationWith(play.souls.alice)?.outbox.some(({ kind }) => kind === "update") ?? false;

/** The two places that lives begin from, with what was said on the way there for Mallory to use again. */
export function beginnings(seed: string): Readonly<Record<Life["from"], Kept>> {
  const first = begin(newPeople(seed), `${seed} strangers`);
  meet(first, "carol", "alice");
  say(first, "carol", "alice", "long ago");
  say(first, "alice", "carol", "so it was");
  pass(first, 70_000);
  const strangers = settle(first);
  const second = begin(strangers, `${seed} friends`);
  meet(second, "bobby", "alice");
  for (let n = 1; n <= 3; n++) {
    say(second, "alice", "bobby", `alice said ${n}`);
    say(second, "bobby", "alice", `bobby said ${n}`);
    pass(second, 2000);
  }
  pass(second, 70_000);
  return { strangers, friends: settle(second) };
}

function settle(play: Play): Kept {
  if (play.faults.length > 0) throw new Error(`an honest beginning went wrong: ${play.faults.join("; ")}`);
  const kept = play.keep();
  play.end();
  return kept;
}
