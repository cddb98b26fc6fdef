/**
 * What a browser and the server say to each other over one binary WebSocket. [W8–W12]
 *
 * A client sends {@link ClientFrame}s: requests with a number of its own. The server answers each once, and pushes
 * what concerns the session. Every field says what the server learns from it; SECURITY.md's table is made from that.
 */
import {
  bool,
  bytes,
  choice,
  fixed,
  hash32,
  id16,
  ident,
  list,
  nullable,
  object,
  oneOf,
  open,
  sealed,
  struct,
  text,
  u16,
  u32,
  u53,
  u8,
  type Codec,
  type ValueOf,
} from "./codec.ts";

/** Version of this protocol. There is one; a client of another is told to reload. */
export const PROTOCOL = 1;

/** Bytes a frame may have in either direction. */
export const MAX_FRAME = 1 << 20;
/** Bytes a log row's body may have: 64 KiB of text, padded, sealed, signed. */
export const MAX_BODY = 131_072;
/** A Welcome or GroupInfo of a group of 250 leaves in suite 1. */
export const MAX_WELCOME = 786_432;

const account = ident(id16);
const device = ident(id16);
const log = ident(id16);
const handle = open(text(64), "finds an account by the name its owner chose");
const position = open(u53, "orders a log");
const turn = open(u53, "counts a log's commits, so that none is built on an old state");
const sequence = open(u53, "recognises a repeated append");
const time = open(u53, "when the server stored it, ms since 1970");
const publicKey = (length: number) => open(fixed(length), "a public key");

/** What a log row is, for ordering only. */
export const rowKind = choice(["commit", "externalCommit", "application", "account"]);
export type RowKind = ValueOf<typeof rowKind>;

/** A row as the server stored it. The envelope's remaining fields (log, generation) are known from where it came. */
export const Row = struct({
  position,
  turn,
  time,
  kind: open(rowKind, "commits advance the turn"),
  device,
  sequence,
  body: sealed(bytes(MAX_BODY)),
});
export type Row = ValueOf<typeof Row>;

/** A row to be appended. Accepted only for the log's present turn and with the device's last sequence + 1. */
const draft = {
  log,
  generation: open(u16, "a cipher-suite generation of the conversation; 0"),
  turn,
  kind: open(rowKind, "commits advance the turn"),
  sequence,
  body: sealed(bytes(MAX_BODY)),
  /** Only with a commit that adds devices. Goes to the inbox of each device that the commit's data names. */
  welcome: nullable(sealed(bytes(MAX_WELCOME))),
  /** Only with a commit: the GroupInfo of the epoch it starts, sealed under the conversation key. */
  groupInfo: nullable(sealed(bytes(MAX_WELCOME))),
};

const share = open(fixed(32), "half of a key that opens one browser's disk; useless without the other half, deleted at sign-out");
const keyPackages = open(
  list(bytes(16_384), 100),
  "MLS key packages: public keys and certificates for being added to conversations",
);
const lastResort = open(nullable(bytes(16_384)), "the key package that is used when no one-time package is left");

/** Answers to a client puzzle: SHA-256(seed ‖ nonce) starts with `bits` zero bits. */
const puzzleAnswer = struct({ seed: open(fixed(16), "a puzzle of ours"), nonce: open(u53, "its answer") });

// —— Requests ————————————————————————————————————————————————————————————————————————————————————————————

export const Hello = object("hello", 0x0101, 1, {
  protocol: open(u16, "the one version spoken"),
  client: open(text(32), "build, for support"),
});
export const SignUpStart = object("signUpStart", 0x0102, 1, {
  handle,
  invitation: open(nullable(text(64)), "the operator's code where sign-up is by invitation"),
  request: sealed(fixed(32)),
});
export const SignUpFinish = object("signUpFinish", 0x0103, 1, {
  handle,
  invitation: open(nullable(text(64)), "the operator's code where sign-up is by invitation"),
  setup: ident(id16),
  /** The OPAQUE record, RFC 9807 §5. */
  record: sealed(fixed(192)),
  account,
  device,
  /** AccountRecord, AccountAddress, Certificate and DeviceList: signed, for anyone who asks. */
  accountRecord: open(bytes(4096), "identity key, signed by itself"),
  address: open(bytes(4096), "key that contact requests are sealed to"),
  certificate: open(bytes(4096), "device keys, signed by the identity key"),
  deviceList: open(bytes(4096), "serials that stand, signed by the identity key"),
  identityHash: open(hash32, "invitations name an account by it"),
  /** Root key, wrapped under what the password gives and under the recovery key; account secret, sealed to the login key pair. */
  wraps: struct({ password: sealed(bytes(512)), recovery: sealed(bytes(512)), accountSecret: sealed(bytes(4096)) }),
  /** The first rows of the account log. */
  rows: list(sealed(bytes(MAX_BODY)), 4),
  keyPackages,
  lastResort,
  share,
});
export const LoginStart = object("loginStart", 0x0104, 1, {
  handle,
  request: sealed(fixed(96)),
  /** A browser that has held this account: its guesses are counted apart. */
  known: nullable(struct({ device, secret: open(fixed(32), "proves that the browser has held the account") })),
  puzzle: nullable(puzzleAnswer),
});
export const LoginFinish = object("loginFinish", 0x0105, 1, { ticket: ident(id16), finish: sealed(fixed(64)) });
/** Opens a session for a standing device. `signature` is the device key's over the ticket. */
export const OpenSession = object("openSession", 0x0106, 1, {
  ticket: ident(id16),
  device,
  share,
  signature: open(fixed(64), "proves the device key"),
});
export const Resume = object("resume", 0x0107, 1, {
  session: ident(id16),
  token: open(fixed(32), "proves the session; stored hashed"),
});
export const SignOut = object("signOut", 0x0108, 1, {});
export const LookUpHandle = object("lookUpHandle", 0x0110, 1, { handle });
export const LookUpIdentity = object("lookUpIdentity", 0x0111, 1, { identityHash: open(hash32, "an invitation's inviter") });
export const LookUpAccount = object("lookUpAccount", 0x0112, 1, { account });
export const SendRequest = object("sendRequest", 0x0113, 1, { to: account, sealed: sealed(bytes(8192)) });
/** Takes an item out of the own inbox: it was handled, and the outcome is on this device's disk. */
export const ClearInbox = object("clearInbox", 0x0114, 1, { item: position });
export const FetchInbox = object("fetchInbox", 0x0115, 1, { after: position });
export const PublishKeyPackages = object("publishKeyPackages", 0x0118, 1, { keyPackages, lastResort });
/** One key package of each standing device of the account. */
export const TakeKeyPackages = object("takeKeyPackages", 0x0119, 1, { account });
/** Founds the one direct conversation of two accounts: its first row, a commit that adds the other's devices. */
export const FoundConversation = object("foundConversation", 0x0120, 1, {
  ...draft,
  with: account,
  suite: open(u8, "the cipher suite: 1 or 2"),
});
export const Append = object("append", 0x0121, 1, draft);
export const FetchRows = object("fetchRows", 0x0122, 1, { log, after: position, maxBytes: open(u32, "page size") });
/** Everything up to here is on this device's disk. */
export const Acknowledge = object("acknowledge", 0x0123, 1, { log, position });
export const FetchHeads = object("fetchHeads", 0x0124, 1, { after: nullable(log) });
export const PostGroupInfo = object("postGroupInfo", 0x0125, 1, { log, turn, groupInfo: sealed(bytes(MAX_WELCOME)) });
export const FetchGroupInfo = object("fetchGroupInfo", 0x0126, 1, { log });
export const SendTransient = object("sendTransient", 0x0130, 1, { log, body: sealed(bytes(16_384)) });
export const FetchIceServers = object("fetchIceServers", 0x0131, 1, {});
export const Ping = object("ping", 0x0132, 1, {});

export const requests = [
  Hello,
  SignUpStart,
  SignUpFinish,
  LoginStart,
  LoginFinish,
  OpenSession,
  Resume,
  SignOut,
  LookUpHandle,
  LookUpIdentity,
  LookUpAccount,
  SendRequest,
  ClearInbox,
  FetchInbox,
  PublishKeyPackages,
  TakeKeyPackages,
  FoundConversation,
  Append,
  FetchRows,
  Acknowledge,
  FetchHeads,
  PostGroupInfo,
  FetchGroupInfo,
  SendTransient,
  FetchIceServers,
  Ping,
] as const;
export const Request = oneOf(requests);
export type Request = ValueOf<typeof Request>;

// —— Replies —————————————————————————————————————————————————————————————————————————————————————————————

export const Done = object("done", 0x0201, 1, {});
/** The request changes nothing. One reason per thing a person or a client can do about it. */
export const Refused = object("refused", 0x0202, 1, {
  reason: open(
    choice([
      "notSignedIn",
      "credentials",
      "nameTaken",
      "nameNotAllowed",
      "signUpClosed",
      "invitationInvalid",
      "ticketExpired",
      "unknownDevice",
      "sessionEnded",
      "accountDisabled",
      "notFound",
      "notMember",
      "requestPending",
      "noKeyPackages",
      "invalid",
      "full",
      "notStored",
      "protocol",
    ]),
    "why",
  ),
});
/** Nothing is wrong with the request but its time. */
export const SlowDown = object("slowDown", 0x0203, 1, {
  retryAfterMs: open(u53, "wait"),
  puzzle: nullable(struct({ seed: open(fixed(16), "a puzzle"), bits: open(u8, "its price") })),
});
export const HelloAnswer = object("helloAnswer", 0x0210, 1, {
  time,
  signUp: open(choice(["open", "invitation", "closed"]), "who may sign up"),
  /** OPAQUE set-up for new records, and its static public key, pinned at first use. */
  setup: ident(id16),
  setupKey: publicKey(32),
});
export const SignUpAnswer = object("signUpAnswer", 0x0211, 1, { setup: ident(id16), response: sealed(fixed(64)) });
export const LoginAnswer = object("loginAnswer", 0x0212, 1, {
  ticket: ident(id16),
  setup: ident(id16),
  response: sealed(fixed(320)),
});
export const LoggedIn = object("loggedIn", 0x0213, 1, {
  account,
  accountRecord: open(bytes(4096), "as published"),
  deviceList: open(bytes(4096), "as published"),
  wraps: struct({ password: sealed(bytes(512)), accountSecret: sealed(bytes(4096)) }),
});
export const Session = object("session", 0x0214, 1, {
  account,
  device,
  session: ident(id16),
  token: open(fixed(32), "proves the session"),
  /** Presented at the next login from this browser: its guesses have a budget of their own. */
  knownSecret: open(fixed(32), "proves that the browser has held the account"),
});
export const Resumed = object("resumed", 0x0215, 1, { account, device, share, handle });
/** An account as anyone may see it. All four are signed; the server is believed in nothing. */
export const Found = object("found", 0x0216, 1, {
  account,
  handle,
  accountRecord: open(bytes(4096), "as published"),
  address: open(bytes(4096), "as published"),
  deviceList: open(bytes(4096), "as published"),
  certificates: open(list(bytes(4096), 24), "as published"),
});
export const KeyPackages = object("keyPackages", 0x0217, 1, { keyPackages });
export const Appended = object("appended", 0x0218, 1, { position, time });
/** The log is at another turn: read on, seal again. */
export const StaleTurn = object("staleTurn", 0x0219, 1, { turn, position });
/** The device's last sequence is another: `last` + 1 is expected. */
export const OutOfSequence = object("outOfSequence", 0x021a, 1, { last: sequence });
/** Another direct conversation of the two exists; its Welcome is on the way. */
export const Exists = object("exists", 0x021b, 1, { log });
export const Rows = object("rows", 0x021c, 1, { rows: list(Row, 500), head: position, turn });
const more = open(bool, "the list goes on");
/** Newest position and turn of each log, and this device's cursor and sequence in it. */
export const Heads = object("heads", 0x021d, 1, {
  heads: list(struct({ log, head: position, turn, cursor: position, sequence }), 500),
  more,
});
const inboxItem = struct({
  item: position,
  kind: open(choice(["request", "welcome"]), "which of the two"),
  from: account,
  log: nullable(log),
  /** Where the log stood when the commit of a Welcome was stored: the joiner reads on from there. */
  position: nullable(position),
  body: sealed(bytes(MAX_WELCOME)),
});
export type InboxItem = ValueOf<typeof inboxItem>;
export const Inbox = object("inbox", 0x021e, 1, { items: list(inboxItem, 32), more });
export const GroupInfos = object("groupInfos", 0x021f, 1, { turn, groupInfos: list(sealed(bytes(MAX_WELCOME)), 3) });
export const IceServers = object("iceServers", 0x0220, 1, {
  servers: list(
    struct({
      urls: open(list(text(255), 8), "STUN and TURN servers of the operator"),
      username: open(nullable(text(128)), "random per call and short-lived"),
      credential: open(nullable(text(128)), "its proof"),
    }),
    8,
  ),
  relay: open(bool, "whether one of them relays"),
});
export const Pong = object("pong", 0x0221, 1, { time });

export const replies = [
  Done,
  Refused,
  SlowDown,
  HelloAnswer,
  SignUpAnswer,
  LoginAnswer,
  LoggedIn,
  Session,
  Resumed,
  Found,
  KeyPackages,
  Appended,
  StaleTurn,
  OutOfSequence,
  Exists,
  Rows,
  Heads,
  Inbox,
  GroupInfos,
  IceServers,
  Pong,
] as const;
export const Reply = oneOf(replies);
export type Reply = ValueOf<typeof Reply>;
export type RefusalReason = ValueOf<typeof Refused>["reason"];

// —— Pushes ——————————————————————————————————————————————————————————————————————————————————————————————

/** A new row of a log whose rows this session gets. A gap in the positions is filled with `fetchRows`. */
export const RowPush = object("rowPush", 0x0301, 1, { log, row: Row });
export const InboxPush = object("inboxPush", 0x0302, 1, { item: inboxItem });
export const TransientPush = object("transientPush", 0x0303, 1, { log, body: sealed(bytes(16_384)) });
/** This session is over: signed out elsewhere, or the account was disabled. */
export const SessionEnded = object("sessionEnded", 0x0304, 1, { why: open(choice(["signedOut", "disabled", "replaced"]), "why") });
/** The server is going down in an orderly way; come back after the wait. */
export const GoingAway = object("goingAway", 0x0305, 1, { retryAfterMs: open(u53, "wait") });
export const pushes = [RowPush, InboxPush, TransientPush, SessionEnded, GoingAway] as const;
export const Push = oneOf(pushes);
export type Push = ValueOf<typeof Push>;

// —— Frames ——————————————————————————————————————————————————————————————————————————————————————————————

/** `number` is the client's and comes back with the reply. */
export const ClientFrame = struct({ number: open(u53, "pairs a reply with its request"), request: Request });
export type ClientFrame = ValueOf<typeof ClientFrame>;
/** Exactly one of the two is there. */
export const ServerFrame: Codec<ServerFrame> = oneOf([
  object("reply", 0x0001, 1, { number: open(u53, "pairs a reply with its request"), reply: Reply }),
  object("push", 0x0002, 1, { push: Push }),
]);
export type ServerFrame =
  | { readonly type: "reply"; readonly number: number; readonly reply: Reply }
  | { readonly type: "push"; readonly push: Push };

/** Why the server closes a connection, as WebSocket close codes of the private range. */
export const closeCode = {
  malformed: 4000,
  tooMuch: 4001,
  idle: 4002,
  sessionEnded: 4003,
  goingAway: 4004,
  protocol: 4005,
} as const;

/** What each request may be answered with, besides `refused` and `slowDown`. */
export interface ReplyTo {
  readonly hello: "helloAnswer";
  readonly signUpStart: "signUpAnswer";
  readonly signUpFinish: "session";
  readonly loginStart: "loginAnswer";
  readonly loginFinish: "loggedIn";
  readonly openSession: "session";
  readonly resume: "resumed";
  readonly signOut: "done";
  readonly lookUpHandle: "found";
  readonly lookUpIdentity: "found";
  readonly lookUpAccount: "found";
  readonly sendRequest: "done";
  readonly clearInbox: "done";
  readonly fetchInbox: "inbox";
  readonly publishKeyPackages: "done";
  readonly takeKeyPackages: "keyPackages";
  readonly foundConversation: "appended" | "exists";
  readonly append: "appended" | "staleTurn" | "outOfSequence";
  readonly fetchRows: "rows";
  readonly acknowledge: "done";
  readonly fetchHeads: "heads";
  readonly postGroupInfo: "done" | "staleTurn";
  readonly fetchGroupInfo: "groupInfos";
  readonly sendTransient: "done";
  readonly fetchIceServers: "iceServers";
  readonly ping: "pong";
}
