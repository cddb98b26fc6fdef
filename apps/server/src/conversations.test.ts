import { afterAll, beforeAll, expect, test } from "vitest";
import { befriend, comeBack, commitBody, draft, random, signUp, type Online } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

let people = 0;
const person = (): Promise<Online> => signUp(server.socketUrl, `person${++people}`);
const pair = async () => {
  const [alice, bob] = [await person(), await person()];
  return { alice, bob, log: await befriend(alice, bob) };
};

test("[S20] a row is stored at the next position and pushed to every device before its sender hears of it", async () => {
  const { alice, bob, log } = await pair();
  const row = draft(log, 1, 2);
  const answer = await alice.client.ask(row);
  expect(answer).toMatchObject({ type: "appended", position: 2 });
  const own = alice.client.pushes().filter((push) => push.type === "rowPush");
  expect(own.at(-1)).toMatchObject({ log, row: { position: 2, turn: 1, kind: "application", sequence: 2, body: row.body } });
  const pushed: number[] = [];
  while (pushed.at(-1) !== 2) {
    const push = await bob.client.nextPush();
    if (push.type === "rowPush") pushed.push(push.row.position);
  }
  // Bob's device joined by row 1: its Welcome carries that, so the row itself is not his.
  expect(pushed).toEqual([2]);
});

test("[S20] a repetition gets the stored position and is not delivered twice; another body under its sequence is refused", async () => {
  const { alice, bob, log } = await pair();
  const row = draft(log, 1, 2);
  const first = await alice.client.ask(row);
  expect(await alice.client.ask(row)).toEqual(first);
  expect(await alice.client.ask({ ...row, body: random(200) })).toMatchObject({ type: "refused", reason: "invalid" });
  const page = await bob.client.ask({ type: "fetchRows", log, after: 1, maxBytes: 1 << 20 });
  expect(page).toMatchObject({ type: "rows", head: 2, turn: 1 });
  expect(page.type === "rows" && page.rows.length).toBe(1);
});

test("[S20] a repetition is answered from memory of the last row when the row itself has served its time", async () => {
  const { alice, bob, log } = await pair();
  const row = draft(log, 1, 2);
  const first = await alice.client.ask(row);
  for (const each of [alice, bob]) await each.client.ask({ type: "acknowledge", log, position: 2 });
  await expect
    .poll(
      async () => {
        const page = await bob.client.ask({ type: "fetchRows", log, after: 0, maxBytes: 1 << 20 });
        return page.type === "rows" && page.rows.length;
      },
      { timeout: 15_000 },
    )
    .toBe(0);
  expect(await alice.client.ask(row)).toEqual(first);
  expect(await alice.client.ask(draft(log, 1, 2))).toMatchObject({ type: "refused", reason: "invalid" });
});

test("[S20] a sequence that jumps or a turn that has passed is refused, and says what is", async () => {
  const { alice, bob, log } = await pair();
  expect(await alice.client.ask(draft(log, 1, 4))).toMatchObject({ type: "outOfSequence", last: 1 });
  expect(await bob.client.ask(draft(log, 0, 1))).toMatchObject({ type: "staleTurn", turn: 1, position: 1 });
  expect(await bob.client.ask(draft(log, 2, 1))).toMatchObject({ type: "staleTurn", turn: 1, position: 1 });
});

test("[S21] of many commits for one turn exactly one is stored", async () => {
  const { alice, bob, log } = await pair();
  const commit = (sequence: number) => draft(log, 1, sequence, { kind: "commit", body: commitBody([]) });
  const answers = await Promise.all([alice.client.ask(commit(2)), bob.client.ask(commit(1))]);
  expect(answers.map((answer) => answer.type).sort()).toEqual(["appended", "staleTurn"]);
});

test("[S22] a device gets the row that brings it in, the row that removes it, and nothing later", async () => {
  const { alice, bob, log } = await pair();
  await alice.client.ask(draft(log, 1, 2, { kind: "commit", body: commitBody([], [bob.device]) }));
  await alice.client.ask(draft(log, 2, 3));
  const page = await bob.client.ask({ type: "fetchRows", log, after: 0, maxBytes: 1 << 20 });
  expect(page).toMatchObject({ type: "rows", head: 2, turn: 2 });
  expect(page.type === "rows" && page.rows.map((row) => row.position)).toEqual([1, 2]);
  expect(await bob.client.ask(draft(log, 2, 1))).toMatchObject({ type: "refused", reason: "notMember" });
  expect(await bob.client.ask({ type: "sendTransient", log, body: random(10) })).toMatchObject({ type: "refused" });
  const back = await bob.client.ask(draft(log, 2, 1, { kind: "externalCommit" }));
  expect(back).toMatchObject({ type: "appended", position: 4 });
  const after = await bob.client.ask({ type: "fetchRows", log, after: 0, maxBytes: 1 << 20 });
  expect(after.type === "rows" && after.rows.map((row) => row.position)).toEqual([4]);
  expect(await bob.client.ask(draft(log, 3, 2))).toMatchObject({ type: "appended", position: 5 });
});

test("[S24] a Welcome goes to the added device with the position of its commit, and stays until it is cleared", async () => {
  const { alice, bob, log } = await pair();
  const inbox = await bob.client.ask({ type: "fetchInbox", after: 0 });
  const items = inbox.type === "inbox" ? inbox.items : [];
  expect(items).toMatchObject([{ kind: "welcome", from: alice.account, log, position: 1 }]);
  await bob.client.ask({ type: "clearInbox", item: items[0]?.item ?? 0 });
  expect(await bob.client.ask({ type: "fetchInbox", after: 0 })).toMatchObject({ type: "inbox", items: [], more: false });
});

test("[S23] two accounts have one direct conversation, however they race", async () => {
  for (let round = 0; round < 20; round++) {
    const [alice, bob] = [await person(), await person()];
    await alice.client.ask({ type: "sendRequest", to: bob.account, sealed: random(10) });
    await bob.client.ask({ type: "sendRequest", to: alice.account, sealed: random(10) });
    const found = (me: Online, other: Online) =>
      me.client.ask({
        ...draft(random(16), 0, 1, { kind: "commit", body: commitBody([other.device]), welcome: random(100) }),
        type: "foundConversation" as const,
        with: other.account,
        suite: 1,
      });
    const answers = await Promise.all([found(alice, bob), found(bob, alice)]);
    expect(answers.map((answer) => answer.type).sort()).toEqual(["appended", "exists"]);
    alice.client.close();
    bob.client.close();
  }
});

test("[S19] a row that lost its turn holds back a commit, but no removal, and for two seconds at most", async () => {
  let now = 1000;
  await using still = await startServer({ steady: { now: () => now as never } });
  const [alice, bob] = [await signUp(still.socketUrl, "alice"), await signUp(still.socketUrl, "bob")];
  const log = await befriend(alice, bob);
  const commit = (turn: number, sequence: number) => draft(log, turn, sequence, { kind: "commit", body: commitBody([]) });
  await alice.client.ask(commit(1, 2));
  expect(await bob.client.ask(draft(log, 1, 1))).toMatchObject({ type: "staleTurn", turn: 2 });
  const held = commit(2, 3);
  expect(await alice.client.ask(held)).toMatchObject({ type: "slowDown", retryAfterMs: 2000, puzzle: null });
  expect(await bob.client.ask(draft(log, 2, 1))).toMatchObject({ type: "appended" });
  expect(await alice.client.ask(held)).toMatchObject({ type: "appended" });

  expect(await bob.client.ask(draft(log, 2, 2))).toMatchObject({ type: "staleTurn", turn: 3 });
  now += 1999;
  // Asking again for the same turn does not make it longer.
  expect(await bob.client.ask(draft(log, 2, 2))).toMatchObject({ type: "staleTurn", turn: 3 });
  expect(await alice.client.ask(commit(3, 4))).toMatchObject({ type: "slowDown", retryAfterMs: 1 });
  now += 1;
  expect(await bob.client.ask(draft(log, 2, 2))).toMatchObject({ type: "staleTurn", turn: 3 });
  expect(await alice.client.ask(commit(3, 4))).toMatchObject({ type: "appended" });

  expect(await bob.client.ask(draft(log, 3, 2))).toMatchObject({ type: "staleTurn", turn: 4 });
  expect(await bob.client.ask(commit(4, 2)), "who is held for is not held").toMatchObject({ type: "appended" });
  expect(await alice.client.ask(draft(log, 4, 5))).toMatchObject({ type: "staleTurn", turn: 5 });
  const removal = draft(log, 5, 3, { kind: "commit", body: commitBody([], [alice.device]) });
  expect(await bob.client.ask(removal)).toMatchObject({ type: "appended" });
});

test("[S25] an account log takes rows of the account's own devices only, at turn 0", async () => {
  const alice = await person();
  const bob = await person();
  const row = draft(alice.account, 0, 3, { kind: "account" });
  expect(await alice.client.ask(row)).toMatchObject({ type: "appended", position: 3 });
  expect(await alice.client.ask(draft(alice.account, 0, 4))).toMatchObject({ type: "refused", reason: "invalid" });
  expect(await bob.client.ask({ ...row, sequence: 1 })).toMatchObject({ type: "refused", reason: "notMember" });
  const heads = await alice.client.ask({ type: "fetchHeads", after: null });
  expect(heads).toMatchObject({
    type: "heads",
    heads: [{ log: alice.account, head: 3, turn: 0, cursor: 0, sequence: 3 }],
    more: false,
  });
});

test("[S27] a one-time key package is given once; then the last-resort one; to strangers none", async () => {
  const [alice, bob, carol] = [await person(), await person(), await person()];
  expect(await carol.client.ask({ type: "takeKeyPackages", account: bob.account })).toMatchObject({
    type: "refused",
    reason: "notFound",
  });
  await bob.client.ask({ type: "sendRequest", to: alice.account, sealed: random(10) });
  const taken = await Promise.all(
    Array.from({ length: 5 }, () => alice.client.ask({ type: "takeKeyPackages", account: bob.account })),
  );
  const hex = taken.map((answer) =>
    answer.type === "keyPackages" ? Buffer.from(answer.keyPackages[0] ?? []).toString("hex") : answer.type,
  );
  expect(new Set(hex.slice(0, 3)).size).toBe(3);
  expect(new Set(hex).size).toBe(4);
});

test("[S28] who comes back gets what was missed, and the newest connection has the device", async () => {
  const { alice, bob, log } = await pair();
  bob.client.close();
  await bob.client.closed;
  for (let sequence = 2; sequence < 30; sequence++) await alice.client.ask(draft(log, 1, sequence));
  const again = await comeBack(server.socketUrl, bob);
  const page = await again.client.ask({ type: "fetchRows", log, after: 1, maxBytes: 1 << 20 });
  expect(page.type === "rows" && page.rows.map((row) => row.position)).toEqual(Array.from({ length: 28 }, (_, i) => i + 2));
  const newest = await comeBack(server.socketUrl, bob);
  expect(await again.client.closed).toBe(4003);
  expect(again.client.pushes().at(-1)).toMatchObject({ type: "sessionEnded", why: "replaced" });
  newest.client.close();
});
