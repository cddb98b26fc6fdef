/** The engine: all operations on one desk. */
import { bytesEqual, err, ok, type Result } from "@megachat/base";
import { signingKeyOf } from "@megachat/crypto";
import { readCertificate } from "./certificate.ts";
import { commitChange, createConversation } from "./commits.ts";
import { forgetView, view, type Desk } from "./desk.ts";
import type { ConversationId, ConversationState, Device, Engine, Row, RowChange, SealError } from "./engine.ts";
import { checkKeyPackage, makeKeyPackage } from "./key-packages.ts";
import { call, must, type Mls } from "./mls.ts";
import { notesOf } from "./notes.ts";
import { openRow } from "./open.ts";
import { adoptPending, dropPending } from "./pending.ts";
import { confirmResync, externalCommit, revertResync } from "./resync.ts";
import { adoptWelcome, dropWelcome, stageWelcome, type StagedWelcome } from "./welcome.ts";

/** An engine with nothing in it. Throws if the device's key and certificate do not belong together: a bug. */
export function createEngine(mls: Mls, device: Device): Engine {
  const certificate = readCertificate(device.certificate);
  if (!certificate.ok) throw new Error("the device's certificate cannot be read");
  const publicKey = signingKeyOf(device.signatureSeed);
  if (!bytesEqual(publicKey, certificate.value.signatureKey)) throw new Error("the device's key is not its certificate's");
  const engine = must(() => device.signatureSeed.open((seed) => mls.newEngine(device.certificate, seed, publicKey)));
  const desk: Desk = {
    mls: engine,
    notes: notesOf(engine),
    credential: device.certificate,
    certificate: certificate.value,
    views: new Map(),
  };
  return engineOn(desk);
}

/** An engine as it was when these rows were written. */
export function restoreEngine(mls: Mls, device: Device, rows: Iterable<Row>): Engine {
  const engine = createEngine(mls, device);
  engine.loadRows(rows);
  return engine;
}

function engineOn(desk: Desk): Engine {
  let staged: StagedWelcome | undefined;
  const takeStaged = (): StagedWelcome => {
    if (!staged) throw new Error("no Welcome is staged");
    const taken = staged;
    staged = undefined;
    return taken;
  };
  /** A staged Welcome is half a step; anything else in between would become part of it. */
  const alone = <A extends readonly unknown[], R>(work: (...wanted: A) => R) => {
    return (...wanted: A): R => {
      if (staged) throw new Error("a Welcome is staged: adopt or drop it first");
      return work(...wanted);
    };
  };

  return {
    takeChanges: alone(() => takeChanges(desk)),
    rollback: () => {
      staged = undefined;
      must(() => desk.mls.rollback());
      desk.views.clear();
    },
    loadRows: alone((rows: Iterable<Row>) => {
      for (const { key, value } of rows) must(() => desk.mls.loadRow(key, value));
      desk.views.clear();
    }),
    conversationOfRow,
    unload: alone((id: ConversationId) => {
      must(() => desk.mls.unload(id));
      forgetView(desk, id);
    }),

    keyPackage: alone((wanted) => makeKeyPackage(desk, wanted)),
    forgetKeyPackage: alone((reference) => must(() => desk.mls.dropKeyPackage(reference))),
    checkKeyPackage: alone((bytes, expected) => checkKeyPackage(desk, bytes, expected)),

    state: (id) => stateOf(desk, id),
    createConversation: alone((wanted) => createConversation(desk, wanted)),
    commitChange: alone((id, change) => commitChange(desk, id, change)),
    externalCommit: alone((wanted) => externalCommit(desk, wanted)),
    adoptPending: alone((id) => adoptPending(desk, id)),
    dropPending: alone((id) => dropPending(desk, id)),
    carryOn: alone((id) => desk.notes.setDoubt(id, undefined)),
    confirmResync: alone((id) => confirmResync(desk, id)),
    revertResync: alone((id) => revertResync(desk, id)),

    stageWelcome: alone((bytes) => {
      const result = stageWelcome(desk, bytes);
      if (!result.ok) return result;
      staged = result.value.staged;
      return ok(result.value.facts);
    }),
    adoptWelcome: () => {
      const taken = takeStaged();
      adoptWelcome(desk, taken);
      const state = stateOf(desk, taken.id);
      if (!state) throw new Error("a joined conversation cannot be read");
      return state;
    },
    dropWelcome: () => dropWelcome(desk, takeStaged()),

    seal: alone((id, plaintext, data) => seal(desk, id, plaintext, data)),
    open: alone((id, row) => openRow(desk, id, row)),
    groupInfo: alone((id) => knownConversation(call(() => desk.mls.groupInfo(id)))),
    exportSecret: alone(({ conversation, label, context, length, of = "present" }) => {
      const read = (): Uint8Array => {
        if (of === "present") return desk.mls.exportSecret(conversation, label, context, length);
        const external = desk.notes.pending(conversation)?.kind === "external";
        return external
          ? desk.mls.exportCandidate(conversation, label, context, length)
          : desk.mls.exportPending(conversation, label, context, length);
      };
      return knownConversation(call(read));
    }),

    forget: alone((id) => {
      must(() => desk.mls.destroy(id));
      desk.notes.turn(id);
      desk.notes.setUnconfirmed(id, false);
      forgetView(desk, id);
    }),
    dispose: () => desk.mls.free(),
  };
}

const knownConversation = <T, E>(result: Result<T, E>): Result<T, { readonly type: "unknownConversation" }> =>
  result.ok ? result : err({ type: "unknownConversation" });

function takeChanges(desk: Desk): readonly RowChange[] {
  const flat = must(() => desk.mls.takeChanges()) ?? [];
  const changes: RowChange[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const key = flat[i];
    if (key) changes.push({ key, value: flat[i + 1] });
  }
  return changes;
}

/** Keys of a conversation's rows begin with a scope from 1 to 4, then the id with its length. See crate/src/store.rs. */
function conversationOfRow(key: Uint8Array): ConversationId | undefined {
  const scope = key[0] ?? 0;
  return scope >= 1 && scope <= 4 && key[1] === 16 ? key.slice(2, 18) : undefined;
}

function stateOf(desk: Desk, id: ConversationId): ConversationState | undefined {
  const now = view(desk, id);
  if (!now) return undefined;
  return {
    conversation: id,
    ...now,
    pending: desk.notes.pending(id)?.kind,
    doubt: desk.notes.doubt(id),
    unconfirmed: desk.notes.unconfirmed(id),
  };
}

function seal(
  desk: Desk,
  id: ConversationId,
  plaintext: Uint8Array,
  data: Uint8Array,
): Result<{ body: Uint8Array; epoch: number }, SealError> {
  const now = view(desk, id);
  if (!now) return err({ type: "unknownConversation" });
  if (desk.notes.doubt(id)) return err({ type: "inDoubt" });
  // A conversation that the server does not know, and one that we are about to join anew, have no row to seal for.
  const pending = desk.notes.pending(id)?.kind;
  if (pending === "create" || pending === "external") return err({ type: "pending" });
  const body = must(() => desk.mls.seal(id, plaintext, data));
  desk.notes.addOwn(id, body);
  return ok({ body, epoch: now.epoch });
}
