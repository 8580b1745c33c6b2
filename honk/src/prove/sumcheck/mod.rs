//! Sumcheck: `sum over rows of pow(row) * sum_j alpha^j R_j(row) = 0`, one variable a round.
//!
//! Subrelation 5 is not weighted by `pow`. In zero-knowledge the sum leaves the last four rows out and a masking polynomial is
//! added ([`libra`](super::libra)).

mod block;
mod edges;
mod round;
mod single;
mod tables;

pub(super) use edges::Packed;
pub use single::SumcheckRound;

use chinampa_kernels::Fr;

use super::columns::{Columns, View};
use super::libra::Libra;
use crate::entity::ENTITIES;
use crate::flavor::Flavor;
use crate::relations::{NUM_SUBRELATIONS, RelationParameters};
use crate::trace::Column;
use crate::transcript::Transcript;
use round::Round;
use tables::Tables;

/// What sets subrelations and rows apart.
pub(super) struct Separators {
    flavor: Flavor,
    /// Of subrelations.
    alphas: Vec<Fr>,
    /// Of variables: `pow(X) = prod (1 + X_k (beta_k - 1))`. One for each round.
    betas: Vec<Fr>,
}

impl Separators {
    pub(super) fn new(flavor: Flavor, log_size: usize, alpha: Fr, gate_challenge: Fr) -> Self {
        let betas = std::iter::successors(Some(gate_challenge), |beta| Some(beta.square()));
        Self {
            flavor,
            alphas: powers(alpha, NUM_SUBRELATIONS),
            betas: betas.take(flavor.rounds(log_size)).collect(),
        }
    }
}

/// Runs all rounds and sends the claimed evaluations: of the masking polynomial first, if there is one, then of the 41
/// entities. Returns the challenges, one per round.
///
/// The first `folded_rounds` rounds, not more than there are, read the columns themselves and fold what they read: tables of
/// all folds are first made after these, as much shorter than the columns.
pub(super) fn sumcheck(
    columns: &Columns,
    folded_rounds: usize,
    parameters: &RelationParameters,
    separators: Separators,
    libra: Option<&mut Libra>,
    transcript: &mut Transcript,
) -> Vec<Fr> {
    let (rounds, has_zk) = (separators.betas.len(), separators.flavor.has_zk());
    let mut prover = Rounds {
        separators,
        log_size: columns.log_size,
        parameters,
        partial_pow: Fr::ONE,
        disabled: Fr::ONE,
        libra,
        point: Vec::with_capacity(rounds),
    };
    while prover.point.len() < folded_rounds {
        let challenges = prover.point.clone();
        prover.round(&columns.views(&challenges), transcript);
    }
    let mut tables = Tables::new(columns, &prover.point);
    while prover.point.len() < columns.log_size {
        let challenge = prover.round(&tables.views(), transcript);
        tables.fold(challenge);
    }
    let (masking, mut entities) = tables.single_row();
    while prover.point.len() < rounds {
        prover.virtual_round(&mut entities, transcript);
    }
    let mut evaluations = Vec::with_capacity(ENTITIES + 1);
    if has_zk {
        evaluations.push(masking);
    }
    evaluations.extend(entities);
    transcript.send_scalars(&evaluations);
    prover.point
}

pub(super) fn powers(base: Fr, count: usize) -> Vec<Fr> {
    std::iter::successors(Some(Fr::ONE), |power| Some(*power * base)).take(count).collect()
}

/// What lasts from round to round.
struct Rounds<'a> {
    separators: Separators,
    log_size: usize,
    parameters: &'a RelationParameters,
    /// `pow` of the challenges so far.
    partial_pow: Fr,
    /// Zero-knowledge: the product of the challenges of rounds 2 and later, so far.
    disabled: Fr,
    libra: Option<&'a mut Libra>,
    point: Vec<Fr>,
}

impl Rounds<'_> {
    /// One round over a table whose rows `views` show. Returns the challenge.
    fn round(&mut self, views: &[View<'_>; ENTITIES], transcript: &mut Transcript) -> Fr {
        let k = self.point.len();
        let round = Round {
            views,
            parameters: self.parameters,
            alphas: &self.separators.alphas,
            beta: self.separators.betas[k],
            // Only the variables of this table's rows have bits.
            later_betas: &self.separators.betas[k + 1..self.log_size.max(k + 1)],
            partial_pow: self.partial_pow,
            is_first: k == 0,
            length: self.separators.flavor.univariate_length(),
        };
        let edges_end = views.iter().map(View::body_end).max().unwrap_or(0).div_ceil(2);
        let mut univariate = if self.separators.flavor.has_zk() {
            self.without_disabled_rows(&round, edges_end)
        } else {
            round.univariate(0..edges_end)
        };
        if let Some(libra) = &self.libra {
            libra.add_round(k, &mut univariate);
        }
        transcript.send_scalars(&univariate);
        let challenge = self.challenge(transcript);
        if k >= 2 {
            self.disabled *= challenge;
        }
        challenge
    }

    /// The sum over all edges, the relations multiplied by one minus the indicator of the last four rows.
    fn without_disabled_rows(&self, round: &Round<'_>, edges_end: usize) -> Vec<Fr> {
        let k = self.point.len();
        let last = (1usize << (self.log_size - k - 1)) - 1;
        match k {
            // The last four rows are two edges, and then one.
            0 => round.univariate(0..edges_end.min(last - 1)),
            1 => round.univariate(0..edges_end.min(last)),
            // And then the end of the last edge, times the challenges since.
            _ => {
                let mut sum = round.univariate(0..edges_end.min(last));
                let edge = round.univariate(last..last + 1);
                let mut enabled = Fr::ONE;
                for (sum, value) in sum.iter_mut().zip(edge) {
                    *sum += value * enabled;
                    enabled -= self.disabled;
                }
                sum
            }
        }
    }

    /// A round over variables that no row has: the polynomials are zero where such a variable is one. In zero-knowledge these
    /// rounds say nothing.
    fn virtual_round(&mut self, entities: &mut [Fr; ENTITIES], transcript: &mut Transcript) {
        if self.separators.flavor.has_zk() {
            transcript.send_scalars(&vec![Fr::ZERO; self.separators.flavor.univariate_length()]);
            let challenge = transcript.challenge();
            self.note(challenge);
            return;
        }
        let table = Tables::of_row(entities);
        let challenge = self.round(&table.views(), transcript);
        for entity in entities {
            *entity *= Fr::ONE - challenge;
        }
    }

    fn challenge(&mut self, transcript: &mut Transcript) -> Fr {
        let challenge = transcript.challenge();
        let beta = self.separators.betas[self.point.len()];
        self.partial_pow *= Fr::ONE + challenge * (beta - Fr::ONE);
        self.note(challenge);
        challenge
    }

    fn note(&mut self, challenge: Fr) {
        self.point.push(challenge);
        if let Some(libra) = &mut self.libra {
            libra.note(challenge);
        }
    }
}
