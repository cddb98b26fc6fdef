/** {@link ContactsState} as it lies in the local database, and what a step has to write. [F20] */
import { instant, toHex, type Instant } from "@megachat/base";
import {
  bool,
  bytes,
  choice,
  decode,
  encode,
  fixed,
  hash32,
  id16,
  list,
  nullable,
  object,
  signingKey,
  struct,
  text,
  u16,
  u53,
} from "@megachat/wire";
import type { StoredRow } from "../account/at-rest.ts";
import type { Hex, PutRow } from "../step.ts";
import { calmContacts, type Contact, type ContactsState, type Invitation, type SeenRequest } from "./state.ts";

const ContactRow = object("contact", 0x0c61, 1, {
  account: id16,
  handle: text(64),
  displayName: nullable(text(320)),
  n: u16,
  identityKey: signingKey,
  via: choice(["handle", "invitation", "request"]),
  relation: choice(["contact", "requestSent", "requestReceived", "removed", "stranger"]),
  since: u53,
  text: text(2000),
  blockedOn: nullable(u53),
  verifiedOn: nullable(u53),
  changed: nullable(struct({ n: u16, identityKey: signingKey, on: u53, wasVerified: bool })),
  list: nullable(struct({ version: u53, hash: hash32 })),
  at: struct({ pin: u53, block: u53, change: u53 }),
  incoming: nullable(struct({ byInvitation: choice(["no", "first", "again"]), accept: bool })),
  outgoing: nullable(struct({ sealed: bytes(8192), delivered: bool })),
});
const InvitationRow = object("invitation", 0x0c62, 1, {
  id: id16,
  secret: fixed(16),
  expiresAt: u53,
  state: choice(["open", "used", "revoked"]),
  usedBy: list(id16, 1000),
});
const SeenRow = object("requestSeen", 0x0c63, 1, { nonce: id16, from: id16 });

/** Spaces of the database that this part owns. */
export const contactSpaces = ["contact", "invitation", "request"] as const;
type Space = (typeof contactSpaces)[number];

/** What changed between two states, as rows to write. */
export function contactRows(before: ContactsState, now: ContactsState): readonly PutRow[] {
  return [
    ...changed("contact", before.contacts, now.contacts, (contact) => contact.account, encodeContact),
    ...changed("invitation", before.invitations, now.invitations, (invitation) => invitation.id, encodeInvitation),
    ...changed("request", before.seen, now.seen, (seen) => seen.nonce, encodeSeen),
  ];
}

function changed<T>(
  space: Space,
  before: ReadonlyMap<Hex, T>,
  now: ReadonlyMap<Hex, T>,
  keyOf: (value: T) => Uint8Array,
  encoded: (value: T) => Uint8Array,
): readonly PutRow[] {
  if (before === now) return [];
  const put = (key: Uint8Array, value: Uint8Array | null): PutRow => ({ type: "store", put: "row", space, key, value });
  const news = [...now].filter(([hex, value]) => before.get(hex) !== value).map(([, value]) => put(keyOf(value), encoded(value)));
  const gone = [...before].filter(([hex]) => !now.has(hex)).map(([, value]) => put(keyOf(value), null));
  return [...news, ...gone];
}

/** The state of rows; null when one of them is damaged. Rows of other spaces are passed over. */
export function restoreContacts(rows: Iterable<StoredRow>): ContactsState | null {
  const contacts = new Map<Hex, Contact>();
  const invitations = new Map<Hex, Invitation>();
  const seen = new Map<Hex, SeenRequest>();
  for (const { space, value } of rows) {
    if (space === "contact") {
      const contact = decodeContact(value);
      if (!contact) return null;
      contacts.set(toHex(contact.account), contact);
    } else if (space === "invitation") {
      const read = decode(InvitationRow, value);
      if (!read.ok) return null;
      const { type: _type, expiresAt, ...plain } = read.value;
      invitations.set(toHex(plain.id), { ...plain, expiresAt: instant(expiresAt) });
    } else if (space === "request") {
      const read = decode(SeenRow, value);
      if (!read.ok) return null;
      seen.set(toHex(read.value.nonce), { nonce: read.value.nonce, from: read.value.from });
    }
  }
  return { contacts, invitations, seen, live: calmContacts };
}

const encodeContact = (contact: Contact): Uint8Array => encode(ContactRow, { ...contact, type: "contact" });
function decodeContact(row: Uint8Array): Contact | null {
  const read = decode(ContactRow, row);
  if (!read.ok) return null;
  const { type: _type, since, blockedOn, verifiedOn, changed: change, ...plain } = read.value;
  const maybe = (time: number | null): Instant | null => (time === null ? null : instant(time));
  return {
    ...plain,
    since: instant(since),
    blockedOn: maybe(blockedOn),
    verifiedOn: maybe(verifiedOn),
    changed: change && { ...change, on: instant(change.on) },
  };
}
const encodeInvitation = (invitation: Invitation): Uint8Array => encode(InvitationRow, { ...invitation, type: "invitation" });
const encodeSeen = (seen: SeenRequest): Uint8Array => encode(SeenRow, { ...seen, type: "requestSeen" });
