/** A client for a browser that cannot run the app: it says so, and answers nothing. */
import { connectClient, type TabClient } from "@megachat/worker/client";
import { emptySnapshot, type Broken } from "@megachat/view";

export function brokenClient(reason: Broken): TabClient {
  const tab = connectClient({ post: () => {} }, () => "none");
  tab.receive({ type: "push", push: { type: "snapshot", snapshot: { ...emptySnapshot, session: { at: "broken", reason } } } });
  return tab;
}
