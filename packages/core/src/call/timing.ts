/** How long a call waits for what, and how often it says things again. [L5] [L9–L12] */
import { minutes, seconds } from "@megachat/base";

/** Between two ringings; the second comes early, in case the first overtook the start. */
export const RING_EVERY = seconds(5);
export const RING_AGAIN_AFTER = seconds(1);
/** Two ringings may be lost. */
export const RING_LASTS = seconds(12);
/** Of the caller's patience, from the click. */
export const ANSWER_WITHIN = minutes(1);
/** From the callee's click until the caller has confirmed the accept. */
export const CONFIRM_WITHIN = seconds(20);
export const LIVE_EVERY = seconds(2);
export const CONNECT_WITHIN = seconds(25);
export const RESTART_EVERY = seconds(5);
/**
 * However many reasons come together, restarts are at least this far apart. A path needs a second or two, and Firefox
 * that is given new credentials while it still checks the old ones finds none.
 */
export const RESTART_PAUSE = seconds(3);
/** Restart offers of the other side that follow one another faster are passed over. */
export const OFFER_PAUSE = seconds(1);
/** Silence after which a call is over. Longer than a tunnel, shorter than a person waits. */
export const LOST_AFTER = seconds(30);
export const SIDE_EVERY = seconds(10);
/** Half the life of a relay's credentials: whenever the path is lost, those in hand are still good. */
export const PATH_EVERY = minutes(5);
/** Until the next question, where one was not answered. */
export const PATH_AGAIN_AFTER = minutes(1);
/** For tabs to say what they have, after the core has started anew. */
export const PAGES_WITHIN = seconds(8);

/** Starts kept in case they ring. */
export const MAX_OFFERS = 16;
/** Calls whose lines may still change. */
export const MAX_RECORDS = 32;
/** Late candidates kept per call and side. */
export const MAX_LATE = 24;
export const MAX_GENERATION = 65_535;
