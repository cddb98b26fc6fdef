/** MLS conversations and their guard. The only package that knows what an MLS engine is. */
export { readCertificate, signCertificate, verifyCertificate, type CertificateError } from "./certificate.ts";
export { createEngine, restoreEngine } from "./create-engine.ts";
export type * from "./engine.ts";
export { judgeCommit, type Committer, type GroupState, type JudgedCommit, type Verdict } from "./guard.ts";
export { loadMls, type Mls, type WasmSource } from "./mls.ts";
export { findAccount, isOrderly, newDirectRoster, readRoster, stands, writeRoster, type DirectAccount } from "./roster.ts";
