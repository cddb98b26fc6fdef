//! The few operations of OpenMLS that MegaChat uses, as synchronous calls over rows, and nothing of MegaChat's policy.
//!
//! `glue` is the JavaScript surface; the other modules are plain Rust. Every call from outside either succeeds or throws
//! an `Error` whose message is a word of `refusal`. A panic aborts: WebAssembly throws a `RuntimeError`, after which
//! this instance must not be used again.

mod commit;
mod engine;
mod facts;
mod glue;
mod objects;
mod passive;
mod provider;
mod receive;
mod refusal;
mod storage_provider;
mod store;
