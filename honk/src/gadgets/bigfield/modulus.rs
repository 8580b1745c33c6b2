//! The fields whose elements circuits compute with.

use crate::builder::NON_NATIVE_LIMB_BITS;
use crate::wide::Wide;
use chinampa_kernels::{Fq, Fr};
use std::fmt::Debug;

/// A prime field other than the native one.
pub trait ForeignField: Copy + Debug + PartialEq + 'static {
    /// The prime, least significant limb first.
    const MODULUS: [u64; 4];
}

/// Base field of BN254.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bn254Base;
/// Base field of secp256k1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256k1Base;
/// Scalar field of secp256k1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256k1Scalar;
/// Base field of secp256r1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256r1Base;
/// Scalar field of secp256r1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256r1Scalar;

impl ForeignField for Bn254Base {
    const MODULUS: [u64; 4] = Fq::MODULUS;
}

impl ForeignField for Secp256k1Base {
    const MODULUS: [u64; 4] = [0xffff_fffe_ffff_fc2f, u64::MAX, u64::MAX, u64::MAX];
}

impl ForeignField for Secp256k1Scalar {
    const MODULUS: [u64; 4] = [0xbfd2_5e8c_d036_4141, 0xbaae_dce6_af48_a03b, 0xffff_ffff_ffff_fffe, u64::MAX];
}

impl ForeignField for Secp256r1Base {
    const MODULUS: [u64; 4] = [u64::MAX, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001];
}

impl ForeignField for Secp256r1Scalar {
    const MODULUS: [u64; 4] = [0xf3b9_cac2_fc63_2551, 0xbce6_faad_a717_9e84, u64::MAX, 0xffff_ffff_0000_0000];
}

/// Bits of a limb.
pub(super) const LIMB_BITS: u32 = NON_NATIVE_LIMB_BITS;

/// Sums that a limb may be of, as a power of two, before it is reduced.
const MAX_ADDITION_BITS: u32 = 10;

/// What follows from a modulus.
pub(super) struct Bounds;

impl Bounds {
    pub(super) fn modulus<M: ForeignField>() -> Wide {
        Wide::from_limbs(M::MODULUS)
    }

    /// Bits of the highest limb of a reduced element.
    pub(super) fn last_limb_bits<M: ForeignField>() -> u32 {
        Self::modulus::<M>().bits() - 3 * LIMB_BITS
    }

    /// Largest value of a remainder.
    pub(super) fn remainder<M: ForeignField>() -> Wide {
        Wide::mask(Self::modulus::<M>().bits())
    }

    /// `2^272` times the native modulus: an identity below it holds over the integers if it holds modulo both.
    pub(super) fn crt_product() -> Wide {
        Wide::from_limbs(Fr::MODULUS).shifted_left(4 * LIMB_BITS)
    }

    /// Largest value that is multiplied without being reduced.
    pub(super) fn unreduced() -> Wide {
        Wide::mask((Self::crt_product().bits() - 2) >> 1)
    }

    /// Largest limb of such a value.
    pub(super) fn unreduced_limb() -> Wide {
        Wide::mask(LIMB_BITS + MAX_ADDITION_BITS)
    }

    /// Limbs of `2^272` minus the modulus.
    pub(super) fn negated_modulus<M: ForeignField>() -> [Wide; 4] {
        let negated = Wide::power_of_two(4 * LIMB_BITS).minus(Self::modulus::<M>());
        limbs(negated)
    }
}

/// Four limbs of an integer below `2^272`.
pub(super) fn limbs(value: Wide) -> [Wide; 4] {
    [0, 1, 2, 3].map(|limb| value.slice(LIMB_BITS * limb, LIMB_BITS * (limb + 1)))
}
