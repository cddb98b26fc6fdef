/**
 * The password's half of OPAQUE in a worker that lives for one procedure: Argon2id takes 64 MiB, and a WebAssembly
 * memory never shrinks. Both ends of the port between. [V61]
 */
import { ok, Secret, type Result } from "@megachat/base";
import { parsePassword, type LoggedIn, type OpaqueClient, type Registered } from "@megachat/auth";
import { account as accounts } from "@megachat/core";

type Call =
  | { readonly call: "register" | "login"; readonly password: string }
  | { readonly call: "finishRegistration"; readonly response: Uint8Array; readonly serverKey: Uint8Array }
  | { readonly call: "finishLogin"; readonly response: Uint8Array; readonly pinned: Uint8Array | null };
type Bytes = Uint8Array<ArrayBuffer>;
type Answer =
  | { readonly request: Bytes }
  | { readonly registered: { readonly record: Bytes; readonly exportKey: Bytes } }
  | { readonly loggedIn: { readonly ke3: Bytes; readonly exportKey: Bytes; readonly sessionKey: Bytes; readonly serverKey: Bytes } }
  | { readonly refused: true };

export interface OpaqueThread {
  readonly post: (call: unknown) => void;
  /** Hears what the thread posts; null when it has died. */
  readonly listen: (listener: (answer: unknown) => void) => void;
  readonly end: () => void;
}

/** The thread did not come, or ended before its work was done: what it was to do was not done, and can be tried again. */
export class ThreadDied extends Error {
  override readonly name = "ThreadDied";
  constructor() {
    super("the password's thread has died");
  }
}

/** The port over a thread of its own. Its calls come one after the other, as a procedure makes them. */
export function remoteOpaque(thread: OpaqueThread): accounts.OpaquePort & Disposable {
  let resolve: ((answer: Answer) => void) | undefined;
  let reject: ((fault: Error) => void) | undefined;
  // It may die while nothing is asked of it: before the first question, or while the server is asked.
  let dead = false;
  thread.listen((answer) => {
    if (answer === null) {
      dead = true;
      reject?.(new ThreadDied());
    } else resolve?.(answer as Answer);
  });
  const ask = async (call: Call): Promise<Answer> => {
    if (dead) throw new ThreadDied();
    return new Promise((...settle) => {
      [resolve, reject] = settle;
      thread.post(call);
    });
  };
  const start = async (call: "register" | "login", password: Secret<string>): Promise<Bytes> => {
    const answer = await password.open(async (text) => ask({ call, password: text }));
    password[Symbol.dispose]();
    if (!("request" in answer)) throw new Error("no request");
    return answer.request;
  };

  return {
    register: async (password) => {
      const request = await start("register", password);
      return {
        request,
        finish: async (response, serverKey) => {
          const answer = await ask({ call: "finishRegistration", response, serverKey });
          if (!("registered" in answer)) return refused;
          const { record, exportKey } = answer.registered;
          return ok<Registered>({ record, exportKey: new Secret(exportKey) });
        },
      };
    },
    login: async (password) => {
      const request = await start("login", password);
      return {
        request,
        finish: async (response, pinned) => {
          const answer = await ask({ call: "finishLogin", response, pinned });
          if (!("loggedIn" in answer)) return refused;
          const { ke3, exportKey, sessionKey, serverKey } = answer.loggedIn;
          return ok<LoggedIn>({ ke3, exportKey: new Secret(exportKey), sessionKey: new Secret(sessionKey), serverKey });
        },
      };
    },
    [Symbol.dispose]: thread.end,
  };
}

type Finish = Awaited<ReturnType<Awaited<ReturnType<accounts.OpaquePort["login"]>>["finish"]>>;
const refused: Extract<Finish, { readonly ok: false }> = { ok: false, error: { type: "refused" } };

/** The thread's side: one procedure, over a library that is loading. */
export function serveOpaque(library: Promise<OpaqueClient>): (call: unknown) => Promise<unknown> {
  let registration: accounts.OpaqueRegistration | undefined;
  let login: accounts.OpaqueLogin | undefined;
  return async (value) => {
    const call = value as Call;
    const port = accounts.opaqueHere(await library);
    switch (call.call) {
      case "register":
        registration = await port.register(parsed(call.password));
        return { request: registration.request } satisfies Answer;
      case "login":
        login = await port.login(parsed(call.password));
        return { request: login.request } satisfies Answer;
      case "finishRegistration":
        return answerOf(await registration?.finish(call.response, call.serverKey), ({ record, exportKey }) => ({
          registered: { record, exportKey: reveal(exportKey) },
        }));
      case "finishLogin":
        return answerOf(await login?.finish(call.response, call.pinned), ({ ke3, exportKey, sessionKey, serverKey }) => ({
          loggedIn: { ke3, exportKey: reveal(exportKey), sessionKey: reveal(sessionKey), serverKey },
        }));
    }
  };
}

const reveal = (secret: Secret<Bytes>): Bytes => secret.open((bytes) => bytes.slice());
const answerOf = <T>(result: Result<T, unknown> | undefined, of: (value: T) => Answer): Answer =>
  result?.ok ? of(result.value) : { refused: true };

function parsed(text: string): Parameters<accounts.OpaquePort["login"]>[0] {
  const password = parsePassword(text);
  // Whoever posts it has parsed it.
  if (!password.ok) throw new TypeError("not a password");
  return password.value;
}
