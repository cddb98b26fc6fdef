/** What a tab asks, in the core's words; and the core's answers, in the tab's. [N5] */
import { err, type Result } from "@megachat/base";
import { contact as contacts, type CoreState, type CoreWish, type Hex, type Notice as CoreNotice } from "@megachat/core";
import {
  refOf,
  type AccountRef,
  type CallRef,
  type ConversationRef,
  type Intent,
  type IntentName,
  type InvitationRef,
  type MessageRef,
  type Notice,
} from "@megachat/view";
import { bytesOfRef, hexOfRef } from "./conversation.ts";
import { placeInRef } from "./lines.ts";

/** Either what the core shall do, or the answer where that is known already. */
export type Translated =
  | { readonly type: "wish"; readonly wish: CoreWish }
  | { readonly type: "answer"; readonly result: unknown }
  /** Not the core's business: the worker answers it. */
  | { readonly type: "elsewhere" };

const wish = (made: CoreWish): Translated => ({ type: "wish", wish: made });
const refuse = (type: string): Translated => ({ type: "answer", result: err({ type }) });

/** `position` is where the message of a `markRead` stands, if its ref does not say so itself. */
export function wishOf(intent: Intent, position: number | null): Translated {
  switch (intent.type) {
    case "signUp":
    case "signIn":
    case "cancelWork":
    case "checkPassword":
    case "suggestPassword":
    case "loadMessages":
      return { type: "elsewhere" };
    case "signOut":
      return wish({ type: "signOut" });
    case "setDisplayName":
    case "confirmRecoveryKey":
      return wish({ type: intent.type, ...intent.ask } as CoreWish);
    case "showRecoveryKey":
      return wish({ type: "showRecoveryKey", key: null });
    case "postponeRecoveryKey":
    case "createInvitation":
      return wish({ type: intent.type });
    case "changeSettings":
      return wish({ type: "changeSettings", settings: intent.ask });
    case "lookUp":
      return wish({ type: "lookUp", handle: intent.ask.handle });
    case "openInvitation":
      return wish({ type: "openInvitation", ...intent.ask });
    case "sendRequest":
      return about(intent.ask.account, (account) => ({ type: "sendRequest", ...intent.ask, account }), "notFound");
    case "acceptRequest":
      return about(intent.ask.account, (account) => ({ type: "acceptRequest", account }), "gone");
    case "declineRequest":
      return about(intent.ask.account, (account) => ({ type: "declineRequest", account, block: intent.ask.block }), "gone");
    case "markVerified":
    case "acceptChangedKey":
      return about(intent.ask.account, (account) => ({ type: intent.type, account, digits: intent.ask.digits }), "unknownAccount");
    case "withdrawRequest":
    case "block":
    case "unblock":
    case "removeContact":
    case "safetyNumber":
    case "clearVerified":
      return about(intent.ask.account, (account) => ({ type: intent.type, account }), "unknownAccount");
    case "revokeInvitation":
      return about(intent.ask.invitation, (invitation) => ({ type: "revokeInvitation", invitation }), "unknownInvitation");
    case "showConversation":
    case "hideConversation":
    case "send":
    case "saveDraft":
    case "typing":
    case "setMutedConversation":
    case "dismissAlarm":
      return inside(intent.ask.conversation, (conversation) => ({ type: intent.type, ...intent.ask, conversation }) as CoreWish);
    case "retry":
    case "discard":
      return inside(intent.ask.conversation, (conversation) => {
        const messageId = bytesOfRef(intent.ask.message);
        return messageId && { type: intent.type, conversation, messageId };
      });
    case "markRead":
      return inside(intent.ask.conversation, (conversation) => {
        const at = placeInRef(intent.ask.upTo)?.position ?? position;
        return at === null ? null : { type: "markRead", conversation, position: at };
      });
    case "startCall":
      return inside(intent.ask.conversation, (conversation) => ({ type: "startCall", conversation, media: intent.ask.media }));
    case "acceptCall":
    case "declineCall":
    case "hangUp":
    case "setMuted":
    case "setCamera":
    case "dismissCall": {
      const call = hexOfRef(intent.ask.call);
      return call === null ? refuse("callGone") : wish({ type: intent.type, ...intent.ask, call } as CoreWish);
    }
  }
}

function about(ref: AccountRef | InvitationRef, make: (id: Uint8Array<ArrayBuffer>) => CoreWish, otherwise: string): Translated {
  const id = bytesOfRef(ref);
  return id?.length === 16 ? wish(make(id)) : refuse(otherwise);
}

function inside(ref: ConversationRef, make: (conversation: Hex) => CoreWish | null): Translated {
  const hex = hexOfRef(ref);
  const made = hex === null ? null : make(hex);
  return made ? wish(made) : refuse("unknownConversation");
}

type Answered = Result<unknown, unknown>;
const mapped = (result: unknown, change: (value: never) => unknown): unknown => {
  const answered = result as Answered;
  return answered.ok ? { ok: true, value: change(answered.value as never) } : answered;
};

/** The core's answer to an intent of this name, with refs for ids. */
export function presentAnswer(name: IntentName, result: unknown): unknown {
  switch (name) {
    case "lookUp":
      return mapped(result, (found: contacts.FoundPerson) => {
        const { account, handle, identityKey, relation } = found;
        return { account: refOf<AccountRef>(account), handle, relation, ...contacts.lookOf(identityKey) };
      });
    case "openInvitation":
      return mapped(result, (seen: contacts.InvitationSeen) => ({ ...seen, account: refOf<AccountRef>(seen.account) }));
    case "acceptRequest":
      return mapped(result, ({ conversation }: { readonly conversation: Uint8Array }) => ({
        conversation: refOf<ConversationRef>(conversation),
      }));
    case "createInvitation":
      return mapped(result, ({ invitation, fragment }: { readonly invitation: Uint8Array; readonly fragment: string }) => ({
        invitation: refOf<InvitationRef>(invitation),
        fragment,
      }));
    case "send":
      return mapped(result, ({ message }: { readonly message: Uint8Array }) => ({ message: refOf<MessageRef>(message) }));
    case "startCall":
      return mapped(result, ({ call }: { readonly call: Uint8Array }) => ({ call: refOf<CallRef>(call) }));
    default:
      return result;
  }
}

export function presentNotice(notice: CoreNotice): Notice {
  return notice.type === "messageReceived"
    ? {
        type: "messageReceived",
        conversation: refOf<ConversationRef>(notice.conversation),
        message: refOf<MessageRef>(notice.messageId),
      }
    : { type: notice.type, account: refOf<AccountRef>(notice.account) };
}

/** Whose account this is, for a state that shows it. */
export const selfRef = (state: CoreState): AccountRef => refOf<AccountRef>(state.account.self.account);
