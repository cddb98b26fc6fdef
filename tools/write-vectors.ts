/**
 * Writes `spec/vectors/crypto.json`, `auth.json`, `contact.json` and `group.json`: one example of each format, with every input and result, from fixed
 * chance. `node tools/write-vectors.ts` after a format has got a new version; a test compares otherwise.
 */
import { writeFileSync } from "node:fs";
import { Secret, toHex, u64, type Random } from "@megachat/base";
import {
  addressPair,
  archiveKey,
  buildAccountAddress,
  buildAccountRecord,
  buildDeviceList,
  identityPair,
  loginPair,
  sealAccountRow,
  sealAccountSecret,
  setupKeyHash,
  wrapRoot,
} from "@megachat/auth";
import {
  callCode,
  derive,
  encodeFragment,
  hash256,
  hpkeInfo,
  hpkeKeyOf,
  hpkeSeal,
  identityHash,
  invitationTag,
  labelBytes,
  labels,
  mac,
  nextInLog,
  pad,
  paddedLength,
  recoveryKeyToWords,
  safetyNumber,
  seal,
  sealToX25519,
  sign,
  signingKeyOf,
  solvePuzzle,
  startOfLog,
  x25519KeyOf,
} from "@megachat/crypto";
import type { AccountEntries } from "@megachat/wire";
import { contactVectors } from "./lib/contact-vectors.ts";
import { groupVectors } from "./lib/group-vectors.ts";
import { seededRandom } from "./lib/seeded-random.ts";

/** Texts of the files, by name. */
export const vectorFiles = (): Readonly<Record<string, string>> => ({
  "crypto.json": print(cryptoVectors(seededRandom("megachat crypto vectors"))),
  "auth.json": print(authVectors(seededRandom("megachat auth vectors"))),
  "contact.json": print(contactVectors(seededRandom("megachat contact vectors"))),
  "group.json": print(groupVectors(seededRandom("megachat group vectors"))),
});

function cryptoVectors(random: Random) {
  const parent = random.bytes(32);
  const key = new Secret(parent.slice());
  const context = random.bytes(24);
  const input = random.bytes(40);
  const [owner, id] = [random.bytes(16), random.bytes(24)];
  const plaintext = random.bytes(50);

  const salt = random.bytes(32);
  const place = { owner, id, version: 7 };
  const box = seal(fixed(salt), labels.accountRow, key, place, plaintext);

  const hpkeSeed = random.bytes(32);
  const chance = random.bytes(64);
  const address = { recipient: owner, id };
  const publicKey = hpkeKeyOf(new Secret(hpkeSeed.slice()));
  const message = must(hpkeSeal(fixed(chance), labels.requestBox, publicKey, address, plaintext));

  const x25519Seed = random.bytes(32);
  const ephemeral = random.bytes(32);
  const x25519Key = x25519KeyOf(new Secret(x25519Seed.slice()));
  const local = must(sealToX25519(fixed(ephemeral), labels.frameKeys, x25519Key, context, plaintext));

  const log = random.bytes(16);
  const envelopes = [random.bytes(70), random.bytes(70), random.bytes(70)];
  const start = startOfLog(log);
  const hashes: Uint8Array[] = [];
  for (const envelope of envelopes) hashes.push(nextInLog(hashes.at(-1) ?? start, envelope));

  const person = () => ({ account: random.bytes(16), n: 0, identityKey: random.bytes(32) });
  const [one, other] = [person(), { ...person(), n: 258 }];
  const [exporter, oneJoin, otherJoin] = [random.bytes(32), random.bytes(90), random.bytes(80)];
  const secret = random.bytes(16);
  const fragment = { identityHash: identityHash(one.identityKey), secret: new Secret(secret.slice()) };
  const recoveryKey = random.bytes(16);
  const seed = random.bytes(16);

  return {
    label: { number: labels.recordHash.type, bytes: labelBytes(labels.recordHash) },
    hash: { label: labels.recordHash.type, input, digest: hash256(labels.recordHash, input) },
    mac: { label: labels.invitationTag.type, key: parent, input, tag: mac(labels.invitationTag, key, input) },
    derive: { label: labels.archiveKey.type, parent, context, key: derive(labels.archiveKey, key, context).open(copy) },
    sign: {
      label: labels.certificate.type,
      seed: parent,
      publicKey: signingKeyOf(key),
      body: input,
      signature: sign(labels.certificate, key, input),
    },
    seal: { label: labels.accountRow.type, parent, ...place, plaintext, ...box },
    padding: {
      example: { type: labels.accountRow.type, content: plaintext, padded: pad(labels.accountRow.type, plaintext) },
      lengths: [7, 256, 257, 1025, 4096, 4097, 9000, 65_543, 131_072, 1_000_000].map(
        (length) => [length, paddedLength(length)] as const,
      ),
    },
    hpke: {
      label: labels.requestBox.type,
      seed: hpkeSeed,
      publicKey,
      recipient: owner,
      id,
      info: hpkeInfo(labels.requestBox, address),
      encapsulation: chance,
      plaintext,
      ...message,
    },
    hpkeX25519: { label: labels.frameKeys.type, seed: x25519Seed, publicKey: x25519Key, context, ephemeral, plaintext, ...local },
    log: { log, start, envelopes, hashes },
    safetyNumber: { one, other, digits: safetyNumber(one, other) },
    callCode: { exporter, oneJoin, otherJoin, digits: callCode(exporter, oneJoin, otherJoin) },
    invitation: {
      identityKey: one.identityKey,
      identityHash: fragment.identityHash,
      secret,
      fragment: encodeFragment(fragment),
      inviter: one,
      requester: other,
      tag: invitationTag(fragment.secret, one, other),
    },
    words: { recoveryKey, words: recoveryKeyToWords(new Secret(recoveryKey.slice())) },
    puzzle: { seed, bits: 12, firstNonce: solvePuzzle(seed, 12, 0, 1 << 20) ?? null },
  };
}

function authVectors(random: Random) {
  const [account, device] = [random.bytes(16), random.bytes(16)];
  const [root, secret, exportKey, recoveryKey] = [random.bytes(32), random.bytes(32), random.bytes(64), random.bytes(16)];
  const [serverKey, deviceSeed] = [random.bytes(32), random.bytes(32)];
  const lend = (bytes: Uint8Array) => new Secret(Uint8Array.from(bytes));
  const m = 2;

  const identity = identityPair(lend(root), account, 0);
  const login = loginPair(lend(root), account, 0);
  const address = addressPair(lend(secret), account, m);
  const archive = archiveKey(lend(secret), account, m);
  const entries: AccountEntries = {
    type: "accountEntries",
    account,
    device,
    m,
    sequence: 5,
    seen: 4,
    seenHash: random.bytes(32),
    entries: [random.bytes(30), random.bytes(3)],
  };
  const [passwordSalt, recoverySalt, rowSalt] = [random.bytes(32), random.bytes(32), random.bytes(32)];
  const encapsulation = random.bytes(64);
  const owner = { account, n: 0 };
  const contents = { root: lend(root), version: 3 };

  return {
    account,
    device,
    n: 0,
    m,
    root,
    accountSecret: secret,
    exportKey,
    recoveryKey,
    serverKey,
    deviceSeed,
    deviceKey: signingKeyOf(lend(deviceSeed)),
    keys: {
      identitySeed: identity.seed.open(copy),
      identityKey: identity.publicKey,
      loginSeed: login.seed.open(copy),
      loginKey: login.publicKey,
      archiveKey: archive.open(copy),
      addressSeed: address.seed.open(copy),
      addressKey: address.publicKey,
    },
    setupKeyHash: setupKeyHash(serverKey),
    accountRecord: buildAccountRecord(lend(root), account, serverKey),
    accountAddress: buildAccountAddress(lend(secret), { account, n: 0, m, device }, lend(deviceSeed)),
    deviceList: buildDeviceList(identity.seed, {
      account,
      n: 0,
      previous: null,
      logPosition: 4,
      standing: [{ device, serial: 1 }],
    }),
    rootByPassword: {
      version: 3,
      salt: passwordSalt,
      wrap: wrapRoot(fixed(passwordSalt), { by: "password", exportKey: lend(exportKey) }, owner, {
        ...contents,
        recoveryKey: lend(recoveryKey),
      }),
    },
    rootByRecovery: {
      version: 3,
      salt: recoverySalt,
      wrap: wrapRoot(fixed(recoverySalt), { by: "recovery", recoveryKey: lend(recoveryKey) }, owner, {
        ...contents,
        recoveryKey: null,
      }),
    },
    accountSecretBox: {
      encapsulation,
      info: hpkeInfo(labels.accountSecret, { recipient: account, id: u64(0) }),
      box: must(sealAccountSecret(fixed(encapsulation), login.publicKey, owner, { m, secret: lend(secret) }, lend(deviceSeed))),
    },
    accountRow: { ...entries, salt: rowSalt, row: sealAccountRow(fixed(rowSalt), archive, entries, lend(deviceSeed)) },
  };
}

/** A value as it stands in the file: bytes as hexadecimal digits. */
type Printed<T> = T extends Uint8Array
  ? string
  : T extends string | number | null
    ? T
    : T extends readonly unknown[]
      ? { readonly [I in keyof T]: Printed<T[I]> }
      : { readonly [K in keyof T]: Printed<T[K]> };
export type CryptoVectors = Printed<ReturnType<typeof cryptoVectors>>;
export type AuthVectors = Printed<ReturnType<typeof authVectors>>;
export type ContactVectors = Printed<ReturnType<typeof contactVectors>>;

/** Gives these bytes and no others: they are part of the vector. */
const fixed = (bytes: Uint8Array): Random => ({
  bytes: (count) => {
    if (count !== bytes.length) throw new Error("another amount of chance was asked for");
    return Uint8Array.from(bytes);
  },
});
const copy = (bytes: Uint8Array): Uint8Array => bytes.slice();
function must<T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T {
  if (!result.ok) throw new Error("a vector could not be made");
  return result.value;
}
const print = (value: unknown): string =>
  `${JSON.stringify(value, (_, each: unknown) => (each instanceof Uint8Array ? toHex(each) : each), 2)}\n`;

if (import.meta.main) {
  for (const [name, text] of Object.entries(vectorFiles())) {
    writeFileSync(new URL(`../spec/vectors/${name}`, import.meta.url), text);
  }
}
