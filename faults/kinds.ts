/**
 * One request of each kind of the wire, in a scene of its own: what must be there before, the request itself, and what
 * must be true afterwards, when it was struck and sent again as a client does. A kind that is missing does not compile.
 */
import { parsePassword, ready, type Password } from "@megachat/auth";
import { bytesEqual, toHex, type Secret } from "@megachat/base";
import { requests } from "@megachat/wire";
import type { TypeOf } from "../apps/server/src/operation.ts";
import type { Method } from "../apps/server/src/store/threaded-store.ts";
import { connect, type Client } from "../apps/server/src/testing/client.ts";
import {
  befriend,
  comeBack,
  commitBody,
  draft,
  newPerson,
  random,
  sessionSignature,
  signUp,
  signUpRequest,
  type Online,
} from "../apps/server/src/testing/people.ts";

/** Every kind there is, in the order of the wire. */
export const kinds: readonly TypeOf[] = requests.map(({ name }) => name);

export interface Scene {
  /** Asks; the server may end in the middle. Asked again, it is the same request. */
  readonly ask: (url: string) => Promise<string>;
  /** What an answer must be, the second time too. */
  readonly answers: readonly string[];
  /** What is wrong with what is kept, once it was answered. */
  readonly judge: (url: string) => Promise<readonly string[]>;
}
interface Kind {
  /** What the store is told to do, for a kill before its commit; absent where nothing is written. */
  readonly writes?: Method;
  readonly scene: (url: string, name: string) => Promise<Scene>;
}

const opaque = await ready();

/** A secret is used up. */
function password(): Secret<Password> {
  const parsed = parsePassword("seven otters under the bridge");
  if (!parsed.ok) throw new Error("no password");
  return parsed.value;
}

const nothing = async (): Promise<readonly string[]> => [];
const expectThat = (isSo: boolean, otherwise: string): readonly string[] => (isSo ? [] : [otherwise]);

/** As somebody who comes back for it. */
async function as<R>(url: string, person: Online, act: (client: Client) => Promise<R>): Promise<R> {
  const { client } = await comeBack(url, person);
  try {
    return await act(client);
  } finally {
    client.socket.terminate();
  }
}

async function raw<R>(url: string, act: (client: Client) => Promise<R>): Promise<R> {
  const client = await connect(url);
  try {
    return await act(client);
  } finally {
    client.socket.terminate();
  }
}

const typeOf = (reply: { readonly type: string; readonly reason?: string }): string =>
  reply.type === "refused" ? (reply.reason ?? "") : reply.type;

/** A kind that changes nothing: asked and answered. */
const reading = (request: (one: Online, log: Uint8Array<ArrayBuffer>) => Parameters<Client["ask"]>[0], answer: string): Kind => ({
  scene: async (url, name) => {
    const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
    const log = await befriend(founder, asker);
    return {
      ask: (at) => as(at, founder, async (client) => typeOf(await client.ask(request(founder, log)))),
      answers: [answer],
      judge: nothing,
    };
  },
});

/** A registration with a real password, up to its last request. */
async function register(url: string, name: string) {
  const person = newPerson(name);
  return raw(url, async (client) => {
    const hello = await client.ask({ type: "hello", protocol: 1, client: "test" });
    if (hello.type !== "helloAnswer") throw new Error("no hello");
    const [started, request] = opaque.startRegistration(password());
    const answer = await client.ask({ type: "signUpStart", handle: name, invitation: null, request });
    if (answer.type !== "signUpAnswer") throw new Error(`no answer: ${JSON.stringify(answer)}`);
    const finished = opaque.finishRegistration(started, answer.response, hello.setupKey);
    if (!finished.ok) throw new Error("no record");
    return { person, finish: signUpRequest(person, answer.setup, { record: finished.value.record }) };
  });
}

/** A login as far as `until`; its last answer. */
async function logIn(url: string, { handle, ...keys }: ReturnType<typeof newPerson>, until: TypeOf): Promise<string> {
  const [started, request] = opaque.startLogin(password());
  return raw(url, async (client) => {
    const answer = await client.ask({ type: "loginStart", handle, request, known: null, puzzle: null });
    if (answer.type !== "loginAnswer" || until === "loginStart") return typeOf(answer);
    const finished = opaque.finishLogin(started, answer.response, null);
    if (!finished.ok) return "the password does not fit";
    const { ticket } = answer;
    const loggedIn = await client.ask({ type: "loginFinish", ticket, finish: finished.value.ke3 });
    if (loggedIn.type !== "loggedIn" || until === "loginFinish") return typeOf(loggedIn);
    const share = random(32);
    const signature = sessionSignature({ handle, ...keys }, ticket, share);
    return typeOf(await client.ask({ type: "openSession", ticket, device: keys.device, share, signature }));
  });
}

const login = (until: TypeOf, answer: string): Kind => ({
  ...(until === "openSession" ? { writes: "openSession" as const } : {}),
  scene: async (url, name) => {
    const { person, finish } = await register(url, name);
    await raw(url, (client) => client.ask(finish));
    return { ask: (at) => logIn(at, person, until), answers: [answer], judge: nothing };
  },
});

const scenes: { readonly [T in TypeOf]: Kind } = {
  hello: { scene: async () => ({ ask: (at) => raw(at, async () => "helloAnswer"), answers: ["helloAnswer"], judge: nothing }) },
  signUpStart: {
    scene: async (_url, name) => ({
      ask: async (at) => ((await register(at, name)) ? "signUpAnswer" : ""),
      answers: ["signUpAnswer"],
      judge: nothing,
    }),
  },
  signUpFinish: {
    writes: "signUp",
    scene: async (url, name) => {
      const { person, finish } = await register(url, name);
      return {
        ask: (at) => raw(at, async (client) => typeOf(await client.ask(finish))),
        answers: ["session"],
        judge: async (at) => expectThat((await logIn(at, person, "openSession")) === "session", "the new account does not open"),
      };
    },
  },
  loginStart: login("loginStart", "loginAnswer"),
  loginFinish: login("loginFinish", "loggedIn"),
  openSession: login("openSession", "session"),
  resume: {
    writes: "touchSession",
    scene: async (url, name) => {
      const person = await signUp(url, name);
      return { ask: (at) => as(at, person, async () => "resumed"), answers: ["resumed"], judge: nothing };
    },
  },
  signOut: {
    writes: "endSession",
    scene: async (url, name) => {
      const person = await signUp(url, name);
      const { session, token } = person.session;
      const gone = (at: string) => raw(at, async (client) => typeOf(await client.ask({ type: "resume", session, token })));
      return {
        // Whoever finds the session ended has signed out.
        ask: (at) =>
          raw(at, async (client) => {
            const back = await client.ask({ type: "resume", session, token });
            return back.type === "resumed" ? typeOf(await client.ask({ type: "signOut" })) : typeOf(back);
          }),
        answers: ["done", "sessionEnded"],
        judge: async (at) => expectThat((await gone(at)) === "sessionEnded", "the session goes on after it was signed out"),
      };
    },
  },
  lookUpHandle: reading(({ handle }) => ({ type: "lookUpHandle", handle }), "found"),
  lookUpIdentity: reading(() => ({ type: "lookUpIdentity", identityHash: random(32) }), "notFound"),
  lookUpAccount: reading(({ account }) => ({ type: "lookUpAccount", account }), "found"),
  sendRequest: {
    writes: "sendRequest",
    scene: async (url, name) => {
      const [from, to] = [await signUp(url, `${name}f`), await signUp(url, `${name}t`)];
      const sealed = random(300);
      return {
        ask: (at) => as(at, from, async (client) => typeOf(await client.ask({ type: "sendRequest", to: to.account, sealed }))),
        answers: ["done"],
        judge: (at) =>
          as(at, to, async (client) => {
            const inbox = await client.ask({ type: "fetchInbox", after: 0 });
            const items = inbox.type === "inbox" ? inbox.items : [];
            return expectThat(
              items.length === 1 && bytesEqual(items[0]?.body ?? sealed.subarray(1), sealed),
              "the request is not there once",
            );
          }),
      };
    },
  },
  clearInbox: {
    writes: "clearInbox",
    scene: async (url, name) => {
      const [from, to] = [await signUp(url, `${name}f`), await signUp(url, `${name}t`)];
      await from.client.ask({ type: "sendRequest", to: to.account, sealed: random(300) });
      return {
        ask: (at) => as(at, to, async (client) => typeOf(await client.ask({ type: "clearInbox", item: 1 }))),
        answers: ["done"],
        judge: (at) =>
          as(at, to, async (client) => {
            const inbox = await client.ask({ type: "fetchInbox", after: 0 });
            return expectThat(inbox.type === "inbox" && inbox.items.length === 0, "what was handled is still there");
          }),
      };
    },
  },
  fetchInbox: reading(() => ({ type: "fetchInbox", after: 0 }), "inbox"),
  publishKeyPackages: {
    writes: "publishKeyPackages",
    scene: async (url, name) => {
      const person = await signUp(url, name, { keyPackages: [], lastResort: random(499) });
      const keyPackages = [random(500), random(500)];
      return {
        ask: (at) =>
          as(at, person, async (client) => typeOf(await client.ask({ type: "publishKeyPackages", keyPackages, lastResort: null }))),
        answers: ["done"],
        judge: (at) =>
          as(at, person, async (client) => {
            const given: string[] = [];
            for (let n = 0; n < 3; n++) given.push(...(await takenBy(client, person)));
            const once = given.filter((each) => each.length === 1000);
            return expectThat(
              given.length === 3 && once.toSorted().join() === keyPackages.map(toHex).toSorted().join(),
              "the key packages are not there once",
            );
          }),
      };
    },
  },
  takeKeyPackages: {
    writes: "takeKeyPackages",
    scene: async (url, name) => {
      const person = await signUp(url, name);
      const given: string[] = [];
      return {
        ask: (at) =>
          as(at, person, async (client) => {
            given.push(...(await takenBy(client, person)));
            return "keyPackages";
          }),
        answers: ["keyPackages"],
        judge: (at) =>
          as(at, person, async (client) => {
            given.push(...(await takenBy(client, person)));
            return expectThat(new Set(given).size === given.length, "a key package was given twice");
          }),
      };
    },
  },
  foundConversation: {
    writes: "found",
    scene: async (url, name) => {
      const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
      await asker.client.ask({ type: "sendRequest", to: founder.account, sealed: random(300) });
      const log = random(16);
      const first = draft(log, 0, 1, {
        kind: "commit",
        body: commitBody([asker.device]),
        welcome: random(900),
        groupInfo: random(700),
      });
      return {
        ask: (at) =>
          as(at, founder, async (client) =>
            typeOf(await client.ask({ ...first, type: "foundConversation", with: asker.account, suite: 1 })),
          ),
        answers: ["appended"],
        judge: (at) =>
          as(at, asker, async (client) => {
            const rows = await client.ask({ type: "fetchRows", log, after: 0, maxBytes: 1 << 20 });
            const inbox = await client.ask({ type: "fetchInbox", after: 0 });
            const [row] = rows.type === "rows" && rows.rows.length === 1 ? rows.rows : [];
            return [
              ...expectThat(row !== undefined && bytesEqual(row.body, first.body), "the founding row is not there once"),
              ...expectThat(inbox.type === "inbox" && inbox.items.length === 1, "the Welcome is not there once"),
            ];
          }),
      };
    },
  },
  append: {
    writes: "append",
    scene: async (url, name) => {
      const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
      const log = await befriend(founder, asker);
      const row = draft(log, 1, 1);
      return {
        ask: (at) => as(at, asker, async (client) => typeOf(await client.ask(row))),
        answers: ["appended"],
        judge: (at) =>
          as(at, founder, async (client) => {
            const page = await client.ask({ type: "fetchRows", log, after: 1, maxBytes: 1 << 20 });
            const [stored] = page.type === "rows" && page.rows.length === 1 ? page.rows : [];
            return expectThat(stored !== undefined && bytesEqual(stored.body, row.body), "the row is not there once");
          }),
      };
    },
  },
  fetchRows: reading((_one, log) => ({ type: "fetchRows", log, after: 0, maxBytes: 1000 }), "rows"),
  acknowledge: {
    writes: "acknowledge",
    scene: async (url, name) => {
      const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
      const log = await befriend(founder, asker);
      return {
        ask: (at) => as(at, asker, async (client) => typeOf(await client.ask({ type: "acknowledge", log, position: 1 }))),
        answers: ["done"],
        judge: (at) =>
          as(at, asker, async (client) => {
            const heads = await client.ask({ type: "fetchHeads", after: null });
            const head = heads.type === "heads" ? heads.heads.find((each) => bytesEqual(each.log, log)) : undefined;
            return expectThat(head?.cursor === 1, "the cursor does not stand where it was noted");
          }),
      };
    },
  },
  fetchHeads: reading(() => ({ type: "fetchHeads", after: null }), "heads"),
  postGroupInfo: {
    writes: "postGroupInfo",
    scene: async (url, name) => {
      const [founder, asker] = [await signUp(url, `${name}f`), await signUp(url, `${name}a`)];
      const log = await befriend(founder, asker);
      const groupInfo = random(700);
      return {
        ask: (at) => as(at, asker, async (client) => typeOf(await client.ask({ type: "postGroupInfo", log, turn: 1, groupInfo }))),
        answers: ["done"],
        judge: (at) =>
          as(at, founder, async (client) => {
            const posted = await client.ask({ type: "fetchGroupInfo", log });
            const mine = posted.type === "groupInfos" ? posted.groupInfos.filter((each) => bytesEqual(each, groupInfo)) : [];
            return expectThat(mine.length === 1, "the GroupInfo is not there once");
          }),
      };
    },
  },
  fetchGroupInfo: reading((_one, log) => ({ type: "fetchGroupInfo", log }), "groupInfos"),
  sendTransient: reading((_one, log) => ({ type: "sendTransient", log, body: random(90) }), "done"),
  fetchIceServers: reading(() => ({ type: "fetchIceServers" }), "iceServers"),
  ping: reading(() => ({ type: "ping" }), "pong"),
};

export const kindOf = (type: TypeOf): Kind => scenes[type];

async function takenBy(client: Client, { account }: Online): Promise<readonly string[]> {
  const taken = await client.ask({ type: "takeKeyPackages", account });
  return taken.type === "keyPackages" ? taken.keyPackages.map(toHex) : [];
}
