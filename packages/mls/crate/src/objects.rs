//! Facts as plain JavaScript objects: nothing of them lives in this module's memory, so nothing needs to be freed.

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use crate::facts::{Author, CommitFacts, KeyPackageFacts, LeafFacts, MemberFacts};
use crate::receive::{Content, Received};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface LeafFacts {
  readonly credentialType: number;
  readonly credential: Uint8Array;
  readonly signatureKey: Uint8Array;
  readonly encryptionKey: Uint8Array;
  readonly extensions: readonly number[];
}
export interface MemberFacts {
  readonly leaf: number;
  readonly credentialType: number;
  readonly credential: Uint8Array;
  readonly signatureKey: Uint8Array;
}
export interface KeyPackageFacts {
  readonly suite: number;
  readonly leaf: LeafFacts;
  /** Seconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly lastResort: boolean;
  readonly extensions: readonly number[];
}
export interface ContextExtension {
  readonly type: number;
  readonly content: Uint8Array;
}
export interface CommitFacts {
  readonly epoch: number;
  readonly adds: readonly KeyPackageFacts[];
  readonly removes: readonly number[];
  /** RFC 9420 §17.4. */
  readonly proposals: readonly number[];
  readonly byReference: boolean;
  readonly path: LeafFacts | undefined;
  readonly context: readonly ContextExtension[];
  readonly selfRemoved: boolean;
}
/** A leaf index; −1 for the author of an external commit, −2 for anyone else outside the group. */
export type Author = number;
export interface Received {
  readonly kind: "application" | "commit" | "ownCommit" | "ownUnverified" | "proposal";
  readonly author: Author;
  readonly joinerLeaf: number | undefined;
  readonly aad: Uint8Array;
  readonly plaintext: Uint8Array | undefined;
  readonly commit: CommitFacts | undefined;
}
export interface GroupFacts {
  readonly group: Uint8Array;
  readonly suite: number;
  readonly epoch: number;
  readonly authenticator: Uint8Array;
  readonly context: readonly ContextExtension[];
  readonly members: readonly MemberFacts[];
  readonly ownLeaf: number;
  readonly active: boolean;
  readonly pending: boolean;
}
export interface Built {
  readonly commit: Uint8Array;
  readonly welcome: Uint8Array | undefined;
  readonly groupInfo: Uint8Array | undefined;
}
"#;

pub fn object(fields: &[(&str, JsValue)]) -> JsValue {
    let out = Object::new();
    for (name, value) in fields {
        // Fails only on frozen objects and proxies.
        let _ = Reflect::set(&out, &JsValue::from_str(name), value);
    }
    out.into()
}

pub fn bytes(value: &[u8]) -> JsValue {
    Uint8Array::from(value).into()
}

pub fn optional(value: Option<&[u8]>) -> JsValue {
    value.map_or(JsValue::UNDEFINED, bytes)
}

pub fn list<T>(items: &[T], put: impl Fn(&T) -> JsValue) -> JsValue {
    items.iter().map(put).collect::<Array>().into()
}

/// Exact up to 2^53; what lies above is out of every bound that the caller sets.
pub fn number(value: u64) -> JsValue {
    JsValue::from_f64(value as f64)
}

pub fn leaf(leaf: &LeafFacts) -> JsValue {
    object(&[
        ("credentialType", leaf.credential_type.into()),
        ("credential", bytes(&leaf.credential)),
        ("signatureKey", bytes(&leaf.signature_key)),
        ("encryptionKey", bytes(&leaf.encryption_key)),
        ("extensions", list(&leaf.extensions, |kind| (*kind).into())),
    ])
}

pub fn member(member: &MemberFacts) -> JsValue {
    object(&[
        ("leaf", member.leaf.into()),
        ("credentialType", member.credential_type.into()),
        ("credential", bytes(&member.credential)),
        ("signatureKey", bytes(&member.signature_key)),
    ])
}

pub fn key_package(package: &KeyPackageFacts) -> JsValue {
    object(&[
        ("suite", package.suite.into()),
        ("leaf", leaf(&package.leaf)),
        ("notBefore", number(package.not_before)),
        ("notAfter", number(package.not_after)),
        ("lastResort", package.last_resort.into()),
        ("extensions", list(&package.extensions, |kind| (*kind).into())),
    ])
}

pub fn context(extensions: &[(u16, Vec<u8>)]) -> JsValue {
    list(extensions, |(kind, content)| object(&[("type", (*kind).into()), ("content", bytes(content))]))
}

pub fn commit(facts: &CommitFacts) -> JsValue {
    object(&[
        ("epoch", number(facts.epoch)),
        ("adds", list(&facts.adds, key_package)),
        ("removes", list(&facts.removes, |leaf| (*leaf).into())),
        ("proposals", list(&facts.proposals, |kind| (*kind).into())),
        ("byReference", facts.by_reference.into()),
        ("path", facts.path.as_ref().map_or(JsValue::UNDEFINED, leaf)),
        ("context", context(&facts.context)),
        ("selfRemoved", facts.self_removed.into()),
    ])
}

pub fn received(received: &Received) -> JsValue {
    let kind = match received.content {
        Content::Application(_) => "application",
        Content::Commit(_) => "commit",
        Content::OwnCommit => "ownCommit",
        Content::OwnUnverified => "ownUnverified",
        Content::Proposal => "proposal",
    };
    let plaintext = if let Content::Application(plaintext) = &received.content { bytes(plaintext) } else { JsValue::UNDEFINED };
    let facts = if let Content::Commit(facts) = &received.content { commit(facts) } else { JsValue::UNDEFINED };
    let author = match received.author {
        Author::Leaf(leaf) => leaf.into(),
        Author::Joiner => (-1).into(),
        Author::Outsider => (-2).into(),
    };
    object(&[
        ("kind", kind.into()),
        ("author", author),
        ("joinerLeaf", received.joiner_leaf.map_or(JsValue::UNDEFINED, Into::into)),
        ("aad", bytes(&received.aad)),
        ("plaintext", plaintext),
        ("commit", facts),
    ])
}
