/** Writes the picture in the README from the real product: `node e2e/make-picture.ts`, after `npm run build`. */
import { join } from "node:path";
import { en } from "../packages/ui/src/words/en.ts";
import { launch, newContext } from "./support/browsers.ts";
import { personAt, type Person } from "./support/person.ts";
import { startServer } from "./support/server.ts";

const server = await startServer();
const browser = await launch("chromium");
const arrive = async (name: string): Promise<Person> => {
  const context = await newContext(browser);
  const person = await personAt(name, {
    kind: "chromium",
    context,
    url: server.url,
    line: { cut: () => undefined, mend: () => undefined },
  });
  await person.open();
  await person.signUp();
  return person;
};
try {
  const mira = await arrive("mira");
  const tomas = await arrive("tomas");
  await mira.page.setViewportSize({ width: 1200, height: 750 });
  await mira.ask(tomas.name, "Hello, it is Mira from the choir.");
  await tomas.accept(mira.name);
  await mira.openChat(tomas.name);
  const said: readonly (readonly [Person, string])[] = [
    [mira, "Found you! Does this work for you, too?"],
    [tomas, "It does. Nothing to install, I just opened the link."],
    [tomas, "Are we still on for Thursday?"],
    [mira, "Yes, half past seven. I will bring the new score."],
    [tomas, "Good. Call me before, then we go through the second part."],
    [mira, "I will. You ring, I sing."],
  ];
  for (const [person, text] of said) {
    await person.write(text);
    await mira.reads(text);
    await tomas.reads(text);
  }
  await mira.seesState("I will. You ring, I sing.", "read");
  await mira.page.getByText(en.conversation.freshness.confirmed).first().waitFor();
  const dismiss = mira.page.getByRole("button", { name: en.toasts.dismiss });
  while ((await dismiss.count()) > 0) await dismiss.first().click();
  await mira.page.mouse.move(600, 120);
  await mira.page.screenshot({ path: join(import.meta.dirname, "../docs/picture.png") });
} finally {
  await browser.close();
  await server.stop();
}
