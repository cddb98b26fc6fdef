/** What the core worker's entry file calls. */
export { startCoreWorker, type CoreWorkerPowers } from "./browser/core-worker.ts";
export { hostRandom } from "./host/powers.ts";
