import { instant } from "@megachat/base";
import {
  defaultSettings,
  emptySnapshot,
  type Conversation,
  type ConversationRef,
  type Message,
  type MessageRef,
  type SignedIn,
} from "@megachat/view";
import { expect, test } from "vitest";
import { createFakeClient } from "../testing/fake-client.ts";
import { createHistory } from "./history.ts";
import { createSnapshotStore } from "./snapshot-store.ts";

const conversation = "c" as ConversationRef;
const message = (order: number): Message => ({
  message: `m${String(order)}` as MessageRef,
  order,
  from: "peer",
  sentAt: instant(order * 1_000),
  body: { type: "text", text: String(order), state: null },
});

function start(count: number) {
  const messages = Array.from({ length: count }, (_, order) => message(order));
  const view = { conversation, contact: "a", unread: 0, firstUnread: null } as unknown as Conversation;
  const client = createFakeClient({
    snapshot: { ...emptySnapshot, settings: defaultSettings, conversations: new Map([[conversation, view]]) },
    messages: new Map([[conversation, messages]]),
    clock: { now: () => instant(0) },
    account: {} as SignedIn,
  });
  const history = createHistory(client, createSnapshotStore(client), conversation);
  return { client, history };
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 5));
const held = (history: ReturnType<typeof createHistory>): string[] => {
  const state = history.get();
  return state.at === "ready" ? state.window.messages.map((each) => each.message) : [];
};

test("[U14] a history reads its last page, then older ones without holes, however often it is asked", async () => {
  const { history } = start(500);
  history.open();
  expect(history.get().at).toBe("loading");
  await settled();
  expect(held(history)).toHaveLength(80);
  history.loadOlder();
  history.loadOlder();
  await settled();
  expect(held(history)).toEqual(Array.from({ length: 160 }, (_, i) => `m${String(340 + i)}`));
  history.loadNewer();
  await settled();
  expect(held(history)).toHaveLength(160);
});

test("[U14] a message that arrives is there once, and none arrives after closing", async () => {
  const { client, history } = start(3);
  await client.intents.showConversation({ conversation, visible: true });
  const close = history.open();
  await settled();
  client.receive(conversation, "new");
  expect(held(history)).toHaveLength(4);
  close();
  client.receive(conversation, "later");
  expect(held(history)).toHaveLength(4);
});

test("[U14] an answer to an earlier opening is none to the present one", async () => {
  const { history } = start(10);
  history.open()();
  const close = history.open();
  await settled();
  expect(held(history)).toHaveLength(10);
  close();
});
