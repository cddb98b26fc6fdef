/** What a window means to keep: a private one of Chromium hides that it keeps nothing, and is suspected all the same. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { en } from "../packages/ui/src/words/en.ts";
import { launchWithProfile } from "./support/browsers.ts";
import { personAt, type Person } from "./support/person.ts";
import { expect, test } from "./support/test.ts";

async function seesOfStorage({ page }: Person, text: string): Promise<void> {
  await page.getByRole("button", { name: new RegExp(`^${en.places.you("")}`, "u") }).click();
  await expect(page.getByRole("region", { name: en.settings.storage })).toContainText(text);
  await page.keyboard.press("Escape");
}

test("[V54] a private window of Chromium is told as what it looks like", { tag: "@once" }, async ({ people }) => {
  // Playwright's contexts without a profile are private windows.
  const alice = await people.arrive("Alice");
  await alice.open();
  await alice.signUp();
  await seesOfStorage(alice, en.settings.storageText.seemsTemporary);
  await alice.page.reload();
  await alice.isInside();
  await seesOfStorage(alice, en.settings.storageText.seemsTemporary);
});

test("[V54] a usual window of Chromium is not suspected; deleting leaves no file", { tag: "@once" }, async ({ lines }) => {
  const folder = mkdtempSync(join(tmpdir(), "megachat-profile-"));
  const context = await launchWithProfile("chromium", folder);
  const [line] = lines;
  const url = `http://localhost:${line.port}`;
  const bob = await personAt(`usual-${Date.now().toString(36)}`, { kind: "chromium", context, url, line });
  await bob.open();
  await bob.signUp();
  await seesOfStorage(bob, en.settings.storageText.evictable);

  const filesOf = async (): Promise<readonly string[]> =>
    bob.page.evaluate(async () => {
      const names: string[] = [];
      for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
      return names;
    });
  expect((await filesOf()).length).toBeGreaterThan(0);
  await bob.page.getByRole("button", { name: new RegExp(`^${en.places.you("")}`, "u") }).click();
  await bob.page.getByRole("button", { name: en.settings.forget, exact: true }).click();
  await bob.page.getByRole("alertdialog").getByRole("button", { name: en.settings.forgetConfirm }).click();
  await expect(bob.page.getByRole("form", { name: en.signUp.title })).toBeVisible();
  expect((await filesOf()).filter((name) => name.includes("account"))).toEqual([]);
  await bob.trySignIn();
  await expect(bob.page.getByText(en.errors.livesElsewhere)).toBeVisible();
  expect(bob.complaints).toEqual([]);
  await context.close();
  rmSync(folder, { recursive: true, force: true });
});
