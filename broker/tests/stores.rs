//! One suite for every store: what was committed is there after the store is opened again, and nothing else.

#![expect(clippy::unwrap_used, reason = "a store that fails here fails the test")]

use chinampa_broker::queue::{Change, Settlement, StoredJob};
use chinampa_broker::store::{MemoryStore, RedbStore, Store, StoreError};
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
    StoredJob { job: job(name, epoch), sequence, failures: 0, settlement: None }
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
        Change::Failed { epoch, id, failures: 2 },
        settled("a", 7, fulfilled.clone()),
        settled("c", 7, rejected.clone()),
        settled("d", 7, Settlement::Aborted),
    ];
    let expected = [
        StoredJob { settlement: Some(fulfilled), ..stored("a", 7, 3) },
        StoredJob { failures: 2, ..stored("b", 7, 4) },
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
    assert!(kept.contains(&StoredJob { job, sequence: u64::MAX, failures: 0, settlement: Some(result) }));
}

fn suite(open: Open) {
    runs_are_counted(open);
    every_change_is_kept(open);
    epochs_are_dropped_as_a_whole(open);
    long_ids_and_texts_are_kept(open);
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
