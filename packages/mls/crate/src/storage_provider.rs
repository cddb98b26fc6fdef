//! What OpenMLS asks of storage, answered from rows. One line per kind of row; the numbers are the format on disk.

use openmls_traits::storage::{CURRENT_VERSION as V, StorageProvider, traits};

use crate::store::{Bytes, Store, StoreError, flat, from_row, to_row};

type Result<T> = std::result::Result<T, StoreError>;

/// A row of the present slot's group: write, read, delete.
macro_rules! of_group {
    ($($table:literal $write:ident $read:ident $delete:ident $Value:ident;)*) => { $(
        fn $write<G: traits::GroupId<V>, T: traits::$Value<V>>(&self, group: &G, value: &T) -> Result<()> {
            self.put(self.group_key($table, group, &[])?, value)
        }
        fn $read<G: traits::GroupId<V>, T: traits::$Value<V>>(&self, group: &G) -> Result<Option<T>> {
            self.get(&self.group_key($table, group, &[])?)
        }
        fn $delete<G: traits::GroupId<V>>(&self, group: &G) -> Result<()> {
            self.delete(self.group_key($table, group, &[])?);
            Ok(())
        }
    )* };
}

/// A row of the device, found by a key of its own.
macro_rules! of_device {
    ($($table:literal $write:ident $read:ident $delete:ident $Key:ident $Value:ident;)*) => { $(
        fn $write<K: traits::$Key<V>, T: traits::$Value<V>>(&self, key: &K, value: &T) -> Result<()> {
            self.put(self.device_key($table, key)?, value)
        }
        fn $read<K: traits::$Key<V>, T: traits::$Value<V>>(&self, key: &K) -> Result<Option<T>> {
            self.get(&self.device_key($table, key)?)
        }
        fn $delete<K: traits::$Key<V>>(&self, key: &K) -> Result<()> {
            self.delete(self.device_key($table, key)?);
            Ok(())
        }
    )* };
}

const GROUP_STATE: u8 = 6;
const ENCRYPTION_KEY: u8 = 12;
const PSK: u8 = 14;
const EPOCH_KEYS: u8 = 16;
const OWN_LEAVES: u8 = 17;
const PROPOSALS: u8 = 18;

impl Store {
    fn proposals<G: traits::GroupId<V>>(&self, group: &G) -> Result<(Bytes, Vec<(Bytes, Bytes)>)> {
        let key = self.group_key(PROPOSALS, group, &[])?;
        let list = self.get(&key)?.unwrap_or_default();
        Ok((key, list))
    }
}

impl StorageProvider<V> for Store {
    type Error = StoreError;

    of_group! {
        1 write_mls_join_config mls_group_join_config delete_group_config MlsGroupJoinConfig;
        2 write_tree tree delete_tree TreeSync;
        3 write_interim_transcript_hash interim_transcript_hash delete_interim_transcript_hash InterimTranscriptHash;
        4 write_context group_context delete_context GroupContext;
        5 write_confirmation_tag confirmation_tag delete_confirmation_tag ConfirmationTag;
        7 write_message_secrets message_secrets delete_message_secrets MessageSecrets;
        8 write_resumption_psk_store resumption_psk_store delete_all_resumption_psk_secrets ResumptionPskStore;
        9 write_own_leaf_index own_leaf_index delete_own_leaf_index LeafNodeIndex;
        10 write_group_epoch_secrets group_epoch_secrets delete_group_epoch_secrets GroupEpochSecrets;
    }
    of_device! {
        11 write_signature_key_pair signature_key_pair delete_signature_key_pair SignaturePublicKey SignatureKeyPair;
        13 write_key_package key_package delete_key_package HashReference KeyPackage;
    }

    // The next three differ from the pattern only in the order of their type parameters.
    fn write_group_state<T: traits::GroupState<V>, G: traits::GroupId<V>>(&self, group: &G, value: &T) -> Result<()> {
        self.put(self.group_key(GROUP_STATE, group, &[])?, value)
    }
    fn group_state<T: traits::GroupState<V>, G: traits::GroupId<V>>(&self, group: &G) -> Result<Option<T>> {
        self.get(&self.group_key(GROUP_STATE, group, &[])?)
    }
    fn delete_group_state<G: traits::GroupId<V>>(&self, group: &G) -> Result<()> {
        self.delete(self.group_key(GROUP_STATE, group, &[])?);
        Ok(())
    }
    fn write_encryption_key_pair<K: traits::EncryptionKey<V>, T: traits::HpkeKeyPair<V>>(&self, key: &K, value: &T) -> Result<()> {
        self.put(self.device_key(ENCRYPTION_KEY, key)?, value)
    }
    fn encryption_key_pair<T: traits::HpkeKeyPair<V>, K: traits::EncryptionKey<V>>(&self, key: &K) -> Result<Option<T>> {
        self.get(&self.device_key(ENCRYPTION_KEY, key)?)
    }
    fn delete_encryption_key_pair<K: traits::EncryptionKey<V>>(&self, key: &K) -> Result<()> {
        self.delete(self.device_key(ENCRYPTION_KEY, key)?);
        Ok(())
    }
    fn write_psk<K: traits::PskId<V>, T: traits::PskBundle<V>>(&self, key: &K, value: &T) -> Result<()> {
        self.put(self.device_key(PSK, key)?, value)
    }
    fn psk<T: traits::PskBundle<V>, K: traits::PskId<V>>(&self, key: &K) -> Result<Option<T>> {
        self.get(&self.device_key(PSK, key)?)
    }
    fn delete_psk<K: traits::PskId<V>>(&self, key: &K) -> Result<()> {
        self.delete(self.device_key(PSK, key)?);
        Ok(())
    }

    fn write_encryption_epoch_key_pairs<G: traits::GroupId<V>, E: traits::EpochKey<V>, T: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
        pairs: &[T],
    ) -> Result<()> {
        self.put(self.group_key(EPOCH_KEYS, group, &epoch_part(epoch, leaf)?)?, pairs)
    }
    fn encryption_epoch_key_pairs<G: traits::GroupId<V>, E: traits::EpochKey<V>, T: traits::HpkeKeyPair<V>>(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<Vec<T>> {
        Ok(self.get(&self.group_key(EPOCH_KEYS, group, &epoch_part(epoch, leaf)?)?)?.unwrap_or_default())
    }
    fn delete_encryption_epoch_key_pairs<G: traits::GroupId<V>, E: traits::EpochKey<V>>(
        &self,
        group: &G,
        epoch: &E,
        leaf: u32,
    ) -> Result<()> {
        self.delete(self.group_key(EPOCH_KEYS, group, &epoch_part(epoch, leaf)?)?);
        Ok(())
    }

    fn append_own_leaf_node<G: traits::GroupId<V>, T: traits::LeafNode<V>>(&self, group: &G, leaf: &T) -> Result<()> {
        let key = self.group_key(OWN_LEAVES, group, &[])?;
        let mut list: Vec<Bytes> = self.get(&key)?.unwrap_or_default();
        list.push(to_row(leaf)?);
        self.put(key, &list)
    }
    fn own_leaf_nodes<G: traits::GroupId<V>, T: traits::LeafNode<V>>(&self, group: &G) -> Result<Vec<T>> {
        let list: Vec<Bytes> = self.get(&self.group_key(OWN_LEAVES, group, &[])?)?.unwrap_or_default();
        list.iter().map(|row| from_row(row)).collect()
    }
    fn delete_own_leaf_nodes<G: traits::GroupId<V>>(&self, group: &G) -> Result<()> {
        self.delete(self.group_key(OWN_LEAVES, group, &[])?);
        Ok(())
    }

    fn queue_proposal<G: traits::GroupId<V>, P: traits::ProposalRef<V>, Q: traits::QueuedProposal<V>>(
        &self,
        group: &G,
        name: &P,
        proposal: &Q,
    ) -> Result<()> {
        let (key, mut list) = self.proposals(group)?;
        list.push((to_row(name)?, to_row(proposal)?));
        self.put(key, &list)
    }
    fn queued_proposal_refs<G: traits::GroupId<V>, P: traits::ProposalRef<V>>(&self, group: &G) -> Result<Vec<P>> {
        self.proposals(group)?.1.iter().map(|(name, _)| from_row(name)).collect()
    }
    fn queued_proposals<G: traits::GroupId<V>, P: traits::ProposalRef<V>, Q: traits::QueuedProposal<V>>(
        &self,
        group: &G,
    ) -> Result<Vec<(P, Q)>> {
        self.proposals(group)?.1.iter().map(|(name, proposal)| Ok((from_row(name)?, from_row(proposal)?))).collect()
    }
    fn remove_proposal<G: traits::GroupId<V>, P: traits::ProposalRef<V>>(&self, group: &G, name: &P) -> Result<()> {
        let (key, mut list) = self.proposals(group)?;
        let name = to_row(name)?;
        list.retain(|(other, _)| *other != name);
        self.put(key, &list)
    }
    fn clear_proposal_queue<G: traits::GroupId<V>, P: traits::ProposalRef<V>>(&self, group: &G) -> Result<()> {
        self.delete(self.group_key(PROPOSALS, group, &[])?);
        Ok(())
    }
}

fn epoch_part<E: traits::EpochKey<V>>(epoch: &E, leaf: u32) -> Result<[Bytes; 2]> {
    Ok([flat(epoch)?, leaf.to_be_bytes().to_vec()])
}
