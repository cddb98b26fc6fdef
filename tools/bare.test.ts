import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";

const bare = pathToFileURL(join(import.meta.dirname, "lib/bare.mjs")).href;

test("a tool whose reader has left ends without a word, and what it had begun ends with it", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  // Its connection lasts for as long as it does.
  const begun = `require("node:net").connect(${(server.address() as AddressInfo).port}, "127.0.0.1").on("error", () => {})`;
  const program = `
    import { run, say } from ${JSON.stringify(bare)};
    void run(process.execPath, ["-e", ${JSON.stringify(begun)}], { timeoutMs: 60_000, onLine: () => undefined });
    setInterval(() => say("still at work"), 20);`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: ["ignore", "pipe", "pipe"] });
  let errors = "";
  child.stderr.on("data", (piece: Buffer) => (errors += piece.toString()));
  const [connection] = (await once(server, "connection")) as [Socket];
  const gone = new Promise((resolve) => connection.on("error", resolve).on("close", resolve).resume());
  child.stdout.destroy();
  const code = await new Promise((resolve) => child.once("close", resolve));
  expect(errors).toBe("");
  expect(code).toBe(141);
  await gone;
  server.close();
});
