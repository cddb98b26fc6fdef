/** Accounts, devices and engines for tests: real keys and certificates from a seed. */
import { days, instant, Secret, toHex, type Instant, type Random } from "@megachat/base";
import { signingKeyOf } from "@megachat/crypto";
import type { Certificate, Role, Roster, RosterAccount } from "@megachat/wire";
import { compareBytes } from "@megachat/base";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  createEngine,
  loadMls,
  restoreEngine,
  signCertificate,
  type Device,
  type Engine,
  type Mls,
  type Suite,
} from "../src/index.ts";

/** A repeatable stream of bytes: SHA-256 in counter mode. */
export function seededRandom(
  seed: string,
): Random & { readonly below: (bound: number) => number; readonly oneOf: <T>(items: readonly T[]) => T } {
  let counter = 0;
  const bytes = (count: number): Uint8Array<ArrayBuffer> => {
    const out = new Uint8Array(count);
    for (let at = 0; at < count; at += 32) {
      const block = createHash("sha256").update(`${seed} ${counter++}`).digest();
      out.set(block.subarray(0, Math.min(32, count - at)), at);
    }
    return out;
  };
  const below = (bound: number): number => new DataView(bytes(4).buffer).getUint32(0) % bound;
  return {
    bytes,
    below,
    oneOf: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error("nothing to choose from");
      return item;
    },
  };
}
export type TestRandom = ReturnType<typeof seededRandom>;

export const NOW: Instant = instant(Date.UTC(2026, 10, 24));
export const later = (n: number): Instant => instant(NOW + n * days(1));

let loaded: Mls | undefined;
export const mls = (): Mls =>
  (loaded ??= loadMls(new Uint8Array(readFileSync(new URL(import.meta.resolve("@megachat/mls/megachat_mls_bg.wasm"))))));

export interface Account {
  readonly id: Uint8Array<ArrayBuffer>;
  readonly identitySeed: Secret<Uint8Array>;
  readonly identityKey: Uint8Array<ArrayBuffer>;
  readonly name: string;
}

export function newAccount(random: Random, name: string): Account {
  const identitySeed = new Secret<Uint8Array>(random.bytes(32));
  return { id: random.bytes(16), identitySeed, identityKey: signingKeyOf(identitySeed), name };
}

export interface TestDevice extends Device {
  readonly account: Account;
  readonly id: Uint8Array<ArrayBuffer>;
  readonly serial: number;
  readonly facts: Certificate;
}

export function newDevice(random: Random, account: Account, serial: number, over: Partial<Certificate> = {}): TestDevice {
  const signatureSeed = new Secret<Uint8Array>(random.bytes(32));
  const facts: Certificate = {
    type: "certificate",
    account: account.id,
    n: 0,
    device: random.bytes(16),
    serial,
    signatureKey: signingKeyOf(signatureSeed),
    hpkeKey: random.bytes(1216),
    ...over,
  };
  return { account, id: facts.device, serial, facts, signatureSeed, certificate: signCertificate(account.identitySeed, facts) };
}

/** One device of a person, its engine, and the disk that its rows are on. */
export class Seat {
  readonly device: TestDevice;
  engine: Engine;
  readonly disk = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>();

  constructor(device: TestDevice) {
    this.device = device;
    this.engine = createEngine(mls(), device);
  }
  /** Writes the changed rows, as one transaction. Gives their number. */
  persist(): number {
    const changes = this.engine.takeChanges();
    for (const { key, value } of changes) {
      if (value) this.disk.set(toHex(key), { key, value });
      else this.disk.delete(toHex(key));
    }
    return changes.length;
  }
  /** The process dies; what was not written is lost. */
  crash(): void {
    this.engine.dispose();
    this.engine = restoreEngine(mls(), this.device, this.disk.values());
  }
  keyPackage(suite: Suite, lastResort = false, now: Instant = NOW): Uint8Array {
    const { bytes } = this.engine.keyPackage({ suite, lastResort, now });
    this.persist();
    return bytes;
  }
}

export function rosterEntry(account: Account, role: Role, standing: readonly number[] = [], top = 0): RosterAccount {
  return { account: account.id, n: 0, identityKey: account.identityKey, role, top, standing };
}

/** A group's roster in which admins may do everything, moderators add and remove people, members nothing to others. */
export function groupRoster(random: Random, accounts: readonly RosterAccount[]): Roster {
  return {
    type: "roster",
    policy: 1,
    conversationKey: random.bytes(32),
    rules: {
      addAccounts: "moderator",
      removeAccounts: "moderator",
      changeRoles: "admin",
      changeRules: "admin",
      removeDevices: "moderator",
    },
    accounts: accounts.toSorted((a, b) => compareBytes(a.account, b.account)),
  };
}

export const value = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }): T => {
  if (!result.ok) throw new Error(`refused: ${JSON.stringify(result.error)}`);
  return result.value;
};
