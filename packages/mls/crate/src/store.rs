//! Rows in memory, with undo. Every operation of the engine is a transaction over these rows.
//!
//! OpenMLS writes synchronously while it works; the disk of a browser is asynchronous. So the truth of a running engine is
//! this map: the caller takes the changed rows after each operation and writes them in one transaction before anything
//! leaves the device, or rolls back, and the operation never happened.
//!
//! Layout of a key:
//!   0 ‖ table ‖ key                          rows of the device (key packages)
//!   slot ‖ length ‖ group id ‖ table ‖ key   rows of a group; the slots are below
//!   4 ‖ length ‖ group id ‖ label            notes of the caller about a group
//! so the rows of one group share their beginning and can be loaded and unloaded together.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use serde::{Serialize, de::DeserializeOwned};

pub type Bytes = Vec<u8>;

/// Which copy of a group an operation works on.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Slot {
    /// The group in use.
    Live = 1,
    /// The group as it was before a resync, until another leaf confirms the new one.
    Kept = 2,
    /// What an external commit will lead to, while the server has not taken it. OpenMLS stores that state at once; in
    /// the live slot it would overwrite keys that are still needed if the server refuses.
    Candidate = 3,
}

const DEVICE: u8 = 0;
const NOTE: u8 = 4;

/// Old values of changed rows: `None` where there was no row.
type Layer = BTreeMap<Bytes, Option<Bytes>>;

#[derive(Debug)]
pub struct StoreError(&'static str);

impl std::fmt::Display for StoreError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(self.0)
    }
}

impl std::error::Error for StoreError {}

pub struct Store {
    rows: RefCell<BTreeMap<Bytes, Bytes>>,
    /// The first layer reaches back to the last `take_changes`, each further one to a `begin`.
    layers: RefCell<Vec<Layer>>,
    slot: Cell<Slot>,
}

impl Default for Store {
    fn default() -> Self {
        Self { rows: RefCell::default(), layers: RefCell::new(vec![Layer::new()]), slot: Cell::new(Slot::Live) }
    }
}

impl Store {
    /// Runs `work` on another copy of the group.
    pub fn in_slot<T>(&self, slot: Slot, work: impl FnOnce() -> T) -> T {
        let before = self.slot.replace(slot);
        let result = work();
        self.slot.set(before);
        result
    }

    // —— Transactions ————————————————————————————————————————————————————————————————————————————————————————

    /// Starts a step that can be undone by itself.
    pub fn begin(&self) {
        self.layers.borrow_mut().push(Layer::new());
    }

    /// Ends the step started last and keeps what it did.
    pub fn keep(&self) {
        let mut layers = self.layers.borrow_mut();
        if layers.len() < 2 {
            return;
        }
        let done = layers.pop().unwrap_or_default();
        if let Some(below) = layers.last_mut() {
            for (key, old) in done {
                below.entry(key).or_insert(old);
            }
        }
    }

    /// Ends the step started last as if it had never been.
    pub fn undo(&self) {
        let mut layers = self.layers.borrow_mut();
        let done = if layers.len() > 1 { layers.pop().unwrap_or_default() } else { std::mem::take(&mut layers[0]) };
        self.restore(done);
    }

    /// Undoes everything since the last `take_changes`.
    pub fn rollback(&self) {
        let steps = self.layers.borrow().len();
        for _ in 0..steps {
            self.undo();
        }
    }

    fn restore(&self, layer: Layer) {
        let mut rows = self.rows.borrow_mut();
        for (key, old) in layer {
            match old {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
    }

    /// The rows changed since the last call, deleted ones without a value. `None` inside a step: half a step must not
    /// reach the disk.
    pub fn take_changes(&self) -> Option<Vec<(Bytes, Option<Bytes>)>> {
        let mut layers = self.layers.borrow_mut();
        if layers.len() > 1 {
            return None;
        }
        let rows = self.rows.borrow();
        let changed = std::mem::take(&mut layers[0]);
        Some(
            changed
                .into_iter()
                .filter_map(|(key, old)| {
                    let new = rows.get(&key).cloned();
                    (new != old).then_some((key, new))
                })
                .collect(),
        )
    }

    // —— Rows ————————————————————————————————————————————————————————————————————————————————————————————————

    /// A row from disk: no change.
    pub fn load(&self, key: Bytes, value: Bytes) {
        self.rows.borrow_mut().insert(key, value);
    }

    /// Frees a group's memory. False, and nothing done, if it has rows that did not reach the disk.
    pub fn unload(&self, group: &[u8]) -> bool {
        let layers = self.layers.borrow();
        let mut rows = self.rows.borrow_mut();
        let scopes = [Slot::Live as u8, Slot::Kept as u8, Slot::Candidate as u8, NOTE];
        let prefixes: Vec<Bytes> = scopes.iter().map(|scope| prefix(*scope, group)).collect();
        let ours = |key: &Bytes| prefixes.iter().any(|start| key.starts_with(start));
        if layers.iter().any(|layer| layer.keys().any(ours)) {
            return false;
        }
        rows.retain(|key, _| !ours(key));
        true
    }

    /// Deletes one copy of a group.
    pub fn clear_slot(&self, slot: Slot, group: &[u8]) {
        for key in self.keys_of(slot, group) {
            self.set(key, None);
        }
    }

    /// Makes one copy of a group take the place of another.
    pub fn move_slot(&self, from: Slot, to: Slot, group: &[u8]) {
        self.clear_slot(to, group);
        for key in self.keys_of(from, group) {
            let value = self.rows.borrow().get(&key).cloned();
            let mut moved = key.clone();
            moved[0] = to as u8;
            self.set(moved, value);
            self.set(key, None);
        }
    }

    pub fn has_slot(&self, slot: Slot, group: &[u8]) -> bool {
        !self.keys_of(slot, group).is_empty()
    }

    fn keys_of(&self, slot: Slot, group: &[u8]) -> Vec<Bytes> {
        let start = prefix(slot as u8, group);
        let rows = self.rows.borrow();
        rows.range(start.clone()..).map(|(key, _)| key).take_while(|key| key.starts_with(&start)).cloned().collect()
    }

    pub fn note(&self, group: &[u8], label: &[u8]) -> Option<Bytes> {
        self.rows.borrow().get(&note_key(group, label)).cloned()
    }

    pub fn set_note(&self, group: &[u8], label: &[u8], value: Option<Bytes>) {
        self.set(note_key(group, label), value);
    }

    /// Labels of a group's notes that begin with `start`.
    pub fn note_labels(&self, group: &[u8], start: &[u8]) -> Vec<Bytes> {
        let head = prefix(NOTE, group).len();
        let from = note_key(group, start);
        let rows = self.rows.borrow();
        rows.range(from.clone()..)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(&from))
            .map(|key| key[head..].to_vec())
            .collect()
    }

    fn set(&self, key: Bytes, value: Option<Bytes>) {
        let mut rows = self.rows.borrow_mut();
        let old = match value {
            Some(value) => rows.insert(key.clone(), value),
            None => rows.remove(&key),
        };
        if let Some(layer) = self.layers.borrow_mut().last_mut() {
            layer.entry(key).or_insert(old);
        }
    }

    // —— For the storage provider ————————————————————————————————————————————————————————————————————————————

    pub(crate) fn device_key<K: Serialize>(&self, table: u8, key: &K) -> Result<Bytes, StoreError> {
        let mut row = vec![DEVICE, table];
        row.extend(flat(key)?);
        Ok(row)
    }

    pub(crate) fn group_key<K: Serialize>(&self, table: u8, group: &K, rest: &[Bytes]) -> Result<Bytes, StoreError> {
        let mut row = prefix(self.slot.get() as u8, &flat(group)?);
        row.push(table);
        rest.iter().for_each(|part| row.extend(part));
        Ok(row)
    }

    pub(crate) fn put<T: Serialize + ?Sized>(&self, key: Bytes, value: &T) -> Result<(), StoreError> {
        self.set(key, Some(to_row(value)?));
        Ok(())
    }

    pub(crate) fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.rows.borrow().get(key).map(|row| from_row(row)).transpose()
    }

    pub(crate) fn delete(&self, key: Bytes) {
        self.set(key, None);
    }
}

fn prefix(scope: u8, group: &[u8]) -> Bytes {
    // Ids are 16 bytes, but a hostile Welcome may name a longer one: its tail is cut here and the group refused above.
    let id = &group[..group.len().min(255)];
    let mut start = vec![scope, id.len() as u8];
    start.extend(id);
    start
}

fn note_key(group: &[u8], label: &[u8]) -> Bytes {
    let mut key = prefix(NOTE, group);
    key.extend(label);
    key
}

/// The bytes inside an OpenMLS key. They come as serde values (a struct around a list of numbers), not as bytes.
pub(crate) fn flat<K: Serialize>(key: &K) -> Result<Bytes, StoreError> {
    fn collect(value: &ciborium::Value, out: &mut Bytes) {
        match value {
            ciborium::Value::Integer(number) => match u8::try_from(*number) {
                Ok(byte) => out.push(byte),
                Err(_) => out.extend(i128::from(*number).to_be_bytes()),
            },
            ciborium::Value::Bytes(bytes) => out.extend(bytes),
            ciborium::Value::Text(text) => out.extend(text.as_bytes()),
            ciborium::Value::Array(items) => items.iter().for_each(|item| collect(item, out)),
            ciborium::Value::Map(entries) => entries.iter().for_each(|(_, item)| collect(item, out)),
            _ => {}
        }
    }
    let value = ciborium::Value::serialized(key).map_err(|_| StoreError("a key that is no value"))?;
    let mut out = Bytes::new();
    collect(&value, &mut out);
    Ok(out)
}

// Self-describing on purpose: an OpenMLS that adds a field can still read rows written before it.
pub(crate) fn to_row<T: Serialize + ?Sized>(value: &T) -> Result<Bytes, StoreError> {
    let mut row = Bytes::new();
    ciborium::into_writer(value, &mut row).map_err(|_| StoreError("a value that does not serialise"))?;
    Ok(row)
}

pub(crate) fn from_row<T: DeserializeOwned>(row: &[u8]) -> Result<T, StoreError> {
    ciborium::from_reader(row).map_err(|_| StoreError("a damaged row"))
}
