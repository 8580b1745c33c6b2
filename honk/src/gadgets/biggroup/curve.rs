//! The curves of ECDSA.

use std::fmt::Debug;

use crate::gadgets::bigfield::{
    ForeignField, Secp256k1Base, Secp256k1Scalar, Secp256r1Base, Secp256r1Scalar,
};

/// A curve `y^2 = x^3 + a x + b` over a foreign field.
pub trait ForeignCurve: Copy + Debug + PartialEq + 'static {
    /// Field of the coordinates.
    type Base: ForeignField;
    /// Field of the scalars.
    type Scalar: ForeignField;
    /// `a`, if it is not zero; least significant limb first.
    const A: Option<[u64; 4]>;
    /// `b`.
    const B: [u64; 4];
    /// The generator.
    const GENERATOR: [[u64; 4]; 2];
    /// Twice the generator.
    const DOUBLE_GENERATOR: [[u64; 4]; 2];
}

/// A curve whose multiples start from a point that no sum meets by chance.
pub(super) trait OffsetCurve: ForeignCurve {
    /// That point.
    const OFFSET: [[u64; 4]; 2];
    /// `2^255` times that.
    const DOUBLED_OFFSET: [[u64; 4]; 2];
}

/// The curve of Bitcoin's and Ethereum's signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256k1;

impl ForeignCurve for Secp256k1 {
    type Base = Secp256k1Base;
    type Scalar = Secp256k1Scalar;
    const A: Option<[u64; 4]> = None;
    const B: [u64; 4] = [7, 0, 0, 0];
    const GENERATOR: [[u64; 4]; 2] = [
        [0x59f2_815b_16f8_1798, 0x029b_fcdb_2dce_28d9, 0x55a0_6295_ce87_0b07, 0x79be_667e_f9dc_bbac],
        [0x9c47_d08f_fb10_d4b8, 0xfd17_b448_a685_5419, 0x5da4_fbfc_0e11_08a8, 0x483a_da77_26a3_c465],
    ];
    const DOUBLE_GENERATOR: [[u64; 4]; 2] = [
        [0xabac_09b9_5c70_9ee5, 0x5c77_8e4b_8cef_3ca7, 0x3045_406e_95c0_7cd8, 0xc604_7f94_41ed_7d6d],
        [0x2364_31a9_50cf_e52a, 0xf7f6_3265_3266_d0e1, 0xa3c5_8419_466c_eaee, 0x1ae1_68fe_a63d_c339],
    ];
}

/// The curve of secure enclaves, P-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Secp256r1;

impl ForeignCurve for Secp256r1 {
    type Base = Secp256r1Base;
    type Scalar = Secp256r1Scalar;
    const A: Option<[u64; 4]> =
        Some([0xffff_ffff_ffff_fffc, 0x0000_0000_ffff_ffff, 0, 0xffff_ffff_0000_0001]);
    const B: [u64; 4] =
        [0x3bce_3c3e_27d2_604b, 0x651d_06b0_cc53_b0f6, 0xb3eb_bd55_7698_86bc, 0x5ac6_35d8_aa3a_93e7];
    const GENERATOR: [[u64; 4]; 2] = [
        [0xf4a1_3945_d898_c296, 0x7703_7d81_2deb_33a0, 0xf8bc_e6e5_63a4_40f2, 0x6b17_d1f2_e12c_4247],
        [0xcbb6_4068_37bf_51f5, 0x2bce_3357_6b31_5ece, 0x8ee7_eb4a_7c0f_9e16, 0x4fe3_42e2_fe1a_7f9b],
    ];
    const DOUBLE_GENERATOR: [[u64; 4]; 2] = [
        [0xa60b_48fc_4766_9978, 0xc089_69e2_77f2_1b35, 0x8a52_3803_04b5_1ac3, 0x7cf2_7b18_8d03_4f7e],
        [0x9e04_b79d_2278_73d1, 0xba7d_ade6_3ce9_8229, 0x293d_9ac6_9f74_30db, 0x0777_5510_db8e_d040],
    ];
}

impl OffsetCurve for Secp256r1 {
    const OFFSET: [[u64; 4]; 2] = [
        [0x3c80_10ff_162b_d90a, 0x4ed4_0920_c6ca_71e6, 0xc041_799e_87e7_35af, 0xb61b_d0f5_671b_c04e],
        [0x0232_1033_110e_492b, 0x827f_4a4a_66bb_781a, 0x32a1_e62d_192e_a7d5, 0x3385_40b4_3f94_cbfe],
    ];
    const DOUBLED_OFFSET: [[u64; 4]; 2] = [
        [0xd776_5f0b_cc1c_7540, 0x2b73_0086_865c_7fea, 0x5fc6_167f_5d00_1eee, 0xa1db_175d_1cba_f853],
        [0x6527_9801_933a_29ea, 0x68fc_1560_d87c_fcad, 0x2638_34c4_9b0a_94d7, 0x29df_fa84_2016_552f],
    ];
}
