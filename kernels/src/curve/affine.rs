//! Affine points: construction, decoding, encoding.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::ops::{Add, Mul, Neg, Sub};

use super::params::CurveParams;
use super::projective::Projective;
use crate::field::{FieldError, Fp};

/// Bytes of an encoded point: two coordinates.
pub const POINT_BYTES: usize = 64;

/// Why coordinates or bytes are not a point.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PointError {
    /// A coordinate's bytes are not a field element.
    #[error("{coordinate} coordinate of a point of {curve}")]
    Coordinate {
        /// Name of the curve.
        curve: &'static str,
        /// `x` or `y`.
        coordinate: char,
        /// What is wrong with it.
        #[source]
        source: FieldError,
    },
    /// The coordinates do not satisfy the curve's equation.
    #[error("({x}, {y}) is not on {curve}")]
    NotOnCurve {
        /// Name of the curve.
        curve: &'static str,
        /// First coordinate.
        x: String,
        /// Second coordinate.
        y: String,
    },
}

/// A point by its coordinates, or the identity.
///
/// The identity is held as `(0, 0)`, which is on neither curve. That is also how Ethereum's precompiles and Noir write it.
///
/// A point fills a line of the cache: sums of multiples read points of a long slice in no order.
#[repr(align(64))]
pub struct Affine<C: CurveParams> {
    pub(super) x: Fp<C::Base>,
    pub(super) y: Fp<C::Base>,
    pub(super) curve: PhantomData<C>,
}

impl<C: CurveParams> Affine<C> {
    /// The neutral element.
    pub const IDENTITY: Self = Self::from_parts(Fp::ZERO, Fp::ZERO);
    /// The customary generator.
    pub const GENERATOR: Self = Self::from_parts(C::GENERATOR.0, C::GENERATOR.1);

    pub(crate) const fn from_parts(x: Fp<C::Base>, y: Fp<C::Base>) -> Self {
        Self { x, y, curve: PhantomData }
    }

    /// The point with these coordinates; `(0, 0)` is the identity.
    ///
    /// # Errors
    /// [`PointError::NotOnCurve`].
    pub fn new(x: Fp<C::Base>, y: Fp<C::Base>) -> Result<Self, PointError> {
        let point = Self::from_parts(x, y);
        if point.is_on_curve() {
            Ok(point)
        } else {
            Err(PointError::NotOnCurve { curve: C::NAME, x: x.to_string(), y: y.to_string() })
        }
    }

    /// The point with this `x` whose `y` has the given parity as an integer; `None` if no point has this `x`.
    pub fn from_x(x: Fp<C::Base>, y_is_odd: bool) -> Option<Self> {
        // y is never zero: the group's order is odd, so no point has order two.
        let y = (x.square() * x + C::B).sqrt()?;
        Some(Self::from_parts(x, if y.is_odd() == y_is_odd { y } else { -y }))
    }

    /// First coordinate; zero for the identity.
    pub const fn x(&self) -> Fp<C::Base> {
        self.x
    }

    /// Second coordinate; zero for the identity.
    pub const fn y(&self) -> Fp<C::Base> {
        self.y
    }

    /// Whether this is the neutral element.
    pub const fn is_identity(&self) -> bool {
        self.x.is_zero() && self.y.is_zero()
    }

    /// Whether this is the identity or satisfies the curve's equation. True of every value that exists; the check behind
    /// [`new`](Self::new).
    pub fn is_on_curve(&self) -> bool {
        self.is_identity() || self.y.square() == self.x.square() * self.x + C::B
    }

    /// Decodes `x` and `y`, 32 big-endian bytes each; 64 zero bytes are the identity.
    ///
    /// # Errors
    /// [`PointError::Coordinate`] for a coordinate at or above the modulus, [`PointError::NotOnCurve`].
    pub fn from_be_bytes(bytes: &[u8; POINT_BYTES]) -> Result<Self, PointError> {
        let (x, y) = bytes.split_at(POINT_BYTES / 2);
        let decode = |coordinate, bytes| {
            Fp::from_be_slice(bytes).map_err(|source| PointError::Coordinate {
                curve: C::NAME,
                coordinate,
                source,
            })
        };
        Self::new(decode('x', x)?, decode('y', y)?)
    }

    /// `x` and `y`, 32 big-endian bytes each.
    pub fn to_be_bytes(&self) -> [u8; POINT_BYTES] {
        let mut bytes = [0; POINT_BYTES];
        let (x, y) = bytes.split_at_mut(POINT_BYTES / 2);
        x.copy_from_slice(&self.x.to_be_bytes());
        y.copy_from_slice(&self.y.to_be_bytes());
        bytes
    }
}

impl<C: CurveParams> Neg for Affine<C> {
    type Output = Self;
    fn neg(self) -> Self {
        Self::from_parts(self.x, -self.y)
    }
}

impl<C: CurveParams> Add for Affine<C> {
    type Output = Projective<C>;
    fn add(self, other: Self) -> Projective<C> {
        Projective::from(self) + other
    }
}

impl<C: CurveParams> Sub for Affine<C> {
    type Output = Projective<C>;
    fn sub(self, other: Self) -> Projective<C> {
        Projective::from(self) + -other
    }
}

/// Scalar multiplication.
impl<C: CurveParams> Mul<Fp<C::Scalar>> for Affine<C> {
    type Output = Projective<C>;
    fn mul(self, scalar: Fp<C::Scalar>) -> Projective<C> {
        Projective::from(self) * scalar
    }
}

// Written by hand because a derive would ask for the same traits on `C`.
impl<C: CurveParams> Clone for Affine<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: CurveParams> Copy for Affine<C> {}

impl<C: CurveParams> PartialEq for Affine<C> {
    fn eq(&self, other: &Self) -> bool {
        self.x == other.x && self.y == other.y
    }
}

impl<C: CurveParams> Eq for Affine<C> {}

impl<C: CurveParams> Hash for Affine<C> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.x.hash(state);
        self.y.hash(state);
    }
}

/// The identity.
impl<C: CurveParams> Default for Affine<C> {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl<C: CurveParams> fmt::Debug for Affine<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_identity() { f.write_str("identity") } else { write!(f, "({}, {})", self.x, self.y) }
    }
}
