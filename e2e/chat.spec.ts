import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { en } from "../packages/ui/src/words/en.ts";
import { acquaint, enter, meet } from "./support/acquaint.ts";
import { launchWithProfile } from "./support/browsers.ts";
import { personAt } from "./support/person.ts";
import { expect, test } from "./support/test.ts";

test("who is declined is told nothing and may ask again; then two strangers write to each other", async ({ people }) => {
  const [alice, bob] = await Promise.all([enter(people, "alice"), enter(people, "bob")]);
  await alice.ask(bob.name, "Hello, it is Alice.");
  await bob.decline(alice.name);
  await expect(bob.rowOf("contacts", alice.name)).toBeHidden();
  await expect(alice.rowOf("contacts", bob.name)).toContainText(en.people.state.waiting);
  await alice.withdraw(bob.name);
  await expect(alice.rowOf("contacts", bob.name)).toBeHidden();
  await meet(alice, bob);
  await alice.write("See you at six?");
  await bob.reads("See you at six?");
  await bob.write("At six, by the fountain.");
  await alice.reads("At six, by the fountain.");
  await alice.seesState("See you at six?", "read");
  await bob.seesState("At six, by the fountain.", "read");
});

test("a link brings a stranger to the one who made it; who is removed is told nothing, and may be asked again", async ({
  people,
}) => {
  const alice = await people.arrive("alice");
  await alice.open();
  await alice.signUp();
  const link = await alice.makeInvitation();

  const bob = await people.arrive("bob");
  await bob.open(link);
  await expect(bob.page.getByText(en.first.invited(alice.name))).toBeVisible();
  await bob.signUp();
  await bob.followInvitation(link, "I come by your link.");
  await alice.openChat(bob.name);
  await alice.write("Welcome.");
  await bob.openChat(alice.name);
  await bob.reads("Welcome.");

  // Removed: the other is told nothing, and what they write waits. The conversation is put away, and comes back whole.
  await alice.remove(bob.name);
  await expect(alice.rowOf("contacts", bob.name)).toContainText(en.people.state.removed);
  await alice.goTo("chats");
  await expect(alice.rowOf("chats", bob.name)).toBeHidden();
  await bob.write("Are you there?");
  await bob.seesState("Are you there?", "stored");
  await alice.ask(bob.name, "I am back.");
  await alice.openChat(bob.name);
  for (const text of ["Welcome.", "Are you there?"]) await alice.reads(text);
  await bob.seesState("Are you there?", "read");
});

test("what is written while the other is away arrives when they are back, once and in order", async ({ people }) => {
  const [alice, bob] = await acquaint(people);
  await alice.write("before");
  await bob.reads("before");
  bob.line.cut();
  for (const text of ["one", "two", "three"]) await alice.write(text);
  await alice.seesState("three", "stored");
  bob.line.mend();
  for (const text of ["one", "two", "three"]) await bob.reads(text);
  await alice.seesState("three", "delivered");
  const shown = await bob.page.getByRole("list", { name: en.conversation.messages, exact: true }).innerText();
  expect(shown.indexOf("one")).toBeLessThan(shown.indexOf("two"));
  expect(shown.indexOf("two")).toBeLessThan(shown.indexOf("three"));
});

test(
  "what cannot be sent is kept: too much at once stays in its field, and without a connection it goes out later by itself",
  { tag: "@each" },
  async ({ people }) => {
    const [alice, bob] = await acquaint(people);
    const field = alice.page.getByPlaceholder(en.conversation.placeholder);
    const long = "ä".repeat(33_000);
    await alice.type(field, long);
    await field.press("Enter");
    await expect(alice.page.getByRole("alert").filter({ hasText: /./ }).first()).toBeVisible();
    await expect(field).toHaveValue(long);
    await alice.type(field, "short");
    await field.press("Enter");
    await bob.reads("short");

    alice.line.cut();
    await alice.write("written on a train");
    await alice.reads("written on a train");
    // The tab goes while there is no connection; a new one comes when there is.
    await alice.page.close();
    alice.line.mend();
    const again = await alice.newTab();
    await again.open();
    await again.isInside();
    await bob.reads("written on a train");
    await again.openChat(bob.name);
    await again.reads("written on a train");
    await again.seesState("written on a train", "delivered");
  },
);

test("the whole history survives a restart of the browser", { tag: "@each" }, async ({ people, pair, server }) => {
  const folder = mkdtempSync(join(tmpdir(), "megachat-profile-"));
  const url = `http://localhost:${server.port}`;
  const line = { cut: () => undefined, mend: () => undefined };
  const bob = await people.arrive("bob");
  await bob.open();
  await bob.signUp();
  try {
    const before = await launchWithProfile(pair[0], folder);
    const alice = await personAt(`restart-${bob.name.slice(4)}`, { kind: pair[0], context: before, url, line });
    await alice.open();
    await alice.signUp();
    await alice.ask(bob.name, "Hello.");
    await bob.accept(alice.name);
    await alice.openChat(bob.name);
    await alice.write("from before");
    await bob.reads("from before");
    await bob.write("an answer");
    await alice.reads("an answer");
    await before.close();
    await bob.write("while you were away");

    const after = await launchWithProfile(pair[0], folder);
    const again = await personAt(alice.name, { kind: pair[0], context: after, url, line });
    await again.open();
    await again.isInside();
    await again.openChat(bob.name);
    for (const text of ["from before", "an answer", "while you were away"]) await again.reads(text);
    await after.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
