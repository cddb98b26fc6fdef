import { acquaint } from "./support/acquaint.ts";
import { expect, test } from "./support/test.ts";
import { en } from "../packages/ui/src/words/en.ts";

test("the server is killed while people write: what it acknowledged is there, and nothing is shown twice", async ({
  people,
  server,
}) => {
  test.setTimeout(180_000);
  const [alice, bob] = await acquaint(people);
  const texts = Array.from({ length: 12 }, (_, i) => `line ${i} of twelve`);
  for (const [i, text] of texts.entries()) {
    await (i % 2 === 0 ? alice : bob).write(text);
    // In the middle of what is on its way, three times.
    if (i % 4 === 3) {
      await server.kill();
      await server.startAgain();
    }
  }
  for (const text of texts) {
    await alice.reads(text);
    await bob.reads(text);
  }
  for (const [i, text] of texts.entries()) await (i % 2 === 0 ? alice : bob).seesState(text, "delivered");
});

test("a tab is killed while it sends: every message arrives, once", { tag: "@each" }, async ({ people }) => {
  test.setTimeout(180_000);
  const [alice, bob] = await acquaint(people);
  const texts = Array.from({ length: 6 }, (_, i) => `sent ${i} and gone`);
  for (const [i, text] of texts.entries()) {
    await alice.write(text);
    if (i % 2 === 1) {
      // No farewell: the page goes while its worker is at work.
      await alice.page.close({ runBeforeUnload: false });
      const again = await alice.newTab();
      await again.open();
      await again.isInside();
      await again.openChat(bob.name);
      Object.assign(alice, again);
    }
  }
  // What was in the composer's hands when the tab went is a draft or was sent; what was shown as sent arrives.
  const shown = await alice.page.getByRole("list", { name: en.conversation.messages, exact: true }).innerText();
  for (const text of texts.filter((each) => shown.includes(each))) await bob.reads(text);
  expect(texts.filter((each) => shown.includes(each)).length).toBeGreaterThanOrEqual(3);
});
