//! Lookup tables: their contents, and how wide values are looked up slice by slice.
//!
//! # Sources
//! Barretenberg 4.1.2, `stdlib_circuit_builders/plookup_tables`: contents, slices and step sizes are part of every key.

mod aes;
mod bitwise;
mod digits;
mod fixed_base;
mod keccak;
mod secp256k1;
mod sha256;
mod sparse;

use chinampa_kernels::Fr;

pub(crate) use self::aes::substitute as aes_substitute;
pub use self::fixed_base::FixedBase;
pub(crate) use self::keccak::ROTATIONS as KECCAK_ROTATIONS;
pub(crate) use self::secp256k1::BETA as SECP256K1_BETA;
pub use self::secp256k1::Part as Secp256k1Part;

/// A table of the circuit. Tables of equal contents but different origin are different tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TableId {
    UintXor { bits: u32 },
    UintAnd { bits: u32 },
    BlakeXor { rotate: u32 },
    BlakeXorMod4,
    Sparse { base: u64, bits: u32, rotate: u32 },
    Sha256(sha256::Normalize),
    AesNormalize,
    AesSbox,
    KeccakInput,
    KeccakTheta,
    KeccakRho { bits: u32 },
    KeccakChi,
    KeccakOutput,
    FixedBase { base: FixedBase, window: usize },
    Secp256k1 { part: Secp256k1Part, has_endomorphism: bool },
    Dummy { number: u64 },
}

/// A lookup of one or two wide values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MultiTableId {
    /// Bitwise XOR of two 32-bit values.
    Uint32Xor,
    /// Bitwise AND of two 32-bit values.
    Uint32And,
    /// A word of the SHA-256 message schedule in base 16, whole and by slices.
    Sha256WitnessInput,
    /// The normalised sum of the message schedule.
    Sha256WitnessOutput,
    /// A state word in base 28, and its rotations.
    Sha256ChInput,
    /// The normalised choice.
    Sha256ChOutput,
    /// A state word in base 16, and its rotations.
    Sha256MajInput,
    /// The normalised majority.
    Sha256MajOutput,
    /// Sixteen bytes in base 9.
    AesInput,
    /// Reduces the digits of a byte in base 9 modulo two.
    AesNormalize,
    /// The S-box of a byte in base 9, and its double.
    AesSbox,
    /// Bitwise XOR of two 32-bit values where bits above are dropped, rotated right by 0, 16, 8 or 7.
    BlakeXor {
        /// Bits of the rotation.
        rotate: u32,
    },
    /// A lane in base 11.
    KeccakFormatInput,
    /// Reduces the digits of a lane modulo two.
    KeccakThetaOutput,
    /// Reduces the digits of a lane and rotates it.
    KeccakNormalizeAndRotate {
        /// Number of the lane.
        lane: usize,
    },
    /// The nonlinear step of a lane.
    KeccakChiOutput,
    /// A lane in binary again.
    KeccakFormatOutput,
    /// Multiples of a fixed point of the embedded curve, window by window.
    FixedBase(FixedBase),
    /// Two columns of the odd multiples of the generator of secp256k1.
    Secp256k1 {
        /// Which columns.
        part: Secp256k1Part,
        /// Whether of the points' images under the endomorphism, ordinates not negated.
        has_endomorphism: bool,
    },
    /// The lookup that every circuit has, so that no table column is zero.
    Dummy,
}

/// How a table finds the row of its keys.
#[derive(Clone, Copy, Debug)]
enum Keys {
    /// The key is the row.
    Row,
    /// Two keys below `size`.
    Pair { size: u64 },
    /// The key has digits below `limit` in `base`; the row has the same digits in base `limit`.
    Digits { base: u64, limit: u64 },
}

/// The contents of a table.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: [Vec<Fr>; 3],
    keys: Keys,
}

impl Table {
    /// A table of rows.
    fn new(rows: impl Iterator<Item = [Fr; 3]>, keys: Keys) -> Self {
        let mut columns = [Vec::new(), Vec::new(), Vec::new()];
        for row in rows {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        Self { columns, keys }
    }

    /// The contents of a table.
    pub(crate) fn of(id: TableId) -> Self {
        match id {
            TableId::UintXor { bits } => bitwise::xor(bits, 0, u64::MAX),
            TableId::UintAnd { bits } => bitwise::and(bits),
            TableId::BlakeXor { rotate } => bitwise::xor(6, rotate, u64::MAX),
            TableId::BlakeXorMod4 => bitwise::xor(5, 0, 3),
            TableId::Sparse { base, bits, rotate } => sparse::table(base, bits, rotate),
            TableId::Sha256(normalize) => sha256::normalize(normalize),
            TableId::AesNormalize => aes::normalize(),
            TableId::AesSbox => aes::sbox(),
            TableId::KeccakInput => keccak::input(),
            TableId::KeccakTheta => keccak::theta(),
            TableId::KeccakRho { bits } => keccak::rho(bits),
            TableId::KeccakChi => keccak::chi(),
            TableId::KeccakOutput => keccak::output(),
            TableId::FixedBase { base, window } => fixed_base::table(base, window),
            TableId::Secp256k1 { part, has_endomorphism } => secp256k1::table(part, has_endomorphism),
            TableId::Dummy { number } => bitwise::dummy(number),
        }
    }

    /// Number of rows.
    pub(crate) fn len(&self) -> usize {
        self.columns[0].len()
    }

    /// The row of a pair of keys; the second one is ignored where a table has one key.
    pub(crate) fn row(&self, first: u64, second: u64) -> Option<usize> {
        let row = match self.keys {
            Keys::Row => first,
            Keys::Pair { size } if first < size && second < size => first * size + second,
            Keys::Pair { .. } => return None,
            Keys::Digits { base, limit } => digits::rebase(first, base, limit)?,
        };
        usize::try_from(row).ok().filter(|row| *row < self.len())
    }
}

/// One slice of a wide lookup.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slice {
    pub(crate) table: TableId,
    /// The slice's keys are below this; the rest of the value divided by it goes to the next slice.
    pub(crate) size: u64,
    /// What the columns of this slice are multiplied with where the slice before it accumulates them.
    pub(crate) steps: [Fr; 3],
}

/// The slices of a wide lookup, the lowest first.
#[derive(Clone, Debug)]
pub(crate) struct MultiTable {
    pub(crate) slices: Vec<Slice>,
}

impl MultiTable {
    /// The slices of a lookup.
    pub(crate) fn of(id: MultiTableId) -> Self {
        match id {
            MultiTableId::Uint32Xor => bitwise::uint32(|bits| TableId::UintXor { bits }),
            MultiTableId::Uint32And => bitwise::uint32(|bits| TableId::UintAnd { bits }),
            MultiTableId::Sha256WitnessInput => sha256::witness_input(),
            MultiTableId::Sha256WitnessOutput => sha256::output(sha256::Normalize::Witness, 16, 3, 11),
            MultiTableId::Sha256ChInput => sha256::choice_input(),
            MultiTableId::Sha256ChOutput => sha256::output(sha256::Normalize::Choice, 28, 2, 16),
            MultiTableId::Sha256MajInput => sha256::majority_input(),
            MultiTableId::Sha256MajOutput => sha256::output(sha256::Normalize::Majority, 16, 3, 11),
            MultiTableId::AesInput => aes::input_slices(),
            MultiTableId::AesNormalize => aes::normalize_slices(),
            MultiTableId::AesSbox => aes::sbox_slices(),
            MultiTableId::BlakeXor { rotate } => bitwise::blake(rotate),
            MultiTableId::KeccakFormatInput => keccak::input_slices(),
            MultiTableId::KeccakThetaOutput => keccak::theta_slices(),
            MultiTableId::KeccakNormalizeAndRotate { lane } => keccak::rho_slices(lane),
            MultiTableId::KeccakChiOutput => keccak::chi_slices(),
            MultiTableId::KeccakFormatOutput => keccak::output_slices(),
            MultiTableId::FixedBase(base) => fixed_base::slices(base),
            MultiTableId::Secp256k1 { part, has_endomorphism } => secp256k1::slices(part, has_endomorphism),
            MultiTableId::Dummy => bitwise::dummy_slices(),
        }
    }

    /// Slices of tables, key sizes and steps.
    fn new(slices: impl IntoIterator<Item = (TableId, u64, [Fr; 3])>) -> Self {
        let slices = slices.into_iter().map(|(table, size, steps)| Slice { table, size, steps }).collect();
        Self { slices }
    }

    /// `count` slices of one table with the same steps.
    fn repeated(table: TableId, size: u64, steps: [Fr; 3], count: usize) -> Self {
        Self::new(std::iter::repeat_n((table, size, steps), count))
    }

    /// Slices from the weight of each column in each slice: a step is the quotient of neighbouring weights, and 0
    /// where a weight is 0.
    fn weighted(slices: &[(TableId, u64)], weights: [&[Fr]; 3]) -> Self {
        let step = |column: &[Fr], index: usize| match index {
            0 => Fr::ONE,
            _ => column[index - 1].inverse().map_or(Fr::ZERO, |inverse| column[index] * inverse),
        };
        Self::new(
            slices
                .iter()
                .enumerate()
                .map(|(index, (table, size))| (*table, *size, weights.map(|column| step(column, index)))),
        )
    }
}
