//! The verifier against proofs of bb 4.1.2 (`tests/vectors/honk`): those are taken, and nothing that differs from them.

mod golden;

use chinampa_honk::transcript::{TranscriptError, WORD_BYTES, Word, WordError};
use chinampa_honk::{Flavor, Proof, ProofError, Section, VerifyError, layout, verify, verify_proof};
use chinampa_kernels::Fr;
use golden::{Golden, P, Q, SRS, add};

/// The circuits of which there are proofs of a flavor.
fn circuits(flavor: Flavor) -> &'static [&'static str] {
    match flavor {
        Flavor::Ultra | Flavor::UltraKeccakZK => &["t1", "mix", "rec1"],
        Flavor::UltraZK | Flavor::UltraKeccak => &["t1", "mix"],
        Flavor::UltraRollup => &["t1", "mix", "recr2"],
    }
}

#[test]
fn proofs_of_the_released_program_verify() {
    for flavor in Flavor::ALL {
        for circuit in circuits(flavor) {
            let golden = Golden::load(circuit, flavor);
            assert_eq!(golden.verify(), Ok(()), "{circuit} {flavor:?}");
            let public_inputs: Vec<Fr> =
                golden.public_inputs.iter().map(|word| Fr::from_be_bytes(word).unwrap()).collect();
            assert_eq!(verify(flavor, &golden.key, &public_inputs, &golden.proof, &SRS), Ok(()));
        }
    }
}

/// Each word of proof and public inputs in turn, one more.
fn every_word_counts(circuit: &str, flavor: Flavor) {
    let golden = Golden::load(circuit, flavor);
    let plus_one = |word: &mut Word| {
        *word = (Fr::from_be_bytes_reduced(word) + Fr::ONE).to_be_bytes();
    };
    for index in 0..golden.public_inputs.len() {
        let mut mutated = golden.clone();
        plus_one(&mut mutated.public_inputs[index]);
        // The challenges are others, so the univariates do not fit together.
        let error = mutated.verify().expect_err("another public input");
        assert!(matches!(error, VerifyError::SumcheckRound { round: 0..=1 }), "{index}: {error:?}");
    }
    for Section { name, index, words } in layout(flavor, golden.key.log_circuit_size as usize) {
        for position in words {
            let mut mutated = golden.clone();
            plus_one(&mut mutated.proof[position]);
            let error = mutated.verify().expect_err("a word of another proof");
            assert!(!matches!(error, VerifyError::Proof(_)), "{name}{index}: {error:?}");
        }
    }
}

#[test]
fn every_word_of_an_ultra_proof_counts() {
    every_word_counts("t1", Flavor::Ultra);
    every_word_counts("mix", Flavor::Ultra);
}

#[test]
fn every_word_of_a_zero_knowledge_proof_counts() {
    every_word_counts("t1", Flavor::UltraZK);
    every_word_counts("mix", Flavor::UltraZK);
}

#[test]
fn every_word_of_a_keccak_proof_counts() {
    every_word_counts("t1", Flavor::UltraKeccak);
    every_word_counts("mix", Flavor::UltraKeccak);
    every_word_counts("t1", Flavor::UltraKeccakZK);
    every_word_counts("mix", Flavor::UltraKeccakZK);
}

#[test]
fn every_word_of_a_rollup_proof_counts() {
    every_word_counts("t1", Flavor::UltraRollup);
    every_word_counts("mix", Flavor::UltraRollup);
}

/// Whether a section holds points of BN254.
fn is_commitment(section: &Section) -> bool {
    let is_scalar = ["univariate", "evaluation", "Gemini:a_", "Libra:Sum", "_eval", "pairing", "ipa", "IPA:"];
    !is_scalar.iter().any(|part| section.name.contains(part))
}

/// The low 136 bits, and the rest.
fn halves(word: &Word) -> [Word; 2] {
    let (mut low, mut high) = ([0; WORD_BYTES], [0; WORD_BYTES]);
    low[15..].copy_from_slice(&word[15..]);
    high[17..].copy_from_slice(&word[..15]);
    [low, high]
}

fn words_of(flavor: Flavor, x: Word, y: Word) -> Vec<Word> {
    if flavor.oracle_hash().point_words() == 2 {
        return vec![x, y];
    }
    [x, y].into_iter().flat_map(|coordinate| halves(&coordinate)).collect()
}

fn small(value: u8) -> Word {
    let mut word = [0; WORD_BYTES];
    word[WORD_BYTES - 1] = value;
    word
}

#[test]
fn every_commitment_counts_and_has_one_encoding() {
    for flavor in Flavor::ALL {
        let golden = Golden::load("mix", flavor);
        let log_circuit_size = golden.key.log_circuit_size as usize;
        for section in layout(flavor, log_circuit_size).into_iter().filter(is_commitment) {
            let range = section.words.clone();
            let with = |words: Vec<Word>| {
                let mut mutated = golden.clone();
                mutated.proof.splice(range.clone(), words);
                mutated.verify().expect_err("another commitment")
            };
            let name = format!("{flavor:?} {}{}", section.name, section.index);
            let is_padding =
                flavor.has_zk() && section.name == "Gemini:FOLD_" && section.index >= log_circuit_size;
            if is_padding {
                assert_eq!(golden.proof[range.clone()], words_of(flavor, small(0), small(0)));
                let error = with(words_of(flavor, small(1), small(2)));
                assert_eq!(error, VerifyError::Padding { round: section.index, name: section.name });
                continue;
            }
            // The generator, a point off the curve, infinity, and coordinates that are no field elements.
            let error = with(words_of(flavor, small(1), small(2)));
            assert!(
                !matches!(error, VerifyError::Transcript(_) | VerifyError::Proof(_)),
                "{name}: {error:?}"
            );
            let error = with(words_of(flavor, small(1), small(1)));
            assert!(matches!(word_error(&error), Some(WordError::Point(_))), "{name}: {error:?}");
            let error = with(words_of(flavor, small(0), small(0)));
            assert!(
                matches!(error, VerifyError::Transcript(TranscriptError::Infinity { .. })),
                "{name}: {error:?}"
            );
            let error = with(words_of(flavor, add(small(1), Q), small(2)));
            assert!(matches!(word_error(&error), Some(WordError::Field(_))), "{name}: {error:?}");
        }
    }
}

fn word_error(error: &VerifyError) -> Option<&WordError> {
    match error {
        VerifyError::Transcript(TranscriptError::Word { source, .. }) => Some(source),
        _ => None,
    }
}

/// Barretenberg reduces scalars at or above the modulus, if the proof is over Poseidon2. Here they are refused, wherever they
/// stand.
#[test]
fn every_scalar_has_one_encoding() {
    for flavor in Flavor::ALL {
        let golden = Golden::load("t1", flavor);
        for section in layout(flavor, golden.key.log_circuit_size as usize) {
            if is_commitment(&section) || section.name.starts_with("IPA:a") {
                continue;
            }
            for position in section.words {
                let mut mutated = golden.clone();
                mutated.proof[position] = add(mutated.proof[position], P);
                let error = mutated.verify().expect_err("a scalar above the modulus");
                let is_refused = match &error {
                    VerifyError::Ipa(chinampa_honk::ipa::IpaError::Transcript(error)) => {
                        matches!(error, TranscriptError::Word { .. })
                    }
                    error => matches!(word_error(error), Some(WordError::Field(_))),
                };
                assert!(is_refused, "{flavor:?} {}{}: {error:?}", section.name, section.index);
            }
        }
        let mut mutated = golden;
        mutated.public_inputs[0] = add(mutated.public_inputs[0], P);
        let error = mutated.verify().expect_err("a public input above the modulus");
        assert!(matches!(error, VerifyError::Proof(ProofError::PublicInput { index: 0, .. })), "{error:?}");
    }
}

#[test]
fn halves_of_coordinates_do_not_overlap() {
    let mut mutated = Golden::load("mix", Flavor::Ultra);
    // 2^136 more in the low half of W_L's x, one less in the high half: the same coordinate.
    mutated.proof[8][WORD_BYTES - 18] += 1;
    mutated.proof[9][WORD_BYTES - 1] -= 1;
    let error = mutated.verify().expect_err("two encodings");
    assert_eq!(word_error(&error), Some(&WordError::Half { half: "low", bits: 136 }));
}

#[test]
fn other_lengths_are_refused() {
    for flavor in Flavor::ALL {
        let golden = Golden::load("mix", flavor);
        let expected = golden.proof.len();
        for actual in [0, 1, expected - 1, expected + 1, 2 * expected] {
            let mut mutated = golden.clone();
            mutated.proof.resize(actual, [0; WORD_BYTES]);
            let error = ProofError::Length { expected, actual };
            assert_eq!(mutated.verify(), Err(VerifyError::Proof(error)));
        }
        let expected = golden.public_inputs.len();
        for actual in [expected - 1, expected + 1] {
            let mut mutated = golden.clone();
            mutated.public_inputs.resize(actual, [0; WORD_BYTES]);
            let error = ProofError::PublicInputs { expected, actual };
            assert_eq!(mutated.verify(), Err(VerifyError::Proof(error)));
        }
    }
}

#[test]
fn a_proof_is_for_one_key_and_one_flavor() {
    for flavor in Flavor::ALL {
        let (t1, mix) = (Golden::load("t1", flavor), Golden::load("mix", flavor));
        let swapped = Golden { key: mix.key.clone(), ..t1.clone() };
        let error = swapped.verify().expect_err("a proof for another circuit");
        match flavor {
            // The length of a Keccak proof tells the size of the circuit.
            Flavor::UltraKeccak | Flavor::UltraKeccakZK => {
                assert!(matches!(error, VerifyError::Proof(ProofError::Length { .. })), "{error:?}");
            }
            _ => assert!(matches!(error, VerifyError::SumcheckRound { .. }), "{error:?}"),
        }
        // Each number and each commitment of the key.
        let mut keys = vec![t1.key.clone(); 29];
        keys[0].log_circuit_size += 1;
        for (key, position) in keys[1..].iter_mut().zip(0..) {
            key.commitments[position] = t1.key.commitments[(position + 1) % 28];
        }
        for (position, key) in keys.into_iter().enumerate() {
            let changed = key != t1.key;
            let result = Golden { key, ..t1.clone() }.verify();
            assert!(result.is_err() || !changed, "{flavor:?} key {position}");
        }
        for other in Flavor::ALL.into_iter().filter(|&other| other != flavor) {
            let result = Golden { flavor: other, ..t1.clone() }.verify();
            assert!(matches!(result, Err(VerifyError::Proof(_))), "{flavor:?} as {other:?}: {result:?}");
        }
    }
}

/// A proof that was read for one key and is verified with another: `verify_proof` cannot trust the lengths.
#[test]
fn a_proof_read_for_another_key_is_refused() {
    let (t1, mix) = (Golden::load("t1", Flavor::UltraKeccak), Golden::load("mix", Flavor::UltraKeccak));
    let read = |golden: &Golden| {
        Proof::from_files(
            golden.flavor,
            &golden.key,
            golden.public_inputs.as_flattened(),
            golden.proof.as_flattened(),
        )
    };
    assert!(verify_proof(&mix.key, &read(&t1).unwrap(), &SRS).is_err());
    assert!(verify_proof(&t1.key, &read(&mix).unwrap(), &SRS).is_err());
}
