//! Recorded chains as a node has them, and the jobs that Aztec's prover made of them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_jobs::{EpochNumber, JobId, JobInputs, JobResult, RequestType};
use chinampa_node::epoch::{Effect, EpochProof, EpochProver, Event};
use chinampa_node::execution::{CheckpointInput, ExecutedCheckpoint, ProverContext, execute_checkpoint};
use chinampa_protocol::block::{BlockHeader, Checkpoint};
use chinampa_protocol::circuits::{ParityBasePrivateInputs, PublicDataTreeLeaf};
use chinampa_protocol::codec::Decode as _;
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::tree::ephemeral::in_hash;
use chinampa_protocol::tree::{BlockUpdate, Genesis, MemoryStore, WorldState};
use chinampa_protocol::tx::Tx;
use chinampa_protocol::{AztecAddress, Fr};
use chinampa_testkit::vectors;
use serde_json::Value;

/// Who proved the recorded epochs.
const PROVER: &str = "0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc";
/// Accounts that the recorded networks fund at genesis: three test accounts, the sponsor of fees.
const FUNDED: [&str; 4] = [
    "0x0a60414ee907527880b7a53d4dacdeb9ef768bb98d9d8d1e7200725c13763331",
    "0x00cedf87a800bd88274762d77ffd93e97bc881d1fc99570d62ba97953597914d",
    "0x1dd551228da3a56b5da5f5d73728e08d8114f59897c27136f1bcdd4c05028905",
    "0x09a4df73aa47f82531a038d1d51abfc85b27665c4b7ca751e2d4fa9f19caffb2",
];
/// What each of them gets: 10,000 units of fee juice.
const FUNDS: u128 = 10_000 * 10_u128.pow(18);
/// Slots of an epoch in the recorded networks.
const EPOCH_SLOTS: u32 = 4;

pub(crate) fn prover() -> ProverContext {
    ProverContext::new(PROVER.parse().expect("an address"))
}

pub(crate) fn fr(value: &Value) -> Fr {
    text(value).parse().expect("a canonical field")
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

fn number(value: &Value) -> u32 {
    u32::try_from(value.as_u64().expect("a number")).expect("small")
}

fn from_json<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("what the recorded node serves")
}

/// A recorded chain.
pub(crate) struct Chain {
    pub(crate) world: WorldState<MemoryStore>,
    pub(crate) checkpoints: Vec<Checkpoint>,
    messages: BTreeMap<u32, Vec<Fr>>,
    headers: BTreeMap<u32, BlockHeader>,
    txs: BTreeMap<Fr, Tx>,
    /// Checkpoints of each epoch.
    pub(crate) epochs: BTreeMap<u32, Vec<u32>>,
}

impl Chain {
    /// Six epochs of empty checkpoints and private-only txs.
    pub(crate) fn private() -> Self {
        let plan: Value = vectors::json("private/fixture/txs.json");
        let mut messages: BTreeMap<u32, Vec<Fr>> = BTreeMap::new();
        for message in list(&plan["messages"]) {
            messages.entry(number(&message["checkpoint"])).or_default().push(fr(&message["hash"]));
        }
        Self::from_node("private/fixture/node-rpc.json.xz", |checkpoint| {
            messages.get(&checkpoint.number).cloned().unwrap_or_default()
        })
    }

    /// Seven epochs, most with public calls. Their messages are known from the recorded parity jobs only.
    pub(crate) fn mixed(golden: &BTreeMap<JobId, Golden>) -> Self {
        let bases = golden.values().filter(|job| job.inputs.request_type() == RequestType::ParityBase);
        let messages = bases.map(|job| {
            let inputs = ParityBasePrivateInputs::from_bytes(job.inputs.buffer()).expect("inputs");
            let some: Vec<Fr> =
                inputs.msgs.iter().take_while(|message| !message.is_zero()).copied().collect();
            (in_hash(&some).expect("few"), some)
        });
        let messages: BTreeMap<Fr, Vec<Fr>> = messages.collect();
        Self::from_node("mixed/node-rpc.json.xz", |checkpoint| messages[&checkpoint.header.in_hash].clone())
    }

    fn from_node(file: &str, messages: impl Fn(&Checkpoint) -> Vec<Fr>) -> Self {
        let rpc: Value = vectors::json(file);
        let mut checkpoints: Vec<Checkpoint> =
            members(&rpc["checkpoints"]).map(|(_, entry)| from_json(&entry["checkpoint"])).collect();
        checkpoints.sort_by_key(|checkpoint| checkpoint.number);
        let headers = members(&rpc["headers"]);
        let headers = headers.map(|(number, header)| (number.parse().expect("a number"), from_json(header)));
        let txs = members(&rpc["txs"]).map(|(hash, tx)| (hash.parse().expect("a hash"), from_json(tx)));
        let messages = checkpoints.iter().map(|checkpoint| (checkpoint.number, messages(checkpoint)));
        Self::build(messages.collect(), headers.collect(), txs.collect(), checkpoints, &genesis())
    }

    /// A network whose proving was not recorded: accounts, tokens, public calls of many kinds.
    pub(crate) fn localnet() -> Self {
        let recorded: Value = vectors::json("localnet/checkpoints.json.gz");
        let decode = |entry: &Value| Checkpoint::from_bytes(&base64(&entry["checkpoint"])).expect("bytes");
        let checkpoints: Vec<Checkpoint> = list(&recorded).iter().map(decode).collect();
        let mut messages: BTreeMap<u32, Vec<Fr>> = BTreeMap::new();
        let calls: Value = vectors::json("localnet/rpc/l1_to_l2_messages.json.gz");
        let calls = list(&calls)
            .iter()
            .filter(|call| call["request"]["method"] == "node_getL1ToL2MessageMembershipWitness");
        let mut leaves: BTreeMap<u64, Fr> = BTreeMap::new();
        for call in calls {
            let index = text(&call["response"]["result"][0]).parse().expect("an index");
            leaves.insert(index, fr(&call["request"]["params"][1]));
        }
        for (index, message) in leaves {
            let checkpoint = u32::try_from(index / 1_024 + 1).expect("small");
            messages.entry(checkpoint).or_default().push(message);
        }
        let headers: Value = vectors::json("localnet/rpc/headers.json.gz");
        let headers = (0_u32..).zip(list(&headers)).map(|(number, header)| (number, from_json(header)));
        let folder = std::fs::read_dir(vectors::path("localnet/txs")).expect("a folder");
        let txs = folder.map(|entry| {
            let name = entry.expect("an entry").file_name();
            let tx = Tx::from_bytes(&vectors::bytes(&format!("localnet/txs/{}", name.to_string_lossy())));
            let tx = tx.expect("a tx");
            (tx.tx_hash, tx)
        });
        let recorded: Value = vectors::json("localnet/genesis.json");
        let leaves = list(&recorded["prefilledPublicData"]).iter().map(from_json);
        let genesis = Genesis::with_public_data(leaves.collect()).expect("legal");
        Self::build(messages, headers.collect(), txs.collect(), checkpoints, &genesis)
    }

    fn build(
        messages: BTreeMap<u32, Vec<Fr>>,
        headers: BTreeMap<u32, BlockHeader>,
        txs: BTreeMap<Fr, Tx>,
        checkpoints: Vec<Checkpoint>,
        genesis: &Genesis,
    ) -> Self {
        let world = WorldState::open(MemoryStore::default(), genesis).expect("genesis");
        let mut epochs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for checkpoint in &checkpoints {
            epochs.entry(checkpoint.header.slot_number / EPOCH_SLOTS).or_default().push(checkpoint.number);
            let messages = messages.get(&checkpoint.number).cloned().unwrap_or_default();
            for block in &checkpoint.blocks {
                world.apply_block(&BlockUpdate::new(block, &messages)).expect("the recorded state");
            }
        }
        Self { world, checkpoints, messages, headers, txs, epochs }
    }

    /// What execution of a checkpoint is given.
    pub(crate) fn input(&self, number: u32) -> CheckpointInput {
        let checkpoint = self.checkpoints.iter().find(|checkpoint| checkpoint.number == number);
        let checkpoint = checkpoint.expect("a recorded checkpoint").clone();
        let first = checkpoint.blocks[0].header.global_variables.block_number;
        let effects = checkpoint.blocks.iter().flat_map(|block| &block.body.tx_effects);
        let txs = effects.map(|effect| (effect.tx_hash, self.txs[&effect.tx_hash].clone())).collect();
        CheckpointInput {
            l1_to_l2_messages: self.messages.get(&number).cloned().unwrap_or_default(),
            txs,
            previous_block_header: self.headers[&(first - 1)],
            checkpoint,
        }
    }

    pub(crate) fn execute(&self, number: u32) -> ExecutedCheckpoint {
        execute_checkpoint(&self.world, &self.input(number), &prover()).expect("a recorded checkpoint")
    }
}

/// The genesis of the recorded networks.
fn genesis() -> Genesis {
    let leaves = FUNDED.iter().map(|account| {
        let account = AztecAddress(account.parse().expect("a canonical field"));
        PublicDataTreeLeaf { slot: fee_payer_balance_leaf_slot(account), value: Fr::from(FUNDS) }
    });
    Genesis::with_public_data(leaves.collect()).expect("legal")
}

/// A recorded job.
pub(crate) struct Golden {
    pub(crate) inputs: JobInputs,
    pub(crate) result: JobResult,
}

/// The recorded jobs of a prover by their full ids; AVM jobs left out.
pub(crate) fn golden(index: &str, archive: &str) -> BTreeMap<JobId, Golden> {
    let index: Value = vectors::json(index);
    let files: BTreeMap<String, Vec<u8>> = vectors::archive(archive).into_iter().collect();
    let mut golden = BTreeMap::new();
    for (request_type, jobs) in members(&index["jobs"]).filter(|(name, _)| *name != "PUBLIC_VM") {
        for job in list(jobs) {
            let stem = format!("circuits/{request_type}/{}", text(&job["file"]));
            let file = |end: &str| files.get(&format!("{stem}.{end}.json")).expect("a recorded file");
            let inputs = JobInputs::from_json(file("in")).expect("inputs");
            let result = JobResult::from_json(file("out")).expect("a result");
            golden.insert(text(&job["id"]).parse().expect("an id"), Golden { inputs, result });
        }
    }
    golden
}

pub(crate) fn private_golden() -> BTreeMap<JobId, Golden> {
    golden("private/golden/index.json", "private/golden/circuits.tar.xz")
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(text(value)).expect("base64")
}

/// What became of an epoch.
pub(crate) struct Run {
    pub(crate) jobs: BTreeSet<JobId>,
    pub(crate) proof: Option<EpochProof>,
}

/// Drives an epoch with recorded results until nothing is left to do. Each job must be a recorded one, with the same
/// inputs.
pub(crate) fn run(epoch: u32, first: u32, events: Vec<Event>, golden: &BTreeMap<JobId, Golden>) -> Run {
    let mut prover = EpochProver::new(EpochNumber::from(epoch), first);
    let mut events: std::collections::VecDeque<Event> = events.into();
    let mut run = Run { jobs: BTreeSet::new(), proof: None };
    while let Some(event) = events.pop_front() {
        for effect in prover.step(event).expect("a legal epoch") {
            match effect {
                Effect::Enqueue(job) => {
                    let recorded =
                        golden.get(&job.id).unwrap_or_else(|| panic!("{} is not recorded", job.id));
                    assert!(recorded.inputs == job.inputs, "{}", job.id);
                    let result = Box::new(recorded.result.clone());
                    events.push_back(Event::Done { id: job.id.clone(), result });
                    assert!(run.jobs.insert(job.id), "enqueued once");
                }
                Effect::Proven(proven) => run.proof = Some(*proven),
                other => panic!("unexpected {other:?}"),
            }
        }
    }
    run
}
