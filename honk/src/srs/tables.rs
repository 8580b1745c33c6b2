//! Tables of multiples of the first points, for provers that make many proofs.

use std::sync::Arc;

use chinampa_kernels::curve::bn254::G1Params;
use chinampa_kernels::msm::Tables;

use super::ProverSrs;

/// Points of the longest table: over more, sums are no faster for it, as they wait for memory.
pub const MAX_TABLE_POINTS: usize = 1 << 18;
/// Fewest points of a table.
const MIN_TABLE_POINTS: usize = 1 << 8;
/// A table has this many times as many points as the next shorter one: windows of a width fit sums of about one length.
const STEP: usize = 4;

/// Tables of multiples of a string's first points, from the shortest to the longest; a clone shares them.
#[derive(Clone, Debug, Default)]
pub struct SrsTables(Arc<Vec<Tables<G1Params>>>);

impl SrsTables {
    /// How many points the longest table has multiples of.
    pub fn points(&self) -> usize {
        self.0.last().map_or(0, |tables| tables.points().len())
    }

    /// Bytes of all tables.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(Tables::bytes).sum()
    }

    pub(crate) fn as_slice(&self) -> &[Tables<G1Params>] {
        &self.0
    }
}

/// Points and bytes of the tables of so many points, from the shortest on: each has what is left of the budget.
fn plan(points: usize, budget_bytes: usize) -> Vec<(usize, usize)> {
    let longest = points.min(MAX_TABLE_POINTS);
    let lens = std::iter::successors(Some(longest), |len| Some(len / STEP));
    let mut lens: Vec<usize> = lens.take_while(|&len| len >= MIN_TABLE_POINTS).collect();
    lens.reverse();
    let mut left = budget_bytes;
    lens.into_iter()
        .map_while(|len| {
            let budget = left;
            left -= Tables::<G1Params>::bytes_for(len, left)?;
            Some((len, budget))
        })
        .collect()
}

impl ProverSrs {
    /// The bytes that [`with_tables`](Self::with_tables) takes for so many points and such a budget.
    pub fn tables_bytes(points: usize, budget_bytes: usize) -> usize {
        let plan = plan(points, budget_bytes);
        plan.into_iter().filter_map(|(len, budget)| Tables::<G1Params>::bytes_for(len, budget)).sum()
    }

    /// With tables of multiples of the first [`MAX_TABLE_POINTS`] points, and of a fourth, a sixteenth, ... of them, of at most
    /// `budget_bytes` in all, the short ones first. Commitments to columns that a table has the points of take less time for
    /// them.
    ///
    /// # Cost
    /// As long as a few dozen commitments to a column of each table's length, on all threads of the current rayon pool.
    #[must_use]
    pub fn with_tables(self, budget_bytes: usize) -> Self {
        let plan = plan(self.points.len(), budget_bytes);
        let tables = plan.into_iter().filter_map(|(len, budget)| Tables::new(&self.points[..len], budget));
        Self { tables: SrsTables(Arc::new(tables.collect())), ..self }
    }

    /// With tables that a shorter part of the same string has; those of another string are not taken.
    #[must_use]
    pub fn with_known_tables(self, tables: SrsTables) -> Self {
        let is_known = |table: &Tables<G1Params>| self.points.starts_with(table.points());
        let tables = if tables.0.iter().all(is_known) { tables } else { SrsTables::default() };
        Self { tables, ..self }
    }

    /// The tables.
    pub const fn tables(&self) -> &SrsTables {
        &self.tables
    }
}

#[cfg(test)]
mod tests {
    use chinampa_kernels::Fr;

    use super::*;
    use crate::commit::commit;
    use crate::trace::Column;

    #[test]
    fn tables_take_what_was_announced() {
        for points in [0, 1, 255, 256, 1 << 10, 5000, 1 << 12] {
            for budget_bytes in [0, 1 << 14, 1 << 17, 3 << 20, 1 << 30] {
                let announced = ProverSrs::tables_bytes(points, budget_bytes);
                assert!(announced <= budget_bytes);
                let srs = ProverSrs::development(Fr::from(7u64), points).with_tables(budget_bytes);
                assert_eq!(srs.tables().bytes(), announced);
                assert_eq!(announced > 0, points >= 256 && budget_bytes >= 1 << 17);
            }
        }
        // The tables of the longest strings, without building them: 2^18 points and shorter ones.
        let all = ProverSrs::tables_bytes(usize::MAX, usize::MAX);
        assert!((300 << 20..450 << 20).contains(&all), "{all}");
    }

    #[test]
    fn commitments_with_tables_are_the_same() {
        let plain = ProverSrs::development(Fr::from(11u64), 3000);
        let fast = plain.clone().with_tables(4 << 20);
        assert_eq!((fast.tables().0.len(), fast.tables().points()), (2, 3000));
        for (start, len) in [(0, 3000), (0, 10), (1, 700), (2990, 10), (600, 200), (0, 0)] {
            let value = |i: u64| Fr::from(3u64).pow(&[i + 200, 0, 0, 0]);
            let column = Column::new(start, (0..len).map(value).collect());
            assert_eq!(commit(&fast, &column), commit(plain.points(), &column));
        }
        let longer = ProverSrs::development(Fr::from(11u64), 3001);
        assert_eq!(longer.with_known_tables(fast.tables().clone()).tables().points(), 3000);
        let other = ProverSrs::development(Fr::from(12u64), 3001);
        assert_eq!(other.with_known_tables(fast.tables().clone()).tables().points(), 0);
    }
}
