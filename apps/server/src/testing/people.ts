/** People for the server's tests: accounts with real signatures, and bodies that only look as much like MLS as the server may see. */
import { createHash, generateKeyPairSync, randomBytes, sign, type KeyObject } from "node:crypto";
import { concatBytes, encodeUtf8, fromBase64Url } from "@megachat/base";
import { AccountAddress, AccountRecord, Certificate, CommitData, DeviceList, encode, Signed, type Codec } from "@megachat/wire";
import type { ReplyOf, RequestOf } from "../operation.ts";
import { connect, type Client } from "./client.ts";

type Bytes = Uint8Array<ArrayBuffer>;
export const random = (count: number): Bytes => new Uint8Array(randomBytes(count));

export interface SigningPair {
  readonly privateKey: KeyObject;
  readonly publicKey: Bytes;
}
export interface Person {
  readonly handle: string;
  readonly account: Bytes;
  readonly device: Bytes;
  readonly identity: SigningPair;
  readonly signing: SigningPair;
}
export interface Online extends Person {
  readonly client: Client;
  readonly session: ReplyOf<"signUpFinish"> & { readonly type: "session" };
}

export function newPair(): SigningPair {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const x = fromBase64Url(publicKey.export({ format: "jwk" }).x ?? "");
  if (!x.ok) throw new Error("a key that is no base64url");
  return { privateKey, publicKey: x.value };
}

export const newPerson = (handle: string): Person => ({
  handle,
  account: random(16),
  device: random(16),
  identity: newPair(),
  signing: newPair(),
});

const label = (type: number): Bytes => encodeUtf8(`MegaChat 1 ${type.toString(16).padStart(4, "0")}\0`);
const sha256 = (bytes: Uint8Array): Bytes => new Uint8Array(createHash("sha256").update(bytes).digest());

export const signWith = (key: SigningPair, message: Uint8Array): Bytes => new Uint8Array(sign(null, message, key.privateKey));

function signed<T>(codec: Codec<T> & { readonly id: number }, value: NoInfer<T>, key: SigningPair): Bytes {
  const body = encode(codec, value);
  return encode(Signed, { type: "signed", body, signatures: [signWith(key, concatBytes(label(codec.id), body))] });
}

/** What a device signs to open a session: label 0x1001 ‖ ticket ‖ device ‖ SHA-256(share). */
export const sessionSignature = (person: Person, ticket: Uint8Array, share: Uint8Array): Bytes =>
  signWith(person.signing, concatBytes(label(0x1001), ticket, person.device, sha256(share)));

/** A complete sign-up, every field of it right. */
export function signUpRequest(
  person: Person,
  setup: Bytes,
  more: Partial<RequestOf<"signUpFinish">> = {},
): RequestOf<"signUpFinish"> {
  const { account, device, identity, signing, handle } = person;
  const hpkeKey = random(1216);
  return {
    type: "signUpFinish",
    handle,
    invitation: null,
    setup,
    record: random(192),
    account,
    device,
    accountRecord: signed(
      AccountRecord,
      {
        type: "accountRecord",
        account,
        n: 0,
        identityKey: identity.publicKey,
        previous: null,
        loginKey: hpkeKey,
        setupKeyHash: random(32),
      },
      identity,
    ),
    address: signed(AccountAddress, { type: "accountAddress", account, n: 0, m: 0, hpkeKey, device }, signing),
    certificate: signed(
      Certificate,
      { type: "certificate", account, n: 0, device, serial: 1, signatureKey: signing.publicKey, hpkeKey },
      identity,
    ),
    deviceList: signed(
      DeviceList,
      {
        type: "deviceList",
        account,
        n: 0,
        version: 1,
        previous: null,
        logPosition: 0,
        standing: [{ type: "standingDevice", device, serial: 1 }],
      },
      identity,
    ),
    identityHash: sha256(concatBytes(label(0x1501), identity.publicKey)),
    wraps: { password: random(200), recovery: random(200), accountSecret: random(1400) },
    rows: [random(300), random(400)],
    keyPackages: [random(500), random(500), random(500)],
    lastResort: random(500),
    share: random(32),
    ...more,
  };
}

/** Connects and signs up. */
export async function signUp(socketUrl: string, handle: string, more: Partial<RequestOf<"signUpFinish">> = {}): Promise<Online> {
  const client = await connect(socketUrl);
  const person = newPerson(handle);
  const hello = await client.ask({ type: "hello", protocol: 1, client: "test" });
  if (hello.type !== "helloAnswer") throw new Error(`no hello: ${JSON.stringify(hello)}`);
  const session = await client.ask(signUpRequest(person, hello.setup, more));
  if (session.type !== "session") throw new Error(`no session: ${JSON.stringify(session)}`);
  return { ...person, client, session };
}

/** A new connection that resumes the person's session. */
export async function comeBack(socketUrl: string, person: Online): Promise<Online> {
  const client = await connect(socketUrl);
  const resumed = await client.ask({ type: "resume", session: person.session.session, token: person.session.token });
  if (resumed.type !== "resumed") throw new Error(`not resumed: ${JSON.stringify(resumed)}`);
  return { ...person, client };
}

/** RFC 9420 §6.3: the head of a PrivateMessage, then bytes that nobody here can read. */
export function privateMessage(content: "application" | "commit", data: Uint8Array, groupId: Uint8Array = random(16)): Bytes {
  const head = Uint8Array.of(0, 1, 0, 2, groupId.length);
  const epoch = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, content === "commit" ? 3 : 1);
  return concatBytes(head, groupId, epoch, vectorHead(data.length), data, vectorHead(28), random(28), vectorHead(64), random(64));
}

function vectorHead(length: number): Bytes {
  if (length < 64) return Uint8Array.of(length);
  if (length < 16_384) return Uint8Array.of(0x40 | (length >> 8), length & 255);
  return Uint8Array.of(0x80 | (length >> 24), (length >> 16) & 255, (length >> 8) & 255, length & 255);
}

export const commitBody = (added: readonly Bytes[], removed: readonly Bytes[] = []): Bytes =>
  privateMessage("commit", encode(CommitData, { type: "commitData", time: 1, added, removed }));

export type DraftOf = Omit<RequestOf<"append">, "type">;

export const draft = (log: Bytes, turn: number, sequence: number, more: Partial<DraftOf> = {}): RequestOf<"append"> => ({
  type: "append",
  log,
  generation: 0,
  turn,
  kind: "application",
  sequence,
  body: random(200),
  welcome: null,
  groupInfo: null,
  ...more,
});

/** `asker` asks, `founder` accepts and founds: afterwards the two have a conversation, head 1, turn 1. */
export async function befriend(founder: Online, asker: Online): Promise<Bytes> {
  const sent = await asker.client.ask({ type: "sendRequest", to: founder.account, sealed: random(300) });
  if (sent.type !== "done") throw new Error(`no request: ${JSON.stringify(sent)}`);
  const log = random(16);
  const founded = await founder.client.ask({
    ...draft(log, 0, 1, { kind: "commit", body: commitBody([asker.device]), welcome: random(900), groupInfo: random(700) }),
    type: "foundConversation",
    with: asker.account,
    suite: 1,
  });
  if (founded.type !== "appended") throw new Error(`not founded: ${JSON.stringify(founded)}`);
  return log;
}
