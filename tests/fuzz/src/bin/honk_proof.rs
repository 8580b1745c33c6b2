//! Proofs with their keys: only golden ones are taken. The first byte chooses the flavor; key, public inputs and proof follow.
#![no_main]

use std::sync::LazyLock;

use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, verify_proof};

static SRS: LazyLock<VerifierSrs> = LazyLock::new(|| {
    let point = include_bytes!("../../../vectors/srs/dev-bn254_g2.dat");
    VerifierSrs::from_bytes(point).expect("a point of the second group")
});

macro_rules! golden {
    ($($circuit:literal $target:literal,)*) => {
        [$(concat_bytes([
            include_bytes!(concat!("../../../vectors/honk/", $circuit, ".", $target, "/vk")),
            include_bytes!(concat!("../../../vectors/honk/", $circuit, ".", $target, "/public_inputs")),
            include_bytes!(concat!("../../../vectors/honk/", $circuit, ".", $target, "/proof")),
        ]),)*]
    };
}

fn concat_bytes(files: [&[u8]; 3]) -> Vec<u8> {
    files.concat()
}

static GOLDEN: LazyLock<[Vec<u8>; 10]> = LazyLock::new(|| {
    golden![
        "t1" "noir-recursive-no-zk",
        "t1" "noir-recursive",
        "t1" "evm-no-zk",
        "t1" "evm",
        "t1" "noir-rollup",
        "mix" "noir-recursive-no-zk",
        "mix" "noir-recursive",
        "mix" "evm-no-zk",
        "mix" "evm",
        "mix" "noir-rollup",
    ]
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, bytes)) = bytes.split_first() else { return };
    let flavor = Flavor::ALL[usize::from(choice) % Flavor::ALL.len()];
    let key_len = flavor.oracle_hash().key_words() * 32;
    let Some((key, rest)) = bytes.split_at_checked(key_len) else { return };
    let Ok(key) = VerificationKey::from_bytes(flavor.oracle_hash(), key) else { return };
    let own = (key.num_public_inputs as usize).saturating_sub(flavor.backend_public_inputs()) * 32;
    let Some((public_inputs, proof)) = rest.split_at_checked(own) else { return };
    let Ok(proof) = Proof::from_files(flavor, &key, public_inputs, proof) else { return };
    if verify_proof(&key, &proof, &SRS).is_ok() {
        assert!(GOLDEN.iter().any(|golden| golden == bytes), "a proof that bb did not make");
    }
});
