/** Where most tests begin: people who are inside, and two who know each other. */
import type { Person } from "./person.ts";
import type { People } from "./test.ts";

/** Two who have their conversation open, each on their own screen. */
export async function acquaint(people: People): Promise<readonly [Person, Person]> {
  // Each at a browser of their own, so neither has to wait for the other.
  const [alice, bob] = await Promise.all([enter(people, "alice"), enter(people, "bob")]);
  await meet(alice, bob);
  return [alice, bob];
}

/** Somebody new, signed up. */
export async function enter(people: People, name: string): Promise<Person> {
  const person = await people.arrive(name);
  await person.open();
  await person.signUp();
  return person;
}

/** One asks, the other accepts, and both have their conversation open. */
export async function meet(one: Person, other: Person): Promise<void> {
  await one.ask(other.name, `Hello, it is ${one.name}.`);
  await other.accept(one.name);
  await one.openChat(other.name);
}
