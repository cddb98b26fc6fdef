import { compareBytes, Secret } from "@megachat/base";
import { signingKeyOf } from "@megachat/crypto";
import type { Roster } from "@megachat/wire";
import { expect, test } from "vitest";
import { brokenRule, livesOn, newWorld, takenByAll, type World } from "../test-kit/forger-world.ts";
import { newAccount, newDevice, NOW, rosterEntry, type Account, type TestDevice } from "../test-kit/people.ts";
import { newTsSeat, type TsPackage } from "../test-kit/ts-mls-seat.ts";
import { signCertificate } from "./certificate.ts";
import { writeRoster } from "./roster.ts";

/** A key package of a device, made by ts-mls so that it may say anything. */
async function packageOf(
  world: World,
  device: TestDevice,
  over?: Parameters<Awaited<ReturnType<typeof newTsSeat>>["keyPackage"]>[0],
): Promise<TsPackage> {
  return (await newTsSeat(device, world.suite)).keyPackage(over);
}
const adding = async (world: World, device: TestDevice, over?: Parameters<typeof packageOf>[2]) =>
  world.forger.commit({ add: [(await packageOf(world, device, over)).bytes], forge: {} });
/** A new device of Mallory's own account: what anyone may add. */
const ownDevice = (world: World, serial = 6, over = {}): TestDevice => newDevice(world.random, world.mallory, serial, over);

const changed = (roster: Roster, account: Account, to: Partial<Roster["accounts"][number]>): Roster => ({
  ...roster,
  accounts: roster.accounts.map((each) => (compareBytes(each.account, account.id) === 0 ? { ...each, ...to } : each)),
});
const without = (roster: Roster, account: Account): Roster => ({
  ...roster,
  accounts: roster.accounts.filter((each) => compareBytes(each.account, account.id) !== 0),
});

test("control: a new device of an account on the roster is added by anyone", async () => {
  const world = await newWorld();
  const { change } = await takenByAll(world, await adding(world, ownDevice(world)));
  expect(change.added).toMatchObject([{ certificate: { serial: 6 } }]);
  expect(change.external).toBe(false);
  await livesOn(world);
});

test("[G1] a credential that is no certificate, or one for another key, is no leaf", async () => {
  const world = await newWorld();
  const device = ownDevice(world);
  expect(brokenRule(world, await adding(world, device, { credential: world.random.bytes(40) }))).toBe("G1");
  const other = ownDevice(world);
  expect(brokenRule(world, await adding(world, device, { credential: other.certificate }))).toBe("G1");
  await livesOn(world);
});

test("[G2] the GroupContext holds an orderly roster, the required capabilities, and nothing else", async () => {
  const world = await newWorld({ role: "admin" });
  const { roster } = world;
  const disorderly: readonly Roster[] = [
    { ...roster, accounts: roster.accounts.toReversed() },
    { ...roster, policy: 2 },
    { ...roster, accounts: [] },
    changed(roster, world.mallory, { standing: [5, 2] }),
    changed(roster, world.mallory, { standing: [5, 6] }),
  ];
  for (const each of disorderly) expect(brokenRule(world, await world.forger.commit({ roster: each, forge: {} }))).toBe("G2");

  const required = { extensionType: "required_capabilities", extensionData: Uint8Array.of(2, 0xf1, 0xc0, 0, 2, 0, 1) };
  const external = world.random.bytes(32);
  const senders = { extensionType: "external_senders", extensionData: Uint8Array.of(37, 32, ...external, 0, 1, 1, 7) };
  const rosterExtension = { extensionType: 0xf1c0, extensionData: writeRoster(roster) };
  expect(brokenRule(world, await world.forger.commit({ context: [required], forge: {} }))).toBe("G2");
  expect(brokenRule(world, await world.forger.commit({ context: [rosterExtension], forge: {} }))).toMatch(/^(G2|mls:proposals)$/);
  expect(brokenRule(world, await world.forger.commit({ context: [required, rosterExtension, senders], forge: {} }))).toBe("G2");
  await livesOn(world);
});

test("[G3] a commit whose data cannot be read, or lists devices out of order, is skipped unprocessed", async () => {
  const world = await newWorld();
  for (const rawData of [new Uint8Array(0), world.random.bytes(50)]) {
    expect(brokenRule(world, await world.forger.commit({ rawData }))).toBe("G3");
  }
  const twice = [world.bobSeat.device.id, world.bobSeat.device.id];
  expect(brokenRule(world, await world.forger.commit({ data: { added: twice } }))).toBe("G3");
  await livesOn(world);
});

test("[G4] a leaf of nobody on the roster, of another identity key or another generation, is no member", async () => {
  const world = await newWorld();
  const stranger = newAccount(world.random, "stranger");
  expect(brokenRule(world, await adding(world, newDevice(world.random, stranger, 1)))).toBe("G4");
  const posing = { ...stranger, id: world.bob.id };
  expect(brokenRule(world, await adding(world, newDevice(world.random, posing, 9)))).toBe("G4");
  expect(brokenRule(world, await adding(world, ownDevice(world, 6, { n: 1 })))).toBe("G4");
  await livesOn(world);
});

test("[G5] a serial that does not stand gets no leaf; one above top does", async () => {
  const world = await newWorld();
  for (const serial of [1, 3, 4]) expect(brokenRule(world, await adding(world, ownDevice(world, serial)))).toBe("G5");
  await takenByAll(world, await adding(world, ownDevice(world, 2)));
  await takenByAll(world, await adding(world, ownDevice(world, 6)));
  await livesOn(world);
});

test("[G6] one device has one leaf, and one serial of an account has one", async () => {
  const world = await newWorld();
  const again = newDevice(world.random, world.bob, 9, { device: world.bobSeat.device.id });
  expect(brokenRule(world, await adding(world, again))).toBe("G6");
  expect(brokenRule(world, await adding(world, ownDevice(world, 9, { device: world.bobSeat.device.id })))).toBe("G6");
  expect(brokenRule(world, await adding(world, newDevice(world.random, world.bob, 5)))).toBe("G6");
  const twins = [ownDevice(world, 7), ownDevice(world, 7)];
  const packages = await Promise.all(twins.map(async (device) => (await packageOf(world, device)).bytes));
  expect(brokenRule(world, await world.forger.commit({ add: packages, forge: {} }))).toBe("G6");
  await livesOn(world);
});

test("[G7] a leaf that stays is of the same device, and its certificate never gets older", async () => {
  const world = await newWorld();
  const own = world.forger.device;
  const as = (over: object) => {
    const identity = signCertificate(world.mallory.identitySeed, { ...own.facts, ...over });
    return world.forger.commit({ forge: { leaf: (leaf) => ({ ...leaf, credential: { credentialType: "basic", identity } }) } });
  };
  expect(brokenRule(world, await as({ device: world.random.bytes(16) }))).toBe("G7");
  expect(brokenRule(world, await as({ serial: 2 }))).toBe("G7");
  expect(brokenRule(world, await as({ device: world.bobSeat.device.id }))).toBe("G7");
  expect(brokenRule(world, await as({ account: world.bob.id }))).toBe("G4");
  await takenByAll(world, await as({ serial: 8 }));
  await livesOn(world);
});

test("[G8] standalone proposals, references and other kinds of proposals are no part of a conversation", async () => {
  const world = await newWorld({ role: "admin" });
  const before = world.forger.state;
  const device = ownDevice(world);
  const add = world.forger.addProposal((await packageOf(world, device)).bytes);
  const remove = { proposalType: "remove" as const, remove: { removed: 2 } };
  for (const [proposal, publicly] of [
    [add, false],
    [add, true],
    [remove, false],
    [remove, true],
  ] as const) {
    expect(brokenRule(world, await world.forger.propose(proposal, publicly))).toBe("G8");
    const { commit } = await world.forger.commit({ forge: {} });
    expect(brokenRule(world, commit)).toBe("mls:unknownProposal");
    world.forger.state = before;
  }
  const extensions = [
    { extensionType: "required_capabilities" as const, extensionData: Uint8Array.of(2, 0xf1, 0xc0, 0, 2, 0, 1) },
    { extensionType: 0xf1c0, extensionData: writeRoster(world.roster) },
  ];
  const gce = { proposalType: "group_context_extensions" as const, groupContextExtensions: { extensions } };
  expect(brokenRule(world, await world.forger.commit({ more: [gce, gce], withoutPath: true, forge: {} }))).toMatch(/^(G8|mls:)/);
  const custom = { proposalType: 0xf1c1, proposalData: Uint8Array.of(1) };
  expect(brokenRule(world, await world.forger.commit({ more: [custom], forge: {} }))).toMatch(/^(G8|mls:)/);
  await livesOn(world);
});

test("[G9] a key package that lives longer than 100 days is not added, whoever says so", async () => {
  const world = await newWorld();
  const now = BigInt(NOW / 1000);
  const day = 86_400n;
  const lived = async (before: bigint, ahead: bigint) =>
    adding(world, ownDevice(world), { notBefore: now - before * day, notAfter: now + ahead * day });
  expect(brokenRule(world, await lived(1n, 3650n))).toBe("G9");
  expect(brokenRule(world, await lived(8n, 93n))).toBe("G9");
  expect(brokenRule(world, await lived(10n, -3n))).toBe("mls:keyPackage");
  expect(brokenRule(world, await lived(-3n, 10n))).toBe("mls:keyPackage");
  await takenByAll(world, await lived(7n, 93n));
  await livesOn(world);
});

test("[G10] the devices that a commit names are the ones that it adds and removes", async () => {
  const world = await newWorld({ role: "admin" });
  const device = ownDevice(world);
  const add = [(await packageOf(world, device)).bytes];
  const [bob, carol] = [world.bobSeat.device.id, world.carolSeat.device.id];
  expect(brokenRule(world, await world.forger.commit({ add, data: { added: [] } }))).toBe("G10");
  expect(brokenRule(world, await world.forger.commit({ add, data: { added: [bob] } }))).toBe("G10");
  expect(brokenRule(world, await world.forger.commit({ data: { added: [device.id] } }))).toBe("G10");
  expect(brokenRule(world, await world.forger.commit({ data: { removed: [carol] } }))).toBe("G10");
  expect(brokenRule(world, await world.forger.commit({ add, data: { removed: [bob] } }))).toBe("G10");
  await takenByAll(world, await world.forger.commit({ add }));
  await livesOn(world);
});

test("[G11] an external commit adds one good leaf and replaces that device's own; nothing else", async () => {
  const world = await newWorld();
  const info = await world.forger.groupInfo();
  const stranger = await newTsSeat(newDevice(world.random, newAccount(world.random, "eve"), 1), world.suite);
  expect(brokenRule(world, await stranger.external(info), "externalCommit")).toBe("G4");

  const second = await newTsSeat(ownDevice(world), world.suite);
  // The victims themselves judge like everyone else.
  for (const replace of [world.bobSeat.device.id, world.carolSeat.device.id, world.forger.device.id]) {
    expect(brokenRule(world, await second.external(info, { replace }), "externalCommit")).toBe("G11");
  }
  const older = await newTsSeat(newDevice(world.random, world.mallory, 2, { device: world.forger.device.id }), world.suite);
  expect(brokenRule(world, await older.external(info, { replace: world.forger.device.id }), "externalCommit")).toBe("G11");
  const cut = await newTsSeat(ownDevice(world, 3), world.suite);
  expect(brokenRule(world, await cut.external(info), "externalCommit")).toBe("G5");
  expect(brokenRule(world, await second.external(info, { data: { removed: [world.carolSeat.device.id] } }), "externalCommit")).toBe(
    "G10",
  );
  const twin = await newTsSeat(newDevice(world.random, world.mallory, 9, { device: world.forger.device.id }), world.suite);
  expect(brokenRule(world, await twin.external(info), "externalCommit")).toBe("G6");

  const joined = await second.external(info);
  const opened = world.bobSeat.engine.open(world.id, { kind: "externalCommit", body: joined.commit });
  expect(opened).toMatchObject({ type: "committed", change: { external: true, removed: [] }, by: { certificate: { serial: 6 } } });
});

test("[G12] a row's kind is what is in it, and members' handshakes are never in clear", async () => {
  const world = await newWorld();
  const honest = await world.forger.commit({});
  expect(brokenRule(world, honest, "application")).toBe("wrongKind");
  expect(brokenRule(world, honest, "externalCommit")).toBe("wrongKind");
  const plain = await world.forger.commit({ publicly: true });
  expect(brokenRule(world, plain, "commit")).toBe("wrongKind");
  expect(brokenRule(world, plain, "externalCommit")).toBe("mls:plaintextHandshake");
  const joined = await (await newTsSeat(ownDevice(world), world.suite)).external(await world.forger.groupInfo());
  expect(brokenRule(world, joined, "commit")).toBe("wrongKind");
  const before = world.forger.state;
  expect(brokenRule(world, await world.forger.seal(Uint8Array.of(1)), "commit")).toBe("wrongKind");
  world.forger.state = before;
  await livesOn(world);
});

test("[G13] an account's serials only ever become fewer, by its own hand, and top rises by small steps", async () => {
  const world = await newWorld({ role: "admin" });
  const { roster, mallory, bob } = world;
  const judged = async (to: Roster) => brokenRule(world, await world.forger.commit({ roster: to }));
  expect(await judged(changed(roster, mallory, { standing: [2, 3, 5] }))).toBe("G13");
  expect(await judged(changed(roster, mallory, { top: 4, standing: [2] }))).toBe("G13");
  expect(await judged(changed(roster, mallory, { top: 2000, standing: [2, 5] }))).toBe("G13");
  expect(await judged(changed(roster, bob, { standing: [] }))).toBe("G13");
  expect(await judged(changed(roster, bob, { top: 6 }))).toBe("G13");
  const smaller = changed(roster, mallory, { top: 7, standing: [5, 6] });
  const { change } = await takenByAll(world, await world.forger.commit({ roster: smaller }));
  expect(change.after).toEqual(smaller);
  expect(brokenRule(world, await adding(world, ownDevice(world, 2)))).toBe("G5");
  expect(brokenRule(world, await adding(world, ownDevice(world, 7)))).toBe("G5");
  expect(brokenRule(world, await world.forger.commit({ roster }))).toBe("G13");
  await livesOn(world);
});

test("[G14] accounts, roles and rules change only by hands that may, and never upwards over their own role", async () => {
  const dave = (world: World) => newAccount(world.random, "dave");
  for (const role of ["member", "moderator", "admin"] as const) {
    const world = await newWorld({ role });
    const { roster, mallory, bob, carol } = world;
    const judge = async (to: Roster, remove: readonly number[] = []) =>
      brokenRule(world, await world.forger.commit({ roster: to, remove }));
    const newcomer = dave(world);
    const withNewcomer = (as: "member" | "moderator" | "admin"): Roster => ({
      ...roster,
      accounts: [...roster.accounts, rosterEntry(newcomer, as)].toSorted((a, b) => compareBytes(a.account, b.account)),
    });
    if (role === "member") {
      expect(await judge(withNewcomer("member"))).toBe("G14");
      expect(await judge(changed(roster, mallory, { role: "admin" }))).toBe("G14");
      expect(await judge(without(roster, bob), [])).toBe("G14");
    }
    if (role === "moderator") {
      expect(await judge(withNewcomer("admin"))).toBe("G14");
      // Carol is an admin: above a moderator.
      expect(await judge(without(roster, carol), [])).toBe("G14");
      expect(await judge(changed(roster, bob, { role: "member" }))).toBe("G14");
    }
    if (role !== "admin") expect(await judge({ ...roster, rules: { ...roster.rules, changeRules: "member" } })).toBe("G14");
    if (role === "admin") {
      await takenByAll(
        world,
        await world.forger.commit({ roster: { ...roster, rules: { ...roster.rules, addAccounts: "nobody" } } }),
      );
      const closed = { ...withNewcomer("member"), rules: { ...roster.rules, addAccounts: "nobody" as const } };
      expect(await judge(closed)).toBe("G14");
    } else if (role === "moderator") {
      await takenByAll(world, await world.forger.commit({ roster: withNewcomer("moderator") }));
    }
    await livesOn(world);
  }
});

test("[G15] the conversation key, the policy and an account's identity never change", async () => {
  const world = await newWorld({ role: "admin" });
  const { roster, bob, mallory } = world;
  const judged = async (to: Roster) => brokenRule(world, await world.forger.commit({ roster: to }));
  expect(await judged({ ...roster, conversationKey: world.random.bytes(32) })).toBe("G15");
  const key = signingKeyOf(new Secret(world.random.bytes(32)));
  expect(await judged(changed(roster, bob, { identityKey: key }))).toBe("G15");
  expect(await judged(changed(roster, bob, { n: 1 }))).toBe("G15");
  expect(await judged(changed(roster, mallory, { n: 1 }))).toMatch(/^G(4|15)$/);
  await livesOn(world);
});

test("[G16] another account's good leaf is taken out only by those who may; one's own by anyone", async () => {
  const world = await newWorld({ role: "member" });
  // Those taken out judge like everyone else.
  for (const leaf of [1, 2]) expect(brokenRule(world, await world.forger.commit({ remove: [leaf] }))).toBe("G16");
  await takenByAll(world, await adding(world, ownDevice(world)));
  const { change } = await takenByAll(world, await world.forger.commit({ remove: [3] }));
  expect(change.removed).toMatchObject([{ leaf: 3, certificate: { serial: 6 } }]);
  await livesOn(world);
});

test("[G17] no leaf stays whose account left the roster or whose serial fell", async () => {
  const world = await newWorld({ role: "admin" });
  const { roster, bob, mallory } = world;
  expect(brokenRule(world, await world.forger.commit({ roster: without(roster, bob) }))).toBe("G17");
  await takenByAll(world, await adding(world, ownDevice(world)));
  const narrowed = changed(roster, mallory, { top: 6, standing: [5] });
  expect(brokenRule(world, await world.forger.commit({ roster: narrowed }))).toBe("G17");
  // One's own leaf cannot stay behind either.
  expect(brokenRule(world, await world.forger.commit({ roster: changed(roster, mallory, { top: 6, standing: [2, 6] }) }))).toBe(
    "G5",
  );
  await takenByAll(world, await world.forger.commit({ roster: narrowed, remove: [3] }));
  await livesOn(world);
});

test("[G18] the author of an invalid commit is named by the certificate that signed it", async () => {
  const world = await newWorld();
  const built = await adding(world, ownDevice(world, 3));
  const opened = world.bobSeat.engine.open(world.id, { kind: "commit", body: built.commit });
  expect(opened).toMatchObject({ type: "skipped", author: { leaf: 0, certificate: { device: world.forger.device.id } } });
});
