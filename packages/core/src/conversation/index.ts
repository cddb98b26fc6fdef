/** Conversations, as the rest of the core uses them. */
export * from "./step.ts";
export { callContent, messageIdOf, readContent } from "./content.ts";
export { conversationOfChainKey, decodeConversation, decodeOutgoing, decodeSeen } from "./at-rest.ts";
export { decodeLine, type CallLine, type Line, type SystemEvent } from "./line.ts";
export { freshness } from "./watch.ts";
export { type Alarm, type AlarmType, type Conversation, type LastLine, type Outgoing, type SendFailure } from "./state.ts";
export { type Context, type Happening } from "./work.ts";
