//! One suite for every place of payloads: what was kept is given back as it came, and nothing that was changed is.

#![expect(clippy::unwrap_used, reason = "a place that fails here fails the test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chinampa_broker::payload::{PayloadConfig, PayloadError, Payloads, Place, Reference};
use chinampa_broker::store::{RedisUrl, StoreError};
use chinampa_jobs::objects::{Bucket, ObjectsError, ProofObjects};
use chinampa_jobs::{EpochNumber, JobInputs, ProofUri, RequestType};
use chinampa_testkit::redis::{RedisServer, SAFE};

const INLINE_MAX: usize = 100;
/// Clouds list at most 1,000 (S3, Google) or 5,000 (Azure) objects at once.
const LISTED: usize = 1_050;

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

async fn open(place: &Place, quota_bytes: u64) -> Payloads {
    let scrub_interval = Duration::from_secs(600);
    let config =
        PayloadConfig { place: place.clone(), inline_max_bytes: INLINE_MAX, quota_bytes, scrub_interval };
    Payloads::open(config).await.unwrap()
}

fn uri(len: usize, fill: &str) -> ProofUri {
    format!("data:{}", fill.repeat(len - 5)).parse().unwrap()
}

/// A text that does not get much shorter.
fn dense(len: usize, seed: u32) -> ProofUri {
    let mut state = seed;
    let mut letter = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from(b'A' + u8::try_from((state >> 16) % 26).unwrap())
    };
    (0..len).map(|_| letter()).collect::<String>().parse().unwrap()
}

async fn texts_come_back_as_they_were(place: &Place) {
    let payloads = open(place, 0).await;
    let (seven, eight) = (EpochNumber::from(7), EpochNumber::from(8));
    let short = uri(INLINE_MAX, "s");
    assert_eq!(payloads.keep_inputs(short.clone(), seven).await.unwrap(), short, "it stays in the queue");
    for text in [uri(INLINE_MAX + 1, "l"), uri(3 << 20, "l"), dense(1 << 20, 1)] {
        let kept = payloads.keep_inputs(text.clone(), seven).await.unwrap();
        assert_eq!(Reference::of(&kept), Some(Reference::to(text.as_str(), seven)));
        assert_eq!(payloads.keep_inputs(text.clone(), seven).await.unwrap(), kept, "and again");
        assert_ne!(payloads.keep_result(text.clone(), eight).await.unwrap(), kept, "each epoch has its own");
        assert_eq!(payloads.text(kept.clone()).await.unwrap(), text);
        assert_eq!(open(place, 0).await.text(kept).await.unwrap(), text, "another broker reads it");
    }
    // What looks like a reference is a text like any other.
    let forged = Reference::to("x", seven).to_uri();
    let kept = payloads.keep_inputs(forged.clone(), seven).await.unwrap();
    assert_ne!(kept, forged);
    assert_eq!(payloads.text(kept).await.unwrap(), forged);
    let unknown = payloads.text(Reference::to("x", seven).to_uri()).await.unwrap_err();
    assert!(matches!(unknown, PayloadError::Missing { .. }) && payloads.usage().lost == 1);
    assert_eq!(open(place, 0).await.usage().used_bytes, payloads.usage().used_bytes, "counted as listed");
}

async fn inputs_end_at_the_quota_and_results_do_not(place: &Place) {
    let used = open(place, 0).await.usage().used_bytes;
    let payloads = open(place, used + 2_000).await;
    let epoch = EpochNumber::from(9);
    payloads.keep_inputs(dense(1000, 2), epoch).await.unwrap();
    assert!(payloads.usage().used_bytes > used);
    let full = payloads.keep_inputs(dense(3000, 3), epoch).await.unwrap_err();
    let used_bytes = payloads.usage().used_bytes;
    assert_eq!(full, PayloadError::Full { used_bytes, quota_bytes: used + 2_000 });
    let kept = payloads.keep_result(dense(3000, 3), epoch).await.unwrap();
    assert_eq!(payloads.text(kept).await.unwrap(), dense(3000, 3));
    assert!(payloads.usage().is_alarm);
}

fn suite(place: &Place) {
    run(async {
        texts_come_back_as_they_were(place).await;
        inputs_end_at_the_quota_and_results_do_not(place).await;
    });
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = |path: &Path| fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    entries(folder).flat_map(|epoch| entries(&epoch).collect::<Vec<_>>()).collect()
}

#[test]
fn folder() {
    let folder = tempfile::tempdir().unwrap();
    suite(&Place::folder(folder.path()).unwrap());
}

#[test]
fn redis() {
    let server = RedisServer::start(&SAFE);
    suite(&Place::redis(&RedisUrl::parse(&server.url()).unwrap()).unwrap());
}

#[test]
fn redis_that_loses_or_evicts_is_refused() {
    let server = RedisServer::start(&[]);
    let error = Place::redis(&RedisUrl::parse(&server.url()).unwrap()).unwrap_err();
    assert!(matches!(error, StoreError::Unsafe { .. }), "{error:?}");
}

#[test]
fn a_full_redis_says_so() {
    let arguments: Vec<_> = SAFE.iter().map(|part| if *part == "256mb" { "8mb" } else { part }).collect();
    let server = RedisServer::start(&arguments);
    run(async {
        let payloads = open(&Place::redis(&RedisUrl::parse(&server.url()).unwrap()).unwrap(), 0).await;
        let mut kept = Vec::new();
        let error = loop {
            let text = dense(1 << 20, u32::try_from(kept.len()).unwrap());
            match payloads.keep_inputs(text, EpochNumber::from(7)).await {
                Ok(uri) => kept.push(uri),
                Err(error) => break error,
            }
            assert!(kept.len() < 100, "it is never full");
        };
        assert!(matches!(error, PayloadError::NoRoom(_)), "{error:?}");
        for (seed, uri) in kept.into_iter().enumerate() {
            assert_eq!(payloads.text(uri).await.unwrap(), dense(1 << 20, u32::try_from(seed).unwrap()));
        }
    });
}

/// Run by `tests/interop/broker/run objects`, which starts a server and sets what its cloud's programs read.
#[test]
#[ignore = "needs a service: tests/interop/broker/run objects"]
fn bucket() {
    let url =
        std::env::var("BUCKET_PLACE").expect("BUCKET_PLACE is s3://, gs:// or az://, with ?endpoint=URL");
    suite(&Place::bucket(&url).unwrap());
    run(aztecs_proof_uris_are_written_and_read(&url));
    run(objects_are_written_listed_and_removed(&Bucket::open(&url).unwrap()));
    run(a_changed_object_is_not_given_out(&url));
}

async fn objects_are_written_listed_and_removed(bucket: &Bucket) {
    assert_eq!(bucket.read("listed/absent", 10).await.unwrap(), None);
    bucket.remove("listed/absent").await.unwrap();
    // More than one page of every service's list.
    let keys: Vec<_> = (0..LISTED).map(|number| format!("listed/{number:05}:a")).collect();
    for some in keys.chunks(32) {
        let writes = some.iter().map(|key| bucket.write(key, key.clone().into_bytes()));
        futures_util::future::try_join_all(writes).await.unwrap();
    }
    bucket.write("listed-not", vec![1]).await.unwrap();
    let mut listed = bucket.list("listed").await.unwrap();
    listed.sort();
    let expected: Vec<_> = keys.iter().map(|key| (key.clone(), key.len() as u64)).collect();
    assert_eq!(listed, expected);
    assert_eq!(bucket.read(&keys[7], keys[7].len()).await.unwrap(), Some(keys[7].clone().into_bytes()));
    let long = bucket.read(&keys[7], keys[7].len() - 1).await.unwrap_err();
    assert!(matches!(long, ObjectsError::TooLong { .. }), "{long:?}");
    bucket.write(&keys[7], b"other".to_vec()).await.unwrap();
    assert_eq!(bucket.read(&keys[7], 10).await.unwrap(), Some(b"other".to_vec()));
    assert!(bucket.has(&keys[7]).await.unwrap());
    for some in keys.chunks(32) {
        let removals = some.iter().map(|key| bucket.remove(key));
        futures_util::future::try_join_all(removals).await.unwrap();
    }
    assert!(!bucket.has(&keys[7]).await.unwrap());
    assert_eq!(bucket.list("listed").await.unwrap(), []);
    assert!(bucket.has("listed-not").await.unwrap());
}

async fn a_changed_object_is_not_given_out(url: &str) {
    let (payloads, bucket) = (open(&Place::bucket(url).unwrap(), 0).await, Bucket::open(url).unwrap());
    let text = dense(5000, 11);
    let kept = payloads.keep_inputs(text.clone(), EpochNumber::from(17)).await.unwrap();
    let key = format!("17/{}", Reference::of(&kept).unwrap().name());
    let mut bytes = bucket.read(&key, 1 << 20).await.unwrap().unwrap();
    let last = bytes.len() - 100;
    bytes[last] ^= 1;
    bucket.write(&key, bytes).await.unwrap();
    let error = payloads.text(kept.clone()).await.unwrap_err();
    assert!(matches!(error, PayloadError::Damaged { .. }), "{error:?}");
    assert!(matches!(payloads.text(kept).await, Err(PayloadError::Missing { .. })));
    let kept = payloads.keep_inputs(text.clone(), EpochNumber::from(17)).await.unwrap();
    assert_eq!(payloads.text(kept).await.unwrap(), text);
}

#[test]
fn aztecs_proof_uris_in_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    run(aztecs_proof_uris_are_written_and_read(&format!("file://{}", folder.path().display())));
    let path = folder.path().join("inputs/PARITY_BASE");
    assert_eq!(fs::read_dir(path).unwrap().count(), 1, "where Aztec's programs look for it");
}

async fn aztecs_proof_uris_are_written_and_read(url: &str) {
    let inputs = JobInputs::from_buffer(RequestType::ParityBase, vec![7; 5000]).unwrap();
    let id = inputs.job_id(EpochNumber::from(7));
    let objects = ProofObjects::open(Some(url)).unwrap();
    let uri = objects.write_inputs(&id, &inputs).await.unwrap();
    let base = url.split('?').next().unwrap();
    assert_eq!(uri.as_str(), format!("{base}/inputs/PARITY_BASE/{id}"));
    assert_eq!(objects.read_inputs(&uri).await.unwrap(), inputs);
    let missing: ProofUri = uri.as_str().replace("7:PARITY", "8:PARITY").parse().unwrap();
    let missing = objects.read_inputs(&missing).await.unwrap_err();
    assert!(matches!(missing, ObjectsError::Missing { .. }), "{missing:?}");
    // Whoever has no store of its own reads what others have written inline.
    let inline = ProofObjects::open(None).unwrap().write_inputs(&id, &inputs).await.unwrap();
    assert_eq!(objects.read_inputs(&inline).await.unwrap(), inputs);
}

#[test]
fn a_changed_payload_is_not_given_out_and_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    run(async {
        let payloads = open(&Place::folder(folder.path()).unwrap(), 0).await;
        let text = dense(5000, 1);
        let kept = payloads.keep_inputs(text.clone(), EpochNumber::from(7)).await.unwrap();
        let path = files(folder.path()).remove(0);
        let mut bytes = fs::read(&path).unwrap();
        let last = bytes.len() - 100;
        bytes[last] ^= 1;
        fs::write(&path, bytes).unwrap();
        let error = payloads.text(kept.clone()).await.unwrap_err();
        assert!(matches!(error, PayloadError::Damaged { .. }), "{error:?}");
        assert!(matches!(payloads.text(kept).await, Err(PayloadError::Missing { .. })));
        let kept = payloads.keep_inputs(text.clone(), EpochNumber::from(7)).await.unwrap();
        assert_eq!(payloads.text(kept).await.unwrap(), text);
    });
}

#[test]
fn urls_of_no_place_are_refused() {
    for url in ["file://relative", "s3:///prefix", "ftp://h/x", "https://h/x", "nonsense"] {
        assert!(matches!(Bucket::open(url), Err(ObjectsError::Url { .. })), "{url}");
    }
}
