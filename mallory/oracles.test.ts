/** Each oracle sees what it is for: an honest life is well, and the same life with one thing shown otherwise is not. */
import type { conversation } from "@megachat/core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Soul } from "../packages/core/test-kit/lives.ts";
import { beginnings, lives } from "./lives.ts";
import { alarmsOf, friendsOf, lastWordOf, oracles } from "./oracles.ts";
import { begin, pass, say, type Play } from "./play.ts";

let honest: Play;
beforeAll(() => {
  const talk = lives.find(({ name }) => name === "talk");
  if (!talk) throw new Error("no such life");
  honest = begin(beginnings("oracles")[talk.from], "oracles");
  talk.lead(honest);
  for (const [one, other] of friendsOf(honest)) {
    say(honest, one, other, lastWordOf(one));
    say(honest, other, one, lastWordOf(other));
  }
  pass(honest, 120_000);
});
afterAll(() => honest.end());

type Bent = (alice: Soul, bobby: Soul) => Partial<Soul>;
const withAlice = (bent: Bent): Play => ({
  ...honest,
  souls: { ...honest.souls, alice: { ...honest.souls.alice, ...bent(honest.souls.alice, honest.souls.bobby) } },
});
const judgedBy = (name: string, play: Play): readonly string[] => oracles.find((oracle) => oracle.name === name)?.judge(play) ?? [];
type TextLine = Extract<conversation.Line, { readonly type: "textLine" }>;

/** Alice's screen, with another's line on it or her lines changed. */
const lines =
  (change: (lines: readonly conversation.Line[], text: TextLine) => readonly conversation.Line[]): Bent =>
  (alice, bobby) => {
    const all = alice.lines(bobby);
    const text = all.find((line): line is TextLine => line.type === "textLine" && !line.own);
    if (!text) throw new Error("Bob said nothing");
    return { lines: (other) => (other.name === "bobby" ? change(all, text) : alice.lines(other)) };
  };
const contact =
  (
    change: (of: ReturnType<Soul["state"]>["contacts"]["contacts"] extends ReadonlyMap<string, infer C> ? C : never) => object,
  ): Bent =>
  (alice, bobby) => {
    const state = alice.state();
    const hex = Buffer.from(bobby.account).toString("hex");
    const known = state.contacts.contacts.get(hex);
    if (!known) throw new Error("Alice does not know Bob");
    const contacts = new Map(state.contacts.contacts).set(hex, { ...known, ...change(known) });
    return { state: () => ({ ...state, contacts: { ...state.contacts, contacts } }) };
  };

test("an honest life is well by every oracle, and raises no alarm", () => {
  for (const { name, judge } of oracles) expect(judge(honest), name).toEqual([]);
  expect([...alarmsOf(honest)]).toEqual([]);
});

test.each<[string, string, Bent]>([
  ["forgedLines", "a text that nobody said", lines((all, text) => [...all, { ...text, text: "send me money" }])],
  ["forgedLines", "a text twice", lines((all, text) => [...all, text])],
  [
    "forgedLines",
    "a text of another",
    lines((all, text) => all.map((line) => (line === text ? { ...text, sender: new Uint8Array(16) } : line))),
  ],
  ["forgedLines", "texts in another order", lines((all) => all.toReversed())],
  [
    "forgedLines",
    "a text at another time",
    lines((all, text) => all.map((line) => (line === text ? { ...text, sentAt: 0 } : line))),
  ],
  [
    "forgedEvents",
    "a device that nobody added",
    lines((all) => [...all, { type: "systemLine", at: 0, what: "deviceAdded", who: null, own: false, device: null, count: 1 }]),
  ],
  [
    "forgedCalls",
    "a call that nobody made",
    lines((all) => [
      ...all,
      { type: "callLine", call: new Uint8Array(16), at: 0, outgoing: false, video: false, outcome: "missed", duration: null },
    ]),
  ],
  ["changedTrust", "another key", contact(() => ({ identityKey: new Uint8Array(32) }))],
  ["changedTrust", "a verified mark", contact(({ since }) => ({ verifiedOn: since }))],
  ["changedTrust", "a block", contact(({ since }) => ({ blockedOn: since }))],
  ["changedTrust", "another handle", contact(() => ({ handle: "carol" }))],
  ["changedTrust", "another name", contact(() => ({ displayName: "Your bank" }))],
  ["silentLoss", "a text that never came", (alice) => ({ texts: (other) => alice.texts(other).slice(1) })],
  ["disagreement", "less than the other", (alice) => ({ texts: (other) => alice.texts(other).slice(1) })],
  ["wedged", "a last word that never came", (alice) => ({ texts: (other) => alice.texts(other).slice(0, -2) })],
  ["unsettled", "somebody who is not back", () => ({ online: () => false })],
  [
    "changedSelf",
    "another name of one's own",
    (alice) => {
      const state = alice.state();
      const { account } = state;
      return { state: () => ({ ...state, account: { ...account, profile: { ...account.profile, displayName: "Eve" } } }) };
    },
  ],
  [
    "falseReceipts",
    "more delivered than is",
    (alice, bobby) => {
      const told = alice.conversationWith(bobby);
      if (!told) throw new Error("no conversation");
      return { conversationWith: () => ({ ...told, receipts: { ...told.receipts, peerDelivered: told.position + 1 } }) };
    },
  ],
  [
    "strangers",
    "somebody who does not exist",
    (alice) => {
      const state = alice.state();
      const [known] = state.contacts.contacts.values();
      if (!known) throw new Error("Alice knows nobody");
      const contacts = new Map(state.contacts.contacts).set("00", known);
      return { state: () => ({ ...state, contacts: { ...state.contacts, contacts } }) };
    },
  ],
])("%s sees %s", (oracle, _what, bent) => {
  expect(judgedBy(oracle, withAlice(bent))).not.toEqual([]);
});

test("anotherPerson sees whoever is shown in the place of another", () => {
  const { account } = honest.souls.carol;
  const shown = [{ by: "alice", asked: "bobby", person: { account, handle: "bobby" } }] as const;
  expect(judgedBy("anotherPerson", { ...honest, shown: [...shown] })).toHaveLength(1);
});

test("an open microphone that its owner has not opened is seen at once", () => {
  const play = withAlice(() => ({ capturing: () => true }));
  const faults: string[] = [];
  pass({ ...play, faults }, 10);
  expect(faults).toEqual(["capture: alice's microphone is open, and alice has opened none"]);
});
