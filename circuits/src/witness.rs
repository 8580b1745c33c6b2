//! The values of a circuit's witnesses, and the file in which other programs take them.

use std::io::Write as _;

use acvm::{AcirField as _, FieldElement};
use chinampa_kernels::Fr;
use flate2::Compression;
use flate2::write::GzEncoder;

/// Values of the witnesses of one circuit, by index. Some indices may have none.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    values: Vec<Option<FieldElement>>,
}

impl Witness {
    pub(crate) fn new(values: Vec<Option<FieldElement>>) -> Self {
        Self { values }
    }

    /// The value of witness `index`, if it has one.
    pub fn get(&self, index: u32) -> Option<Fr> {
        self.values.get(index as usize).copied().flatten().map(to_kernel)
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
        (0..).zip(&self.values).filter_map(|(index, value)| Some((index, to_kernel((*value)?))))
    }

    /// The witness file of Noir 1.0.0-beta.18, which `bb prove -w` reads: gzip of a stack of one witness map in compact
    /// msgpack. The same values give the same bytes as Aztec's own solver writes.
    pub fn to_file(&self) -> Vec<u8> {
        let count = self.values.iter().flatten().count();
        let mut out = GzEncoder::new(Vec::with_capacity(count * 36), Compression::default());
        // Format 3; then three arrays of one item: the stack, its list of items, the item; index 0; the map.
        let mut head = vec![3, 0x91, 0x91, 0x92, 0x00];
        let count = u32::try_from(count).expect("indices are u32");
        match count {
            0..=15 => head.push(0x80 | count as u8),
            16..=0xffff => {
                head.push(0xde);
                head.extend_from_slice(&count.to_be_bytes()[2..]);
            }
            _ => {
                head.push(0xdf);
                head.extend_from_slice(&count.to_be_bytes());
            }
        }
        let infallible = "writing to memory";
        out.write_all(&head).expect(infallible);
        let mut entry = Vec::with_capacity(40);
        for (index, value) in (0..).zip(&self.values) {
            let Some(value) = value else { continue };
            entry.clear();
            put_index(&mut entry, index);
            entry.extend_from_slice(&[0xc4, 32]);
            entry.extend_from_slice(&value.to_be_bytes());
            out.write_all(&entry).expect(infallible);
        }
        out.finish().expect(infallible)
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
    let bytes: [u8; 32] = value.to_be_bytes().try_into().expect("a field element has 32 bytes");
    Fr::from_be_bytes(&bytes).expect("a field element is below the modulus")
}

/// The field element of the solver.
pub(crate) fn from_kernel(value: Fr) -> FieldElement {
    FieldElement::from_be_bytes_reduce(&value.to_be_bytes())
}
