/** A real coturn, started from the configuration that we ship, with the lines filled in that an operator fills in. */
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const shipped = resolve(import.meta.dirname, "../../deploy/coturn/turnserver.conf");
const PROGRAM = process.env["TURNSERVER"] ?? "turnserver";

export interface Coturn {
  readonly secret: string;
  /** The authority of its certificate, a PEM file. */
  readonly authority: string;
  readonly output: () => string;
  readonly stop: () => Promise<void>;
}

export interface Addresses {
  /** Where clients come. */
  readonly listening: string;
  /** Where relayed packets leave from. */
  readonly relaying: string;
}
export interface CoturnOptions {
  /** Put before the command: the machine it runs on. */
  readonly through?: readonly string[];
  /** The name in its certificate. */
  readonly name: string;
  readonly ip4: Addresses;
  readonly ip6?: Addresses;
  /** Makes another configuration of ours, for controls. */
  readonly change?: (lines: readonly string[]) => readonly string[];
}

export async function startCoturn({ through = [], name, ip4, ip6, change = (lines) => lines }: CoturnOptions): Promise<Coturn> {
  const folder = mkdtempSync(join(tmpdir(), "megachat-coturn-"));
  const secret = "a secret of this test alone";
  const certificate = makeCertificate(folder, name);
  const own = { realm: name, "static-auth-secret": secret, cert: certificate.chain, pkey: certificate.key };
  const config = join(folder, "turnserver.conf");
  writeFileSync(config, change(fillIn(readFileSync(shipped, "utf8"), own, ip4, ip6)).join("\n"));

  const [command, ...args] = [...through, PROGRAM, "-c", config, "--pidfile="];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise<void>((done) => child.once("exit", () => done()));
  let output = "";
  const stop = async (): Promise<void> => {
    // It holds nothing that asking nicely would save.
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await new Promise<void>((done, fail) => {
      const read = (chunk: Buffer): void => {
        output += chunk.toString("utf8");
        // The last thread to be started.
        if (output.includes("(admin thread)")) done();
      };
      child.stdout.on("data", read);
      child.stderr.on("data", read);
      child.once("error", fail);
      child.once("exit", (code) => fail(new Error(`coturn ended with ${code}:\n${output}`)));
      setTimeout(() => fail(new Error(`coturn did not start:\n${output}`)), 15_000).unref();
    });
  } catch (fault) {
    await stop();
    throw fault;
  }
  return { secret, authority: certificate.authority, output: () => output, stop };
}

/** Every line that is the operator's must be there: a template that lost one would test something else. */
function fillIn(
  template: string,
  own: Readonly<Record<string, string>>,
  ip4: Addresses,
  ip6: Addresses | undefined,
): readonly string[] {
  const missing = new Set([...Object.keys(own), "203.0.113.10", "203.0.113.11"]);
  const example: Readonly<Record<string, string | undefined>> = {
    "203.0.113.10": ip4.listening,
    "203.0.113.11": ip4.relaying,
    "2001:db8::10": ip6?.listening,
    "2001:db8::11": ip6?.relaying,
  };
  const lines = template.split("\n").map((line) => {
    const [, commented, option = "", value = ""] = /^(#?)([a-z-]+)=(\S+)$/.exec(line) ?? [];
    missing.delete(option);
    missing.delete(value);
    const address = example[value];
    if (address !== undefined) return `${option}=${address}`;
    return commented === "" && own[option] !== undefined ? `${option}=${own[option]}` : line;
  });
  if (missing.size > 0) throw new Error(`turnserver.conf has no line for ${[...missing].join(", ")}`);
  return lines;
}

function makeCertificate(
  folder: string,
  name: string,
): { readonly authority: string; readonly chain: string; readonly key: string } {
  const at = (file: string): string => join(folder, file);
  const make = (file: string, ...rest: readonly string[]): void => {
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    const files = ["-keyout", at(`${file}.key`), "-out", at(`${file}.crt`)];
    execFileSync("openssl", ["req", "-x509", ...curve, ...files, "-days", "2", ...rest], { stdio: ["ignore", "ignore", "pipe"] });
  };
  make("authority", "-subj", "/CN=Authority of a test relay");
  const signer = ["-CA", at("authority.crt"), "-CAkey", at("authority.key")];
  make("relay", ...signer, "-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`, "-addext", "basicConstraints=CA:FALSE");
  return { authority: at("authority.crt"), chain: at("relay.crt"), key: at("relay.key") };
}
