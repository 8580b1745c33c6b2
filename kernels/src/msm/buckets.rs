//! The sum of one window: points sorted by digit, trees of additions for each digit, and the sum weighted with the digits.

use rayon::prelude::*;

use super::add::{Addition, Arithmetic};
use super::digits::Digits;
use crate::curve::{Affine, CurveParams, Projective};

/// Sorted points that one task sums: both buffers of the tree fit a second-level cache.
const PIECE: usize = 1 << 12;
/// Running sums that share inversions in the weighted sum.
const LANES: usize = 1 << 8;
/// Fewest buckets of a running sum: with fewer, what joins the lanes costs more than they save.
const LANE_MIN: usize = 8;

/// `sum digit * point` over the digits of one window, by the additions of `A`.
pub(super) fn sum_window<C: CurveParams, A: Arithmetic<C>>(
    points: &[Affine<C>],
    digits: &Digits,
    window: usize,
) -> Projective<C> {
    let sorted = Sorted::new(digits, window);
    let pieces: Vec<Vec<(usize, A::Point)>> = (0..sorted.entries.len().div_ceil(PIECE))
        .into_par_iter()
        .map_init(Tree::<C, A>::new, |tree, number| tree.sum(points, &sorted, number * PIECE))
        .collect();
    let mut buckets = vec![A::IDENTITY; sorted.ends.len()];
    let mut sums = pieces.into_iter().flatten().peekable();
    while let Some((bucket, sum)) = sums.next() {
        buckets[bucket] = sum;
        // A bucket has several sums if its entries lie in several pieces.
        if let Some((_, next)) = sums.next_if(|(next, _)| *next == bucket) {
            let mut sum = A::to_affine(&sum) + A::to_affine(&next);
            while let Some((_, next)) = sums.next_if(|(next, _)| *next == bucket) {
                sum += A::to_affine(&next);
            }
            buckets[bucket] = A::from_affine(&sum.to_affine());
        }
    }
    weighted_sum::<C, A>(&buckets)
}

/// Positions of points, by the size of their digit.
struct Sorted {
    /// Positions, with [`NEGATIVE`](super::add::NEGATIVE).
    entries: Vec<u32>,
    /// Where the entries of each size end; size 1 is at index 0.
    ends: Vec<u32>,
}

impl Sorted {
    fn new(digits: &Digits, window: usize) -> Self {
        let mut ends = vec![0; 1 << (digits.window_bits() - 1)];
        digits.visit(window, |_, size| ends[size - 1] += 1);
        let mut sum = 0;
        for end in &mut ends {
            // For now, where they start.
            sum += std::mem::replace(end, sum);
        }
        let mut entries = vec![0; sum as usize];
        digits.visit(window, |entry, size| {
            let next = &mut ends[size - 1];
            entries[*next as usize] = entry;
            *next += 1;
        });
        Self { entries, ends }
    }
}

/// Sums the entries of a piece, bucket by bucket.
struct Tree<C: CurveParams, A: Arithmetic<C>> {
    adder: A,
    /// The points of the buckets, one bucket after the other, in this round and in the next.
    points: Vec<A::Point>,
    next: Vec<A::Point>,
    /// Buckets and how many points they have left.
    buckets: Vec<(usize, usize)>,
    additions: Vec<Addition>,
}

impl<C: CurveParams, A: Arithmetic<C>> Tree<C, A> {
    fn new() -> Self {
        Self {
            adder: A::new(),
            points: Vec::with_capacity(PIECE),
            next: Vec::with_capacity(PIECE),
            buckets: Vec::new(),
            additions: Vec::new(),
        }
    }

    /// The sums of the buckets that have entries in the piece that starts at entry `start`.
    fn sum(&mut self, points: &[Affine<C>], sorted: &Sorted, start: usize) -> Vec<(usize, A::Point)> {
        let end = sorted.entries.len().min(start + PIECE);
        self.points.clear();
        self.adder.gather(points, &sorted.entries[start..end], &mut self.points);
        self.buckets.clear();
        let (mut bucket, mut position) = (sorted.ends.partition_point(|&end| end as usize <= start), start);
        while position < end {
            let next = end.min(sorted.ends[bucket] as usize);
            if next > position {
                self.buckets.push((bucket, next - position));
            }
            (bucket, position) = (bucket + 1, next);
        }
        while self.points.len() > self.buckets.len() {
            self.halve();
        }
        self.buckets.iter().zip(&self.points).map(|(&(bucket, _), &sum)| (bucket, sum)).collect()
    }

    /// Adds the points of each bucket in pairs.
    fn halve(&mut self) {
        self.additions.clear();
        self.next.clear();
        let mut position = 0;
        for (_, len) in &mut self.buckets {
            let pairs = *len / 2;
            for pair in 0..pairs {
                let left = (position + 2 * pair) as u32;
                self.additions.push(Addition { left, right: left + 1, out: self.next.len() as u32 });
                self.next.push(A::IDENTITY);
            }
            if *len % 2 == 1 {
                self.next.push(self.points[position + *len - 1]);
            }
            position += *len;
            *len -= pairs;
        }
        self.adder.add(&self.points, &self.points, &self.additions, &mut self.next);
        std::mem::swap(&mut self.points, &mut self.next);
    }
}

/// `sum (i + 1) * buckets[i]`.
///
/// The buckets are cut into lanes of equal length. From the top of each lane down, one running sum collects its buckets and
/// a second one the first: that makes `sum (i + 1) * lane[i]`. The lanes' offsets are a weighted sum of lanes.
fn weighted_sum<C: CurveParams, A: Arithmetic<C>>(buckets: &[A::Point]) -> Projective<C> {
    let lanes = (buckets.len() / LANE_MIN).clamp(1, LANES);
    let len = buckets.len() / lanes;
    let mut adder = RunningSums::<C, A> { adder: A::new(), additions: Vec::new(), results: Vec::new() };
    let mut sums = vec![A::IDENTITY; lanes];
    let mut totals = sums.clone();
    for step in (0..len).rev() {
        adder.add(&mut sums, buckets, |lane| lane * len + step);
        adder.add(&mut totals, &sums, |lane| lane);
    }
    let mut running = Projective::IDENTITY;
    let mut offsets = Projective::IDENTITY;
    for sum in sums[1..].iter().rev() {
        running += A::to_affine(sum);
        offsets += running;
    }
    // `len` is a power of two, as the number of buckets and of lanes are.
    let offsets = (0..len.ilog2()).fold(offsets, |sum, _| sum.double());
    totals.iter().fold(offsets, |sum, total| sum + A::to_affine(total))
}

struct RunningSums<C: CurveParams, A: Arithmetic<C>> {
    adder: A,
    additions: Vec<Addition>,
    results: Vec<A::Point>,
}

impl<C: CurveParams, A: Arithmetic<C>> RunningSums<C, A> {
    /// Adds `terms[index(lane)]` to each lane's sum.
    fn add(&mut self, sums: &mut [A::Point], terms: &[A::Point], index: impl Fn(usize) -> usize) {
        self.additions.clear();
        for (lane, sum) in sums.iter_mut().enumerate() {
            let term = index(lane);
            if A::is_identity(&terms[term]) {
                continue;
            }
            if A::is_identity(sum) {
                *sum = terms[term];
                continue;
            }
            self.additions.push(Addition { left: lane as u32, right: term as u32, out: lane as u32 });
        }
        self.results.clear();
        self.results.extend_from_slice(sums);
        self.adder.add(sums, terms, &self.additions, &mut self.results);
        sums.copy_from_slice(&self.results);
    }
}
