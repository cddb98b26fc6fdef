/**
 * The client's half of OPAQUE (RFC 9807: ristretto255-SHA512, 3DH, empty context, Argon2id). [A10–A16]
 *
 * The key stretching is compiled in and no parameter: a server cannot ask for less. A server that does not know the
 * record is noticed before anything is sent back or used. The library and its WebAssembly load with {@link ready}, so
 * that a page can show its form first; Argon2id takes 64 MiB and about a quarter of a second, so load it in a worker
 * that ends afterwards: WebAssembly memory never shrinks.
 */
import { bytesEqual, ok, Secret, type Result } from "@megachat/base";
import type * as OpaqueLibrary from "@serenity-kit/opaque";
import { attempt, fromLibrary, KE2, REGISTRATION_RESPONSE, toLibrary } from "./opaque-bytes.ts";
import type { Password } from "./password.ts";
// The one error: a client that could tell a wrong password from an unknown name would be an oracle. [A13]
import { refused, type Refused } from "./signed.ts";

// RFC 9106 §4, second recommended option, but one lane: more buy nothing where there is one thread.
const KEY_STRETCHING = { "argon2id-custom": { iterations: 3, memory: 65_536, parallelism: 1 } };

/** A registration waiting for the server's answer. Finishing it uses it up. */
export interface RegistrationStarted extends Disposable {
  readonly state: Secret<string>;
  readonly password: Secret<Password>;
}
export interface Registered {
  /** 192 bytes for the server to keep. */
  readonly record: Uint8Array<ArrayBuffer>;
  /** 64 bytes that only this password with this server gives. */
  readonly exportKey: Secret<Uint8Array<ArrayBuffer>>;
}

/** A login waiting for the server's answer. Finishing it uses it up. */
export interface LoginStarted extends Disposable {
  readonly state: Secret<string>;
  readonly password: Secret<Password>;
}
export interface LoggedIn {
  /** 64 bytes for the server: proves the password. */
  readonly ke3: Uint8Array<ArrayBuffer>;
  readonly exportKey: Secret<Uint8Array<ArrayBuffer>>;
  /** 64 bytes that the server has, too. */
  readonly sessionKey: Secret<Uint8Array<ArrayBuffer>>;
  /** The server's static public key, the one that was registered with. */
  readonly serverKey: Uint8Array<ArrayBuffer>;
}

/** The steps, there once the library is. Whoever starts owns the password no more: finishing disposes of it. */
export interface OpaqueClient {
  /** The request is 32 bytes. */
  readonly startRegistration: (password: Secret<Password>) => readonly [RegistrationStarted, request: Uint8Array<ArrayBuffer>];
  /** `serverKey` is the public key that the server announced: a response in another's name is refused. */
  readonly finishRegistration: (
    started: RegistrationStarted,
    response: Uint8Array,
    serverKey: Uint8Array,
  ) => Result<Registered, Refused>;
  /** KE1 is 96 bytes. */
  readonly startLogin: (password: Secret<Password>) => readonly [LoginStarted, ke1: Uint8Array<ArrayBuffer>];
  /**
   * `pinned` is the server key this browser knows for the account, or null where it knows none: the record itself then
   * proves that the server's key is that of the registration.
   */
  readonly finishLogin: (started: LoginStarted, ke2: Uint8Array, pinned: Uint8Array | null) => Result<LoggedIn, Refused>;
}

/** Loads the library. */
export async function ready(): Promise<OpaqueClient> {
  const library = await import("@serenity-kit/opaque");
  await library.ready;
  return clientOver(library.client);
}

type Library = (typeof OpaqueLibrary)["client"];

const clientOver = (library: Library): OpaqueClient => ({
  startRegistration: (password) => {
    const { clientRegistrationState, registrationRequest } = password.open((text) => library.startRegistration({ password: text }));
    return [started(clientRegistrationState, password), fromLibrary(registrationRequest)];
  },

  finishRegistration: (held, response, serverKey) => {
    using registration = held;
    if (response.length !== REGISTRATION_RESPONSE) return refused;
    const answer = useUp(registration, (clientRegistrationState, password) =>
      library.finishRegistration({
        clientRegistrationState,
        password,
        registrationResponse: toLibrary(response),
        keyStretching: KEY_STRETCHING,
      }),
    );
    if (!answer || !bytesEqual(fromLibrary(answer.serverStaticPublicKey), serverKey)) return refused;
    return ok({ record: fromLibrary(answer.registrationRecord), exportKey: secret(answer.exportKey) });
  },

  startLogin: (password) => {
    const { clientLoginState, startLoginRequest } = password.open((text) => library.startLogin({ password: text }));
    return [started(clientLoginState, password), fromLibrary(startLoginRequest)];
  },

  finishLogin: (held, ke2, pinned) => {
    using login = held;
    if (ke2.length !== KE2) return refused;
    const answer = useUp(login, (clientLoginState, password) =>
      library.finishLogin({ clientLoginState, password, loginResponse: toLibrary(ke2), keyStretching: KEY_STRETCHING }),
    );
    if (!answer) return refused;
    const serverKey = fromLibrary(answer.serverStaticPublicKey);
    // Before the export key exists for anyone, and before KE3 leaves: another server's record is not ours. [A14]
    if (pinned && !bytesEqual(serverKey, pinned)) return refused;
    return ok({
      ke3: fromLibrary(answer.finishLoginRequest),
      exportKey: secret(answer.exportKey),
      sessionKey: secret(answer.sessionKey),
      serverKey,
    });
  },
});

const secret = (text: string): Secret<Uint8Array<ArrayBuffer>> => new Secret(fromLibrary(text));

function started(state: string, password: Secret<Password>): LoginStarted & RegistrationStarted {
  const kept = new Secret(state);
  return {
    state: kept,
    password,
    [Symbol.dispose]: () => {
      kept[Symbol.dispose]();
      password[Symbol.dispose]();
    },
  };
}

const useUp = <T>(held: LoginStarted, step: (state: string, password: string) => T): T | undefined =>
  held.state.open((state) => held.password.open((password) => attempt(() => step(state, password))));
