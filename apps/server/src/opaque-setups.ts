/**
 * The server's OPAQUE set-ups: the root of every password record. [S15]
 *
 * A file of their own, readable by this user alone, beside the database and not in it: who copies the database cannot
 * test passwords. Each account names the set-up it registered with, so that a new one can take over without a break.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { bytesEqual, encodeUtf8, fromHex, toHex, type Random } from "@megachat/base";
import { createSetup, publicKey } from "@megachat/auth/server";
import { StartRefused } from "./reach/start-refused.ts";
import { writeSecretFile } from "./secret-file.ts";

export interface OpaqueSetup {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly secret: Uint8Array<ArrayBuffer>;
  readonly publicKey: Uint8Array<ArrayBuffer>;
}
export interface OpaqueSetups {
  /** For new records. */
  readonly current: OpaqueSetup;
  readonly find: (id: Uint8Array) => OpaqueSetup | undefined;
  /** For a name without a record: always the same one for the same name. */
  readonly forUnknown: (name: string) => OpaqueSetup;
}

/** Reads the file, or makes it with one set-up. Throws on one that is damaged or must be there and is not. */
export function loadOpaqueSetups(path: string, random: Random, missing: "mayCreate" | "mustExist"): OpaqueSetups {
  const found = readLines(path);
  if (!found && missing === "mustExist")
    throw new StartRefused(`${path} is missing, and without it no password of this server fits. Put it back.`);
  const lines = found ?? create(path, random);
  const setups = lines.map((line) => parseLine(line, path));
  const current = setups.at(-1);
  if (!current) throw damaged(path);
  return {
    current,
    find: (id) => setups.find((setup) => bytesEqual(setup.id, id)),
    forUnknown: (name) => {
      const digest = createHmac("sha256", current.secret).update(encodeUtf8(name)).digest();
      return setups[digest.readUInt32BE(0) % setups.length] ?? current;
    },
  };
}

function readLines(path: string): readonly string[] | undefined {
  try {
    return readFileSync(path, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fault;
  }
}

function create(path: string, random: Random): readonly string[] {
  const line = `${toHex(random.bytes(16))} ${toHex(createSetup(random))}`;
  writeSecretFile(path, `${line}\n`);
  return [line];
}

const damaged = (path: string): StartRefused =>
  new StartRefused(`${path} is damaged, and without it no password of this server fits. Put back a good copy.`);

function parseLine(line: string, path: string): OpaqueSetup {
  const [id = "", secret = ""] = line.split(" ");
  const [idBytes, secretBytes] = [fromHex(id), fromHex(secret)];
  if (!idBytes.ok || !secretBytes.ok || idBytes.value.length !== 16) throw damaged(path);
  return { id: idBytes.value, secret: secretBytes.value, publicKey: publicKey(secretBytes.value) };
}
