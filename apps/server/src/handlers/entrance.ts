/** Hello and sign-up. [S10] [S11] [S12] */
import { registrationResponse } from "@megachat/auth/server";
import { bytesEqual, encodeUtf8 } from "@megachat/base";
import { encode, parseHandle, PROTOCOL, SignUpFinish } from "@megachat/wire";
import { checkPublished } from "../published.ts";
import { refused, slowDown, type OpenOperation } from "../operation.ts";
import type { Services } from "../services.ts";
import { sha256 } from "../sha256.ts";
import { newSession } from "./new-session.ts";

export const hello: OpenOperation<"hello"> = {
  needs: "nothing",
  handle: async ({ clock, setups, signUp }, request, caller) => {
    caller.greeted = request.protocol === PROTOCOL;
    if (!caller.greeted) return refused("protocol");
    return { type: "helloAnswer", time: clock.now(), signUp, setup: setups.current.id, setupKey: setups.current.publicKey };
  },
};

export const signUpStart: OpenOperation<"signUpStart"> = {
  needs: "nothing",
  handle: async (services, request, { address }) => {
    const { store, setups, buckets } = services;
    const wait = buckets.signUpsPerAddress.take(address);
    if (wait > 0) return slowDown(wait);
    const handle = parseHandle(request.handle);
    if (!handle.ok || handle.value !== request.handle) return refused("nameNotAllowed");
    const closed = await whyClosed(services, request.invitation);
    if (closed) return refused(closed);
    if (await store.isHandleTaken({ handle: handle.value })) return refused("nameTaken");
    const { id, secret } = setups.current;
    const response = registrationResponse(secret, handle.value, request.request);
    return response.ok ? { type: "signUpAnswer", setup: id, response: response.value } : refused("invalid");
  },
};

async function whyClosed(
  { store, signUp, clock }: Services,
  invitation: string | null,
): Promise<"signUpClosed" | "invitationInvalid" | undefined> {
  if (signUp === "open") return undefined;
  if (signUp === "closed") return "signUpClosed";
  const good = invitation !== null && (await store.isInvitationGood({ codeHash: invitationHash(invitation), now: clock.now() }));
  return good ? undefined : "invitationInvalid";
}

/** Invitation codes are kept as this hash. Spaces, hyphens and case are how people copy, not what the code is. */
export const invitationHash = (code: string): Uint8Array<ArrayBuffer> =>
  sha256(encodeUtf8(code.toUpperCase().replace(/[\s-]/g, "")));

export const signUpFinish: OpenOperation<"signUpFinish"> = {
  needs: "nothing",
  handle: async (services, request, { address }) => {
    const { store, setups, buckets, clock, log, random, signUp } = services;
    const wait = buckets.signUpsPerAddress.take(address);
    if (wait > 0) return slowDown(wait);
    const handle = parseHandle(request.handle);
    if (!handle.ok || handle.value !== request.handle) return refused("nameNotAllowed");
    if (signUp === "closed") return refused("signUpClosed");
    if (signUp === "invitation" && request.invitation === null) return refused("invitationInvalid");
    if (!bytesEqual(request.setup, setups.current.id)) return refused("ticketExpired");
    const published = checkPublished(request);
    if (!published.ok) return refused("invalid");

    const { session, answer } = newSession(random, request.share);
    const outcome = await store.signUp({
      account: {
        ...request,
        signatureKey: published.value.signatureKey,
        signUpHash: repetitionHash(request),
        invitationHash: signUp === "invitation" && request.invitation !== null ? invitationHash(request.invitation) : null,
      },
      session,
      now: clock.now(),
    });
    switch (outcome.type) {
      case "nameTaken":
      case "invitationInvalid":
        return refused(outcome.type);
      case "taken":
        return refused("invalid");
      case "signedUp": {
        log.info("signedUp");
        const { account, device } = request;
        const me = { account, device, session: session.session, handle: handle.value };
        return { reply: { type: "session", account, device, ...answer }, next: { signIn: me } };
      }
    }
  },
};

/** Equal for a repetition after a lost answer. The share is drawn anew for each attempt, so it stays out. */
function repetitionHash(request: Parameters<typeof signUpFinish.handle>[1]): Uint8Array<ArrayBuffer> {
  return sha256(encode(SignUpFinish, { ...request, share: new Uint8Array(32) }));
}
