//! Tables of AES-128: bytes in base 9.

use chinampa_kernels::Fr;

use super::digits::map_digits;
use super::sparse::spread;
use super::{Keys, MultiTable, Table, TableId};

/// Base of spread bytes.
const BASE: u64 = 9;

/// Four digits reduced modulo two.
pub(super) fn normalize() -> Table {
    let rows =
        (0..BASE.pow(4)).map(|key| [key, map_digits(key, BASE, BASE, |digit| digit % 2), 0].map(Fr::from));
    Table::new(rows, Keys::Row)
}

/// A spread byte, its image under the S-box, and that image times three.
pub(super) fn sbox() -> Table {
    let rows = (0..=255_u8).map(|byte| {
        let image = substitute(byte);
        [byte, image, image ^ double(image)].map(|value| spread(u32::from(value), BASE))
    });
    Table::new(rows, Keys::Digits { base: BASE, limit: 2 })
}

/// Sixteen bytes, spread.
pub(super) fn input_slices() -> MultiTable {
    let table = TableId::Sparse { base: BASE, bits: 8, rotate: 0 };
    MultiTable::repeated(table, 256, [Fr::from(256_u64), Fr::ZERO, Fr::ZERO], 16)
}

/// The eight digits of a byte in two slices.
pub(super) fn normalize_slices() -> MultiTable {
    let size = BASE.pow(4);
    MultiTable::repeated(TableId::AesNormalize, size, [Fr::from(size), Fr::from(size), Fr::ZERO], 2)
}

/// One byte.
pub(super) fn sbox_slices() -> MultiTable {
    MultiTable::repeated(TableId::AesSbox, BASE.pow(8), [Fr::ZERO; 3], 1)
}

/// Twice a byte in the field of AES.
const fn double(byte: u8) -> u8 {
    (byte << 1) ^ ((byte >> 7) * 0x1b)
}

const fn multiply(mut left: u8, mut right: u8) -> u8 {
    let mut product = 0;
    while right > 0 {
        product ^= left * (right & 1);
        left = double(left);
        right >>= 1;
    }
    product
}

/// The S-box (FIPS 197, section 5.1.1): the inverse, then an affine map.
pub(crate) const fn substitute(byte: u8) -> u8 {
    // x^254 is the inverse, and 0 for 0.
    let mut inverse = 1;
    let mut index = 0;
    while index < 254 {
        inverse = multiply(inverse, byte);
        index += 1;
    }
    let mut image = inverse;
    let mut turn = 1;
    while turn < 5 {
        image ^= inverse.rotate_left(turn);
        turn += 1;
    }
    image ^ 0x63
}
