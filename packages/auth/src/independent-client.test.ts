/**
 * A second OPAQUE client, written from RFC 9807 (and RFC 9497 for the OPRF) on other libraries, stands against the
 * published vectors first and against our server half and our client's records then.
 */
import { argon2Sync, createHash, createHmac } from "node:crypto";
import { concatBytes, encodeUtf8, Secret } from "@megachat/base";
import { ristretto255, ristretto255_hasher } from "@noble/curves/ed25519.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha512 as nobleSha512 } from "@noble/hashes/sha2.js";
import { beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../tools/lib/seeded-random.ts";
import { readVectors } from "../../../tools/lib/vectors.ts";
import { ready as clientReady, type OpaqueClient } from "./client.ts";
import type { Password } from "./password.ts";
import { createSetup, finishLogin, publicKey, ready as serverReady, registrationResponse, startLogin } from "./server.ts";

// —— The client —————————————————————————————————————————————————————————————————————————————————————————————

const { Point } = ristretto255;
const u16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value & 255);
const lengthed = (bytes: Uint8Array): Uint8Array => concatBytes(u16(bytes.length), bytes);
const sha512 = (...parts: readonly Uint8Array[]): Uint8Array =>
  createHash("sha512")
    .update(concatBytes(...parts))
    .digest();
const hmac = (key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array =>
  createHmac("sha512", key)
    .update(concatBytes(...parts))
    .digest();
const hkdfExpand = (key: Uint8Array, info: Uint8Array | string, length: number): Uint8Array =>
  expand(nobleSha512, key, typeof info === "string" ? encodeUtf8(info) : info, length);
const hkdfExtract = (input: Uint8Array): Uint8Array => extract(nobleSha512, input, new Uint8Array(0));

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
const multiply = (scalar: bigint, point: Uint8Array): Uint8Array => Point.fromBytes(point).multiply(scalar).toBytes();

const CONTEXT = concatBytes(encodeUtf8("OPRFV1-"), Uint8Array.of(0), encodeUtf8("-ristretto255-SHA512"));
const dst = (name: string): Uint8Array => concatBytes(encodeUtf8(name), CONTEXT);

/** RFC 9497 §3.2.1 with RFC 9807's info. */
function keyPair(seed: Uint8Array) {
  const input = concatBytes(seed, lengthed(encodeUtf8("OPAQUE-DeriveDiffieHellmanKeyPair")), Uint8Array.of(0));
  const secret = ristretto255_hasher.hashToScalar(input, { DST: dst("DeriveKeyPair") });
  return { secret, publicKey: Point.BASE.multiply(secret).toBytes() };
}

interface Configuration {
  readonly stretch: (input: Uint8Array) => Uint8Array;
  readonly context: Uint8Array;
  readonly clientIdentity?: Uint8Array;
  readonly serverIdentity?: Uint8Array;
}

const blindPassword = (password: Uint8Array, blind: bigint): Uint8Array =>
  ristretto255_hasher
    .hashToCurve(password, { DST: dst("HashToGroup-") })
    .multiply(blind)
    .toBytes();

/** RFC 9807 §5.2.3 and §6.3.2.2: the OPRF's output, stretched. */
function randomizedPassword(configuration: Configuration, password: Uint8Array, blind: bigint, evaluated: Uint8Array): Uint8Array {
  const unblinded = multiply(Point.Fn.inv(blind), evaluated);
  const output = sha512(lengthed(password), lengthed(unblinded), encodeUtf8("Finalize"));
  return hkdfExtract(concatBytes(output, configuration.stretch(output)));
}

/** RFC 9807 §4.1.2 and §4.1.3 in one: what nonce, password and server key make. */
function envelopeOf(configuration: Configuration, randomized: Uint8Array, nonce: Uint8Array, serverKey: Uint8Array) {
  const derive = (name: string, length: number) => hkdfExpand(randomized, concatBytes(nonce, encodeUtf8(name)), length);
  const client = keyPair(derive("PrivateKey", 32));
  const credentials = concatBytes(
    serverKey,
    lengthed(configuration.serverIdentity ?? serverKey),
    lengthed(configuration.clientIdentity ?? client.publicKey),
  );
  return { client, tag: hmac(derive("AuthKey", 64), nonce, credentials), exportKey: derive("ExportKey", 64) };
}

/** RFC 9807 §5.2.3: the record, and the export key. */
function register(
  configuration: Configuration,
  { password, blind, nonce }: { readonly password: Uint8Array; readonly blind: bigint; readonly nonce: Uint8Array },
  response: Uint8Array,
) {
  const randomized = randomizedPassword(configuration, password, blind, response.subarray(0, 32));
  const envelope = envelopeOf(configuration, randomized, nonce, response.subarray(32));
  const record = concatBytes(envelope.client.publicKey, hkdfExpand(randomized, "MaskingKey", 64), nonce, envelope.tag);
  return { record, exportKey: envelope.exportKey };
}

/** RFC 9807 §6.3.2.3 and §6.4.3: KE3 and both keys, or nothing. */
function logIn(
  configuration: Configuration,
  { password, blind, keyshare, ke1 }: { password: Uint8Array; blind: bigint; keyshare: bigint; ke1: Uint8Array },
  ke2: Uint8Array,
) {
  const [evaluated, maskingNonce, masked] = [ke2.subarray(0, 32), ke2.subarray(32, 64), ke2.subarray(64, 192)];
  const [serverNonce, serverKeyshare, serverMac] = [ke2.subarray(192, 224), ke2.subarray(224, 256), ke2.subarray(256)];
  const randomized = randomizedPassword(configuration, password, blind, evaluated);
  const pad = hkdfExpand(
    hkdfExpand(randomized, "MaskingKey", 64),
    concatBytes(maskingNonce, encodeUtf8("CredentialResponsePad")),
    masked.length,
  );
  const unmasked = masked.map((byte, i) => byte ^ (pad[i] ?? 0));
  const [serverKey, nonce, tag] = [unmasked.subarray(0, 32), unmasked.subarray(32, 64), unmasked.subarray(64)];
  const envelope = envelopeOf(configuration, randomized, nonce, serverKey);
  if (Buffer.compare(envelope.tag, tag) !== 0) return undefined;

  const preamble = concatBytes(
    encodeUtf8("OPAQUEv1-"),
    lengthed(configuration.context),
    lengthed(configuration.clientIdentity ?? envelope.client.publicKey),
    ke1,
    lengthed(configuration.serverIdentity ?? serverKey),
    ke2.subarray(0, 192),
    serverNonce,
    serverKeyshare,
  );
  const prk = hkdfExtract(
    concatBytes(
      multiply(keyshare, serverKeyshare),
      multiply(keyshare, serverKey),
      multiply(envelope.client.secret, serverKeyshare),
    ),
  );
  const expandLabel = (key: Uint8Array, name: string, context: Uint8Array): Uint8Array => {
    const label = encodeUtf8(`OPAQUE-${name}`);
    return hkdfExpand(key, concatBytes(u16(64), Uint8Array.of(label.length), label, Uint8Array.of(context.length), context), 64);
  };
  const handshake = expandLabel(prk, "HandshakeSecret", sha512(preamble));
  const expectedMac = hmac(expandLabel(handshake, "ServerMAC", new Uint8Array(0)), sha512(preamble));
  if (Buffer.compare(expectedMac, serverMac) !== 0) return undefined;
  return {
    ke3: hmac(expandLabel(handshake, "ClientMAC", new Uint8Array(0)), sha512(preamble, serverMac)),
    sessionKey: expandLabel(prk, "SessionKey", sha512(preamble)),
    exportKey: envelope.exportKey,
  };
}

// —— Against the published vectors ————————————————————————————————————————————————————————————————————————————

interface Vector {
  readonly config: { readonly Group: string; readonly Fake: string; readonly Context: string };
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}
const text = readVectors("opaque/vectors.json");
const vectors = text === undefined ? [] : (JSON.parse(text) as readonly Vector[]);
// Our configuration is ristretto255-SHA512; the vectors of curve25519 and P-256 are not about it.
const ours = vectors.filter(({ config }) => config.Group === "ristretto255");
const real = ours.filter(({ config }) => config.Fake === "False");

const hex = (value: string | undefined): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(value ?? "", "hex"));
const toHex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const identities = ({ inputs }: Vector): Partial<Configuration> => ({
  ...(inputs["client_identity"] === undefined ? {} : { clientIdentity: hex(inputs["client_identity"]) }),
  ...(inputs["server_identity"] === undefined ? {} : { serverIdentity: hex(inputs["server_identity"]) }),
});
/** The vectors stretch nothing. */
const identity = (input: Uint8Array): Uint8Array => input;
const setupOf = ({ inputs }: Vector): Uint8Array =>
  concatBytes(hex(inputs["oprf_seed"]), hex(inputs["server_private_key"]), Point.BASE.toBytes());
const nameOf = ({ inputs }: Vector): string => Buffer.from(hex(inputs["credential_identifier"])).toString("utf8");
const must = <T>(result: { readonly ok: true; readonly value: T } | { readonly ok: false }): T => {
  if (!result.ok) throw new Error("refused");
  return result.value;
};

beforeAll(serverReady);

describe.skipIf(ours.length === 0)("RFC 9807's vectors for ristretto255-SHA512", () => {
  test("[A10] the independent client gives requests, records, KE3 and keys as published", () => {
    expect(real).toHaveLength(2);
    for (const vector of real) {
      const { inputs, outputs } = vector;
      const configuration = { stretch: identity, context: hex(vector.config.Context), ...identities(vector) };
      const password = hex(inputs["password"]);
      const blind = littleEndian(hex(inputs["blind_registration"]));
      expect(toHex(blindPassword(password, blind))).toBe(outputs["registration_request"]);
      const registered = register(
        configuration,
        { password, blind, nonce: hex(inputs["envelope_nonce"]) },
        hex(outputs["registration_response"]),
      );
      expect(toHex(registered.record)).toBe(outputs["registration_upload"]);
      const loginBlind = littleEndian(hex(inputs["blind_login"]));
      const share = keyPair(hex(inputs["client_keyshare_seed"]));
      const ke1 = concatBytes(blindPassword(password, loginBlind), hex(inputs["client_nonce"]), share.publicKey);
      expect(toHex(ke1)).toBe(outputs["KE1"]);
      const answer = logIn(configuration, { password, blind: loginBlind, keyshare: share.secret, ke1 }, hex(outputs["KE2"]));
      expect(toHex(answer?.ke3)).toBe(outputs["KE3"]);
      expect(toHex(answer?.exportKey)).toBe(outputs["export_key"]);
      expect(toHex(answer?.sessionKey)).toBe(outputs["session_key"]);
    }
  });

  test("[A10] our server answers the published registration requests as published", () => {
    for (const vector of real) {
      expect(toHex(publicKey(setupOf(vector)))).toBe(vector.inputs["server_public_key"]);
      const response = registrationResponse(setupOf(vector), nameOf(vector), hex(vector.outputs["registration_request"]));
      expect(toHex(must(response))).toBe(vector.outputs["registration_response"]);
    }
  });

  test("[A10] our server logs the published record in, its own context being empty", () => {
    const [vector] = real;
    if (!vector) throw new Error("no vector");
    const { inputs, outputs } = vector;
    const ke1 = hex(outputs["KE1"]);
    const { state, ke2 } = must(startLogin(setupOf(vector), nameOf(vector), hex(outputs["registration_upload"]), ke1));
    expect(toHex(ke2.subarray(0, 32))).toBe(outputs["KE2"]?.slice(0, 64));
    const blind = littleEndian(hex(inputs["blind_login"]));
    const keyshare = keyPair(hex(inputs["client_keyshare_seed"])).secret;
    const configuration = { stretch: identity, context: new Uint8Array(0) };
    const answer = logIn(configuration, { password: hex(inputs["password"]), blind, keyshare, ke1 }, ke2);
    expect(toHex(answer?.exportKey)).toBe(outputs["export_key"]);
    expect(toHex(must(finishLogin(state, answer?.ke3 ?? new Uint8Array(0))))).toBe(toHex(answer?.sessionKey));
  });

  test("[A12] our server evaluates the published request for an unknown name as published", () => {
    for (const vector of ours.filter(({ config }) => config.Fake === "True")) {
      const setup = concatBytes(hex(vector.inputs["oprf_seed"]), hex(vector.inputs["server_private_key"]), Point.BASE.toBytes());
      const { ke2 } = must(startLogin(setup, nameOf(vector), null, hex(vector.inputs["KE1"])));
      expect(toHex(ke2.subarray(0, 32))).toBe(vector.outputs["KE2"]?.slice(0, 64));
    }
  });
});

// —— Against our two halves ——————————————————————————————————————————————————————————————————————————————————

/** The floor, by another implementation of Argon2id: t = 3, m = 64 MiB, p = 1, zero salt as RFC 9807 §7 has it. */
const argon2id = (message: Uint8Array): Uint8Array =>
  argon2Sync("argon2id", { message, nonce: new Uint8Array(16), parallelism: 1, tagLength: 64, memory: 65_536, passes: 3 });
const product: Configuration = { stretch: argon2id, context: new Uint8Array(0) };

describe("the product's halves", () => {
  const random = seededRandom("independent");
  const scalar = () => littleEndian(random.bytes(64)) % Point.Fn.ORDER;
  const password = encodeUtf8("korrekt Pferd 🐴");
  let setup: Uint8Array;
  let client: OpaqueClient;
  beforeAll(async () => {
    client = await clientReady();
    setup = createSetup(random);
  });

  const logInIndependently = (record: Uint8Array) => {
    const blind = scalar();
    const keyshare = scalar();
    const ke1 = concatBytes(blindPassword(password, blind), random.bytes(32), Point.BASE.multiply(keyshare).toBytes());
    const { state, ke2 } = must(startLogin(setup, "alice", record, ke1));
    const answer = logIn(product, { password, blind, keyshare, ke1 }, ke2);
    return { answer, sessionKey: answer && finishLogin(state, answer.ke3) };
  };

  test("[A10] the independent client registers and logs in at our server", () => {
    const blind = scalar();
    const response = must(registrationResponse(setup, "alice", blindPassword(password, blind)));
    const { record, exportKey } = register(product, { password, blind, nonce: random.bytes(32) }, response);
    const { answer, sessionKey } = logInIndependently(record);
    expect(toHex(answer?.exportKey)).toBe(toHex(exportKey));
    expect(sessionKey).toEqual({ ok: true, value: Uint8Array.from(answer?.sessionKey ?? []) });
  });

  test("[A10, A11] A03 it logs in with a record that our client made: OPAQUE as in the RFC, Argon2id at its floor", () => {
    const [started, request] = client.startRegistration(new Secret(Buffer.from(password).toString("utf8") as Password));
    const response = must(registrationResponse(setup, "alice", request));
    const { record, exportKey } = must(client.finishRegistration(started, response, publicKey(setup)));
    const { answer, sessionKey } = logInIndependently(record);
    expect(toHex(answer?.exportKey)).toBe(exportKey.open(toHex));
    expect(sessionKey?.ok).toBe(true);
  });

  test("[A10] our client logs in with a record that the independent client made", () => {
    const blind = scalar();
    const response = must(registrationResponse(setup, "alice", blindPassword(password, blind)));
    const { record, exportKey } = register(product, { password, blind, nonce: random.bytes(32) }, response);
    const [started, ke1] = client.startLogin(new Secret(Buffer.from(password).toString("utf8") as Password));
    const { state, ke2 } = must(startLogin(setup, "alice", record, ke1));
    const login = must(client.finishLogin(started, ke2, publicKey(setup)));
    expect(login.exportKey.open(toHex)).toBe(toHex(exportKey));
    expect(toHex(must(finishLogin(state, login.ke3)))).toBe(login.sessionKey.open(toHex));
  });
});
