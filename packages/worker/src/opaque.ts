/** What the throw-away worker's entry file calls. */
export { startOpaqueWorker } from "./browser/opaque-worker.ts";
