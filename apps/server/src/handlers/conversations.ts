/** Logs: founding, appending, reading, and what passes without being kept. [S20]–[S25] [S29] */
import { toHex } from "@megachat/base";
import { CommitData, decode, readMlsHeader, type Reply } from "@megachat/wire";
import { done, refused, slowDown, type RequestOf, type SessionOperation, type SignedIn } from "../operation.ts";
import { pushInbox, pushRow, pushTransient } from "../pushes.ts";
import type { Services } from "../services.ts";
import { sha256 } from "../sha256.ts";
import type { AppendOutcome, Draft } from "../store/port.ts";
import { takeBytes } from "../take-bytes.ts";

/** A page of rows and its frame stay below MAX_FRAME. */
const MAX_PAGE = 786_432;
const MAX_HEADS = 500;

type DraftRequest = RequestOf<"append"> | RequestOf<"foundConversation">;

/**
 * The draft with what its commit's data names, or undefined when the parts do not fit together. Only commits carry a
 * GroupInfo, and a Welcome exactly when they add devices.
 */
function draftOf(request: DraftRequest): Draft | undefined {
  const { log, generation, turn, kind, sequence, body, welcome, groupInfo } = request;
  const bare = { log, generation, turn, kind, sequence, body, bodyHash: sha256(body), welcome, groupInfo, added: [], removed: [] };
  if (body.length === 0 || (welcome && kind !== "commit") || (groupInfo && kind !== "commit")) return undefined;
  if (kind !== "commit") return bare;
  const header = readMlsHeader(body);
  if (!header.ok || header.value.content !== "commit" || header.value.wireFormat !== "private") return undefined;
  const data = decode(CommitData, header.value.authenticatedData);
  if (!data.ok || data.value.added.length > 0 !== (welcome !== null)) return undefined;
  const { added, removed } = data.value;
  return distinct(added) && distinct(removed) ? { ...bare, added, removed } : undefined;
}

const distinct = (ids: readonly Uint8Array[]): boolean => new Set(ids.map(toHex)).size === ids.length;

export const foundConversation: SessionOperation<"foundConversation"> = {
  needs: "session",
  handle: async (services, request, me) => {
    const { store, clock, buckets } = services;
    const draft = draftOf(request);
    if (!draft || (request.suite !== 1 && request.suite !== 2)) return refused("invalid");
    const wait = buckets.bytesPerAccount.take(toHex(me.account), sizeOf(draft));
    if (wait > 0) return slowDown(wait);
    const outcome = await store.found({ speaker: me, with: request.with, suite: request.suite, draft, now: clock.now() });
    switch (outcome.type) {
      case "exists":
        return outcome;
      case "appended":
      case "refused":
        return answer(services, me, draft, outcome);
      case "staleTurn":
      case "outOfSequence":
        // A conversation of this id has gone on without this row: it is no founding.
        return refused("invalid");
    }
  },
};

export const append: SessionOperation<"append"> = {
  needs: "session",
  handle: async (services, request, me) => {
    const { store, clock, buckets, holds } = services;
    const draft = draftOf(request);
    if (!draft) return refused("invalid");
    const wait = Math.max(
      buckets.bytesPerAccount.take(toHex(me.account), sizeOf(draft)),
      draft.kind === "externalCommit" ? buckets.externalCommitsPerDevice.take(toHex(me.device)) : 0,
    );
    if (wait > 0) return slowDown(wait);
    const isCommit = draft.kind === "commit" || draft.kind === "externalCommit";
    const held = isCommit && draft.removed.length === 0 ? holds.wait(draft.log, draft.turn, me.device) : 0;
    if (held > 0) return slowDown(held);
    const outcome = await store.append({ speaker: me, draft, now: clock.now() });
    if (outcome.type === "staleTurn") {
      if (draft.kind === "application") holds.refused(draft.log, outcome.turn, me.device);
      return outcome;
    }
    if (outcome.type === "outOfSequence") return outcome;
    if (outcome.type === "exists") return refused("invalid");
    return answer(services, me, draft, outcome);
  },
};

const sizeOf = (draft: Draft): number => draft.body.length + (draft.welcome?.length ?? 0) + (draft.groupInfo?.length ?? 0);

/** Tells everyone first and the sender last: when the answer comes, all rows up to it have been pushed. */
function answer(
  { bus, holds, log }: Services,
  me: SignedIn,
  draft: Draft,
  outcome: Extract<AppendOutcome, { type: "appended" | "refused" }>,
): Extract<Reply, { type: "appended" | "refused" }> {
  if (outcome.type === "refused") return refused(outcome.reason);
  const { row, fresh, devices, welcomes } = outcome;
  holds.stored(draft.log, me.device);
  if (fresh) pushRow(bus, devices, draft.log, row);
  for (const welcome of welcomes) pushInbox(bus, welcome);
  log.debug("rowStored", { kind: row.kind, bytes: row.body.length, devices: devices.length, fresh });
  return { type: "appended", position: row.position, time: row.time };
}

export const fetchRows: SessionOperation<"fetchRows"> = {
  needs: "session",
  handle: async ({ store }, request, me) => {
    const { log, after } = request;
    const page = await store.rows({ speaker: me, log, after, maxBytes: Math.min(request.maxBytes, MAX_PAGE) });
    return page ? { type: "rows", ...page } : refused("notMember");
  },
};

export const acknowledge: SessionOperation<"acknowledge"> = {
  needs: "session",
  handle: async ({ store }, request, me) =>
    (await store.acknowledge({ speaker: me, log: request.log, position: request.position })) ? done : refused("notMember"),
};

export const fetchHeads: SessionOperation<"fetchHeads"> = {
  needs: "session",
  handle: async ({ store }, request, me) => {
    const found = await store.heads({ speaker: me, after: request.after, limit: MAX_HEADS + 1 });
    return { type: "heads", heads: found.slice(0, MAX_HEADS), more: found.length > MAX_HEADS };
  },
};

export const postGroupInfo: SessionOperation<"postGroupInfo"> = {
  needs: "session",
  handle: async ({ store, buckets }, request, me) => {
    const wait = buckets.bytesPerAccount.take(toHex(me.account), request.groupInfo.length);
    if (wait > 0) return slowDown(wait);
    const { log, turn, groupInfo } = request;
    const outcome = await store.postGroupInfo({ speaker: me, log, turn, groupInfo });
    if (outcome === "notMember") return refused("notMember");
    return outcome === "posted" ? done : { type: "staleTurn", ...outcome };
  },
};

export const fetchGroupInfo: SessionOperation<"fetchGroupInfo"> = {
  needs: "session",
  handle: async ({ store }, request, me) => {
    const found = await store.groupInfos({ speaker: me, log: request.log });
    if (!found) return refused("notMember");
    // Newest first, as many as a frame holds.
    const { page } = takeBytes(found.groupInfos, (each) => each.length, MAX_PAGE);
    return { type: "groupInfos", turn: found.turn, groupInfos: page };
  },
};

export const sendTransient: SessionOperation<"sendTransient"> = {
  needs: "session",
  handle: async ({ store, bus, buckets }, request, me) => {
    const wait = buckets.transientsPerAccount.take(toHex(me.account));
    if (wait > 0) return slowDown(wait);
    const devices = await store.membersOf({ speaker: me, log: request.log });
    if (!devices) return refused("notMember");
    const others = devices.filter((device) => toHex(device) !== toHex(me.device));
    pushTransient(bus, others, request.log, request.body);
    return done;
  },
};
