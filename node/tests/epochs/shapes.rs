//! Epochs of any legal shape, from execution to the root proof, through circuits that check every hint.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chinampa_agent::{Backend as _, SimulatedBackend, TestDelay, Work};
use chinampa_circuits::{ArtifactFolder, Circuits};
use chinampa_jobs::{EpochNumber, JobResult, RequestType};
use chinampa_node::epoch::{Effect, EpochProof, EpochProver, Event, PlannedJob};
use chinampa_node::execution::{CheckpointInput, execute_checkpoint};
use chinampa_sim::SyntheticChain;
use chinampa_sim::circuits::simulate;
use chinampa_testkit::peers;
use proptest::prelude::*;

/// Txs of each block of a checkpoint, and its messages from L1.
type Shape = (Vec<usize>, usize);

fn checkpoint() -> impl Strategy<Value = Shape> {
    let blocks = (0_usize..5, prop::collection::vec(1_usize..4, 0..5));
    let messages = prop_oneof![Just(0_usize), 1_usize..5, Just(1_024)];
    (blocks, messages).prop_map(|((first, later), messages)| {
        let mut txs = vec![first];
        txs.extend(later);
        (txs, messages)
    })
}

/// The checkpoints of an epoch on a chain of its own.
fn checkpoints(chain: &mut SyntheticChain, shapes: &[Shape]) -> Vec<CheckpointInput> {
    chain.start_epoch();
    shapes.iter().map(|(txs, messages)| chain.checkpoint(txs, *messages)).collect()
}

fn simulated(job: &PlannedJob) -> JobResult {
    simulate(&job.inputs).unwrap_or_else(|error| panic!("{}: {}", job.id, error.0))
}

/// Proves an epoch; gives the proof and how many different jobs of each kind it took.
fn prove(
    chain: &SyntheticChain,
    inputs: &[CheckpointInput],
    circuit: impl Fn(&PlannedJob) -> JobResult,
) -> (EpochProof, BTreeMap<RequestType, usize>) {
    let (first, last) = (inputs[0].checkpoint.number, inputs[inputs.len() - 1].checkpoint.number);
    let mut prover = EpochProver::new(EpochNumber::from(1), first);
    let mut events: VecDeque<Event> = VecDeque::new();
    for input in inputs {
        let executed = execute_checkpoint(&chain.world, input, &chain.prover).expect("a legal checkpoint");
        events.push_back(Event::Checkpoint(Box::new(executed)));
    }
    events.push_back(Event::Complete { last });
    let (mut jobs, mut proof) = (BTreeMap::new(), None);
    while let Some(event) = events.pop_front() {
        for effect in prover.step(event).expect("a legal epoch") {
            match effect {
                Effect::Enqueue(job) => {
                    let result = Box::new(circuit(&job));
                    *jobs.entry(job.inputs.request_type()).or_default() += 1;
                    events.push_back(Event::Done { id: job.id, result });
                }
                Effect::Proven(proven) => proof = Some(*proven),
                other => panic!("unexpected {other:?}"),
            }
        }
    }
    (proof.expect("all jobs are done"), jobs)
}

/// Different quarters of messages: a quarter of zeros is proven once in an epoch.
fn parity_jobs(shapes: &[Shape]) -> usize {
    let filled: usize = shapes.iter().map(|(_, messages)| messages.div_ceil(256)).sum();
    filled + usize::from(shapes.iter().any(|(_, messages)| *messages <= 768))
}

fn assert_counts(shapes: &[Shape], jobs: &BTreeMap<RequestType, usize>) {
    let count = |request_type| jobs.get(&request_type).copied().unwrap_or_default();
    let blocks = || shapes.iter().flat_map(|(txs, _)| txs.iter());
    assert_eq!(count(RequestType::PrivateTxBaseRollup), blocks().sum::<usize>());
    assert_eq!(count(RequestType::TxMergeRollup), blocks().map(|txs| txs.saturating_sub(2)).sum::<usize>());
    let merges = shapes.iter().map(|(txs, _)| txs.len().saturating_sub(2)).sum::<usize>();
    assert_eq!(count(RequestType::BlockMergeRollup), merges);
    let roots = [
        RequestType::BlockRootFirstRollup,
        RequestType::BlockRootSingleTxFirstRollup,
        RequestType::BlockRootEmptyTxFirstRollup,
        RequestType::BlockRootRollup,
        RequestType::BlockRootSingleTxRollup,
    ];
    assert_eq!(roots.map(count).iter().sum::<usize>(), blocks().count());
    let single = shapes.iter().filter(|(txs, _)| txs.len() == 1).count();
    assert_eq!(count(RequestType::CheckpointRootSingleBlockRollup), single);
    assert_eq!(count(RequestType::CheckpointRootRollup), shapes.len() - single);
    assert_eq!(count(RequestType::CheckpointMergeRollup), shapes.len().saturating_sub(2));
    assert_eq!(count(RequestType::CheckpointPaddingRollup), usize::from(shapes.len() == 1));
    assert_eq!(count(RequestType::RootRollup), 1);
    assert_eq!(count(RequestType::ParityBase), parity_jobs(shapes));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn any_legal_epoch_leads_to_its_root(
        seed in any::<u64>(),
        shapes in prop::collection::vec(checkpoint(), 1..6),
    ) {
        let mut chain = SyntheticChain::new(seed);
        let inputs = checkpoints(&mut chain, &shapes);
        let (proof, jobs) = prove(&chain, &inputs, simulated);
        assert_counts(&shapes, &jobs);
        let last = &inputs[inputs.len() - 1].checkpoint;
        prop_assert_eq!(proof.public_inputs.end_archive_root, last.archive.root);
        prop_assert_eq!(proof.public_inputs.out_hash, last.header.epoch_out_hash);
    }
}

#[test]
fn the_longest_epoch_has_32_checkpoints() {
    let mut chain = SyntheticChain::new(32);
    let shapes: Vec<Shape> = (0..32).map(|index| (vec![index % 3], index % 2)).collect();
    let inputs = checkpoints(&mut chain, &shapes);
    let (proof, jobs) = prove(&chain, &inputs, simulated);
    assert_counts(&shapes, &jobs);
    assert_eq!(jobs[&RequestType::CheckpointMergeRollup], 30);
    assert!(proof.public_inputs.checkpoint_header_hashes.iter().all(|hash| !hash.is_zero()));
    // The next epoch goes on from there.
    let inputs = checkpoints(&mut chain, &[(vec![1, 2, 1, 3], 0)]);
    let (next, jobs) = prove(&chain, &inputs, simulated);
    assert_eq!(next.public_inputs.previous_archive_root, proof.public_inputs.end_archive_root);
    assert_eq!((jobs[&RequestType::BlockMergeRollup], next.first), (2, 33));
}

/// Every kind of job that an epoch without public calls can have, through Aztec's own circuits.
#[test]
fn the_real_circuits_accept_every_kind_of_job_and_return_the_same() {
    let folder = ArtifactFolder::open(&peers::circuits()).expect("the package");
    let backend = SimulatedBackend::new(Arc::new(Circuits::new(folder)), TestDelay::default());
    let real = |job: &PlannedJob| {
        let result = backend.prove(&job.inputs, &Work::default());
        let result = result.unwrap_or_else(|error| panic!("{}: {error}", job.id));
        assert!(result == simulated(job), "{}", job.id);
        result
    };
    let mut chain = SyntheticChain::new(7);
    let mut kinds = BTreeMap::new();
    // Three and four blocks, each kind of first block, three checkpoints; then one alone.
    let epochs: [&[Shape]; 2] =
        [&[(vec![3, 1, 2, 1], 5), (vec![0], 0), (vec![1, 2, 1], 1_024)], &[(vec![2], 0)]];
    for shapes in epochs {
        let inputs = checkpoints(&mut chain, shapes);
        let (_, jobs) = prove(&chain, &inputs, real);
        assert_counts(shapes, &jobs);
        kinds.extend(jobs);
    }
    let public = [RequestType::PublicVm, RequestType::PublicChonkVerifier, RequestType::PublicTxBaseRollup];
    let missing = RequestType::ALL.into_iter().filter(|kind| kind.is_aztecs() && !kinds.contains_key(kind));
    assert_eq!(missing.collect::<Vec<_>>(), public);
}
