//! A verification key without a reference string: where the secret of the string is known, the commitment to a column
//! is the column's value at the secret, times the generator.

use chinampa_honk::trace::{Column, Trace};
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_kernels::{Fq, Fr};
use chinampa_testkit::vectors;

/// Names of the precomputed columns, for messages.
pub(crate) const COLUMNS: [&str; 28] = [
    "q_m",
    "q_c",
    "q_l",
    "q_r",
    "q_o",
    "q_4",
    "q_lookup",
    "q_arith",
    "q_delta_range",
    "q_elliptic",
    "q_memory",
    "q_nnf",
    "q_poseidon2_external",
    "q_poseidon2_internal",
    "sigma_1",
    "sigma_2",
    "sigma_3",
    "sigma_4",
    "id_1",
    "id_2",
    "id_3",
    "id_4",
    "table_1",
    "table_2",
    "table_3",
    "table_4",
    "lagrange_first",
    "lagrange_last",
];

/// What `bb write_vk` writes.
#[derive(Debug, PartialEq)]
pub(crate) struct Key {
    pub(crate) log_size: u64,
    pub(crate) public_inputs: u64,
    pub(crate) offset: u64,
    pub(crate) points: Vec<G1Affine>,
}

impl Key {
    /// Reads a key file: fields of 32 bytes; a coordinate is two, the lower 136 bits first.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        assert_eq!(bytes.len(), 115 * 32, "a key has 115 fields");
        let fields: Vec<&[u8; 32]> = bytes.chunks_exact(32).map(|field| field.try_into().unwrap()).collect();
        let number = |field: &[u8; 32]| u64::from_be_bytes(field[24..].try_into().unwrap());
        let coordinate = |parts: &[&[u8; 32]]| {
            let mut joined = [0; 32];
            joined[..15].copy_from_slice(&parts[1][17..]);
            joined[15..].copy_from_slice(&parts[0][15..]);
            Fq::from_be_bytes(&joined).unwrap()
        };
        let points = fields[3..].chunks_exact(4).map(|point| {
            G1Affine::new(coordinate(&point[..2]), coordinate(&point[2..]))
                .expect("a key's points are on the curve")
        });
        Self {
            log_size: number(fields[0]),
            public_inputs: number(fields[1]),
            offset: number(fields[2]),
            points: points.collect(),
        }
    }
}

/// The secret of the development string.
pub(crate) fn secret() -> Fr {
    vectors::text("srs/dev-tau.txt").trim().parse().unwrap()
}

/// The column's value at a point.
pub(crate) fn evaluate(column: &Column, point: Fr) -> Fr {
    let rows = (column.start()..column.end()).rev();
    let value = rows.fold(Fr::ZERO, |sum, row| sum * point + column.get(row));
    value * point.pow(&[column.start() as u64, 0, 0, 0])
}

/// Compares a trace with a key; the answer names what differs.
pub(crate) fn compare(trace: &Trace, key: &Key) -> Result<(), String> {
    let sizes =
        (u64::from(trace.log_size), trace.public_inputs.len() as u64, trace.public_inputs_offset as u64);
    let expected = (key.log_size, key.public_inputs, key.offset);
    let tau = secret();
    let differing: Vec<&str> = trace
        .precomputed
        .iter()
        .zip(&key.points)
        .zip(COLUMNS)
        .filter(|((column, point), _)| G1Affine::GENERATOR * evaluate(column, tau) != (**point).into())
        .map(|(_, name)| name)
        .collect();
    if sizes == expected && differing.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "(log size, inputs, offset) {sizes:?}, expected {expected:?}; columns {differing:?} differ"
        ))
    }
}
