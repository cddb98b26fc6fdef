/** Sound and picture of calls, in the tab that has them. Rules: spec/media.md. The worker's entry file is `worker/media-worker.ts`. */
export { openCallMedia, type CallMedia, type CallMediaDeps } from "./peer/call-media.ts";
export type { Capture } from "./peer/capture.ts";
export type { DeviceKind, MediaRefusal, RefusalReason } from "./peer/refusal.ts";
export { openCallTab, type CallSurface, type CallSurfaceState, type CallTab, type CallTabDeps } from "./surface/call-tab.ts";
