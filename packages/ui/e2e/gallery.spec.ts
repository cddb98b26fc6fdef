/** Every scene: draws under the product's policy, is clean to axe, and fits a phone's width and twice the zoom. */
import type { Page } from "@playwright/test";
import { sceneNames } from "../gallery/scenes.ts";
import { address, axe, expect, test } from "./open.ts";

// One page for each group of scenes: opening a window takes longer than looking at it.
const groups = Map.groupBy(sceneNames, (name) => name.split("-")[0] ?? "");

const show = async (page: Page, scene: string): Promise<void> => {
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${address()}?scene=${scene}`);
  await expect(page.locator("main, section").first()).toBeAttached();
  // Skeletons, spinners and the call's own chunk come a moment later.
  await page.waitForTimeout(350);
};

/** What axe says of the page, in the dark only of its contrasts: nothing else changes with the light. */
async function faultsOf(page: Page): Promise<readonly string[]> {
  const light = await axe(page).analyze();
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await axe(page).withRules(["color-contrast"]).analyze();
  await page.emulateMedia({ colorScheme: "light" });
  return [...light.violations, ...dark.violations].map(
    ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("; ")}`,
  );
}

for (const [group, scenes] of groups) {
  test(`[U21] each scene of ${group} draws without error, is clean to axe, and fits 375 px and twice the zoom`, async ({
    page,
    quiet,
    browserName,
  }) => {
    test.setTimeout(120_000);
    await quiet();
    const isChromium = browserName === "chromium";
    if (isChromium) await page.emulateMedia({ colorScheme: "light", reducedMotion: "reduce" });
    for (const scene of scenes) {
      await test.step(scene, async () => {
        await show(page, scene);
        // What axe finds does not depend on the browser.
        if (isChromium) expect.soft(await faultsOf(page), scene).toEqual([]);
        const sizes = [{ width: 375, height: 740 }, ...(isChromium ? [{ width: 640, height: 400 }] : [])];
        for (const size of sizes) {
          await page.setViewportSize(size);
          expect
            .soft(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), scene)
            .toBeLessThanOrEqual(0);
        }
      });
    }
  });
}
