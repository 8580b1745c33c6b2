//! The protocol, phase by phase.

use std::mem;

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::msm;

use super::columns::Columns;
use super::libra::{self, Libra};
use super::phase::{Clock, Phase, PhaseTime, Progress};
use super::randomness::Randomness;
use super::shplonk::Claims;
use super::sumcheck::sumcheck;
use super::{gemini, oink};
use crate::entity::{Entity, UNSHIFTED};
use crate::flavor::{Flavor, NUM_DISABLED_ROWS_IN_SUMCHECK};
use crate::trace::{Column, Trace};
use crate::transcript::{Transcript, Word};

/// Points that a zero-knowledge proof needs at least, for Libra's polynomials.
const MIN_ZK_POINTS: usize = 512;
/// Smallest circuit: the disabled rows are the end of a table for the first two rounds.
const MIN_LOG_SIZE: u32 = 3;
/// Largest circuit: that of sumcheck's constant number of rounds.
const MAX_LOG_SIZE: u32 = 28;

/// Why no proof is made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError {
    /// The reference string is too short.
    #[error("a circuit of this size needs {expected} points, there are {actual}")]
    TooFewPoints {
        /// Points needed.
        expected: usize,
        /// Points there.
        actual: usize,
    },
    /// The circuit has too few or too many rows.
    #[error("2^{actual} rows, supported are 2^{MIN_LOG_SIZE} to 2^{MAX_LOG_SIZE}")]
    Size {
        /// Logarithm of the number of rows.
        actual: u32,
    },
    /// A column has values in rows that are reserved, or outside the trace.
    #[error("{column} reaches to row {end}, the limit is {limit}")]
    Column {
        /// Barretenberg's name.
        column: &'static str,
        /// One more than its last row.
        end: usize,
        /// The most that may be.
        limit: usize,
    },
    /// The public inputs are not those of the flavor.
    #[error("{actual} public inputs, the backend's alone are {expected}")]
    PublicInputs {
        /// The backend's.
        expected: usize,
        /// All.
        actual: usize,
    },
    /// A zero-knowledge proof without random numbers.
    #[error("a proof of {} needs random numbers", flavor.target())]
    NoRandomness {
        /// The flavor.
        flavor: Flavor,
    },
}

/// A proof and how long it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proved {
    /// The program's own public inputs: the file `public_inputs`.
    pub public_inputs: Vec<Word>,
    /// The backend's public inputs and the proof: the file `proof`.
    pub proof: Vec<Word>,
    /// Wall-clock time by phase, in order.
    pub phases: Vec<PhaseTime>,
}

/// Makes proofs with one reference string.
#[derive(Clone, Copy)]
pub struct Prover<'a> {
    points: &'a [G1Affine],
    progress: Option<Progress<'a>>,
}

impl std::fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("points", &self.points.len()).finish_non_exhaustive()
    }
}

/// What the phases take from the trace besides its columns.
pub(super) struct Input<'a> {
    pub(super) points: &'a [G1Affine],
    pub(super) key_hash: Fr,
    pub(super) public_inputs: Vec<Fr>,
    pub(super) public_inputs_offset: usize,
    pub(super) memory_read_rows: Vec<u32>,
    pub(super) memory_write_rows: Vec<u32>,
    pub(super) last_active_row: usize,
}

impl<'a> Prover<'a> {
    /// A prover that commits with `points`.
    pub const fn new(points: &'a [G1Affine]) -> Self {
        Self { points, progress: None }
    }

    /// Tells `progress` of each phase when it begins.
    #[must_use]
    pub const fn with_progress(self, progress: Progress<'a>) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Proves that the trace satisfies its circuit; it is not checked that it does.
    ///
    /// `key_hash` is the hash of the circuit's verification key under the flavor's hash. The rollup flavor's IPA proof is
    /// not part of what is returned: it is of a claim that the circuit passes on, and is appended by whoever has it.
    ///
    /// # Errors
    /// [`ProveError`]
    pub fn prove(
        &self,
        flavor: Flavor,
        trace: Trace,
        key_hash: Fr,
        mut randomness: Option<Randomness>,
    ) -> Result<Proved, ProveError> {
        self.check(flavor, &trace)?;
        if flavor.has_zk() && randomness.is_none() {
            return Err(ProveError::NoRandomness { flavor });
        }
        let mut randomness = randomness.as_mut().filter(|_| flavor.has_zk());
        let (input, mut columns) = self.split(trace, key_hash);
        let mut clock = Clock::new(self.progress);
        let transcript = &mut Transcript::prover(flavor.oracle_hash());

        let parameters = oink::oink(&input, &mut columns, randomness.as_deref_mut(), &mut clock, transcript);

        clock.begin(Phase::Sumcheck);
        let alpha = transcript.challenge();
        let gate_challenge = transcript.challenge();
        let mut libra = randomness
            .as_deref_mut()
            .map(|randomness| Libra::new(columns.log_size, randomness, self.points, transcript));
        let point =
            sumcheck(flavor, &columns, &parameters, alpha, libra.as_mut(), gate_challenge, transcript);
        let libra = libra
            .zip(randomness)
            .map(|(libra, randomness)| libra.finish(randomness, self.points, transcript));

        clock.begin(Phase::Gemini);
        let folds = gemini::fold_all(flavor, &columns, &point, self.points, transcript);
        drop(columns);

        clock.begin(Phase::Shplonk);
        let r = transcript.challenge();
        let mut claims = Claims::new(&folds, r);
        transcript.send_scalars(&claims.negative);
        let libra = libra.map_or_else(Vec::new, |polynomials| libra::open(polynomials, r, transcript));
        claims.batch(libra, transcript.challenge());
        let quotient = claims.quotient();
        transcript.send_point(&msm(self.points, &quotient));

        clock.begin(Phase::Kzg);
        let z = transcript.challenge();
        transcript.send_point(&msm(self.points, &claims.opening(quotient, z)));

        let mut words = mem::replace(transcript, Transcript::prover(flavor.oracle_hash())).into_words();
        let proof = words.split_off(input.public_inputs.len() - flavor.backend_public_inputs());
        Ok(Proved { public_inputs: words, proof, phases: clock.finish() })
    }

    fn check(&self, flavor: Flavor, trace: &Trace) -> Result<(), ProveError> {
        if !(MIN_LOG_SIZE..=MAX_LOG_SIZE).contains(&trace.log_size) {
            return Err(ProveError::Size { actual: trace.log_size });
        }
        let size = trace.size();
        let needed = if flavor.has_zk() { size.max(MIN_ZK_POINTS) } else { size };
        if self.points.len() < needed {
            return Err(ProveError::TooFewPoints { expected: needed, actual: self.points.len() });
        }
        let (expected, actual) = (flavor.backend_public_inputs(), trace.public_inputs.len());
        if actual < expected {
            return Err(ProveError::PublicInputs { expected, actual });
        }
        // The disabled rows are free even where nothing is masked: a circuit has one size.
        let limit = size - NUM_DISABLED_ROWS_IN_SUMCHECK;
        let witness = trace.wires.iter().chain([&trace.lookup_read_counts, &trace.lookup_read_tags]);
        let names = [
            Entity::WL,
            Entity::WR,
            Entity::WO,
            Entity::W4,
            Entity::LookupReadCounts,
            Entity::LookupReadTags,
        ];
        let columns =
            Entity::PRECOMPUTED.into_iter().zip(&trace.precomputed).chain(names.into_iter().zip(witness));
        for (entity, column) in columns {
            if column.end() > limit {
                return Err(ProveError::Column { column: entity.name(), end: column.end(), limit });
            }
        }
        let records = trace.memory_read_rows.iter().chain(&trace.memory_write_rows).copied();
        let last_record = records.max().map_or(0, |row| row as usize + 1);
        let end = last_record.max(trace.last_active_row + 1);
        if end > limit {
            return Err(ProveError::Column { column: Entity::W4.name(), end, limit });
        }
        Ok(())
    }

    fn split(&self, trace: Trace, key_hash: Fr) -> (Input<'a>, Columns) {
        let mut bodies: [Column; UNSHIFTED] = [const { Column::EMPTY }; UNSHIFTED];
        let witness = trace.wires.into_iter().zip([Entity::WL, Entity::WR, Entity::WO, Entity::W4]);
        let lookups = [
            (trace.lookup_read_counts, Entity::LookupReadCounts),
            (trace.lookup_read_tags, Entity::LookupReadTags),
        ];
        let precomputed = trace.precomputed.into_iter().zip(Entity::PRECOMPUTED);
        for (column, entity) in precomputed.chain(witness).chain(lookups) {
            bodies[entity.index()] = column;
        }
        let columns = Columns {
            log_size: trace.log_size as usize,
            bodies,
            tails: Default::default(),
            masking: Column::EMPTY,
        };
        let input = Input {
            points: self.points,
            key_hash,
            public_inputs: trace.public_inputs,
            public_inputs_offset: trace.public_inputs_offset,
            memory_read_rows: trace.memory_read_rows,
            memory_write_rows: trace.memory_write_rows,
            last_active_row: trace.last_active_row,
        };
        (input, columns)
    }
}
