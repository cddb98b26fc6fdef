//! What a commit or a group is, taken out of OpenMLS and put plainly, for the guard to judge.

use openmls::group::{GroupContext, Member, MlsGroup, StagedCommit};
use openmls::prelude::{Credential, Extension, KeyPackage, LeafNode, Proposal, ProposalOrRefType, Sender};
use tls_codec::Serialize;

/// The GroupContext extension that holds the caller's roster. From RFC 9420's private range.
pub const ROSTER_EXTENSION: u16 = 0xf1c0;

/// The credential of a leaf: its type (1 = Basic) and content, and the leaf's keys.
pub struct LeafFacts {
    pub credential_type: u16,
    pub credential: Vec<u8>,
    pub signature_key: Vec<u8>,
    pub encryption_key: Vec<u8>,
    /// Types of the leaf's own extensions.
    pub extensions: Vec<u16>,
}

pub struct MemberFacts {
    pub leaf: u32,
    pub credential_type: u16,
    pub credential: Vec<u8>,
    pub signature_key: Vec<u8>,
}

pub struct KeyPackageFacts {
    pub suite: u16,
    pub leaf: LeafFacts,
    /// Seconds since 1970.
    pub not_before: u64,
    pub not_after: u64,
    pub last_resort: bool,
    /// Types of the key package's extensions.
    pub extensions: Vec<u16>,
}

pub struct CommitFacts {
    /// The epoch that the commit starts.
    pub epoch: u64,
    pub adds: Vec<KeyPackageFacts>,
    /// Leaf indexes.
    pub removes: Vec<u32>,
    /// RFC 9420 proposal types, in the order of the commit.
    pub proposals: Vec<u16>,
    /// Whether a proposal was referred to instead of included.
    pub by_reference: bool,
    /// The committer's new leaf.
    pub path: Option<LeafFacts>,
    /// The extensions of the new GroupContext, as type and content.
    pub context: Vec<(u16, Vec<u8>)>,
    pub self_removed: bool,
}

#[derive(Clone, Copy)]
pub enum Author {
    Leaf(u32),
    /// An external commit.
    Joiner,
    /// Anyone else outside the group.
    Outsider,
}

impl From<&Sender> for Author {
    fn from(sender: &Sender) -> Self {
        match sender {
            Sender::Member(leaf) => Author::Leaf(leaf.u32()),
            Sender::NewMemberCommit => Author::Joiner,
            Sender::NewMemberProposal | Sender::External(_) => Author::Outsider,
        }
    }
}

pub fn commit_facts(staged: &StagedCommit) -> CommitFacts {
    CommitFacts {
        epoch: staged.epoch().as_u64(),
        adds: staged.add_proposals().map(|add| key_package_facts(add.add_proposal().key_package())).collect(),
        removes: staged.remove_proposals().map(|remove| remove.remove_proposal().removed().u32()).collect(),
        proposals: staged.queued_proposals().map(|queued| proposal_type(queued.proposal())).collect(),
        by_reference: staged.queued_proposals().any(|queued| queued.proposal_or_ref_type() == ProposalOrRefType::Reference),
        path: staged.update_path_leaf_node().map(leaf_facts),
        context: context_extensions(staged.group_context()),
        self_removed: staged.self_removed(),
    }
}

pub fn key_package_facts(package: &KeyPackage) -> KeyPackageFacts {
    KeyPackageFacts {
        suite: package.ciphersuite().into(),
        leaf: leaf_facts(package.leaf_node()),
        not_before: package.life_time().not_before(),
        not_after: package.life_time().not_after(),
        last_resort: package.last_resort(),
        extensions: package.extensions().iter().map(|extension| extension.extension_type().into()).collect(),
    }
}

pub fn members(group: &MlsGroup) -> Vec<MemberFacts> {
    group.members().map(member_facts).collect()
}

fn member_facts(member: Member) -> MemberFacts {
    MemberFacts {
        leaf: member.index.u32(),
        credential_type: type_of(&member.credential),
        credential: member.credential.serialized_content().to_vec(),
        signature_key: member.signature_key,
    }
}

fn leaf_facts(leaf: &LeafNode) -> LeafFacts {
    LeafFacts {
        credential_type: type_of(leaf.credential()),
        credential: leaf.credential().serialized_content().to_vec(),
        signature_key: leaf.signature_key().as_slice().to_vec(),
        encryption_key: leaf.encryption_key().tls_serialize_detached().unwrap_or_default(),
        extensions: leaf.extensions().iter().map(|extension| extension.extension_type().into()).collect(),
    }
}

fn type_of(credential: &Credential) -> u16 {
    credential.credential_type().into()
}

/// Type and content of each extension, the content as on the wire.
pub fn context_extensions(context: &GroupContext) -> Vec<(u16, Vec<u8>)> {
    context.extensions().iter().map(|extension| (extension.extension_type().into(), extension_content(extension))).collect()
}

fn extension_content(extension: &Extension) -> Vec<u8> {
    match extension {
        Extension::Unknown(_, content) => content.0.clone(),
        Extension::RequiredCapabilities(content) => content.tls_serialize_detached().unwrap_or_default(),
        // The guard allows only the two above: of any other the type is enough to refuse.
        _ => Vec::new(),
    }
}

fn proposal_type(proposal: &Proposal) -> u16 {
    proposal.proposal_type().into()
}
