/**
 * What the database holds, column by column, and why. SECURITY.md's table of what lies on the server's disk is made from
 * it, and a column that is missing here fails a test. [S2]
 *
 * `sealed` means that the server keeps bytes it cannot open. `id` is a random or derived name without meaning.
 */
import type { Exposure } from "@megachat/wire";

const sealed: Exposure = { to: "sealed" };
const id: Exposure = { to: "id" };
const open = (why: string): Exposure => ({ to: "public", why });

const account = id;
const device = id;
const log = id;
const position = open("orders a log");
const when = (what: string): Exposure => open(`when ${what}, ms since 1970`);
const uptime = open("what ages the row: how long the server had been running, ms");

export const columns: Readonly<Record<string, Readonly<Record<string, Exposure>>>> = {
  uptime: { id: open("there is one"), ms: open("how long the server has been running, all in all") },
  fact: { name: open("what is remembered about the server itself"), value: open("such as its main origin") },
  account: {
    id: account,
    handle: open("finds an account by the name its owner chose"),
    identity_hash: open("invitations name an account by it"),
    setup: id,
    record: open("the OPAQUE record: tests a password only together with the server's own secret, which is not in the database"),
    account_record: open("identity key, signed by itself"),
    address: open("key that contact requests are sealed to"),
    device_list: open("serials that stand, signed by the identity key"),
    wrap_password: sealed,
    wrap_recovery: sealed,
    wrap_secret: sealed,
    sign_up_hash: open("recognises a sign-up that is repeated after its answer was lost"),
    inbox_last: open("numbers the items of the inbox"),
    disabled: open("the operator has switched the account off"),
    created: when("the account was made"),
  },
  device: {
    id: device,
    account,
    certificate: open("device keys, signed by the identity key"),
    signature_key: open("verifies who opens a session"),
    created: when("the device was added"),
  },
  session: {
    id,
    device,
    token_hash: open("recognises the session's token"),
    share: open("half of a key that opens one browser's disk; useless without the other half, deleted at sign-out"),
    uptime,
  },
  known_browser: {
    device,
    secret_hash: open("recognises a browser that has held the account"),
    uptime,
  },
  key_package: {
    id: open("orders them"),
    device,
    hash: open("recognises one that is published twice"),
    body: open("MLS key packages: public keys and certificates for being added to conversations"),
    uptime,
  },
  last_resort: { device, body: open("the key package that is used when no one-time package is left") },
  log: {
    id: log,
    kind: open("an account's own log, or a direct conversation"),
    generation: open("a cipher-suite generation of the conversation; 0"),
    suite: open("the cipher suite: 1 or 2"),
    head: position,
    turn: open("counts a log's commits"),
    last_time: when("the newest row was stored"),
    bytes: open("how much waits to be read"),
  },
  direct: { low: account, high: account, log },
  member: {
    log,
    device,
    since: open("the device's rows are above this one"),
    until: open("the last one, once it was removed"),
    until_turn: open("and the turn after it"),
    cursor: open("what the device has acknowledged"),
    sequence: open("recognises a repeated append"),
    last_hash: open("recognises a repeated append after its row has gone"),
    last_position: position,
    last_time: when("the device's newest row was stored"),
  },
  row: {
    log,
    position,
    turn: open("counts a log's commits, so that none is built on an old state"),
    time: when("the row was stored"),
    kind: open("commits advance the turn"),
    device,
    sequence: open("recognises a repeated append"),
    body_hash: open("tells a repetition from another row"),
    body: sealed,
    uptime,
  },
  read_further: { log },
  group_info: { log, device, number: open("keeps the newest"), body: sealed },
  inbox_body: { id: open("one body for many inboxes"), body: sealed },
  inbox: {
    account,
    item: open("orders the inbox"),
    device,
    kind: open("a contact request or a Welcome"),
    sender: account,
    log,
    position,
    body: open("points to the body"),
    uptime,
  },
  request: {
    sender: account,
    receiver: account,
    item: open("the item that waits, if it still does"),
    body_hash: open("recognises the same request sent twice"),
    uptime,
  },
  invitation: {
    id: open("names it to the operator"),
    code_hash: open("recognises the code"),
    uses_left: open("how many may still sign up with it"),
    expires: when("it stops being good"),
    created: when("it was made"),
  },
};
