/** A name at which somebody guesses: sign-ins are slowed, say for how long, can be called off, and still get in. */
import { en } from "../packages/ui/src/words/en.ts";
import { PASSWORD } from "./support/person.ts";
import { expect, test } from "./support/test.ts";

test(
  "[R37] [V55] a slowed sign-in counts down, can be called off, and gets in when it is sat out",
  { tag: "@each" },
  async ({ people }) => {
    test.slow();
    const [alice, mallory] = [await people.arrive("Alice"), await people.arrive("Mallory")];
    await alice.open();
    await alice.signUp();
    const { page } = mallory;
    await mallory.open();
    await page
      .getByRole("button", { name: en.signIn.toSignUp })
      .or(page.getByRole("button", { name: en.signUp.toSignIn }))
      .click();
    const form = page.getByRole("form", { name: en.signIn.title });
    const password = form.getByLabel(en.signIn.password, { exact: true });
    await mallory.type(form.getByLabel(en.signIn.handle), alice.name);
    const working = page.getByText(en.work.stage.solvingPuzzle);
    const guess = async (text: string): Promise<void> => {
      await mallory.type(password, text);
      await password.press("Enter");
    };
    // Free ones first, then a wait of one second, and of two.
    for (let tries = 0; tries < 13; tries++) {
      await guess(`wrong password ${tries}`);
      // What was said of the guess before went with the key.
      await expect(form.getByRole("alert")).toHaveText(en.errors.refused, { timeout: 30_000 });
    }

    await guess("wrong password again");
    await expect(working).toBeVisible();
    await expect(page.getByRole("timer")).toHaveText(/^Trying again in \d sec$/u);
    await page.getByRole("button", { name: en.common.cancel, exact: true }).click();
    await expect(password).toBeFocused();
    await expect(password).toHaveValue("");
    await expect(form.getByLabel(en.signIn.handle)).toHaveValue(alice.name);
    await expect(form).not.toContainText(en.errors.refused);
    // The thread that stretched the password has ended with it.
    await expect.poll(() => page.workers().length).toBeLessThanOrEqual(1);

    await guess(PASSWORD);
    await expect(working).toBeVisible();
    await expect(form.getByRole("alert")).toHaveText(en.errors.livesElsewhere, { timeout: 30_000 });
  },
);
