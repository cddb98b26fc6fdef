import AxeBuilder from "@axe-core/playwright";
import { en } from "../packages/ui/src/words/en.ts";
import { expect, test } from "./support/test.ts";

test("who comes for the first time is inside after a name and a password", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  const started = Date.now();
  await alice.signUp();
  // A person needs twenty seconds, of which this is what the program takes.
  expect(Date.now() - started).toBeLessThan(15_000);
  await expect(alice.page.getByRole("heading", { name: en.invite.first })).toBeVisible();
});

test("a reload keeps the session, and signing out needs the password to come back", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  await alice.signUp();
  await alice.page.reload();
  await alice.isInside();
  await alice.signOut();
  await alice.page.reload();
  await alice.trySignIn("umber lattice quorum saddle robin");
  await expect(alice.page.getByText(en.errors.refused)).toBeVisible();
  await alice.signIn();
});

test("the account lives in one browser: elsewhere it says so and changes nothing", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  await alice.signUp();
  const elsewhere = { ...(await people.arrive("elsewhere")) };
  await elsewhere.open();
  await elsewhere.page.getByRole("button", { name: en.signUp.toSignIn }).click();
  const form = elsewhere.page.getByRole("form", { name: en.signIn.title });
  await elsewhere.type(form.getByLabel(en.signIn.handle), alice.name);
  await elsewhere.type(form.getByLabel(en.signIn.password, { exact: true }), "umber lattice quorum saddle finch");
  await form.getByRole("button", { name: en.signIn.submit, exact: true }).click();
  await expect(elsewhere.page.getByText(en.errors.livesElsewhere)).toBeVisible({ timeout: 30_000 });
  await alice.page.reload();
  await alice.isInside();
});

test("a password that anyone would try is refused, a name that is taken as well", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  const form = alice.page.getByRole("form", { name: en.signUp.title });
  await alice.type(form.getByLabel(en.signUp.handle), alice.name);
  await alice.type(form.getByLabel(en.signUp.password, { exact: true }), "password1");
  await form.getByRole("button", { name: en.signUp.submit }).click();
  await expect(alice.page.getByText(en.errors.passwordWeak)).toBeVisible();
  await alice.signUp();

  const second = await people.arrive("second");
  await second.open();
  const other = second.page.getByRole("form", { name: en.signUp.title });
  await second.type(other.getByLabel(en.signUp.handle), alice.name);
  await second.type(other.getByLabel(en.signUp.password, { exact: true }), "umber lattice quorum saddle finch");
  await other.getByRole("button", { name: en.signUp.submit }).click();
  await expect(second.page.getByText(en.errors.handleTaken)).toBeVisible({ timeout: 30_000 });
});

test("all tabs share one session, whichever of them closes", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  await alice.signUp();
  const second = await alice.newTab();
  await second.open();
  await second.isInside();
  await alice.page.close();
  await expect(second.page.getByRole("navigation", { name: en.places.label })).toBeVisible();
  await second.page.reload();
  await second.isInside();
});

test("a screen reader finds nothing to complain about at the door and inside", { tag: "@each" }, async ({ people }) => {
  const alice = await people.arrive("alice");
  await alice.open();
  await expect(alice.page.getByRole("form", { name: en.signUp.title })).toBeVisible();
  const atTheDoor = await new AxeBuilder({ page: alice.page }).analyze();
  expect(atTheDoor.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
  await alice.signUp();
  const inside = await new AxeBuilder({ page: alice.page }).analyze();
  expect(inside.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
});
