//! What columns are committed with.

use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::{G1Affine, G1Params};
use chinampa_kernels::field::FrParams;
use chinampa_kernels::msm::{Span, Tables, msm_many};

use crate::srs::ProverSrs;

/// The points `[tau^i]G`, and tables of multiples of the first of them if there are any.
#[derive(Clone, Copy, Debug)]
pub struct CommitmentKey<'a> {
    points: &'a [G1Affine],
    /// From the shortest to the longest.
    tables: &'a [Tables<G1Params>],
}

impl<'a> CommitmentKey<'a> {
    /// The points.
    pub const fn points(&self) -> &'a [G1Affine] {
        self.points
    }

    /// The sum of multiples of each span, by the shortest table that has its points, if one has.
    pub(crate) fn sums(&self, spans: &[Span<'_, FrParams>]) -> Vec<G1Affine> {
        let level = |span: &Span<'_, FrParams>| {
            let end = span.first + span.scalars.len();
            self.tables.iter().position(|tables| end <= tables.points().len()).unwrap_or(self.tables.len())
        };
        let levels: Vec<usize> = spans.iter().map(level).collect();
        let mut sums = vec![G1Affine::IDENTITY; spans.len()];
        for level in 0..=self.tables.len() {
            let numbers: Vec<usize> = (0..spans.len()).filter(|&number| levels[number] == level).collect();
            if numbers.is_empty() {
                continue;
            }
            let spans: Vec<Span<'_, FrParams>> = numbers.iter().map(|&number| spans[number]).collect();
            let some = match self.tables.get(level) {
                Some(tables) => tables.msm_many(&spans),
                None => msm_many(self.points, &spans),
            };
            for (number, sum) in numbers.into_iter().zip(some) {
                sums[number] = sum;
            }
        }
        sums
    }

    /// The commitments to polynomials of field elements.
    pub(crate) fn sums_of(&self, polynomials: &[&[Fr]]) -> Vec<G1Affine> {
        let spans: Vec<_> = polynomials.iter().map(|&scalars| Span { first: 0, scalars }).collect();
        self.sums(&spans)
    }
}

/// Points without tables.
impl<'a> From<&'a [G1Affine]> for CommitmentKey<'a> {
    fn from(points: &'a [G1Affine]) -> Self {
        Self { points, tables: &[] }
    }
}

/// The points, with the tables if they were made.
impl<'a> From<&'a ProverSrs> for CommitmentKey<'a> {
    fn from(srs: &'a ProverSrs) -> Self {
        Self { points: srs.points(), tables: srs.tables().as_slice() }
    }
}
