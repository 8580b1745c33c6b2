//! One round by itself.

use chinampa_kernels::Fr;

use super::round::Round;
use super::tables::Tables;
use super::{Column, Separators, View};
use crate::entity::Row;
use crate::flavor::Flavor;
use crate::relations::RelationParameters;

/// A round of sumcheck over tables of any values, as all rounds after the first ones are: to be measured, and to be compared with
/// other provers.
pub struct SumcheckRound {
    tables: Tables,
    parameters: RelationParameters,
    separators: Separators,
    log_size: usize,
}

impl std::fmt::Debug for SumcheckRound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SumcheckRound").field("log_size", &self.log_size).finish_non_exhaustive()
    }
}

impl SumcheckRound {
    /// A round of the flavor [`Flavor::Ultra`] over `2^log_size` rows, at least two. A table that is shorter ends in zeros; what is
    /// longer does not count. The shifted entities are tables of their own.
    ///
    /// # Panics
    /// If `log_size` is 0 or above 28.
    pub fn new(
        log_size: u32,
        tables: Row<Vec<Fr>>,
        parameters: RelationParameters,
        alpha: Fr,
        gate_challenge: Fr,
    ) -> Self {
        assert!((1..=28).contains(&log_size), "2^{log_size} rows");
        let log_size = log_size as usize;
        let columns = tables.0.map(|mut values| {
            values.truncate(1 << log_size);
            Column::new(0, values)
        });
        Self {
            tables: Tables::of_columns(columns),
            parameters,
            separators: Separators::new(Flavor::Ultra, log_size, alpha, gate_challenge),
            log_size,
        }
    }

    /// Evaluations at 0, 1, ... of the polynomial that the prover sends.
    pub fn univariate(&self) -> Vec<Fr> {
        let views = self.tables.views();
        let round = Round {
            views: &views,
            parameters: &self.parameters,
            alphas: &self.separators.alphas,
            beta: self.separators.betas[0],
            later_betas: &self.separators.betas[1..self.log_size],
            partial_pow: Fr::ONE,
            is_first: false,
            length: self.separators.flavor.univariate_length(),
        };
        let end = views.iter().map(View::body_end).max().unwrap_or(0);
        round.univariate(0..end.div_ceil(2))
    }
}
