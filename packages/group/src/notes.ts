/**
 * What the engine remembers about a conversation beside MLS's own state. Notes live in the same rows and transactions, so
 * that after a crash they fit the keys they speak of. [G20–G22] [G24] [G25]
 */
import { concatBytes, instant, u64, type Instant } from "@megachat/base";
import { sha256 } from "@megachat/crypto";
import type { Engine as MlsEngine } from "@megachat/mls";
import type { ConversationId, Doubt, PendingKind } from "./engine.ts";
import { must } from "./mls.ts";

const label = (letter: string): Uint8Array => Uint8Array.of(letter.charCodeAt(0));
const FLOOR = label("f");
const PENDING = label("p");
const DOUBT = label("d");
const UNCONFIRMED = label("u");
const OWN = label("o");

const pendingKinds: readonly PendingKind[] = ["create", "change", "external"];
const doubts: readonly Doubt[] = ["pathFailed", "removed"];

export interface PendingNote {
  readonly kind: PendingKind;
  /** The commit's time: its adoption reports it, maybe after a restart. */
  readonly time: Instant;
  /** SHA-256 of the row's body. */
  readonly hash: Uint8Array;
}

const readU64 = (bytes: Uint8Array): number => bytes.reduce((value, byte) => value * 256 + byte, 0);

export interface Notes {
  /** The highest epoch ever adopted here; −1 for none. Outlives the conversation. */
  readonly floor: (id: ConversationId) => number;
  readonly raiseFloor: (id: ConversationId, epoch: number) => void;
  /** Only for epochs that proved to be nobody's. */
  readonly lowerFloor: (id: ConversationId, epoch: number) => void;
  readonly pending: (id: ConversationId) => PendingNote | undefined;
  readonly setPending: (id: ConversationId, note: PendingNote | undefined) => void;
  readonly doubt: (id: ConversationId) => Doubt | undefined;
  readonly setDoubt: (id: ConversationId, doubt: Doubt | undefined) => void;
  readonly unconfirmed: (id: ConversationId) => boolean;
  readonly setUnconfirmed: (id: ConversationId, unconfirmed: boolean) => void;
  /** Remembers a row that we are about to send. */
  readonly addOwn: (id: ConversationId, body: Uint8Array) => void;
  /** Whether we sent this row; it is forgotten with the answer. */
  readonly takeOwn: (id: ConversationId, body: Uint8Array) => boolean;
  /** Forgets all rows sent in an epoch that is over: the server takes no such row any more. */
  readonly dropOwn: (id: ConversationId) => void;
  /** A new epoch: what was pending, sent or in doubt in the one before is over. */
  readonly turn: (id: ConversationId) => void;
}

export function notesOf(mls: MlsEngine): Notes {
  const read = (id: ConversationId, name: Uint8Array): Uint8Array | undefined => must(() => mls.note(id, name));
  const write = (id: ConversationId, name: Uint8Array, value: Uint8Array | undefined): void =>
    must(() => mls.setNote(id, name, value));
  const flag = (byte: number): Uint8Array => Uint8Array.of(byte);

  const notes: Notes = {
    floor: (id) => {
      const note = read(id, FLOOR);
      return note ? readU64(note) : -1;
    },
    raiseFloor: (id, epoch) => {
      if (epoch > notes.floor(id)) write(id, FLOOR, u64(epoch));
    },
    lowerFloor: (id, epoch) => write(id, FLOOR, u64(epoch)),
    pending: (id) => {
      const note = read(id, PENDING);
      const kind = pendingKinds[note?.[0] ?? -1];
      return note && kind ? { kind, time: instant(readU64(note.subarray(1, 9))), hash: note.subarray(9) } : undefined;
    },
    setPending: (id, note) =>
      write(id, PENDING, note && concatBytes(flag(pendingKinds.indexOf(note.kind)), u64(note.time), note.hash)),
    doubt: (id) => doubts[read(id, DOUBT)?.[0] ?? -1],
    setDoubt: (id, doubt) => {
      if (doubt !== notes.doubt(id)) write(id, DOUBT, doubt && flag(doubts.indexOf(doubt)));
    },
    unconfirmed: (id) => read(id, UNCONFIRMED) !== undefined,
    setUnconfirmed: (id, unconfirmed) => {
      if (unconfirmed !== notes.unconfirmed(id)) write(id, UNCONFIRMED, unconfirmed ? flag(1) : undefined);
    },
    addOwn: (id, body) => write(id, concatBytes(OWN, sha256(body)), flag(1)),
    takeOwn: (id, body) => {
      const name = concatBytes(OWN, sha256(body));
      if (read(id, name) === undefined) return false;
      write(id, name, undefined);
      return true;
    },
    dropOwn: (id) => {
      for (const name of must(() => mls.noteLabels(id, OWN))) write(id, name, undefined);
    },
    turn: (id) => {
      notes.dropOwn(id);
      notes.setDoubt(id, undefined);
      if (read(id, PENDING)) write(id, PENDING, undefined);
    },
  };
  return notes;
}
