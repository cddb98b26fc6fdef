import { expect, test } from "vitest";
import { parseOptions } from "./options.ts";
import { startFault } from "./start-fault.ts";

const parsed = parseOptions(["--data", "/srv/megachat", "--host", "banana", "--port", "81"], {});
if (!parsed.ok || parsed.value.type !== "start") throw new Error("the options are good");
const { config } = parsed.value;

const say = (parts: { readonly code: string; readonly errcode?: number; readonly syscall?: string }): string =>
  startFault(Object.assign(new Error("fault"), parts), config);

test("[S44] what the system or the database gave as the reason is told in one sentence that names what to change", () => {
  const sqlite = { code: "ERR_SQLITE_ERROR" };
  expect(say({ code: "ENOTFOUND", syscall: "getaddrinfo" })).toMatch(/^banana is no address.* --host\.$/);
  expect(say({ code: "EADDRNOTAVAIL", syscall: "listen" })).toMatch(/no address banana\..* --host\.$/);
  expect(say({ code: "EACCES", syscall: "listen" })).toMatch(/port 81/);
  for (const readOnly of [{ code: "EROFS" }, { ...sqlite, errcode: 8 }, { ...sqlite, errcode: 8 | (5 << 8) }])
    expect(say(readOnly)).toMatch(/^The folder \/srv\/megachat cannot be written to\./);
  for (const full of [{ code: "ENOSPC" }, { ...sqlite, errcode: 13 }])
    expect(say(full)).toMatch(/^The disk of \/srv\/megachat is full\./);
  expect(say({ ...sqlite, errcode: 10 | (19 << 8) })).toMatch(/may be full or failing/);
  for (const errcode of [11, 26]) expect(say({ ...sqlite, errcode })).toMatch(/damaged or no database/);
});

test("[S44] a fault that nobody foresaw keeps its stack, and a socket's is not laid on the folder", () => {
  expect(say({ code: "EPERM", syscall: "listen" })).toMatch(/^The server could not start: /);
  expect(startFault(new TypeError("a bug"), config)).toContain("start-fault.test.ts");
});
