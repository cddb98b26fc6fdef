/** Every byte that crosses a boundary, declared once. */
export * from "./account-entries.ts";
export * from "./account-objects.ts";
export type * from "./call-media.ts";
export * from "./call-objects.ts";
export * from "./codec.ts";
export * from "./contact-objects.ts";
export * from "./group-objects.ts";
export * from "./handle.ts";
export * from "./log-objects.ts";
export * from "./message-objects.ts";
export * from "./mimi.ts";
export * from "./mls-header.ts";
export * from "./transport.ts";
