//! The verifier beside bb 4.1.2's own, on the same bytes: what bb refuses is refused.
//!
//! bb's second point of the reference string is a constant inside the program; a copy gets that of the development string.

mod golden;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chinampa_honk::transcript::Word;
use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, VerifyError, layout, verify_proof};
use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_testkit::{peers, vectors};
use golden::{Golden, P, Q, SRS, add};

/// First bytes of the ceremony's point, as they lie in bb.
const CEREMONY: &[u8] = b"\x01\x18\xc4\xd5\xb8\x37\xbc\xc2\xbc\x89\xb5\xb3\x98\xb5\x97\x4e";

/// bb on the development string, in a folder of its own.
struct Bb {
    folder: tempfile::TempDir,
    program: PathBuf,
}

impl Bb {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut bytes = fs::read(peers::path("bin/bb")).expect("bb 4.1.2");
        let position = bytes.windows(CEREMONY.len()).position(|window| window == CEREMONY);
        let position = position.expect("the ceremony's point is in bb");
        let point = vectors::bytes("srs/dev-bn254_g2.dat");
        bytes[position..][..point.len()].copy_from_slice(&point);
        let program = folder.path().join("bb");
        fs::write(&program, bytes).expect("a copy of bb");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("an executable copy");
        // A verifier needs one point of the first group; those of Grumpkin bb derives.
        fs::write(folder.path().join("bn254_g1.dat"), G1Affine::GENERATOR.to_be_bytes()).expect("a point");
        Self { folder, program }
    }

    fn accepts(&self, golden: &Golden) -> bool {
        let path = |name: &str| self.folder.path().join(name);
        let write = |name: &str, bytes: &[u8]| fs::write(path(name), bytes).expect("a file");
        write("vk", &golden.key.to_bytes(golden.flavor.oracle_hash()));
        write("proof", golden.proof.as_flattened());
        write("public_inputs", golden.public_inputs.as_flattened());
        let file = |flag: &'static str, path: &Path| [flag.into(), path.as_os_str().to_owned()];
        let status = Command::new(&self.program)
            .arg("verify")
            .args(file("-k", &path("vk")))
            .args(file("-p", &path("proof")))
            .args(file("-i", &path("public_inputs")))
            .args(file("-c", self.folder.path()))
            .args(["-t", golden.flavor.target()])
            .env("HOME", self.folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        status.expect("bb runs").success()
    }
}

/// What both verifiers say, as a line on disagreement.
fn compare(bb: &Bb, name: &str, golden: &Golden, disagreements: &mut Vec<String>) {
    let (ours, theirs) = (golden.verify(), bb.accepts(golden));
    assert!(theirs || ours.is_err(), "{:?} {name}: bb refuses what was taken", golden.flavor);
    if theirs && let Err(error) = ours {
        disagreements.push(format!("{:?} {name}: {error:?}", golden.flavor));
    }
}

/// Positions in a proof, one of each section but the repeated ones' last.
fn sample(golden: &Golden) -> Vec<(String, usize)> {
    let sections = layout(golden.flavor, golden.key.log_circuit_size as usize);
    let chosen = sections.into_iter().filter(|section| section.index <= 1 || section.index == 9);
    chosen.map(|section| (format!("{}{}", section.name, section.index), section.words.start)).collect()
}

fn plus_one(word: Word) -> Word {
    (Fr::from_be_bytes_reduced(&word) + Fr::ONE).to_be_bytes()
}

#[test]
fn what_bb_refuses_is_refused() {
    let bb = Bb::new();
    for flavor in Flavor::ALL {
        let golden = Golden::load("t1", flavor);
        let mut disagreements = Vec::new();
        assert!(bb.accepts(&golden) && golden.verify().is_ok(), "{flavor:?}");
        let mut mutate = |name: &str, change: &dyn Fn(&mut Golden)| {
            let mut mutated = golden.clone();
            change(&mut mutated);
            compare(&bb, name, &mutated, &mut disagreements);
        };
        for (name, position) in sample(&golden) {
            mutate(&name, &|golden| golden.proof[position] = plus_one(golden.proof[position]));
        }
        mutate("public input", &|golden| golden.public_inputs[0] = plus_one(golden.public_inputs[0]));
        mutate("no public input", &|golden| golden.public_inputs.clear());
        mutate("two public inputs", &|golden| golden.public_inputs.push([0; 32]));
        mutate("no proof", &|golden| golden.proof.clear());
        mutate("shorter proof", &|golden| golden.proof.truncate(golden.proof.len() - 1));
        mutate("longer proof", &|golden| golden.proof.push([0; 32]));
        mutate("another key", &|golden| golden.key = Golden::load("mix", flavor).key);
        assert_eq!(disagreements, Vec::<String>::new());
    }
}

/// The one known difference: over Poseidon2, bb reduces scalars at or above the modulus.
#[test]
fn scalars_above_the_modulus_are_taken_by_bb_over_poseidon2_only() {
    let bb = Bb::new();
    for (flavor, expected) in [(Flavor::Ultra, true), (Flavor::UltraKeccak, false)] {
        let golden = Golden::load("t1", flavor);
        let univariate = layout(flavor, 6)
            .into_iter()
            .find(|section| section.name == "Sumcheck:univariate_")
            .expect("a section of every proof");
        let mut above = golden.clone();
        above.proof[univariate.words.start] = add(above.proof[univariate.words.start], P);
        assert!(above.verify().is_err());
        assert_eq!(bb.accepts(&above), expected, "{flavor:?} scalar");
        let mut above = golden.clone();
        above.public_inputs[0] = add(above.public_inputs[0], P);
        assert!(above.verify().is_err());
        assert_eq!(bb.accepts(&above), expected, "{flavor:?} public input");
    }
    let mut above = Golden::load("t1", Flavor::UltraKeccak);
    above.proof[8] = add(above.proof[8], Q);
    assert!(above.verify().is_err() && !bb.accepts(&above));
}

/// bb as it is released, on the first points of the ceremony: the smallest program's key, hash and proof.
#[test]
fn a_proof_on_the_ceremonys_points_verifies() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("bn254_g1.dat"), vectors::bytes("srs/bn254_g1_1025.dat")).expect("a file");
    for name in ["t1.acir.gz", "t1.wtns.gz"] {
        fs::copy(vectors::path(&format!("honk/{name}")), path(name)).expect("a file");
    }
    for flavor in [Flavor::Ultra, Flavor::UltraZK, Flavor::UltraKeccak, Flavor::UltraKeccakZK] {
        let status = Command::new(peers::path("bin/bb"))
            .current_dir(folder.path())
            .args(["prove", "-b", "t1.acir.gz", "-w", "t1.wtns.gz", "-o", ".", "-c", ".", "--write_vk"])
            .args(["-t", flavor.target()])
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        assert!(status.expect("bb runs").success(), "{flavor:?}");
        let file = |name: &str| fs::read(path(name)).expect("a file of bb");
        let key = VerificationKey::from_bytes(flavor.oracle_hash(), &file("vk")).expect("a key");
        assert_eq!(key.hash(flavor.oracle_hash()).to_be_bytes().as_slice(), file("vk_hash"));
        let proof = Proof::from_files(flavor, &key, &file("public_inputs"), &file("proof")).expect("a proof");
        assert_eq!(verify_proof(&key, &proof, &VerifierSrs::ignition()), Ok(()), "{flavor:?}");
        assert_eq!(verify_proof(&key, &proof, &SRS), Err(VerifyError::Pairing), "{flavor:?}");
    }
}
