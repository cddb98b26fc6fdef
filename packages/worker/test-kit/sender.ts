/**
 * A person in a process of its own, to be killed: `node sender.ts URL FOLDER CONVERSATION FROM`. Sends m<FROM>,
 * m<FROM+1>, … and prints each number once its intent was answered.
 */
import process from "node:process";
import type { ConversationRef } from "@megachat/view";
import { good, isInside, startPerson } from "./people.ts";

const [socketUrl = "", folder = "", conversation = "", from = "0"] = process.argv.slice(2);
const person = startPerson({ socketUrl }, "sender", { folder });
await person.client.when(isInside);
process.stdout.write("inside\n");
for (let n = Number(from); ; n++) {
  await good(person.client.intents.send({ conversation: conversation as ConversationRef, text: `m${n}` }));
  process.stdout.write(`${n}\n`);
}
