//! One suite for every store: what was committed is there after the store is opened again, and nothing else.

#![expect(clippy::unwrap_used, reason = "a store that fails here fails the test")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use chinampa_broker::queue::{Change, Evidence, History, Settlement, StoredJob, StoredLease};
use chinampa_broker::store::{
    MemoryStore, RedbStore, RedisStore, RedisUrl, RedisUrlError, Store, StoreError,
};
use chinampa_jobs::agent::FailureClass;
use chinampa_jobs::{EpochNumber, ProvingJob, RequestType};
use chinampa_testkit::redis::{RedisServer, SAFE};

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
    StoredJob { job: job(name, epoch), sequence, history: None, lease: None, settlement: None, trace: None }
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
    store.follow(true).unwrap();
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
    let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap();
    let in_trace = Change::EnqueuedInTrace { job: job("e", 7), sequence: 10, trace };
    assert_eq!(after(open, &[in_trace])[4], StoredJob { trace: Some(trace), ..stored("e", 7, 10) });
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

fn redis_store(server: &RedisServer) -> Result<RedisStore, StoreError> {
    RedisStore::open(&RedisUrl::parse(&server.url()).unwrap())
}

#[test]
fn redis() {
    let server = RedisServer::start(&SAFE);
    suite(&|| Box::new(redis_store(&server).unwrap()));
}

#[test]
fn what_redis_has_acknowledged_is_there_after_it_was_killed() {
    let mut server = RedisServer::start(&SAFE);
    let mut store = redis_store(&server).unwrap();
    store.load().unwrap();
    store.follow(true).unwrap();
    store.commit(&[enqueued("a", 7, 1)]).unwrap();
    server.kill_and_restart();
    assert!(store.follow(false).is_err(), "the connection is gone");
    assert_eq!(store.load().unwrap().jobs, [stored("a", 7, 1)], "and made again");
}

#[test]
fn servers_that_lose_or_evict_are_refused_with_what_to_set() {
    let without = |name: &str| {
        let pairs = SAFE.chunks(2).filter(|pair| pair[0] != name);
        pairs.flatten().copied().collect::<Vec<_>>()
    };
    let problem = |arguments: &[&str]| match redis_store(&RedisServer::start(arguments)) {
        Err(StoreError::Unsafe { remedy, .. }) => remedy,
        other => panic!("{arguments:?}: {other:?}"),
    };
    assert!(problem(&without("--maxmemory")).contains("set maxmemory"));
    let evicts = [&without("--maxmemory-policy")[..], &["--maxmemory-policy", "allkeys-lru"]].concat();
    assert!(problem(&evicts).contains("maxmemory-policy noeviction"));
    assert!(problem(&without("--appendonly")).contains("appendonly yes"));
    assert!(problem(&without("--appendfsync")).contains("appendfsync always"));
    let server = RedisServer::start(&without("--appendonly"));
    let allowed = RedisUrl::parse(&format!("{}?allow=no-persistence", server.url())).unwrap();
    assert!(RedisStore::open(&allowed).is_ok());
}

#[test]
fn a_server_that_becomes_unsafe_is_noticed() {
    let server = RedisServer::start(&SAFE);
    let mut store = redis_store(&server).unwrap();
    store.check().unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let mut connection = client.get_connection().unwrap();
    redis::cmd("CONFIG").arg(&["SET", "maxmemory-policy", "allkeys-lru"]).exec(&mut connection).unwrap();
    assert!(matches!(store.check(), Err(StoreError::Unsafe { .. })));
}

#[test]
fn a_full_redis_refuses_more_and_lets_old_epochs_go() {
    let arguments: Vec<_> = SAFE.iter().map(|part| if *part == "256mb" { "24mb" } else { part }).collect();
    let server = RedisServer::start(&arguments);
    let mut store = redis_store(&server).unwrap();
    store.load().unwrap();
    let large = |number: u32| Change::Enqueued {
        job: ProvingJob { inputs_uri: "u".repeat(1 << 20).parse().unwrap(), ..job(&number.to_string(), 7) },
        sequence: u64::from(number),
    };
    let mut count = 0;
    let error = loop {
        store.follow(true).unwrap();
        match store.commit(&[large(count)]) {
            Ok(()) => count += 1,
            Err(error) => break error,
        }
        assert!(count < 100, "it is never full");
    };
    assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    let kept = store.load().unwrap().jobs.len();
    assert_eq!(kept, count as usize, "what was acknowledged is there, and nothing else");
    store.end_turn().unwrap();
    store.follow(true).unwrap();
    store.commit(&[Change::EpochDropped { epoch: EpochNumber::from(7) }]).unwrap();
    assert_eq!(store.load().unwrap().jobs, []);
}

#[test]
fn brokers_take_turns_and_see_each_others_changes() {
    let server = RedisServer::start(&SAFE);
    let (mut first, mut second) = (redis_store(&server).unwrap(), redis_store(&server).unwrap());
    first.load().unwrap();
    second.load().unwrap();
    first.follow(true).unwrap();
    first.commit(&[enqueued("a", 7, 1)]).unwrap();
    assert_eq!(second.follow(true).unwrap(), [enqueued("a", 7, 1)]);
    // The second one dies in its turn: the first one goes on when the turn is over, and the second one is refused.
    assert_eq!(first.follow(true).unwrap(), []);
    assert!(second.commit(&[enqueued("b", 7, 2)]).is_err());
    first.commit(&[enqueued("c", 7, 3)]).unwrap();
    second.load().unwrap();
    assert_eq!(second.follow(true).unwrap(), []);
    second.commit(&[enqueued("d", 7, 4)]).unwrap();
    let names = |jobs: Vec<StoredJob>| jobs.iter().map(|job| job.job.id.to_string()).collect::<String>();
    assert_eq!(names(first.load().unwrap().jobs), "acd");
}

/// A server that is not called by the testkit's ports: Sentinel, and one with TLS. Killed when it is dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn redis_server(folder: &Path, arguments: &[&str]) -> Process {
    let mut command = Command::new("redis-server");
    command.args(arguments).current_dir(folder).stdout(Stdio::null()).stderr(Stdio::null());
    Process(command.spawn().unwrap())
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Tries until it works, as servers do not yet while they start or fail over.
fn patiently<T>(mut open: impl FnMut() -> Result<T, StoreError>) -> T {
    let begin = Instant::now();
    loop {
        match open() {
            Ok(value) => return value,
            Err(error) => assert!(begin.elapsed() < Duration::from_secs(60), "{error}"),
        }
        thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn sentinel_names_the_server_and_nothing_acknowledged_is_lost_when_it_fails_over() {
    let mut master = RedisServer::start(&SAFE);
    let master_port = master.url().rsplit(':').next().unwrap().to_owned();
    let _replica = RedisServer::start(&[&SAFE[..], &["--replicaof", "127.0.0.1", &master_port]].concat());
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port().to_string());
    let config = format!(
        "sentinel monitor main 127.0.0.1 {master_port} 1\nsentinel down-after-milliseconds main 1000\n\
         sentinel failover-timeout main 5000\n"
    );
    std::fs::write(folder.path().join("sentinel.conf"), config).unwrap();
    let _sentinel =
        redis_server(folder.path(), &["sentinel.conf", "--sentinel", "--port", &port, "--bind", "127.0.0.1"]);
    let url = RedisUrl::parse(&format!("redis+sentinel://127.0.0.1:{port}/main")).unwrap();
    let mut store = patiently(|| RedisStore::open(&url));
    // Nothing is acknowledged before the replica has it.
    patiently(|| {
        store.load()?;
        store.follow(true)?;
        store.commit(&[enqueued("a", 7, 1)])
    });
    // Sentinel looks for replicas every ten seconds; it fails over to one that it knows.
    let sentinel = redis::Client::open(format!("redis://127.0.0.1:{port}")).unwrap();
    patiently(|| {
        let replicas: Vec<redis::Value> =
            redis::cmd("SENTINEL").arg("replicas").arg("main").query(&mut sentinel.get_connection()?)?;
        if replicas.is_empty() { Err(StoreError::Unavailable("no replica yet".to_owned())) } else { Ok(()) }
    });
    let begin = Instant::now();
    master.kill();
    // What was the replica has none of its own now, which the owner has to allow.
    let url = RedisUrl::parse(&format!("redis+sentinel://127.0.0.1:{port}/main?allow=no-replica")).unwrap();
    let jobs = patiently(|| RedisStore::open(&url)?.load()).jobs;
    assert_eq!(jobs, [stored("a", 7, 1)]);
    println!("read from the new master {} ms after the old one was killed", begin.elapsed().as_millis());
}

#[test]
fn redis_speaks_tls_with_authorities_of_ones_own() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let certified = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    std::fs::write(path("certificate"), certified.cert.pem()).unwrap();
    std::fs::write(path("key"), certified.signing_key.serialize_pem()).unwrap();
    let (tls_port, certificate, key) = (port.to_string(), path("certificate"), path("key"));
    let tls =
        ["--port", "0", "--tls-port", &tls_port, "--tls-cert-file", &certificate, "--tls-key-file", &key];
    let more = ["--tls-auth-clients", "no", "--bind", "127.0.0.1", "--save", ""];
    let _server = redis_server(folder.path(), &[&SAFE[..], &tls, &more].concat());
    let url = format!("rediss://localhost:{port}");
    let known = RedisUrl::parse(&format!("{url}?ca={certificate}")).unwrap();
    patiently(|| RedisStore::open(&known));
    suite(&|| Box::new(RedisStore::open(&known).unwrap()));
    let unknown = RedisStore::open(&RedisUrl::parse(&url).unwrap()).unwrap_err();
    assert!(matches!(unknown, StoreError::Redis(_)), "{unknown:?}");
    let missing = RedisUrl::parse(&format!("{url}?ca={}", path("absent"))).unwrap();
    assert!(RedisStore::open(&missing).is_err());
    assert_eq!(RedisUrl::parse("redis://h?ca=/x").unwrap_err(), RedisUrlError::Authorities);
}
