import { sessionIn, type Session } from "@megachat/view";
import { expect, test } from "vitest";
import type { CoreMessage, TabMessage } from "../rpc/messages.ts";
import type { Host } from "../rpc/relay.ts";
import { openPorch } from "./porch.ts";

const ask: TabMessage = { type: "intent", id: "i", intent: { type: "postponeRecoveryKey", ask: {} } };
function porch(isEmpty: boolean) {
  const sent: string[] = [];
  const sessionOf = (message: CoreMessage): Session | null => (message.type === "push" ? sessionIn(message.push) : null);
  const opened = openPorch(
    (tab, message) => sent.push(`${tab} ${sessionOf(message)?.at}`),
    async () => isEmpty,
  );
  return { sent, opened };
}
const home = (heard: string[]): Host => ({
  joined: (tab) => void heard.push(`joined ${tab}`),
  gone: (tab) => void heard.push(`gone ${tab}`),
  receive: (tab, message) => void heard.push(`${tab} ${message.type}`),
});

test("[V41] a browser without accounts shows the form at once; one with an account waits", async () => {
  const empty = porch(true);
  empty.opened.joined("a");
  await Promise.resolve();
  await Promise.resolve();
  empty.opened.joined("b");
  expect(empty.sent).toEqual(["a starting", "a signedOut", "b signedOut"]);
  const held = porch(false);
  held.opened.joined("a");
  await Promise.resolve();
  expect(held.sent).toEqual(["a starting"]);
});

test("[V41] the home takes over every tab that is still there, and what was asked meanwhile", () => {
  const { opened } = porch(true);
  const heard: string[] = [];
  opened.joined("a");
  opened.joined("b");
  opened.receive("a", ask);
  opened.receive("b", ask);
  opened.gone("b");
  opened.handOver(home(heard));
  opened.joined("c");
  opened.receive("c", ask);
  expect(heard).toEqual(["joined a", "a intent", "joined c", "c intent"]);
});

test("[V49] a home that cannot be loaded is told as broken", () => {
  const { opened, sent } = porch(false);
  opened.joined("a");
  opened.collapse();
  expect(sent.at(-1)).toBe("a broken");
});
