//! Receiving: Welcomes and messages. A commit is only staged; the caller judges its facts, then adopts it or undoes the step.

use openmls::group::StagedWelcome;
use openmls::prelude::{KeyPackage, MlsGroup, MlsMessageBodyIn, MlsMessageIn, ProcessedMessageContent};
use openmls_traits::OpenMlsProvider;
use tls_codec::Deserialize;

use crate::engine::{Engine, join_config, suite};
use crate::facts::{Author, CommitFacts, commit_facts};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::store::Slot;

/// Group ids are 16 random bytes.
const ID_LENGTH: usize = 16;

pub enum Content {
    Application(Vec<u8>),
    Commit(Box<CommitFacts>),
    /// Our own pending commit, authenticated, came back.
    OwnCommit,
    /// In our leaf's name; the content cannot be read and the claim is not proved.
    OwnUnverified,
    /// Not committed: standalone proposals are not part of our conversations.
    Proposal,
}

pub struct Received {
    pub author: Author,
    /// The leaf that an external commit's author will have.
    pub joiner_leaf: Option<u32>,
    pub aad: Vec<u8>,
    pub content: Content,
}

pub struct Joined {
    pub group: Vec<u8>,
    /// Leaf of the member who made the Welcome.
    pub sender: u32,
    /// Our last-resort key package was used; it stays usable, and should be replaced.
    pub last_resort: bool,
}

impl Engine {
    /// Joins the live slot, replacing what was there. The caller looks at the group and keeps or undoes the step; undoing
    /// brings the key package back, too.
    pub fn join(&mut self, welcome: &[u8]) -> Outcome<Joined> {
        let welcome = match MlsMessageIn::tls_deserialize_exact(welcome).map_err(refuse("malformed"))?.extract() {
            MlsMessageBodyIn::Welcome(welcome) => welcome,
            _ => return Err(Refusal("malformed")),
        };
        let config = join_config();
        let builder = StagedWelcome::build_from_welcome(&self.provider, &config, welcome)?;
        let last_resort = builder.processed_welcome().own_key_package().is_some_and(KeyPackage::last_resort);
        let info = builder.processed_welcome().unverified_group_info();
        let group = info.group_id().to_vec();
        suite(info.ciphersuite().into())?;
        if group.len() != ID_LENGTH {
            return Err(Refusal("malformed"));
        }
        // Our bounds on who we were and are in this group are checked above, so an old copy is in nobody's way here.
        let staged = builder.replace_old_group().skip_lifetime_validation().build()?;
        let sender = staged.welcome_sender_index().u32();
        self.forget_memory();
        self.provider.store.clear_slot(Slot::Live, &group);
        let joined = staged.into_group(&self.provider)?;
        self.remember(joined);
        Ok(Joined { group, sender, last_resort })
    }

    /// Processes a message of the present epoch. On a refusal the step must be undone.
    pub fn process(&mut self, group: &[u8], message: &[u8]) -> Outcome<Received> {
        let message = MlsMessageIn::tls_deserialize_exact(message).map_err(refuse("malformed"))?;
        let message = message.try_into_protocol_message().map_err(refuse("malformed"))?;
        let (loaded, provider, _) = self.parts(group)?;
        let processed = loaded.process_message(provider, message)?;
        let author = Author::from(processed.sender());
        let aad = processed.aad().to_vec();
        let mut joiner_leaf = None;
        let content = match processed.into_content() {
            ProcessedMessageContent::ApplicationMessage(message) => Content::Application(message.into_bytes()),
            ProcessedMessageContent::StagedCommitMessage(staged) => {
                if matches!(author, Author::Joiner) {
                    joiner_leaf = loaded.ext_commit_sender_index(&staged).ok().map(|leaf| leaf.u32());
                }
                let facts = commit_facts(&staged);
                self.staged = Some((group.to_vec(), *staged));
                Content::Commit(Box::new(facts))
            }
            ProcessedMessageContent::OwnPendingCommit => Content::OwnCommit,
            ProcessedMessageContent::OwnPrivateMessage => Content::OwnUnverified,
            ProcessedMessageContent::ProposalMessage(_) | ProcessedMessageContent::ExternalJoinProposalMessage(_) => {
                Content::Proposal
            }
        };
        Ok(Received { author, joiner_leaf, aad, content })
    }

    /// Makes the staged commit the group's present epoch. A pending commit of ours is gone with the old one.
    pub fn adopt(&mut self) -> Outcome<()> {
        let (group, staged) = self.staged.take().ok_or(Refusal("nothingStaged"))?;
        let (loaded, provider, _) = self.parts(&group)?;
        loaded.merge_staged_commit(provider, staged).map_err(refuse("merge"))
    }

    pub fn seal(&mut self, group: &[u8], plaintext: &[u8], aad: &[u8]) -> Outcome<Vec<u8>> {
        let (loaded, provider, signer) = self.parts(group)?;
        loaded.set_aad(aad.to_vec());
        let message = loaded.create_message(provider, signer, plaintext).map_err(refuse("seal"))?;
        message.to_bytes().map_err(refuse("encode"))
    }

    pub fn group_info(&mut self, group: &[u8]) -> Outcome<Vec<u8>> {
        let (loaded, provider, signer) = self.parts(group)?;
        let info = loaded.export_group_info(provider.crypto(), signer, true).map_err(refuse("groupInfo"))?;
        info.to_bytes().map_err(refuse("encode"))
    }

    pub fn export(&mut self, group: &[u8], label: &str, context: &[u8], length: usize) -> Outcome<Vec<u8>> {
        let (loaded, provider, _) = self.parts(group)?;
        loaded.export_secret(provider.crypto(), label, context, length).map_err(refuse("export"))
    }

    /// From the epoch that our pending commit will start.
    pub fn export_pending(&mut self, group: &[u8], label: &str, context: &[u8], length: usize) -> Outcome<Vec<u8>> {
        let (loaded, provider, _) = self.parts(group)?;
        let staged = loaded.pending_commit().ok_or(Refusal("nothingPending"))?;
        staged.export_secret(provider.crypto(), label, context, length).map_err(refuse("export"))
    }

    /// From the epoch of an external commit that the server has not taken yet.
    pub fn export_candidate(&self, group: &[u8], label: &str, context: &[u8], length: usize) -> Outcome<Vec<u8>> {
        let store = &self.provider.store;
        let id = openmls::group::GroupId::from_slice(group);
        let candidate = store.in_slot(Slot::Candidate, || MlsGroup::load(store, &id))?.ok_or(Refusal("nothingPending"))?;
        candidate.export_secret(self.crypto(), label, context, length).map_err(refuse("export"))
    }
}
