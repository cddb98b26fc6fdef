/** The pushes that bring a tab from what it shows to what it should show; none where nothing has changed. [V42] */
import type { Push, Snapshot } from "@megachat/view";
import { same } from "./same.ts";

export function difference(before: Snapshot, after: Snapshot): readonly Push[] {
  const pushes: Push[] = [];
  if (!same(before.session, after.session)) pushes.push({ type: "session", session: after.session });
  const contacts = changed(before.contacts, after.contacts);
  if (contacts) pushes.push({ type: "contacts", ...contacts });
  const conversations = changed(before.conversations, after.conversations);
  if (conversations) pushes.push({ type: "conversations", ...conversations });
  if (!same(before.invitations, after.invitations)) pushes.push({ type: "invitations", invitations: after.invitations });
  if (!same(before.call, after.call)) pushes.push({ type: "call", call: after.call });
  if (!same(before.settings, after.settings)) pushes.push({ type: "settings", settings: after.settings });
  const alarms = after.accountAlarms ?? [];
  if (!same(before.accountAlarms ?? [], alarms)) pushes.push({ type: "accountAlarms", alarms });
  if (after.listsReady && !before.listsReady) pushes.push({ type: "listsReady" });
  return pushes;
}

function changed<K, V>(
  before: ReadonlyMap<K, V>,
  after: ReadonlyMap<K, V>,
): { readonly put: readonly V[]; readonly gone: readonly K[] } | undefined {
  if (before === after) return undefined;
  const put = Array.from(after).flatMap(([key, value]) => (same(before.get(key), value) ? [] : [value]));
  const gone = Array.from(before.keys()).filter((key) => !after.has(key));
  return put.length + gone.length === 0 ? undefined : { put, gone };
}
