//! Weighted sums of buckets: `sum (i + 1) * buckets[i]`, of several sets at once.
//!
//! Each set is cut into lanes of equal length. From the top of each lane down, one running sum collects its buckets and a second
//! one the first: that makes `sum (i + 1) * lane[i]`. The lanes' offsets are a weighted sum of lanes. The lanes of all sets
//! share inversions.

use super::add::{Addition, Arithmetic};
use crate::curve::{CurveParams, Projective};

/// About how many lanes there are in all.
const LANES: usize = 1 << 8;
/// Fewest buckets of a lane: with fewer, what joins the lanes costs more than they save.
const LANE_MIN: usize = 8;
/// Most buckets of a lane.
const LANE_MAX: usize = 1 << 7;

/// Sums of one set of buckets.
#[derive(Clone, Copy)]
pub(super) struct Weighted<C: CurveParams> {
    /// `sum (i + 1) * buckets[i]`
    pub(super) weighted: Projective<C>,
    /// `sum buckets[i]`
    pub(super) total: Projective<C>,
}

/// Both sums of each set of `buckets`; the sets lie one behind the other, and their lengths are powers of two.
pub(super) fn weigh<C: CurveParams, A: Arithmetic<C>>(
    buckets: Vec<A::Point>,
    sets: &[usize],
) -> Vec<Weighted<C>> {
    let len = buckets.len().div_ceil(LANES).next_power_of_two().clamp(LANE_MIN, LANE_MAX);
    let mut lanes = Vec::new();
    let mut first = 0;
    for &set in sets {
        lanes.extend(
            (0..set / len.min(set)).map(|lane| Lane { first: first + lane * len, len: len.min(set) }),
        );
        first += set;
    }
    let state = RunningSums::<C, A>::new(buckets, &lanes).run(&lanes);
    let (sums, totals) = state.split_at(lanes.len());
    let mut rest = sums.iter().zip(totals);
    sets.iter()
        .map(|&set| {
            let len = len.min(set);
            let lanes: Vec<_> = rest.by_ref().take(set / len).collect();
            join::<C, A>(&lanes, len)
        })
        .collect()
}

/// Sums of a set from each lane's sum and weighted sum.
fn join<C: CurveParams, A: Arithmetic<C>>(lanes: &[(&A::Point, &A::Point)], len: usize) -> Weighted<C> {
    let mut total = Projective::IDENTITY;
    let mut offsets = Projective::IDENTITY;
    for (number, (sum, _)) in lanes.iter().enumerate().rev() {
        total += A::to_affine(sum);
        if number > 0 {
            offsets += total;
        }
    }
    // The length is a power of two.
    let offsets = (0..len.ilog2()).fold(offsets, |sum: Projective<C>, _| sum.double());
    let weighted = lanes.iter().fold(offsets, |sum, (_, weighted)| sum + A::to_affine(weighted));
    Weighted { weighted, total }
}

/// Consecutive buckets.
#[derive(Clone, Copy)]
struct Lane {
    first: usize,
    len: usize,
}

struct RunningSums<C: CurveParams, A: Arithmetic<C>> {
    adder: A,
    /// Buckets, then the lanes' sums, then their weighted sums.
    points: Vec<A::Point>,
    buckets: usize,
    additions: Vec<Addition>,
    results: Vec<A::Point>,
}

impl<C: CurveParams, A: Arithmetic<C>> RunningSums<C, A> {
    fn new(mut points: Vec<A::Point>, lanes: &[Lane]) -> Self {
        let buckets = points.len();
        points.resize(buckets + 2 * lanes.len(), A::IDENTITY);
        let results = vec![A::IDENTITY; 2 * lanes.len()];
        Self { adder: A::new(), points, buckets, additions: Vec::new(), results }
    }

    /// The lanes' sums, then their weighted sums.
    fn run(mut self, lanes: &[Lane]) -> Vec<A::Point> {
        let len = lanes.iter().map(|lane| lane.len).max().unwrap_or(0);
        // A sum is added to the weighted one after it is complete, which is when the next bucket is added to it.
        for step in (0..=len).rev() {
            self.additions.clear();
            for (number, lane) in lanes.iter().enumerate() {
                if step < lane.len {
                    self.add_total(self.buckets + lanes.len() + number, self.buckets + number);
                }
                if step > 0 && step <= lane.len {
                    self.add(self.buckets + number, lane.first + step - 1);
                }
            }
            self.adder.add(&self.points, &self.points, &self.additions, &mut self.results);
            for addition in &self.additions {
                self.points[addition.left as usize] = self.results[addition.out as usize];
            }
        }
        self.points.split_off(self.buckets)
    }

    /// Adds a lane's sum to its weighted sum. They are copies if a bucket is empty and none above the one above it is not, as is
    /// common in a window of few digits; for an equal pair, a whole batch of additions would be done one by one.
    fn add_total(&mut self, total: usize, sum: usize) {
        let (point, term) = (&self.points[total], &self.points[sum]);
        if A::is_copy(point, term) && !A::is_identity(term) {
            let double = Projective::from(A::to_affine(term)).double();
            self.points[total] = A::from_affine(&double.to_affine());
        } else {
            self.add(total, sum);
        }
    }

    /// Adds `points[term]` to `points[sum]`, now if one of them is the identity: then no addition of this step reads the sum.
    fn add(&mut self, sum: usize, term: usize) {
        if A::is_identity(&self.points[term]) {
            return;
        }
        if A::is_identity(&self.points[sum]) {
            self.points[sum] = self.points[term];
            return;
        }
        let out = self.additions.len() as u32;
        self.additions.push(Addition { left: sum as u32, right: term as u32, out });
    }
}
