//! The five variants of UltraHonk and the numbers that distinguish them.
//!
//! Source: Barretenberg 4.1.2 `flavor/ultra_flavor.hpp`, `ultra_zk_flavor.hpp`, `ultra_keccak_flavor.hpp`,
//! `ultra_keccak_zk_flavor.hpp`; `RollupIO` of `special_public_inputs`. The numbers of the rollup flavor were read off
//! proofs of the released program.

use crate::entity::ENTITIES;

/// Sumcheck rounds of every flavor over Poseidon2, whatever the circuit's size (`CONST_PROOF_SIZE_LOG_N`).
pub const CONST_PROOF_SIZE_LOG_N: usize = 28;

/// One more than the degree of the relations in the entities.
pub const MAX_PARTIAL_RELATION_LENGTH: usize = 7;

/// Public inputs that hold pairing points, two coordinates of two limbs for each of two points (`DefaultIO`).
pub const PAIRING_POINTS_SIZE: usize = 8;

/// Public inputs that hold an IPA claim: challenge and evaluation of two limbs each, commitment of two coordinates.
pub const IPA_CLAIM_SIZE: usize = 6;

/// Rounds of the inner product argument (`CONST_ECCVM_LOG_N`): its polynomials have `2^15` coefficients.
pub const IPA_LOG_LEN: usize = 15;

/// Words of an IPA proof: two points per round, the last point, the last coefficient.
pub const IPA_PROOF_LENGTH: usize = 4 * IPA_LOG_LEN + 2 + 2;

/// Rows at the end of the trace where the zero-knowledge flavors hold random values and relations are switched off.
pub const NUM_DISABLED_ROWS_IN_SUMCHECK: usize = 4;

/// Evaluations of committed polynomials that [`Flavor::has_zk`] adds for the masking of sumcheck.
pub const NUM_LIBRA_EVALUATIONS: usize = 4;

/// The hash behind challenges and key hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OracleHash {
    /// Poseidon2 over the scalar field, for proofs that another circuit verifies.
    Poseidon2,
    /// Keccak-256 reduced modulo the scalar field, for proofs that a contract verifies.
    Keccak,
}

impl OracleHash {
    /// Name in `--oracle_hash`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Poseidon2 => "poseidon2",
            Self::Keccak => "keccak",
        }
    }

    /// Words of an encoded point of BN254: whole coordinates for Keccak, halves for Poseidon2, whose words are field
    /// elements and so may be too small for a coordinate.
    pub const fn point_words(self) -> usize {
        match self {
            Self::Poseidon2 => 4,
            Self::Keccak => 2,
        }
    }

    /// Words of an encoded verification key.
    pub const fn key_words(self) -> usize {
        3 + crate::entity::PRECOMPUTED * self.point_words()
    }
}

/// A variant of UltraHonk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flavor {
    /// Poseidon2, not zero-knowledge (`noir-recursive-no-zk`).
    Ultra,
    /// Poseidon2, zero-knowledge (`noir-recursive`).
    UltraZK,
    /// Keccak, not zero-knowledge (`evm-no-zk`).
    UltraKeccak,
    /// Keccak, zero-knowledge (`evm`).
    UltraKeccakZK,
    /// Poseidon2 with an IPA claim among the public inputs and its proof behind the proof (`noir-rollup`). Never
    /// zero-knowledge, whatever Barretenberg is asked for.
    UltraRollup,
}

impl Flavor {
    /// All flavors.
    pub const ALL: [Self; 5] =
        [Self::Ultra, Self::UltraZK, Self::UltraKeccak, Self::UltraKeccakZK, Self::UltraRollup];

    /// Name of the verifier target (`-t`). The rollup flavor has a second one, `noir-rollup-no-zk`.
    pub const fn target(self) -> &'static str {
        match self {
            Self::Ultra => "noir-recursive-no-zk",
            Self::UltraZK => "noir-recursive",
            Self::UltraKeccak => "evm-no-zk",
            Self::UltraKeccakZK => "evm",
            Self::UltraRollup => "noir-rollup",
        }
    }

    /// The hash behind its challenges.
    pub const fn oracle_hash(self) -> OracleHash {
        match self {
            Self::Ultra | Self::UltraZK | Self::UltraRollup => OracleHash::Poseidon2,
            Self::UltraKeccak | Self::UltraKeccakZK => OracleHash::Keccak,
        }
    }

    /// Whether proofs hide the witness.
    pub const fn has_zk(self) -> bool {
        matches!(self, Self::UltraZK | Self::UltraKeccakZK)
    }

    /// Whether public inputs end in an IPA claim and proofs in an IPA proof.
    pub const fn has_ipa(self) -> bool {
        matches!(self, Self::UltraRollup)
    }

    /// Sumcheck rounds of a circuit of `2^log_circuit_size` rows.
    pub const fn rounds(self, log_circuit_size: usize) -> usize {
        match self.oracle_hash() {
            OracleHash::Poseidon2 => CONST_PROOF_SIZE_LOG_N,
            OracleHash::Keccak => log_circuit_size,
        }
    }

    /// Evaluations by which a round's univariate is sent: relations, times a linear factor of the power polynomial, times
    /// in zero-knowledge one of the row-disabling polynomial.
    pub const fn univariate_length(self) -> usize {
        MAX_PARTIAL_RELATION_LENGTH + 1 + self.has_zk() as usize
    }

    /// Evaluations claimed at the end of sumcheck: one per entity, in zero-knowledge the masking polynomial's first.
    pub const fn claimed_evaluations(self) -> usize {
        ENTITIES + self.has_zk() as usize
    }

    /// Public inputs that the backend appends to the program's own.
    pub const fn backend_public_inputs(self) -> usize {
        PAIRING_POINTS_SIZE + if self.has_ipa() { IPA_CLAIM_SIZE } else { 0 }
    }

    /// Words of a proof with the backend's public inputs and without the program's.
    pub const fn proof_words(self, log_circuit_size: usize) -> usize {
        let (point, rounds) = (self.oracle_hash().point_words(), self.rounds(log_circuit_size));
        let oink = 8 * point;
        let sumcheck = rounds * self.univariate_length() + self.claimed_evaluations();
        let folds = rounds.saturating_sub(1) * point + rounds;
        let opening = 2 * point;
        // Masking polynomial, three Libra commitments, Libra's sum and claimed evaluation, and its openings.
        let zk = if self.has_zk() { 4 * point + 2 + NUM_LIBRA_EVALUATIONS } else { 0 };
        let ipa = if self.has_ipa() { IPA_PROOF_LENGTH } else { 0 };
        self.backend_public_inputs() + oink + sumcheck + folds + opening + zk + ipa
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proof_lengths_are_those_of_the_released_program() {
        // Words of proof files for circuits of 2^6 and 2^13 rows.
        for (flavor, at_6, at_13) in [
            (Flavor::UltraKeccakZK, 154, 238),
            (Flavor::UltraKeccak, 133, 210),
            (Flavor::UltraZK, 500, 500),
            (Flavor::Ultra, 449, 449),
            (Flavor::UltraRollup, 519, 519),
        ] {
            assert_eq!((flavor.proof_words(6), flavor.proof_words(13)), (at_6, at_13), "{flavor:?}");
        }
        // ULTRA_KECCAK_PROOF_LENGTH of Aztec 4.1.2: the root rollup has 2^24 rows.
        assert_eq!(Flavor::UltraKeccak.proof_words(24), 331);
    }

    #[test]
    fn key_lengths_are_those_of_the_released_program() {
        assert_eq!(OracleHash::Poseidon2.key_words(), 115);
        assert_eq!(OracleHash::Keccak.key_words(), 59);
    }
}
