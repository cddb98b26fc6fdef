//! Cryptography, chance and storage, as OpenMLS wants them together.

use openmls_rust_crypto::RustCrypto;
use openmls_traits::OpenMlsProvider;

use crate::store::Store;

/// Entropy comes from the platform's generator (`crypto.getRandomValues`), inside the primitives.
#[derive(Default)]
pub struct Provider {
    crypto: RustCrypto,
    pub store: Store,
}

impl OpenMlsProvider for Provider {
    type CryptoProvider = RustCrypto;
    type RandProvider = RustCrypto;
    type StorageProvider = Store;

    fn storage(&self) -> &Store {
        &self.store
    }
    fn crypto(&self) -> &RustCrypto {
        &self.crypto
    }
    fn rand(&self) -> &RustCrypto {
        &self.crypto
    }
}
