//! The sums of buckets: trees of additions over sorted points.

use rayon::prelude::*;

use super::add::{Addition, Arithmetic};
use super::sort::Sorted;
use crate::curve::{Affine, CurveParams, Projective};

/// Sorted points that one task sums: both buffers of the tree fit a second-level cache.
const PIECE: usize = 1 << 12;

/// Sums of consecutive buckets.
struct Sums<P> {
    buckets: Vec<u32>,
    sums: Vec<P>,
}

/// The sum of each bucket, by the additions of `A`.
pub(super) fn sum_buckets<C: CurveParams, A: Arithmetic<C>>(
    points: &[Affine<C>],
    sorted: &Sorted,
) -> Vec<A::Point> {
    let pieces: Vec<Sums<A::Point>> = (0..sorted.entries.len().div_ceil(PIECE))
        .into_par_iter()
        .map_init(Tree::<C, A>::new, |tree, number| tree.sum(points, sorted, number * PIECE))
        .collect();
    let mut buckets = vec![A::IDENTITY; sorted.ends.len()];
    // Buckets whose entries lie in several pieces, and their sums.
    let mut shared: Vec<(u32, Projective<C>)> = Vec::new();
    let mut last = None;
    for piece in pieces {
        for (bucket, sum) in piece.buckets.into_iter().zip(piece.sums) {
            if last.replace(bucket) == Some(bucket) {
                let first = &mut buckets[bucket as usize];
                match shared.last_mut().filter(|(shared, _)| *shared == bucket) {
                    Some((_, shared)) => *shared += A::to_affine(&sum),
                    None => shared.push((bucket, A::to_affine(first) + A::to_affine(&sum))),
                }
            } else {
                buckets[bucket as usize] = sum;
            }
        }
    }
    let (numbers, sums): (Vec<u32>, Vec<_>) = shared.into_iter().unzip();
    for (bucket, sum) in numbers.into_iter().zip(Projective::batch_to_affine(&sums)) {
        buckets[bucket as usize] = A::from_affine(&sum);
    }
    buckets
}

/// Sums the entries of a piece, bucket by bucket.
struct Tree<C: CurveParams, A: Arithmetic<C>> {
    adder: A,
    /// The points of the buckets, one bucket after the other, in this round and in the next.
    points: Vec<A::Point>,
    next: Vec<A::Point>,
    /// Buckets and how many points they have left.
    buckets: Vec<(u32, u32)>,
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
    fn sum(&mut self, points: &[Affine<C>], sorted: &Sorted, start: usize) -> Sums<A::Point> {
        let end = sorted.entries.len().min(start + PIECE);
        self.points.clear();
        self.adder.gather(points, &sorted.entries[start..end], &mut self.points);
        self.buckets.clear();
        let (mut bucket, mut position) = (sorted.ends.partition_point(|&end| end as usize <= start), start);
        while position < end {
            let next = end.min(sorted.ends[bucket] as usize);
            if next > position {
                self.buckets.push((bucket as u32, (next - position) as u32));
            }
            (bucket, position) = (bucket + 1, next);
        }
        while self.points.len() > self.buckets.len() {
            self.halve();
        }
        Sums { buckets: self.buckets.iter().map(|&(bucket, _)| bucket).collect(), sums: self.points.clone() }
    }

    /// Adds the points of each bucket in pairs.
    fn halve(&mut self) {
        self.additions.clear();
        self.next.clear();
        let mut position = 0u32;
        for (_, len) in &mut self.buckets {
            let pairs = *len / 2;
            for pair in 0..pairs {
                let left = position + 2 * pair;
                self.additions.push(Addition { left, right: left + 1, out: self.next.len() as u32 });
                self.next.push(A::IDENTITY);
            }
            if *len % 2 == 1 {
                self.next.push(self.points[(position + *len - 1) as usize]);
            }
            position += *len;
            *len -= pairs;
        }
        self.adder.add(&self.points, &self.points, &self.additions, &mut self.next);
        std::mem::swap(&mut self.points, &mut self.next);
    }
}
