import { startWireTap } from "@megachat/testing/wire-tap";
import { en } from "../packages/ui/src/words/en.ts";
import { launch, newContext } from "./support/browsers.ts";
import { startServer } from "./support/server.ts";
import { expect, test } from "./support/test.ts";

const BUDGET = 150_000;

test("the sign-up form can be used although no more than 150 KB ever arrive", { tag: "@each" }, async ({ pair }) => {
  const found = { port: 0 };
  // After the budget the line is dead: whatever the form needs must have come by then.
  const tap = await startWireTap(() => found.port, { limit: BUDGET });
  const server = await startServer({ flags: ["--origin", `http://localhost:${tap.port}`] });
  found.port = server.port;
  const browser = await launch(pair[0]);
  try {
    const page = await (await newContext(browser)).newPage();
    await page.goto(`http://localhost:${tap.port}/`, { waitUntil: "commit" });
    const handle = page.getByRole("form", { name: en.signUp.title }).getByLabel(en.signUp.handle);
    await handle.pressSequentially("somebody");
    await expect(handle).toHaveValue("somebody");
    await expect(page.getByRole("button", { name: en.signUp.submit, exact: true })).toBeEnabled();
    // More was asked for and did not come: crypto, database and the screens inside load behind the form.
    await expect.poll(() => tap.fromServer()).toBe(BUDGET);
  } finally {
    await browser.close();
    await server.stop();
    await tap.stop();
  }
});
