/**
 * The messages that a tab has on its screen: pages read from the disk, and what has changed of them since. [V43–V45]
 *
 * Lines never change on the disk, but what is shown of them does: stored, delivered, read; and what waits in the outbox
 * becomes a line. So a window keeps the lines it gave, presents them again after each change, and pushes differences.
 */
import { bytesEqual, err, ok, toHex, type Result } from "@megachat/base";
import type { conversation as conversations, PutLine } from "@megachat/core";
import type { AnswerOf, Ask, ConversationRef, Message, MessagePage, MessageRef, PageWish, Push } from "@megachat/view";
import { bytesOfRef } from "../present/conversation.ts";
import { lineRef, marksOf, placeInRef, placeOfOrder, presentLine, presentOutbox } from "../present/lines.ts";
import type { StoreFault } from "../store/sql.ts";
import type { LineWish, Place, Store, StoredLine } from "../store/store.ts";
import { same } from "./same.ts";

export interface Window {
  /** Lines given to the tab, by ref, oldest gift first. */
  readonly lines: Map<MessageRef, StoredLine>;
  /** What the tab has of each message. */
  readonly shown: Map<MessageRef, Message>;
}
export const emptyWindow = (): Window => ({ lines: new Map(), shown: new Map() });

/** Lines kept per window. Older ones have long been read, and change no more. */
const KEPT = 1000;

/** The pushes for a window after a change; `written` are lines of this conversation. */
export function refresh(
  window: Window,
  ref: ConversationRef,
  self: Uint8Array,
  conversation: conversations.Conversation,
  written: readonly PutLine[],
): readonly Push[] {
  const marks = marksOf(conversation);
  for (const line of written) if (!isHidden(self, conversation, line)) window.lines.set(presentLine(line, marks).message, line);
  const present = new Map<MessageRef, Message>();
  for (const line of window.lines.values()) {
    const message = presentLine(line, marks);
    present.set(message.message, message);
  }
  // A message that has just become a line may still be in the outbox for a moment: the line counts.
  for (const message of presentOutbox(self, conversation)) if (!present.has(message.message)) present.set(message.message, message);

  const put = Array.from(present.values()).filter((message) => !same(window.shown.get(message.message), message));
  const gone = Array.from(window.shown.keys()).filter((message) => !present.has(message) && !window.lines.has(message));
  for (const message of put) window.shown.set(message.message, message);
  for (const message of gone) window.shown.delete(message);
  trim(window);
  return put.length + gone.length === 0 ? [] : [{ type: "messages", conversation: ref, put, gone }];
}

/** What a blocked person wrote is kept, and not shown. */
const isHidden = (
  self: Uint8Array,
  { hiddenFrom }: conversations.Conversation,
  { position, sender }: Pick<StoredLine, "position" | "sender">,
): boolean => hiddenFrom !== null && position >= hiddenFrom && sender !== null && !bytesEqual(sender, self);

function trim(window: Window): void {
  for (const message of window.lines.keys()) {
    if (window.lines.size <= KEPT) return;
    window.lines.delete(message);
    window.shown.delete(message);
  }
}

/** Reads a page, as `loadMessages` answers it, and remembers it in the tab's window where there is one. */
export async function loadPage(
  store: Store,
  self: Uint8Array,
  conversation: conversations.Conversation,
  ask: Ask<"loadMessages">,
  window: Window | undefined,
): Promise<Result<AnswerOf<"loadMessages">, StoreFault>> {
  const wish = await lineWish(store, self, conversation, ask.page);
  if (!wish.ok) return wish;
  const page = await store.lines(wish.value);
  if (!page.ok) return page;
  const marks = marksOf(conversation);
  const lines = page.value.lines.map((line) => presentLine(line, marks));
  const stored = new Set(lines.map(({ message }) => message));
  const bound = ask.page.from === "before" ? ask.page.order : Infinity;
  const lowest = ask.page.from === "after" ? ask.page.order : -1;
  // Unsent messages stand after everything stored, so they belong to the page that reaches the end.
  const unsent = page.value.hasNewer
    ? []
    : presentOutbox(self, conversation).filter(({ message, order }) => !stored.has(message) && order < bound && order > lowest);
  const messages = [...lines, ...unsent];
  if (window) {
    page.value.lines.forEach((line, i) => {
      const message = lines[i];
      if (message) window.lines.set(message.message, line);
    });
    for (const message of messages) window.shown.set(message.message, message);
    trim(window);
  }
  return ok(
    ok<MessagePage>({
      conversation: ask.conversation,
      messages,
      hasOlder: page.value.hasOlder,
      hasNewer: page.value.hasNewer,
      firstUnread: firstUnreadOf(conversation, page.value.lines, lines),
    }),
  );
}

async function lineWish(
  store: Store,
  self: Uint8Array,
  { id, ...conversation }: conversations.Conversation,
  page: PageWish,
): Promise<Result<LineWish, StoreFault>> {
  const { hiddenFrom } = conversation;
  const hidden = hiddenFrom === null ? null : { from: hiddenFrom, but: self };
  const wish = { conversation: id, limit: page.limit, hidden };
  switch (page.from) {
    case "latest":
      return ok({ ...wish, from: "latest" });
    case "firstUnread": {
      const position = conversation.unreadAt[0];
      return ok(position === undefined ? { ...wish, from: "latest" } : { ...wish, from: "around", place: { position, part: 0 } });
    }
    case "around": {
      const place = await placeOf(store, id, page.message);
      if (!place.ok) return place;
      // One that is not on the disk is in the outbox, at the end, or nowhere.
      return ok(place.value ? { ...wish, from: "around", place: place.value } : { ...wish, from: "latest" });
    }
    case "before":
    case "after":
      return ok({ ...wish, from: page.from, place: placeOfOrder(page.order) });
  }
}

/** Where a line stands, by either kind of ref; null where it is not on the disk. */
export async function placeOf(
  store: Store,
  conversation: Uint8Array,
  message: MessageRef,
): Promise<Result<Place | null, StoreFault>> {
  const place = placeInRef(message);
  if (place) return ok(place);
  const messageId = bytesOfRef(message);
  return messageId ? store.placeOf(conversation, messageId) : ok(null);
}

/** By the ref that the page gives it; by its place where it stands elsewhere. */
function firstUnreadOf(
  { unreadAt }: conversations.Conversation,
  stored: readonly Place[],
  shown: readonly Message[],
): MessageRef | null {
  const position = unreadAt[0];
  if (position === undefined) return null;
  const at = stored.findIndex((line) => line.position === position);
  return shown[at]?.message ?? lineRef({ position, part: 0 });
}

/** The answer where a conversation is not known. */
export const unknownConversation = err({ type: "unknownConversation" } as const);
export const isOf = (line: PutLine, conversation: string): boolean => toHex(line.conversation) === conversation;
