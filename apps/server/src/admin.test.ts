import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runAdmin } from "./admin-commands.ts";
import { systemRandom, wallClock } from "./system.ts";
import { signUp } from "./testing/people.ts";
import { startServer, type TestServer } from "./testing/start-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startServer({ signUp: "invitation" });
});
afterAll(() => server.stop());

const admin = async (...words: string[]) => {
  const outcome = await runAdmin(
    [...(words.includes("--data") ? [] : ["--data", server.dataDir]), ...words],
    {},
    { clock: wallClock, random: systemRandom },
  );
  return outcome.ok ? outcome.value : outcome.error.text;
};

test("[S41] [S10] an invitation made beside the running server is good once, however it is typed, and is not kept readable", async () => {
  const [code = ""] = await admin("invite", "create");
  expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{5}-){3}[0-9A-HJKMNP-TV-Z]{5}$/);
  for (const file of ["megachat.db", "megachat.db-wal"]) {
    const bytes = readFileSync(join(server.dataDir, file));
    expect(bytes.includes(code) || bytes.includes(code.replaceAll("-", ""))).toBe(false);
  }
  expect(await admin("invite", "list")).toEqual([expect.stringMatching(/^[0-9a-f]{8} {2}1 left, until /)]);
  const guest = await signUp(server.socketUrl, "guest", { invitation: code.toLowerCase().replaceAll("-", " ") });
  expect(guest.session.type).toBe("session");
  await expect(signUp(server.socketUrl, "second", { invitation: code })).rejects.toThrow("invitationInvalid");
  expect(await admin("invite", "list")).toEqual(["No invitation is good now."]);
});

test("[S41] an invitation for two, revoked after one", async () => {
  const [code = "", said = ""] = await admin("invite", "create", "--uses", "2", "--days", "1");
  await signUp(server.socketUrl, "one-of-two", { invitation: code });
  const id = /id is (\w+)/.exec(said)?.[1] ?? "";
  expect(await admin("invite", "revoke", id)).toEqual([`Invitation ${id} is worthless now.`]);
  await expect(signUp(server.socketUrl, "two-of-two", { invitation: code })).rejects.toThrow("invitationInvalid");
});

test("[S41] status counts, checks the file, and names nobody", async () => {
  const lines = await admin("status", "--check");
  expect(lines).toContain("accounts        2");
  expect(String(lines)).toMatch(/sound/);
  expect(String(lines)).not.toContain("guest");
});

test("[S41] a command that is none says what there is and changes nothing", async () => {
  for (const words of [
    ["invite"],
    ["invite", "destroy"],
    ["account", "disable"],
    ["account", "disable", "nobody-here"],
    ["status", "x", "y"],
    ["invite", "create", "--uses", "0"],
    ["--bogus"],
  ]) {
    const outcome = await admin(...words);
    expect(typeof outcome, words.join(" ")).toBe("string");
  }
  const elsewhere = await runAdmin(
    ["status", "--data", join(server.dataDir, "nowhere")],
    {},
    { clock: wallClock, random: systemRandom },
  );
  expect(elsewhere.ok).toBe(false);
  expect(await admin("status", "--data", "")).toBe("--data is empty.");
});

test("[S44] a database that is none is told of in one sentence and left as it is", async () => {
  const folder = mkdtempSync(join(tmpdir(), "megachat-admin-"));
  const text = "not a database ".repeat(100);
  writeFileSync(join(folder, "megachat.db"), text);
  expect(await admin("status", "--data", folder)).toBe(
    `megachat.db in ${folder} is damaged or no database. Put back a good copy, or choose another folder with --data.`,
  );
  expect(readFileSync(join(folder, "megachat.db"), "utf8")).toBe(text);
  rmSync(folder, { recursive: true });
});
