//! The values of a circuit's witnesses, and the file in which other programs take them.

use std::io::Read as _;

use acvm::{AcirField as _, FieldElement};
use ark_ff::PrimeField as _;
use chinampa_kernels::Fr;
use flate2::Compression;
use flate2::read::GzEncoder;
use rayon::prelude::*;

/// Values of the witnesses of one circuit, by index. Some indices may have none.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    values: Vec<Option<Fr>>,
}

impl Witness {
    pub(crate) fn new(values: Vec<Option<Fr>>) -> Self {
        Self { values }
    }

    /// The values of a solver.
    pub(crate) fn of_solver(values: Vec<Option<FieldElement>>) -> Self {
        Self::new(values.into_iter().map(|value| value.map(to_kernel)).collect())
    }

    /// The value of witness `index`, if it has one.
    pub fn get(&self, index: u32) -> Option<Fr> {
        self.values.get(index as usize).copied().flatten()
    }

    /// One more than the largest index of the circuit.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the circuit has no witnesses.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Indices that have a value, ascending.
    pub fn assigned(&self) -> impl Iterator<Item = (u32, Fr)> + '_ {
        (0..).zip(&self.values).filter_map(|(index, value)| Some((index, (*value)?)))
    }

    /// All values; zero where there is none.
    pub(crate) fn or_zero(&self) -> Vec<Fr> {
        self.values.par_iter().map(|value| value.unwrap_or(Fr::ZERO)).collect()
    }

    /// The witness file of Noir 1.0.0-beta.18, which `bb prove -w` reads: gzip of a stack of one witness map in compact
    /// msgpack. The same values give the same bytes as Aztec's own solver writes.
    pub fn to_file(&self) -> Vec<u8> {
        self.compressed(Compression::best())
    }

    /// The same for a file that is read once, and not kept: larger, and written in a fraction of the time.
    pub fn to_scratch_file(&self) -> Vec<u8> {
        self.compressed(Compression::fast())
    }

    fn compressed(&self, level: Compression) -> Vec<u8> {
        let count = self.values.iter().flatten().count();
        // Format 3; then three arrays of one item: the stack, its list of items, the item; index 0; the map.
        let mut raw = Vec::with_capacity(16 + count * 40);
        raw.extend_from_slice(&[3, 0x91, 0x91, 0x92, 0x00]);
        let count = u32::try_from(count).expect("indices are u32");
        match count {
            0..=15 => raw.push(0x80 | count as u8),
            16..=0xffff => {
                raw.push(0xde);
                raw.extend_from_slice(&count.to_be_bytes()[2..]);
            }
            _ => {
                raw.push(0xdf);
                raw.extend_from_slice(&count.to_be_bytes());
            }
        }
        for (index, value) in (0..).zip(&self.values) {
            let Some(value) = value else { continue };
            put_index(&mut raw, index);
            raw.extend_from_slice(&[0xc4, 32]);
            raw.extend_from_slice(&value.to_be_bytes());
        }
        // Read from the encoder, as Noir does: the compressed bytes depend on how it is driven.
        let mut out = Vec::with_capacity(raw.len() / 2);
        let mut encoder = GzEncoder::new(raw.as_slice(), level);
        encoder.read_to_end(&mut out).expect("reading from memory");
        out
    }
}

/// An unsigned number in the shortest form of msgpack.
fn put_index(out: &mut Vec<u8>, index: u32) {
    let bytes = index.to_be_bytes();
    match index {
        0..=0x7f => out.push(bytes[3]),
        0x80..=0xff => out.extend_from_slice(&[0xcc, bytes[3]]),
        0x100..=0xffff => out.extend_from_slice(&[0xcd, bytes[2], bytes[3]]),
        _ => {
            out.push(0xce);
            out.extend_from_slice(&bytes);
        }
    }
}

/// The field element of the kernels.
pub(crate) fn to_kernel(value: FieldElement) -> Fr {
    let limbs = value.into_repr().into_bigint().0;
    Fr::from_canonical_limbs(limbs).expect("a field element is below the modulus")
}

/// The field element of the solver.
pub(crate) fn from_kernel(value: Fr) -> FieldElement {
    FieldElement::from_be_bytes_reduce(&value.to_be_bytes())
}
