import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { helpText, options, parseOptions } from "./options.ts";

const folder = mkdtempSync(join(tmpdir(), "megachat-options-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
for (const path of [cert, key]) writeFileSync(path, "");

const config = (args: readonly string[], env: Record<string, string> = {}) => {
  const parsed = parseOptions(args, env);
  if (!parsed.ok) return parsed.error.text;
  if (parsed.value.type === "help") return "help";
  return parsed.value.config;
};

test("[S44] without options: this machine only, open sign-up, the usual ports", () => {
  expect(config([])).toMatchObject({
    host: "127.0.0.1",
    port: 8080,
    reach: { type: "local" },
    signUp: "open",
    stunPort: 3478,
    dataDir: "data",
  });
});

test("[S44] flags win over the environment, in either form", () => {
  expect(config(["--port", "1"], { MEGACHAT_PORT: "2" })).toMatchObject({ port: 1 });
  expect(config(["--port=1"])).toMatchObject({ port: 1 });
  expect(config([], { MEGACHAT_PORT: "2", MEGACHAT_LAN: "1" })).toMatchObject({ port: 2, host: "::", reach: { type: "lan" } });
  expect(config([], { MEGACHAT_LAN: "0" })).toMatchObject({ reach: { type: "local" } });
  expect(config(["--origin", "https://a.example", "--origin", "https://b.example:8443/"])).toMatchObject({
    origins: ["https://a.example", "https://b.example:8443"],
  });
});

test("[S44] every reach of the design has its flags", () => {
  expect(config(["--tls", `${cert},${key}`])).toMatchObject({
    port: 8443,
    host: "::",
    reach: { type: "tls", certPath: cert, keyPath: key },
  });
  expect(config(["--behind-proxy", "--origin", "https://chat.example"])).toMatchObject({
    host: "127.0.0.1",
    reach: { type: "proxy", proxies: 1 },
  });
  expect(config(["--behind-proxy", "--proxies", "2", "--origin", "https://chat.example"])).toMatchObject({ reach: { proxies: 2 } });
  expect(config(["--stun-port", "off"])).toMatchObject({ stunPort: null });
  expect(config(["--turn", "turn:t.example"], { MEGACHAT_TURN_SECRET: "s" })).toMatchObject({
    turnUrls: ["turn:t.example"],
    turnSecret: "s",
  });
});

test("[S44] behind a proxy, an address without HTTPS is refused unless browsers trust it all the same", () => {
  const behind = (...origins: readonly string[]) =>
    config(["--behind-proxy", ...origins.flatMap((origin) => ["--origin", origin])]);
  for (const origins of [
    ["http://chat.example"],
    ["https://chat.example", "http://192.168.1.5:8080"],
    ["http://localhost.example"],
  ])
    expect(behind(...origins)).toMatch(/^http:\/\/\S+ is plain HTTP: .*https:/);
  const local = ["http://localhost:8080", "http://127.0.0.1:8080", "http://[::1]:8080"];
  expect(behind("https://chat.example", ...local)).toMatchObject({ origins: ["https://chat.example", ...local] });
  expect(config([], { MEGACHAT_BEHIND_PROXY: "1", MEGACHAT_ORIGIN: "http://chat.example" })).toMatch(/plain HTTP/);
});

test("[S44] what is unknown, doubled, contradictory or incomplete is refused with a sentence", () => {
  const wrong: readonly (readonly string[])[] = [
    ["--prot", "1"],
    ["8080"],
    ["--port"],
    ["--port", "65536"],
    ["--port", "-1"],
    ["--port", "1", "--port", "2"],
    ["--lan=yes"],
    ["--lan", "--behind-proxy"],
    ["--tls", "one-file"],
    ["--tls", `${cert},${join(folder, "missing")}`],
    ["--behind-proxy"],
    ["--proxies", "2"],
    ["--behind-proxy", "--proxies", "0", "--origin", "https://a.example"],
    ["--origin", "chat.example"],
    ["--origin", "https://a.example/path"],
    ["--sign-up", "maybe"],
    ["--log", "loud"],
    ["--data", ""],
    ["--data="],
    ["--host", ""],
    ["--turn", "turn:t.example"],
    ["--turn", "https://t.example"],
  ];
  for (const args of wrong) {
    const said = config(args);
    expect(typeof said === "string" && said.endsWith("."), `${args.join(" ")} → ${JSON.stringify(said)}`).toBe(true);
  }
});

test("[S44] the help names every option, and a secret is no flag", () => {
  const text = helpText();
  for (const option of Object.values(options)) expect(text).toContain(option.flag === "" ? option.env : option.flag);
  expect(config(["--help"])).toBe("help");
  expect(config(["--turn-secret", "s"])).toContain("Unknown option");
});

test("[S44, S49] figures are asked for at one address and port, which both families can write", () => {
  expect(config([])).toMatchObject({ metrics: null });
  expect(config(["--metrics", "127.0.0.1:9464"])).toMatchObject({ metrics: { host: "127.0.0.1", port: 9464 } });
  expect(config([], { MEGACHAT_METRICS: "[::1]:0" })).toMatchObject({ metrics: { host: "::1", port: 0 } });
  for (const wrong of ["9464", ":9464", "127.0.0.1", "::1:9464", "127.0.0.1:99999", "a b:1x"])
    expect(config(["--metrics", wrong]), wrong).toContain("--metrics");
});
