import { applyPush, emptySnapshot, type AccountRef, type Contact, type ConversationRef, type Snapshot } from "@megachat/view";
import fc from "fast-check";
import { expect, test } from "vitest";
import { difference } from "./difference.ts";

/** Snapshots whose parts vary; what is in a contact matters less than whether it changed. */
const contact = fc.record({
  account: fc.constantFrom("a", "b", "c"),
  handle: fc.string({ maxLength: 3 }),
  hue: fc.nat(2),
}) as unknown as fc.Arbitrary<Contact>;
const snapshot: fc.Arbitrary<Snapshot> = fc
  .record({
    contacts: fc.array(contact, { maxLength: 4 }),
    conversations: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
    drafts: fc.string({ maxLength: 1 }),
    ready: fc.boolean(),
    theme: fc.constantFrom("dark" as const, "light" as const),
    at: fc.constantFrom("starting" as const, "signedOut" as const),
    ringing: fc.boolean(),
  })
  .map((parts) => ({
    ...emptySnapshot,
    session: parts.at === "starting" ? { at: "starting" } : { at: "signedOut", lastHandle: null, because: null, signUp: null },
    listsReady: parts.ready,
    contacts: new Map<AccountRef, Contact>(parts.contacts.map((each) => [each.account, each])),
    conversations: new Map(
      parts.conversations.map((ref) => [ref as ConversationRef, { conversation: ref, draft: parts.drafts }]),
    ) as unknown as Snapshot["conversations"],
    settings: { ...emptySnapshot.settings, theme: parts.theme },
    call: parts.ringing ? ({ call: "c" } as unknown as Snapshot["call"]) : null,
  }));

test("[V42] the pushes of a difference bring one snapshot to the other, and equal ones need none", () => {
  fc.assert(
    fc.property(snapshot, snapshot, (before, after) => {
      // Lists that were ready do not become unready without a new snapshot.
      fc.pre(after.listsReady || !before.listsReady);
      const pushes = difference(before, after);
      expect(pushes.reduce(applyPush, before)).toEqual(after);
      expect(difference(after, structuredClone(after))).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});
