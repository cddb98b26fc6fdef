/** A core in memory, for the gallery and the tests of the screen: it answers at once, keeps what it is told, and encrypts nothing. */
import { err, instant, ok, type Clock } from "@megachat/base";
import {
  applyPush,
  utf8Length,
  maxMessageBytes,
  type AccountRef,
  type AnswerOf,
  type Client,
  type Contact,
  type Conversation,
  type ConversationRef,
  type DeliveryState,
  type Intents,
  type InvitationRef,
  type Message,
  type MessagePage,
  type MessageRef,
  type PageWish,
  type Push,
  type Session,
  type SignedIn,
  type Snapshot,
  type WorkStage,
} from "@megachat/view";

export interface FakeClient extends Client {
  readonly push: (push: Push) => void;
  readonly snapshot: () => Snapshot;
  /** The names of the intents asked so far. */
  readonly asked: readonly string[];
  /** A message of the other side arrives. */
  readonly receive: (conversation: ConversationRef, text: string) => void;
}

export interface FakeStart {
  readonly snapshot: Snapshot;
  readonly messages: ReadonlyMap<ConversationRef, readonly Message[]>;
  readonly clock: Clock;
  /** Who is inside after a sign-up or sign-in. */
  readonly account: SignedIn;
  /** Answers other than the usual ones. */
  readonly answers?: Partial<Intents>;
  /** How long pages take, in milliseconds. */
  readonly slowness?: number;
  /** How long the server slows a sign-in, in milliseconds. */
  readonly slowed?: number;
}

export function createFakeClient(start: FakeStart): FakeClient {
  let snapshot = start.snapshot;
  const listeners = new Set<(push: Push) => void>();
  const histories = new Map([...start.messages].map(([key, messages]) => [key, [...messages]]));
  const shown = new Set<ConversationRef>();
  const asked: string[] = [];
  let counter = 0;
  let callOff = (): void => {};

  const push = (next: Push): void => {
    snapshot = applyPush(snapshot, next);
    for (const listener of listeners) listener(structuredClone(next));
  };
  const putConversation = (conversation: ConversationRef, change: (before: Conversation) => Conversation): void => {
    const before = snapshot.conversations.get(conversation);
    if (before !== undefined) push({ type: "conversations", put: [change(before)], gone: [] });
  };
  const putContact = (account: AccountRef, change: Partial<Contact>): void => {
    const before = snapshot.contacts.get(account);
    if (before !== undefined) push({ type: "contacts", put: [{ ...before, ...change }], gone: [] });
  };
  const putMessage = (conversation: ConversationRef, message: Message): void => {
    const history = histories.get(conversation) ?? [];
    const at = history.findIndex((each) => each.message === message.message);
    if (at < 0) history.push(message);
    else history[at] = message;
    histories.set(conversation, history);
    if (shown.has(conversation)) push({ type: "messages", conversation, put: [message], gone: [] });
  };
  const nextMessage = (from: "self" | "peer", text: string, state: DeliveryState | null): Message => {
    counter += 1;
    return {
      message: `made-${counter}` as MessageRef,
      order: 1_000_000_000 + counter,
      from,
      sentAt: start.clock.now(),
      body: { type: "text", text, state },
    };
  };
  const receive = (conversation: ConversationRef, text: string): void => {
    const message = nextMessage("peer", text, null);
    putMessage(conversation, message);
    putConversation(conversation, (before) => ({
      ...before,
      last: { type: "text", from: "peer", text, at: message.sentAt, failed: false },
      movedAt: message.sentAt,
      unread: before.unread + 1,
      firstUnread: before.firstUnread ?? message.message,
    }));
    push({ type: "notice", notice: { type: "messageReceived", conversation, message: message.message } });
  };
  const goInside = (): void => push({ type: "session", session: start.account });
  const session = (change: Partial<SignedIn>): void => {
    if (snapshot.session.at === "signedIn") push({ type: "session", session: { ...snapshot.session, ...change } });
  };
  const inCall = (change: Partial<NonNullable<Snapshot["call"]>>): void => {
    if (snapshot.call !== null) push({ type: "call", call: { ...snapshot.call, ...change } });
  };
  const nothing = () => Promise.resolve(null);

  const usual: Intents = {
    signUp: async () => {
      push({ type: "session", session: working("signUp", "stretchingPassword") });
      await wait(300);
      goInside();
      return ok(null);
    },
    signIn: async () => {
      const before = snapshot.session;
      if (start.slowed !== undefined) {
        const until = instant(start.clock.now() + start.slowed);
        push({ type: "session", session: { ...working("signIn", "solvingPuzzle"), until } });
        const calledOff = new Promise<true>((resolve) => (callOff = () => resolve(true)));
        if (await Promise.race([calledOff, wait(start.slowed)])) {
          push({ type: "session", session: before });
          return err({ type: "cancelled" });
        }
      }
      goInside();
      return ok(null);
    },
    cancelWork: async () => {
      callOff();
      return null;
    },
    signOut: async ({ forget }) => {
      push({
        type: "session",
        session: {
          at: "signedOut",
          lastHandle: forget ? null : start.account.handle,
          because: { type: "asked" },
          signUp: "open",
        },
      });
      return ok(null);
    },
    checkPassword: ({ password }) => Promise.resolve(strengthOf(password)),
    suggestPassword: () => Promise.resolve({ words: ["copper", "violin", "harbour", "seldom", "meadow"] }),
    setDisplayName: async ({ displayName }) => {
      if (displayName.length > 80) return err({ type: "tooLong", limit: 80 });
      session({ displayName });
      return ok(null);
    },
    showRecoveryKey: () => Promise.resolve(ok({ words: recoveryWords, ask: [2, 9, 17] })),
    confirmRecoveryKey: async ({ words }) => {
      const positions = words.filter(({ position, word }) => recoveryWords[position] !== word).map(({ position }) => position);
      if (positions.length > 0) return err({ type: "wrong", positions });
      session({ recovery: { at: "confirmed", on: start.clock.now() } });
      return ok(null);
    },
    postponeRecoveryKey: async () => {
      session({ recovery: { at: "postponed", remindAt: start.clock.now() } });
      return null;
    },
    lookUp: async ({ handle }) => {
      if (handle !== "dora") return err({ type: "notFound" });
      return ok({ account: "dora" as AccountRef, handle: "dora", hue: 320, shortCode: "5520 1187", relation: "stranger" });
    },
    sendRequest: async ({ account, text }) => {
      push({
        type: "contacts",
        put: [
          {
            account,
            handle: account,
            displayName: null,
            hue: 320,
            shortCode: "5520 1187",
            relation: { at: "requestSent", text, sentAt: start.clock.now(), state: "waiting" },
            trust: { at: "unverified", invited: false },
            conversation: null,
            addedAt: start.clock.now(),
          },
        ],
        gone: [],
      });
      return ok(null);
    },
    withdrawRequest: async ({ account }) => {
      push({ type: "contacts", put: [], gone: [account] });
      return ok(null);
    },
    acceptRequest: async ({ account }) => {
      const conversation = `with-${account}` as ConversationRef;
      putContact(account, { relation: { at: "contact" }, conversation });
      push({
        type: "conversations",
        put: [
          {
            conversation,
            contact: account,
            last: null,
            movedAt: start.clock.now(),
            unread: 0,
            firstUnread: null,
            draft: "",
            muted: false,
            typing: false,
            sending: { at: "open" },
            freshness: { at: "confirmed", asOf: start.clock.now() },
            alarms: [],
          },
        ],
        gone: [],
      });
      return ok({ conversation });
    },
    declineRequest: async ({ account }) => {
      push({ type: "contacts", put: [], gone: [account] });
      return ok(null);
    },
    block: async ({ account }) => {
      putContact(account, { relation: { at: "blocked", on: start.clock.now(), was: "contact" } });
      return ok(null);
    },
    unblock: async ({ account }) => {
      putContact(account, { relation: { at: "contact" } });
      return ok(null);
    },
    removeContact: async ({ account }) => {
      putContact(account, { relation: { at: "removed", on: start.clock.now() } });
      return ok(null);
    },
    safetyNumber: () => Promise.resolve(ok({ digits: "482915530172206614889371054217739046158820337164920583471266" })),
    markVerified: async ({ account }) => {
      putContact(account, { trust: { at: "verified", on: start.clock.now() } });
      return ok(null);
    },
    clearVerified: async ({ account }) => {
      putContact(account, { trust: { at: "unverified", invited: false } });
      return ok(null);
    },
    acceptChangedKey: async ({ account }) => {
      putContact(account, { trust: { at: "unverified", invited: false } });
      const conversation = snapshot.contacts.get(account)?.conversation;
      if (conversation) putConversation(conversation, (before) => ({ ...before, sending: { at: "open" }, alarms: [] }));
      return ok(null);
    },
    createInvitation: async () => {
      counter += 1;
      const invitation = { invitation: `link-${counter}` as InvitationRef, fragment: `AQ${"f3K9xW7b".repeat(7)}` };
      const now = start.clock.now();
      push({
        type: "invitations",
        invitations: [
          { ...invitation, createdAt: now, expiresAt: instant(now + 7 * 86_400_000), state: "open", usedBy: [] },
          ...snapshot.invitations,
        ],
      });
      return ok(invitation);
    },
    revokeInvitation: async ({ invitation }) => {
      push({
        type: "invitations",
        invitations: snapshot.invitations.map((each) =>
          each.invitation === invitation ? { ...each, state: "revoked" as const, fragment: null } : each,
        ),
      });
      return ok(null);
    },
    openInvitation: ({ handle }) => Promise.resolve(ok({ account: "dora" as AccountRef, handle, relation: "stranger" as const })),
    showConversation: async ({ conversation }) => {
      shown.add(conversation);
      return null;
    },
    hideConversation: async ({ conversation }) => {
      shown.delete(conversation);
      return null;
    },
    loadMessages: async ({ conversation, page }) => {
      if ((start.slowness ?? 0) > 0) await wait(start.slowness ?? 0);
      return ok(
        pageOf(
          conversation,
          histories.get(conversation) ?? [],
          snapshot.conversations.get(conversation)?.firstUnread ?? null,
          page,
        ),
      );
    },
    markRead: async ({ conversation, upTo }) => {
      const history = histories.get(conversation) ?? [];
      const at = history.findIndex((message) => message.message === upTo);
      const after = history.slice(at + 1).filter((message) => message.from === "peer");
      putConversation(conversation, (before) =>
        after.length >= before.unread ? before : { ...before, unread: after.length, firstUnread: after[0]?.message ?? null },
      );
      return null;
    },
    send: async ({ conversation, text }) => {
      if (utf8Length(text) > maxMessageBytes) return err({ type: "tooLong", bytes: utf8Length(text), limit: maxMessageBytes });
      const message = nextMessage("self", text, { at: "sending" });
      putMessage(conversation, message);
      putConversation(conversation, (before) => ({
        ...before,
        draft: "",
        movedAt: message.sentAt,
        last: { type: "text", from: "self", text: text.slice(0, 200), at: message.sentAt, failed: false },
      }));
      const states = ["stored", "delivered", "read"] as const;
      states.forEach((at, step) => {
        setTimeout(() => putMessage(conversation, { ...message, body: { type: "text", text, state: { at } } }), 200 * (step + 1));
      });
      return ok({ message: message.message });
    },
    retry: async ({ conversation, message }) => {
      const found = histories.get(conversation)?.find((each) => each.message === message);
      if (found?.body.type === "text") putMessage(conversation, { ...found, body: { ...found.body, state: { at: "stored" } } });
      return ok(null);
    },
    discard: async ({ conversation, message }) => {
      histories.set(conversation, histories.get(conversation)?.filter((each) => each.message !== message) ?? []);
      push({ type: "messages", conversation, put: [], gone: [message] });
      return ok(null);
    },
    saveDraft: async ({ conversation, text }) => {
      putConversation(conversation, (before) => ({ ...before, draft: text }));
      return null;
    },
    typing: nothing,
    setMutedConversation: async ({ conversation, muted }) => {
      putConversation(conversation, (before) => ({ ...before, muted }));
      return null;
    },
    dismissAlarm: async ({ conversation, alarm }) => {
      putConversation(conversation, (before) => ({ ...before, alarms: before.alarms.filter((each) => each.alarm !== alarm) }));
      return null;
    },
    startCall: async ({ conversation, media }) => {
      const contact = snapshot.conversations.get(conversation)?.contact;
      if (contact === undefined) return err({ type: "unknownConversation" });
      const call = "call-made" as NonNullable<Snapshot["call"]>["call"];
      push({
        type: "call",
        call: {
          call,
          conversation,
          contact,
          direction: "outgoing",
          media,
          state: { at: "ringing", since: start.clock.now() },
          owner: "here",
          self: { muted: false, camera: media === "video", screen: false, held: false },
          peer: { muted: false, camera: false, screen: false, held: false },
          code: null,
          quality: null,
          browsers: null,
        },
      });
      return ok({ call });
    },
    acceptCall: async ({ media }) => {
      inCall({
        owner: "here",
        code: "40718823",
        browsers: [
          { of: "peer", name: "3fK9xW", inCall: true },
          { of: "self", name: "b7Qz_1", inCall: true },
        ],
        self: { muted: false, camera: media === "video", screen: false, held: false },
        state: { at: "connected", since: start.clock.now() },
      });
      return ok(null);
    },
    declineCall: async () => {
      inCall({ state: { at: "ended", on: start.clock.now(), duration: null, reason: { type: "declined", by: "self" } } });
      return ok(null);
    },
    hangUp: async () => {
      inCall({ state: { at: "ended", on: start.clock.now(), duration: null, reason: { type: "hungUp", by: "self" } } });
      return ok(null);
    },
    setMuted: async ({ muted }) => {
      if (snapshot.call) inCall({ self: { ...snapshot.call.self, muted } });
      return ok(null);
    },
    setCamera: async ({ on }) => {
      if (snapshot.call) inCall({ self: { ...snapshot.call.self, camera: on } });
      return ok(null);
    },
    dismissCall: async () => {
      push({ type: "call", call: null });
      return null;
    },
    changeSettings: async (change) => {
      push({ type: "settings", settings: { ...snapshot.settings, ...change } });
      return null;
    },
  };
  const answering: Intents = { ...usual, ...start.answers };
  return {
    intents: new Proxy(answering, {
      get: (target, name: keyof Intents) => {
        asked.push(name);
        return target[name];
      },
    }),
    subscribe: (listener) => {
      listeners.add(listener);
      listener({ type: "snapshot", snapshot });
      return () => {
        listeners.delete(listener);
      };
    },
    push,
    snapshot: () => snapshot,
    asked,
    receive,
  };
}

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

function pageOf(
  conversation: ConversationRef,
  all: readonly Message[],
  firstUnread: MessageRef | null,
  page: PageWish,
): MessagePage {
  const cut = (from: number, to: number): MessagePage => {
    const [low, high] = [Math.max(0, from), Math.min(all.length, to)];
    return { conversation, messages: all.slice(low, high), hasOlder: low > 0, hasNewer: high < all.length, firstUnread };
  };
  const latest = (): MessagePage => cut(all.length - page.limit, all.length);
  const around = (ref: MessageRef): MessagePage => {
    const at = all.findIndex((message) => message.message === ref);
    return at < 0 ? latest() : cut(at - page.limit / 2, at + page.limit / 2);
  };
  switch (page.from) {
    case "latest":
      return latest();
    case "firstUnread":
      return firstUnread === null ? latest() : around(firstUnread);
    case "around":
      return around(page.message);
    case "before": {
      const at = all.findIndex((message) => message.order >= page.order);
      return cut(at - page.limit, at);
    }
    case "after": {
      const at = all.findIndex((message) => message.order > page.order);
      return at < 0 ? cut(all.length, all.length) : cut(at, at + page.limit);
    }
  }
}

function strengthOf(password: string): AnswerOf<"checkPassword"> {
  const score = Math.min(4, Math.floor(password.length / 5)) as 0 | 1 | 2 | 3 | 4;
  return { score, accepted: score >= 3, weakness: score >= 3 ? null : score === 0 ? "tooShort" : "guessable" };
}

const working = (work: "signUp" | "signIn", stage: WorkStage): Extract<Session, { at: "working" }> => ({
  at: "working",
  work,
  stage,
  until: null,
  cancellable: true,
});

export const recoveryWords: readonly string[] =
  "amber basket candle dolphin ember fabric garden hollow island jungle kettle ladder marble needle orchard pepper quartz ribbon saddle timber umbrella velvet walnut yellow".split(
    " ",
  );
