/** The client's mind: accounts, contacts, conversations and calls as pure steps. */
export * as account from "./account/index.ts";
export * as call from "./call/index.ts";
export * as contact from "./contact/index.ts";
export * as conversation from "./conversation/index.ts";
export { restoreCore, type CoreState } from "./core-state.ts";
export { conversationWith } from "./core/desk.ts";
export { deviceOf, holdRecoveryKey, stepCore } from "./core-step.ts";
export type * from "./step.ts";
export { type CallWish, type ConversationWish, type CoreWish } from "./wishes.ts";
