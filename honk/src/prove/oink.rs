//! Oink: commitments to the witness, each set after the challenges that it depends on.

use chinampa_kernels::curve::bn254::G1Projective;

use super::columns::{Columns, MASKED_ROWS};
use super::grand_product::{grand_product, public_input_delta};
use super::lookup_inverses::lookup_inverses;
use super::memory_records::add_memory_records;
use super::phase::{Clock, Phase};
use super::prove::{Input, ProveError};
use super::randomness::Randomness;
use crate::commit::{CommitmentKey, commit, commit_all};
use crate::entity::{Entity, PRECOMPUTED};
use crate::relations::RelationParameters;
use crate::trace::Column;
use crate::transcript::Transcript;

/// Completes the witness, commits to it, and returns the challenges that relations are read under.
pub(super) fn oink(
    input: &Input<'_>,
    columns: &mut Columns,
    randomness: Option<&mut Randomness>,
    clock: &mut Clock<'_>,
    transcript: &mut Transcript,
) -> Result<RelationParameters, ProveError> {
    transcript.absorb_scalar(input.key_hash);
    transcript.send_scalars(&input.public_inputs);
    let mut oink = Oink { key: input.commitment_key, columns, randomness, transcript };

    clock.begin(Phase::Wires)?;
    oink.send_masking();
    oink.send([Entity::WL, Entity::WR, Entity::WO]);
    let eta = oink.transcript.challenge();

    clock.begin(Phase::Records)?;
    add_memory_records(oink.columns, &input.memory_read_rows, &input.memory_write_rows, eta);
    oink.send([Entity::LookupReadCounts, Entity::LookupReadTags, Entity::W4]);
    let (beta, gamma) = oink.transcript.challenge_pair();

    clock.begin(Phase::LookupInverses)?;
    let delta = public_input_delta(&input.public_inputs, input.public_inputs_offset, beta, gamma);
    let parameters = RelationParameters::new(eta, beta, gamma, delta);
    *oink.columns.body_mut(Entity::LookupInverses) = lookup_inverses(oink.columns, &parameters);
    oink.send([Entity::LookupInverses]);

    clock.begin(Phase::GrandProduct)?;
    *oink.columns.body_mut(Entity::ZPerm) = grand_product(oink.columns, input.last_active_row, beta, gamma);
    oink.send([Entity::ZPerm]);
    Ok(parameters)
}

struct Oink<'a> {
    key: CommitmentKey<'a>,
    columns: &'a mut Columns,
    randomness: Option<&'a mut Randomness>,
    transcript: &'a mut Transcript,
}

impl Oink<'_> {
    /// In zero-knowledge, draws the polynomial that hides the batched one, and sends its commitment.
    fn send_masking(&mut self) {
        if let Some(randomness) = &mut self.randomness {
            self.columns.masking = Column::new(0, randomness.elements(self.columns.size()));
            self.transcript.send_point(&commit(self.key, &self.columns.masking));
        }
    }

    /// Masks columns, if in zero-knowledge, and sends their commitments.
    fn send<const N: usize>(&mut self, entities: [Entity; N]) {
        for entity in entities {
            if let Some(randomness) = &mut self.randomness {
                let start = self.columns.size() - MASKED_ROWS;
                self.columns.tails[entity.index() - PRECOMPUTED] =
                    Column::new(start, randomness.elements(MASKED_ROWS));
            }
        }
        let parts = entities.map(|entity| self.columns.parts(entity));
        let commitments = commit_all(self.key, parts.as_flattened());
        for [body, tail] in commitments.as_chunks().0 {
            let sum: G1Projective = *body + *tail;
            self.transcript.send_point(&sum.to_affine());
        }
    }
}
