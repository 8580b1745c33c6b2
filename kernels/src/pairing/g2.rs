//! Points of the second group: the subgroup of order `r` of `y^2 = x^3 + 3 / (9 + u)` over `Fq2`.

use super::fq2::Fq2;
use crate::field::{FieldError, Fq, Fr};

/// Bytes of an encoded point.
pub const G2_BYTES: usize = 128;

/// Why bytes are not a point of the second group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum G2Error {
    /// Part of a coordinate is not a field element.
    #[error("word {word} of a point of BN254 G2")]
    Coordinate {
        /// Which of the four words.
        word: usize,
        /// What is wrong with it.
        #[source]
        source: FieldError,
    },
    /// The coordinates do not satisfy the curve's equation.
    #[error("the coordinates are not on BN254 G2")]
    NotOnCurve,
    /// The point is on the curve but its order is not `r`.
    #[error("the point is not in the subgroup of BN254 G2")]
    NotInSubgroup,
}

/// A point of the second group other than the identity, by its coordinates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct G2Affine {
    x: Fq2,
    y: Fq2,
}

const fn fq(limbs: [u64; 4]) -> Fq {
    Fq::from_canonical_limbs(limbs).expect("a constant below the modulus")
}

impl G2Affine {
    /// The customary generator (EIP-197).
    pub const GENERATOR: Self = Self {
        x: Fq2::new(
            fq([0x46debd5cd992f6ed, 0x674322d4f75edadd, 0x426a00665e5c4479, 0x1800deef121f1e76]),
            fq([0x97e485b7aef312c2, 0xf1aa493335a9e712, 0x7260bfb731fb5d25, 0x198e9393920d483a]),
        ),
        y: Fq2::new(
            fq([0x4ce6cc0166fa7daa, 0xe3d1e7690c43d37b, 0x4aab71808dcb408f, 0x12c85ea5db8c6deb]),
            fq([0x55acdadcd122975b, 0xbc4b313370b38ef3, 0xec9e99ad690c3395, 0x090689d0585ff075]),
        ),
    };

    pub(super) const fn from_parts(x: Fq2, y: Fq2) -> Self {
        Self { x, y }
    }

    /// The point with these coordinates.
    ///
    /// # Errors
    /// [`G2Error::NotOnCurve`], [`G2Error::NotInSubgroup`].
    pub fn new(x: Fq2, y: Fq2) -> Result<Self, G2Error> {
        // The constant term is 3 / xi.
        let is_on_curve = (y.square() - x.square() * x).mul_by_xi() == Fq2::new(Fq::from(3u64), Fq::ZERO);
        if !is_on_curve {
            return Err(G2Error::NotOnCurve);
        }
        let point = Self { x, y };
        if point.is_in_subgroup() { Ok(point) } else { Err(G2Error::NotInSubgroup) }
    }

    /// First coordinate.
    pub const fn x(&self) -> Fq2 {
        self.x
    }

    /// Second coordinate.
    pub const fn y(&self) -> Fq2 {
        self.y
    }

    /// The opposite point.
    pub fn negate(&self) -> Self {
        Self { x: self.x, y: -self.y }
    }

    /// Decodes `x.c0`, `x.c1`, `y.c0`, `y.c1`, 32 big-endian bytes each: the layout of `bn254_g2.dat`.
    ///
    /// # Errors
    /// All of [`G2Error`].
    pub fn from_be_bytes(bytes: &[u8; G2_BYTES]) -> Result<Self, G2Error> {
        let decode = |word: usize| {
            Fq::from_be_slice(&bytes[32 * word..][..32])
                .map_err(|source| G2Error::Coordinate { word, source })
        };
        Self::new(Fq2::new(decode(0)?, decode(1)?), Fq2::new(decode(2)?, decode(3)?))
    }

    /// The layout that [`from_be_bytes`](Self::from_be_bytes) reads.
    pub fn to_be_bytes(&self) -> [u8; G2_BYTES] {
        let mut bytes = [0; G2_BYTES];
        let words = [self.x.c0, self.x.c1, self.y.c0, self.y.c1];
        for (chunk, word) in bytes.chunks_exact_mut(32).zip(words) {
            chunk.copy_from_slice(&word.to_be_bytes());
        }
        bytes
    }

    /// `scalar * self`; `None` is the identity. One inversion per bit: for setup and tests.
    pub fn multiply(&self, scalar: &Fr) -> Option<Self> {
        self.multiply_limbs(&scalar.to_canonical_limbs())
    }

    /// Whether the order times the point is the identity.
    fn is_in_subgroup(&self) -> bool {
        self.multiply_limbs(&Fr::MODULUS).is_none()
    }

    fn multiply_limbs(&self, limbs: &[u64; 4]) -> Option<Self> {
        let bits = (0..256).rev().map(|bit| limbs[bit / 64] >> (bit % 64) & 1 == 1);
        bits.fold(None, |sum, bit| {
            let double = add(sum, sum);
            if bit { add(double, Some(*self)) } else { double }
        })
    }
}

/// The sum of any two points of the curve, `None` being the identity.
fn add(a: Option<G2Affine>, b: Option<G2Affine>) -> Option<G2Affine> {
    let (Some(p), Some(q)) = (a, b) else { return a.or(b) };
    let slope = if p == q {
        let square = p.x.square();
        (square.double() + square) * p.y.double().inverse()?
    } else {
        (q.y - p.y) * (q.x - p.x).inverse()?
    };
    let x = slope.square() - p.x - q.x;
    Some(G2Affine { x, y: slope * (p.x - x) - p.y })
}
