//! The two moduli and what is derived from them. Values: EIP-196 (both primes), Barretenberg 4.1.2
//! `ecc/curves/bn254/{fr,fq}.hpp` (the same limbs).

use super::montgomery::FieldParams;

/// Parameters of [`Fr`](super::Fr).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrParams;

/// Parameters of [`Fq`](super::Fq).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FqParams;

impl FieldParams for FrParams {
    const NAME: &'static str = "Fr";
    // 21888242871839275222246405745257275088548364400416034343698204186575808495617
    const MODULUS: [u64; 4] =
        [0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029];
    // 5 generates the multiplicative group, so it is not a square.
    const NON_RESIDUE: u64 = 5;
}

impl FieldParams for FqParams {
    const NAME: &'static str = "Fq";
    // 21888242871839275222246405745257275088696311157297823662689037894645226208583
    const MODULUS: [u64; 4] =
        [0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029];
    // 3 is not a square modulo q, which is 3 mod 4 and 1 mod 3.
    const NON_RESIDUE: u64 = 3;
}
