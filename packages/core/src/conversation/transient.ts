/**
 * Transient messages: typing, heads, call signals. Neither stored nor ordered, and readable for members only. [C15–C17]
 *
 * key = HKDF(exporter of the epoch, leaf ‖ 16 bytes of the sender's run), nonce = counter: a counter that starts again
 * comes with new run bytes, so it never meets an old key. Signed by the device's certificate key inside the sealing,
 * since any member could derive another's key. A window of 64 refuses replays within a run.
 */
import { bytesEqual, concatBytes, Secret, toHex, u64 } from "@megachat/base";
import { aeadOpen, aeadSeal, derive, labels, pad, sign, unpad, verify } from "@megachat/crypto";
import type { Member } from "@megachat/group";
import { decode, encode, Transient, TransientBody, TransientHeader, TransientPayload } from "@megachat/wire";
import type { Window } from "./state.ts";
import { live, type Work } from "./work.ts";

const WINDOW = 64n;

/** Sends to the members that are there now. Lost without a word when we are not online. */
export function sendTransient(work: Work, payload: TransientPayload): void {
  const { conversation, context, powers } = work;
  const state = powers.engine.state(conversation.id);
  if (!context.online || !state || conversation.ended || conversation.resync.at !== "none") return;
  if (context.maySend(conversation.with) !== "yes") return;
  const counter = conversation.live.transientCounter + 1;
  const header = encode(TransientHeader, {
    type: "transientHeader",
    conversation: conversation.id,
    epoch: state.epoch,
    leaf: state.ownLeaf,
    session: context.run,
    counter,
  });
  const inner = encode(TransientPayload, payload);
  const signature = sign(labels.transient, context.self.signatureSeed, concatBytes(u64(header.length), header, inner));
  const plaintext = pad(TransientBody.id, encode(TransientBody, { type: "transientBody", payload: inner, signature }));
  using key = transientKey(work, state.ownLeaf, context.run);
  if (!key) return;
  const ciphertext = key.open((bytes) => aeadSeal(bytes, nonceOf(counter), header, plaintext));
  live(work, { transientCounter: counter });
  const body = encode(Transient, { type: "transient", header, ciphertext });
  work.effects.push({
    type: "ask",
    key: `conversation:${work.hex}:transient`,
    request: { type: "sendTransient", log: conversation.id, body },
  });
}

export interface OpenedTransient {
  readonly sender: Member;
  /** Run and counter: they name this message. */
  readonly session: Uint8Array<ArrayBuffer>;
  readonly counter: number;
  readonly payload: TransientPayload;
}

/** What another member said, or null: of another epoch, a replay, not signed by the leaf it names, junk. */
export function openTransient(work: Work, body: Uint8Array): OpenedTransient | null {
  const outer = decode(Transient, body);
  const header = outer.ok ? decode(TransientHeader, outer.value.header) : outer;
  if (!outer.ok || !header.ok) return null;
  const { conversation, epoch, leaf, session, counter } = header.value;
  const state = work.powers.engine.state(work.conversation.id);
  const sender = state?.members.find((member) => member.leaf === leaf);
  if (!state || !sender || epoch !== state.epoch || leaf === state.ownLeaf) return null;
  if (!bytesEqual(conversation, work.conversation.id)) return null;
  const name = `${leaf}:${epoch}:${toHex(session)}`;
  const slid = slide(work.conversation.live.windows.get(name), counter);
  if (!slid) return null;
  using key = transientKey(work, leaf, session);
  const opened = key?.open((bytes) => aeadOpen(bytes, nonceOf(counter), outer.value.header, outer.value.ciphertext));
  const unpadded = opened?.ok ? unpad(TransientBody.id, opened.value) : null;
  const inner = unpadded?.ok ? decode(TransientBody, unpadded.value) : null;
  if (!inner?.ok) return null;
  const signed = concatBytes(u64(outer.value.header.length), outer.value.header, inner.value.payload);
  if (!verify(labels.transient, sender.certificate.signatureKey, signed, inner.value.signature)) return null;
  // The window moves only for what is proved: junk cannot push honest messages out of it.
  live(work, { windows: bounded(work.conversation.live.windows).set(name, slid) });
  const payload = decode(TransientPayload, inner.value.payload);
  return payload.ok ? { sender, session, counter, payload: payload.value } : null;
}

function transientKey(work: Work, leaf: number, run: Uint8Array): Secret<Uint8Array<ArrayBuffer>> | null {
  const { engine } = work.powers;
  const exported = engine.exportSecret({
    conversation: work.conversation.id,
    label: "megachat/transient/v1",
    context: work.conversation.id,
    length: 32,
  });
  if (!exported.ok) return null;
  using parent = new Secret(Uint8Array.from(exported.value));
  return derive(labels.transientKey, parent, concatBytes(u64(leaf), run));
}

const nonceOf = (counter: number): Uint8Array => concatBytes(new Uint8Array(4), u64(counter));

/** The window after `counter`, or null when it was seen or is too old to tell. */
export function slide(window: Window | undefined, counter: number): Window | null {
  if (!window) return { highest: counter, seen: 1n };
  if (counter > window.highest) {
    const ahead = BigInt(counter - window.highest);
    const kept = ahead >= WINDOW ? 0n : (window.seen << ahead) & ((1n << WINDOW) - 1n);
    return { highest: counter, seen: kept | 1n };
  }
  const back = BigInt(window.highest - counter);
  if (back >= WINDOW || (window.seen >> back) & 1n) return null;
  return { highest: window.highest, seen: window.seen | (1n << back) };
}

/** Runs come and go; the oldest windows give way. */
function bounded(windows: ReadonlyMap<string, Window>): Map<string, Window> {
  const kept = new Map(windows);
  for (const name of kept.keys()) {
    if (kept.size < 32) break;
    kept.delete(name);
  }
  return kept;
}
