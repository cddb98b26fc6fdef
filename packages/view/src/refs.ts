/**
 * Names of things on the screen. A ref is text made by the core from an identifier (16 bytes as 22 characters of base64url, 32 bytes as 43):
 * opaque to the screen, safe in a URL, equal exactly when the thing is the same. [U3]
 */
import { type Brand, toBase64Url } from "@megachat/base";

export type AccountRef = Brand<string, "AccountRef">;
export type ConversationRef = Brand<string, "ConversationRef">;
/** One line of a conversation: a message, a system line or a call line. Stable for the line's whole life, also while it is being sent. */
export type MessageRef = Brand<string, "MessageRef">;
export type CallRef = Brand<string, "CallRef">;
export type InvitationRef = Brand<string, "InvitationRef">;
export type AlarmRef = Brand<string, "AlarmRef">;

type Ref = AccountRef | ConversationRef | MessageRef | CallRef | InvitationRef | AlarmRef;

const shape = /^[A-Za-z0-9_-]{1,64}$/;

/** The ref of an identifier's bytes. The caller names the kind: `refOf<AccountRef>(account)`. */
export const refOf = <R extends Ref>(bytes: Uint8Array): R => toBase64Url(bytes) as R;

/** A ref read from a URL or another tab: null unless it has a ref's shape. */
export const parseRef = <R extends Ref>(text: string): R | null => (shape.test(text) ? (text as R) : null);
