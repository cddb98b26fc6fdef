//! Why the engine refused, in short words that stay the same from release to release and carry no content.
//!
//! The words matter to the guard in one place: `pathSecret` means that a commit could not be followed by *this* device.
//! It may be valid for everyone else. Every other refusal depends on the group's state and the bytes alone, so everyone
//! refuses alike.

use openmls::framing::errors::{MessageDecryptionError, SecretTreeError};
use openmls::group::{ProcessMessageError, StageCommitError, ValidationError, WelcomeError};
use openmls::prelude::{ApplyUpdatePathError, MlsGroupStateError};

use crate::store::StoreError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal(pub &'static str);

pub type Outcome<T> = Result<T, Refusal>;

/// For errors that have one meaning here, whatever their variant.
pub fn refuse<E>(word: &'static str) -> impl FnOnce(E) -> Refusal {
    move |_| Refusal(word)
}

impl From<StoreError> for Refusal {
    fn from(_: StoreError) -> Self {
        Refusal("storage")
    }
}

impl From<ProcessMessageError<StoreError>> for Refusal {
    fn from(error: ProcessMessageError<StoreError>) -> Self {
        match error {
            ProcessMessageError::ValidationError(error) => error.into(),
            ProcessMessageError::InvalidCommit(error) => error.into(),
            ProcessMessageError::StorageError(error) => error.into(),
            ProcessMessageError::IncompatibleWireFormat => Refusal("plaintextHandshake"),
            ProcessMessageError::GroupStateError(MlsGroupStateError::UseAfterEviction) => Refusal("inactive"),
            ProcessMessageError::UnauthorizedExternalApplicationMessage
            | ProcessMessageError::UnauthorizedExternalCommitMessage
            | ProcessMessageError::UnsupportedProposalType => Refusal("externalSender"),
            _ => Refusal("refused"),
        }
    }
}

impl From<ValidationError> for Refusal {
    fn from(error: ValidationError) -> Self {
        match error {
            ValidationError::WrongGroupId => Refusal("wrongGroup"),
            ValidationError::WrongEpoch | ValidationError::NoPastEpochData => Refusal("wrongEpoch"),
            ValidationError::UnableToDecrypt(error) => error.into(),
            ValidationError::UnknownMember => Refusal("unknownSender"),
            ValidationError::MissingMembershipTag | ValidationError::InvalidMembershipTag => Refusal("membershipTag"),
            ValidationError::MissingConfirmationTag => Refusal("confirmationTag"),
            ValidationError::InvalidSignature => Refusal("signature"),
            ValidationError::UnencryptedApplicationMessage => Refusal("plaintextApplication"),
            ValidationError::KeyPackageVerifyError(_) => Refusal("keyPackage"),
            ValidationError::InvalidLeafNodeSignature
            | ValidationError::InvalidLeafNodeSourceType
            | ValidationError::UpdatePathError(_) => Refusal("leafNode"),
            ValidationError::ExternalCommitValidation(_) | ValidationError::NoPath | ValidationError::NotACommit => {
                Refusal("externalCommit")
            }
            ValidationError::NonMemberApplicationMessage
            | ValidationError::UnauthorizedExternalSender
            | ValidationError::NoExternalSendersExtension
            | ValidationError::NotAnExternalAddProposal
            | ValidationError::InvalidSenderType => Refusal("externalSender"),
            _ => Refusal("refused"),
        }
    }
}

impl From<MessageDecryptionError> for Refusal {
    fn from(error: MessageDecryptionError) -> Self {
        match error {
            MessageDecryptionError::MalformedContent => Refusal("malformed"),
            MessageDecryptionError::SecretTreeError(SecretTreeError::SecretReuseError | SecretTreeError::TooDistantInThePast) => {
                Refusal("replayed")
            }
            MessageDecryptionError::GenerationOutOfBound
            | MessageDecryptionError::SecretTreeError(SecretTreeError::TooDistantInTheFuture) => Refusal("generation"),
            _ => Refusal("undecryptable"),
        }
    }
}

impl From<StageCommitError> for Refusal {
    fn from(error: StageCommitError) -> Self {
        match error {
            // A committer may encrypt a good path secret to some and a bad one, or none, to others; or this device's own
            // keys for the tree are not the ones that the others know.
            StageCommitError::UpdatePathError(
                ApplyUpdatePathError::UnableToDecrypt
                | ApplyUpdatePathError::PathMismatch
                | ApplyUpdatePathError::MissingCiphertext
                | ApplyUpdatePathError::MissingSender
                | ApplyUpdatePathError::MissingOwnLeaf,
            )
            | StageCommitError::MissingDecryptionKey => Refusal("pathSecret"),
            StageCommitError::UpdatePathError(_)
            | StageCommitError::RequiredPathNotFound
            | StageCommitError::PathLeafNodeVerificationFailure => Refusal("path"),
            StageCommitError::VerifiedUpdatePathError(_) | StageCommitError::LeafNodeValidation(_) => Refusal("leafNode"),
            StageCommitError::ConfirmationTagMissing | StageCommitError::ConfirmationTagMismatch => Refusal("confirmationTag"),
            StageCommitError::OwnCommitMismatch => Refusal("ownCommit"),
            StageCommitError::MissingProposal => Refusal("unknownProposal"),
            StageCommitError::ProposalValidationError(_)
            | StageCommitError::GroupContextExtensionsProposalValidationError(_)
            | StageCommitError::AttemptedSelfRemoval => Refusal("proposals"),
            StageCommitError::PskError(_) | StageCommitError::DuplicatePskId(_) => Refusal("psk"),
            StageCommitError::ExternalCommitValidation(_) | StageCommitError::InconsistentSenderIndex => Refusal("externalCommit"),
            _ => Refusal("refused"),
        }
    }
}

impl From<WelcomeError<StoreError>> for Refusal {
    fn from(error: WelcomeError<StoreError>) -> Self {
        match error {
            WelcomeError::NoMatchingKeyPackage
            | WelcomeError::NoMatchingEncryptionKey
            | WelcomeError::JoinerSecretNotFound
            | WelcomeError::PrivateInitKeyNotFound => Refusal("notForUs"),
            WelcomeError::StorageError(error) => error.into(),
            WelcomeError::Psk(_) => Refusal("psk"),
            WelcomeError::UnableToDecrypt | WelcomeError::GroupSecrets(_) | WelcomeError::GroupInfo(_) => Refusal("undecryptable"),
            WelcomeError::MalformedWelcomeMessage | WelcomeError::NotAWelcomeMessage => Refusal("malformed"),
            WelcomeError::InvalidGroupInfoSignature => Refusal("signature"),
            WelcomeError::ConfirmationTagMismatch => Refusal("confirmationTag"),
            WelcomeError::PublicGroupError(_) | WelcomeError::PublicTreeError(_) | WelcomeError::LeafNodeValidation(_) => {
                Refusal("tree")
            }
            _ => Refusal("refused"),
        }
    }
}
