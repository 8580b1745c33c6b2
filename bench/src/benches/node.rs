//! From checkpoints to jobs: execution with all hints, linking an epoch, planning all of it.
//!
//! No other implementation in Rust is known. Aztec's own does the same in TypeScript with a native world state, spread
//! over its prover node; its time from start to proven for recorded epochs is in `tests/vectors/private`.

use std::collections::{BTreeMap, VecDeque};

use chinampa_jobs::{EpochNumber, JobId, JobResult};
use chinampa_node::epoch::{Effect, EpochProof, EpochProver, Event};
use chinampa_node::execution::{CheckpointInput, ExecutedCheckpoint, execute_checkpoint};
use chinampa_node::planner::EpochPlan;
use chinampa_protocol::codec::Encode as _;
use chinampa_sim::SyntheticChain;
use chinampa_sim::circuits::simulate;

use crate::bench::{Bench, Contender, Definition, Scale};

const OURS: &str = "chinampa-node";

pub(crate) fn definitions() -> Vec<Definition> {
    let bench = |name, operation, build| Definition { name, operation, build };
    vec![
        bench("node/execute", "tx of a checkpoint of 32, with all hints and blobs", execute),
        bench("node/link", "checkpoint of an epoch of 32, all blobs opened", link),
        bench("node/plan", "epoch of 32 checkpoints of 32 txs: executed, linked, 2,081 jobs planned", plan),
    ]
}

/// An epoch of `checkpoints` blocks of `txs` txs.
fn epoch(checkpoints: usize, txs: usize) -> (SyntheticChain, Vec<CheckpointInput>) {
    let mut chain = SyntheticChain::new(1);
    chain.start_epoch();
    let inputs = (0..checkpoints).map(|_| chain.checkpoint(&[txs], 0)).collect();
    (chain, inputs)
}

fn executed(chain: &SyntheticChain, input: &CheckpointInput) -> ExecutedCheckpoint {
    execute_checkpoint(&chain.world, input, &chain.prover).expect("a legal checkpoint")
}

fn execute(scale: Scale) -> Bench {
    let txs = scale.pick(32, 2);
    let (chain, inputs) = epoch(1, txs);
    let run = move || executed(&chain, &inputs[0]);
    let ours = Contender::new(OURS, run, |done| done.header.to_bytes());
    Bench { operations: txs, contenders: vec![ours] }
}

fn link(scale: Scale) -> Bench {
    let checkpoints = scale.pick(32, 2);
    let (chain, inputs) = epoch(checkpoints, 1);
    let done: Vec<_> = inputs.iter().map(|input| executed(&chain, input)).collect();
    let run = move || EpochPlan::new(&done.iter().collect::<Vec<_>>()).expect("an epoch");
    let ours = Contender::new(OURS, run, |plan| plan.root_public_inputs().to_bytes());
    Bench { operations: checkpoints, contenders: vec![ours] }
}

/// What proving costs is left out: the results of all jobs are there beforehand.
fn plan(scale: Scale) -> Bench {
    let (chain, inputs) = epoch(scale.pick(32, 2), scale.pick(32, 2));
    let mut results: BTreeMap<JobId, JobResult> = BTreeMap::new();
    drive(&chain, &inputs, |job, inputs| {
        let result = simulate(inputs).expect("our own inputs");
        results.insert(job.clone(), result.clone());
        result
    });
    let run = move || drive(&chain, &inputs, |job, _| results[job].clone());
    let ours = Contender::new(OURS, run, |proof| proof.public_inputs.to_bytes());
    Bench { operations: 1, contenders: vec![ours] }
}

/// Takes an epoch from its checkpoints to its proof.
fn drive(
    chain: &SyntheticChain,
    inputs: &[CheckpointInput],
    mut prove: impl FnMut(&JobId, &chinampa_jobs::JobInputs) -> JobResult,
) -> EpochProof {
    let last = inputs[inputs.len() - 1].checkpoint.number;
    let mut prover = EpochProver::new(EpochNumber::from(1), inputs[0].checkpoint.number);
    let mut next = inputs.iter();
    let mut open: VecDeque<Event> = VecDeque::new();
    let mut complete = Some(Event::Complete { last });
    loop {
        // A checkpoint's jobs go on their way before the next checkpoint is there.
        let event = open
            .pop_front()
            .or_else(|| next.next().map(|input| Event::Checkpoint(Box::new(executed(chain, input)))))
            .or_else(|| complete.take())
            .expect("the epoch ends with its proof");
        for effect in prover.step(event).expect("a legal epoch") {
            match effect {
                Effect::Enqueue(job) => {
                    let result = Box::new(prove(&job.id, &job.inputs));
                    open.push_back(Event::Done { id: job.id, result });
                }
                Effect::Proven(proof) => return *proof,
                other => panic!("unexpected {other:?}"),
            }
        }
    }
}
