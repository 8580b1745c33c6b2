//! The agent protocol's bytes: the JSON is pinned, both formats give back what was written, and noise is refused.

#![expect(clippy::unwrap_used, reason = "what cannot be written or read fails the test")]

use chinampa_jobs::agent::{
    AgentId, BeatReply, BeatRequest, ClaimReply, ClaimRequest, Claimed, Directive, FailureClass, HeldJob,
    Instruction, JobFate, JobOutcome, Needs, Offer, Progress, ReleaseReason, ReleaseRequest, SettleReply,
    SettleRequest, Settled, Usage, WireError, WireFormat,
};
use chinampa_jobs::{EpochNumber, Error, ProvingJob, RequestType};
use serde::Serialize;
use serde::de::DeserializeOwned;

const FORMATS: [WireFormat; 2] = [WireFormat::Json, WireFormat::Bincode];

fn agent() -> AgentId {
    "rack-7.gpu_2@eu:1".parse().unwrap()
}

fn claim() -> ClaimRequest {
    let offer = Offer {
        request_types: vec![RequestType::RootRollup],
        ram_bytes: 8 << 30,
        vram_bytes: 0,
        protocols: vec!["4.1.2".to_owned()],
        tags: vec!["gpu".to_owned()],
    };
    ClaimRequest { agent: agent(), version: "0.1.0".to_owned(), offer, wait_ms: 20_000 }
}

fn claimed() -> ClaimReply {
    let job = ProvingJob {
        id: "7:ROOT_ROLLUP:ab".parse().unwrap(),
        request_type: RequestType::RootRollup,
        epoch_number: EpochNumber::from(7),
        inputs_uri: "data:x".parse().unwrap(),
    };
    let claimed = Claimed { job, attempt: 1 << 41, lease_ms: 30_000, time_ms: 5, deadline_ms: Some(-1) };
    let instruction = Instruction { directive: Directive::Quiet, reason: "maintenance".to_owned() };
    ClaimReply { claimed: Some(claimed), instruction }
}

fn beat() -> BeatRequest {
    let progress = Progress { phase: "sumcheck".to_owned(), done_permille: 512, eta_ms: Some(900) };
    let id = "7:ROOT_ROLLUP:ab".parse().unwrap();
    BeatRequest { agent: agent(), jobs: vec![HeldJob { id, attempt: 3, progress: Some(progress) }] }
}

fn settle(outcome: JobOutcome) -> SettleRequest {
    let usage = Usage { cpu_ms: 1, gpu_ms: 2, peak_ram_bytes: 3 };
    SettleRequest { agent: agent(), id: "j".parse().unwrap(), attempt: 4, outcome, usage }
}

fn failure() -> JobOutcome {
    JobOutcome::Failure { class: FailureClass::OutOfMemory, reason: "137".to_owned(), retry: true }
}

fn returns<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(message: &T) {
    for format in FORMATS {
        let bytes = format.encode(message).unwrap();
        assert_eq!(format.decode::<T>(&bytes).unwrap(), *message, "{format:?}");
    }
}

#[test]
fn both_formats_give_back_every_message() {
    returns(&claim());
    returns(&claimed());
    returns(&ClaimReply { claimed: None, instruction: Instruction::default() });
    returns(&beat());
    returns(&BeatReply {
        fates: vec![JobFate::Held, JobFate::Superseded, JobFate::Settled, JobFate::Unknown],
        instruction: Instruction::default(),
    });
    returns(&settle(JobOutcome::Success { value: "data:r".parse().unwrap() }));
    returns(&settle(failure()));
    returns(&SettleReply { settled: Settled::Requeued, instruction: Instruction::default() });
    returns(&ReleaseRequest {
        agent: agent(),
        id: "j".parse().unwrap(),
        attempt: 1,
        reason: ReleaseReason::SpotReclaim,
    });
}

#[test]
fn the_json_is_this() {
    let text = |message: Vec<u8>| String::from_utf8(message).unwrap();
    assert_eq!(
        text(WireFormat::Json.encode(&claim()).unwrap()),
        r#"{"agent":"rack-7.gpu_2@eu:1","version":"0.1.0","offer":{"requestTypes":[15],"ramBytes":8589934592,"vramBytes":0,"protocols":["4.1.2"],"tags":["gpu"]},"waitMs":20000}"#
    );
    assert_eq!(
        text(WireFormat::Json.encode(&settle(failure())).unwrap()),
        r#"{"agent":"rack-7.gpu_2@eu:1","id":"j","attempt":4,"outcome":{"failure":{"class":"outOfMemory","reason":"137","retry":true}},"usage":{"cpuMs":1,"gpuMs":2,"peakRamBytes":3}}"#
    );
}

#[test]
fn binary_messages_of_another_layout_are_refused() {
    let mut bytes = WireFormat::Bincode.encode(&beat()).unwrap();
    bytes.push(0);
    let (expected, actual) = (bytes.len() - 1, bytes.len());
    let longer = WireFormat::Bincode.decode::<BeatRequest>(&bytes);
    assert_eq!(longer, Err(WireError::Length { expected, actual }));
    bytes[0] = 2;
    let other = WireFormat::Bincode.decode::<BeatRequest>(&bytes);
    assert_eq!(other, Err(WireError::Version { actual: Some(2) }));
    let empty = WireFormat::Bincode.decode::<BeatRequest>(&[]);
    assert_eq!(empty, Err(WireError::Version { actual: None }));
}

#[test]
fn cut_messages_are_refused() {
    for format in FORMATS {
        let bytes = format.encode(&claimed()).unwrap();
        for len in 0..bytes.len() {
            assert!(format.decode::<ClaimReply>(&bytes[..len]).is_err(), "{format:?} {len}");
        }
    }
}

#[test]
fn agent_ids_are_short_words() {
    let longest = "a".repeat(AgentId::MAX_LEN);
    assert_eq!(longest.parse::<AgentId>().unwrap().as_str(), longest);
    assert!(matches!((longest + "a").parse::<AgentId>(), Err(Error::TooLong { .. })));
    assert!(matches!("".parse::<AgentId>(), Err(Error::Empty { .. })));
    for bad in ["a b", "a/b", "a\n", "\u{e9}"] {
        assert!(matches!(bad.parse::<AgentId>(), Err(Error::UnsafePath { .. })), "{bad:?}");
    }
}

#[test]
fn content_types_choose_the_format() {
    assert_eq!(WireFormat::of("application/json; charset=utf-8"), Ok(WireFormat::Json));
    assert_eq!(WireFormat::of("Application/X-Chinampa-Bincode"), Ok(WireFormat::Bincode));
    assert!(matches!(WireFormat::of("text/plain"), Err(WireError::ContentType { .. })));
}

#[test]
fn offers_meet_needs_or_not() {
    let offer = claim().offer;
    let meets = |needs: Needs| offer.meets(&needs);
    assert!(meets(Needs::default()));
    assert!(meets(Needs { ram_bytes: 8 << 30, tags: vec!["gpu".to_owned()], ..Needs::default() }));
    assert!(!meets(Needs { ram_bytes: (8 << 30) + 1, ..Needs::default() }));
    assert!(!meets(Needs { vram_bytes: 1, ..Needs::default() }));
    assert!(!meets(Needs { protocol: Some("5.2.0".to_owned()), ..Needs::default() }));
    assert!(!meets(Needs { tags: vec!["ifma".to_owned()], ..Needs::default() }));
    assert!(Offer::default().meets(&Needs { protocol: Some("4.1.2".to_owned()), ..Needs::default() }));
    let full = Offer { tags: vec!["t".repeat(Offer::MAX_WORD_LEN); Offer::MAX_ENTRIES], ..Offer::default() };
    assert_eq!(full.check(), Ok(()));
    let over = Offer { tags: vec![String::new(); Offer::MAX_ENTRIES + 1], ..Offer::default() };
    assert!(matches!(over.check(), Err(Error::TooLong { .. })));
    let long = Offer { tags: vec!["t".repeat(Offer::MAX_WORD_LEN + 1)], ..Offer::default() };
    assert!(matches!(long.check(), Err(Error::TooLong { .. })));
}
