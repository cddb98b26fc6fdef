/** What the core worker's entry file calls. */
export { startCoreWorker, threadOf, type CoreWorkerPowers } from "./browser/core-worker.ts";
export { hostRandom } from "./host/powers.ts";
