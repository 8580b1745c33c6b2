//! Proofs of the released program, ready to be changed.

use std::sync::LazyLock;

use chinampa_honk::transcript::{WORD_BYTES, Word};
use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, VerifyError, verify_proof};
use chinampa_testkit::vectors;

/// The reference string that the proofs were made on.
pub(crate) static SRS: LazyLock<VerifierSrs> = LazyLock::new(|| {
    let bytes = vectors::bytes("srs/dev-bn254_g2.dat").try_into().expect("128 bytes");
    VerifierSrs::from_bytes(&bytes).expect("a point of the second group")
});

/// The modulus of scalars, big-endian.
pub(crate) const P: Word = modulus(chinampa_kernels::Fr::MODULUS);
/// The modulus of coordinates, big-endian.
pub(crate) const Q: Word = modulus(chinampa_kernels::Fq::MODULUS);

const fn modulus(limbs: [u64; 4]) -> Word {
    let mut word = [0; WORD_BYTES];
    let mut i = 0;
    while i < WORD_BYTES {
        word[WORD_BYTES - 1 - i] = (limbs[i / 8] >> (8 * (i % 8))) as u8;
        i += 1;
    }
    word
}

/// The sum of two integers below `2^256`, modulo that.
pub(crate) fn add(a: Word, b: Word) -> Word {
    let mut sum = [0; WORD_BYTES];
    let mut carry = 0;
    for i in (0..WORD_BYTES).rev() {
        let digit = u16::from(a[i]) + u16::from(b[i]) + carry;
        sum[i] = digit as u8;
        carry = digit >> 8;
    }
    sum
}

/// A proof with all that belongs to it.
#[derive(Clone)]
pub(crate) struct Golden {
    pub(crate) flavor: Flavor,
    pub(crate) key: VerificationKey,
    pub(crate) public_inputs: Vec<Word>,
    pub(crate) proof: Vec<Word>,
}

impl Golden {
    pub(crate) fn load(circuit: &str, flavor: Flavor) -> Self {
        let file = |name| vectors::bytes(&format!("honk/{circuit}.{}/{name}", flavor.target()));
        let words = |name| file(name).as_chunks::<WORD_BYTES>().0.to_vec();
        let key = VerificationKey::from_bytes(flavor.oracle_hash(), &file("vk")).expect("a key");
        Self { flavor, key, public_inputs: words("public_inputs"), proof: words("proof") }
    }

    pub(crate) fn verify(&self) -> Result<(), VerifyError> {
        let (public_inputs, proof) = (self.public_inputs.as_flattened(), self.proof.as_flattened());
        verify_proof(&self.key, &Proof::from_files(self.flavor, &self.key, public_inputs, proof)?, &SRS)
    }
}
