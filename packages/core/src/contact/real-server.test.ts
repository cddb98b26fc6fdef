/** Two people meet over the real server: sign-up, account log, key packages, requests, founding. */
import { randomBytes } from "node:crypto";
import { instant, ok, silentLog, toHex, type Random } from "@megachat/base";
import { restoreEngine } from "@megachat/group";
import type { HelloAnswer, Push, Reply, Request, ValueOf } from "@megachat/wire";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mls } from "../../../group/test-kit/people.ts";
import { connect, type Client } from "../../../../apps/server/src/testing/client.ts";
import { startServer, type TestServer } from "../../../../apps/server/src/testing/start-server.ts";
import { newBrowser } from "../../test-kit/browser.ts";
import { signUp } from "../account/index.ts";
import { deviceOf, restoreCore, stepCore, type CoreState, type CoreWish, type Effect, type Input } from "../index.ts";
import { contactOf, seeInvitation } from "./index.ts";

const random: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
const now = () => instant(Date.now());
let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

interface Live {
  readonly account: Uint8Array<ArrayBuffer>;
  readonly state: () => CoreState;
  readonly give: (input: Input<CoreWish>) => void;
  /** The answer to a wish, once it is there. */
  readonly ask: (wish: CoreWish) => Promise<unknown>;
  readonly client: Client;
}

async function live(handle: string): Promise<Live> {
  const client = await connect(server.socketUrl);
  const hello = (await client.ask({ type: "hello", protocol: 1, client: "test" })) as ValueOf<typeof HelloAnswer>;
  const browser = await newBrowser(random, { greeting: () => hello, ask: (request) => client.ask(request) });
  const signedUp = await signUp(browser.ports, {
    handle,
    password: "nine herons in a quiet line",
    displayName: null,
    signUpCode: null,
  });
  if (!signedUp.ok) throw new Error(JSON.stringify(signedUp));
  const stored = browser.vault.databases.get(toHex(signedUp.value.header.account));
  const restored = stored && restoreCore([...stored.rows.values()], random);
  if (!stored || !restored) throw new Error("nothing stored");

  let state = restored;
  const engineRows = stored.engineRows.flatMap(({ key, value }) => (value ? [{ key, value }] : []));
  const engine = restoreEngine(mls(), deviceOf(state), engineRows);
  const answers = new Map<string, (result: unknown) => void>();
  let intents = 0;
  const carryOut = (effect: Effect): void => {
    if (effect.type === "answer") answers.get(effect.intent)?.(effect.result);
    if (effect.type !== "ask") return;
    const answered = (reply: Reply): void => give({ type: "reply", key: effect.key, reply });
    client.ask(effect.request).then(answered, () => undefined);
  };
  const give = (input: Input<CoreWish>): void => {
    const [next, effects] = stepCore({ engine, random, log: silentLog }, state, { now: now(), input });
    state = next;
    engine.takeChanges();
    for (const effect of effects) carryOut(effect);
  };
  const takePushes = async (): Promise<void> => {
    for (;;) {
      const push: Push = await client.nextPush();
      give({ type: "push", push });
    }
  };
  void takePushes();
  give({ type: "link", online: true });
  return {
    account: signedUp.value.header.account,
    state: () => state,
    give,
    client,
    ask: (wish) =>
      new Promise((resolve) => {
        const intent = `${handle}-${++intents}`;
        answers.set(intent, resolve);
        give({ type: "intent", intent, from: "tab", wish });
      }),
  };
}

const until = (what: () => boolean): Promise<void> => expect.poll(what, { timeout: 10_000 }).toBe(true);

test("[R16, R24, F1, F21, F22] two people who signed up at the real server become contacts with a conversation", async () => {
  const [alice, bob] = [await live("alice"), await live("bob")];
  await until(() => alice.state().account.outbox.length === 0);
  expect(alice.state().account.log).toMatchObject({ position: 1, alarms: [] });

  expect(await alice.ask({ type: "lookUp", handle: "bob" })).toMatchObject({ ok: true, value: { handle: "bob" } });
  expect(await alice.ask({ type: "sendRequest", account: bob.account, text: "hi", invitation: null })).toEqual({
    ok: true,
    value: null,
  });
  await until(() => contactOf(bob.state().contacts, alice.account)?.relation === "requestReceived");
  const accepted = await bob.ask({ type: "acceptRequest", account: alice.account });
  expect(accepted).toMatchObject({ ok: true });
  await until(() => contactOf(alice.state().contacts, bob.account)?.relation === "contact");
  const ids = [alice, bob].map((each) => [...each.state().conversations.keys()]);
  expect(ids[0]).toHaveLength(1);
  expect(ids[0]).toEqual(ids[1]);

  // Everything about it is in both account logs, and the server has them as they are.
  await until(() => [alice, bob].every((each) => each.state().account.outbox.length === 0));
  for (const each of [alice, bob]) expect(each.state().account.log).toMatchObject({ alarms: [] });
  expect(alice.state().account.stock.left).toBe(29);
});

test("[F7, F8, F13] a link, a block and an unblock, over the real server", async () => {
  const [alice, bob] = [await live("anna"), await live("bert")];
  const made = (await alice.ask({ type: "createInvitation" })) as {
    readonly ok: true;
    readonly value: { readonly fragment: string };
  };
  const { fragment } = made.value;
  // Also before there is an account.
  const stranger = await connect(server.socketUrl);
  const ports = {
    server: {
      greeting: () => Promise.reject(new Error("not asked")),
      ask: async (request: Request) => ok(await stranger.ask(request)),
    },
    clock: { now },
  };
  expect(await seeInvitation(ports, { fragment })).toEqual({
    ok: true,
    value: { account: alice.account, handle: "anna", relation: "stranger" },
  });
  expect(await seeInvitation(ports, { fragment: `x${fragment.slice(1)}` })).toMatchObject({ ok: false });
  stranger.close();

  expect(await bob.ask({ type: "openInvitation", handle: "anna", fragment })).toMatchObject({
    ok: true,
    value: { relation: "stranger" },
  });
  expect(await bob.ask({ type: "sendRequest", account: alice.account, text: "", invitation: fragment })).toEqual({
    ok: true,
    value: null,
  });
  await until(() => [alice, bob].every((each) => each.state().conversations.size === 1));
  expect(contactOf(alice.state().contacts, bob.account)).toMatchObject({ relation: "contact", blockedOn: null });
  await alice.ask({ type: "block", account: bob.account });
  await alice.ask({ type: "unblock", account: bob.account });
  await until(() => alice.state().account.outbox.length === 0);
  expect(contactOf(alice.state().contacts, bob.account)).toMatchObject({ relation: "contact", blockedOn: null });
  expect(alice.state().account.log.alarms).toEqual([]);
});
