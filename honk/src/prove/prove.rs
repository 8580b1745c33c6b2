//! The protocol, phase by phase.

use chinampa_kernels::Fr;

use super::columns::Columns;
use super::libra::{self, Libra};
use super::memory::folded_rounds;
use super::phase::{Clock, Phase, PhaseTime, Progress};
use super::randomness::Randomness;
use super::shplonk::Claims;
use super::sumcheck::{Separators, sumcheck};
use super::{gemini, oink};
use crate::commit::CommitmentKey;
use crate::entity::{Entity, UNSHIFTED};
use crate::flavor::{Flavor, IPA_PROOF_LENGTH, NUM_DISABLED_ROWS_IN_SUMCHECK};
use crate::key::VerificationKey;
use crate::proof::Proof;
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
    /// The verification key is of another circuit.
    #[error("the key's {field} is {actual}, the circuit's {expected}")]
    Key {
        /// Barretenberg's name of the number.
        field: &'static str,
        /// The circuit's.
        expected: u32,
        /// The key's.
        actual: u32,
    },
    /// An IPA proof of the wrong length, or one too many.
    #[error("an IPA proof of {actual} words, the flavor has {expected}")]
    IpaProof {
        /// Words that the flavor has.
        expected: usize,
        /// Words given.
        actual: usize,
    },
    /// The proof was given up.
    #[error("given up before {}", phase.name())]
    Stopped {
        /// The phase that would have begun.
        phase: Phase,
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
    /// The proof with the program's public inputs.
    pub proof: Proof,
    /// Wall-clock time by phase, in order.
    pub phases: Vec<PhaseTime>,
}

/// Makes one proof.
pub struct Prover<'a> {
    commitment_key: CommitmentKey<'a>,
    progress: Option<Progress<'a>>,
    randomness: Option<Randomness>,
    ipa_proof: &'a [Word],
    memory_bytes: u64,
}

impl std::fmt::Debug for Prover<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prover").field("points", &self.commitment_key.points().len()).finish_non_exhaustive()
    }
}

/// What the phases take from the trace besides its columns.
pub(super) struct Input<'a> {
    pub(super) commitment_key: CommitmentKey<'a>,
    pub(super) key_hash: Fr,
    pub(super) public_inputs: Vec<Fr>,
    pub(super) public_inputs_offset: usize,
    pub(super) memory_read_rows: Vec<u32>,
    pub(super) memory_write_rows: Vec<u32>,
    pub(super) last_active_row: usize,
    /// Rounds of sumcheck without tables.
    pub(super) folded_rounds: usize,
}

/// The protocol. Returns what the prover sends.
fn run(
    flavor: Flavor,
    input: &Input<'_>,
    mut columns: Columns,
    mut randomness: Option<Randomness>,
    clock: &mut Clock<'_>,
) -> Result<Vec<Word>, ProveError> {
    let (commitment_key, points) = (input.commitment_key, input.commitment_key.points());
    let mut transcript = Transcript::prover(flavor.oracle_hash());
    let parameters = oink::oink(input, &mut columns, randomness.as_mut(), clock, &mut transcript)?;

    clock.begin(Phase::Sumcheck)?;
    let alpha = transcript.challenge();
    let gate_challenge = transcript.challenge();
    let mut libra =
        randomness.as_mut().map(|random| Libra::new(columns.log_size, random, points, &mut transcript));
    let separators = Separators::new(flavor, columns.log_size, alpha, gate_challenge);
    let point =
        sumcheck(&columns, input.folded_rounds, &parameters, separators, libra.as_mut(), &mut transcript);
    let libra =
        libra.zip(randomness.as_mut()).map(|(libra, random)| libra.finish(random, points, &mut transcript));

    clock.begin(Phase::Gemini)?;
    let folds = gemini::fold_all(flavor, columns, &point, commitment_key, &mut transcript);

    clock.begin(Phase::Shplonk)?;
    let r = transcript.challenge();
    let mut claims = Claims::new(&folds, r);
    transcript.send_scalars(&claims.negative);
    let libra = libra.map_or_else(Vec::new, |polynomials| libra::open(polynomials, r, &mut transcript));
    claims.batch(libra, transcript.challenge());
    let quotient = claims.quotient();
    transcript.send_point(&commitment_key.sums_of(&[&quotient])[0]);

    clock.begin(Phase::Kzg)?;
    let z = transcript.challenge();
    transcript.send_point(&commitment_key.sums_of(&[&claims.opening(quotient, z)])[0]);
    Ok(transcript.into_words())
}

impl<'a> Prover<'a> {
    /// A prover that commits with points, or with a string's points and tables.
    pub fn new(key: impl Into<CommitmentKey<'a>>) -> Self {
        Self {
            commitment_key: key.into(),
            progress: None,
            randomness: None,
            ipa_proof: &[],
            memory_bytes: u64::MAX,
        }
    }

    /// Tells `progress` of each phase when it begins, and asks whether to go on.
    #[must_use]
    pub fn with_progress(self, progress: Progress<'a>) -> Self {
        Self { progress: Some(progress), ..self }
    }

    /// Random numbers, which the zero-knowledge flavors need.
    #[must_use]
    pub fn with_randomness(self, randomness: Randomness) -> Self {
        Self { randomness: Some(randomness), ..self }
    }

    /// The proof of the IPA claim among the public inputs, which the rollup flavor ends with.
    #[must_use]
    pub fn with_ipa_proof(self, ipa_proof: &'a [Word]) -> Self {
        Self { ipa_proof, ..self }
    }

    /// Memory that the process has for building and proving the circuit, in bytes. What [`peak_memory_bytes`] says is
    /// always enough; with less, the prover computes again what it would keep, down to [`least_memory_bytes`]. The proof is
    /// the same.
    ///
    /// [`peak_memory_bytes`]: super::peak_memory_bytes
    /// [`least_memory_bytes`]: super::least_memory_bytes
    #[must_use]
    pub fn with_memory(self, memory_bytes: u64) -> Self {
        Self { memory_bytes, ..self }
    }

    /// Proves that the trace satisfies the circuit of `key`; it is not checked that it does.
    ///
    /// # Errors
    /// [`ProveError`]
    ///
    /// # Panics
    /// If the trace's columns are not those of a circuit: selectors of lookups or memory gates outside the wires.
    pub fn prove(
        mut self,
        flavor: Flavor,
        trace: Trace,
        key: &VerificationKey,
    ) -> Result<Proved, ProveError> {
        self.check(flavor, &trace, key)?;
        let randomness = self.randomness.take().filter(|_| flavor.has_zk());
        let (input, columns) = self.split(trace, key.hash(flavor.oracle_hash()));
        let mut clock = Clock::new(self.progress);
        let sent = run(flavor, &input, columns, randomness, &mut clock)?;
        let proof = Proof::from_sent(flavor, key, sent, self.ipa_proof).expect("lengths were checked");
        Ok(Proved { proof, phases: clock.finish() })
    }

    fn check(&self, flavor: Flavor, trace: &Trace, key: &VerificationKey) -> Result<(), ProveError> {
        if !(MIN_LOG_SIZE..=MAX_LOG_SIZE).contains(&trace.log_size) {
            return Err(ProveError::Size { actual: trace.log_size });
        }
        let size = trace.size();
        let needed = if flavor.has_zk() { size.max(MIN_ZK_POINTS) } else { size };
        let points = self.commitment_key.points().len();
        if points < needed {
            return Err(ProveError::TooFewPoints { expected: needed, actual: points });
        }
        let (expected, actual) = (flavor.backend_public_inputs(), trace.public_inputs.len());
        if actual < expected {
            return Err(ProveError::PublicInputs { expected, actual });
        }
        check_key(trace, key)?;
        let (expected, actual) = (if flavor.has_ipa() { IPA_PROOF_LENGTH } else { 0 }, self.ipa_proof.len());
        if expected != actual {
            return Err(ProveError::IpaProof { expected, actual });
        }
        if flavor.has_zk() && self.randomness.is_none() {
            return Err(ProveError::NoRandomness { flavor });
        }
        check_columns(trace)
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
            commitment_key: self.commitment_key,
            key_hash,
            public_inputs: trace.public_inputs,
            public_inputs_offset: trace.public_inputs_offset,
            memory_read_rows: trace.memory_read_rows,
            memory_write_rows: trace.memory_write_rows,
            last_active_row: trace.last_active_row,
            folded_rounds: folded_rounds(trace.log_size, self.memory_bytes),
        };
        (input, columns)
    }
}

fn check_key(trace: &Trace, key: &VerificationKey) -> Result<(), ProveError> {
    let public_inputs = u32::try_from(trace.public_inputs.len()).unwrap_or(u32::MAX);
    let offset = u32::try_from(trace.public_inputs_offset).unwrap_or(u32::MAX);
    let numbers = [
        ("log_circuit_size", trace.log_size, key.log_circuit_size),
        ("num_public_inputs", public_inputs, key.num_public_inputs),
        ("pub_inputs_offset", offset, key.pub_inputs_offset),
    ];
    match numbers.into_iter().find(|(_, expected, actual)| expected != actual) {
        Some((field, expected, actual)) => Err(ProveError::Key { field, expected, actual }),
        None => Ok(()),
    }
}

/// No column may reach into the disabled rows, which are free even where nothing is masked: a circuit has one size.
fn check_columns(trace: &Trace) -> Result<(), ProveError> {
    let size = trace.size();

    let limit = size - NUM_DISABLED_ROWS_IN_SUMCHECK;
    let witness = trace.wires.iter().chain([&trace.lookup_read_counts, &trace.lookup_read_tags]);
    let names =
        [Entity::WL, Entity::WR, Entity::WO, Entity::W4, Entity::LookupReadCounts, Entity::LookupReadTags];
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
