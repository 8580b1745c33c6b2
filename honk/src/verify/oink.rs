//! Oink: commitments to the witness, and the challenges that the relations are read under.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;

use super::VerifyError;
use crate::entity::{Entity, PRECOMPUTED, WITNESS};
use crate::flavor::Flavor;
use crate::key::VerificationKey;
use crate::relations::RelationParameters;
use crate::transcript::{Transcript, TranscriptError};

/// Names of cells in the fourth column and beyond start at multiples of this.
const SEPARATOR: u64 = 1 << 28;

/// What the circuit is and what the prover has committed to.
#[derive(Debug)]
pub(super) struct Instance<'a> {
    pub(super) flavor: Flavor,
    pub(super) key: &'a VerificationKey,
    /// Those of the program, then those of the backend.
    pub(super) public_inputs: Vec<Fr>,
    /// Commitment to the polynomial that masks evaluations; zero-knowledge flavors only.
    pub(super) masking: Option<G1Affine>,
    /// Commitments to the witness columns, in the order of entities.
    pub(super) witness: [G1Affine; WITNESS],
    pub(super) parameters: RelationParameters,
    /// Separates subrelations.
    pub(super) alpha: Fr,
}

impl Instance<'_> {
    /// Logarithm of the circuit's rows.
    pub(super) const fn log_circuit_size(&self) -> usize {
        self.key.log_circuit_size as usize
    }

    /// Rounds of the proof, padding included.
    pub(super) const fn rounds(&self) -> usize {
        self.flavor.rounds(self.log_circuit_size())
    }

    /// Whether `round` only pads the proof. Without zero-knowledge the rounds beyond the circuit's size are honest rounds over
    /// columns that are extended by zeros.
    pub(super) const fn is_padding(&self, round: usize) -> bool {
        self.flavor.has_zk() && round >= self.log_circuit_size()
    }
}

/// Receives everything up to the separator of subrelations.
pub(super) fn receive<'a>(
    flavor: Flavor,
    key: &'a VerificationKey,
    transcript: &mut Transcript,
) -> Result<Instance<'a>, VerifyError> {
    transcript.absorb_scalar(key.hash(flavor.oracle_hash()));
    let public_inputs = transcript.receive_scalars("public_input_", key.num_public_inputs as usize)?;
    let masking =
        flavor.has_zk().then(|| transcript.receive_point("Gemini:masking_poly_comm")).transpose()?;
    let mut witness = Witness { transcript, commitments: [G1Affine::IDENTITY; WITNESS] };

    witness.receive([(Entity::WL, "W_L"), (Entity::WR, "W_R"), (Entity::WO, "W_O")])?;
    let eta = witness.transcript.challenge();

    witness.receive([
        (Entity::LookupReadCounts, "LOOKUP_READ_COUNTS"),
        (Entity::LookupReadTags, "LOOKUP_READ_TAGS"),
        (Entity::W4, "W_4"),
    ])?;
    let (beta, gamma) = witness.transcript.challenge_pair();

    witness.receive([(Entity::LookupInverses, "LOOKUP_INVERSES"), (Entity::ZPerm, "Z_PERM")])?;
    let alpha = witness.transcript.challenge();

    let delta = public_input_delta(&public_inputs, beta, gamma, key.pub_inputs_offset)
        .ok_or(VerifyError::Degenerate { what: "public inputs' part of the grand product" })?;
    let parameters = RelationParameters::new(eta, beta, gamma, delta);
    let witness = witness.commitments;
    Ok(Instance { flavor, key, public_inputs, masking, witness, parameters, alpha })
}

struct Witness<'t> {
    transcript: &'t mut Transcript,
    commitments: [G1Affine; WITNESS],
}

impl Witness<'_> {
    fn receive<const N: usize>(
        &mut self,
        columns: [(Entity, &'static str); N],
    ) -> Result<(), TranscriptError> {
        for (entity, name) in columns {
            self.commitments[entity.index() - PRECOMPUTED] = self.transcript.receive_point(name)?;
        }
        Ok(())
    }
}

/// The grand product of the cells of public inputs, which copy constraints send to names that no cell has. `None` if a factor
/// of the denominator is zero.
pub(crate) fn public_input_delta(public_inputs: &[Fr], beta: Fr, gamma: Fr, offset: u32) -> Option<Fr> {
    let (mut numerator, mut denominator) = (Fr::ONE, Fr::ONE);
    let first = u64::from(offset);
    let mut above = gamma + beta * Fr::from(SEPARATOR + first);
    let mut below = gamma - beta * Fr::from(first + 1);
    for &public_input in public_inputs {
        numerator *= above + public_input;
        denominator *= below + public_input;
        above += beta;
        below -= beta;
    }
    Some(numerator * denominator.inverse()?)
}
