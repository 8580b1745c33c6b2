//! Aztec's hashes against values of its own libraries (`hash.json`). Poseidon2 and Pedersen themselves are tested
//! where they are.

use chinampa_kernels::Fr;
use chinampa_protocol::blob::batch::{BatchAccumulator, CheckpointBlobs, EpochOpenings, blob_fields_hash};
use chinampa_protocol::blob::{Blob, BlsPoint, Commitment, blobs_hash};
use chinampa_protocol::block::CheckpointHeader;
use chinampa_protocol::circuits::{ProtocolContracts, SpongeBlob};
use chinampa_protocol::codec::{Decode, Encode, ToFields};
use chinampa_protocol::constants::{self, domain_separator};
use chinampa_protocol::messages::{L1ToL2Message, L2ToL1Message, ScopedL2ToL1Message, next_rolling_hash};
use chinampa_protocol::{AztecAddress, hash};
use chinampa_testkit::vectors;
use serde_json::Value;
use sha2::{Digest, Sha256};
use sha3::{Keccak224, Keccak256};

fn golden(name: &str) -> Value {
    vectors::json::<Value>("hash.json")[name].take()
}

/// A field as the recording writes it: hexadecimal, decimal text, or a number.
fn fr(value: &Value) -> Fr {
    match value {
        Value::Number(number) => Fr::from(number.as_u64().expect("small")),
        Value::String(text) if text.starts_with("0x") => text.parse().expect("a canonical field"),
        Value::String(text) => Fr::from(text.parse::<u128>().expect("decimal")),
        other => panic!("not a field: {other}"),
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(text(value).trim_start_matches("0x")).expect("hex")
}

fn hex0x(bytes: impl AsRef<[u8]>) -> String {
    format!("0x{}", hex::encode(bytes))
}

/// The fields `a..b`, both included, which the recording writes as `a..b`; `1..0` is none.
fn range(value: &Value) -> Vec<Fr> {
    let (first, last) = text(value).split_once("..").expect("a range");
    let bound = |text: &str| text.parse::<u64>().expect("a number");
    (bound(first)..=bound(last)).map(Fr::from).collect()
}

#[test]
fn separators_and_release_constants() {
    let golden: Value = vectors::json("hash.json");
    let source =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/src/constants/domain_separator.rs"));
    let source = source.expect("the generated separators");
    for (name, value) in golden["domainSeparators"].as_object().expect("40 separators") {
        let line = format!("pub const {name}: u32 = {};", value.as_u64().expect("a number"));
        assert!(source.contains(&line), "{line}");
    }
    assert_eq!(golden["domainSeparators"]["BLOCK_HEADER_HASH"], domain_separator::BLOCK_HEADER_HASH);
    let release = &golden["constants"];
    assert_eq!(fr(&release["vkTreeRoot"]), constants::VK_TREE_ROOT);
    assert_eq!(fr(&release["protocolContractsHash"]), constants::PROTOCOL_CONTRACTS_HASH);
    assert_eq!(fr(&release["protocolContractAddresses"]["FeeJuice"]), constants::FEE_JUICE_ADDRESS);
    // The hash is over the derived addresses, each at its protocol address less one.
    let addresses = release["protocolContractAddresses"].as_object().expect("six");
    let mut contracts = ProtocolContracts::default();
    for (name, address) in addresses {
        let index = fr(address).to_canonical_limbs()[0] as usize - 1;
        contracts.derived_addresses[index] =
            AztecAddress(fr(&release["protocolContractDerivedAddresses"][name]));
    }
    assert_eq!(contracts.hash(), constants::PROTOCOL_CONTRACTS_HASH);
}

#[test]
fn sha256_and_keccak() {
    for case in list(&golden("sha256")) {
        let input = bytes(&case["in"]);
        assert_eq!(hex0x(Sha256::digest(&input)), text(&case["sha256"]));
        assert_eq!(hash::sha256_to_field(&input), fr(&case["trunc"]));
    }
    for case in list(&golden("sha256ToField")) {
        let input: Vec<u8> = list(&case["in"]).iter().flat_map(|field| fr(field).to_be_bytes()).collect();
        assert_eq!(hash::sha256_to_field(&input), fr(&case["out"]), "{case}");
        if let [left, right] = list(&case["in"]) {
            assert_eq!(hash::sha256_pair(fr(left), fr(right)), fr(&case["out"]));
        }
    }
    for case in list(&golden("keccak")) {
        let input = bytes(&case["in"]);
        assert_eq!(hex0x(Keccak256::digest(&input)), text(&case["k256"]));
        assert_eq!(hex::encode(Keccak224::digest(&input)), text(&case["k224"]).trim_start_matches("0x"));
    }
    let permutation = golden("keccakf1600");
    assert_eq!(permutation["in"], "state 0..24 as u64");
    let mut state: [u64; 25] = std::array::from_fn(|index| index as u64);
    keccak::f1600(&mut state);
    for (ours, expected) in state.iter().zip(list(&permutation["out"])) {
        let digits = text(expected).trim_start_matches("0x");
        assert_eq!(Ok(*ours), u64::from_str_radix(digits, 16));
    }
}

#[test]
fn protocol_hashes() {
    let golden = golden("protocol");
    let case = |name: &str| {
        let case = &golden[name];
        let inputs: Vec<Fr> = list(&case["in"]).iter().map(fr).collect();
        (inputs, fr(&case["out"]))
    };
    type Check = (&'static str, fn(&[Fr]) -> Fr);
    let checks: [Check; 13] = [
        ("computeNoteHashNonce", |i| hash::note_hash_nonce(i[0], i[1].to_canonical_limbs()[0] as u32)),
        ("siloNoteHash", |i| hash::silo_note_hash(AztecAddress(i[0]), i[1])),
        ("computeUniqueNoteHash", |i| hash::unique_note_hash(i[0], i[1])),
        ("siloNullifier", |i| hash::silo_nullifier(AztecAddress(i[0]), i[1])),
        ("computeProtocolNullifier", |i| hash::protocol_nullifier(i[0])),
        ("computeSiloedPrivateLogFirstField", |i| {
            hash::silo_private_log_first_field(AztecAddress(i[0]), i[1])
        }),
        ("computePublicDataTreeLeafSlot", |i| hash::public_data_leaf_slot(AztecAddress(i[0]), i[1])),
        ("deriveStorageSlotInMap", |i| hash::map_storage_slot(i[0], i[1])),
        ("feePayerBalanceStorageSlot", |i| hash::fee_payer_balance_slot(AztecAddress(i[0]))),
        ("feePayerBalanceLeafSlot", |i| hash::fee_payer_balance_leaf_slot(AztecAddress(i[0]))),
        ("computeVarArgsHash", hash::var_args_hash),
        ("computeCalldataHash", hash::calldata_hash),
        ("computeSecretHash", |i| hash::secret_hash(i[0])),
    ];
    for (name, ours) in checks {
        let (inputs, expected) = case(name);
        assert_eq!(ours(&inputs), expected, "{name}");
    }
    let (inputs, expected) = case("computeL1ToL2MessageNullifier");
    assert_eq!(hash::l1_to_l2_message_nullifier(AztecAddress(inputs[0]), inputs[1], inputs[2]), expected);
    assert_eq!(hash::var_args_hash(&[]), fr(&golden["computeVarArgsHash"]["empty"]));
    assert_eq!(hash::calldata_hash(&[]), fr(&golden["computeCalldataHash"]["empty"]));
    assert_eq!(golden.as_object().expect("cases").len(), checks.len() + 3, "every case is checked");
}

#[test]
fn messages_between_the_layers() {
    let golden = golden("protocol");
    let case = &golden["computeL2ToL1MessageHash"];
    let input = &case["in"];
    let message = ScopedL2ToL1Message {
        message: L2ToL1Message {
            recipient: text(&input["l1Recipient"]).parse().expect("an address"),
            content: fr(&input["content"]),
        },
        contract_address: AztecAddress(fr(&input["l2Sender"])),
    };
    assert_eq!(message.hash(fr(&input["rollupVersion"]), fr(&input["chainId"])), fr(&case["out"]));

    let case = &golden["l1ToL2MessageHash"];
    let message = L1ToL2Message {
        sender: text(&case["sender"]).parse().expect("an address"),
        chain_id: fr(&case["chainId"]),
        recipient: AztecAddress(fr(&case["recipient"])),
        version: fr(&case["version"]),
        content: fr(&case["content"]),
        secret_hash: fr(&case["secretHash"]),
        index: text(&case["index"]).parse().expect("an index"),
    };
    assert_eq!(message.hash(), fr(&case["out"]));

    let mut rolling = [0; 16];
    for step in list(&self::golden("inboxRollingHash")) {
        rolling = next_rolling_hash(rolling, fr(&step["leaf"]));
        assert_eq!(hex0x(rolling), text(&step["rolling"]));
    }
}

#[test]
fn checkpoint_header_and_attested_payload() {
    let case = golden("checkpointHeader");
    let header: CheckpointHeader = {
        let mut fields = case["fields"].clone();
        // The recording writes numbers where the node's JSON has text and hexadecimal.
        fields["lastArchiveRoot"] = fields["lastArchive"].take();
        fields["totalManaUsed"] = Value::String(fr(&fields["totalManaUsed"]).to_string());
        serde_json::from_value(fields).expect("a header")
    };
    assert_eq!(hex0x(header.to_bytes()), text(&case["buffer"]));
    assert_eq!(header.to_bytes().len() as u64, case["bytes"].as_u64().expect("a count"));
    assert_eq!(header.hash(), fr(&case["hash"]));
    assert_eq!(CheckpointHeader::default().hash(), fr(&golden("emptyCheckpointHeaderHash")));

    let payload = golden("consensusPayload");
    let modifier = payload["feeAssetPriceModifier"].to_string().trim_matches('"').parse().expect("a number");
    let payload_of = chinampa_protocol::block::AttestationPayload {
        archive: fr(&payload["archive"]),
        fee_asset_price_modifier: chinampa_protocol::block::FeeAssetPriceModifier(modifier),
        header_hash: header.hash(),
    };
    assert_eq!(hex0x(payload_of.to_sign()), text(&payload["payloadToSign"]));
    assert_eq!(hex0x(payload_of.digest()), text(&payload["payloadDigest"]));
    assert_eq!(hex0x(payload_of.signed_digest()), text(&payload["ethSignedDigest"]));
}

#[test]
fn blob_sponge() {
    assert_eq!(SpongeBlob::init().sponge.state[3], fr(&golden("spongeBlobIv")));
    for case in list(&golden("spongeBlob")) {
        let mut sponge = SpongeBlob::init();
        sponge.absorb(&range(&case["in"])).expect("never squeezed");
        let expected: Vec<Fr> = list(&case["stateFieldsBeforeSqueeze"]).iter().map(fr).collect();
        assert_eq!(sponge.fields(), expected, "{}", case["in"]);
        assert_eq!(sponge.squeezed().expect("never squeezed"), fr(&case["out"]), "{}", case["in"]);
        assert_eq!(sponge.fields(), expected, "squeezing a copy leaves the sponge alone");
    }
}

#[test]
fn one_checkpoints_blobs() {
    let golden = golden("blob");
    let fields = range(&golden["fields"]);
    assert_eq!(blob_fields_hash(&fields), fr(&golden["blobFieldsHash"]));
    let laid = CheckpointBlobs::new(&fields).expect("two blobs");
    let commitments: Vec<Commitment> =
        laid.blobs.iter().map(|blob| blob.commitment().expect("canonical")).collect();
    for (index, commitment) in commitments.iter().enumerate() {
        assert_eq!(hex0x(commitment.0), text(&golden["commitments"][index]));
        assert_eq!(hex0x(commitment.versioned_hash()), text(&golden["versionedHashes"][index]));
        let expected: Vec<Fr> = list(&golden["commitmentFields"][index]).iter().map(fr).collect();
        assert_eq!(commitment.to_fields().to_vec(), expected);
        let [high, low] = commitment.to_fields();
        let z = chinampa_kernels::hash::poseidon2::hash(&[laid.blob_fields_hash, high, low]);
        assert_eq!(z, fr(&golden["challengeZ"][index]));
    }
    assert_eq!(blobs_hash(&commitments), fr(&golden["blobsHash"]));
    let prefixed: Vec<u8> = std::iter::once(2).chain(commitments.iter().flat_map(|c| c.0)).collect();
    assert_eq!(hex0x(prefixed), text(&golden["prefixedCommitments"]));
}

#[test]
fn an_epochs_batch() {
    let golden = golden("blobBatch");
    let laid: Vec<_> = list(&golden["checkpoints"])
        .iter()
        .map(|fields| CheckpointBlobs::new(&range(fields)).expect("few fields"))
        .collect();
    let openings = EpochOpenings::compute(&laid).expect("canonical");
    assert_eq!(openings.challenges.z, fr(&golden["z"]));
    assert_eq!(hex0x(openings.challenges.gamma.to_be_bytes()), text(&golden["gamma"]));
    for (ours, expected) in openings.evaluations.iter().zip(list(&golden["evaluations"])) {
        assert_eq!(hex0x(ours.y.to_be_bytes()), text(&expected["y"]));
        assert_eq!(hex0x(ours.proof), text(&expected["proof"]));
        let limbs: Vec<Fr> = list(&expected["yLimbs"]).iter().map(fr).collect();
        assert_eq!(ours.y.fields(), limbs);
    }
    assert_eq!(openings.evaluations.len(), list(&golden["evaluations"]).len());

    let mut accumulator = BatchAccumulator::default();
    let mut evaluations = openings.evaluations.iter();
    for (laid, step) in laid.iter().zip(list(&golden["steps"])) {
        for blob in &laid.blobs {
            let evaluation = evaluations.next().expect("one a blob");
            let commitment = blob.commitment().expect("canonical");
            accumulator = accumulator
                .accumulate(laid.blob_fields_hash, &commitment, evaluation, &openings.challenges)
                .expect("points");
        }
        let expected: Vec<Fr> = list(&step["blobAccumulator"]).iter().map(fr).collect();
        assert_eq!(accumulator.public.fields(), expected);
        assert_eq!(hex0x(accumulator.q_acc.to_compressed()), text(&step["qAcc"]));
    }
    let closed = accumulator.finalize(&openings.challenges).expect("the batch verifies");
    let expected: Vec<Fr> = list(&golden["final"]["fields"]).iter().map(fr).collect();
    assert_eq!(closed.accumulator.fields(), expected);
    assert_eq!(hex0x(closed.l1_input()), text(&golden["final"]["l1Inputs"]));

    // Challenges of other blobs are refused, and so is a proof that does not belong.
    let mut other = openings.challenges;
    other.z = Fr::ONE;
    assert!(accumulator.finalize(&other).is_err());
    let mut wrong = accumulator;
    wrong.q_acc = wrong.public.c_acc;
    assert!(wrong.finalize(&openings.challenges).is_err());
}

#[test]
fn blobs_refuse_what_does_not_fit() {
    use chinampa_protocol::blob::{BlobError, blobs_of_fields};
    let limit = constants::BLOBS_PER_CHECKPOINT * constants::FIELDS_PER_BLOB;
    assert_eq!(blobs_of_fields(&vec![Fr::ONE; limit]).expect("six full blobs").len(), 6);
    let error = blobs_of_fields(&vec![Fr::ONE; limit + 1]).expect_err("one too many");
    assert_eq!(error, BlobError::TooManyFields { limit, actual: limit + 1 });
    let error = Blob::from_bytes(&[0; 131_071]).expect_err("one byte short");
    assert_eq!(error, BlobError::Length { expected: 131_072, actual: 131_071 });
    let on_curve =
        Commitment(Blob::from_fields(&[Fr::ONE]).expect("one field").commitment().expect("canonical").0)
            .to_point()
            .expect("a commitment is a point");
    let coordinates = on_curve.to_bytes();
    assert_eq!(BlsPoint::from_bytes(&coordinates), Ok(on_curve));
    assert_eq!(BlsPoint::from_compressed(&on_curve.to_compressed()), Some(on_curve));
    let mut off_curve = coordinates;
    off_curve[95] ^= 1;
    assert!(BlsPoint::from_bytes(&off_curve).is_err(), "another y is not on the curve");
    assert_eq!(BlsPoint::from_bytes(&[0; 96]), Ok(BlsPoint::INFINITY));

    let mut bytes = vec![0; 131_072];
    bytes[32..64].copy_from_slice(&(-Fr::ONE).to_be_bytes());
    assert!(Blob::from_bytes(&bytes).expect("a blob").fields().is_ok(), "p - 1 is a field");
    bytes[63] += 1;
    let error = Blob::from_bytes(&bytes).expect("a blob").fields().expect_err("p is no field");
    assert!(matches!(error, BlobError::Field { index: 1, .. }));
}
