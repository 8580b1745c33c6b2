//! Laws of the decoders: what is written is read again, any bytes are taken, limits hold to the byte.

#![expect(clippy::unwrap_used, reason = "what does not decode here fails the test, as it should")]

use chinampa_jobs::rpc::{
    BodyError, Call, CallResult, ErrorCode, MAX_ISSUES, MAX_LIST_LEN, RpcLimits, Surface, parse_body,
    parse_replies,
};
use chinampa_jobs::{
    AgentStatus, Assignment, CircuitOutputs, EpochNumber, Error, JobFilter, JobId, JobInputs, JobResult,
    JobStatus, MAX_EPOCH_NUMBER, ObjectKind, Proof, ProofLocation, ProofUri, ProvingJob, RecursiveProof,
    RequestType, UnixMs, VerificationKeyData, limits, object_path,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn request_type() -> impl Strategy<Value = RequestType> {
    proptest::sample::select(RequestType::ALL.to_vec())
}

/// What Aztec's wire carries.
fn aztecs_type() -> impl Strategy<Value = RequestType> {
    proptest::sample::select(RequestType::ALL[..RequestType::AZTEC_COUNT].to_vec())
}

fn epoch() -> impl Strategy<Value = EpochNumber> {
    (0..=MAX_EPOCH_NUMBER).prop_map(|number| EpochNumber::new(number).unwrap())
}

fn job_id() -> impl Strategy<Value = JobId> {
    let derived = (epoch(), request_type(), any::<[u8; 4]>())
        .prop_map(|(epoch, request_type, inputs)| JobId::derive(epoch, request_type, &inputs));
    let opaque = "\\PC{1,60}".prop_map(|text| text.parse().unwrap());
    prop_oneof![derived, opaque]
}

fn uri() -> impl Strategy<Value = ProofUri> {
    any::<String>().prop_map(|text| text.parse().unwrap())
}

fn job() -> impl Strategy<Value = ProvingJob> {
    (job_id(), aztecs_type(), epoch(), uri()).prop_map(|(id, request_type, epoch_number, inputs_uri)| {
        ProvingJob { id, request_type, epoch_number, inputs_uri }
    })
}

fn filter() -> impl Strategy<Value = Option<JobFilter>> {
    let mut types = RequestType::BY_PRIORITY.to_vec();
    types.retain(|request_type| request_type.is_aztecs());
    let list = proptest::sample::subsequence(types, 0..=RequestType::AZTEC_COUNT);
    option::of(list.prop_map(|allow_list| JobFilter { allow_list }))
}

fn started_at() -> impl Strategy<Value = UnixMs> {
    // Whole numbers that JavaScript represents.
    (-(1_i64 << 53)..1 << 53).prop_map(UnixMs)
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        job().prop_map(Call::EnqueueProvingJob),
        job().prop_map(Call::ReplayProvingJob),
        job_id().prop_map(Call::GetProvingJobStatus),
        job_id().prop_map(Call::CancelProvingJob),
        vec(job_id(), 0..5).prop_map(Call::GetCompletedJobs),
        filter().prop_map(Call::GetProvingJob),
        (job_id(), any::<String>(), any::<Option<bool>>(), filter())
            .prop_map(|(id, error, retry, filter)| Call::ReportProvingJobError { id, error, retry, filter }),
        (job_id(), started_at(), filter())
            .prop_map(|(id, started_at, filter)| Call::ReportProvingJobProgress { id, started_at, filter }),
        (job_id(), uri(), filter()).prop_map(|(id, value, filter)| Call::ReportProvingJobSuccess {
            id,
            value,
            filter
        }),
    ]
}

fn status() -> impl Strategy<Value = JobStatus> {
    prop_oneof![
        Just(JobStatus::NotFound),
        Just(JobStatus::InQueue),
        Just(JobStatus::InProgress),
        uri().prop_map(|value| JobStatus::Fulfilled { value }),
        any::<String>().prop_map(|reason| JobStatus::Rejected { reason }),
    ]
}

fn proof(field_count: usize) -> impl Strategy<Value = RecursiveProof> {
    (any::<u8>(), vec(any::<u8>(), 0..100), any::<u32>(), any::<bool>()).prop_map(
        move |(fill, bytes, public_input_count, fields_valid)| {
            let binary = Proof::new(bytes, public_input_count).unwrap();
            RecursiveProof::new(vec![[fill; 32]; field_count], binary, fields_valid).unwrap()
        },
    )
}

fn key() -> impl Strategy<Value = VerificationKeyData> {
    (vec(any::<[u8; 32]>(), 0..4), any::<[u8; 32]>(), vec(any::<u8>(), 0..100))
        .prop_map(|(fields, hash, bytes)| VerificationKeyData::new(fields, hash, bytes).unwrap())
}

fn result() -> impl Strategy<Value = JobResult> {
    request_type().prop_flat_map(|request_type| {
        (proof(request_type.proof_field_count()), key(), any::<u8>()).prop_map(move |(proof, key, fill)| {
            match request_type.public_inputs_class() {
                None => JobResult::public_vm(proof).unwrap(),
                Some(class) => {
                    let public_inputs = vec![fill; class.len_bytes().unwrap_or(32 * usize::from(fill))];
                    let outputs = CircuitOutputs { public_inputs, verification_key: key };
                    JobResult::circuit(request_type, proof, outputs).unwrap()
                }
            }
        })
    })
}

/// Text that is nearly JSON of the contract.
fn json_like() -> impl Strategy<Value = String> {
    let token = proptest::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u",
        "0",
        "-1",
        "16",
        "1e99",
        "null",
        "true",
        " ",
        "\"type\"",
        "\"inputs\"",
        "\"result\"",
        "\"proof\"",
        "\"verificationKey\"",
        "\"Buffer\"",
        "\"data\"",
        "\"AAAA\"",
        "\"jsonrpc\"",
        "\"id\"",
        "\"method\"",
        "\"params\"",
        "\"proverBroker_enqueueProvingJob\"",
        "\"allowList\"",
        "\"__proto__\"",
        "\u{e9}",
    ]);
    vec(token, 0..40).prop_map(|tokens| tokens.concat())
}

/// Every decoder, on anything.
fn decode_all(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = text.parse::<JobId>().map(|id| object_path(ObjectKind::Outputs, RequestType::ParityBase, &id));
    if let Ok(uri) = text.parse::<ProofUri>() {
        let _ = uri.inline_json();
        if let Ok(ProofLocation::Object(object)) = uri.location() {
            let _ = object.request_type();
        }
    }
    let _ = JobInputs::from_json(bytes);
    let _ = JobInputs::from_buffer(RequestType::PublicVm, bytes.to_vec());
    let _ = JobResult::from_json(bytes);
    let _ = RecursiveProof::decode(bytes, 0);
    let _ = VerificationKeyData::decode(bytes);
    let _ = parse_replies(bytes, 1 << 20, 100);
    match parse_body(bytes, &RpcLimits::default(), &Surface::broker_with_replay()) {
        Ok(request) => {
            let reply = request.answer(|_| Ok(CallResult::Void));
            assert!(serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_ok());
        }
        Err(error) => assert!(error.status() >= 400),
    }
}

proptest! {
    #[test]
    fn ids_keep_their_text_and_parts(id in job_id()) {
        let again: JobId = id.to_string().parse().unwrap();
        prop_assert_eq!(&again, &id);
        prop_assert_eq!(again.parts(), id.parts());
        if let Some(parts) = id.parts() {
            prop_assert_eq!(JobId::from(*parts), id);
        }
    }

    #[test]
    fn derived_ids_have_parts(epoch in epoch(), request_type in request_type(), inputs in vec(any::<u8>(), 0..50)) {
        let id = JobId::derive(epoch, request_type, &inputs);
        let parts = id.parts().unwrap();
        prop_assert_eq!((parts.epoch, parts.request_type), (epoch, request_type));
    }

    #[test]
    fn calls_are_read_as_written(call in call()) {
        let params = call.params_json();
        let raw = serde_json::from_str(&params).unwrap();
        prop_assert_eq!(Call::decode(call.method(), Some(raw)).unwrap(), call);
    }

    #[test]
    fn statuses_and_assignments_are_read_as_written(status in status(), job in job(), time in started_at()) {
        let json = serde_json::to_string(&status).unwrap();
        prop_assert_eq!(serde_json::from_str::<JobStatus>(&json).unwrap(), status);
        let assignment = Assignment { job, time };
        let json = serde_json::to_string(&assignment).unwrap();
        prop_assert_eq!(serde_json::from_str::<Assignment>(&json).unwrap(), assignment);
    }

    #[test]
    fn binary_inputs_are_read_as_written(request_type in request_type(), bytes in vec(any::<u8>(), 0..200)) {
        prop_assume!(request_type != RequestType::PublicVm);
        let inputs = JobInputs::from_buffer(request_type, bytes).unwrap();
        prop_assert_eq!(JobInputs::from_json(inputs.to_json().as_bytes()), Ok(inputs.clone()));
        prop_assert_eq!(JobInputs::from_inline_uri(&inputs.to_inline_uri().unwrap()), Ok(inputs));
    }

    #[test]
    fn avm_inputs_keep_their_text(names in vec("\\PC{0,8}", 0..5)) {
        // Members in any order, names twice, spaces inside: the text is the value.
        let members: Vec<_> = names.iter().map(|name| format!("{}: 0", serde_json::json!(name))).collect();
        let text = format!("{{{}}}", members.join(" ,"));
        let inputs = JobInputs::from_buffer(RequestType::PublicVm, text.clone().into_bytes()).unwrap();
        let again = JobInputs::from_json(inputs.to_json().as_bytes()).unwrap();
        prop_assert_eq!(again.buffer(), text.as_bytes());
    }

    #[test]
    fn buffers_written_as_arrays_are_the_same(bytes in vec(any::<u8>(), 0..50)) {
        let json = serde_json::json!({"type": 13, "inputs": {"data": bytes, "type": "Buffer"}}).to_string();
        prop_assert_eq!(JobInputs::from_json(json.as_bytes()).unwrap().into_buffer(), bytes);
    }

    #[test]
    fn results_are_read_as_written(result in result()) {
        prop_assert_eq!(JobResult::from_json(result.to_json().as_bytes()), Ok(result));
    }

    #[test]
    fn proofs_and_keys_ignore_what_follows(proof in proof(3), key in key(), tail in vec(any::<u8>(), 0..9)) {
        let bytes = [proof.encode(), tail.clone()].concat();
        prop_assert_eq!(RecursiveProof::decode(&bytes, 3), Ok(proof));
        let bytes = [key.encode(), tail].concat();
        prop_assert_eq!(VerificationKeyData::decode(&bytes), Ok(key));
    }

    #[test]
    fn proofs_and_keys_refuse_every_shorter_text(proof in proof(2), key in key(), cut in any::<prop::sample::Index>()) {
        let bytes = proof.encode();
        let len = cut.index(bytes.len());
        let is_truncated = matches!(RecursiveProof::decode(&bytes[..len], 2), Err(Error::Truncated { .. }));
        prop_assert!(is_truncated);
        let bytes = key.encode();
        let len = cut.index(bytes.len());
        let is_truncated = matches!(VerificationKeyData::decode(&bytes[..len]), Err(Error::Truncated { .. }));
        prop_assert!(is_truncated);
    }

    #[test]
    fn any_bytes_are_taken(bytes in vec(any::<u8>(), 0..300)) {
        decode_all(&bytes);
    }

    #[test]
    fn any_nearly_json_is_taken(text in json_like()) {
        decode_all(text.as_bytes());
    }

    #[test]
    fn any_uri_like_text_is_taken(text in "(data:application/json;charset=utf-8,|file:///|gs://|s3://b/)[a-zA-Z0-9%/.,_?-]{0,40}") {
        decode_all(text.as_bytes());
    }
}

#[test]
fn job_ids_hold_to_their_limit() {
    assert_eq!("".parse::<JobId>(), Err(Error::Empty { field: "job id" }));
    assert!("x".repeat(511).parse::<JobId>().is_ok());
    let error = Error::TooLong { field: "job id", limit: 511, actual: 512 };
    assert_eq!("x".repeat(512).parse::<JobId>(), Err(error));
}

#[test]
fn other_spellings_of_an_id_are_opaque() {
    let id = JobId::derive(EpochNumber::from(7), RequestType::ParityBase, b"");
    assert!(id.parts().is_some());
    let text = id.as_str();
    for other in [
        text.to_uppercase(),
        format!("0{text}"),
        format!("+{text}"),
        format!("{text}0"),
        text.replace("PARITY_BASE", "PARITY"),
        text.replacen(':', "::", 1),
        format!("9007199254740992{}", &text[1..]),
    ] {
        let other: JobId = other.parse().unwrap();
        assert!(other.parts().is_none(), "{other}");
        assert_ne!(other, id);
    }
}

#[test]
fn epochs_hold_to_their_limit() {
    assert_eq!(EpochNumber::new(MAX_EPOCH_NUMBER).unwrap().get(), (1 << 53) - 1);
    let error = Error::EpochTooLarge { limit: MAX_EPOCH_NUMBER, actual: 1 << 53 };
    assert_eq!(EpochNumber::new(1 << 53), Err(error));
}

#[test]
fn uris_hold_to_their_limit() {
    let text = "x".repeat(limits::MAX_URI_LEN);
    assert!(text.parse::<ProofUri>().is_ok());
    assert!(matches!((text + "x").parse::<ProofUri>(), Err(Error::TooLong { .. })));
}

#[test]
fn inputs_hold_to_their_limit() {
    let limit = limits::MAX_INPUTS_LEN;
    let inputs = JobInputs::from_buffer(RequestType::TxMergeRollup, vec![1; limit]).unwrap();
    let json = inputs.to_json();
    assert!(json.len() <= limits::MAX_INPUTS_JSON_LEN);
    assert!(JobInputs::from_json(json.as_bytes()).is_ok());
    let too_long = JobInputs::from_buffer(RequestType::TxMergeRollup, vec![1; limit + 1]);
    assert_eq!(too_long, Err(Error::TooLong { field: "inputs", limit, actual: limit + 1 }));
    // Three more bytes, base64 of a multiple of three.
    let json = json.replacen("\"inputs\":\"", "\"inputs\":\"AAAA", 1);
    assert!(matches!(JobInputs::from_json(json.as_bytes()), Err(Error::TooLong { field: "inputs", .. })));
}

#[test]
fn proofs_hold_to_their_count_and_limit() {
    let three = RecursiveProof::new(vec![[0; 32]; 3], Proof::empty(), true).unwrap().encode();
    assert_eq!(RecursiveProof::decode(&three, 2), Err(Error::ProofLength { expected: 2, actual: 3 }));
    // A count that would not fit is refused before anything is allocated.
    let huge = [&u32::MAX.to_be_bytes()[..], &[0; 40]].concat();
    let expected = u64::from(u32::MAX) * 32;
    assert_eq!(
        VerificationKeyData::decode(&huge),
        Err(Error::Truncated { field: "verification key fields", offset: 4, expected, actual: 40 })
    );
    let mut bytes = three;
    bytes.resize(limits::MAX_RESULT_PART_LEN, 0);
    assert!(RecursiveProof::decode(&bytes, 3).is_ok());
    bytes.push(0);
    assert!(matches!(RecursiveProof::decode(&bytes, 3), Err(Error::TooLong { .. })));
}

#[test]
fn base64_is_strict_about_alphabet_and_padding() {
    let decode =
        |inputs: &str| JobInputs::from_json(format!("{{\"type\":16,\"inputs\":{inputs}}}").as_bytes());
    assert_eq!(decode("\"QUJD\"").unwrap().buffer(), b"ABC");
    assert_eq!(decode("\"QUI=\"").unwrap().buffer(), b"AB");
    assert_eq!(decode("\"Q\\u0055I=\"").unwrap().buffer(), b"AB");
    assert!(matches!(decode("\"QUJ_\""), Err(Error::Base64 { offset: 3, .. })));
    for bad in ["\"QUI\"", "\"QUI==\"", "\"QUJD \"", "\"====\""] {
        assert!(matches!(decode(bad), Err(Error::Base64 { .. })), "{bad}");
    }
    assert!(matches!(decode("5"), Err(Error::WrongKind { field: "inputs", .. })));
    assert!(matches!(decode("{\"type\":\"Buffer\",\"data\":[256]}"), Err(Error::Json { .. })));
    assert!(matches!(decode("{\"type\":\"Buffer\"}"), Err(Error::Missing { .. })));
}

#[test]
fn payloads_of_the_wrong_shape_name_what_is_wrong() {
    let inputs = |json: &str| JobInputs::from_json(json.as_bytes()).unwrap_err();
    assert!(matches!(inputs("[]"), Error::WrongKind { field: "inputs JSON", .. }));
    assert!(matches!(inputs("{\"type\":19,\"inputs\":\"\"}"), Error::UnknownRequestType { .. }));
    assert!(matches!(inputs("{\"type\":\"PARITY_BASE\",\"inputs\":\"\"}"), Error::UnknownRequestType { .. }));
    assert!(matches!(inputs("{\"inputs\":\"\"}"), Error::Missing { field: "type" }));
    assert!(matches!(inputs("{\"type\":1}"), Error::Missing { field: "inputs" }));
    assert!(matches!(inputs("{\"type\":0,\"inputs\":\"AAAA\"}"), Error::WrongKind { .. }));
    assert!(matches!(inputs("{\"type\":0,\"inputs\":{]}"), Error::Json { line: 1, .. }));
    let spaced = JobInputs::from_buffer(RequestType::PublicVm, b" {}".to_vec());
    assert_eq!(spaced, Err(Error::Length { field: "inputs", expected: 2, actual: 3 }));
    let result = |json: &str| JobResult::from_json(json.as_bytes()).unwrap_err();
    assert!(matches!(result("{\"type\":16,\"result\":\"\"}"), Error::WrongKind { field: "result", .. }));
    assert!(matches!(
        result("{\"type\":0,\"result\":\"AAAAAQ==\"}"),
        Error::ProofLength { expected: 16_400, .. }
    ));
}

#[test]
fn results_must_fit_their_type() {
    let proof = |count| RecursiveProof::new(vec![[0; 32]; count], Proof::empty(), true).unwrap();
    let outputs = |len| CircuitOutputs {
        public_inputs: vec![0; len],
        verification_key: VerificationKeyData::new(Vec::new(), [0; 32], Vec::new()).unwrap(),
    };
    assert!(JobResult::circuit(RequestType::RootRollup, proof(449), outputs(3136)).is_ok());
    assert_eq!(
        JobResult::circuit(RequestType::RootRollup, proof(519), outputs(3136)),
        Err(Error::ProofLength { expected: 449, actual: 519 })
    );
    assert_eq!(
        JobResult::circuit(RequestType::RootRollup, proof(449), outputs(3135)),
        Err(Error::Length { field: "result.inputs", expected: 3136, actual: 3135 })
    );
    let bare = JobResult::circuit(RequestType::PublicVm, proof(16_400), outputs(0));
    assert!(matches!(bare, Err(Error::UnexpectedRequestType { .. })));
}

#[test]
fn object_uris_say_their_store_path_and_type() {
    for (text, bucket, key) in [
        (
            "file:///var/proofs/inputs/PARITY_BASE/7:PARITY_BASE:ab",
            "",
            "var/proofs/inputs/PARITY_BASE/7:PARITY_BASE:ab",
        ),
        ("gs://bucket/a//inputs/PARITY_BASE/x", "bucket", "a//inputs/PARITY_BASE/x"),
        ("s3://b/outputs/PARITY_BASE/x.json", "b", "outputs/PARITY_BASE/x.json"),
    ] {
        let uri: ProofUri = text.parse().unwrap();
        let Ok(ProofLocation::Object(object)) = uri.location() else { panic!("{text}") };
        assert_eq!((object.bucket, object.key), (bucket, key));
        assert_eq!(object.request_type(), Ok(RequestType::ParityBase));
    }
    let uri: ProofUri = "gs://b/inputs/NOPE/x".parse().unwrap();
    let Ok(ProofLocation::Object(object)) = uri.location() else { panic!() };
    assert!(matches!(object.request_type(), Err(Error::UnknownRequestType { field: "proof URI", .. })));
}

#[test]
fn uris_of_other_forms_are_refused() {
    let location = |text: &str| text.parse::<ProofUri>().unwrap().location().map(|_| ()).unwrap_err();
    assert!(matches!(location("https://host/x"), Error::UriPrefix { .. }));
    assert!(matches!(location(""), Error::UriPrefix { .. }));
    assert!(matches!(location("data:text/plain,x"), Error::UriPrefix { .. }));
    assert!(matches!(location("data:application/json;charset=utf-8"), Error::Missing { .. }));
    assert!(matches!(location("s3://bucket"), Error::Missing { .. }));
    let offset = "file:///a/".len();
    assert_eq!(
        location("file:///a/../etc/passwd"),
        Error::UnsafePath { field: "proof URI", offset, actual: "..".to_owned() }
    );
    for text in ["file:///a\\b", "gs://b/x?y", "gs://b/x#y", "s3://b/\n"] {
        assert!(matches!(location(text), Error::UnsafePath { .. }), "{text}");
    }
}

#[test]
fn an_unencoded_comma_ends_the_payload() {
    let uri: ProofUri = "data:application/json;charset=utf-8,%7B%7D,rest".parse().unwrap();
    assert_eq!(uri.inline_json().unwrap(), "{}");
}

#[test]
fn object_paths_stay_in_their_folder() {
    let path = |text: &str| object_path(ObjectKind::Inputs, RequestType::RootRollup, &text.parse().unwrap());
    assert_eq!(path("3:ROOT_ROLLUP:ab").unwrap(), "inputs/ROOT_ROLLUP/3:ROOT_ROLLUP:ab");
    for text in ["..", ".", "../../etc/passwd", "a/b", "a\\b", "a?b", "a#b", "a\0b"] {
        assert!(matches!(path(text), Err(Error::UnsafePath { .. })), "{text:?}");
    }
    let id = "..x".parse().unwrap();
    let path = object_path(ObjectKind::Outputs, RequestType::RootRollup, &id).unwrap();
    assert_eq!(path, "outputs/ROOT_ROLLUP/..x.json");
}

fn body_error(body: &str) -> Result<(), BodyError> {
    parse_body(body.as_bytes(), &RpcLimits::default(), &Surface::broker()).map(|_| ())
}

#[test]
fn bodies_hold_to_their_limits() {
    let limits = RpcLimits { max_body_len: 40, max_batch_len: 2 };
    let parse = |body: &str| parse_body(body.as_bytes(), &limits, &Surface::broker()).map(|_| ());
    assert_eq!(parse(&format!("{{}}{}", " ".repeat(38))), Ok(()));
    assert_eq!(parse(&format!("{{}}{}", " ".repeat(39))), Err(BodyError::TooLong { limit: 40, actual: 41 }));
    assert_eq!(parse("[1,2]"), Ok(()));
    assert_eq!(parse("[1,2,3]"), Err(BodyError::BatchTooLong { limit: 2, actual: 3 }));
    assert_eq!(parse("[]"), Err(BodyError::EmptyBatch));
}

#[test]
fn bodies_that_are_no_json_say_where() {
    assert_eq!(body_error("{\"a\":"), Err(BodyError::UnexpectedEnd));
    assert_eq!(body_error("{\n\"a\":x}"), Err(BodyError::Syntax { line: 2, column: 5 }));
    let deep = "[".repeat(200_000);
    assert_eq!(body_error(&deep), Err(BodyError::UnexpectedEnd));
    let invalid = parse_body(b"{\"a\xff", &RpcLimits::default(), &Surface::broker()).map(|_| ());
    assert_eq!(invalid, Err(BodyError::Utf8 { offset: 3 }));
}

#[test]
fn lists_and_their_problems_are_limited() {
    let ids = |count: usize, id: &str| format!("[[{}]]", vec![id; count].join(","));
    let decode = |params: String| {
        Call::decode(
            chinampa_jobs::rpc::Method::GetCompletedJobs,
            Some(serde_json::from_str(&params).unwrap()),
        )
    };
    let Ok(Call::GetCompletedJobs(accepted)) = decode(ids(MAX_LIST_LEN, "\"x\"")) else { panic!() };
    assert_eq!(accepted.len(), MAX_LIST_LEN);
    assert!(decode(ids(MAX_LIST_LEN + 1, "\"x\"")).is_err());
    let message = decode(ids(1000, "1")).unwrap_err().message;
    assert_eq!(message.matches("Expected string").count(), MAX_ISSUES);
}

#[test]
fn methods_are_served_where_they_belong() {
    let served = |surface: Surface, name: &str| surface.resolve(name).is_some();
    assert!(served(Surface::broker(), "proverBroker_getProvingJob_x"));
    assert!(!served(Surface::broker(), "proverBroker_replayProvingJob"));
    assert!(served(Surface::broker_with_replay(), "proverBroker_replayProvingJob"));
    assert!(!served(Surface::broker_with_replay(), "agent_getStatus"));
    assert!(served(Surface::agents(1), "agent_getStatus"));
    assert!(served(Surface::agents(1), "agent0_getStatus"));
    assert!(!served(Surface::agents(2), "agent_getStatus"));
    assert!(served(Surface::agents(2), "agent1_getStatus"));
    for name in [
        "agent2_getStatus",
        "agent01_getStatus",
        "agent+1_getStatus",
        "proverBroker_getProvingJob",
        "agent1_",
    ] {
        assert!(!served(Surface::agents(2), name), "{name}");
    }
}

#[test]
fn replies_of_nothing_are_nothing() {
    for reply in ["{\"id\":0}", "{\"id\":0,\"result\":null}", "[{\"id\":0,\"result\":\"undefined\"}]"] {
        let messages = parse_replies(reply.as_bytes(), 100, 1).unwrap();
        let reply = messages[0].decode(chinampa_jobs::rpc::Method::GetProvingJob).unwrap();
        assert_eq!(reply.outcome, Ok(CallResult::Assignment(None)));
        let missing = messages[0].decode(chinampa_jobs::rpc::Method::GetCompletedJobs);
        assert_eq!(missing, Err(Error::Missing { field: "result" }));
    }
    assert!(matches!(parse_replies(b"[{},{}]", 100, 1), Err(Error::Length { expected: 1, actual: 2, .. })));
    assert!(matches!(parse_replies(b"[{},{}]", 6, 9), Err(Error::TooLong { limit: 6, .. })));
}

#[test]
fn agent_status_has_aztecs_members() {
    let status = AgentStatus::Proving {
        job_id: "3:PARITY_BASE:abd".parse().unwrap(),
        proof_type: RequestType::ParityBase,
        started_at_iso: "2026-11-21T00:32:08.069Z".to_owned(),
    };
    let json = "{\"status\":\"proving\",\"jobId\":\"3:PARITY_BASE:abd\",\"proofType\":16,\"startedAtISO\":\"2026-11-21T00:32:08.069Z\"}";
    assert_eq!(serde_json::to_string(&status).unwrap(), json);
    assert_eq!(serde_json::from_str::<AgentStatus>(json).unwrap(), status);
}

#[test]
fn times_round_up_and_are_clamped() {
    for (number, time) in [
        (12.0, 12),
        (1.5, 2),
        (-1.5, -1),
        (-0.0, 0),
        (1e300, i64::MAX),
        (f64::NEG_INFINITY, i64::MIN),
        (f64::NAN, i64::MAX),
    ] {
        assert_eq!(UnixMs::from_number(number), UnixMs(time), "{number}");
    }
    let read = |json: &str| serde_json::from_str::<UnixMs>(json).unwrap();
    assert_eq!((read("7"), read("-7"), read("6.5")), (UnixMs(7), UnixMs(-7), UnixMs(7)));
    assert_eq!(read("18446744073709551615"), UnixMs(i64::MAX));
}

#[test]
fn error_codes_and_data_survive() {
    let text =
        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"error\":{\"code\":-5,\"data\":{\"x\":[1]},\"message\":\"m\"}}";
    let messages = parse_replies(text.as_bytes(), text.len(), 1).unwrap();
    let error = messages[0].outcome.clone().unwrap_err();
    assert_eq!(error.code, ErrorCode::Other(-5));
    let reply = messages[0].decode(chinampa_jobs::rpc::Method::CancelProvingJob).unwrap();
    assert_eq!(reply.to_json(), text);
    for code in [-32700, -32600, -32601, -32701, -32702, -32000, -32001, 0] {
        assert_eq!(i64::from(ErrorCode::from(code)), code);
    }
}
