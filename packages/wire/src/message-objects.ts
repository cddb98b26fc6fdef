/**
 * What travels inside a conversation's sealed rows, and beside them as transient messages. Design: conversations. [C5–C14]
 *
 * Nothing here is ever seen by the server: the outermost of these is the plaintext of an MLS application message (padded)
 * or of a transient message.
 */
import {
  bytes,
  choice,
  fixed,
  hash32,
  id16,
  list,
  nullable,
  object,
  oneOf,
  struct,
  text,
  u32,
  u53,
  type ValueOf,
} from "./codec.ts";
import { signature } from "./account-objects.ts";

/** Longest text of one message, in UTF-8 bytes. */
export const MAX_TEXT = 65_536;
/** SHA-256 based MIMI message id: one byte of algorithm, 31 of hash. */
export const messageId = fixed(32);

/**
 * The plaintext of an application row: what the sender had seen, so that gaps and forks get a name, and the content.
 * `counter` counts this device's messages in this conversation from 1.
 */
export const Message = object("message", 0x0b01, 1, {
  counter: u53,
  /** Position and chain hash of the last row that the sender had processed. */
  seen: u53,
  seenHash: hash32,
  /** Version and hash of the sender's newest device list. */
  listVersion: u53,
  listHash: hash32,
  /** The sender's wall clock, ms since 1970. */
  sentAt: u53,
  /** Said before, at this position of the log, and again because it was asked for; null for what is said the first time. */
  again: nullable(u53),
  /** MIMI content (draft-ietf-mimi-content). */
  content: bytes(MAX_TEXT + 4096),
});
export type Message = ValueOf<typeof Message>;

/** Content of media type `application/vnd.megachat.receipt`: how far one account has got, in log positions. */
export const Receipt = object("receipt", 0x0b02, 1, { delivered: u53, read: nullable(u53) });
export type Receipt = ValueOf<typeof Receipt>;

/** Media types of the parts that this product writes. */
export const mediaType = {
  text: "text/plain;charset=utf-8",
  receipt: "application/vnd.megachat.receipt",
  call: "application/vnd.megachat.call",
  resend: "application/vnd.megachat.resend",
  profile: "application/vnd.megachat.profile",
} as const;

/** Stretches of a log that one question may name. */
export const MAX_STRETCHES = 16;
/**
 * Content of media type `application/vnd.megachat.resend`: what stood at these positions, both ends included, did not
 * open for us; whoever said it may say it again.
 */
export const Resend = object("resend", 0x0b03, 1, { stretches: list(struct({ from: u53, to: u53 }), MAX_STRETCHES) });
export type Resend = ValueOf<typeof Resend>;

/** Content of media type `application/vnd.megachat.profile`: how the sender is called from now on; empty for by the handle. */
export const ProfileName = object("profileName", 0x0b04, 1, { displayName: text(320) });
export type ProfileName = ValueOf<typeof ProfileName>;

// —— Transient messages ——————————————————————————————————————————————————————————————————————————————————

/** In clear around a transient message: what a receiver needs to derive its key. The server sees no more than this. */
export const TransientHeader = object("transientHeader", 0x0801, 1, {
  conversation: id16,
  epoch: u53,
  leaf: u32,
  /** 16 random bytes of this run of the sender's worker: a counter that starts again never meets an old key. */
  session: id16,
  counter: u53,
});
export type TransientHeader = ValueOf<typeof TransientHeader>;

/** A transient message on the wire. `signature` is the device key's over header and payload, inside the sealing. */
export const Transient = object("transient", 0x0802, 1, { header: bytes(256), ciphertext: bytes(16_000) });
export const TransientBody = object("transientBody", 0x0803, 1, { payload: bytes(12_000), signature });

export const Typing = object("typing", 0x0811, 1, { active: choice(["no", "yes"]) });
/**
 * A signed head: the newest row the sender has processed. `echo` names the newest head that the sender has heard, by its
 * run and counter: a head kept back or played again names none of ours of late, and so proves nothing about now.
 */
export const Head = object("head", 0x0812, 1, {
  position: u53,
  hash: hash32,
  turn: u53,
  echo: nullable(struct({ session: id16, counter: u53 })),
});
/** A call signal; its own objects are declared with the calls. */
export const CallSignalEnvelope = object("callSignal", 0x0813, 1, { signal: bytes(11_000) });
export const transientPayloads = [Typing, Head, CallSignalEnvelope] as const;
export const TransientPayload = oneOf(transientPayloads);
export type TransientPayload = ValueOf<typeof TransientPayload>;
