import { en } from "../packages/ui/src/words/en.ts";
import { startWireTap } from "@megachat/testing/wire-tap";
import { launch, newContext } from "./support/browsers.ts";
import { startServer } from "./support/server.ts";
import { expect, test } from "./support/test.ts";

test("the form can be used after at most 150 KB, counted on the line", async ({ pair }) => {
  const found = { port: 0 };
  const tap = await startWireTap(() => found.port);
  const server = await startServer({ flags: ["--origin", `http://localhost:${tap.port}`] });
  found.port = server.port;
  const browser = await launch(pair[1]);
  try {
    const page = await (await newContext(browser)).newPage();
    await page.goto(`http://localhost:${tap.port}/`, { waitUntil: "commit" });
    const handle = page.getByRole("form", { name: en.signUp.title }).getByLabel(en.signUp.handle);
    await handle.fill("somebody");
    const bytes = tap.fromServer();
    await expect(handle).toHaveValue("somebody");
    // All that came until then: headers, the page, scripts of page and worker, styles. What follows comes behind the form.
    expect(bytes).toBeLessThan(150_000);
  } finally {
    await browser.close();
    await server.stop();
    await tap.stop();
  }
});
