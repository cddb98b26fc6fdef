import { en } from "../packages/ui/src/words/en.ts";
import { acquaint } from "./support/acquaint.ts";
import { flows } from "./support/media.ts";
import { expect, test } from "./support/test.ts";

test("[U27] [N4] both sides of a call see the same two browsers in it, and since when", async ({ people }) => {
  const [alice, bob] = await acquaint(people);
  await alice.call("audio");
  await bob.acceptCall();
  await flows(bob.page, "audio");
  const [seenByAlice, seenByBob] = await Promise.all(
    [alice, bob].map(async ({ page, inCall }) => {
      await inCall(en.call.security).click();
      const panel = page.getByRole("complementary", { name: en.callSecurity.title });
      await expect(panel).toContainText(/Connected since \d\d:\d\d/u);
      await expect(panel).toContainText("Keys not compared yet. In your contacts since");
      const browsers = panel.getByRole("listitem").filter({ hasText: en.callSecurity.browser.inCall });
      await expect(browsers).toHaveCount(2);
      const texts = await browsers.allInnerTexts();
      // Marks that isolate a name are not part of it.
      return texts.map((text) => /browser,? \W*([\w-]{6})/iu.exec(text)?.[1]);
    }),
  );
  const [bobsBrowser, alicesBrowser] = seenByAlice ?? [];
  expect(bobsBrowser).toBeTruthy();
  expect(alicesBrowser).toBeTruthy();
  expect(seenByBob).toEqual([alicesBrowser, bobsBrowser]);
  await alice.page.keyboard.press("Escape");
  await alice.hangUp();
});
