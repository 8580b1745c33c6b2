//! The call by which a checkpoint was proposed: header, archive and attestations, which the event does not carry.
//!
//! # Source
//! Aztec 4.1.2 `archiver/src/l1/calldata_retriever.ts`, `ProposeLib.sol`.

use alloy::primitives::{Address, B256, I256, U256, address, keccak256};
use alloy::sol_types::{SolCall as _, SolValue as _};
use chinampa_protocol::Fr;
use chinampa_protocol::block::{AttestationPayload, CheckpointHeader, FeeAssetPriceModifier};
use chinampa_protocol::gas::GasFees;
use chinampa_protocol::{AztecAddress, EthAddress};

use super::attestations::Attestations;
use crate::l1::contracts::{Multicall3, ProposedHeader, Rollup};

/// Stock sequencers propose through it.
const MULTICALL3: Address = address!("cA11bde05977b3631167028862bE2a173976CA11");
/// Most calls of one transaction that are looked at.
const CALLS_MAX: usize = 256;

/// What the call said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Archive root after the checkpoint.
    pub archive: Fr,
    /// The proposer's vote on the price of the fee asset.
    pub fee_asset_price_modifier: FeeAssetPriceModifier,
    /// The checkpoint's header.
    pub header: CheckpointHeader,
    /// The committee's signatures, as they were packed.
    pub attestations: Attestations,
}

/// What the event pins of the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pins {
    /// `payloadDigest`: over archive, modifier and header.
    pub payload_digest: B256,
    /// `attestationsHash`: over the packed attestations.
    pub attestations_hash: B256,
}

/// Why no call of a transaction is the one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProposalError {
    /// The calldata of the bundle or call cannot be read.
    #[error("the calldata cannot be read: {reason}")]
    Calldata {
        /// What the decoder said.
        reason: String,
    },
    /// There are proposals, but none has the hashes of the event.
    #[error("none of the {candidates} proposals in the transaction has the hashes of the event")]
    NoMatch {
        /// Proposals found.
        candidates: usize,
    },
}

/// Finds the proposal of an event in the calldata of its transaction: the call itself, a call of a Multicall3 bundle, or
/// a call that lies word for word in what some forwarder is given. Whatever has the hashes of the event is the one.
///
/// # Errors
/// [`ProposalError`]
pub(super) fn find(
    to: Option<Address>,
    input: &[u8],
    rollup: Address,
    pins: Pins,
) -> Result<Proposal, ProposalError> {
    match to {
        Some(to) if to == rollup => matching([input], pins),
        Some(to) if to == MULTICALL3 => {
            let bundle = Multicall3::aggregate3Call::abi_decode(input).map_err(unreadable)?;
            let calls = bundle.calls.iter().filter(|call| call.target == rollup).take(CALLS_MAX);
            matching(calls.map(|call| call.callData.as_ref()), pins)
        }
        _ => {
            let selector = Rollup::proposeCall::SELECTOR;
            let starts = input.windows(selector.len()).enumerate().filter(|(_, word)| **word == selector);
            matching(starts.map(|(start, _)| &input[start..]).take(CALLS_MAX), pins)
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is where errors are mapped")]
fn unreadable(error: alloy::sol_types::Error) -> ProposalError {
    ProposalError::Calldata { reason: error.to_string() }
}

/// The proposal among these calls of the rollup that has the hashes of the event.
///
/// # Errors
/// [`ProposalError`]
pub(super) fn matching<'a>(
    calls: impl IntoIterator<Item = &'a [u8]>,
    pins: Pins,
) -> Result<Proposal, ProposalError> {
    let mut candidates = 0;
    let mut unread = None;
    for call in calls.into_iter().filter(|call| call.starts_with(&Rollup::proposeCall::SELECTOR)) {
        candidates += 1;
        match Rollup::proposeCall::abi_decode(call) {
            Ok(call) if attestations_hash(&call) == pins.attestations_hash => match proposal(&call) {
                Some(proposal) if proposal.payload().digest() == pins.payload_digest.0 => {
                    return Ok(proposal);
                }
                _ => {}
            },
            Ok(_) => {}
            Err(error) => unread = Some(unreadable(error)),
        }
    }
    Err(unread.unwrap_or(ProposalError::NoMatch { candidates }))
}

fn attestations_hash(call: &Rollup::proposeCall) -> B256 {
    keccak256(call.attestations.abi_encode())
}

impl Proposal {
    /// What the committee signed.
    pub fn payload(&self) -> AttestationPayload {
        AttestationPayload {
            archive: self.archive,
            fee_asset_price_modifier: self.fee_asset_price_modifier,
            header_hash: self.header.hash(),
        }
    }
}

/// `None` if a number has more bits than it can have, or a field is not canonical. Nothing of that kind can have the
/// hash that L1 stored, because L1 hashed what it had decoded.
fn proposal(call: &Rollup::proposeCall) -> Option<Proposal> {
    let field = |word: B256| Fr::from_be_bytes(&word.0).ok();
    Some(Proposal {
        archive: field(call.args.archive)?,
        fee_asset_price_modifier: FeeAssetPriceModifier(modifier(
            call.args.oracleInput.feeAssetPriceModifier,
        )?),
        header: header(&call.args.header)?,
        attestations: Attestations {
            signature_indices: call.attestations.signatureIndices.to_vec(),
            signatures_or_addresses: call.attestations.signaturesOrAddresses.to_vec(),
        },
    })
}

fn modifier(value: I256) -> Option<i64> {
    value.try_into().ok()
}

fn header(header: &ProposedHeader) -> Option<CheckpointHeader> {
    let field = |word: B256| Fr::from_be_bytes(&word.0).ok();
    let number = |value: U256| u64::try_from(value).ok();
    Some(CheckpointHeader {
        last_archive_root: field(header.lastArchiveRoot)?,
        block_headers_hash: field(header.blockHeadersHash)?,
        blobs_hash: field(header.blobsHash)?,
        in_hash: field(header.inHash)?,
        epoch_out_hash: field(header.outHash)?,
        slot_number: u32::try_from(number(header.slotNumber)?).ok()?,
        timestamp: number(header.timestamp)?,
        coinbase: EthAddress(header.coinbase.into()),
        fee_recipient: AztecAddress(field(header.feeRecipient)?),
        gas_fees: GasFees {
            fee_per_da_gas: header.gasFees.feePerDaGas,
            fee_per_l2_gas: header.gasFees.feePerL2Gas,
        },
        total_mana_used: field(header.totalManaUsed.into())?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::l1::contracts::{CommitteeAttestations, OracleInput, ProposeArgs, ProposerSignature};

    const ROLLUP: Address = address!("1111111111111111111111111111111111111111");
    const STRANGER: Address = address!("9ccc2f3ecde026230e11a5c8799ac7524f2bb294");

    fn call(archive: u8) -> Rollup::proposeCall {
        let word = |byte: u8| B256::with_last_byte(byte);
        let header = ProposedHeader {
            lastArchiveRoot: word(1),
            blockHeadersHash: word(2),
            blobsHash: word(3),
            inHash: word(4),
            outHash: word(5),
            slotNumber: U256::from(6),
            timestamp: U256::from(7),
            coinbase: STRANGER,
            feeRecipient: word(8),
            gasFees: crate::l1::contracts::ProposedGasFees { feePerDaGas: 9, feePerL2Gas: 10 },
            totalManaUsed: U256::from(11),
        };
        let attestations = CommitteeAttestations {
            signatureIndices: vec![0x80].into(),
            signaturesOrAddresses: vec![27; 65].into(),
        };
        let oracle = OracleInput { feeAssetPriceModifier: I256::ZERO };
        Rollup::proposeCall {
            args: ProposeArgs { archive: word(archive), oracleInput: oracle, header },
            attestations,
            signers: vec![STRANGER],
            attestationsAndSignersSignature: ProposerSignature { v: 27, r: word(12), s: word(13) },
            blobInput: vec![0].into(),
        }
    }

    fn pins(call: &Rollup::proposeCall) -> Pins {
        let payload = proposal(call).expect("legal").payload();
        Pins { payload_digest: B256::from(payload.digest()), attestations_hash: attestations_hash(call) }
    }

    #[test]
    fn a_call_inside_a_forwarders_calldata_is_found_by_its_hashes() {
        let (wanted, other) = (call(14), call(15));
        // A selector of its own, another proposal, the wanted one, and something behind it.
        let input =
            [&[1, 2, 3, 4, 5][..], &other.abi_encode(), &[0; 7], &wanted.abi_encode(), &[9; 40]].concat();
        let found = find(Some(STRANGER), &input, ROLLUP, pins(&wanted)).unwrap();
        assert_eq!(Some(found), proposal(&wanted));
        let missing = find(Some(STRANGER), &other.abi_encode(), ROLLUP, pins(&wanted));
        assert_eq!(missing, Err(ProposalError::NoMatch { candidates: 1 }));
        let nothing = find(None, &[0; 64], ROLLUP, pins(&wanted));
        assert_eq!(nothing, Err(ProposalError::NoMatch { candidates: 0 }));
    }
}
