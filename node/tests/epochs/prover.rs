//! The prover beside our real broker, over Aztec's JSON-RPC, with an agent that answers what was recorded.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chinampa_broker::queue::QueueConfig;
use chinampa_broker::server::{Guard, ServerConfig, serve};
use chinampa_broker::store::{MemoryStore, RedbStore, Store};
use chinampa_broker::{Broker, Worker, WorkerConfig};
use chinampa_jobs::rpc::{Call, CallResult};
use chinampa_jobs::{
    Assignment, BrokerAccess, EpochNumber, JobId, JobInputs, JobStatus, ObjectKind, ProofLocation, ProofUri,
    ProvingJob, RequestType, object_path,
};
use chinampa_node::epoch::{EpochProof, JobFailure};
use chinampa_node::prover::{
    EpochHandle, EpochUpdate, PayloadStore, Prover, ProverConfig, ProvingBroker, RpcBroker,
};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::{Chain, Golden, private_golden, run};

/// The broker as its program runs it, on a port of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    worker: Worker,
}

impl Server {
    pub(crate) async fn start<S: Store + 'static>(store: S, address: Option<SocketAddr>) -> Self {
        // All six epochs at once; Aztec's default keeps two.
        let queue = QueueConfig { epochs_kept: 10, ..QueueConfig::default() };
        let config = WorkerConfig { queue, ..WorkerConfig::default() };
        let (broker, worker) = Broker::start(config, store).expect("a store");
        let listener = match address {
            None => TcpListener::bind("127.0.0.1:0").await.expect("a port"),
            Some(address) => {
                let socket = TcpSocket::new_v4().expect("a socket");
                socket.set_reuseaddr(true).expect("reuse");
                socket.bind(address).expect("the port is free again");
                socket.listen(64).expect("listens")
            }
        };
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let config = ServerConfig { drain_timeout: Duration::from_millis(200), ..ServerConfig::default() };
        let serving = tokio::spawn(serve(listener, broker, config, Guard::open(), async {
            let _ = stopped.await;
        }));
        Self { address, stop, serving, worker }
    }

    pub(crate) async fn stop(self) -> SocketAddr {
        let _ = self.stop.send(());
        self.serving.await.expect("the server ends");
        tokio::task::spawn_blocking(|| self.worker.join()).await.expect("the worker ends");
        self.address
    }

    fn client(&self) -> RpcBroker {
        client(self.address)
    }
}

fn client(address: SocketAddr) -> RpcBroker {
    let url = format!("http://{address}").parse().expect("a URL");
    RpcBroker::new(url, &BrokerAccess::default(), Duration::from_secs(5)).expect("a client")
}

/// What an agent does with each job.
#[derive(Clone)]
pub(crate) struct Agent {
    golden: Arc<BTreeMap<JobId, Golden>>,
    /// Where results go; none for inline.
    folder: Option<Arc<Path>>,
    /// A kind of job that it reports as failed.
    fails: Option<RequestType>,
    proven: Arc<AtomicUsize>,
    log: Arc<Mutex<Vec<JobId>>>,
}

impl Agent {
    pub(crate) fn new(golden: &Arc<BTreeMap<JobId, Golden>>) -> Self {
        Self {
            golden: Arc::clone(golden),
            folder: None,
            fails: None,
            proven: Arc::default(),
            log: Arc::default(),
        }
    }

    /// Works until it is aborted. A broker that does not answer is asked again.
    pub(crate) fn start(self, address: SocketAddr) -> JoinHandle<()> {
        tokio::spawn(async move {
            let broker = client(address);
            let mut call = Call::GetProvingJob(None);
            loop {
                // The answer to a report is the next job.
                call = match broker.call(&call).await {
                    Ok(CallResult::Assignment(Some(Assignment { job, .. }))) => self.answer(job),
                    _ => {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                        Call::GetProvingJob(None)
                    }
                };
            }
        })
    }

    fn answer(&self, job: ProvingJob) -> Call {
        let recorded = self.golden.get(&job.id).unwrap_or_else(|| panic!("{} is not recorded", job.id));
        assert!(inputs(&job.inputs_uri, job.request_type) == recorded.inputs, "{}", job.id);
        if self.fails == Some(job.request_type) {
            return Call::ReportProvingJobError {
                id: job.id,
                error: "no such witness".to_owned(),
                retry: Some(false),
                filter: None,
            };
        }
        self.proven.fetch_add(1, Ordering::Relaxed);
        self.log.lock().expect("no panic").push(job.id.clone());
        let value = match &self.folder {
            None => recorded.result.to_inline_uri().expect("a URI"),
            Some(folder) => {
                let name = object_path(ObjectKind::Outputs, job.request_type, &job.id).expect("a plain id");
                let path = folder.join(name);
                std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
                std::fs::write(&path, recorded.result.to_json()).expect("written");
                format!("file://{}", path.display()).parse().expect("a URI")
            }
        };
        Call::ReportProvingJobSuccess { id: job.id, value, filter: None }
    }
}

fn inputs(uri: &ProofUri, request_type: RequestType) -> JobInputs {
    match uri.location().expect("a known form") {
        ProofLocation::Inline(_) => JobInputs::from_inline_uri(uri).expect("inputs"),
        ProofLocation::Object(object) => {
            let buffer = std::fs::read(Path::new("/").join(object.key)).expect("a file");
            JobInputs::from_buffer(request_type, buffer).expect("inputs")
        }
    }
}

pub(crate) fn quick() -> ProverConfig {
    ProverConfig {
        poll_interval: Duration::from_millis(10),
        snapshot_interval: Duration::from_millis(300),
        retry_pauses: vec![Duration::from_millis(20)],
        ..ProverConfig::default()
    }
}

/// Hands an epoch's checkpoints over.
pub(crate) fn feed(chain: &Chain, epoch: u32, handle: &EpochHandle) {
    for number in &chain.epochs[&epoch] {
        handle.checkpoint(chain.execute(*number));
    }
    handle.complete(*chain.epochs[&epoch].last().expect("checkpoints"));
}

pub(crate) async fn proven(updates: &mut UnboundedReceiver<EpochUpdate>) -> EpochProof {
    let wait = async {
        loop {
            match updates.recv().await.expect("the epoch is open") {
                EpochUpdate::Proven(proof) => return *proof,
                EpochUpdate::Progress(_) => {}
                other => panic!("unexpected {other:?}"),
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("within a minute")
}

/// What the state machine alone makes of an epoch.
fn expected(chain: &Chain, epoch: u32, golden: &BTreeMap<JobId, Golden>) -> EpochProof {
    use chinampa_node::epoch::Event;
    let numbers = &chain.epochs[&epoch];
    let executed = numbers.iter().map(|number| Event::Checkpoint(Box::new(chain.execute(*number))));
    let last = *numbers.last().expect("checkpoints");
    let events = executed.chain([Event::Complete { last }]).collect();
    run(epoch, numbers[0], events, golden).proof.expect("proven")
}

fn start<B: ProvingBroker>(
    prover: &Prover<B>,
    chain: &Chain,
    epoch: u32,
) -> (EpochHandle, UnboundedReceiver<EpochUpdate>) {
    let opened = prover.open(EpochNumber::from(epoch), chain.epochs[&epoch][0]);
    feed(chain, epoch, &opened.0);
    opened
}

#[tokio::test(flavor = "multi_thread")]
async fn six_epochs_at_once_are_proven_with_inline_and_with_stored_payloads() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let folder = tempfile::tempdir().expect("a folder");
    let url = format!("file://{}", folder.path().display());
    for place in [None, Some(url.as_str())] {
        let store = PayloadStore::open(place).expect("a store");
        let server = Server::start(MemoryStore::new(), None).await;
        let mut agent = Agent::new(&golden);
        agent.folder = place.map(|_| Arc::from(folder.path()));
        let proven_jobs = Arc::clone(&agent.proven);
        let agents = [agent.clone().start(server.address), agent.start(server.address)];
        let prover = Prover::start(server.client(), store.clone(), quick());
        let mut open = Vec::new();
        for epoch in chain.epochs.keys() {
            open.push((*epoch, start(&prover, &chain, *epoch)));
        }
        for (epoch, (_handle, updates)) in &mut open {
            assert_eq!(proven(updates).await, expected(&chain, *epoch, &golden), "{store:?}: {epoch}");
        }
        assert_eq!(proven_jobs.load(Ordering::Relaxed), 99, "{store:?}: every job once");
        agents.iter().for_each(JoinHandle::abort);
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_goes_away_and_forgets_everything_costs_time_only() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let server = Server::start(MemoryStore::new(), None).await;
    let prover = Prover::start(server.client(), PayloadStore::open(None).expect("no place"), quick());
    let (_handle, mut updates) = start(&prover, &chain, 59);
    // Nobody proves yet: all jobs that can be enqueued are in a memory that is about to go.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let address = server.stop().await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    let server = Server::start(MemoryStore::new(), Some(address)).await;
    let agent = Agent::new(&golden).start(address);
    assert_eq!(proven(&mut updates).await, expected(&chain, 59, &golden));
    agent.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_prover_that_starts_again_finds_what_is_proven() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let folder = tempfile::tempdir().expect("a folder");
    let open = || RedbStore::open(&folder.path().join("jobs.redb")).expect("a store");
    let server = Server::start(open(), None).await;
    let agent = Agent::new(&golden);
    let proven_jobs = Arc::clone(&agent.proven);
    let first = agent.clone().start(server.address);
    let prover = Prover::start(server.client(), PayloadStore::open(None).expect("no place"), quick());
    let (handle, mut updates) = start(&prover, &chain, 60);
    proven(&mut updates).await;
    let jobs = proven_jobs.load(Ordering::Relaxed);
    assert_eq!(jobs, 25);
    first.abort();
    drop((handle, prover));
    // Broker and prover start again; the only agent that there is would be noticed.
    let address = server.stop().await;
    let server = Server::start(open(), Some(address)).await;
    let second = agent.start(address);
    let prover = Prover::start(server.client(), PayloadStore::open(None).expect("no place"), quick());
    let (_handle, mut updates) = start(&prover, &chain, 60);
    assert_eq!(proven(&mut updates).await, expected(&chain, 60, &golden));
    assert_eq!(proven_jobs.load(Ordering::Relaxed), jobs, "nothing was proven twice");
    second.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_fails_for_good_stops_its_epoch_and_says_why() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let server = Server::start(MemoryStore::new(), None).await;
    let agent = Agent { fails: Some(RequestType::TxMergeRollup), ..Agent::new(&golden) };
    let agent = agent.start(server.address);
    let prover = Prover::start(server.client(), PayloadStore::open(None).expect("no place"), quick());
    let (_handle, mut updates) = start(&prover, &chain, 61);
    let failure = async {
        loop {
            match updates.recv().await.expect("the epoch is open") {
                EpochUpdate::Failed(id, failure) => return (id, failure),
                EpochUpdate::Progress(progress) => assert!(!progress.proven),
                other => panic!("unexpected {other:?}"),
            }
        }
    };
    let (id, failure) = tokio::time::timeout(Duration::from_secs(60), failure).await.expect("a minute");
    assert_eq!(id.parts().expect("an id").request_type, RequestType::TxMergeRollup);
    assert_eq!(failure, JobFailure::Rejected("no such witness".to_owned()));
    agent.abort();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn abandoned_jobs_are_cancelled_if_that_is_wanted_and_run_again_when_needed() {
    let (chain, golden) = (Chain::private(), Arc::new(private_golden()));
    let server = Server::start(MemoryStore::new(), None).await;
    let config = ProverConfig { cancel_abandoned: true, ..quick() };
    let prover = Prover::start(server.client(), PayloadStore::open(None).expect("no place"), config);
    let (handle, mut updates) = start(&prover, &chain, 61);
    // Four txs, and the parity base of no messages.
    let ids: Vec<JobId> = golden
        .keys()
        .filter(|id| {
            let parts = id.parts().expect("an id");
            let kinds = [RequestType::PrivateTxBaseRollup, RequestType::ParityBase];
            parts.epoch == EpochNumber::from(61) && kinds.contains(&parts.request_type)
        })
        .cloned()
        .collect();
    assert_eq!(ids.len(), 5);
    let client = server.client();
    assert!(becomes(&client, &ids, |status| *status == JobStatus::InQueue).await);
    handle.removed(chain.epochs[&61][0]);
    let aborted = JobStatus::Rejected { reason: JobStatus::REASON_ABORTED.to_owned() };
    assert!(becomes(&client, &ids, |status| *status == aborted).await);
    feed(&chain, 61, &handle);
    assert!(becomes(&client, &ids, |status| *status == JobStatus::InQueue).await);
    let agent = Agent::new(&golden).start(server.address);
    assert_eq!(proven(&mut updates).await, expected(&chain, 61, &golden));
    agent.abort();
    server.stop().await;
}

/// Whether all of the jobs come to a status within half a minute.
async fn becomes(client: &RpcBroker, ids: &[JobId], wanted: impl Fn(&JobStatus) -> bool) -> bool {
    for _ in 0..600 {
        let mut all = true;
        for id in ids {
            let answer = client.call(&Call::GetProvingJobStatus(id.clone())).await;
            all &= matches!(answer, Ok(CallResult::Status(status)) if wanted(&status));
        }
        if all {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}
