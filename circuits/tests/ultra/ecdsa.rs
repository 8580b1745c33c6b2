//! Signatures over both curves, with the smaller `s`.
//!
//! # Sources
//! secp256r1: RFC 6979, appendix A.2.5 (SHA-256, "sample"). secp256k1: a signature of SHA-256 of "sample", one of hashes that
//! are zero modulo the order, and one of "Satoshi Nakamoto" by the key 1, whose point is the generator, with the nonce of
//! RFC 6979.

use std::fs;
use std::process::Command;

use chinampa_circuits::{BackendInputs, CircuitError, NoOracle, UltraProgram};
use chinampa_honk::prove::Prover;
use chinampa_honk::srs::ProverSrs;
use chinampa_honk::{Flavor, Proof, VerificationKey, VerifierSrs, verify_proof};
use chinampa_kernels::Fr;
use chinampa_kernels::curve::bn254::G1Affine;
use chinampa_testkit::{peers, vectors};

use crate::acir::{BlackBox, F, Input, Opcode, Program};
use crate::witnesses::checked_trace;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    K1,
    R1,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Signature {
    curve: Curve,
    key: [&'static str; 2],
    r: &'static str,
    s: &'static str,
    hash: &'static str,
}

pub(crate) const R1: Signature = Signature {
    curve: Curve::R1,
    key: [
        "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6",
        "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299",
    ],
    r: "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716",
    s: "0834e36ad29a83bf2bc9385e491d6099c8fdf9d1ed67aa7ea5f51f93782857a9",
    hash: SAMPLE,
};
const R1_LARGE_S: &str = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8";

const SAMPLE: &str = "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";
const OTHER_HASH: &str = "bf2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf";

pub(crate) const K1: Signature = Signature {
    curve: Curve::K1,
    key: [
        "df42306e8672b7812987479140df7e71f8af65e58fb17909d9787a3351a89377",
        "159c8cad9ad22a85306901958c642356c5574e4c0f248796e964a30ad9716555",
    ],
    r: "17f53289eac961e5adc858d3ca50dab056ddca7a1a906c0815a0369312d1aa49",
    s: "31db0965378a7431fbe892d21e32ef18b5eb2cdcc522e2477975d83e8f7f1b32",
    hash: SAMPLE,
};
const K1_LARGE_S: &str = "ce24f69ac8758bce04176d2de1cd10e604c3b009ea25bdf4465c864e40b7260f";

/// A hash of zero, and one of the order itself: nothing of the generator is added.
const K1_ZERO: [Signature; 2] = {
    let s = "04f8b77f5f02dededa5603ea9ffb8cca596ec44783acad5f4dfb1edc5f2e9854";
    let zero = "0000000000000000000000000000000000000000000000000000000000000000";
    let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
    [Signature { s, hash: zero, ..K1 }, Signature { s, hash: order, ..K1 }]
};

/// The key is the generator.
const K1_GENERATOR: Signature = Signature {
    curve: Curve::K1,
    key: [
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8",
    ],
    r: "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8",
    s: "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    hash: "a0dc65ffca799873cbea0ac274015b9526505daaaed385155425f7337704883e",
};

fn witnesses(program: &mut Program, hex: &str) -> Vec<Input> {
    let byte = |index: usize| u64::from_str_radix(&hex[index..index + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(|index| Input::Witness(program.input(Fr::from(byte(index))))).collect()
}

impl Signature {
    /// A program of one verification; a constant predicate where `predicate` is none.
    fn verification(self, predicate: Option<bool>) -> Program {
        let mut program = Program::new("ecdsa");
        self.push(&mut program, predicate);
        program
    }

    /// Adds inputs and a verification of them to a program without anything but inputs. The answer is its last witness.
    fn push(self, program: &mut Program, predicate: Option<bool>) {
        let [x, y] = self.key.map(|hex| witnesses(program, hex));
        let signature = witnesses(program, &format!("{}{}", self.r, self.s));
        let hash = witnesses(program, self.hash);
        let predicate = match predicate {
            Some(holds) => Input::Witness(program.input(Fr::from(u64::from(holds)))),
            None => Input::Constant(F(Fr::ONE)),
        };
        let output = program.fresh();
        program.push(match self.curve {
            Curve::K1 => BlackBox::EcdsaSecp256k1 { x, y, signature, hash, predicate, output },
            Curve::R1 => BlackBox::EcdsaSecp256r1 { x, y, signature, hash, predicate, output },
        });
    }
}

/// Verifications for `generate`: with predicates that hold and that do not, of a signature that is none, and of equal
/// inputs twice.
pub(crate) fn programs() -> Vec<Program> {
    let named = |name: &str, mut program: Program| {
        program.name = name.to_owned();
        program
    };
    let mut twice = K1.verification(None);
    let Opcode::BlackBoxFuncCall(BlackBox::EcdsaSecp256k1 { x, y, signature, hash, .. }) =
        twice.opcodes[0].clone()
    else {
        unreachable!()
    };
    let output = twice.fresh();
    let predicate = Input::Constant(F(Fr::ONE));
    twice.push(BlackBox::EcdsaSecp256k1 { x, y, signature, hash, predicate, output });
    vec![
        named("ecdsa_r1_predicate", R1.verification(Some(true))),
        named("ecdsa_k1_predicate", K1.verification(Some(true))),
        named("ecdsa_k1_never", Signature { s: K1_LARGE_S, ..K1 }.verification(Some(false))),
        named("ecdsa_k1_wrong", Signature { hash: OTHER_HASH, ..K1 }.verification(None)),
        named("ecdsa_k1_twice", twice),
    ]
}

/// Solves a program, and checks all rows of its circuit.
fn check(program: &Program) {
    let witness = program.artifact().solve(&program.inputs, &mut NoOracle).unwrap();
    checked_trace(&UltraProgram::from_gzip(&program.gzip()).unwrap(), &witness);
}

#[test]
fn witnesses_of_signatures_over_secp256r1_satisfy_their_circuits() {
    check(&R1.verification(None));
    check(&Signature { hash: OTHER_HASH, ..R1 }.verification(None));
    check(&R1.verification(Some(true)));
    check(&Signature { s: R1_LARGE_S, hash: OTHER_HASH, ..R1 }.verification(Some(false)));
}

#[test]
fn witnesses_of_signatures_over_secp256k1_satisfy_their_circuits() {
    check(&K1.verification(None));
    check(&K1_GENERATOR.verification(None));
    check(&Signature { hash: OTHER_HASH, ..K1 }.verification(None));
    check(&K1.verification(Some(true)));
    check(&Signature { s: K1_LARGE_S, hash: OTHER_HASH, ..K1 }.verification(Some(false)));
    for signature in K1_ZERO {
        check(&signature.verification(None));
    }
}

/// Whether a circuit takes an answer, whatever the solver says.
fn accepts(program: &Program, answer: u64) -> bool {
    let mut free = Program::new("free");
    for value in program.inputs.iter().copied().chain([Fr::from(answer)]) {
        free.input(value);
    }
    let witness = free.artifact().solve(&free.inputs, &mut NoOracle).unwrap();
    let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
    match program.proof_circuit(&witness, BackendInputs::PairingPoints) {
        Ok(_) => true,
        Err(CircuitError::Unsatisfied { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn a_wrong_answer_and_the_larger_s_are_refused() {
    for (signature, large_s) in [(R1, R1_LARGE_S), (K1, K1_LARGE_S)] {
        for (s, hash, answer, is_accepted) in [
            (signature.s, SAMPLE, 1, true),
            (signature.s, SAMPLE, 0, false),
            (signature.s, OTHER_HASH, 0, true),
            (signature.s, OTHER_HASH, 1, false),
            (large_s, SAMPLE, 1, false),
            (large_s, SAMPLE, 0, false),
        ] {
            let program = Signature { s, hash, ..signature }.verification(None);
            assert_eq!(accepts(&program, answer), is_accepted, "{:?} {s} {hash} {answer}", signature.curve);
        }
    }
    // Zero is no signature, and a point off the curve no key.
    let zero = K1_ZERO[0].hash;
    for broken in [
        Signature { r: zero, ..K1 },
        Signature { s: zero, ..K1 },
        Signature { key: [K1.key[1], K1.key[0]], ..K1 },
        Signature { key: [zero; 2], ..K1 },
    ] {
        assert!(!accepts(&broken.verification(None), 0), "{broken:?}");
    }
}

#[test]
fn constants_in_signatures_are_refused() {
    let built = |program: &Program| {
        let program = UltraProgram::from_gzip(&program.gzip()).unwrap();
        program.key_circuit(BackendInputs::PairingPoints).map(drop)
    };
    for signature in [R1, K1] {
        let with = |change: fn(&mut Vec<Input>, &mut Input)| {
            let mut program = signature.verification(None);
            let Opcode::BlackBoxFuncCall(
                BlackBox::EcdsaSecp256r1 { hash, predicate, .. }
                | BlackBox::EcdsaSecp256k1 { hash, predicate, .. },
            ) = &mut program.opcodes[0]
            else {
                unreachable!()
            };
            change(hash, predicate);
            built(&program)
        };
        assert_eq!(with(|_, _| ()), Ok(()));
        let refused: [fn(&mut Vec<Input>, &mut Input); 2] = [
            |hash, _| hash[31] = Input::Constant(F(Fr::ONE)),
            |_, predicate| *predicate = Input::Constant(F(Fr::ZERO)),
        ];
        for change in refused {
            assert!(matches!(with(change), Err(CircuitError::Malformed { .. })));
        }
    }
}

/// Our proof of a program and bb's, both on the development reference string, and the key for them.
fn proofs(program: &Program) -> (VerificationKey, Proof, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let witness = program.artifact().solve(&program.inputs, &mut NoOracle).unwrap();
    let bytecode = UltraProgram::from_gzip(&program.gzip()).unwrap();
    let trace = bytecode.proof_circuit(&witness, BackendInputs::PairingPoints).unwrap().into_trace();
    let srs = ProverSrs::development(crate::key::secret(), trace.size() + 1);
    let points: Vec<u8> = srs.points().iter().flat_map(G1Affine::to_be_bytes).collect();
    fs::write(path("bn254_g1.dat"), points).unwrap();
    fs::write(path("program.gz"), program.gzip()).unwrap();
    fs::write(path("witness.gz"), witness.to_scratch_file()).unwrap();
    let bb = Command::new(peers::path("bin/bb"))
        .args(["prove", "-b", "program.gz", "-w", "witness.gz", "-c", ".", "-o", ".", "--write_vk"])
        .args(["-t", Flavor::Ultra.target()])
        .current_dir(folder.path())
        .env("HOME", folder.path())
        .output()
        .unwrap();
    assert!(bb.status.success(), "{}", String::from_utf8_lossy(&bb.stderr));
    let key = VerificationKey::from_trace(&trace, srs.points()).unwrap();
    assert!(key.to_bytes(Flavor::Ultra.oracle_hash()) == fs::read(path("vk")).unwrap());
    let proof = Prover::new(srs.points()).prove(Flavor::Ultra, trace, &key).unwrap().proof;
    (key, proof, fs::read(path("proof")).unwrap())
}

/// Every value in the circuit is Barretenberg's then, also those that a prover is free to choose.
#[test]
fn proofs_of_signatures_are_barretenbergs() {
    let srs = VerifierSrs::from_bytes(&vectors::bytes("srs/dev-bn254_g2.dat").try_into().unwrap()).unwrap();
    for signature in [K1, Signature { hash: OTHER_HASH, ..K1_GENERATOR }, R1] {
        let (key, ours, theirs) = proofs(&signature.verification(None));
        assert_eq!(verify_proof(&key, &ours, &srs), Ok(()), "{signature:?}");
        assert!(ours.proof_bytes() == theirs, "{signature:?}");
    }
}
