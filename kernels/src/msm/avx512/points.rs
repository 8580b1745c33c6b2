//! Affine additions, eight at a time, that share one inversion.

use std::arch::x86_64::{
    __m512i, _MM_HINT_T0, _mm_prefetch, _mm512_andnot_si512, _mm512_loadu_si512, _mm512_permutex2var_epi64,
    _mm512_set1_epi64, _mm512_setr_epi64, _mm512_storeu_si512, _mm512_test_epi64_mask, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi64,
};
use std::marker::PhantomData;

use super::super::add::{Addition, Arithmetic, NEGATIVE, PortableAdder};
use super::field::{
    Constants, LANES, Vector, broadcast, mul, pack, select, settle, sub, unpack, unpack_shifted, zero_lanes,
};
use crate::curve::{Affine, CurveParams};
use crate::field::{FieldParams, Fp};

/// A point whose coordinates are in Montgomery form with factor `2^260`, below `1.03 p`: x, then y, four limbs of 64 bits each.
/// All zeros is the identity.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Packed([u64; 8]);

/// How many entries ahead of its use a point is asked for.
const AHEAD: usize = 16;

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
        let coordinate = |limbs| Fp::from_montgomery_below_twice(limbs) * Sixteenth::<C::Base>::VALUE;
        Affine::from_parts(coordinate([a[0], a[1], a[2], a[3]]), coordinate([a[4], a[5], a[6], a[7]]))
    }

    fn is_identity(&self) -> bool {
        self.0.iter().fold(0, |all, limb| all | limb) == 0
    }
}

struct Sixteenth<P>(PhantomData<P>);

impl<P: FieldParams> Sixteenth<P> {
    /// `1/16`.
    const VALUE: Fp<P> = {
        let m = P::MODULUS;
        // (p - 1) / 2 is -1/2, whose fourth power is 1/16.
        let half = [m[0] >> 1 | m[1] << 63, m[1] >> 1 | m[2] << 63, m[2] >> 1 | m[3] << 63, m[3] >> 1];
        match Fp::from_canonical_limbs(half) {
            Some(half) => half.pow(&[4, 0, 0, 0]),
            None => panic!("half of the modulus is below it"),
        }
    };
}

impl<C: CurveParams> Arithmetic<C> for VectorAdder<C> {
    type Point = Packed;
    const IDENTITY: Packed = Packed::IDENTITY;

    fn new() -> Self {
        Self { denominators: Vec::new(), curve: PhantomData }
    }

    fn gather(&mut self, points: &[Affine<C>], entries: &[u32], out: &mut Vec<Packed>) {
        let start = out.len();
        for (i, &entry) in entries.iter().enumerate() {
            if let Some(&ahead) = entries.get(i + AHEAD) {
                prefetch(&points[(ahead & !NEGATIVE) as usize]);
            }
            let point = &points[(entry & !NEGATIVE) as usize];
            let (x, y) = (point.x(), point.y());
            let (x, y) = (x.montgomery_limbs(), y.montgomery_limbs());
            // The sign lies above the coordinate. Of a branch on it, half would be predicted wrong.
            let sign = u64::from(entry & NEGATIVE) << 32;
            out.push(Packed([x[0], x[1], x[2], x[3], y[0], y[1], y[2], y[3] | sign]));
        }
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
        let mut inverses =
            products.unwrap_or([[0; 4]; LANES]).map(Fp::<C::Base>::from_montgomery_below_twice);
        let usual = inverses.iter().all(|product| !product.is_zero());
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
    /// Stores denominators and their running products; returns the products of all denominators of each lane, below `1.1 p`;
    /// `None` if an `x` is zero, as the identity's is.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn multiply_up(
        &mut self,
        left: &[Packed],
        right: &[Packed],
        additions: &[Addition],
    ) -> Option<[[u64; 4]; LANES]> {
        let mut zeros = 0;
        let constants = Constants::<C::Base>::TWICE;
        self.denominators.clear();
        let mut product = broadcast(&one::<C::Base>());
        for group in additions.chunks(LANES) {
            let (x1, _) = load(left, &lefts(group));
            let (x2, _) = load(right, &rights(group));
            zeros |= zero_lanes(&x1) | zero_lanes(&x2);
            let denominator = sub(&x2, &x1, &constants);
            self.denominators.push([denominator, product]);
            product = mul::<C::Base>(&product, &denominator);
        }
        (zeros == 0).then(|| lanes(&product))
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
            let (x1, y1) = load(left, &lefts(group));
            let (x2, y2) = load(right, &rights(group));
            let slope = mul::<C::Base>(&sub(&y2, &y1, &twice), &inverse);
            let square = mul::<C::Base>(&slope, &slope);
            let x3 = settle::<C::Base>(&sub(&sub(&square, &x1, &four_times), &x2, &[0; 5]));
            let y3 = mul::<C::Base>(&slope, &sub(&x1, &x3, &twice));
            let y3 = settle::<C::Base>(&sub(&y3, &y1, &twice));
            store(&x3, &y3, group, out);
        }
    }
}

/// Brings points from factor `2^256` to factor `2^260`, and negates those with a sign above `y`.
#[target_feature(enable = "avx512f,avx512ifma")]
fn convert<P: FieldParams>(points: &mut [Packed]) {
    let in_order: [Addition; LANES] =
        std::array::from_fn(|i| Addition { left: i as u32, right: 0, out: i as u32 });
    let sign_bit = _mm512_set1_epi64(i64::MIN);
    for group in points.chunks_mut(LANES) {
        let in_order = &in_order[..group.len()];
        let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(load_rows(group, &lefts(in_order)));
        let is_negative = _mm512_test_epi64_mask(y3, sign_bit);
        let y3 = _mm512_andnot_si512(sign_bit, y3);
        let x = settle::<P>(&unpack_shifted(&[x0, x1, x2, x3]));
        let y = unpack_shifted(&[y0, y1, y2, y3]);
        // Sixteen times a reduced coordinate is below 16 p.
        let negated = sub(&broadcast(&Constants::<P>::SIXTEEN_TIMES), &y, &[0; 5]);
        let y = settle::<P>(&select(is_negative, &negated, &y));
        // Of the identity, negated is 16 p, which settles to zero.
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

/// Positions of the left operands of up to eight additions; lanes without an addition repeat the last.
#[inline]
fn lefts(group: &[Addition]) -> [u32; LANES] {
    std::array::from_fn(|lane| group[lane.min(group.len() - 1)].left)
}

/// Positions of the right operands.
#[inline]
fn rights(group: &[Addition]) -> [u32; LANES] {
    std::array::from_fn(|lane| group[lane.min(group.len() - 1)].right)
}

/// The coordinates of eight points.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(points: &[Packed], positions: &[u32; LANES]) -> (Vector, Vector) {
    let [x0, x1, x2, x3, y0, y1, y2, y3] = transpose(load_rows(points, positions));
    (unpack(&[x0, x1, x2, x3]), unpack(&[y0, y1, y2, y3]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load_rows(points: &[Packed], positions: &[u32; LANES]) -> [__m512i; LANES] {
    let mut rows = [broadcast(&[0; 5]).0[0]; LANES];
    for lane in 0..LANES {
        rows[lane] = load_row(&points[positions[lane] as usize].0);
    }
    rows
}

/// Asks for a point's memory.
#[inline]
fn prefetch<C: CurveParams>(point: &Affine<C>) {
    let start = std::ptr::from_ref(point).cast::<i8>();
    // SAFETY: a prefetch reads nothing that the program sees, and the instruction is older than x86-64.
    unsafe { _mm_prefetch::<_MM_HINT_T0>(start) };
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
    let [c0, c1, c2, c3] = pack(vector);
    let columns = [store_row(c0), store_row(c1), store_row(c2), store_row(c3)];
    std::array::from_fn(|lane| std::array::from_fn(|limb| columns[limb][lane]))
}

#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn from_lanes(lanes: &[[u64; 4]; LANES]) -> Vector {
    let columns: [[u64; LANES]; 4] =
        std::array::from_fn(|limb| std::array::from_fn(|lane| lanes[lane][limb]));
    unpack(&[load_row(&columns[0]), load_row(&columns[1]), load_row(&columns[2]), load_row(&columns[3])])
}

/// Limb `j` of row `i` to limb `i` of row `j`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transpose(rows: [__m512i; 8]) -> [__m512i; 8] {
    // Pairs of rows, then of pairs, then of fours.
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let (a0, a1) = (_mm512_unpacklo_epi64(r0, r1), _mm512_unpackhi_epi64(r0, r1));
    let (a2, a3) = (_mm512_unpacklo_epi64(r2, r3), _mm512_unpackhi_epi64(r2, r3));
    let (a4, a5) = (_mm512_unpacklo_epi64(r4, r5), _mm512_unpackhi_epi64(r4, r5));
    let (a6, a7) = (_mm512_unpacklo_epi64(r6, r7), _mm512_unpackhi_epi64(r6, r7));
    let near = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13);
    let far = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
    // Limbs 0 and 4, 1 and 5, 2 and 6, 3 and 7 of rows 0 to 3, then of rows 4 to 7.
    let (b0, b1) = (_mm512_permutex2var_epi64(a0, near, a2), _mm512_permutex2var_epi64(a1, near, a3));
    let (b2, b3) = (_mm512_permutex2var_epi64(a0, far, a2), _mm512_permutex2var_epi64(a1, far, a3));
    let (b4, b5) = (_mm512_permutex2var_epi64(a4, near, a6), _mm512_permutex2var_epi64(a5, near, a7));
    let (b6, b7) = (_mm512_permutex2var_epi64(a4, far, a6), _mm512_permutex2var_epi64(a5, far, a7));
    let left = _mm512_setr_epi64(0, 1, 2, 3, 8, 9, 10, 11);
    let right = _mm512_setr_epi64(4, 5, 6, 7, 12, 13, 14, 15);
    [
        _mm512_permutex2var_epi64(b0, left, b4),
        _mm512_permutex2var_epi64(b1, left, b5),
        _mm512_permutex2var_epi64(b2, left, b6),
        _mm512_permutex2var_epi64(b3, left, b7),
        _mm512_permutex2var_epi64(b0, right, b4),
        _mm512_permutex2var_epi64(b1, right, b5),
        _mm512_permutex2var_epi64(b2, right, b6),
        _mm512_permutex2var_epi64(b3, right, b7),
    ]
}
