/**
 * The server's entrance in memory, with a password dialogue that costs nothing: for tests that sign up and in hundreds
 * of times, once for every point at which something can break. The real ones are in `entrance.test.ts`.
 */
import { bytesEqual, encodeUtf8, err, ok, Secret, toHex } from "@megachat/base";
import { hash512, labels, verify } from "@megachat/crypto";
import { openSigned, verifyAccountRecord } from "@megachat/auth";
import { Certificate, decode, type HelloAnswer, type Reply, type Request, type SignUpFinish, type ValueOf } from "@megachat/wire";
import type { TestRandom } from "../../group/test-kit/people.ts";
import type { OpaquePort } from "../src/account/index.ts";
import { sessionOpening } from "../src/account/sign-in.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Entrance {
  readonly greeting: ValueOf<typeof HelloAnswer>;
  readonly opaque: OpaquePort;
  /** A connection of its own. */
  readonly connect: () => (request: Request) => Reply;
  readonly accounts: Map<string, ValueOf<typeof SignUpFinish>>;
}

export function newEntrance(random: TestRandom): Entrance {
  const serverKey = random.bytes(32);
  const setup = random.bytes(16);
  const accounts = new Map<string, ValueOf<typeof SignUpFinish>>();
  const tickets = new Map<string, string>();
  const sessions = new Map<string, { readonly handle: string; readonly token: Bytes; readonly share: Bytes }>();

  /** Stands for the record, and for all that only the right password gives. */
  const stretched = (password: Secret<string>): Bytes => password.open((text) => hash512(labels.safetyNumber, encodeUtf8(text)));
  const opaque: OpaquePort = {
    register: async (password) => ({
      request: random.bytes(32),
      finish: async () => {
        const key = stretched(password);
        const record = new Uint8Array(192);
        record.set(key);
        return ok({ record, exportKey: new Secret(key) });
      },
    }),
    login: async (password) => ({
      request: random.bytes(96),
      finish: async (response, pinned) => {
        const key = stretched(password);
        if (!bytesEqual(response.subarray(0, 64), key) || (pinned && !bytesEqual(pinned, serverKey)))
          return err({ type: "refused" });
        return ok({ ke3: random.bytes(64), exportKey: new Secret(key), sessionKey: new Secret(random.bytes(64)), serverKey });
      },
    }),
  };

  function openSession(handle: string, share: Bytes): Reply {
    const stored = accounts.get(handle);
    if (!stored) return { type: "refused", reason: "credentials" };
    const session = random.bytes(16);
    const token = random.bytes(32);
    sessions.set(toHex(session), { handle, token, share });
    return { type: "session", account: stored.account, device: stored.device, session, token, knownSecret: random.bytes(32) };
  }

  function answer(request: Request): Reply {
    switch (request.type) {
      case "signUpStart":
        return accounts.has(request.handle)
          ? { type: "refused", reason: "nameTaken" }
          : { type: "signUpAnswer", setup, response: random.bytes(64) };
      case "signUpFinish":
        if (accounts.has(request.handle)) return { type: "refused", reason: "nameTaken" };
        accounts.set(request.handle, request);
        return openSession(request.handle, request.share);
      case "loginStart": {
        const ticket = random.bytes(16);
        tickets.set(toHex(ticket), request.handle);
        const response = new Uint8Array(320);
        response.set(accounts.get(request.handle)?.record.subarray(0, 64) ?? random.bytes(64));
        return { type: "loginAnswer", ticket, setup, response };
      }
      case "loginFinish": {
        const stored = accounts.get(tickets.get(toHex(request.ticket)) ?? "");
        if (!stored) return { type: "refused", reason: "credentials" };
        const { account, accountRecord, deviceList, wraps } = stored;
        return { type: "loggedIn", account, accountRecord, deviceList, wraps };
      }
      case "openSession": {
        const handle = tickets.get(toHex(request.ticket)) ?? "";
        const stored = accounts.get(handle);
        const isSigned =
          stored &&
          verify(
            labels.sessionOpening,
            deviceKey(stored),
            sessionOpening(request.ticket, request.device, request.share),
            request.signature,
          );
        return isSigned ? openSession(handle, request.share) : { type: "refused", reason: "unknownDevice" };
      }
      case "resume": {
        const session = sessions.get(toHex(request.session));
        const stored = accounts.get(session?.handle ?? "");
        if (!session || !stored || !bytesEqual(session.token, request.token)) return { type: "refused", reason: "sessionEnded" };
        return { type: "resumed", account: stored.account, device: stored.device, share: session.share, handle: session.handle };
      }
      default:
        return { type: "refused", reason: "protocol" };
    }
  }
  const greeting: ValueOf<typeof HelloAnswer> = { type: "helloAnswer", time: 0, signUp: "open", setup, setupKey: serverKey };
  return { greeting, opaque, accounts, connect: () => answer };
}

/** The signature key in the certificate, as the server reads it. */
function deviceKey(stored: ValueOf<typeof SignUpFinish>): Uint8Array {
  const record = verifyAccountRecord(stored.accountRecord, null);
  const body = record.ok ? openSigned(labels.certificate, [record.value.identityKey], stored.certificate) : record;
  const certificate = body.ok ? decode(Certificate, body.value) : body;
  if (!certificate.ok) throw new Error("a certificate that does not hold");
  return certificate.value.signatureKey;
}
