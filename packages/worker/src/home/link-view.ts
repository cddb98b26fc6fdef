/** The connection as a screen shows it. */
import { type Clock, type Instant } from "@megachat/base";
import type { Link as LinkView } from "@megachat/view";
import { isUp, type Link } from "../link/link.ts";

/** The link runs on a clock that never goes back; people read the one on the wall. */
export function linkView(link: Link, steady: Instant, clock: Clock): LinkView {
  const wall = (time: Instant): Instant => (clock.now() + (time - steady)) as Instant;
  const since = wall(link.since);
  const { at } = link;
  if (isUp(at) && at.step === "open") return { at: "online" };
  if (link.networkDown) return { at: "offline", since };
  return at.step === "waiting" ? { at: "waiting", since, retryAt: wall(at.until) } : { at: "connecting", since };
}
