use chinampa_kernels::FieldError;
use chinampa_testkit::vectors;
use proptest::prelude::*;

use super::*;

fn words(name: &str) -> Vec<Word> {
    vectors::bytes(name).as_chunks::<WORD_BYTES>().0.to_vec()
}

/// The first challenges of a proof of `t1`, by replaying its messages up to `z_perm`: eta, beta, gamma, alpha, gate challenge.
fn first_challenges(target: &str, hash: OracleHash) -> [Fr; 5] {
    let file = |name| words(&format!("honk/t1.{target}/{name}"));
    let mut proof = file("public_inputs");
    proof.extend(file("proof"));
    let mut transcript = Transcript::verifier(hash, proof);
    transcript.absorb_scalar(Fr::from_be_bytes(&file("vk_hash")[0]).unwrap());
    transcript.receive_scalars("public_input_", 9).unwrap();
    let points = |transcript: &mut Transcript, count| {
        for _ in 0..count {
            transcript.receive_point("point").unwrap();
        }
    };
    points(&mut transcript, 3);
    let eta = transcript.challenge();
    points(&mut transcript, 3);
    let (beta, gamma) = transcript.challenge_pair();
    points(&mut transcript, 2);
    let alpha = transcript.challenge();
    [eta, beta, gamma, alpha, transcript.challenge()]
}

fn scalars(texts: [&str; 5]) -> [Fr; 5] {
    texts.map(|text| text.parse().unwrap())
}

#[test]
fn challenges_are_those_of_the_reference() {
    assert_eq!(
        first_challenges("noir-recursive-no-zk", OracleHash::Poseidon2),
        scalars([
            "0x277a0f62dc0b92173ea41a24738efb4a",
            "0x5a2397d3d965802aaa2c6af28ed51118",
            "0x1afb44211413e2e65993127b3d98f909",
            "0x406f0edbbb3b8f8e3ae63ac6acdfdee2",
            "0x53c92195b0da7e173e795bb516f84ee7",
        ])
    );
    assert_eq!(
        first_challenges("evm-no-zk", OracleHash::Keccak),
        scalars([
            "0x345051de657ce1a9d50f958d7a616c73",
            "0x030b095c0961835f849942850e61fa0a",
            "0x5237cfe3914ec70c6a6eec523fab02ba",
            "0x038fff6761c00081c4e524e0bb35d704",
            "0x3397efd66b949aafd293e59fa159a34b",
        ])
    );
}

fn fq(bytes: [u8; 32]) -> Fq {
    Fq::from_be_bytes_reduced(&bytes)
}

fn word(integer: &str) -> Word {
    let mut word = [0; 32];
    let bytes = hex::decode(integer).unwrap();
    word[32 - bytes.len()..].copy_from_slice(&bytes);
    word
}

fn received_point(hash: OracleHash, words: &[Word]) -> Result<G1Affine, TranscriptError> {
    Transcript::verifier(hash, words.to_vec()).receive_point("W_L")
}

const P: &str = "30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001";
const Q: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47";
/// `Q + 1`, an alias of the generator's `x`.
const Q_PLUS_ONE: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd48";

#[test]
fn values_have_one_encoding() {
    let mut transcript = Transcript::verifier(OracleHash::Poseidon2, vec![word(P)]);
    assert!(matches!(
        transcript.receive_scalar("Libra:Sum"),
        Err(TranscriptError::Word {
            position: 0,
            source: WordError::Field(FieldError::NotCanonical { .. }),
            ..
        })
    ));
    let (zero, one, two) = (word(""), word("01"), word("02"));
    assert_eq!(received_point(OracleHash::Keccak, &[one, two]), Ok(G1Affine::GENERATOR));
    assert_eq!(received_point(OracleHash::Poseidon2, &[one, zero, two, zero]), Ok(G1Affine::GENERATOR));

    let source = |hash, words: &[Word]| match received_point(hash, words) {
        Err(TranscriptError::Word { position: 0, source, .. }) => source,
        other => panic!("{other:?}"),
    };
    let not_canonical = |error| matches!(error, WordError::Field(FieldError::NotCanonical { .. }));
    assert!(not_canonical(source(OracleHash::Keccak, &[word(Q_PLUS_ONE), two])));
    assert!(not_canonical(source(OracleHash::Keccak, &[one, word(Q)])));
    // q + 1 in halves: 34 digits are 136 bits.
    let (high, low) = Q_PLUS_ONE.split_at(30);
    assert!(not_canonical(source(OracleHash::Poseidon2, &[word(low), word(high), two, zero])));
    let limit = |half, bits| WordError::Half { half, bits };
    let over_low = word(&format!("01{}", "00".repeat(17)));
    assert_eq!(source(OracleHash::Poseidon2, &[over_low, zero, two, zero]), limit("low", 136));
    let over_high = word(&format!("01{}", "00".repeat(15)));
    assert_eq!(source(OracleHash::Poseidon2, &[one, over_high, two, zero]), limit("high", 120));
    assert!(matches!(source(OracleHash::Keccak, &[one, one]), WordError::Point(_)));
}

#[test]
fn infinity_is_received_only_where_it_may_be() {
    for hash in [OracleHash::Poseidon2, OracleHash::Keccak] {
        let words = vec![[0; 32]; hash.point_words()];
        assert_eq!(received_point(hash, &words), Err(TranscriptError::Infinity { name: "W_L", position: 0 }));
        let point = Transcript::verifier(hash, words).receive_point_or_infinity("Gemini:FOLD_");
        assert_eq!(point, Ok(G1Affine::IDENTITY));
    }
}

#[test]
fn ends_are_noticed() {
    let mut transcript = Transcript::verifier(OracleHash::Keccak, vec![word("01"), word("02"), word("03")]);
    assert!(transcript.receive_point("W_L").is_ok());
    assert_eq!(
        transcript.receive_point("W_R"),
        Err(TranscriptError::Missing { name: "W_R", position: 3, len: 3 })
    );
    assert_eq!(transcript.clone().finish(), Err(TranscriptError::Trailing { expected: 2, len: 3 }));
    assert_eq!(transcript.receive_scalar("Libra:Sum"), Ok(Fr::from(3u64)));
    assert_eq!(transcript.finish(), Ok(()));
}

/// What a prover may say.
#[derive(Clone, Debug)]
enum Message {
    Scalar(Fr),
    Point(Fr),
    Base(Fq),
    Grumpkin(Fq),
    Challenge,
}

fn message() -> impl Strategy<Value = Message> {
    let scalar = any::<[u8; 32]>().prop_map(|bytes| Fr::from_be_bytes_reduced(&bytes));
    let non_zero = any::<u64>().prop_map(|value| u128::from(value) + 1);
    prop_oneof![
        scalar.prop_map(Message::Scalar),
        non_zero.clone().prop_map(|value| Message::Point(value.into())),
        any::<[u8; 32]>().prop_map(|bytes| Message::Base(fq(bytes))),
        non_zero.prop_map(|value| Message::Grumpkin(value.into())),
        Just(Message::Challenge),
    ]
}

proptest! {
    #[test]
    fn the_verifier_receives_what_was_sent(
        messages in prop::collection::vec(message(), 0..20),
        keccak: bool,
    ) {
        let hash = if keccak { OracleHash::Keccak } else { OracleHash::Poseidon2 };
        let mut prover = Transcript::prover(hash);
        let mut challenges = Vec::new();
        for message in &messages {
            match *message {
                Message::Scalar(scalar) => prover.send_scalar(scalar),
                Message::Point(scalar) => prover.send_point(&(G1Affine::GENERATOR * scalar).to_affine()),
                Message::Base(scalar) => prover.send_base(scalar),
                Message::Grumpkin(scalar) => prover.send_grumpkin(&(grumpkin::Affine::GENERATOR * scalar).to_affine()),
                Message::Challenge => challenges.push(prover.challenge_pair()),
            }
        }
        let mut challenges = challenges.into_iter();
        let mut verifier = Transcript::verifier(hash, prover.into_words());
        for message in messages {
            match message {
                Message::Scalar(scalar) => prop_assert_eq!(verifier.receive_scalar("a"), Ok(scalar)),
                Message::Point(scalar) => {
                    prop_assert_eq!(verifier.receive_point("a"), Ok((G1Affine::GENERATOR * scalar).to_affine()));
                }
                Message::Base(scalar) => prop_assert_eq!(verifier.receive_base("a"), Ok(scalar)),
                Message::Grumpkin(scalar) => {
                    let point = (grumpkin::Affine::GENERATOR * scalar).to_affine();
                    prop_assert_eq!(verifier.receive_grumpkin("a"), Ok(point));
                }
                Message::Challenge => prop_assert_eq!(Some(verifier.challenge_pair()), challenges.next()),
            }
        }
        prop_assert_eq!(verifier.finish(), Ok(()));
    }
}
