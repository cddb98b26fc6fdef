//! The operations: each either happens as a whole, on rows, or is refused and leaves rows and memory as they were.

use std::collections::HashMap;

use openmls::prelude::{
    BasicCredential, Capabilities, Ciphersuite, CredentialType, CredentialWithKey, Extension, ExtensionType, Extensions,
    GroupContext, GroupId, MlsGroup, MlsGroupJoinConfig, PURE_CIPHERTEXT_WIRE_FORMAT_POLICY, ProtocolVersion,
    RequiredCapabilitiesExtension, SenderRatchetConfiguration, SignatureScheme, StagedCommit, UnknownExtension,
};
use openmls_basic_credential::SignatureKeyPair;
use openmls_traits::OpenMlsProvider;

use crate::facts::ROSTER_EXTENSION;
use crate::provider::Provider;
use crate::refusal::{Outcome, Refusal, refuse};
use crate::store::Slot;

/// MLS_256_XWING_AES256GCM_SHA384_Ed25519 (provisional) and MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519. No other.
pub const SUITES: [u16; 2] = [0x004e, 0x0001];

pub fn suite(number: u16) -> Outcome<Ciphersuite> {
    if !SUITES.contains(&number) {
        return Err(Refusal("suite"));
    }
    Ciphersuite::try_from(number).map_err(refuse("suite"))
}

pub struct Engine {
    pub provider: Provider,
    pub(crate) signer: SignatureKeyPair,
    identity: Vec<u8>,
    /// Groups read from their rows. Never newer than the rows; dropped whenever something was refused or undone.
    groups: HashMap<Vec<u8>, MlsGroup>,
    pub(crate) staged: Option<(Vec<u8>, StagedCommit)>,
}

impl Engine {
    /// `identity` becomes the content of our Basic credential, `seed` and `public` are an Ed25519 key.
    pub fn new(identity: &[u8], seed: &[u8], public: &[u8]) -> Outcome<Self> {
        if seed.len() != 32 || public.len() != 32 {
            return Err(Refusal("key"));
        }
        Ok(Self {
            provider: Provider::default(),
            signer: SignatureKeyPair::from_raw(SignatureScheme::ED25519, seed.to_vec(), public.to_vec()),
            identity: identity.to_vec(),
            groups: HashMap::new(),
            staged: None,
        })
    }

    /// Ends the step begun last as if it had never been, in memory too.
    pub fn undo(&mut self) {
        self.provider.store.undo();
        self.forget_memory();
    }

    pub fn rollback(&mut self) {
        self.provider.store.rollback();
        self.forget_memory();
    }

    pub(crate) fn forget_memory(&mut self) {
        self.groups.clear();
        self.staged = None;
    }

    /// Frees the memory of a group whose rows are on disk.
    pub fn unload(&mut self, group: &[u8]) -> Outcome<()> {
        self.groups.remove(group);
        if self.provider.store.unload(group) { Ok(()) } else { Err(Refusal("unsaved")) }
    }

    /// Destroys all copies of a group. Its notes stay.
    pub fn destroy(&mut self, group: &[u8]) {
        self.groups.remove(group);
        for slot in [Slot::Live, Slot::Kept, Slot::Candidate] {
            self.provider.store.clear_slot(slot, group);
        }
    }

    pub fn has_group(&mut self, group: &[u8]) -> bool {
        self.group(group).is_ok()
    }

    /// The live group, from memory or from its rows.
    pub(crate) fn group(&mut self, group: &[u8]) -> Outcome<&mut MlsGroup> {
        Ok(self.parts(group)?.0)
    }

    /// The live group together with what its methods borrow.
    pub(crate) fn parts(&mut self, group: &[u8]) -> Outcome<(&mut MlsGroup, &Provider, &SignatureKeyPair)> {
        if !self.groups.contains_key(group) {
            let found = MlsGroup::load(&self.provider.store, &GroupId::from_slice(group))?.ok_or(Refusal("unknownGroup"))?;
            self.groups.insert(group.to_vec(), found);
        }
        let loaded = self.groups.get_mut(group).ok_or(Refusal("unknownGroup"))?;
        Ok((loaded, &self.provider, &self.signer))
    }

    pub(crate) fn remember(&mut self, group: MlsGroup) {
        self.groups.insert(group.group_id().to_vec(), group);
    }

    /// Moves a copy of a group: a joined candidate into use, the state before it aside, or back.
    pub fn move_slot(&mut self, from: Slot, to: Slot, group: &[u8]) {
        self.groups.remove(group);
        self.provider.store.move_slot(from, to, group);
    }

    // —— What all operations share ———————————————————————————————————————————————————————————————————————————

    pub(crate) fn credential(&self) -> CredentialWithKey {
        CredentialWithKey {
            credential: BasicCredential::new(self.identity.clone()).into(),
            signature_key: self.signer.to_public_vec().into(),
        }
    }
}

pub(crate) fn capabilities() -> Capabilities {
    Capabilities::builder()
        .versions(vec![ProtocolVersion::Mls10])
        .ciphersuites(SUITES.iter().filter_map(|number| Ciphersuite::try_from(*number).ok()).collect())
        .extensions(vec![ExtensionType::Unknown(ROSTER_EXTENSION), ExtensionType::LastResort])
        .proposals(vec![])
        .credentials(vec![CredentialType::Basic])
        .build()
}

/// A member keeps 1,000 skipped generations of a sender and follows 2,000 ahead.
pub(crate) fn ratchet_window() -> SenderRatchetConfiguration {
    SenderRatchetConfiguration::new(1000, 2000)
}

/// No past epochs: the server orders everything, and each past epoch would be rewritten with every message.
/// No padding: the caller pads, with a format that others can check.
pub(crate) fn join_config() -> MlsGroupJoinConfig {
    MlsGroupJoinConfig::builder()
        .padding_size(0)
        .max_past_epochs(0)
        .number_of_resumption_psks(0)
        .use_ratchet_tree_extension(true)
        .sender_ratchet_configuration(ratchet_window())
        .wire_format_policy(PURE_CIPHERTEXT_WIRE_FORMAT_POLICY)
        .build()
}

/// The whole of a GroupContext's extensions: what members must support, and the roster.
pub(crate) fn context(roster: &[u8]) -> Outcome<Extensions<GroupContext>> {
    let required = RequiredCapabilitiesExtension::new(&[ExtensionType::Unknown(ROSTER_EXTENSION)], &[], &[CredentialType::Basic]);
    Extensions::from_vec(vec![
        Extension::RequiredCapabilities(required),
        Extension::Unknown(ROSTER_EXTENSION, UnknownExtension(roster.to_vec())),
    ])
    .map_err(refuse("roster"))
}

impl Engine {
    pub(crate) fn crypto(&self) -> &<Provider as OpenMlsProvider>::CryptoProvider {
        self.provider.crypto()
    }
}
