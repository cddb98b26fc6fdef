/** Browsers that store less than others, or nothing: they work, or say exactly why not. */
import { en } from "../packages/ui/src/words/en.ts";
import { launch, newContext } from "./support/browsers.ts";
import { personAt } from "./support/person.ts";
import { expect, test } from "./support/test.ts";

const url = (port: number): string => `http://localhost:${port}`;

test(
  "a private window of Firefox, where there is no OPFS, holds an account for as long as it is open",
  { tag: "@once" },
  async ({ lines }) => {
    const browser = await launch("firefox", { prefs: { "browser.privatebrowsing.autostart": true } });
    const context = await newContext(browser);
    const [line] = lines;
    const person = await personAt(`private-${Date.now().toString(36)}`, { kind: "firefox", context, url: url(line.port), line });
    await person.open();
    await person.signUp();
    await person.page.reload();
    await person.isInside();
    expect(person.complaints).toEqual([]);
    await browser.close();
  },
);

test("a browser that lets the page store nothing says so, and what to do", { tag: "@once" }, async ({ lines }) => {
  const browser = await launch("firefox", { prefs: { "network.cookie.cookieBehavior": 2 } });
  const context = await newContext(browser);
  const page = await context.newPage();
  await page.goto(url(lines[0].port));
  await expect(page.getByText(en.broken.storageRefused.title)).toBeVisible();
  await browser.close();
});
