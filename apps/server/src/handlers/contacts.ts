/** Looking people up, contact requests and inboxes. [S18] [S26] [S28] */
import { bytesEqual, toHex } from "@megachat/base";
import { parseHandle, type Reply } from "@megachat/wire";
import { done, refused, slowDown, type Caller, type OpenOperation, type SessionOperation, type SignedIn } from "../operation.ts";
import { pushInbox } from "../pushes.ts";
import type { Services } from "../services.ts";
import { sha256 } from "../sha256.ts";
import type { Faces } from "../store/port.ts";

/** An inbox page and its frame stay below MAX_FRAME with the largest Welcome. */
const INBOX_PAGE = 200_000;

const found = (faces: Faces | null): Extract<Reply, { type: "found" | "refused" }> =>
  faces ? { type: "found", ...faces } : refused("notFound");

// That a name exists can be learnt by asking, so asking is dear: by account, and by address for who makes accounts.
const mayLookUp = ({ buckets }: Services, me: SignedIn, { address }: Caller): number =>
  Math.max(buckets.lookUpsPerAccount.take(toHex(me.account)), buckets.lookUpsPerAddress.take(address));

export const lookUpHandle: SessionOperation<"lookUpHandle"> = {
  needs: "session",
  handle: async (services, request, me, caller) => {
    const handle = parseHandle(request.handle);
    if (!handle.ok) return refused("notFound");
    // Looking oneself up tells nothing.
    const wait = handle.value === me.handle ? 0 : mayLookUp(services, me, caller);
    return wait > 0 ? slowDown(wait) : found(await services.store.facesByHandle({ handle: handle.value }));
  },
};

/** An invitation is read before its reader has an account. Who knows the hash was given it. */
export const lookUpIdentity: OpenOperation<"lookUpIdentity"> = {
  needs: "nothing",
  handle: async ({ store, buckets }, request, { address }) => {
    const wait = buckets.lookUpsPerAddress.take(address);
    return wait > 0 ? slowDown(wait) : found(await store.facesByIdentity({ identityHash: request.identityHash }));
  },
};

/** By account id: 16 random bytes that only contacts know. Clients ask often, to see a change of devices. */
export const lookUpAccount: SessionOperation<"lookUpAccount"> = {
  needs: "session",
  handle: async ({ store }, request) => found(await store.facesByAccount({ account: request.account })),
};

export const sendRequest: SessionOperation<"sendRequest"> = {
  needs: "session",
  handle: async ({ store, buckets, bus, log }, request, me) => {
    if (bytesEqual(request.to, me.account)) return refused("invalid");
    const pair = `${toHex(me.account)} ${toHex(request.to)}`;
    const wait = Math.max(buckets.contactRequestsPerPair.take(pair), buckets.contactRequestsPerAccount.take(toHex(me.account)));
    if (wait > 0) return slowDown(wait);
    const outcome = await store.sendRequest({
      from: me.account,
      to: request.to,
      sealed: request.sealed,
      bodyHash: sha256(request.sealed),
    });
    if (outcome.type === "refused") return refused(outcome.reason);
    log.debug("requestSent", { fresh: outcome.delivery !== null });
    if (outcome.delivery) pushInbox(bus, outcome.delivery);
    return done;
  },
};

export const fetchInbox: SessionOperation<"fetchInbox"> = {
  needs: "session",
  handle: async ({ store }, request, me) => ({
    type: "inbox",
    ...(await store.inbox({ speaker: me, after: request.after, maxBytes: INBOX_PAGE })),
  }),
};

export const clearInbox: SessionOperation<"clearInbox"> = {
  needs: "session",
  handle: async ({ store }, request, me) => {
    await store.clearInbox({ speaker: me, item: request.item });
    return done;
  },
};

export const publishKeyPackages: SessionOperation<"publishKeyPackages"> = {
  needs: "session",
  handle: async ({ store, buckets }, request, me) => {
    const { keyPackages, lastResort } = request;
    const size = keyPackages.reduce((sum, each) => sum + each.length, lastResort?.length ?? 0);
    const wait = buckets.bytesPerAccount.take(toHex(me.account), size);
    if (wait > 0) return slowDown(wait);
    const outcome = await store.publishKeyPackages({ device: me.device, keyPackages, lastResort });
    return outcome === "published" ? done : refused("full");
  },
};

export const takeKeyPackages: SessionOperation<"takeKeyPackages"> = {
  needs: "session",
  handle: async ({ store, buckets }, request, me) => {
    const wait = buckets.keyPackagesPerPair.take(`${toHex(me.account)} ${toHex(request.account)}`);
    if (wait > 0) return slowDown(wait);
    const taken = await store.takeKeyPackages({ asker: me.account, account: request.account });
    if (!taken) return refused("notFound");
    return taken.length > 0 ? { type: "keyPackages", keyPackages: taken } : refused("noKeyPackages");
  },
};
