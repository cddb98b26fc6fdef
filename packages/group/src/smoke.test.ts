import { expect, test } from "vitest";
import { groupRoster, newAccount, newDevice, NOW, rosterEntry, Seat, seededRandom, value } from "../test-kit/people.ts";

test.each([1, 2] as const)("smoke suite %s", (suite) => {
  const random = seededRandom("smoke");
  const [alice, bob] = [newAccount(random, "alice"), newAccount(random, "bob")];
  const a = new Seat(newDevice(random, alice, 1));
  const b = new Seat(newDevice(random, bob, 1));
  const id = random.bytes(16);
  const roster = groupRoster(random, [rosterEntry(alice, "admin"), rosterEntry(bob, "member")]);
  const pending = value(
    a.engine.createConversation({ conversation: id, suite, roster, keyPackages: [b.keyPackage(suite)], now: NOW }),
  );
  a.persist();
  a.crash();
  expect(a.engine.open(id, { kind: pending.kind, body: pending.commit })).toMatchObject({ type: "committed", own: true, epoch: 1 });
  a.persist();
  const facts = value(b.engine.stageWelcome(pending.welcome!));
  expect(facts.members.length).toBe(2);
  b.engine.adoptWelcome();
  b.persist();
  const sealed = value(a.engine.seal(id, new Uint8Array([1, 2, 3]), new Uint8Array([9])));
  a.persist();
  expect(b.engine.open(id, { kind: "application", body: sealed.body })).toMatchObject({
    type: "message",
    plaintext: new Uint8Array([1, 2, 3]),
  });
  expect(b.engine.open(id, { kind: "application", body: sealed.body })).toMatchObject({
    type: "skipped",
    reason: { type: "replayed" },
  });
  expect(a.engine.open(id, { kind: "application", body: sealed.body })).toEqual({ type: "ownRow" });
  expect(a.engine.open(id, { kind: "application", body: sealed.body })).toMatchObject({
    type: "skipped",
    reason: { type: "forgedOwn" },
  });
  const up = value(b.engine.commitChange(id, { now: NOW }));
  expect(a.engine.open(id, { kind: "commit", body: up.commit })).toMatchObject({ type: "committed", own: false, epoch: 2 });
  value(b.engine.adoptPending(id));
  expect(b.engine.state(id)!.authenticator).toEqual(a.engine.state(id)!.authenticator);
  const c = new Seat(newDevice(random, bob, 2));
  const gi = value(a.engine.groupInfo(id));
  const ext = value(c.engine.externalCommit({ conversation: id, groupInfo: gi, floor: 2, now: NOW }));
  c.persist();
  for (const s of [a, b])
    expect(s.engine.open(id, { kind: "externalCommit", body: ext.commit })).toMatchObject({ type: "committed", epoch: 3 });
  value(c.engine.adoptPending(id));
  expect(c.engine.state(id)!.authenticator).toEqual(a.engine.state(id)!.authenticator);
  console.log(
    suite,
    [...a.disk.values()].reduce((n, r) => n + r.value.length, 0),
    pending.commit.length,
    pending.welcome!.length,
  );
});
