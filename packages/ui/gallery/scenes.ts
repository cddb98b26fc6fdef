/** Every screen in every state, by name. */
import { err, instant, type Duration } from "@megachat/base";
import {
  defaultSettings,
  emptySnapshot,
  placeToHash,
  type Alarm,
  type AlarmRef,
  type AlarmWhat,
  type Call,
  type CallBrowser,
  type CallEnd,
  type CallQuality,
  type CallRef,
  type Contact,
  type Conversation,
  type ConversationRef,
  type Intents,
  type Message,
  type MessageRef,
  type Place,
  type Session,
  type Snapshot,
} from "@megachat/view";
import type { FakeMediaStart } from "../src/testing/fake-media.ts";
import * as people from "./people.ts";

export interface Scene {
  readonly snapshot: Snapshot;
  readonly messages?: ReadonlyMap<ConversationRef, readonly Message[]>;
  readonly place?: Place;
  readonly answers?: Partial<Intents>;
  readonly media?: FakeMediaStart;
  readonly slowness?: number;
  readonly slowed?: number;
}

const { ago, alice, bob, now, said, talk, time, wrote } = people;
const byKey = <K, V>(values: readonly V[], keyOf: (value: V) => K): ReadonlyMap<K, V> =>
  new Map(values.map((value) => [keyOf(value), value]));

const text = (from: "self" | "peer", words: string, at: number, failed = false) =>
  ({ type: "text", from, text: words, at: ago(at), failed }) as const;
const everyone = [
  alice,
  people.carol,
  people.dave,
  people.erin,
  people.mallory,
  people.yasmin,
  people.longName,
  people.requester,
  people.lookAlike,
  people.asked,
  people.blocked,
  people.removed,
];
const chats: readonly Conversation[] = [
  talk(alice, ago(20_000), { last: text("self", "And the cellar", 20_000) }),
  talk(people.carol, ago(2.5 * time.hour), {
    unread: 1,
    last: { type: "call", call: { direction: "incoming", media: "audio", outcome: { at: "missed" } }, at: ago(2.5 * time.hour) },
  }),
  talk(people.dave, ago(5 * time.hour), { last: text("peer", "Who brings the charts?", 5 * time.hour), unread: 12, muted: true }),
  talk(people.mallory, ago(time.day + time.hour), {
    last: text("peer", "Send it to my new address please", time.day),
    alarms: [alarm({ type: "keysChanged", wasVerified: true })],
    sending: { at: "held", reason: "keysChanged" },
  }),
  talk(people.erin, ago(3 * time.day), { draft: "The meeting is moved to", last: text("peer", "Fine", 3 * time.day) }),
  talk(people.yasmin, ago(4 * time.day), { last: text("peer", "شكرا جزيلا، أراك غدا في المحطة", 4 * time.day), typing: true }),
  talk(people.longName, ago(40 * time.day), {
    last: text("self", "This was not sent because the disk was full", 40 * time.day, true),
  }),
];

function alarm(what: AlarmWhat, dismissable = false): Alarm {
  return { alarm: `a-${what.type}` as AlarmRef, since: ago(10 * time.minute), what, dismissable };
}

function inside(change: Partial<Snapshot> = {}, session: Partial<typeof bob> = {}): Snapshot {
  return {
    session: { ...bob, ...session },
    listsReady: true,
    contacts: byKey(everyone, (contact) => contact.account),
    conversations: byKey(chats, (conversation) => conversation.conversation),
    invitations: [],
    call: null,
    settings: defaultSettings,
    ...change,
  };
}

const work = { at: "working", work: "signIn", stage: "askingServer", until: null, cancellable: true } as const;
const outside = (session: Session): Snapshot => ({ ...emptySnapshot, session });
const signedOut: Session = { at: "signedOut", lastHandle: null, because: null, signUp: "open" };
const aliceAt: Place = { at: "conversation", conversation: chats[0]?.conversation ?? ("" as ConversationRef) };
const withAlice = new Map([[chats[0]?.conversation ?? ("" as ConversationRef), people.withAlice]]);

/** A conversation with one person, changed in one way. */
function talking(
  contact: Contact,
  change: Partial<Conversation>,
  messages: readonly Message[] = people.withAlice,
  session: Partial<typeof bob> = {},
): Scene {
  const conversation = talk(contact, ago(20_000), change);
  const others = chats.filter((each) => each.contact !== contact.account);
  return {
    snapshot: inside(
      {
        conversations: byKey([conversation, ...others], (each) => each.conversation),
        contacts: byKey([...everyone.filter((each) => each.account !== contact.account), contact], (each) => each.account),
      },
      session,
    ),
    messages: new Map([[conversation.conversation, messages]]),
    place: { at: "conversation", conversation: conversation.conversation },
  };
}

const quality: CallQuality = {
  path: "direct",
  roundTrip: 34 as Duration,
  loss: 0.004,
  bitsIn: 1_240_000,
  bitsOut: 1_180_000,
  picture: { width: 1280, height: 720, framesPerSecond: 30 },
  framesOpened: 18_422,
  framesRefused: 0,
  framesSealed: 18_390,
  setUp: 640 as Duration,
  level: "good",
};

const twoBrowsers: readonly CallBrowser[] = [
  { of: "peer", name: "3fK9xW", inCall: true },
  { of: "self", name: "b7Qz_1", inCall: true },
];

function calling(change: Partial<Call>, media: FakeMediaStart = {}, contact: Contact = alice): Scene {
  const call: Call = {
    call: "call-1" as CallRef,
    conversation: contact.conversation ?? ("" as ConversationRef),
    contact: contact.account,
    direction: "outgoing",
    media: "video",
    state: { at: "connected", since: ago(252_000) },
    owner: "here",
    self: { muted: false, camera: true, screen: false, held: false },
    peer: { muted: false, camera: true, screen: false, held: false },
    code: "40718823",
    quality,
    browsers: twoBrowsers,
    ...change,
  };
  return { snapshot: inside({ call }), messages: withAlice, place: aliceAt, media };
}

const ended = (reason: CallEnd, duration: Duration | null = null): Partial<Call> => ({
  state: { at: "ended", on: now, duration, reason },
  browsers: null,
});
const incoming: Partial<Call> = {
  direction: "incoming",
  state: { at: "ringing", since: ago(3_000) },
  owner: "nowhere",
  code: null,
  quality: null,
  browsers: null,
};

const manyMessages = (count: number): readonly Message[] =>
  Array.from({ length: count }, (_, at) => {
    const sentAt = instant(now - (count - at) * 97_000);
    const words =
      [
        "Yes",
        "I will look at it tomorrow morning, before the others are there",
        "Where did you put the charts? They are not in the blue box any more, and without them nobody will find the way out of the harbour",
        "👍",
        "Fine",
      ][at % 5] ?? "";
    const body = {
      type: "text",
      text: `${words} (${String(at + 1)})`,
      state: at % 3 === 0 ? ({ at: "read" } as const) : null,
    } as const;
    return { message: `n-${String(at)}` as MessageRef, order: at, from: at % 3 === 0 ? "self" : "peer", sentAt, body };
  });

const hostile = [
  said(ago(50 * time.minute), `Z${"\u0351\u036e\u0365\u0349".repeat(400)}algo`),
  said(ago(49 * time.minute), "\u202ethis text is turned round\u202c and ends here"),
  said(ago(48 * time.minute), '<img src=x onerror="alert(1)"><script>alert(1)</script> javascript:alert(1) {{7*7}}'),
  said(
    ago(47 * time.minute),
    "Look: https://www.аррӏе.com/login and https://bank.example@evil.example/ and https://en.wikipedia.org/wiki/Signal_(software).",
  ),
  wrote(ago(46 * time.minute), "A".repeat(900)),
  said(ago(45 * time.minute), Array.from({ length: 400 }, (_, at) => `line ${String(at)} of a very long text`).join("\n")),
  said(ago(44 * time.minute), "مرحبا، هل وصلتك الصور؟ https://example.org/صور"),
  wrote(ago(43 * time.minute), "👩‍👩‍👧‍👦👍🏽🇵🇹", { at: "failed", reason: "limited", canRetry: true }),
  people.newer(ago(42 * time.minute)),
  wrote(ago(41 * time.minute), "This one waits for its chance", { at: "failed", reason: "keysChanged", canRetry: false }),
];

const refusedSignUp = (problem: Awaited<ReturnType<Intents["signUp"]>> & { ok: false }): Partial<Intents> => ({
  signUp: () => Promise.resolve(problem),
});

export const scenes = {
  "entry-sign-up": { snapshot: outside(signedOut) },
  "entry-sign-up-taken": { snapshot: outside(signedOut), answers: refusedSignUp(err({ type: "handleTaken" })) },
  "entry-sign-up-code": { snapshot: outside({ ...signedOut, signUp: "byInvitation" }) },
  "entry-sign-up-closed": { snapshot: outside({ ...signedOut, signUp: "closed" }) },
  "entry-sign-in": { snapshot: outside({ ...signedOut, lastHandle: "bob", because: { type: "asked" } }) },
  "entry-sign-in-elsewhere": {
    snapshot: outside({ ...signedOut, lastHandle: "bob" }),
    answers: { signIn: () => Promise.resolve(err({ type: "livesElsewhere" })) },
  },
  "entry-sign-in-slowed": { snapshot: outside({ ...signedOut, lastHandle: "bob" }), slowed: 40_000 },
  "entry-locked": { snapshot: outside({ at: "locked", handle: "bob", link: { at: "online" } }) },
  "entry-working": { snapshot: outside({ ...work, work: "signUp", stage: "stretchingPassword" }) },
  "entry-slowed": { snapshot: outside({ ...work, stage: "solvingPuzzle", until: instant(now + 24_000) }) },
  "entry-slowed-solving": { snapshot: outside({ ...work, stage: "solvingPuzzle", until: now }) },
  "entry-invited": { snapshot: outside(signedOut), place: { at: "invitation", handle: "alice", fragment: "AQfragment" } },
  "entry-invited-expired": {
    snapshot: outside(signedOut),
    place: { at: "invitation", handle: "alice", fragment: "AQfragment" },
    answers: { openInvitation: () => Promise.resolve(err({ type: "expired" })) },
  },
  "entry-opening-offline": {
    snapshot: outside({
      at: "opening",
      handle: "bob",
      link: { at: "waiting", since: ago(60_000), retryAt: instant(now + 12_000) },
    }),
  },
  "broken-storage": { snapshot: outside({ at: "broken", reason: { type: "storageRefused" } }) },
  "broken-old": {
    snapshot: outside({ at: "broken", reason: { type: "browserTooOld", missing: ["RTCRtpScriptTransform", "OPFS"] } }),
  },
  "recovery-key": { snapshot: inside({ contacts: new Map(), conversations: new Map() }, { recovery: { at: "pending" } }) },
  "recovery-slowed": {
    snapshot: inside({ contacts: new Map(), conversations: new Map() }, { recovery: { at: "pending" } }),
    answers: {
      showRecoveryKey: ({ password }) =>
        password === null ? Promise.resolve(err({ type: "passwordNeeded" })) : new Promise(() => {}),
    },
  },
  "first-empty": {
    snapshot: inside({ contacts: new Map(), conversations: new Map() }, { recovery: { at: "postponed", remindAt: ago(1) } }),
  },
  "first-loading": { snapshot: inside({ contacts: new Map(), conversations: new Map(), listsReady: false }) },
  chats: { snapshot: inside({}, { storage: "evictable" }), messages: withAlice },
  "chats-account-alarms": {
    snapshot: inside({
      accountAlarms: [
        { alarm: "x" as AlarmRef, since: ago(time.minute), type: "rolledBack" },
        { alarm: "y" as AlarmRef, since: ago(time.hour), type: "foreignRow" },
      ],
    }),
    messages: withAlice,
  },
  "chats-offline": { snapshot: inside({}, { link: { at: "offline", since: ago(60_000) } }), messages: withAlice, place: aliceAt },
  "chats-retrying": {
    snapshot: inside({}, { link: { at: "waiting", since: ago(60_000), retryAt: instant(now + 8_000) } }),
    messages: withAlice,
  },
  "chats-private": { snapshot: inside({}, { storage: "seemsTemporary" }), messages: withAlice },
  "chats-system": {
    snapshot: inside({
      conversations: byKey(
        (
          [
            [alice, { type: "deviceAdded", who: "peer" }],
            [people.carol, { type: "verified", on: true }],
            [people.dave, { type: "started" }],
            [people.mallory, { type: "keysChanged" }],
            [people.erin, { type: "missing" }],
            [people.yasmin, { type: "blocked", on: true }],
            [people.longName, { type: "rejoined", who: "peer" }],
            [people.override, null],
          ] as const
        ).map(([person, gist], at) =>
          talk(person, ago(at * time.hour), { last: { type: "system", gist, at: ago(at * time.hour) } }),
        ),
        (each) => each.conversation,
      ),
      contacts: byKey([...everyone, people.override], (contact) => contact.account),
    }),
  },
  conversation: { ...talking(alice, { typing: true }) },
  "conversation-new": talking(
    people.dave,
    { unread: 2, firstUnread: "m-8" as MessageRef, freshness: { at: "checking", since: now } },
    people.withAlice.slice(0, 12),
  ),
  "conversation-empty": talking(people.carol, {}, []),
  "conversation-loading": { ...talking(people.carol, {}), slowness: 60_000 },
  "conversation-hostile": talking(people.override, { freshness: { at: "notConfirmed", since: ago(5 * time.minute) } }, hostile),
  "conversation-names": talking(people.longName, { typing: true }, people.withAlice),
  "conversation-rtl": talking(people.yasmin, { typing: true }, hostile.slice(6, 7)),
  "conversation-long": {
    ...talking(people.erin, { unread: 40, firstUnread: "n-99960" as MessageRef }, manyMessages(100_000)),
    slowness: 500,
  },
  "conversation-keys-changed": talking(people.mallory, {
    alarms: [alarm({ type: "keysChanged", wasVerified: true })],
    sending: { at: "held", reason: "keysChanged" },
  }),
  "conversation-alarms": talking(alice, {
    alarms: [
      alarm({ type: "fork" }),
      alarm({ type: "gap", missing: 3 }, true),
      alarm({ type: "doesNotOpen", count: 1 }, true),
      alarm({ type: "ownCopy" }, true),
      alarm({ type: "staleDevice" }, true),
      alarm({ type: "rolledBack" }),
      alarm({ type: "resynced" }, true),
    ],
    freshness: { at: "notConfirmed", since: ago(3 * time.minute) },
  }),
  "conversation-resyncing": talking(alice, {
    alarms: [alarm({ type: "resyncing" })],
    sending: { at: "waiting", reason: "resyncing" },
  }),
  "conversation-blocked": talking(people.blocked, { sending: { at: "held", reason: "blocked" } }),
  "conversation-unknown": { snapshot: inside(), place: { at: "conversation", conversation: "nowhere" as ConversationRef } },
  contacts: { snapshot: inside(), place: { at: "contacts" } },
  "person-verified": { snapshot: inside(), place: { at: "person", account: alice.account } },
  "person-unverified": { snapshot: inside(), place: { at: "person", account: people.carol.account } },
  "person-changed": { snapshot: inside(), place: { at: "person", account: people.mallory.account } },
  "person-request": { snapshot: inside(), place: { at: "person", account: people.requester.account } },
  "person-look-alike": { snapshot: inside(), place: { at: "person", account: people.lookAlike.account } },
  "person-asked": { snapshot: inside(), place: { at: "person", account: people.asked.account } },
  "person-long": { snapshot: inside(), place: { at: "person", account: people.longName.account } },
  "person-blocked": { snapshot: inside(), place: { at: "person", account: people.blocked.account } },
  invite: { snapshot: inside(), place: { at: "invite" } },
  invitation: { snapshot: inside(), place: { at: "invitation", handle: "dora", fragment: "AQfragment" } },
  "call-incoming": calling(incoming),
  "call-incoming-audio": calling({ ...incoming, media: "audio" }, {}, people.carol),
  "call-outgoing": calling({
    media: "audio",
    state: { at: "ringing", since: ago(4_000) },
    self: { muted: false, camera: false, screen: false, held: false },
    peer: { muted: false, camera: false, screen: false, held: false },
    code: null,
    quality: null,
    browsers: null,
  }),
  "call-audio": calling({
    media: "audio",
    self: { muted: true, camera: false, screen: false, held: false },
    peer: { muted: false, camera: false, screen: false, held: false },
    quality: { ...quality, picture: null },
  }),
  "call-video": calling({}, { picture: true }),
  "call-screen": calling({ peer: { muted: false, camera: false, screen: true, held: false } }, { picture: true }),
  "call-held": calling({ self: { muted: false, camera: false, screen: false, held: true } }),
  "call-own-screen": calling(
    { self: { muted: false, camera: true, screen: true, held: false } },
    { picture: true, state: { screenShown: true } },
  ),
  "call-names": calling(
    {
      browsers: [...twoBrowsers, { of: "peer", name: "Zz81-a", inCall: false }, { of: "peer", name: "q0P_rr", inCall: false }],
    },
    { picture: true },
    people.longName,
  ),
  "call-reconnecting": calling(
    { state: { at: "reconnecting", since: ago(252_000), silentSince: ago(4_000) }, quality: { ...quality, level: "bad" } },
    { picture: true },
  ),
  "call-weak": calling({ quality: { ...quality, level: "weak", loss: 0.12, path: "relay" } }, { picture: true }),
  "call-other-tab": calling({ owner: "otherTab" }),
  "call-ended": calling(ended({ type: "hungUp", by: "peer" }, (12 * time.minute) as Duration)),
  "call-failed": calling({ ...ended({ type: "failed", reason: { type: "noPath", serverHasRelay: false } }), quality: null }),
  "call-no-answer": calling({ ...ended({ type: "noAnswer" }), quality: null, media: "audio" }),
  "call-refused": { ...talking(alice, {}), media: { refuse: [{ device: "camera", reason: "blockedForSite" }] } },
} satisfies Record<string, Scene>;

export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as readonly SceneName[];
export const hashOf = (scene: Scene): string => placeToHash(scene.place ?? { at: "chats" });
