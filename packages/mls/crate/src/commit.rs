//! Building: key packages, a new group, commits, external commits. What is built stays pending until merged.

use openmls::messages::group_info::VerifiableGroupInfo;
use openmls::prelude::{
    CommitMessageBundle, GroupId, KeyPackage, KeyPackageRef, LeafNodeIndex, LeafNodeParameters, Lifetime, MlsGroup,
    MlsGroupCreateConfig, MlsMessageBodyIn, MlsMessageIn, MlsMessageOut, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, Proposal,
    ProtocolVersion,
};
use openmls_traits::OpenMlsProvider;
use openmls_traits::storage::StorageProvider;
use tls_codec::Deserialize;

use crate::engine::{Engine, capabilities, context, join_config, ratchet_window, suite};
use crate::facts::{CommitFacts, KeyPackageFacts, commit_facts, key_package_facts};
use crate::provider::Provider;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::store::{Slot, Store};

/// Seconds since 1970, both ends.
pub struct Validity {
    pub not_before: u64,
    pub not_after: u64,
}

pub struct Built {
    pub commit: Vec<u8>,
    pub welcome: Option<Vec<u8>>,
    pub group_info: Option<Vec<u8>>,
}

pub struct Change<'a> {
    pub adds: &'a [Vec<u8>],
    /// Leaf indexes.
    pub removes: &'a [u32],
    /// The roster afterwards, if it changes.
    pub roster: Option<&'a [u8]>,
    pub aad: &'a [u8],
}

impl Engine {
    /// A key package and its reference (RFC 9420 §5.2).
    pub fn key_package(&self, number: u16, last_resort: bool, validity: &Validity) -> Outcome<(Vec<u8>, Vec<u8>)> {
        let mut builder = KeyPackage::builder()
            .leaf_node_capabilities(capabilities())
            .key_package_lifetime(Lifetime::init(validity.not_before, validity.not_after));
        if last_resort {
            builder = builder.mark_as_last_resort();
        }
        let bundle =
            builder.build(suite(number)?, &self.provider, &self.signer, self.credential()).map_err(refuse("keyPackage"))?;
        let package = bundle.key_package();
        let reference = package.hash_ref(self.crypto()).map_err(refuse("keyPackage"))?;
        let bytes = MlsMessageOut::from(package.clone()).to_bytes().map_err(refuse("keyPackage"))?;
        Ok((bytes, reference.as_slice().to_vec()))
    }

    /// Destroys a key package's private keys.
    pub fn drop_key_package(&self, reference: &[u8]) -> Outcome<()> {
        let reference = KeyPackageRef::tls_deserialize_exact(with_length(reference)?).map_err(refuse("malformed"))?;
        self.provider.store.delete_key_package(&reference).map_err(Refusal::from)
    }

    /// Verifies somebody's key package at the engine's present time.
    pub fn read_key_package(&self, bytes: &[u8]) -> Outcome<KeyPackageFacts> {
        let package = self.verified(bytes)?;
        suite(package.ciphersuite().into())?;
        Ok(key_package_facts(&package))
    }

    fn verified(&self, bytes: &[u8]) -> Outcome<KeyPackage> {
        match MlsMessageIn::tls_deserialize_exact(bytes).map_err(refuse("malformed"))?.extract() {
            MlsMessageBodyIn::KeyPackage(package) => {
                package.validate(self.crypto(), ProtocolVersion::Mls10).map_err(refuse("keyPackage"))
            }
            _ => Err(Refusal("malformed")),
        }
    }

    /// A group of one, with us in it.
    pub fn create(&mut self, group: &[u8], number: u16, roster: &[u8], validity: &Validity) -> Outcome<()> {
        if self.has_group(group) {
            return Err(Refusal("exists"));
        }
        let config = MlsGroupCreateConfig::builder()
            .ciphersuite(suite(number)?)
            .capabilities(capabilities())
            .lifetime(Lifetime::init(validity.not_before, validity.not_after))
            .with_group_context_extensions(context(roster)?)
            .padding_size(0)
            .max_past_epochs(0)
            .number_of_resumption_psks(0)
            .use_ratchet_tree_extension(true)
            .sender_ratchet_configuration(ratchet_window())
            .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .build();
        let created =
            MlsGroup::new_with_group_id(&self.provider, &self.signer, &config, GroupId::from_slice(group), self.credential())
                .map_err(refuse("create"))?;
        self.remember(created);
        Ok(())
    }

    /// A commit with a path of its own always: every change heals the committer.
    pub fn commit(&mut self, group: &[u8], change: &Change) -> Outcome<Built> {
        let packages = change.adds.iter().map(|bytes| self.verified(bytes)).collect::<Outcome<Vec<_>>>()?;
        let extensions = change.roster.map(context).transpose()?;
        let (loaded, provider, signer) = self.parts(group)?;
        if loaded.pending_commit().is_some() {
            return Err(Refusal("pending"));
        }
        loaded.set_aad(change.aad.to_vec());
        let mut builder = loaded
            .commit_builder()
            .consume_proposal_store(false)
            .force_self_update(true)
            .propose_adds(packages)
            .propose_removals(change.removes.iter().map(|leaf| LeafNodeIndex::new(*leaf)));
        if let Some(extensions) = extensions {
            builder = builder.propose_group_context_extensions(extensions).map_err(refuse("roster"))?;
        }
        let bundle = builder
            .load_psks(&provider.store)
            .map_err(refuse("psk"))?
            .create_group_info(true)
            .use_ratchet_tree_extension(true)
            .build(provider.rand(), provider.crypto(), signer, |_| true)
            .map_err(refuse("proposals"))?
            .stage_commit(provider)
            .map_err(refuse("storage"))?;
        built(bundle)
    }

    /// What our pending commit does.
    pub fn pending_facts(&mut self, group: &[u8]) -> Outcome<CommitFacts> {
        self.group(group)?.pending_commit().map(commit_facts).ok_or(Refusal("nothingPending"))
    }

    pub fn merge_pending(&mut self, group: &[u8]) -> Outcome<()> {
        let (loaded, provider, _) = self.parts(group)?;
        if loaded.pending_commit().is_none() {
            return Err(Refusal("nothingPending"));
        }
        loaded.merge_pending_commit(provider).map_err(refuse("merge"))
    }

    pub fn clear_pending(&mut self, group: &[u8]) -> Outcome<()> {
        let (loaded, provider, _) = self.parts(group)?;
        loaded.clear_pending_commit(&provider.store).map_err(Refusal::from)
    }

    /// Tries an external commit on rows of its own that are thrown away: the group it would lead to, and the leaf of ours
    /// that it would replace. The caller needs both before it can write the commit's authenticated data.
    pub fn try_external_commit(&self, group_info: &[u8]) -> Outcome<(MlsGroup, Option<u32>)> {
        let scratch = Provider::default();
        let (group, _, replaced) = self.external(&scratch, group_info, &[])?;
        Ok((group, replaced))
    }

    /// Joins by external commit into the candidate slot. A leaf with our signature key is replaced.
    pub fn external_commit(&mut self, group: &[u8], group_info: &[u8], aad: &[u8]) -> Outcome<Vec<u8>> {
        self.provider.store.clear_slot(Slot::Candidate, group);
        let store: &Store = &self.provider.store;
        let (joined, commit, _) = store.in_slot(Slot::Candidate, || self.external(&self.provider, group_info, aad))?;
        if joined.group_id().as_slice() != group {
            return Err(Refusal("wrongGroup"));
        }
        Ok(commit)
    }

    fn external(&self, provider: &Provider, group_info: &[u8], aad: &[u8]) -> Outcome<(MlsGroup, Vec<u8>, Option<u32>)> {
        let info = read_group_info(group_info)?;
        suite(info.ciphersuite().into())?;
        let mut replaced = None;
        // One idle leaf that expired must not lock out every joiner: lifetimes are the adder's business.
        let builder = MlsGroup::external_commit_builder()
            .with_config(join_config())
            .with_aad(aad.to_vec())
            .skip_lifetime_validation()
            .build_group(provider, info, self.credential())
            .map_err(refuse("groupInfo"))?
            .leaf_node_parameters(LeafNodeParameters::builder().with_capabilities(capabilities()).build())
            .load_psks(&provider.store)
            .map_err(refuse("psk"))?;
        let (group, bundle) = builder
            .build(provider.rand(), provider.crypto(), &self.signer, |queued| {
                if let Proposal::Remove(remove) = queued.proposal() {
                    replaced = Some(remove.removed().u32());
                }
                true
            })
            .map_err(refuse("proposals"))?
            .finalize(provider)
            .map_err(refuse("merge"))?;
        Ok((group, built(bundle)?.commit, replaced))
    }
}

fn read_group_info(bytes: &[u8]) -> Outcome<VerifiableGroupInfo> {
    match MlsMessageIn::tls_deserialize_exact(bytes).map_err(refuse("malformed"))?.extract() {
        MlsMessageBodyIn::GroupInfo(info) => Ok(info),
        _ => Err(Refusal("malformed")),
    }
}

fn built(bundle: CommitMessageBundle) -> Outcome<Built> {
    let bytes = |message: MlsMessageOut| message.to_bytes().map_err(refuse("encode"));
    let (commit, welcome, group_info) = bundle.into_messages();
    Ok(Built { commit: bytes(commit)?, welcome: welcome.map(bytes).transpose()?, group_info: group_info.map(bytes).transpose()? })
}

/// `opaque<V>` of at most 63 bytes (RFC 9420 §2.1.2).
fn with_length(bytes: &[u8]) -> Outcome<Vec<u8>> {
    if bytes.len() > 63 {
        return Err(Refusal("malformed"));
    }
    let mut out = vec![bytes.len() as u8];
    out.extend(bytes);
    Ok(out)
}
