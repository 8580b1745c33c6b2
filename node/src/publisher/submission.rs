//! What is submitted: an epoch's proof in the contract's own terms.

use alloy::primitives::{Address, B256, Bytes, U256};
use alloy::sol_types::SolCall as _;
use chinampa_protocol::Fr;
use chinampa_protocol::codec::ToFields as _;

use crate::archiver::Attestations;
use crate::epoch::EpochProof;
use crate::l1::contracts::{CommitteeAttestations, PublicInputArgs, Rollup, SubmitEpochRootProofArgs};

/// A proof with the attestations of its last checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The epoch.
    pub epoch: u64,
    /// The proof and what it proves.
    pub proof: EpochProof,
    /// As the last checkpoint's proposal had them; the contract compares their hash.
    pub attestations: Attestations,
    /// Whether the proof covers all checkpoints of its epoch. One that does earns a share although others have proven
    /// them, and more, before.
    pub is_whole: bool,
}

fn word(field: Fr) -> B256 {
    B256::from(field.to_be_bytes())
}

impl Submission {
    /// Checkpoints that are proven.
    pub fn length(&self) -> u64 {
        u64::from(self.proof.last - self.proof.first) + 1
    }

    /// Who is paid: the last 20 bytes of the field.
    pub fn prover(&self) -> Address {
        Address::from_word(word(self.proof.public_inputs.constants.prover_id))
    }

    /// Public inputs of the root circuit, as the verifier contract takes them.
    pub fn public_inputs(&self) -> Vec<B256> {
        self.proof.public_inputs.fields().into_iter().map(word).collect()
    }

    /// The arguments of `submitEpochRootProof`.
    pub fn arguments(&self) -> SubmitEpochRootProofArgs {
        SubmitEpochRootProofArgs {
            start: U256::from(self.proof.first),
            end: U256::from(self.proof.last),
            args: self.public_input_args(),
            fees: self.fees(),
            attestations: CommitteeAttestations {
                signatureIndices: self.attestations.signature_indices.clone().into(),
                signaturesOrAddresses: self.attestations.signatures_or_addresses.clone().into(),
            },
            blobInputs: self.blob_inputs(),
            proof: self.proof_without_public_inputs(),
        }
    }

    /// The call's data.
    pub fn calldata(&self) -> Bytes {
        Rollup::submitEpochRootProofCall { args: self.arguments() }.abi_encode().into()
    }

    pub(super) fn public_input_args(&self) -> PublicInputArgs {
        let inputs = &self.proof.public_inputs;
        PublicInputArgs {
            previousArchive: word(inputs.previous_archive_root),
            endArchive: word(inputs.end_archive_root),
            outHash: word(inputs.out_hash),
            proverId: self.prover(),
        }
    }

    /// Recipient and value of each checkpoint's fees, in turn.
    pub(super) fn fees(&self) -> Vec<B256> {
        let fees = self.proof.public_inputs.fees.iter();
        fees.flat_map(|fee| [word(fee.recipient.to_field()), word(fee.value)]).collect()
    }

    pub(super) fn blob_inputs(&self) -> Bytes {
        self.proof.blob_batch.l1_input().to_vec().into()
    }

    /// The contract puts the public inputs together itself.
    fn proof_without_public_inputs(&self) -> Bytes {
        let skipped = 32 * self.proof.proof.num_public_inputs as usize;
        let proof = &self.proof.proof.buffer;
        proof.get(skipped..).unwrap_or_default().to_vec().into()
    }
}
