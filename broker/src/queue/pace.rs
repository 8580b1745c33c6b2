//! How long proofs take, and how far each type is from the root proof.

use chinampa_jobs::RequestType;

/// How much a new measurement counts.
const WEIGHT: f64 = 0.2;

/// Durations by type, learned as jobs are proven.
#[derive(Debug)]
pub(super) struct Pace {
    duration_ms: [f64; RequestType::COUNT],
}

impl Default for Pace {
    fn default() -> Self {
        let mut duration_ms = [0.0; RequestType::COUNT];
        for kind in RequestType::ALL {
            duration_ms[usize::from(kind.number())] = first_guess_ms(kind);
        }
        Self { duration_ms }
    }
}

impl Pace {
    /// Takes a measurement in.
    pub(super) fn learn(&mut self, kind: RequestType, duration_ms: u64) {
        let known_ms = &mut self.duration_ms[usize::from(kind.number())];
        *known_ms += WEIGHT * (duration_ms as f64 - *known_ms);
    }

    /// What a proof of this type takes, in milliseconds.
    pub(super) fn duration_ms(&self, kind: RequestType) -> f64 {
        self.duration_ms[usize::from(kind.number())]
    }

    /// The longest remaining path: a proof of this type and one of each type above it, in milliseconds.
    pub(super) fn path_ms(&self, kind: RequestType) -> i64 {
        let mut total_ms = 0.0;
        let mut next = Some(kind);
        while let Some(kind) = next {
            total_ms += self.duration_ms(kind);
            next = parent(kind);
        }
        // The cast saturates.
        total_ms as i64
    }
}

/// The proof that takes in one of this type: the longer way where there are two.
fn parent(kind: RequestType) -> Option<RequestType> {
    use RequestType::*;
    Some(match kind {
        ParityBase => ParityRoot,
        PublicVm | PublicChonkVerifier => PublicTxBaseRollup,
        PrivateTxBaseRollup | PublicTxBaseRollup => TxMergeRollup,
        ParityRoot | TxMergeRollup => BlockRootFirstRollup,
        BlockRootFirstRollup
        | BlockRootSingleTxFirstRollup
        | BlockRootEmptyTxFirstRollup
        | BlockRootRollup
        | BlockRootSingleTxRollup => BlockMergeRollup,
        BlockMergeRollup => CheckpointRootRollup,
        CheckpointRootRollup | CheckpointRootSingleBlockRollup => CheckpointMergeRollup,
        CheckpointPaddingRollup | CheckpointMergeRollup => RootRollup,
        RootRollup | NoirProgram => return None,
    })
}

/// Witness and proof as Aztec 4.1.2's realistic delays have them (`bb-prover/test/delay_values.ts`).
fn first_guess_ms(kind: RequestType) -> f64 {
    match kind {
        RequestType::PublicVm => 180_000.0,
        RequestType::PublicChonkVerifier => 16_360.0,
        RequestType::PrivateTxBaseRollup => 24_500.0,
        RequestType::PublicTxBaseRollup => 47_000.0,
        RequestType::TxMergeRollup => 10_025.0,
        RequestType::BlockRootFirstRollup => 17_445.0,
        RequestType::BlockRootSingleTxFirstRollup => 9_227.0,
        RequestType::BlockRootEmptyTxFirstRollup => 4_518.0,
        RequestType::BlockRootRollup | RequestType::CheckpointRootRollup => 75_000.0,
        RequestType::BlockRootSingleTxRollup => 35_000.0,
        RequestType::BlockMergeRollup => 15_030.0,
        RequestType::CheckpointRootSingleBlockRollup => 73_100.0,
        RequestType::CheckpointPaddingRollup => 0.0,
        RequestType::CheckpointMergeRollup => 10_230.0,
        RequestType::RootRollup => 93_035.0,
        RequestType::ParityBase => 16_900.0,
        RequestType::ParityRoot => 18_640.0,
        // Aztec has none; a program of 2^18 rows takes about this long.
        RequestType::NoirProgram => 5_000.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_ends_at_the_root_and_is_longer_than_its_parents() {
        let pace = Pace::default();
        for kind in RequestType::ALL {
            match parent(kind) {
                Some(parent) => assert!(pace.path_ms(kind) >= pace.path_ms(parent), "{kind}"),
                None => assert!(matches!(kind, RequestType::RootRollup | RequestType::NoirProgram)),
            }
        }
    }

    #[test]
    fn durations_follow_what_is_measured() {
        let mut pace = Pace::default();
        (0..50).for_each(|_| pace.learn(RequestType::RootRollup, 1000));
        assert!((pace.duration_ms(RequestType::RootRollup) - 1000.0).abs() < 10.0);
        assert_eq!(pace.path_ms(RequestType::RootRollup), pace.duration_ms(RequestType::RootRollup) as i64);
    }
}
