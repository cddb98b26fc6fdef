/** What each intent's argument must be. A tab's intents and those relayed from other tabs are judged by the same table. [V30] */
import {
  isIntentName,
  type AccountRef,
  type AlarmRef,
  type Ask,
  type CallRef,
  type ConversationRef,
  type Intent,
  type IntentName,
  type InvitationRef,
  type MessageRef,
} from "@megachat/view";
import { either, flag, integer, isRecord, listOf, orNull, ref, shape, someOf, text, word, type Check } from "./check.ts";

// A ref is text of a ref's shape: which kind it is, only its use can tell.
const account = ref as Check<AccountRef>;
const conversation = ref as Check<ConversationRef>;
const message = ref as Check<MessageRef>;
const call = ref as Check<CallRef>;
const invitation = ref as Check<InvitationRef>;
const alarm = ref as Check<AlarmRef>;

// Bounds are generous: what a person may type is judged, with words for people, by the core.
const handle = text(256);
const password = text(4096);
const shortText = text(4096);
const fragment = text(512);
/** 64 KiB of UTF-8 and more, so that the core can say by how much a text is too long. */
const longText = text(1 << 20);
const media = word("audio", "video");
const limit = integer(1, 200);
const order = integer(0, Number.MAX_SAFE_INTEGER);
const nothing = shape({});

const page = either(
  either(shape({ from: word("latest", "firstUnread"), limit }), shape({ from: word("around"), message, limit })),
  shape({ from: word("before", "after"), order, limit }),
);

const asks: { readonly [N in IntentName]: Check<Ask<N>> } = {
  signUp: shape({ handle, password, displayName: orNull(shortText), signUpCode: orNull(text(256)) }),
  signIn: shape({ handle, password }),
  cancelWork: nothing,
  signOut: shape({ forget: flag }),
  checkPassword: shape({ password, handle }),
  suggestPassword: nothing,
  setDisplayName: shape({ displayName: shortText }),
  showRecoveryKey: shape({ password: orNull(password) }),
  confirmRecoveryKey: shape({ words: listOf(shape({ position: integer(0, 63), word: text(64) }), 64) }),
  postponeRecoveryKey: nothing,
  lookUp: shape({ handle }),
  sendRequest: shape({ account, text: shortText, invitation: orNull(fragment) }),
  withdrawRequest: shape({ account }),
  acceptRequest: shape({ account }),
  declineRequest: shape({ account, block: flag }),
  block: shape({ account }),
  unblock: shape({ account }),
  removeContact: shape({ account }),
  safetyNumber: shape({ account }),
  markVerified: shape({ account, digits: text(128) }),
  clearVerified: shape({ account }),
  acceptChangedKey: shape({ account, digits: text(128) }),
  createInvitation: nothing,
  revokeInvitation: shape({ invitation }),
  openInvitation: shape({ handle, fragment }),
  showConversation: shape({ conversation, visible: flag }),
  hideConversation: shape({ conversation }),
  loadMessages: shape({ conversation, page }),
  markRead: shape({ conversation, upTo: message }),
  send: shape({ conversation, text: longText }),
  retry: shape({ conversation, message }),
  discard: shape({ conversation, message }),
  saveDraft: shape({ conversation, text: longText }),
  typing: shape({ conversation }),
  setMutedConversation: shape({ conversation, muted: flag }),
  dismissAlarm: shape({ conversation, alarm }),
  startCall: shape({ conversation, media }),
  acceptCall: shape({ call, media }),
  declineCall: shape({ call, text: orNull(shortText) }),
  hangUp: shape({ call }),
  setMuted: shape({ call, muted: flag }),
  setCamera: shape({ call, on: flag }),
  dismissCall: shape({ call }),
  changeSettings: someOf({
    theme: word("system", "light", "dark"),
    contrast: word("system", "more"),
    messageSounds: flag,
    callSounds: flag,
    readReceipts: flag,
    typingShown: flag,
    relayOnly: flag,
    echoCancellation: flag,
    noiseSuppression: flag,
    autoGain: flag,
    findable: flag,
  }),
};

/** `{ type, ask }` of a known intent whose argument is what it must be; undefined for everything else. */
export function readIntent(value: unknown): Intent | undefined {
  if (!isRecord(value) || Object.keys(value).length !== 2) return undefined;
  const { type, ask } = value as { readonly type?: unknown; readonly ask?: unknown };
  return isIntentName(type) && asks[type](ask) ? ({ type, ask } as Intent) : undefined;
}
