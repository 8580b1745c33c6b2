//! How long simulated proofs pretend to take.

use std::time::Duration;

use chinampa_jobs::RequestType;

/// Time that a simulated proof takes at least.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TestDelay {
    /// The same for every job.
    Fixed(Duration),
    /// What the type takes with real proofs on Aztec's reference machine, times a factor.
    Realistic(f64),
}

impl Default for TestDelay {
    fn default() -> Self {
        Self::Fixed(Duration::ZERO)
    }
}

impl TestDelay {
    /// The time for a type.
    pub fn of(self, request_type: RequestType) -> Duration {
        match self {
            Self::Fixed(delay) => delay,
            Self::Realistic(factor) => {
                let (witness_ms, proof_ms) = realistic_ms(request_type);
                let ms = (f64::from(witness_ms) + f64::from(proof_ms)) * factor;
                Duration::try_from_secs_f64(ms / 1e3).unwrap_or_default()
            }
        }
    }
}

/// Witness and proof time of a type, in milliseconds.
///
/// # Sources
/// `delay_values.ts` of `@aztec/bb-prover` 4.1.2.
fn realistic_ms(request_type: RequestType) -> (u32, u32) {
    match request_type {
        RequestType::PublicVm => (0, 180_000),
        RequestType::PublicChonkVerifier => (60, 16_300),
        RequestType::PrivateTxBaseRollup => (2_500, 22_000),
        RequestType::PublicTxBaseRollup => (2_500, 44_500),
        RequestType::TxMergeRollup => (25, 10_000),
        RequestType::BlockRootFirstRollup => (45, 17_400),
        RequestType::BlockRootSingleTxFirstRollup => (27, 9_200),
        RequestType::BlockRootEmptyTxFirstRollup => (18, 4_500),
        RequestType::BlockRootRollup | RequestType::CheckpointRootRollup => (40_000, 35_000),
        RequestType::BlockRootSingleTxRollup => (20_000, 15_000),
        RequestType::BlockMergeRollup => (30, 15_000),
        RequestType::CheckpointRootSingleBlockRollup => (36_000, 37_100),
        // Programs are not simulated.
        RequestType::CheckpointPaddingRollup | RequestType::NoirProgram => (0, 0),
        RequestType::CheckpointMergeRollup => (30, 10_200),
        RequestType::RootRollup => (35, 93_000),
        RequestType::ParityBase => (1_600, 15_300),
        RequestType::ParityRoot => (40, 18_600),
    }
}
