/** Two people who know each other and have their conversation open: where most tests begin. */
import type { Person } from "./person.ts";
import type { People } from "./test.ts";

export async function acquaint(people: People): Promise<readonly [Person, Person]> {
  const alice = await people.arrive("alice");
  const bob = await people.arrive("bob");
  for (const person of [alice, bob]) {
    await person.open();
    await person.signUp();
  }
  await alice.ask(bob.name, "Hello, it is Alice.");
  await bob.accept(alice.name);
  await alice.openChat(bob.name);
  return [alice, bob];
}
