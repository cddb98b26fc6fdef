/** The client's mind: accounts, contacts, conversations and calls as pure steps. */
export * from "./step.ts";
export * as conversation from "./conversation/index.ts";
