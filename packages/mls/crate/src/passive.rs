//! A member that only listens, for the official passive-client vectors (mls-implementations, "passive-client-*.json").
//!
//! Those vectors bring private keys, external PSKs, proposals by reference and plaintext handshakes, none of which an
//! `Engine` takes. This type has a store of its own and no way to an Engine's, so that the vectors can run through the very
//! artefact that is shipped. No package but `mls`'s own tests imports it; a test proves that.

use openmls::group::StagedWelcome;
use openmls::prelude::{
    HpkePrivateKey, KeyPackage, MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY, MlsGroup, MlsGroupJoinConfig, MlsMessageBodyIn, MlsMessageIn,
    ProcessedMessageContent, ProtocolVersion, RatchetTreeIn,
};
use openmls::schedule::{ExternalPsk, PreSharedKeyId, Psk};
use openmls_traits::OpenMlsProvider;
use openmls_traits::storage::StorageProvider;
use openmls_traits::types::Ciphersuite;
use serde::{Deserialize as SerdeDeserialize, Serialize};
use tls_codec::Deserialize;
use wasm_bindgen::prelude::*;

use crate::glue::thrown;
use crate::provider::Provider;
use crate::refusal::{Outcome, Refusal, refuse};

/// OpenMLS makes key package bundles only together with fresh keys, but reads them from rows. This is such a row.
#[derive(Serialize, SerdeDeserialize)]
struct BundleRow {
    key_package: KeyPackage,
    private_init_key: HpkePrivateKey,
    private_encryption_key: EncryptionKeyRow,
}
#[derive(Serialize, SerdeDeserialize)]
struct EncryptionKeyRow {
    key: HpkePrivateKey,
}
impl openmls_traits::storage::Entity<{ openmls_traits::storage::CURRENT_VERSION }> for BundleRow {}
impl openmls_traits::storage::traits::KeyPackage<{ openmls_traits::storage::CURRENT_VERSION }> for BundleRow {}

#[wasm_bindgen]
#[derive(Default)]
pub struct PassiveClient {
    provider: Provider,
    group: Option<MlsGroup>,
}

impl PassiveClient {
    fn add_key_package(&self, package: &[u8], init_key: &[u8], encryption_key: &[u8]) -> Outcome<()> {
        let key_package = match MlsMessageIn::tls_deserialize_exact(package).map_err(refuse("malformed"))?.extract() {
            MlsMessageBodyIn::KeyPackage(package) => {
                package.validate(self.provider.crypto(), ProtocolVersion::Mls10).map_err(refuse("keyPackage"))?
            }
            _ => return Err(Refusal("malformed")),
        };
        let reference = key_package.hash_ref(self.provider.crypto()).map_err(refuse("keyPackage"))?;
        let row = BundleRow {
            key_package,
            private_init_key: HpkePrivateKey::from(init_key.to_vec()),
            private_encryption_key: EncryptionKeyRow { key: HpkePrivateKey::from(encryption_key.to_vec()) },
        };
        self.provider.store.write_key_package(&reference, &row).map_err(Refusal::from)
    }

    fn add_psk(&self, suite: u16, id: &[u8], secret: &[u8]) -> Outcome<()> {
        let suite = Ciphersuite::try_from(suite).map_err(refuse("suite"))?;
        PreSharedKeyId::new(suite, self.provider.rand(), Psk::External(ExternalPsk::new(id.to_vec())))
            .map_err(refuse("psk"))?
            .store(&self.provider, secret)
            .map_err(refuse("psk"))
    }

    fn join(&mut self, welcome: &[u8], tree: Option<&[u8]>) -> Outcome<()> {
        let welcome = match MlsMessageIn::tls_deserialize_exact(welcome).map_err(refuse("malformed"))?.extract() {
            MlsMessageBodyIn::Welcome(welcome) => welcome,
            _ => return Err(Refusal("malformed")),
        };
        let config = MlsGroupJoinConfig::builder()
            .use_ratchet_tree_extension(true)
            .number_of_resumption_psks(16)
            .wire_format_policy(MIXED_CIPHERTEXT_WIRE_FORMAT_POLICY)
            .build();
        let mut builder = StagedWelcome::build_from_welcome(&self.provider, &config, welcome)?.skip_lifetime_validation();
        if let Some(tree) = tree {
            builder = builder.with_ratchet_tree(RatchetTreeIn::tls_deserialize_exact(tree).map_err(refuse("malformed"))?);
        }
        self.group = Some(builder.build()?.into_group(&self.provider)?);
        Ok(())
    }

    fn process(&mut self, message: &[u8]) -> Outcome<()> {
        let group = self.group.as_mut().ok_or(Refusal("unknownGroup"))?;
        let message = MlsMessageIn::tls_deserialize_exact(message).map_err(refuse("malformed"))?;
        let message = message.try_into_protocol_message().map_err(refuse("malformed"))?;
        match group.process_message(&self.provider, message)?.into_content() {
            ProcessedMessageContent::ProposalMessage(proposal) => {
                group.store_pending_proposal(&self.provider.store, *proposal).map_err(Refusal::from)
            }
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                group.merge_staged_commit(&self.provider, *staged).map_err(refuse("merge"))
            }
            _ => Err(Refusal("refused")),
        }
    }
}

#[wasm_bindgen]
impl PassiveClient {
    #[wasm_bindgen(constructor)]
    pub fn create() -> PassiveClient {
        PassiveClient::default()
    }
    #[wasm_bindgen(js_name = addKeyPackage)]
    pub fn js_add_key_package(&self, package: &[u8], init_key: &[u8], encryption_key: &[u8]) -> Result<(), JsError> {
        thrown(self.add_key_package(package, init_key, encryption_key))
    }
    #[wasm_bindgen(js_name = addPsk)]
    pub fn js_add_psk(&self, suite: u16, id: &[u8], secret: &[u8]) -> Result<(), JsError> {
        thrown(self.add_psk(suite, id, secret))
    }
    #[wasm_bindgen(js_name = join)]
    pub fn js_join(&mut self, welcome: &[u8], tree: Option<Vec<u8>>) -> Result<(), JsError> {
        thrown(self.join(welcome, tree.as_deref()))
    }
    #[wasm_bindgen(js_name = process)]
    pub fn js_process(&mut self, message: &[u8]) -> Result<(), JsError> {
        thrown(self.process(message))
    }
    pub fn authenticator(&self) -> Vec<u8> {
        self.group.as_ref().map(|group| group.epoch_authenticator().as_slice().to_vec()).unwrap_or_default()
    }
}
