//! Sums over points of which multiples are held.
//!
//! With `[2^(c j)]P` at hand for each point `P`, the digits of window `j` are those of window 0 for other points: all windows of
//! width `c` share one set of buckets, and there is one weighted sum instead of one a window. That allows wider windows, which
//! are fewer. If memory is short, multiples are held for each second, third, ... window only: then that many sets are left.
//!
//! Source: Brickell, Gordon, McCurley, Wilson, "Fast exponentiation with precomputation" (1992).

use rayon::prelude::*;

use super::digits::{Cut, MAX_WINDOW_BITS, buckets_cost, max_windows};
use super::{PASS_TERMS, Span, engine};
use crate::curve::{Affine, CurveParams};
use crate::field::{Fp, batch_inverse};
use crate::lanes::{Kernel, LANES, Lanes, dispatch};

/// Points that one task doubles.
const CHUNK: usize = 1 << 9;

/// Points and multiples of them.
#[derive(Clone, Debug)]
pub struct Tables<C: CurveParams> {
    shape: Shape,
    /// The points, and behind them their multiples, step by step.
    points: Vec<Affine<C>>,
}

/// Which multiples of how many points are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Shape {
    len: usize,
    window_bits: usize,
    /// Windows between two multiples.
    groups: usize,
}

impl Shape {
    /// Multiples of a point, the point included.
    const fn multiples(&self) -> usize {
        max_windows(self.window_bits).div_ceil(self.groups)
    }

    const fn bytes(&self) -> usize {
        self.multiples() * self.len * size_of::<[u64; 8]>()
    }

    /// About the additions of a sum of full-size multiples of all points.
    const fn cost(&self) -> usize {
        max_windows(self.window_bits) * self.len + buckets_cost(self.groups, self.window_bits)
    }

    /// The cheapest for these points that takes at most so many bytes.
    fn best(len: usize, budget_bytes: usize) -> Option<Self> {
        if len == 0 {
            return None;
        }
        let shapes = (2..=MAX_WINDOW_BITS).flat_map(|window_bits| {
            (1..max_windows(window_bits)).map(move |groups| Self { len, window_bits, groups })
        });
        let fit = |shape: &Self| {
            shape.bytes() <= budget_bytes && shape.multiples().saturating_mul(len) <= PASS_TERMS
        };
        shapes.filter(fit).min_by_key(|shape| (shape.cost(), shape.bytes()))
    }
}

impl<C: CurveParams> Tables<C> {
    /// The bytes that [`new`](Self::new) holds for so many points and such a budget; `None` if the budget is too small for any
    /// multiple of each.
    pub fn bytes_for(len: usize, budget_bytes: usize) -> Option<usize> {
        Shape::best(len, budget_bytes).map(|shape| shape.bytes())
    }

    /// The multiples of points that make sums over all of them fastest, of those that take at most `budget_bytes`; `None` if it is
    /// too small for any multiple of each point.
    ///
    /// # Cost
    /// 254 doublings of each point at most, in batches, on all threads of the current rayon pool.
    pub fn new(points: &[Affine<C>], budget_bytes: usize) -> Option<Self> {
        let shape = Shape::best(points.len(), budget_bytes)?;
        let mut all = Vec::with_capacity(shape.multiples() * shape.len);
        all.extend_from_slice(points);
        for _ in 1..shape.multiples() {
            let last = &all[all.len() - shape.len..];
            let next: Vec<_> = last
                .par_chunks(CHUNK)
                .flat_map_iter(|points| double(points, shape.window_bits * shape.groups))
                .collect();
            all.extend(next);
        }
        Some(Self { shape, points: all })
    }

    /// The points, without multiples.
    pub fn points(&self) -> &[Affine<C>] {
        &self.points[..self.shape.len]
    }

    /// Bytes of the points and their multiples.
    pub const fn bytes(&self) -> usize {
        self.shape.bytes()
    }

    /// As [`msm_many`](super::msm_many) over [`points`](Self::points), with the multiples where they help.
    pub fn msm_many(&self, spans: &[Span<'_, C::Scalar>]) -> Vec<Affine<C>> {
        let shape = self.shape;
        let spans: Vec<_> = spans
            .iter()
            .map(|span| {
                let terms = shape.len.saturating_sub(span.first).min(span.scalars.len());
                Span { first: span.first, scalars: &span.scalars[..terms] }
            })
            .collect();
        engine::sums(&self.points, &spans, |_, lengths| {
            let windows = lengths.windows(shape.window_bits);
            let shared = Cut {
                window_bits: shape.window_bits,
                windows,
                groups: windows.min(shape.groups),
                table_len: shape.len,
            };
            let (alone, cost) = lengths.cheapest();
            if lengths.cost(&shared) < cost { shared } else { alone }
        })
    }
}

/// `2^count` times each point.
fn double<C: CurveParams>(points: &[Affine<C>], count: usize) -> Vec<Affine<C>> {
    let mut points = points.to_vec();
    dispatch(Double::<C> { points: &mut points, count });
    points
}

/// Doubles points so many times, eight at a time, with one inversion each time for all.
struct Double<'a, C: CurveParams> {
    points: &'a mut [Affine<C>],
    count: usize,
}

impl<C: CurveParams> Kernel<C::Base> for Double<'_, C> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes<C::Base>>(self) {
        // Coordinates of eight points, and the product of twice the second ones of those in front.
        let mut groups: Vec<[L; 3]> = Vec::with_capacity(CHUNK / LANES);
        for points in self.points.chunks(LANES) {
            // The identity is (0, 0): with a slope of zero, its double is that too. No other point has a y of zero.
            let mut coordinates = [[Fp::ZERO; 2]; LANES];
            for (pair, point) in coordinates.iter_mut().zip(points) {
                *pair = [point.x(), point.y()];
            }
            let (x, y) = L::load_pairs(coordinates.each_ref());
            groups.push([x, y, L::one()]);
        }
        for _ in 0..self.count {
            let mut product = L::one();
            for [_, y, prefix] in &mut groups {
                *prefix = product;
                product *= y.replace(y.zeros(), L::one()).double();
            }
            let mut inverses = product.to_array();
            batch_inverse(&mut inverses);
            let mut suffix = L::load(&inverses);
            for [x, y, prefix] in groups.iter_mut().rev() {
                let inverse = suffix * *prefix;
                suffix *= y.replace(y.zeros(), L::one()).double();
                let square = x.square();
                let slope = (square.double() + square) * inverse;
                let next = slope.square() - x.double();
                *y = slope * (*x - next) - *y;
                *x = next;
            }
        }
        for (points, [x, y, _]) in self.points.chunks_mut(LANES).zip(groups) {
            let (x, y) = (x.to_array(), y.to_array());
            for ((point, x), y) in points.iter_mut().zip(x).zip(y) {
                *point = Affine::from_parts(x, y);
            }
        }
    }
}

#[cfg(test)]
mod tests;
