import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { openSync, readSync } from "node:fs";
import { join } from "node:path";
import { canaryOf, searchFor, type Hit } from "@megachat/testing/canary";
import { startWireTap } from "@megachat/testing/wire-tap";
import { en } from "../packages/ui/src/words/en.ts";
import { launch, newContext } from "./support/browsers.ts";
import { flows } from "./support/media.ts";
import { personAt } from "./support/person.ts";
import { startServer } from "./support/server.ts";
import { expect, test } from "./support/test.ts";
import { startUdpTap } from "./support/udp-tap.ts";

const canary = (name: string) => canaryOf(name, randomBytes(32));

test(
  "O1 nothing that two people keep secret is ever on the server, on the line, or on the way of their call",
  { tag: "@once" },
  async () => {
    test.setTimeout(180_000);
    const secrets = {
      password: canary("password"),
      displayName: canary("display name"),
      request: canary("request"),
      message: canary("message"),
      answer: canary("answer"),
      draft: canary("draft"),
    };
    const found = { port: 0 };
    const tap = await startWireTap(() => found.port, { keep: true });
    const server = await startServer({ flags: ["--origin", `http://localhost:${tap.port}`, "--log", "debug"] });
    found.port = server.port;
    const browser = await launch("chromium");
    const path = startUdpTap();
    try {
      const handles = { alice: `a${randomBytes(12).toString("hex")}`, bob: `b${randomBytes(12).toString("hex")}` };
      const seatOf = async () => {
        const context = await newContext(browser);
        await path.stand(context);
        return { kind: "chromium" as const, context, url: `http://localhost:${tap.port}`, line: tap };
      };
      const alice = await personAt(handles.alice, await seatOf());
      const bob = await personAt(handles.bob, await seatOf());
      await alice.open();
      const words = await alice.signUp(secrets.password.text);
      expect(words.split(" ")).toHaveLength(12);
      await alice.page.getByRole("button", { name: new RegExp(en.places.you("").slice(2)) }).click();
      const settings = alice.page.getByRole("dialog", { name: en.settings.title });
      await alice.type(settings.getByLabel(en.settings.displayName), secrets.displayName.text);
      await settings.getByRole("button", { name: en.settings.save, exact: true }).click();
      await alice.page.keyboard.press("Escape");
      await bob.open();
      await bob.signUp();
      const link = await alice.makeInvitation();
      await alice.ask(bob.name, secrets.request.text);
      await bob.accept(secrets.displayName.text);
      await alice.openChat(bob.name);
      await alice.write(secrets.message.text);
      await bob.reads(secrets.message.text);
      await bob.write(secrets.answer.text);
      await alice.reads(secrets.answer.text);
      await alice.type(alice.page.getByPlaceholder(en.conversation.placeholder), secrets.draft.text);
      await alice.call("audio");
      await bob.acceptCall();
      await flows(alice.page, "audio");
      await flows(bob.page, "audio");
      // What is carried between them is kept, whoever sends it.
      const onTheWay = canary("on the way");
      // The sound of both goes this way: some hundred packets a second.
      await expect.poll(() => path.carried().length).toBeGreaterThan(100);
      await path.inject(Buffer.from(onTheWay.text));
      await alice.hangUp();
      await alice.signOut();
      await alice.signIn(secrets.password.text);

      // The handle is known to the server, so it must be found: a search that finds nothing proves nothing.
      const control = { name: "handle", text: handles.bob.slice(0, 32).padEnd(32, "-") };
      // What the link's fragment carries beyond the inviter's public key, and words of the recovery key.
      const fragment = { name: "invitation", text: link.slice(-32) };
      const recovery = { name: "recovery key", text: words.slice(0, 32) };
      const search = searchFor([control, ...Object.values(secrets), fragment, recovery]);
      const hits: readonly Hit[] = [
        ...filesUnder(server.dataDir).flatMap(([place, bytes]) => search.in(place, bytes)),
        ...search.in("log", Buffer.from(server.output())),
        ...search.in("line", Buffer.concat(tap.carried())),
        ...search.in("call", Buffer.concat(path.carried())),
        ...memoryOf(server.pid()).flatMap(([place, bytes]) => search.plainlyIn(place, bytes)),
      ];
      const controls = new Set(hits.filter((hit) => hit.canary === "handle").map(({ place }) => place.split(" ")[0]));
      expect([...controls]).toEqual(expect.arrayContaining(["file", "line", "memory"]));
      expect(hits.filter((hit) => hit.canary !== "handle")).toEqual([]);

      // The log names nobody, nor does the call, so there leaks are planted.
      const planted = canary("planted");
      const leaked = Buffer.from(`${server.output()}{"event":"signedUp","handle":"${planted.text}"}\n`);
      expect(searchFor([planted]).in("log", leaked)).not.toEqual([]);
      expect(searchFor([onTheWay]).in("call", Buffer.concat(path.carried()))).not.toEqual([]);
    } finally {
      await browser.close();
      await server.stop();
      await tap.stop();
      path.stop();
    }
  },
);

type Place = readonly [string, Uint8Array];

function filesUnder(folder: string): readonly Place[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.map((entry) => [`file ${entry.name}`, readFileSync(join(entry.parentPath, entry.name))] as const);
}

/** Everything writable that the process holds, read while it runs. */
function memoryOf(pid: number): readonly Place[] {
  const memory = openSync(`/proc/${pid}/mem`, "r");
  return readFileSync(`/proc/${pid}/maps`, "utf8")
    .split("\n")
    .flatMap((line): readonly Place[] => {
      const [, start, end] = /^([0-9a-f]+)-([0-9a-f]+) rw/.exec(line) ?? [];
      if (start === undefined || end === undefined) return [];
      const length = parseInt(end, 16) - parseInt(start, 16);
      // Reserved and never touched: V8 keeps address space by the terabyte.
      if (length > 1 << 29) return [];
      const bytes = Buffer.alloc(length);
      try {
        const read = readSync(memory, bytes, 0, length, BigInt(`0x${start}`));
        return [[`memory ${start}`, bytes.subarray(0, read)]];
      } catch {
        return [];
      }
    });
}
