/** What tests of more than one package share. Never imported by the product. */
export * from "./sim-disk.ts";
export * from "./sim-server.ts";
export * from "./sim-time.ts";
