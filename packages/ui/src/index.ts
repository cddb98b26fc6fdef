/** The screen: one component, given the core's client, the tab's media and the time. */
export { App, type AppProps } from "./App.tsx";
export type { DeviceKind, MediaDevice, MediaRefusal, MediaState, MediaSurface, MediaWish } from "./media-surface.ts";
