//! Recorded chains as a node has them, and the jobs that Aztec's prover made of them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_jobs::{JobId, JobInputs, JobResult};
use chinampa_kernels::Fr;
use chinampa_node::execution::{CheckpointInput, ProverContext};
use chinampa_protocol::AztecAddress;
use chinampa_protocol::block::{BlockHeader, Checkpoint};
use chinampa_protocol::circuits::PublicDataTreeLeaf;
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::tree::{BlockUpdate, Genesis, MemoryStore, TreeId, WorldState};
use chinampa_protocol::tx::Tx;
use chinampa_testkit::vectors;
use serde_json::Value;

/// Who proved the recorded epochs.
const PROVER: &str = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
/// Accounts that the recorded networks fund at genesis: three test accounts, the sponsor of fees.
const FUNDED: [&str; 4] = [
    "0x0a60414ee907527880b7a53d4dacdeb9ef768bb98d9d8d1e7200725c13763331",
    "0x00cedf87a800bd88274762d77ffd93e97bc881d1fc99570d62ba97953597914d",
    "0x1dd551228da3a56b5da5f5d73728e08d8114f59897c27136f1bcdd4c05028905",
    "0x09a4df73aa47f82531a038d1d51abfc85b27665c4b7ca751e2d4fa9f19caffb2",
];
/// What each of them gets: 10,000 units of fee juice.
const FUNDS: u128 = 10_000 * 10_u128.pow(18);

pub fn prover() -> ProverContext {
    ProverContext::new(PROVER.to_lowercase().parse().expect("an address"))
}

pub fn fr(value: &Value) -> Fr {
    value.as_str().expect("text").parse().expect("a canonical field")
}

/// A recorded chain.
pub struct Chain {
    pub world: WorldState<MemoryStore>,
    pub checkpoints: Vec<Checkpoint>,
    messages: BTreeMap<u32, Vec<Fr>>,
    headers: BTreeMap<u32, BlockHeader>,
    txs: BTreeMap<Fr, Tx>,
    /// Checkpoints of each epoch.
    pub epochs: BTreeMap<u32, Vec<u32>>,
}

impl Chain {
    /// The chain of `private/fixture`, with the world state of its last block.
    pub fn private() -> Self {
        let rpc: Value = vectors::json("private/fixture/node-rpc.json.xz");
        let checkpoints = members(&rpc["checkpoints"]);
        let mut checkpoints: Vec<Checkpoint> =
            checkpoints.map(|(_, entry)| from_json(&entry["checkpoint"])).collect();
        checkpoints.sort_by_key(|checkpoint| checkpoint.number);
        let headers = members(&rpc["headers"]);
        let headers = headers.map(|(number, header)| (number.parse().expect("a number"), from_json(header)));
        let txs = members(&rpc["txs"]).map(|(hash, tx)| (hash.parse().expect("a hash"), from_json(tx)));
        let plan: Value = vectors::json("private/fixture/txs.json");
        let mut messages: BTreeMap<u32, Vec<Fr>> = BTreeMap::new();
        for message in plan["messages"].as_array().expect("a list") {
            let checkpoint = u32::try_from(message["checkpoint"].as_u64().expect("a number")).expect("small");
            messages.entry(checkpoint).or_default().push(fr(&message["hash"]));
        }
        let slots = u32::try_from(plan["epochSlots"].as_u64().expect("a number")).expect("small");
        let mut epochs: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for checkpoint in &checkpoints {
            epochs.entry(checkpoint.header.slot_number / slots).or_default().push(checkpoint.number);
        }
        let chain = Self {
            world: WorldState::open(MemoryStore::default(), &genesis()).expect("genesis"),
            checkpoints,
            messages,
            headers: headers.collect(),
            txs: txs.collect(),
            epochs,
        };
        for checkpoint in &chain.checkpoints {
            for block in &checkpoint.blocks {
                let update = BlockUpdate::new(block, &chain.messages(checkpoint.number));
                chain.world.apply_block(&update).expect("the recorded state");
            }
        }
        chain
    }

    pub fn messages(&self, checkpoint: u32) -> Vec<Fr> {
        self.messages.get(&checkpoint).cloned().unwrap_or_default()
    }

    /// What execution of a checkpoint is given.
    pub fn input(&self, number: u32) -> CheckpointInput {
        let checkpoint = self.checkpoints.iter().find(|checkpoint| checkpoint.number == number);
        let checkpoint = checkpoint.expect("a recorded checkpoint").clone();
        let first = checkpoint.blocks[0].header.global_variables.block_number;
        let effects = checkpoint.blocks.iter().flat_map(|block| &block.body.tx_effects);
        let txs = effects.map(|effect| (effect.tx_hash, self.txs[&effect.tx_hash].clone())).collect();
        CheckpointInput {
            l1_to_l2_messages: self.messages(number),
            txs,
            previous_block_header: self.headers[&(first - 1)],
            checkpoint,
        }
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().expect("an object").iter()
}

fn from_json<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).expect("what the recorded node serves")
}

/// The genesis of the recorded networks.
pub fn genesis() -> Genesis {
    let leaves = FUNDED.iter().map(|account| {
        let account = AztecAddress(account.parse().expect("a canonical field"));
        PublicDataTreeLeaf { slot: fee_payer_balance_leaf_slot(account), value: Fr::from(FUNDS) }
    });
    Genesis::with_public_data(leaves.collect()).expect("legal")
}

/// A recorded job.
pub struct Golden {
    pub inputs: JobInputs,
    pub result: JobResult,
}

/// The recorded jobs by their full ids.
pub fn golden() -> BTreeMap<JobId, Golden> {
    let index: Value = vectors::json("private/golden/index.json");
    let files: BTreeMap<String, Vec<u8>> =
        vectors::archive("private/golden/circuits.tar.xz").into_iter().collect();
    let mut golden = BTreeMap::new();
    for (request_type, jobs) in members(&index["jobs"]) {
        for job in jobs.as_array().expect("a list") {
            let stem = format!("circuits/{request_type}/{}", job["file"].as_str().expect("a name"));
            let file = |end: &str| files.get(&format!("{stem}.{end}.json")).expect("a recorded file");
            let inputs = JobInputs::from_json(file("in")).expect("inputs");
            let result = JobResult::from_json(file("out")).expect("a result");
            let id = job["id"].as_str().expect("text").parse().expect("an id");
            golden.insert(id, Golden { inputs, result });
        }
    }
    golden
}

/// Root of the archive of a genesis.
pub fn archive_root(genesis: &Genesis) -> Fr {
    let state = WorldState::open(MemoryStore::default(), genesis).expect("genesis");
    state.latest().expect("block 0").root(TreeId::Archive).expect("a root")
}

pub fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("text")).expect("base64")
}
