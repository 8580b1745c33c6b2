//! Which contracts there are, and whether this release can prove for them.

use std::fmt;

use alloy::primitives::{Address, B256, U256, b256};
use alloy::providers::Provider as _;
use chinampa_protocol::Fr;
use chinampa_protocol::constants::{PROTOCOL_CONTRACTS_HASH, VK_TREE_ROOT};

use super::contracts::{Registry, Rollup};
use super::{EpochClock, L1, L1Error};

/// Where the rollup keeps its state: `keccak256("aztec.stf.storage")`. The two roots have no getters.
pub(crate) const STF_STORAGE: B256 =
    b256!("0958201b72d64259285941dffd868dac55267471fcc73e8a06e1fd9cf8706361");
const VK_TREE_ROOT_WORD: u64 = 3;
const PROTOCOL_CONTRACTS_HASH_WORD: u64 = 4;

/// Which rollup of the registry to prove for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RollupChoice {
    /// The newest one, as the registry says.
    #[default]
    Canonical,
    /// The one with this version.
    Version(u32),
}

/// The contracts and what is fixed in them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// Chain id of L1.
    pub chain_id: u64,
    /// Version of the rollup, derived by the contract.
    pub rollup_version: u32,
    /// The rollup contract.
    pub rollup: Address,
    /// The inbox of messages to L2.
    pub inbox: Address,
    /// Slots and epochs.
    pub clock: EpochClock,
    /// L1 block in which the rollup began; nothing of it is older.
    pub start_block: u64,
    /// Archive root before block 1.
    pub genesis_archive_root: Fr,
    /// Root of the verification keys that the contract accepts.
    pub vk_tree_root: Fr,
    /// Hash of the protocol contracts that it accepts.
    pub protocol_contracts_hash: Fr,
    /// Validators of a committee; 0 on networks without.
    pub target_committee_size: u64,
}

/// Why proofs of this release would not be accepted. The operator upgrades, or waits for the network to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Incompatible {
    /// What differs.
    pub what: &'static str,
    /// As this release has it.
    pub expected: Fr,
    /// As the contract has it.
    pub actual: Fr,
}

impl fmt::Display for Incompatible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, expected, actual } = self;
        write!(f, "the rollup has another {what}: expected {expected}, got {actual}")
    }
}

impl Deployment {
    /// Resolves the contracts from the registry.
    ///
    /// # Errors
    /// [`L1Error`] if a call fails or a number is out of range.
    pub async fn resolve(
        l1: &L1,
        chain_id: u64,
        registry: Address,
        choice: RollupChoice,
        l1_slot_duration_s: u64,
    ) -> Result<Self, L1Error> {
        let contract = Registry::new(registry, l1.provider());
        let rollup = match choice {
            RollupChoice::Canonical => contract.getCanonicalRollup().call().await,
            RollupChoice::Version(version) => contract.getRollup(U256::from(version)).call().await,
        }
        .map_err(L1Error::contract("getRollup", registry))?;
        let contract = Rollup::new(rollup, l1.provider());
        macro_rules! read {
            ($call:ident($($argument:expr)?)) => {
                contract.$call($($argument)?).call().await
                    .map_err(L1Error::contract(stringify!($call), rollup))?
            };
        }
        macro_rules! number {
            ($call:ident) => {{
                let value: U256 = read!($call());
                value
                    .try_into()
                    .map_err(|_| L1Error::Range { call: stringify!($call), value: value.to_string() })?
            }};
        }
        Ok(Self {
            chain_id,
            rollup,
            rollup_version: number!(getVersion),
            inbox: read!(getInbox()),
            clock: EpochClock {
                genesis_time_s: number!(getGenesisTime),
                slot_duration_s: number!(getSlotDuration),
                epoch_duration_slots: number!(getEpochDuration),
                proof_submission_epochs: number!(getProofSubmissionEpochs),
                l1_slot_duration_s,
            }
            .checked()?,
            start_block: number!(L1_BLOCK_AT_GENESIS),
            genesis_archive_root: field("archiveAt", read!(archiveAt(U256::ZERO)))?,
            vk_tree_root: storage(l1, rollup, VK_TREE_ROOT_WORD).await?,
            protocol_contracts_hash: storage(l1, rollup, PROTOCOL_CONTRACTS_HASH_WORD).await?,
            target_committee_size: number!(getTargetCommitteeSize),
        })
    }

    /// Compares the deployment with this release and with the genesis state that was computed here.
    ///
    /// # Errors
    /// [`Incompatible`], the first difference.
    pub fn check(&self, genesis_archive_root: Fr) -> Result<(), Incompatible> {
        let pairs = [
            ("root of verification keys", VK_TREE_ROOT, self.vk_tree_root),
            ("hash of protocol contracts", PROTOCOL_CONTRACTS_HASH, self.protocol_contracts_hash),
            ("genesis archive root", genesis_archive_root, self.genesis_archive_root),
        ];
        match pairs.into_iter().find(|(_, expected, actual)| expected != actual) {
            Some((what, expected, actual)) => Err(Incompatible { what, expected, actual }),
            None => Ok(()),
        }
    }
}

impl EpochClock {
    /// Refuses durations that no rollup has and that nothing could be divided by.
    fn checked(self) -> Result<Self, L1Error> {
        let zero = [
            ("getSlotDuration", self.slot_duration_s),
            ("getEpochDuration", self.epoch_duration_slots),
            ("l1.slot_duration_s", self.l1_slot_duration_s),
        ]
        .into_iter()
        .find(|(_, value)| *value == 0);
        zero.map_or(Ok(self), |(call, _)| Err(L1Error::Range { call, value: "0".to_owned() }))
    }
}

async fn storage(l1: &L1, rollup: Address, word: u64) -> Result<Fr, L1Error> {
    let slot = U256::from_be_bytes(STF_STORAGE.0).wrapping_add(U256::from(word));
    let value = l1.provider().get_storage_at(rollup, slot).await;
    let value: U256 = value.map_err(L1Error::rpc("eth_getStorageAt"))?;
    field("eth_getStorageAt", value.into())
}

/// A word of L1 as a field of L2.
pub(crate) fn field(call: &'static str, word: B256) -> Result<Fr, L1Error> {
    Fr::from_be_bytes(&word.0).map_err(|_| L1Error::Range { call, value: word.to_string() })
}
