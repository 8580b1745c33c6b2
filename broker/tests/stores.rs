//! One suite for every store: what was committed is there after the store is opened again, and nothing else.

#![expect(clippy::unwrap_used, reason = "a store that fails here fails the test")]

use std::sync::Arc;

use chinampa_broker::queue::{Change, Evidence, History, Settlement, StoredJob, StoredLease};
use chinampa_broker::store::{MemoryStore, RedbStore, Store, StoreError};
use chinampa_jobs::agent::FailureClass;
use chinampa_jobs::{EpochNumber, ProvingJob, RequestType};

/// Opens the store, each time on the same contents.
type Open<'a> = &'a dyn Fn() -> Box<dyn Store>;

fn job(name: &str, epoch: u32) -> ProvingJob {
    ProvingJob {
        id: name.parse().unwrap(),
        request_type: RequestType::RootRollup,
        epoch_number: EpochNumber::from(epoch),
        inputs_uri: format!("data:{name}").parse().unwrap(),
    }
}

fn stored(name: &str, epoch: u32, sequence: u64) -> StoredJob {
    StoredJob { job: job(name, epoch), sequence, history: None, lease: None, settlement: None }
}

fn enqueued(name: &str, epoch: u32, sequence: u64) -> Change {
    Change::Enqueued { job: job(name, epoch), sequence }
}

fn settled(name: &str, epoch: u32, settlement: Settlement) -> Change {
    Change::Settled { epoch: EpochNumber::from(epoch), id: name.parse().unwrap(), settlement }
}

/// Commits to the store, ends it and opens it again.
fn after(open: Open, changes: &[Change]) -> Vec<StoredJob> {
    let mut store = open();
    store.load().unwrap();
    store.commit(changes).unwrap();
    drop(store);
    open().load().unwrap().jobs
}

fn runs_are_counted(open: Open) {
    let first = open().load().unwrap();
    assert_eq!(first.jobs, []);
    let mut store = open();
    let runs = [store.load().unwrap().run, store.load().unwrap().run];
    assert!(first.run < runs[0] && runs[0] < runs[1], "{} {runs:?}", first.run);
}

fn every_change_is_kept(open: Open) {
    let fulfilled = Settlement::Fulfilled("data:r".parse().unwrap());
    let rejected = Settlement::Rejected("why \u{1f600}".into());
    let (epoch, id) = (EpochNumber::from(7), "b".parse().unwrap());
    let changes = [
        enqueued("a", 7, 3),
        enqueued("b", 7, 4),
        enqueued("c", 7, 5),
        enqueued("d", 7, 6),
        Change::Noted { epoch, id, history: Box::new(history()) },
        settled("a", 7, fulfilled.clone()),
        settled("c", 7, rejected.clone()),
        settled("d", 7, Settlement::Aborted),
    ];
    let expected = [
        StoredJob { settlement: Some(fulfilled), ..stored("a", 7, 3) },
        StoredJob { history: Some(Box::new(history())), ..stored("b", 7, 4) },
        StoredJob { settlement: Some(rejected), ..stored("c", 7, 5) },
        StoredJob { settlement: Some(Settlement::Aborted), ..stored("d", 7, 6) },
    ];
    assert_eq!(after(open, &changes), expected);
    // A job that is enqueued again has no past.
    assert_eq!(after(open, &[enqueued("d", 7, 9)])[3], stored("d", 7, 9));
}

fn epochs_are_dropped_as_a_whole(open: Open) {
    let changes = [
        enqueued("z", 7, 0),
        enqueued("a", 255, 1),
        enqueued("a", 256, 2),
        enqueued("b", 256, 3),
        settled("z", 7, Settlement::Aborted),
        Change::EpochsDropped { oldest_kept: EpochNumber::from(256) },
        Change::Forgotten { epoch: EpochNumber::from(256), id: "b".parse().unwrap() },
    ];
    assert_eq!(after(open, &changes), [stored("a", 256, 2)]);
}

fn long_ids_and_texts_are_kept(open: Open) {
    let (id, uri) = ("i".repeat(511), "u".repeat(3 << 20));
    let job = ProvingJob { id: id.parse().unwrap(), inputs_uri: uri.parse().unwrap(), ..job("x", 300) };
    let result = Settlement::Fulfilled("r".repeat(1 << 20).parse().unwrap());
    let changes = [
        Change::Enqueued { job: job.clone(), sequence: u64::MAX },
        Change::Settled { epoch: job.epoch_number, id: job.id.clone(), settlement: result.clone() },
    ];
    let kept = after(open, &changes);
    let stored = StoredJob { settlement: Some(result), job, ..stored("x", 300, u64::MAX) };
    assert!(kept.contains(&stored));
}

fn history() -> History {
    let evidence = Evidence {
        agent: Some("a".parse().unwrap()),
        attempt: 1 << 41,
        class: FailureClass::OutOfMemory,
        reason: "killed \u{1f600}".to_owned(),
        time_ms: -1,
        ram_bytes: u64::MAX,
    };
    let mut history = History::with_failures(2);
    history.evidence = vec![evidence.clone(), Evidence { agent: None, ..evidence }];
    history.is_quarantined = true;
    history.priority = -3;
    history
}

fn leased(name: &str, epoch: u32, lease: &StoredLease) -> Change {
    let (epoch, id) = (EpochNumber::from(epoch), name.parse().unwrap());
    Change::Leased { epoch, id, lease: lease.clone(), sequence: None }
}

fn the_last_hand_out_is_kept_until_the_job_settles(open: Open) {
    let first =
        StoredLease { attempt: 7, agent: Some("a".parse().unwrap()), started_at_ms: 5, is_held: true };
    let ended = StoredLease { attempt: 8, agent: None, started_at_ms: 6, is_held: false };
    let changes = [
        enqueued("held", 400, 1),
        enqueued("ended", 400, 2),
        enqueued("settled", 400, 3),
        leased("held", 400, &first),
        leased("ended", 400, &first),
        leased("ended", 400, &ended),
        leased("settled", 400, &first),
        Change::Renewed { epoch: EpochNumber::from(400), id: "held".parse().unwrap(), attempt: 7 },
        settled("settled", 400, Settlement::Aborted),
    ];
    let kept = after(open, &changes);
    let lease = |name: &str| kept.iter().find(|job| job.job.id.as_str() == name).unwrap().lease.clone();
    assert_eq!((lease("held"), lease("ended"), lease("settled")), (Some(first), Some(ended), None));
    let dropped = Change::EpochDropped { epoch: EpochNumber::from(400) };
    let kept = after(open, &[enqueued("next", 401, 4), dropped]);
    assert!(kept.iter().all(|job| job.job.epoch_number != EpochNumber::from(400)));
    assert!(kept.contains(&stored("next", 401, 4)));
}

fn decisions_are_kept_and_taken_back(open: Open) {
    let set = |key: &str, value: Option<&str>| Change::Set { key: key.into(), value: value.map(Arc::from) };
    after(open, &[set("a", Some("1")), set("b", Some("2")), set("a", Some("3")), set("c", Some("4"))]);
    after(open, &[set("c", None), set("d", None)]);
    let settings = open().load().unwrap().settings;
    assert_eq!(settings, [("a".into(), "3".into()), ("b".into(), "2".into())]);
}

fn suite(open: Open) {
    runs_are_counted(open);
    every_change_is_kept(open);
    epochs_are_dropped_as_a_whole(open);
    long_ids_and_texts_are_kept(open);
    the_last_hand_out_is_kept_until_the_job_settles(open);
    decisions_are_kept_and_taken_back(open);
}

#[test]
fn memory() {
    let store = MemoryStore::new();
    suite(&|| Box::new(store.clone()));
}

#[test]
fn redb() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.redb");
    suite(&|| Box::new(RedbStore::open(&path).unwrap()));
}

#[test]
fn a_redb_file_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.redb");
    let first = RedbStore::open(&path).unwrap();
    assert!(matches!(RedbStore::open(&path), Err(StoreError::Open { .. })));
    drop(first);
    RedbStore::open(&path).unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.redb");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(RedbStore::open(&path), Err(StoreError::Open { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
}

#[test]
fn a_file_that_was_not_finished_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("jobs.redb");
    std::fs::write(folder.path().join("jobs.redb.new"), [0; 100]).unwrap();
    assert_eq!(RedbStore::open(&path).unwrap().load().unwrap().jobs, []);
    assert!(!folder.path().join("jobs.redb.new").exists());
}
