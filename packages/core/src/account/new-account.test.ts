/** What a new account consists of, what of it stays on the device, and what opens what. */
import { concatBytes, instant, Secret, silentLog, toHex } from "@megachat/base";
import { openAccount, openRoot, verifyDeviceList } from "@megachat/auth";

import { createEngine, type Engine } from "@megachat/group";
import { parseHandle, type Handle } from "@megachat/wire";
import { expect, test } from "vitest";
import { mls, seededRandom } from "../../../group/test-kit/people.ts";
import { accountRows, restoreAccount } from "./at-rest.ts";
import { readFaces } from "./faces.ts";
import { ENOUGH, FULL, emptyStock, overfull, published, refill, sweep, used } from "./key-packages.ts";
import { makeAccount, type NewAccount } from "./new-account.ts";
import { settingEntries, settingsOf } from "./settings.ts";
import { emptyProfile, foldProfile } from "./profile.ts";
import { headerSignedOut, openByLogin, openByShare, decodeHeader, encodeHeader, wrapByShare } from "./vault.ts";
import { stepAccount } from "./step.ts";
import type { AccountState, Fold } from "./state.ts";
import type { AccountWish } from "./wishes.ts";
import type { Effect } from "../step.ts";

const random = seededRandom("new accounts");
const now = instant(1_800_000_000_000);
const engineOf = (device: Parameters<typeof createEngine>[1]): Engine => createEngine(mls(), device);
const name = (text: string): Handle => {
  const handle = parseHandle(text);
  if (!handle.ok) throw new Error("a bad name");
  return handle.value;
};
const exportKey = random.bytes(64);
const serverKey = random.bytes(32);
const make = (): NewAccount =>
  makeAccount(random, engineOf, {
    handle: name("alice"),
    displayName: "Alice",
    exportKey: new Secret(exportKey.slice()),
    serverKey,
    now,
  });
const made = make();
const { account, device } = made.published;
const open = (wrap: Uint8Array) =>
  openAccount(
    { by: "password", exportKey: new Secret(exportKey.slice()) },
    { account, accountRecord: made.published.accountRecord, wrap },
    serverKey,
    {
      identity: null,
      wrapVersion: 0,
    },
  );

test("[R1, R4–R7] a new account's faces hold together: one device, serial 1, list version 1, an address of secret 0", () => {
  const { accountRecord, deviceList, certificate, address } = made.published;
  const faces = readFaces({ account, accountRecord, deviceList, certificates: [certificate], address });
  expect(faces.ok && faces.value).toMatchObject({
    n: 0,
    list: { version: 1, logPosition: 0, standing: [{ device, serial: 1 }] },
    devices: [{ device, serial: 1 }],
    address: { m: 0, device },
  });
  const other = make();
  expect(toHex(other.published.account)).not.toBe(toHex(account));
  expect(toHex(other.state.self.identityKey)).not.toBe(toHex(made.state.self.identityKey));
});

test("[R2] the root opens by the password and by the recovery key, each alone; the words lie in the password's wrap only", () => {
  const opened = open(made.published.wraps.password);
  if (!opened.ok) throw new Error("the password opens nothing");
  expect(opened.value.recoveryKey?.open(toHex)).toBe(made.recoveryKey.open(toHex));
  const byWords = openRoot({ by: "recovery", recoveryKey: made.recoveryKey }, { account, n: 0 }, made.published.wraps.recovery, {
    atLeast: 0,
  });
  expect(byWords).toMatchObject({ ok: true, value: { version: 1, recoveryKey: null } });
  expect(
    openRoot({ by: "recovery", recoveryKey: new Secret(random.bytes(16)) }, { account, n: 0 }, made.published.wraps.recovery, {
      atLeast: 0,
    }).ok,
  ).toBe(false);
});

test("[R3] the first row of the log names version 1 of the device list", () => {
  const list = verifyDeviceList(made.published.deviceList, made.state.self, null);
  const hash = list.ok ? list.value.hash : null;
  expect(made.state.outbox).toMatchObject([
    { sequence: 1, entries: [{ type: "deviceListEntry", version: 1, hash }, { type: "profileEntry" }] },
  ]);
});

test("[R15] neither the root nor anything of it, nor the words, nor what the password gives is on the disk", () => {
  const opened = open(made.published.wraps.password);
  if (!opened.ok) throw new Error("the password opens nothing");
  const root = openRoot({ by: "recovery", recoveryKey: made.recoveryKey }, { account, n: 0 }, made.published.wraps.recovery, {
    atLeast: 0,
  });
  if (!root.ok) throw new Error("the words open nothing");
  const disk =
    toHex(concatBytes(encodeHeader(made.header), ...accountRows(null, made.state).map(({ value }) => value ?? new Uint8Array(0)))) +
    made.engineRows.map(({ value }) => (value ? toHex(value) : "")).join("");
  const secrets = {
    root: root.value.root,
    identity: opened.value.identity.seed,
    login: opened.value.login.seed,
    recovery: made.recoveryKey,
    password: new Secret(exportKey),
    database: made.databaseKey,
  };
  for (const [what, secret] of Object.entries(secrets)) expect(disk.includes(secret.open(toHex)), what).toBe(false);
  // The control: what is meant to be there is found.
  expect(disk.includes(made.state.self.signatureSeed.open(toHex))).toBe(true);
});

test("[R11, R12, R13] share and device secret together open the database, and so does the login pair; nothing less does", () => {
  const { header, published: sent } = made;
  const key = made.databaseKey.open(toHex);
  const byShare = openByShare(header, sent.share);
  expect(byShare.ok && byShare.value.open(toHex)).toBe(key);
  const opened = open(sent.wraps.password);
  if (!opened.ok || !header.byShare) throw new Error("nothing opens");
  const byLogin = openByLogin(header, opened.value.login.seed);
  expect(byLogin.ok && byLogin.value.open(toHex)).toBe(key);

  const again = wrapByShare(random, header, made.databaseKey);
  expect(again.share).not.toEqual(sent.share);
  expect(again.byShare.deviceSecret).not.toEqual(header.byShare.deviceSecret);
  const shut = { ok: false, error: { type: "shut" } };
  expect(openByShare(header, again.share)).toEqual(shut);
  expect(openByShare(header, header.byShare.deviceSecret)).toEqual(shut);
  expect(openByShare(header, new Uint8Array(0))).toEqual(shut);
  expect(openByShare({ ...header, device: random.bytes(16) }, sent.share)).toEqual(shut);
  expect(openByShare({ ...header, account: random.bytes(16) }, sent.share)).toEqual(shut);
  expect(openByShare({ ...header, byShare: { ...header.byShare, wrapped: random.bytes(200) } }, sent.share)).toEqual(shut);
  expect(openByLogin(header, new Secret(random.bytes(32)))).toEqual(shut);
  expect(openByLogin({ ...header, byLogin: random.bytes(1200) }, opened.value.login.seed)).toEqual(shut);
  expect(openByLogin({ ...header, account: random.bytes(16) }, opened.value.login.seed)).toEqual(shut);
});

test("[R14] after a sign-out the header has neither token nor device secret, and only the password is left", () => {
  const out = headerSignedOut({
    ...made.header,
    session: { id: random.bytes(16), token: random.bytes(32) },
    knownSecret: random.bytes(32),
  });
  expect(out).toMatchObject({ session: null, byShare: null });
  expect(openByShare(out, made.published.share).ok).toBe(false);
  const opened = open(made.published.wraps.password);
  expect(opened.ok && openByLogin(out, opened.value.login.seed).ok).toBe(true);
  expect(decodeHeader(encodeHeader(out))).toEqual(out);
  expect(decodeHeader(encodeHeader(out).slice(1))).toBeNull();
});

test("[R18] rows of an account restore to the account; damaged or missing ones restore to nothing", () => {
  const rows = accountRows(null, made.state).flatMap(({ space, key, value }) => (value ? [{ space, key, value }] : []));
  const restored = restoreAccount(rows);
  expect(restored?.self.signatureSeed.open(toHex)).toBe(made.state.self.signatureSeed.open(toHex));
  expect(restored?.outbox).toEqual(made.state.outbox);
  for (const row of rows) {
    expect(restoreAccount(rows.map((each) => (each === row ? { ...row, value: row.value.slice(0, -1) } : each)))).toBeNull();
    if (row.space !== "accountRow") expect(restoreAccount(rows.filter((each) => each !== row))).toBeNull();
  }
});

// —— Key packages ————————————————————————————————————————————————————————————————————————————————————————

const desk = (): Engine => engineOf({ certificate: made.state.self.certificate, signatureSeed: made.state.self.signatureSeed });
const later = (days: number) => instant(now + days * 86_400_000);

test("[R24] thirty one-time packages and a last-resort one are published; below twenty they are filled up", () => {
  const engine = desk();
  let stock = refill(engine, emptyStock, now);
  expect(stock.unpublished?.keyPackages).toHaveLength(FULL);
  expect(stock.unpublished?.lastResort).not.toBeNull();
  expect(refill(engine, stock, now)).toBe(stock);
  stock = published(stock);
  for (let i = 0; i < FULL - ENOUGH; i++) stock = used(stock, { lastResort: false });
  expect(refill(engine, stock, now).unpublished).toBeNull();
  stock = refill(engine, used(stock, { lastResort: false }), now);
  expect(stock.unpublished?.keyPackages).toHaveLength(FULL - ENOUGH + 1);
  expect(stock.unpublished?.lastResort).toBeNull();
  expect(overfull(stock).unpublished).toBeNull();
  engine.dispose();
});

test("[R25] a used last-resort package is replaced, its private key goes a day later, and the empty stock is filled (attack D08)", () => {
  const engine = desk();
  const forgotten: string[] = [];
  const watched: Engine = { ...engine, forgetKeyPackage: (reference) => forgotten.push(toHex(reference)) };
  const first = published(refill(engine, emptyStock, now));
  const second = refill(watched, used(first, { lastResort: true }), now);
  expect(second.lastResort?.reference).not.toEqual(first.lastResort?.reference);
  expect(second.unpublished?.lastResort).not.toBeNull();
  expect(second.unpublished?.keyPackages).toHaveLength(FULL);
  expect(overfull(second).unpublished?.keyPackages).toEqual([]);
  expect(sweep(watched, second, instant(now + 86_399_999))).toBe(second);
  const swept = sweep(watched, second, instant(now + 86_400_000));
  expect(swept.retired).toEqual([]);
  expect(forgotten).toEqual([toHex(first.lastResort?.reference ?? new Uint8Array(0))]);
  engine.dispose();
});

test("[R25] packages are renewed after 45 days, and private keys of those that nobody used are destroyed after 97", () => {
  const engine = desk();
  let gone = 0;
  const watched: Engine = { ...engine, forgetKeyPackage: () => gone++ };
  const first = published(refill(engine, emptyStock, now));
  expect(refill(engine, first, later(45)).unpublished).toBeNull();
  const second = published(refill(engine, first, later(46)));
  expect(second.batches).toHaveLength(2);
  const swept = sweep(watched, second, later(97));
  expect([swept.batches.length, gone]).toEqual([2, 1]);
  expect(sweep(watched, swept, later(98)).batches).toHaveLength(1);
  expect(gone).toBe(1 + FULL);
  engine.dispose();
});

// —— Wishes ——————————————————————————————————————————————————————————————————————————————————————————————

function wish(state: AccountState, wanted: AccountWish) {
  const engine = desk();
  const stepped = stepAccount({ engine, random, log: silentLog }, state, {
    now,
    input: { type: "intent", intent: "i", from: "tab", wish: wanted },
  });
  engine.dispose();
  const answer = stepped.effects.find((effect): effect is Extract<Effect, { type: "answer" }> => effect.type === "answer");
  return { state: stepped.state, result: answer?.result, effects: stepped.effects };
}

test("[R22] a display name is one clean line of 1 to 80 characters", () => {
  const set = (displayName: string) => wish(made.state, { type: "setDisplayName", displayName });
  expect(set(" \u200B\n ").result).toEqual({ ok: false, error: { type: "empty" } });
  expect(set("x".repeat(81)).result).toEqual({ ok: false, error: { type: "tooLong", limit: 80 } });
  expect(set("😀".repeat(80)).result).toEqual({ ok: true, value: null });
  expect(set("\u202EBob\u0000  the\u2028Great ").state.profile.displayName).toBe("Bob the Great");
  expect(set("\uD800x").state.profile.displayName).toBe("\uFFFDx");
});

test("[R23] settings are what the log says where this version understands it, and the defaults elsewhere", () => {
  expect(settingsOf(emptyProfile)).toEqual({
    theme: "system",
    contrast: "system",
    messageSounds: true,
    callSounds: true,
    readReceipts: true,
    typingShown: true,
    relayOnly: false,
    echoCancellation: true,
    noiseSuppression: true,
    autoGain: true,
    findable: true,
  });
  const odd = new Map([
    ["theme", Uint8Array.of(9)],
    ["relayOnly", Uint8Array.of(1)],
    ["contrast", Uint8Array.of(0, 0)],
    ["__proto__", Uint8Array.of(1)],
  ]);
  expect(settingsOf({ settings: odd })).toMatchObject({ theme: "system", relayOnly: true, contrast: "system" });
  const changed = wish(made.state, { type: "changeSettings", settings: { theme: "dark", callSounds: true } });
  expect(changed.state.outbox.at(-1)?.entries).toEqual([{ type: "settingEntry", name: "theme", value: Uint8Array.of(2) }]);
  expect(settingEntries(emptyProfile, { theme: "neon" as never })).toEqual([]);
});

test("[R26] the recovery words are confirmed by three of them; who confirmed is not reminded again", () => {
  const none = wish(made.state, { type: "showRecoveryKey", key: null });
  expect(none.result).toEqual({ ok: false, error: { type: "passwordNeeded" } });
  const shown = wish(made.state, { type: "showRecoveryKey", key: made.recoveryKey });
  const { words, ask } = (
    shown.result as { readonly value: { readonly words: readonly string[]; readonly ask: readonly number[] } }
  ).value;
  expect([words.length, new Set(ask).size]).toEqual([12, 3]);
  const said = (change: (word: string) => string) => ask.map((position) => ({ position, word: change(words[position] ?? "") }));

  expect(wish(shown.state, { type: "confirmRecoveryKey", words: said((word) => `${word}x`) }).result).toEqual({
    ok: false,
    error: { type: "wrong", positions: ask },
  });
  expect(wish(shown.state, { type: "confirmRecoveryKey", words: [] }).result).toMatchObject({ ok: false });
  expect(wish(made.state, { type: "confirmRecoveryKey", words: said((word) => word) }).result).toMatchObject({ ok: false });
  const confirmed = wish(shown.state, { type: "confirmRecoveryKey", words: said((word) => ` ${word.toUpperCase()}`) });
  expect(confirmed.result).toEqual({ ok: true, value: null });
  expect(confirmed.state).toMatchObject({ profile: { recovery: { at: "confirmed" } }, live: { recoveryKey: null } });

  const fold = (state: "confirmed" | "postponed"): Fold => ({
    entry: { type: "recoveryEntry", state, at: now },
    position: 1,
    time: now,
    own: true,
  });
  expect([fold("postponed"), fold("confirmed"), fold("postponed")].reduce(foldProfile, emptyProfile).recovery.at).toBe("confirmed");
});

test("[R38] signed out is said only when the server has destroyed the share", () => {
  expect(wish(made.state, { type: "signOut" }).result).toEqual({ ok: false, error: { type: "offline" } });
  const online = { ...made.state, live: { ...made.state.live, online: true, current: true, publishing: true, asked: 1 } };
  const asked = wish(online, { type: "signOut" });
  expect(asked.result).toBeUndefined();
  expect(asked.effects).toContainEqual({ type: "ask", key: "account:signOut", request: { type: "signOut" } });
  const engine = desk();
  const powers = { engine, random, log: silentLog };
  const reply = (state: AccountState, ended: "done" | "broken") =>
    stepAccount(powers, state, {
      now,
      input:
        ended === "done"
          ? { type: "reply", key: "account:signOut", reply: { type: "done" } }
          : { type: "unanswered", key: "account:signOut" },
    }).effects;
  expect(reply(asked.state, "done")).toContainEqual({ type: "leave", why: "signedOut" });
  expect(reply(asked.state, "broken")).toEqual([
    { type: "answer", intent: "i", result: { ok: false, error: { type: "offline" } } },
  ]);
  engine.dispose();
});
