/** The command line and the environment: one table, from which `--help` is made, too. */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { err, ok, type Result } from "@megachat/base";
import type { Config, Reach } from "./config.ts";
import type { Level } from "./json-log.ts";
import { standardLimits } from "./limits.ts";
import type { MetricsAddress } from "./metrics.ts";
import { isTrustworthy, parseOrigin } from "./reach/origins.ts";

interface Option {
  readonly flag: string;
  readonly env: string;
  /** What stands after the flag; a flag without one is a switch. */
  readonly value?: string;
  /** May be given more than once. */
  readonly many?: true;
  /** Not a flag: secrets do not belong where every process can read them. */
  readonly envOnly?: true;
  readonly about: string;
}

export const options = {
  port: {
    flag: "--port",
    env: "MEGACHAT_PORT",
    value: "PORT",
    about: "TCP port to listen on; 0 takes a free one (8080, or 8443 with HTTPS)",
  },
  host: {
    flag: "--host",
    env: "MEGACHAT_HOST",
    value: "ADDRESS",
    about: "address to listen on (this machine only, or all with HTTPS)",
  },
  data: { flag: "--data", env: "MEGACHAT_DATA", value: "FOLDER", about: "where everything is kept (./data)" },
  lan: { flag: "--lan", env: "MEGACHAT_LAN", about: "HTTPS for a home or office network, with an authority of its own" },
  tls: { flag: "--tls", env: "MEGACHAT_TLS", value: "CERT,KEY", about: "HTTPS with this certificate chain and key (PEM files)" },
  behindProxy: {
    flag: "--behind-proxy",
    env: "MEGACHAT_BEHIND_PROXY",
    about: "plain HTTP to a proxy on this machine that speaks HTTPS; needs --origin",
  },
  proxies: { flag: "--proxies", env: "MEGACHAT_PROXIES", value: "N", about: "how many proxies of yours stand in a row (1)" },
  origin: {
    flag: "--origin",
    env: "MEGACHAT_ORIGIN",
    value: "ORIGIN",
    many: true,
    about: "an address users type, such as https://chat.example; the first is the main one",
  },
  acceptNewOrigin: {
    flag: "--accept-new-origin",
    env: "MEGACHAT_ACCEPT_NEW_ORIGIN",
    about: "start under another main origin than before; users' browsers then start afresh",
  },
  signUp: {
    flag: "--sign-up",
    env: "MEGACHAT_SIGN_UP",
    value: "MODE",
    about: "who may sign up: open, invitation or closed (open)",
  },
  stunPort: {
    flag: "--stun-port",
    env: "MEGACHAT_STUN_PORT",
    value: "PORT",
    about: "UDP port of the STUN responder; off turns it off (3478)",
  },
  turn: {
    flag: "--turn",
    env: "MEGACHAT_TURN",
    value: "URL",
    many: true,
    about: "a TURN server for calls without a direct path, such as turn:turn.example:3478",
  },
  turnSecret: { flag: "", env: "MEGACHAT_TURN_SECRET", envOnly: true, about: "its shared secret (coturn: static-auth-secret)" },
  metrics: {
    flag: "--metrics",
    env: "MEGACHAT_METRICS",
    value: "ADDRESS:PORT",
    about: "where Prometheus may ask for figures, such as 127.0.0.1:9464 (nowhere)",
  },
  logLevel: { flag: "--log", env: "MEGACHAT_LOG", value: "LEVEL", about: "error, warn, info or debug (info)" },
  help: { flag: "--help", env: "", about: "this text" },
} as const satisfies Readonly<Record<string, Option>>;

type Name = keyof typeof options;
const names = Object.keys(options) as Name[];

export interface OptionsError {
  readonly type: "badOptions";
  /** For the operator. */
  readonly text: string;
}
const bad = (text: string) => err({ type: "badOptions", text } as const);

export function helpText(): string {
  const rows = names.map((name): readonly [string, string] => {
    const option: Option = options[name];
    const left = option.envOnly ? option.env : [option.flag, option.value].filter(Boolean).join(" ");
    const env = option.env === "" || option.envOnly ? "" : ` [${option.env}]`;
    return [left, `${option.about}${option.many ? "; may be repeated" : ""}${env}`];
  });
  const width = Math.max(...rows.map(([left]) => left.length));
  return ["Usage: npm start -- [OPTIONS]", "", ...rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`), ""].join("\n");
}

export type Command = { readonly type: "help" } | { readonly type: "start"; readonly config: Config };

/** Flags win over the environment. Anything unknown is refused: a mistyped flag must not start an open server. */
export function parseOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Result<Command, OptionsError> {
  const given = collect(args, env);
  if (!given.ok) return given;
  if (given.value.has("help")) return ok({ type: "help" });
  return configOf(given.value);
}

type Given = ReadonlyMap<Name, readonly string[]>;

function collect(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Result<Given, OptionsError> {
  const given = new Map<Name, string[]>();
  for (const name of names) {
    const option: Option = options[name];
    const value = env[option.env];
    if (value !== undefined && value !== "" && option.env !== "") given.set(name, option.many ? value.split(/\s+/) : [value]);
  }
  const flags = new Set<Name>();
  const rest = [...args];
  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    const [flag, inline] = arg.split(/=(.*)/s, 2);
    const name = names.find((each) => options[each].flag === flag && flag !== "");
    if (name === undefined) return bad(`Unknown option ${arg}. --help lists them.`);
    const option: Option = options[name];
    const value = option.value === undefined ? "on" : (inline ?? rest.shift());
    if (value === undefined || (option.value === undefined && inline !== undefined))
      return bad(`${flag} takes ${option.value ?? "no value"}.`);
    if (flags.has(name) && !option.many) return bad(`${flag} was given twice.`);
    given.set(name, flags.has(name) ? [...(given.get(name) ?? []), value] : [value]);
    flags.add(name);
  }
  return ok(given);
}

function configOf(given: Given): Result<Command, OptionsError> {
  const one = (name: Name): string | undefined => given.get(name)?.[0];
  const isOn = (name: Name): boolean => !["", "0", "off", "no", "false", undefined].includes(one(name));
  const reach = reachOf(isOn("lan"), one("tls"), isOn("behindProxy"), one("proxies"));
  if (!reach.ok) return reach;
  const secure = reach.value.type === "lan" || reach.value.type === "tls";

  const port = portOf(one("port") ?? (secure ? "8443" : "8080"));
  const stun = one("stunPort") ?? "3478";
  const stunPort = stun === "off" ? null : portOf(stun);
  if (port === undefined || stunPort === undefined) return bad("A port is a number from 0 to 65535.");

  const origins: string[] = [];
  for (const text of given.get("origin") ?? []) {
    const origin = parseOrigin(text);
    if (origin === undefined) return bad(`${text} is no origin: write it like https://chat.example, without a path.`);
    origins.push(origin);
  }
  if (reach.value.type === "proxy" && origins.length === 0)
    return bad("--behind-proxy needs --origin, the address that users type.");
  const bare = reach.value.type === "proxy" ? origins.find((origin) => !isTrustworthy(origin)) : undefined;
  if (bare !== undefined)
    return bad(
      `${bare} is plain HTTP: there, browsers give a page neither keys nor a camera. Let the proxy speak HTTPS and write --origin https://…, without a plain one beside it.`,
    );

  if (one("data") === "" || one("host") === "") return bad(`${one("data") === "" ? "--data" : "--host"} is empty.`);

  const signUp = one("signUp") ?? "open";
  if (signUp !== "open" && signUp !== "invitation" && signUp !== "closed") return bad("--sign-up is open, invitation or closed.");
  const logLevel = one("logLevel") ?? "info";
  if (!isLevel(logLevel)) return bad("--log is error, warn, info or debug.");

  const metrics = one("metrics") === undefined ? null : metricsOf(one("metrics") ?? "");
  if (metrics === undefined) return bad("--metrics takes an address and a port, such as 127.0.0.1:9464 or [::1]:9464.");

  const turnUrls = given.get("turn") ?? [];
  const turnSecret = one("turnSecret") ?? "";
  if (!turnUrls.every((url) => /^turns?:[\w.:[\]-]+(\?transport=(udp|tcp))?$/.test(url)))
    return bad("--turn takes URLs like turn:turn.example:3478.");
  if (turnUrls.length > 8) return bad("At most eight --turn URLs.");
  if (turnUrls.length > 0 && turnSecret === "") return bad("--turn needs its shared secret in MEGACHAT_TURN_SECRET.");

  const host = one("host") ?? (secure ? everyAddress() : "127.0.0.1");
  const config: Config = {
    host,
    port,
    dataDir: one("data") ?? "data",
    webDir: fileURLToPath(new URL("../../web/dist", import.meta.url)),
    reach: reach.value,
    origins,
    acceptNewOrigin: isOn("acceptNewOrigin"),
    signUp,
    stunHost: reach.value.type === "proxy" ? everyAddress() : host,
    stunPort,
    turnUrls,
    turnSecret,
    metrics,
    logLevel,
    limits: standardLimits,
  };
  return ok({ type: "start", config });
}

function reachOf(
  lan: boolean,
  tls: string | undefined,
  behindProxy: boolean,
  proxies: string | undefined,
): Result<Reach, OptionsError> {
  if ([lan, tls !== undefined, behindProxy].filter(Boolean).length > 1)
    return bad("--lan, --tls and --behind-proxy exclude each other.");
  if (proxies !== undefined && !behindProxy) return bad("--proxies goes with --behind-proxy.");
  if (lan) return ok({ type: "lan" });
  if (behindProxy) {
    const count = Number(proxies ?? "1");
    return Number.isInteger(count) && count >= 1 && count <= 10
      ? ok({ type: "proxy", proxies: count })
      : bad("--proxies is a number from 1 to 10.");
  }
  if (tls === undefined) return ok({ type: "local" });
  const [certPath = "", keyPath = "", ...more] = tls.split(",");
  if (certPath === "" || keyPath === "" || more.length > 0) return bad("--tls takes two files: certificate,key.");
  for (const path of [certPath, keyPath]) {
    try {
      readFileSync(path);
    } catch {
      return bad(`${path} cannot be read.`);
    }
  }
  return ok({ type: "tls", certPath, keyPath });
}

function metricsOf(text: string): MetricsAddress | undefined {
  const [, bracketed, plain, digits = ""] = /^(?:\[([\da-f:]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = portOf(digits);
  return host !== undefined && port !== undefined ? { host, port } : undefined;
}

function portOf(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** `::` takes IPv4, too; on a machine without IPv6 there is no such address. */
const everyAddress = (): string =>
  Object.values(networkInterfaces()).some((each) => each?.some(({ family }) => family === "IPv6")) ? "::" : "0.0.0.0";

const isLevel = (text: string): text is Level => ["error", "warn", "info", "debug"].includes(text);
