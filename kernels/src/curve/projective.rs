//! Jacobian points: `(X, Y, Z)` stands for `(X / Z^2, Y / Z^3)`, and `Z = 0` for the identity.
//!
//! # Sources
//! Explicit-Formulas Database (hyperelliptic.org/EFD), `g1p/auto-shortw-jacobian-0`: `dbl-2009-l`, `add-2007-bl`,
//! `madd-2007-bl`. The formulas for additions fail for equal operands; those are sent to doubling.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use super::affine::Affine;
use super::params::CurveParams;
use crate::field::{Fp, batch_inverse};

/// A point in Jacobian coordinates. One point has many forms; `==` compares points.
pub struct Projective<C: CurveParams> {
    x: Fp<C::Base>,
    y: Fp<C::Base>,
    z: Fp<C::Base>,
}

impl<C: CurveParams> Projective<C> {
    /// The neutral element.
    pub const IDENTITY: Self = Self { x: Fp::ONE, y: Fp::ONE, z: Fp::ZERO };
    /// The customary generator.
    pub const GENERATOR: Self = Self { x: C::GENERATOR.0, y: C::GENERATOR.1, z: Fp::ONE };

    /// Whether this is the neutral element.
    pub const fn is_identity(&self) -> bool {
        self.z.is_zero()
    }

    /// `self + self`. Two multiplications, five squarings.
    pub fn double(&self) -> Self {
        let a = self.x.square();
        let b = self.y.square();
        let c = b.square();
        let d = ((self.x + b).square() - a - c).double();
        let e = a.double() + a;
        let x = e.square() - d.double();
        // For the identity z is zero and stays so.
        Self { x, y: e * (d - x) - c.double().double().double(), z: (self.y * self.z).double() }
    }

    /// The affine form. One inversion.
    pub fn to_affine(&self) -> Affine<C> {
        self.z.inverse().map_or(Affine::IDENTITY, |z_inverse| self.scale(z_inverse))
    }

    /// The affine forms of many points, with one inversion for all.
    pub fn batch_to_affine(points: &[Self]) -> Vec<Affine<C>> {
        let mut z_inverses: Vec<_> = points.iter().map(|point| point.z).collect();
        batch_inverse(&mut z_inverses);
        // An identity has z zero, which batch inversion leaves, and zero times anything is the affine identity.
        points.iter().zip(z_inverses).map(|(point, z_inverse)| point.scale(z_inverse)).collect()
    }

    fn scale(&self, z_inverse: Fp<C::Base>) -> Affine<C> {
        let square = z_inverse.square();
        Affine::from_parts(self.x * square, self.y * square * z_inverse)
    }

    /// What an addition returns when both operands have the same `x`.
    fn add_same_x(&self, same_y: bool) -> Self {
        if same_y { self.double() } else { Self::IDENTITY }
    }
}

/// Eleven multiplications, five squarings.
impl<C: CurveParams> Add for Projective<C> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        if self.is_identity() {
            return other;
        }
        if other.is_identity() {
            return self;
        }
        let z1_square = self.z.square();
        let z2_square = other.z.square();
        let u1 = self.x * z2_square;
        let u2 = other.x * z1_square;
        let s1 = self.y * other.z * z2_square;
        let s2 = other.y * self.z * z1_square;
        if u1 == u2 {
            return self.add_same_x(s1 == s2);
        }
        let h = u2 - u1;
        let i = h.double().square();
        let j = h * i;
        let r = (s2 - s1).double();
        let v = u1 * i;
        let x = r.square() - j - v.double();
        let y = r * (v - x) - (s1 * j).double();
        Self { x, y, z: ((self.z + other.z).square() - z1_square - z2_square) * h }
    }
}

/// Mixed addition: seven multiplications, four squarings.
impl<C: CurveParams> Add<Affine<C>> for Projective<C> {
    type Output = Self;
    fn add(self, other: Affine<C>) -> Self {
        if other.is_identity() {
            return self;
        }
        if self.is_identity() {
            return other.into();
        }
        let z_square = self.z.square();
        let u2 = other.x * z_square;
        let s2 = other.y * self.z * z_square;
        if self.x == u2 {
            return self.add_same_x(self.y == s2);
        }
        let h = u2 - self.x;
        let h_square = h.square();
        let i = h_square.double().double();
        let j = h * i;
        let r = (s2 - self.y).double();
        let v = self.x * i;
        let x = r.square() - j - v.double();
        let y = r * (v - x) - (self.y * j).double();
        Self { x, y, z: (self.z + h).square() - z_square - h_square }
    }
}

impl<C: CurveParams> Neg for Projective<C> {
    type Output = Self;
    fn neg(self) -> Self {
        Self { y: -self.y, ..self }
    }
}

impl<C: CurveParams> Sub for Projective<C> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl<C: CurveParams> Sub<Affine<C>> for Projective<C> {
    type Output = Self;
    fn sub(self, other: Affine<C>) -> Self {
        self + -other
    }
}

impl<C: CurveParams> AddAssign for Projective<C> {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl<C: CurveParams> AddAssign<Affine<C>> for Projective<C> {
    fn add_assign(&mut self, other: Affine<C>) {
        *self = *self + other;
    }
}

impl<C: CurveParams> SubAssign for Projective<C> {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl<C: CurveParams> Sum for Projective<C> {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::IDENTITY, Add::add)
    }
}

impl<C: CurveParams> Sum<Affine<C>> for Projective<C> {
    fn sum<I: Iterator<Item = Affine<C>>>(iter: I) -> Self {
        iter.fold(Self::IDENTITY, Add::add)
    }
}

impl<C: CurveParams> From<Affine<C>> for Projective<C> {
    fn from(point: Affine<C>) -> Self {
        if point.is_identity() { Self::IDENTITY } else { Self { x: point.x, y: point.y, z: Fp::ONE } }
    }
}

impl<C: CurveParams> Clone for Projective<C> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<C: CurveParams> Copy for Projective<C> {}

impl<C: CurveParams> PartialEq for Projective<C> {
    fn eq(&self, other: &Self) -> bool {
        if self.is_identity() || other.is_identity() {
            return self.is_identity() && other.is_identity();
        }
        let (z1_square, z2_square) = (self.z.square(), other.z.square());
        self.x * z2_square == other.x * z1_square
            && self.y * z2_square * other.z == other.y * z1_square * self.z
    }
}

impl<C: CurveParams> Eq for Projective<C> {}

/// The identity.
impl<C: CurveParams> Default for Projective<C> {
    fn default() -> Self {
        Self::IDENTITY
    }
}

/// As the affine point.
impl<C: CurveParams> fmt::Debug for Projective<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_affine().fmt(f)
    }
}
