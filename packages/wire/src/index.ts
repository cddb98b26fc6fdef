/** Every byte that crosses a boundary, declared once. */
export * from "./account-objects.ts";
export * from "./codec.ts";
export * from "./log-objects.ts";
export * from "./transport.ts";
