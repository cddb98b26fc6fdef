/** Opens a scene and keeps a record of everything that should not happen: errors, and what the page's policy had to stop. */
import { AxeBuilder } from "@axe-core/playwright";
import { expect, test as base, type Page } from "@playwright/test";
import process from "node:process";
import type { FakeClient } from "../src/testing/fake-client.ts";

declare global {
  interface Window {
    fake: FakeClient;
  }
}

interface Fixtures {
  /** From now on every error of the page fails the test. */
  readonly quiet: () => Promise<void>;
  readonly open: (scene: string) => Promise<Page>;
}

export const address = (): string => process.env["GALLERY"] ?? "";

/** In one page: the pages have no frames, and a second page for each look takes longer than the look. */
export const axe = (page: Page): AxeBuilder => new AxeBuilder({ page }).setLegacyMode(true);

export const test = base.extend<Fixtures>({
  quiet: async ({ page }, use) => {
    const faults: string[] = [];
    await use(async () => {
      page.on("pageerror", (error) => faults.push(error.message));
      page.on("console", (message) => {
        if (message.type() === "error") faults.push(message.text());
      });
      await page.addInitScript(() => {
        document.addEventListener("securitypolicyviolation", (event) => {
          throw new Error(`policy: ${event.violatedDirective} ${event.blockedURI}`);
        });
      });
    });
    expect(faults).toEqual([]);
  },
  open: async ({ page, quiet }, use) => {
    await quiet();
    await use(async (scene) => {
      await page.goto(`${address()}?scene=${scene}`);
      await expect(page.locator("main, section").first()).toBeAttached();
      return page;
    });
  },
});

export { expect };
