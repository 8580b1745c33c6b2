//! Affine additions, eight at a time, that share one inversion.

use std::arch::x86_64::{
    __m512i, _mm512_loadu_si512, _mm512_permutex2var_epi64, _mm512_setr_epi64, _mm512_storeu_si512,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};
use std::marker::PhantomData;

use super::super::add::{Addition, Arithmetic, PortableAdder};
use super::field::{Constants, LANES, Vector, broadcast, mul, pack, settle, sub, unpack, unpack_shifted};
use crate::curve::{Affine, CurveParams};
use crate::field::{FieldParams, Fp};

/// A point whose coordinates are in Montgomery form with factor `2^260`, below `1.03 p`: x, then y, four limbs of 64 bits each.
/// All zeros is the identity.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Packed([u64; 8]);

/// Additions by AVX-512 IFMA. A batch that meets equal or opposite points is added one by one instead.
pub(crate) struct VectorAdder<C: CurveParams> {
    /// Each group's denominators, and the products of those of the groups in front of it.
    denominators: Vec<[Vector; 2]>,
    curve: PhantomData<C>,
}

impl Packed {
    const IDENTITY: Self = Self([0; 8]);

    fn new<C: CurveParams>(point: &Affine<C>) -> Self {
        // The form with factor 2^256 of 16 x is the form with factor 2^260 of x.
        let sixteen = Fp::from(16u64);
        let (x, y) = (point.x() * sixteen, point.y() * sixteen);
        let (x, y) = (x.montgomery_limbs(), y.montgomery_limbs());
        Self([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]])
    }

    fn to_affine<C: CurveParams>(self) -> Affine<C> {
        let a = self.0;
        let coordinate = |limbs| from_lane::<C::Base>(limbs) * sixteenth();
        Affine::from_parts(coordinate([a[0], a[1], a[2], a[3]]), coordinate([a[4], a[5], a[6], a[7]]))
    }

    fn is_identity(&self) -> bool {
        self.0 == [0; 8]
    }
}

/// `1/16`.
fn sixteenth<P: FieldParams>() -> Fp<P> {
    // 16 = 2^4: halving is multiplying by (p + 1) / 2.
    let half = half::<P>();
    half * half * half * half
}

fn half<P: FieldParams>() -> Fp<P> {
    let m = P::MODULUS;
    // (p - 1) / 2, plus one.
    let limbs = [m[0] >> 1 | m[1] << 63, m[1] >> 1 | m[2] << 63, m[2] >> 1 | m[3] << 63, m[3] >> 1];
    Fp::from_canonical_limbs(limbs).expect("less than the modulus") + Fp::ONE
}

/// The element with Montgomery form `limbs` (factor `2^256`), which are below `2p`.
fn from_lane<P: FieldParams>(limbs: [u64; 4]) -> Fp<P> {
    Fp::from_montgomery_below_twice(limbs)
}

impl<C: CurveParams> Arithmetic<C> for VectorAdder<C> {
    type Point = Packed;
    const IDENTITY: Packed = Packed::IDENTITY;

    fn new() -> Self {
        Self { denominators: Vec::new(), curve: PhantomData }
    }

    fn gather(
        &mut self,
        points: &[Affine<C>],
        entries: impl Iterator<Item = (usize, bool)>,
        out: &mut Vec<Packed>,
    ) {
        let start = out.len();
        out.extend(entries.map(|(position, is_negative)| {
            let point = points[position];
            let (x, y) = (point.x(), if is_negative { -point.y() } else { point.y() });
            let (x, y) = (x.montgomery_limbs(), y.montgomery_limbs());
            Packed([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3]])
        }));
        // SAFETY: this adder is only used where `is_supported` has found the instructions.
        unsafe { convert::<C::Base>(&mut out[start..]) }
    }

    fn is_identity(point: &Packed) -> bool {
        point.is_identity()
    }

    fn to_affine(point: &Packed) -> Affine<C> {
        point.to_affine()
    }

    fn from_affine(point: &Affine<C>) -> Packed {
        Packed::new(point)
    }

    fn add(&mut self, left: &[Packed], right: &[Packed], additions: &[Addition], out: &mut [Packed]) {
        if additions.is_empty() {
            return;
        }
        // SAFETY: this adder is only used where `is_supported` has found the instructions.
        let products = unsafe { self.multiply_up(left, right, additions) };
        let mut inverses = products.map(from_lane::<C::Base>);
        let usual = inverses.iter().all(|product| !product.is_zero())
            && !additions.iter().any(|addition| {
                left[addition.left as usize].is_identity() || right[addition.right as usize].is_identity()
            });
        if !usual {
            std::hint::cold_path();
            add_one_by_one::<C>(left, right, additions, out);
            return;
        }
        crate::field::batch_inverse(&mut inverses);
        // A lane holds 2^260 x, read as 2^256 (16 x). The inverse of 16 x times 2^8 is 16 / x.
        let scale = Fp::from(256u64);
        let inverses = inverses.map(|inverse| *(inverse * scale).montgomery_limbs());
        // SAFETY: as above.
        unsafe { self.add_with(left, right, additions, out, &inverses) }
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
        out[addition.out as usize] = Packed::new(sum);
    }
}

impl<C: CurveParams> VectorAdder<C> {
    /// Stores denominators and their running products; returns the products of all denominators of each lane, below `1.1 p`.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply_up(
        &mut self,
        left: &[Packed],
        right: &[Packed],
        additions: &[Addition],
    ) -> [[u64; 4]; LANES] {
        let constants = Constants::<C::Base>::TWICE;
        self.denominators.clear();
        let mut product = broadcast(&one::<C::Base>());
        for group in additions.chunks(LANES) {
            let (x1, _) = load(left, group, |addition| addition.left);
            let (x2, _) = load(right, group, |addition| addition.right);
            let denominator = sub(&x2, &x1, &constants);
            self.denominators.push([denominator, product]);
            product = mul::<C::Base>(&product, &denominator);
        }
        lanes(&product)
    }

    /// The additions, given the inverses of what [`multiply_up`](Self::multiply_up) has returned.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn add_with(
        &self,
        left: &[Packed],
        right: &[Packed],
        additions: &[Addition],
        out: &mut [Packed],
        inverses: &[[u64; 4]; LANES],
    ) {
        let (twice, four_times) = (Constants::<C::Base>::TWICE, Constants::<C::Base>::FOUR_TIMES);
        let mut suffix = from_lanes(inverses);
        let groups = additions.chunks(LANES).zip(&self.denominators).rev();
        for (group, [denominator, prefix]) in groups {
            // Bounds in multiples of p: coordinates 1.03, differences 3.03, products 1.1.
            let inverse = mul::<C::Base>(&suffix, prefix);
            suffix = mul::<C::Base>(&suffix, denominator);
            let (x1, y1) = load(left, group, |addition| addition.left);
            let (x2, y2) = load(right, group, |addition| addition.right);
            let slope = mul::<C::Base>(&sub(&y2, &y1, &twice), &inverse);
            let square = mul::<C::Base>(&slope, &slope);
            let x3 = settle::<C::Base>(&sub(&sub(&square, &x1, &four_times), &x2, &[0; 5]));
            let y3 = mul::<C::Base>(&slope, &sub(&x1, &x3, &twice));
            let y3 = settle::<C::Base>(&sub(&y3, &y1, &twice));
            store(&x3, &y3, group, out);
        }
    }
}

/// Brings points from factor `2^256` to factor `2^260`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn convert<P: FieldParams>(points: &mut [Packed]) {
    let all: [Addition; LANES] =
        std::array::from_fn(|i| Addition { left: i as u32, right: 0, out: i as u32 });
    for group in points.chunks_mut(LANES) {
        let in_order = &all[..group.len()];
        let rows = load_rows(group, in_order, |addition| addition.left);
        let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(rows);
        let x = settle::<P>(&unpack_shifted(&[x0, x1, x2, x3]));
        let y = settle::<P>(&unpack_shifted(&[y0, y1, y2, y3]));
        store(&x, &y, in_order, group);
    }
}

/// One, with factor `2^260`.
fn one<P: FieldParams>() -> [u64; 5] {
    let limbs = *Fp::<P>::from(16u64).montgomery_limbs();
    let mask = (1 << 52) - 1;
    [
        limbs[0] & mask,
        (limbs[0] >> 52 | limbs[1] << 12) & mask,
        (limbs[1] >> 40 | limbs[2] << 24) & mask,
        (limbs[2] >> 28 | limbs[3] << 36) & mask,
        limbs[3] >> 16,
    ]
}

/// The coordinates of one operand of up to eight additions. Lanes without an addition repeat the last.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(points: &[Packed], group: &[Addition], index: impl Fn(&Addition) -> u32) -> (Vector, Vector) {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(load_rows(points, group, index));
    (unpack(&[x0, x1, x2, x3]), unpack(&[y0, y1, y2, y3]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_rows(points: &[Packed], group: &[Addition], index: impl Fn(&Addition) -> u32) -> [__m512i; LANES] {
    let last = group.len() - 1;
    let mut rows = [broadcast(&[0; 5]).0[0]; LANES];
    for (lane, row) in rows.iter_mut().enumerate() {
        *row = load_row(&points[index(&group[lane.min(last)]) as usize].0);
    }
    rows
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(x: &Vector, y: &Vector, group: &[Addition], out: &mut [Packed]) {
    let ([x0, x1, x2, x3], [y0, y1, y2, y3]) = (pack(x), pack(y));
    let rows = transpose([x0, x1, x2, x3, y0, y1, y2, y3]);
    for (addition, row) in group.iter().zip(rows) {
        out[addition.out as usize].0 = store_row(row);
    }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_row(row: &[u64; 8]) -> __m512i {
    // SAFETY: the array has the 64 bytes that are read.
    unsafe { _mm512_loadu_si512(row.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store_row(row: __m512i) -> [u64; 8] {
    let mut limbs = [0u64; 8];
    // SAFETY: the array has the 64 bytes that are written.
    unsafe { _mm512_storeu_si512(limbs.as_mut_ptr().cast(), row) };
    limbs
}

/// Each lane's integer, below `2^256`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn lanes(vector: &Vector) -> [[u64; 4]; LANES] {
    let columns = pack(vector).map(|column| store_row(column));
    std::array::from_fn(|lane| std::array::from_fn(|limb| columns[limb][lane]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn from_lanes(lanes: &[[u64; 4]; LANES]) -> Vector {
    let column = |limb: usize| load_row(&std::array::from_fn(|lane| lanes[lane][limb]));
    unpack(&[column(0), column(1), column(2), column(3)])
}

/// Limb `j` of row `i` to limb `i` of row `j`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    // Pairs of rows, then of pairs, then of fours.
    let low = |a, b| _mm512_unpacklo_epi64(a, b);
    let high = |a, b| _mm512_unpackhi_epi64(a, b);
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    // Even limbs of rows 0 and 1 alternating, odd limbs, and so on.
    let pairs = [
        low(r0, r1),
        high(r0, r1),
        low(r2, r3),
        high(r2, r3),
        low(r4, r5),
        high(r4, r5),
        low(r6, r7),
        high(r6, r7),
    ];
    let first = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    let second = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    let near = |a, b| _mm512_permutex2var_epi64(a, first, b);
    let far = |a, b| _mm512_permutex2var_epi64(a, second, b);
    // Limbs 0 and 4, 1 and 5, 2 and 6, 3 and 7 of rows 0 to 3, then of rows 4 to 7.
    let upper = [
        near(pairs[0], pairs[2]),
        near(pairs[1], pairs[3]),
        far(pairs[0], pairs[2]),
        far(pairs[1], pairs[3]),
    ];
    let lower = [
        near(pairs[4], pairs[6]),
        near(pairs[5], pairs[7]),
        far(pairs[4], pairs[6]),
        far(pairs[5], pairs[7]),
    ];
    let left = _mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11);
    let right = _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15);
    let start = |i: usize| _mm512_permutex2var_epi64(upper[i], left, lower[i]);
    let end = |i: usize| _mm512_permutex2var_epi64(upper[i], right, lower[i]);
    [start(0), start(1), start(2), start(3), end(0), end(1), end(2), end(3)]
}
