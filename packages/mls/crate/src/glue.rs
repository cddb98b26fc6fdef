//! The surface towards JavaScript. No decisions: every line converts and calls.

use js_sys::{Array, Uint8Array};
use openmls::prelude::MlsGroup;
use wasm_bindgen::prelude::*;

use crate::commit::{Built, Change, Validity};
use crate::engine::Engine as Inner;
use crate::facts;
use crate::objects;
use crate::refusal::{Outcome, Refusal};
use crate::store::Slot;

pub fn thrown<T>(outcome: Outcome<T>) -> Result<T, JsError> {
    outcome.map_err(|Refusal(word)| JsError::new(word))
}

pub fn byte_arrays(list: &Array) -> Vec<Vec<u8>> {
    list.iter().map(|item| Uint8Array::new(&item).to_vec()).collect()
}

fn slot(number: u8) -> Outcome<Slot> {
    [Slot::Live, Slot::Kept, Slot::Candidate].into_iter().find(|slot| *slot as u8 == number).ok_or(Refusal("slot"))
}

fn built(built: &Built) -> JsValue {
    objects::object(&[
        ("commit", objects::bytes(&built.commit)),
        ("welcome", objects::optional(built.welcome.as_deref())),
        ("groupInfo", objects::optional(built.group_info.as_deref())),
    ])
}

fn group_facts(group: &MlsGroup) -> JsValue {
    objects::object(&[
        ("group", objects::bytes(group.group_id().as_slice())),
        ("suite", u16::from(group.ciphersuite()).into()),
        ("epoch", objects::number(group.epoch().as_u64())),
        ("authenticator", objects::bytes(group.epoch_authenticator().as_slice())),
        ("context", objects::context(&facts::context_extensions(group.public_group().group_context()))),
        ("members", objects::list(&facts::members(group), objects::member)),
        ("ownLeaf", group.own_leaf_index().u32().into()),
        ("active", group.is_active().into()),
        ("pending", group.pending_commit().is_some().into()),
    ])
}

/// Sets the time by which lifetimes are judged, in milliseconds since 1970. The module has no other clock.
#[wasm_bindgen(js_name = setNow)]
pub fn set_now(now_ms: f64) {
    web_time::set(now_ms.max(0.0) as u64);
}

/// One device's MLS state. Not re-entrant; after a `RuntimeError` the whole module is lost.
#[wasm_bindgen]
pub struct Engine(Inner);

#[wasm_bindgen]
impl Engine {
    #[wasm_bindgen(constructor)]
    pub fn new(identity: &[u8], seed: &[u8], public_key: &[u8]) -> Result<Engine, JsError> {
        thrown(Inner::new(identity, seed, public_key)).map(Engine)
    }

    // —— Rows ————————————————————————————————————————————————————————————————————————————————————————————————

    /// `[key, value or undefined, …]` of the rows changed since the last call; undefined inside a step.
    #[wasm_bindgen(js_name = takeChanges, unchecked_return_type = "(Uint8Array | undefined)[] | undefined")]
    pub fn take_changes(&self) -> JsValue {
        let Some(changes) = self.0.provider.store.take_changes() else { return JsValue::UNDEFINED };
        changes.iter().flat_map(|(key, value)| [objects::bytes(key), objects::optional(value.as_deref())]).collect::<Array>().into()
    }
    #[wasm_bindgen(js_name = loadRow)]
    pub fn load_row(&self, key: Vec<u8>, value: Vec<u8>) {
        self.0.provider.store.load(key, value);
    }
    pub fn begin(&self) {
        self.0.provider.store.begin();
    }
    pub fn keep(&self) {
        self.0.provider.store.keep();
    }
    pub fn undo(&mut self) {
        self.0.undo();
    }
    pub fn rollback(&mut self) {
        self.0.rollback();
    }
    pub fn unload(&mut self, group: &[u8]) -> Result<(), JsError> {
        thrown(self.0.unload(group))
    }
    pub fn destroy(&mut self, group: &[u8]) {
        self.0.destroy(group);
    }
    /// Slots: 1 live, 2 kept from before a resync, 3 candidate of an external commit.
    #[wasm_bindgen(js_name = moveSlot)]
    pub fn move_slot(&mut self, from: u8, to: u8, group: &[u8]) -> Result<(), JsError> {
        let (from, to) = (thrown(slot(from))?, thrown(slot(to))?);
        self.0.move_slot(from, to, group);
        Ok(())
    }
    #[wasm_bindgen(js_name = clearSlot)]
    pub fn clear_slot(&self, number: u8, group: &[u8]) -> Result<(), JsError> {
        self.0.provider.store.clear_slot(thrown(slot(number))?, group);
        Ok(())
    }
    #[wasm_bindgen(js_name = hasSlot)]
    pub fn has_slot(&self, number: u8, group: &[u8]) -> Result<bool, JsError> {
        Ok(self.0.provider.store.has_slot(thrown(slot(number))?, group))
    }
    pub fn note(&self, group: &[u8], label: &[u8]) -> Option<Vec<u8>> {
        self.0.provider.store.note(group, label)
    }
    #[wasm_bindgen(js_name = setNote)]
    pub fn set_note(&self, group: &[u8], label: &[u8], value: Option<Vec<u8>>) {
        self.0.provider.store.set_note(group, label, value);
    }
    #[wasm_bindgen(js_name = noteLabels, unchecked_return_type = "Uint8Array[]")]
    pub fn note_labels(&self, group: &[u8], start: &[u8]) -> JsValue {
        objects::list(&self.0.provider.store.note_labels(group, start), |label| objects::bytes(label))
    }

    // —— Key packages ————————————————————————————————————————————————————————————————————————————————————————

    /// `[bytes, reference]`. The lifetime's ends are seconds since 1970.
    #[wasm_bindgen(js_name = keyPackage, unchecked_return_type = "[Uint8Array, Uint8Array]")]
    pub fn key_package(&self, suite: u16, last_resort: bool, not_before: f64, not_after: f64) -> Result<JsValue, JsError> {
        let validity = Validity { not_before: not_before as u64, not_after: not_after as u64 };
        let (package, reference) = thrown(self.0.key_package(suite, last_resort, &validity))?;
        Ok([objects::bytes(&package), objects::bytes(&reference)].iter().collect::<Array>().into())
    }
    #[wasm_bindgen(js_name = dropKeyPackage)]
    pub fn drop_key_package(&self, reference: &[u8]) -> Result<(), JsError> {
        thrown(self.0.drop_key_package(reference))
    }
    #[wasm_bindgen(js_name = readKeyPackage, unchecked_return_type = "KeyPackageFacts")]
    pub fn read_key_package(&self, bytes: &[u8]) -> Result<JsValue, JsError> {
        thrown(self.0.read_key_package(bytes)).map(|package| objects::key_package(&package))
    }

    // —— Groups ——————————————————————————————————————————————————————————————————————————————————————————————

    #[wasm_bindgen(unchecked_return_type = "GroupFacts | undefined")]
    pub fn facts(&mut self, group: &[u8]) -> JsValue {
        self.0.group(group).map_or(JsValue::UNDEFINED, |group| group_facts(group))
    }
    pub fn create(&mut self, group: &[u8], suite: u16, roster: &[u8], not_before: f64, not_after: f64) -> Result<(), JsError> {
        thrown(self.0.create(group, suite, roster, &Validity { not_before: not_before as u64, not_after: not_after as u64 }))
    }
    #[wasm_bindgen(unchecked_return_type = "Built")]
    pub fn commit(
        &mut self,
        group: &[u8],
        adds: &Array,
        removes: &[u32],
        roster: Option<Vec<u8>>,
        aad: &[u8],
    ) -> Result<JsValue, JsError> {
        let change = Change { adds: &byte_arrays(adds), removes, roster: roster.as_deref(), aad };
        thrown(self.0.commit(group, &change)).map(|made| built(&made))
    }
    #[wasm_bindgen(js_name = pendingFacts, unchecked_return_type = "CommitFacts")]
    pub fn pending_facts(&mut self, group: &[u8]) -> Result<JsValue, JsError> {
        thrown(self.0.pending_facts(group)).map(|facts| objects::commit(&facts))
    }
    #[wasm_bindgen(js_name = mergePending)]
    pub fn merge_pending(&mut self, group: &[u8]) -> Result<(), JsError> {
        thrown(self.0.merge_pending(group))
    }
    #[wasm_bindgen(js_name = clearPending)]
    pub fn clear_pending(&mut self, group: &[u8]) -> Result<(), JsError> {
        thrown(self.0.clear_pending(group))
    }
    /// The group as an external commit from this GroupInfo would leave it, and the leaf of ours that it would replace.
    #[wasm_bindgen(js_name = tryExternalCommit, unchecked_return_type = "[GroupFacts, number | undefined]")]
    pub fn try_external_commit(&self, group_info: &[u8]) -> Result<JsValue, JsError> {
        let (group, replaced) = thrown(self.0.try_external_commit(group_info))?;
        Ok([group_facts(&group), replaced.map_or(JsValue::UNDEFINED, Into::into)].iter().collect::<Array>().into())
    }
    /// Leaves the joined group in the candidate slot.
    #[wasm_bindgen(js_name = externalCommit)]
    pub fn external_commit(&mut self, group: &[u8], group_info: &[u8], aad: &[u8]) -> Result<Vec<u8>, JsError> {
        thrown(self.0.external_commit(group, group_info, aad))
    }

    /// `[group id, leaf of the sender, whether the last-resort key package was used]`; the group is in the live slot.
    #[wasm_bindgen(unchecked_return_type = "[Uint8Array, number, boolean]")]
    pub fn join(&mut self, welcome: &[u8]) -> Result<JsValue, JsError> {
        let joined = thrown(self.0.join(welcome))?;
        Ok([objects::bytes(&joined.group), joined.sender.into(), joined.last_resort.into()].iter().collect::<Array>().into())
    }
    /// Of a commit only the facts; `adopt` makes it so, undoing the step forgets it.
    #[wasm_bindgen(unchecked_return_type = "Received")]
    pub fn process(&mut self, group: &[u8], message: &[u8]) -> Result<JsValue, JsError> {
        thrown(self.0.process(group, message)).map(|received| objects::received(&received))
    }
    pub fn adopt(&mut self) -> Result<(), JsError> {
        thrown(self.0.adopt())
    }
    pub fn seal(&mut self, group: &[u8], plaintext: &[u8], aad: &[u8]) -> Result<Vec<u8>, JsError> {
        thrown(self.0.seal(group, plaintext, aad))
    }
    #[wasm_bindgen(js_name = groupInfo)]
    pub fn group_info(&mut self, group: &[u8]) -> Result<Vec<u8>, JsError> {
        thrown(self.0.group_info(group))
    }
    #[wasm_bindgen(js_name = exportSecret)]
    pub fn export_secret(&mut self, group: &[u8], label: &str, context: &[u8], length: usize) -> Result<Vec<u8>, JsError> {
        thrown(self.0.export(group, label, context, length))
    }
    #[wasm_bindgen(js_name = exportPending)]
    pub fn export_pending(&mut self, group: &[u8], label: &str, context: &[u8], length: usize) -> Result<Vec<u8>, JsError> {
        thrown(self.0.export_pending(group, label, context, length))
    }
    #[wasm_bindgen(js_name = exportCandidate)]
    pub fn export_candidate(&self, group: &[u8], label: &str, context: &[u8], length: usize) -> Result<Vec<u8>, JsError> {
        thrown(self.0.export_candidate(group, label, context, length))
    }
}
