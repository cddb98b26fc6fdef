/** Every scene: draws under the product's policy, is clean to axe, and fits a phone's width and twice the zoom. */
import type { Page } from "@playwright/test";
import { sceneNames } from "../gallery/scenes.ts";
import { address, axe, expect, test } from "./open.ts";

// One page for each group of scenes: opening a window takes longer than looking at it.
const groups = Map.groupBy(sceneNames, (name) => name.split("-")[0] ?? "");

const show = async (page: Page, scene: string): Promise<void> => {
  await page.goto(`${address()}?scene=${scene}`);
  await expect(page.locator("main, section").first()).toBeAttached();
  // Skeletons, spinners and the call's own chunk come a moment later.
  await page.waitForTimeout(350);
};

for (const [group, scenes] of groups) {
  test(`[U21] each scene of ${group} draws without error, within 375 px and at twice the zoom`, async ({
    page,
    quiet,
    browserName,
  }) => {
    test.setTimeout(120_000);
    await quiet();
    for (const scene of scenes) {
      await test.step(scene, async () => {
        await page.setViewportSize({ width: 1280, height: 800 });
        await show(page, scene);
        const sizes = [{ width: 375, height: 740 }, ...(browserName === "chromium" ? [{ width: 640, height: 400 }] : [])];
        for (const size of sizes) {
          await page.setViewportSize(size);
          expect
            .soft(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth), scene)
            .toBeLessThanOrEqual(0);
        }
      });
    }
  });

  test(`[U21] axe finds nothing in ${group}`, { tag: "@once" }, async ({ page }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ reducedMotion: "reduce" });
    for (const scene of scenes) {
      await test.step(scene, async () => {
        await page.emulateMedia({ colorScheme: "light" });
        await show(page, scene);
        const found = await axe(page).analyze();
        await page.emulateMedia({ colorScheme: "dark" });
        const dark = await axe(page).withRules(["color-contrast"]).analyze();
        const all = [...found.violations, ...dark.violations];
        expect
          .soft(
            all.map(
              ({ id, nodes }) =>
                `${id}: ${nodes.map((node) => `${node.target.join(" ")} ${node.any[0]?.message ?? ""}`).join("; ")}`,
            ),
            scene,
          )
          .toEqual([]);
      });
    }
  });
}
