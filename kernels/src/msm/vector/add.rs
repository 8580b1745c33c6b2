//! Affine additions, eight at a time, that share one inversion.

use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
use std::marker::PhantomData;

use super::super::add::{Addition, Arithmetic, NEGATIVE, PortableAdder};
use crate::curve::{Affine, CurveParams};
use crate::field::{Fp, batch_inverse};
use crate::lanes::LANES;
use crate::lanes::points::{PointLanes, Row, SIGN, Work};

/// A point as a [`Row`]. All zeros is the identity. If the bit [`SIGN`] is above y, the opposite point is meant.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Packed(Row);

/// How many entries ahead of its use a point is asked for.
const AHEAD: usize = 16;

/// Additions by vectors, used only where the processor has their instructions. A batch that meets equal or opposite points is added one by
/// one instead.
pub(crate) struct VectorAdder<C: CurveParams, V: PointLanes<C::Base>> {
    /// Each group's denominators, and the products of those of the groups in front of it.
    denominators: Vec<[V; 2]>,
    curve: PhantomData<C>,
}

impl Packed {
    const IDENTITY: Self = Self([0; 8]);

    fn new<C: CurveParams>(point: &Affine<C>, sign: u64) -> Self {
        let (x, y) = (point.x(), point.y());
        let (x, y) = (x.montgomery_limbs(), y.montgomery_limbs());
        Self([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3] | sign])
    }

    fn to_affine<C: CurveParams>(self) -> Affine<C> {
        let a = self.0;
        let x = Fp::from_montgomery_below_twice([a[0], a[1], a[2], a[3]]);
        let y = Fp::from_montgomery_below_twice([a[4], a[5], a[6], a[7] & !SIGN]);
        Affine::from_parts(x, if a[7] & SIGN == 0 { y } else { -y })
    }

    fn is_identity(&self) -> bool {
        let a = self.0;
        a[..7].iter().fold(a[7] & !SIGN, |all, limb| all | limb) == 0
    }
}

impl<C: CurveParams, V: PointLanes<C::Base> + Send> Arithmetic<C> for VectorAdder<C, V> {
    type Point = Packed;
    const IDENTITY: Packed = Packed::IDENTITY;

    fn new() -> Self {
        Self { denominators: Vec::new(), curve: PhantomData }
    }

    fn gather(&mut self, points: &[Affine<C>], entries: &[u32], out: &mut Vec<Packed>) {
        for (i, &entry) in entries.iter().enumerate() {
            if let Some(&ahead) = entries.get(i + AHEAD) {
                prefetch(&points[(ahead & !NEGATIVE) as usize]);
            }
            // Of a branch on the sign, half would be predicted wrong.
            let sign = u64::from(entry & NEGATIVE) << 32;
            out.push(Packed::new(&points[(entry & !NEGATIVE) as usize], sign));
        }
    }

    fn is_identity(point: &Packed) -> bool {
        point.is_identity()
    }

    fn is_copy(left: &Packed, right: &Packed) -> bool {
        left.0[0] == right.0[0] && left.0 == right.0
    }

    fn to_affine(point: &Packed) -> Affine<C> {
        point.to_affine()
    }

    fn from_affine(point: &Affine<C>) -> Packed {
        Packed::new(point, 0)
    }

    fn add(&mut self, left: &[Packed], right: &[Packed], additions: &[Addition], out: &mut [Packed]) {
        if additions.is_empty() {
            return;
        }
        let pairs = Pairs { left, right, additions };
        // This adder is only used where the processor has the instructions.
        let products = V::run(MultiplyUp { pairs, denominators: &mut self.denominators, curve: self.curve });
        let mut inverses = products.unwrap_or([Fp::ZERO; LANES]);
        let usual = inverses.iter().all(|product| !product.is_zero());
        if !usual {
            std::hint::cold_path();
            add_one_by_one::<C>(left, right, additions, out);
            return;
        }
        batch_inverse(&mut inverses);
        V::run(AddWith::<C, V> { pairs, denominators: &self.denominators, inverses: &inverses, out });
    }
}

/// The additions with every case taken care of.
fn add_one_by_one<C: CurveParams>(
    left: &[Packed],
    right: &[Packed],
    additions: &[Addition],
    out: &mut [Packed],
) {
    let affine = |points: &[Packed], index: fn(&Addition) -> u32| -> Vec<Affine<C>> {
        additions.iter().map(|addition| points[index(addition) as usize].to_affine()).collect()
    };
    let (left, right) = (affine(left, |addition| addition.left), affine(right, |addition| addition.right));
    let in_order: Vec<Addition> =
        (0..additions.len() as u32).map(|i| Addition { left: i, right: i, out: i }).collect();
    let mut sums = vec![Affine::IDENTITY; additions.len()];
    PortableAdder::<C>::new().add(&left, &right, &in_order, &mut sums);
    for (addition, sum) in additions.iter().zip(&sums) {
        out[addition.out as usize] = Packed::new(sum, 0);
    }
}

/// What is added.
#[derive(Clone, Copy)]
struct Pairs<'a> {
    left: &'a [Packed],
    right: &'a [Packed],
    additions: &'a [Addition],
}

/// Stores denominators and their running products; gives the products of all denominators of each lane; `None` if a point
/// has an `x` of zero, as the identity does.
struct MultiplyUp<'a, C: CurveParams, V> {
    pairs: Pairs<'a>,
    denominators: &'a mut Vec<[V; 2]>,
    curve: PhantomData<C>,
}

impl<C: CurveParams, V: PointLanes<C::Base>> Work for MultiplyUp<'_, C, V> {
    type Output = Option<[Fp<C::Base>; LANES]>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Pairs { left, right, additions } = self.pairs;
        let mut zeros = 0;
        self.denominators.clear();
        let mut product = V::one();
        for group in additions.chunks(LANES) {
            let (x1, _) = V::load_rows(rows(left, &lefts(group)));
            let (x2, _) = V::load_rows(rows(right, &rights(group)));
            zeros |= x1.integer_zeros() | x2.integer_zeros();
            let denominator = x2.difference(x1);
            self.denominators.push([denominator, product]);
            product *= denominator;
        }
        (zeros == 0).then(|| product.to_array())
    }
}

/// The additions, given the inverses of what [`MultiplyUp`] has given.
struct AddWith<'a, C: CurveParams, V> {
    pairs: Pairs<'a>,
    denominators: &'a [[V; 2]],
    inverses: &'a [Fp<C::Base>; LANES],
    out: &'a mut [Packed],
}

impl<C: CurveParams, V: PointLanes<C::Base>> Work for AddWith<'_, C, V> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Pairs { left, right, additions } = self.pairs;
        let mut suffix = V::load(self.inverses);
        let groups = additions.chunks(LANES).zip(self.denominators).rev();
        for (group, &[denominator, prefix]) in groups {
            let inverse = suffix * prefix;
            suffix *= denominator;
            let (x1, y1) = V::load_rows(rows(left, &lefts(group)));
            let (x2, y2) = V::load_rows(rows(right, &rights(group)));
            let slope = y2.difference(y1) * inverse;
            let x3 = V::third(slope, x1, x2);
            let y3 = V::last(slope, x1, x3, y1);
            for (addition, row) in group.iter().zip(V::store_rows(x3, y3)) {
                self.out[addition.out as usize].0 = row;
            }
        }
    }
}

/// Positions of the left operands of up to eight additions; lanes without an addition repeat the last.
#[inline(always)]
fn lefts(group: &[Addition]) -> [u32; LANES] {
    std::array::from_fn(|lane| group[lane.min(group.len() - 1)].left)
}

/// Positions of the right operands.
#[inline(always)]
fn rights(group: &[Addition]) -> [u32; LANES] {
    std::array::from_fn(|lane| group[lane.min(group.len() - 1)].right)
}

#[inline(always)]
fn rows<'a>(points: &'a [Packed], positions: &[u32; LANES]) -> [&'a Row; LANES] {
    std::array::from_fn(|lane| &points[positions[lane] as usize].0)
}

/// Asks for a point's memory.
#[inline]
fn prefetch<C: CurveParams>(point: &Affine<C>) {
    let start = std::ptr::from_ref(point).cast::<i8>();
    // SAFETY: a prefetch reads nothing that the program sees, and the instruction is older than x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(start) };
}
