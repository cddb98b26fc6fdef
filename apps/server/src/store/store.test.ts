import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { instant, toHex } from "@megachat/base";
import fc from "fast-check";
import { afterEach, expect, test } from "vitest";
import { sha256 } from "../sha256.ts";
import { random } from "../testing/people.ts";
import { columns } from "./columns.ts";
import { createCommitter, NotStored } from "./group-commit.ts";
import type { AppendOutcome, Draft, Id, NewAccount, Speaker, Store } from "./port.ts";
import { migrate } from "./schema.ts";
import { openDb, type Db } from "./sqlite.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import { openThreadedStore } from "./threaded-store.ts";

/** The contract of the port `Store`. Each adapter is one entry. */
const adapters: Readonly<Record<string, (folder: string) => Store | Promise<Store>>> = {
  SQLite: (folder) => openSqliteStore(join(folder, "megachat.db")),
  "SQLite in its thread": (folder) => openThreadedStore(join(folder, "megachat.db")),
};

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "megachat-store-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const each of folders.splice(0)) rmSync(each, { recursive: true, force: true });
});

const now = (ms = 1_000_000) => instant(ms);
const newAccount = (handle: string, more: Partial<NewAccount> = {}): NewAccount => ({
  account: random(16),
  handle,
  identityHash: random(32),
  setup: random(16),
  record: random(192),
  accountRecord: random(50),
  address: random(50),
  deviceList: random(50),
  wraps: { password: random(50), recovery: random(50), accountSecret: random(50) },
  device: random(16),
  certificate: random(50),
  signatureKey: random(32),
  rows: [random(10)],
  keyPackages: [random(20)],
  lastResort: random(20),
  signUpHash: random(32),
  invitationHash: null,
  ...more,
});
const newSession = () => ({ session: random(16), tokenHash: random(32), share: random(32), knownHash: random(32) });

async function signUp(store: Store, handle: string): Promise<Speaker> {
  const account = newAccount(handle);
  expect(await store.signUp({ account, session: newSession(), now: now() })).toEqual({ type: "signedUp" });
  return { account: account.account, device: account.device };
}

const draft = (log: Id, turn: number, sequence: number, more: Partial<Draft> = {}): Draft => {
  const body = more.body ?? random(30);
  return {
    log,
    generation: 0,
    turn,
    kind: "application",
    sequence,
    welcome: null,
    groupInfo: null,
    added: [],
    removed: [],
    ...more,
    body,
    bodyHash: sha256(body),
  };
};

async function befriend(store: Store, founder: Speaker, asker: Speaker): Promise<Id> {
  const log = random(16);
  const sealed = random(10);
  await store.sendRequest({ from: asker.account, to: founder.account, sealed, bodyHash: sha256(sealed) });
  const first = draft(log, 0, 1, { kind: "commit", added: [asker.device], welcome: random(10) });
  const outcome = await store.found({ speaker: founder, with: asker.account, suite: 1, draft: first, now: now() });
  expect(outcome.type).toBe("appended");
  return log;
}

for (const [name, open] of Object.entries(adapters)) {
  test(`${name}: [S20] [S21] whatever two devices send and repeat, positions have no gaps, a turn has one commit, a sequence one row`, async () => {
    const step = fc.record({
      who: fc.nat(1),
      kind: fc.constantFrom("application" as const, "application" as const, "commit" as const),
      turnOff: fc.constantFrom(0, 0, 0, 0, -1, 1),
      sequenceOff: fc.constantFrom(0, 0, 0, 0, -1, 1),
      repeat: fc.boolean(),
      clock: fc.integer({ min: 0, max: 2_000_000 }),
    });
    const store = await open(folder());
    let people = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const speakers = [await signUp(store, `p${++people}`), await signUp(store, `p${++people}`)] as const;
        const log = await befriend(store, speakers[0], speakers[1]);
        const model = { head: 1, turn: 1, last: [1, 0], rows: [] as string[] };
        const sent: { readonly who: number; readonly draft: Draft; readonly position: number }[] = [];
        for (const { who, kind, turnOff, sequenceOff, repeat, clock } of steps) {
          const again = repeat ? sent.at(-1) : undefined;
          const mine = again?.who ?? who;
          const speaker = speakers[mine] ?? speakers[0];
          const last = model.last[mine] ?? 0;
          const row = again?.draft ?? draft(log, Math.max(0, model.turn + turnOff), last + 1 + sequenceOff, { kind });
          const outcome: AppendOutcome = await store.append({ speaker, draft: row, now: now(clock) });
          if (again) {
            expect(outcome).toMatchObject({ type: "appended", fresh: false, row: { position: again.position } });
          } else if (row.sequence <= last) {
            expect(["refused", "outOfSequence"]).toContain(outcome.type);
          } else if (row.sequence > last + 1) {
            expect(outcome).toEqual({ type: "outOfSequence", last });
          } else if (row.turn !== model.turn) {
            expect(outcome).toEqual({ type: "staleTurn", turn: model.turn, position: model.head });
          } else {
            model.head++;
            if (kind === "commit") model.turn++;
            model.last[mine] = row.sequence;
            model.rows.push(toHex(row.bodyHash));
            sent.push({ who: mine, draft: row, position: model.head });
            expect(outcome).toMatchObject({ type: "appended", fresh: true, row: { position: model.head } });
          }
        }
        const page = await store.rows({ speaker: speakers[0], log, after: 1, maxBytes: 1 << 20 });
        expect(page?.rows.map((row) => row.position)).toEqual(model.rows.map((_, index) => index + 2));
        expect(page?.rows.map((row) => toHex(sha256(row.body)))).toEqual(model.rows);
        const times = page?.rows.map((row) => row.time) ?? [];
        expect(times).toEqual([...times].sort((a, b) => a - b));
        expect(page).toMatchObject({ head: model.head, turn: model.turn });
      }),
      { numRuns: 40 },
    );
    await store.close();
  });

  test(`${name}: [S21] fifty commits for one turn: one is stored`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    for (let turn = 1; turn < 20; turn++) {
      const heads = await Promise.all([alice, bob].map((speaker) => store.heads({ speaker, after: null, limit: 9 })));
      const lasts = heads.map((each) => each.find((head) => toHex(head.log) === toHex(log))?.sequence ?? 0);
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, (_, i) =>
          store.append({
            speaker: i % 2 === 0 ? alice : bob,
            draft: draft(log, turn, (lasts[i % 2] ?? 0) + 1, { kind: "commit" }),
            now: now(),
          }),
        ),
      );
      expect(outcomes.filter((outcome) => outcome.type === "appended")).toHaveLength(1);
    }
    await store.close();
  });

  test(`${name}: K10 [S10] an invitation for three accounts makes three, whatever races`, async () => {
    const store = await open(folder());
    const codeHash = random(32);
    await store.createInvitation({ id: "x", codeHash, uses: 3, expires: now(2_000_000), now: now() });
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        store.signUp({ account: newAccount(`racer-${i}`, { invitationHash: codeHash }), session: newSession(), now: now() }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.type === "signedUp")).toHaveLength(3);
    expect((await store.totals()).accounts).toBe(3);
    expect(await store.isInvitationGood({ codeHash, now: now() })).toBe(false);
    await store.close();
  });

  test(`${name}: K10 [S12] name, identity, account and device are each taken once`, async () => {
    const store = await open(folder());
    const first = newAccount("first");
    await store.signUp({ account: first, session: newSession(), now: now() });
    const again = (more: Partial<NewAccount>) =>
      store.signUp({ account: newAccount("second", more), session: newSession(), now: now() });
    expect(await again({ handle: "first" })).toEqual({ type: "nameTaken" });
    for (const field of ["identityHash", "account", "device"] as const)
      expect(await again({ [field]: first[field] })).toEqual({ type: "taken" });
    // An account's log has the account's id: neither may be somebody else's.
    expect((await store.totals()).accounts).toBe(1);
    const repeated = { account: first, session: newSession() };
    expect(await store.signUp({ ...repeated, now: now(1_000_000 + 14 * 60_000) })).toEqual({ type: "signedUp" });
    expect(await store.signUp({ ...repeated, now: now(1_000_000 + 16 * 60_000) })).toEqual({ type: "taken" });
    await store.close();
  });

  test(`${name}: [S22] a device that comes back gets nothing from the time between, and keeps its sequence`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    await store.append({ speaker: bob, draft: draft(log, 1, 1), now: now() });
    await store.append({ speaker: alice, draft: draft(log, 1, 2, { kind: "commit", removed: [bob.device] }), now: now() });
    await store.append({ speaker: alice, draft: draft(log, 2, 3), now: now() });
    expect(await store.membersOf({ speaker: bob, log })).toBe(null);
    const back = await store.append({ speaker: bob, draft: draft(log, 2, 2, { kind: "externalCommit" }), now: now() });
    expect(back).toMatchObject({ type: "appended", row: { position: 5 } });
    const page = await store.rows({ speaker: bob, log, after: 0, maxBytes: 1 << 20 });
    expect(page?.rows.map((row) => row.position)).toEqual([5]);
    // A device that replaces its own leaf in one commit was never away.
    await store.append({ speaker: alice, draft: draft(log, 3, 4), now: now() });
    await store.append({
      speaker: alice,
      draft: draft(log, 3, 5, { kind: "commit", added: [bob.device], removed: [bob.device] }),
      now: now(),
    });
    const later = await store.rows({ speaker: bob, log, after: 0, maxBytes: 1 << 20 });
    expect(later?.rows.map((row) => row.position)).toEqual([5, 6, 7]);
    await store.close();
  });

  test(`${name}: [S29] a row goes when all have acknowledged it or after thirty days; an account's log stays`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    for (let i = 2; i <= 5; i++) await store.append({ speaker: alice, draft: draft(log, 1, i), now: now() });
    const left = async () =>
      (await store.rows({ speaker: alice, log, after: 0, maxBytes: 1 << 20 }))?.rows.map((row) => row.position);
    await store.acknowledge({ speaker: alice, log, position: 5 });
    await store.sweep({ ranMs: 1000 });
    expect(await left()).toEqual([1, 2, 3, 4, 5]);
    await store.acknowledge({ speaker: bob, log, position: 3 });
    await store.sweep({ ranMs: 1000 });
    expect(await left()).toEqual([4, 5]);
    await store.sweep({ ranMs: 31 * 86_400_000 });
    expect(await left()).toEqual([]);
    const own = await store.rows({ speaker: alice, log: alice.account, after: 0, maxBytes: 1 << 20 });
    expect(own?.rows).toHaveLength(1);
    expect(await store.acknowledge({ speaker: bob, log, position: 999 })).toBe(true);
    expect(await store.heads({ speaker: bob, after: null, limit: 9 })).toContainEqual(expect.objectContaining({ log, cursor: 5 }));
    await store.close();
  });

  test(`${name}: K19 [S29] a clock that jumps by a year deletes nothing, and nothing waits for it`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    const year = 365 * 86_400_000;
    for (const [index, time] of [1_000_000 + year, 1_000_000, 1_000_000 + 2 * year, 1_000_000].entries()) {
      await store.append({ speaker: alice, draft: draft(log, 1, index + 2), now: now(time) });
      await store.sweep({ ranMs: 1000 });
    }
    const page = await store.rows({ speaker: bob, log, after: 0, maxBytes: 1 << 20 });
    expect(page?.rows.map((row) => row.position)).toEqual([1, 2, 3, 4, 5]);
    const times = page?.rows.map((row) => row.time) ?? [];
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect((await store.inbox({ speaker: bob, after: 0, maxBytes: 1000 })).items).toHaveLength(1);
    expect(await store.takeKeyPackages({ asker: alice.account, account: bob.account })).toHaveLength(1);
    await store.sweep({ ranMs: 31 * 86_400_000 });
    expect((await store.rows({ speaker: bob, log, after: 0, maxBytes: 1 << 20 }))?.rows).toEqual([]);
    await store.close();
  });

  test(`${name}: [S28] pages hold together: rows and inbox items come whole, in order, however small the page`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    for (let i = 2; i <= 30; i++)
      await store.append({ speaker: alice, draft: draft(log, 1, i, { body: random(1 + ((i * 37) % 400)) }), now: now() });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 3000 }), async (maxBytes) => {
        const seen: number[] = [];
        for (let after = 1; after < 30; after = seen.at(-1) ?? 99) {
          const page = await store.rows({ speaker: bob, log, after, maxBytes });
          seen.push(...(page?.rows.map((row) => row.position) ?? []));
        }
        expect(seen).toEqual(Array.from({ length: 29 }, (_, i) => i + 2));
      }),
      { numRuns: 30 },
    );
    for (let i = 0; i < 20; i++) {
      const sealed = random(300);
      const from = await signUp(store, `asker-${i}`);
      await store.sendRequest({ from: from.account, to: alice.account, sealed, bodyHash: sha256(sealed) });
    }
    const items: number[] = [];
    for (let more = true, after = 0; more; after = items.at(-1) ?? 0) {
      const page = await store.inbox({ speaker: alice, after, maxBytes: 1000 });
      items.push(...page.items.map((item) => item.item));
      more = page.more;
    }
    expect(items).toHaveLength(21);
    expect(items).toEqual([...items].sort((a, b) => a - b));
    await store.close();
  });

  test(`${name}: [S24] of many Welcomes to one conversation the newest three wait`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    for (let turn = 1; turn < 8; turn++) {
      const again = { kind: "commit", added: [bob.device], removed: [bob.device], welcome: random(10 + turn) } as const;
      const outcome = await store.append({ speaker: alice, draft: draft(log, turn, turn + 1, again), now: now() });
      expect(outcome.type).toBe("appended");
    }
    const { items } = await store.inbox({ speaker: bob, after: 0, maxBytes: 1 << 20 });
    expect(items.map((item) => item.body.length)).toEqual([15, 16, 17]);
    await store.close();
  });

  test(`${name}: [S24] GroupInfo is kept for the present turn, three of them, one of each device`, async () => {
    const store = await open(folder());
    const [alice, bob] = [await signUp(store, "alice"), await signUp(store, "bob")];
    const log = await befriend(store, alice, bob);
    const post = (speaker: Speaker, turn: number, groupInfo = random(5)) => store.postGroupInfo({ speaker, log, turn, groupInfo });
    expect(await post(alice, 0)).toEqual({ turn: 1, position: 1 });
    const newest = random(5);
    for (const groupInfo of [random(5), random(5), newest]) expect(await post(alice, 1, groupInfo)).toBe("posted");
    const bobs = random(5);
    await post(bob, 1, bobs);
    const found = await store.groupInfos({ speaker: bob, log });
    expect(new Set(found?.groupInfos.map(toHex))).toEqual(new Set([toHex(newest), toHex(bobs)]));
    await store.append({ speaker: alice, draft: draft(log, 1, 2, { kind: "commit", groupInfo: newest }), now: now() });
    expect(await store.groupInfos({ speaker: bob, log })).toEqual({ turn: 2, groupInfos: [newest] });
    await store.close();
  });

  test(`${name}: [S1] the file is sound and for this user only, and what was stored is there when it is opened again`, async () => {
    const here = folder();
    const store = await open(here);
    const alice = await signUp(store, "alice");
    await store.close();
    const again = await open(here);
    expect(await again.faults()).toEqual([]);
    expect(await again.heads({ speaker: alice, after: null, limit: 9 })).toHaveLength(1);
    expect(statSync(join(here, "megachat.db")).mode & 0o777).toBe(0o600);
    await again.close();
  });
}

// —— What is SQLite's alone ——————————————————————————————————————————————————————————————————————————————

const counting = (db: Db) => {
  const scripts: string[] = [];
  const script = (sql: string): void => {
    scripts.push(sql);
    db.script(sql);
  };
  return { scripts, db: { ...db, script } };
};

test("[S13] a share that was given up and a row that everyone has read are gone from the disk a minute later", async () => {
  const here = folder();
  const store = openSqliteStore(join(here, "megachat.db"));
  const session = newSession();
  const first = newAccount("alice");
  await store.signUp({ account: first, session, now: now() });
  const [alice, bob] = [{ account: first.account, device: first.device }, await signUp(store, "bob")];
  const log = await befriend(store, alice, bob);
  const row = draft(log, 1, 2, { body: random(5000) });
  await store.append({ speaker: alice, draft: row, now: now() });
  const onDisk = (bytes: Uint8Array) =>
    readdirSync(here).some((file) => readFileSync(join(here, file)).includes(Buffer.from(bytes.subarray(0, 32))));
  expect([onDisk(session.share), onDisk(row.body)]).toEqual([true, true]);
  await store.endSession({ session: session.session });
  for (const speaker of [alice, bob]) await store.acknowledge({ speaker, log, position: 2 });
  await store.sweep({ ranMs: 60_000 });
  expect([onDisk(session.share), onDisk(row.body)]).toEqual([false, false]);
  await store.close();
});

test("[S1] a database of a newer program is not opened", async () => {
  const path = join(folder(), "megachat.db");
  const db = openDb(path);
  db.script("PRAGMA user_version = 99");
  db.close();
  expect(() => openSqliteStore(path)).toThrow(/newer version/);
  await expect(openThreadedStore(path)).rejects.toThrow(/newer version/);
});

test("L08 [S2] every column of the database has its reason, and every reason its column", () => {
  const path = join(folder(), "megachat.db");
  const db = openDb(path);
  migrate(db);
  const tables = db.all<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
  const found = Object.fromEntries(
    tables.map(({ name }) => [
      name,
      db
        .all<{ name: string }>(`SELECT name FROM pragma_table_info('${name}')`)
        .map((column) => column.name)
        .sort(),
    ]),
  );
  expect(found).toEqual(Object.fromEntries(Object.entries(columns).map(([name, each]) => [name, Object.keys(each).sort()])));
  db.close();
});

test("[S1] the file is written with WAL and synchronous=FULL", () => {
  const db = openDb(join(folder(), "x.db"));
  expect(db.get<{ journal_mode: string }>("PRAGMA journal_mode")?.journal_mode).toBe("wal");
  expect(db.get<{ synchronous: number }>("PRAGMA synchronous")?.synchronous).toBe(2);
  db.close();
});

test("[S3] works that wait share one commit, none resolves before it, and one that fails fails alone", async () => {
  const path = join(folder(), "x.db");
  const { db, scripts } = counting(openDb(path));
  const witness = openDb(path);
  db.script("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT");
  const committer = createCommitter(db);
  const insert = (n: number) => committer.write((on) => on.run("INSERT INTO t (n) VALUES (?)", n));
  const all = await Promise.allSettled([
    ...Array.from({ length: 100 }, (_, n) =>
      insert(n).then(() => {
        expect(witness.get("SELECT 1 FROM t WHERE n = ?", n), "seen by another connection once acknowledged").toBeDefined();
      }),
    ),
    insert(5),
  ]);
  expect(all.slice(0, 100).every((each) => each.status === "fulfilled")).toBe(true);
  expect(all[100]?.status).toBe("rejected");
  expect(scripts.filter((sql) => sql === "COMMIT")).toHaveLength(1);
  expect(witness.get<{ n: number }>("SELECT count(*) AS n FROM t")?.n).toBe(100);
  committer.stop();
  await expect(insert(1000)).rejects.toThrow(NotStored);
  for (const each of [db, witness]) each.close();
});

test("[S3] a stop commits what waits, and nothing touches the database after it", async () => {
  const path = join(folder(), "x.db");
  const db = openDb(path);
  db.script("CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT");
  const committer = createCommitter(db);
  const written = committer.write((on) => on.run("INSERT INTO t (n) VALUES (?)", 1));
  committer.stop();
  db.close();
  // What was scheduled before the stop has its turn: if it threw, this test would end with an uncaught error.
  await new Promise(setImmediate);
  await written;
  const again = openDb(path);
  expect(again.get<{ n: number }>("SELECT count(*) AS n FROM t")?.n).toBe(1);
  again.close();
});

test("K19 [S3] a full disk: nothing is acknowledged, nothing half done, and it goes on when there is room", async () => {
  const db = openDb(join(folder(), "x.db"));
  db.script("CREATE TABLE t (n INTEGER PRIMARY KEY, body BLOB) STRICT");
  const committer = createCommitter(db);
  const insert = (n: number, size: number) =>
    committer.write((on) => on.run("INSERT INTO t (n, body) VALUES (?, ?)", n, random(size)));
  await insert(0, 10);
  const pages = db.get<{ page_count: number }>("PRAGMA page_count")?.page_count ?? 0;
  db.script(`PRAGMA max_page_count = ${pages + 2}`);
  const outcomes = await Promise.allSettled([insert(1, 10), insert(2, 100_000), insert(3, 10)]);
  const stored = db.all<{ n: number }>("SELECT n FROM t ORDER BY n").map((row) => row.n);
  const acknowledged = outcomes.flatMap((outcome, index) => (outcome.status === "fulfilled" ? [index + 1] : []));
  expect(stored).toEqual([0, ...acknowledged]);
  expect(acknowledged).not.toContain(2);
  expect(outcomes[1]).toMatchObject({ status: "rejected", reason: expect.any(NotStored) as unknown });
  db.script("PRAGMA max_page_count = 100000");
  await insert(4, 100_000);
  expect(db.get("SELECT 1 FROM t WHERE n = 4")).toBeDefined();
  committer.stop();
  db.close();
});
