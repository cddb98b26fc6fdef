/** What a page needs of the core: a client over its worker's port. Small, since it is loaded before the form. */
export { lendThread } from "./browser/lent-thread.ts";
export { freshId, hostRandom, wallClock } from "./host/powers.ts";
export { connectClient, type MediaPort, type TabClient, type TabPort } from "./rpc/client.ts";
