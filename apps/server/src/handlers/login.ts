/**
 * Login and sessions. [S13]–[S17]
 *
 * A name without an account goes the same way as one with: the same steps, the same lengths, the same refusals. What a
 * password proves is told only after it is proved.
 */
import { finishLogin, sessionOpeningMessage, startLogin } from "@megachat/auth/server";
import { bytesEqual, minutes, toHex } from "@megachat/base";
import { parseHandle } from "@megachat/wire";
import { done, refused, slowDown, type Caller, type Login, type OpenOperation, type SessionOperation } from "../operation.ts";
import { isSignedBare } from "../published.ts";
import type { Services } from "../services.ts";
import { sha256 } from "../sha256.ts";
import { newSession } from "./new-session.ts";

/** A person may take this long between the password and the device's signature. */
const TICKET_LIFE = minutes(10);

export const loginStart: OpenOperation<"loginStart"> = {
  needs: "nothing",
  handle: async (services, request, caller) => {
    const { store, setups, guesses, buckets, random, steady } = services;
    const wait = buckets.loginsPerAddress.take(caller.address);
    if (wait > 0) return slowDown(wait);
    // What can be nobody's name is answered like a name that nobody has taken.
    const handle = parseHandle(request.handle);
    const name = handle.ok ? handle.value : request.handle;
    const known =
      request.known !== null &&
      (await store.isKnownBrowser({ handle: name, device: request.known.device, secretHash: sha256(request.known.secret) }));
    const budget = known && request.known ? `browser ${toHex(request.known.device)}` : `name ${name}`;
    const admission = guesses.admit(budget, request.puzzle);
    if (admission.type === "wait") return { type: "slowDown", retryAfterMs: admission.retryAfterMs, puzzle: admission.puzzle };

    const record = await store.loginRecord({ handle: name });
    const setup = (record && setups.find(record.setup)) ?? setups.forUnknown(name);
    const started = startLogin(setup.secret, name, record?.record ?? null, request.request);
    if (!started.ok) return refused("invalid");
    const ticket = random.bytes(16);
    const at = { step: "answered", account: record?.account ?? null, state: started.value.state, budget } as const;
    caller.login = { ticket, expires: steady.now() + TICKET_LIFE, at };
    return { type: "loginAnswer", ticket, setup: setup.id, response: started.value.ke2 };
  },
};

export const loginFinish: OpenOperation<"loginFinish"> = {
  needs: "nothing",
  handle: async (services, request, caller) => {
    const login = takeLogin(services, caller, request.ticket);
    if (login?.at.step !== "answered") return refused("ticketExpired");
    const proved = finishLogin(login.at.state, request.finish);
    // Only a real record can have been proved; asking for both keeps one way out for all that were not.
    if (!proved.ok || !login.at.account) return refused("credentials");
    const faces = await services.store.loginFaces({ account: login.at.account });
    if (!faces) return refused("credentials");
    services.guesses.wasRight(login.at.budget);
    if (faces.disabled) return refused("accountDisabled");
    caller.login = { ...login, at: { step: "proved", account: faces.account, handle: faces.handle } };
    const { account, accountRecord, deviceList, wraps } = faces;
    return { type: "loggedIn", account, accountRecord, deviceList, wraps };
  },
};

/** The connection's login under this ticket. It is used up: a second try needs a new one. */
function takeLogin({ steady }: Services, caller: Caller, ticket: Uint8Array): Login | undefined {
  const { login } = caller;
  caller.login = null;
  return login && bytesEqual(login.ticket, ticket) && login.expires > steady.now() ? login : undefined;
}

export const openSession: OpenOperation<"openSession"> = {
  needs: "nothing",
  handle: async (services, request, caller) => {
    const { store, random, log } = services;
    const login = takeLogin(services, caller, request.ticket);
    if (login?.at.step !== "proved") return refused("ticketExpired");
    const { account, handle } = login.at;
    const key = await store.deviceKey({ account, device: request.device });
    if (!key) return refused("unknownDevice");
    const message = sessionOpeningMessage(request.ticket, request.device, sha256(request.share));
    if (!isSignedBare(key, message, request.signature)) return refused("unknownDevice");

    const { session, answer } = newSession(random, request.share);
    await store.openSession({ device: request.device, session });
    log.info("sessionOpened");
    const me = { account, device: request.device, session: session.session, handle };
    return { reply: { type: "session", account, device: request.device, ...answer }, next: { signIn: me } };
  },
};

export const resume: OpenOperation<"resume"> = {
  needs: "nothing",
  handle: async ({ store, log, buckets }, request, { address }) => {
    const wait = buckets.requestsPerAddress.take(address);
    if (wait > 0) return slowDown(wait);
    const found = await store.session({ session: request.session });
    if (!found || !bytesEqual(found.tokenHash, sha256(request.token))) return refused("sessionEnded");
    if (found.disabled) return refused("accountDisabled");
    // Only keeps the session from ageing: nothing waits for it, and a failure is not the caller's.
    store.touchSession({ session: request.session }).catch(() => log.warn("sessionNotTouched"));
    const { account, device, share, handle } = found;
    const me = { account, device, session: request.session, handle };
    return { reply: { type: "resumed", account, device, share, handle }, next: { signIn: me } };
  },
};

export const signOut: SessionOperation<"signOut"> = {
  needs: "session",
  handle: async ({ store, log }, _request, me) => {
    await store.endSession({ session: me.session });
    log.info("signedOut");
    return { reply: done, next: { signOut: true } };
  },
};
