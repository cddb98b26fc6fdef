/** The contract between the core's worker and a screen: what is pushed, what may be asked, and the total functions over both. Imports base only. */
export type * from "./account-alarm.ts";
export type * from "./call.ts";
export * from "./contact.ts";
export * from "./contract.ts";
export type * from "./conversation.ts";
export * from "./intents.ts";
export type * from "./message.ts";
export * from "./refs.ts";
export type * from "./session.ts";
export * from "./settings.ts";
export * from "./finder.ts";
export * from "./message-window.ts";
export * from "./names.ts";
export * from "./place.ts";
export * from "./rows.ts";
export * from "./summaries.ts";
export * from "./when.ts";
