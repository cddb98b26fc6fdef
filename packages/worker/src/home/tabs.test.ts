import { emptySnapshot, type ConversationRef } from "@megachat/view";
import { expect, test } from "vitest";
import type { CoreMessage } from "../rpc/messages.ts";
import { createTabs } from "./tabs.ts";

test("[V42] after the core has started anew a tab is brought a whole snapshot and goes on showing its conversation", () => {
  const sent: CoreMessage[] = [];
  const tabs = createTabs((_, message) => sent.push(message));
  const conversation = "c" as ConversationRef;
  const kinds = (): readonly string[] =>
    sent.splice(0).map((message) => (message.type === "push" ? message.push.type : message.type));
  tabs.join("tab");
  tabs.bring("tab", emptySnapshot);
  tabs.show("tab", conversation);
  expect(kinds()).toEqual(["snapshot"]);
  tabs.bring("tab", emptySnapshot);
  expect(kinds()).toEqual([]);
  tabs.whole();
  tabs.bring("tab", emptySnapshot);
  expect(kinds()).toEqual(["snapshot"]);
  expect(tabs.windows(conversation)).toHaveLength(1);
  tabs.forget();
  expect(tabs.windows(conversation)).toHaveLength(0);
});
