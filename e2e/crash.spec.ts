import { acquaint } from "./support/acquaint.ts";
import { expect, test } from "./support/test.ts";

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

test(
  "a tab is killed while it sends: every message that was shown arrives, and none twice",
  { tag: "@each" },
  async ({ people }) => {
    test.setTimeout(180_000);
    const [alice, bob] = await acquaint(people);
    const pairs = [0, 1, 2].map((i) => ({ shown: `shown ${i} and gone`, inHand: `in hand ${i} and gone` }));
    for (const { shown, inHand } of pairs) {
      await alice.write(shown);
      await alice.reads(shown);
      await alice.write(inHand);
      // No farewell: the page goes while its worker is at work.
      await alice.page.close({ runBeforeUnload: false });
      const again = await alice.newTab();
      await again.open();
      await again.isInside();
      await again.openChat(bob.name);
      Object.assign(alice, again);
    }
    for (const { shown } of pairs) {
      await alice.reads(shown);
      await bob.reads(shown);
    }
    // What was in the tab's hands when it went has gone with it or was sent: the same for both, and never twice.
    for (const { inHand } of pairs) {
      const kept = await alice.lineOf(inHand).count();
      expect(kept).toBeLessThanOrEqual(1);
      await expect(bob.lineOf(inHand)).toHaveCount(kept);
    }
  },
);
