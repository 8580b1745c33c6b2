//! What Aztec's circuits return, computed without them: enough to take an epoch of any shape to its root.
//!
//! Every hint is used as the circuit uses it: a low leaf, path or accumulator that does not lead where it should is an
//! error. Proofs are the placeholders of `PROVER_REAL_PROOFS=false`. The recorded results of real circuits are
//! reproduced byte for byte (`node/tests/epochs/circuits.rs`).

mod block;
mod checkpoint;
mod tx;

use chinampa_jobs::{
    CircuitOutputs as JobOutputs, JobInputs, JobResult, Proof, RecursiveProof, VerificationKeyData,
};
use chinampa_kernels::hash::poseidon2::hash_pair;
use chinampa_protocol::Fr;
use chinampa_protocol::circuits::{
    CheckpointRollupPublicInputs, CircuitInputs, CircuitOutputs, ParityBasePrivateInputs, ParityPublicInputs,
    ParityRootPrivateInputs,
};
use chinampa_protocol::codec::Encode as _;
use chinampa_protocol::keys::Circuit;
use chinampa_protocol::tree::{balanced_sha_root, unbalanced_poseidon_root};

/// Inputs that a circuit would not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsatisfied(pub String);

/// Refuses inputs unless `holds`.
fn require(what: &str, holds: bool) -> Result<(), Unsatisfied> {
    if holds { Ok(()) } else { Err(Unsatisfied(what.to_owned())) }
}

/// The result of a job, as an agent with simulated proofs would report it.
///
/// # Errors
/// [`Unsatisfied`] if the inputs do not lead where they should.
pub fn simulate(inputs: &JobInputs) -> Result<JobResult, Unsatisfied> {
    let request_type = inputs.request_type();
    let number = u32::from(request_type.number());
    let decoded = CircuitInputs::decode(number, inputs.buffer());
    let decoded = decoded.map_err(|error| Unsatisfied(error.to_string()))?;
    let outputs: CircuitOutputs = match &decoded {
        CircuitInputs::ParityBase(inputs) => parity_base(inputs).into(),
        CircuitInputs::ParityRoot(inputs) => parity_root(inputs)?.into(),
        CircuitInputs::PrivateTxBase(inputs) => tx::base(inputs)?.into(),
        CircuitInputs::TxMerge(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            tx::merge(&left.public_inputs, &right.public_inputs)?.into()
        }
        CircuitInputs::BlockMerge(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            block::merge(&left.public_inputs, &right.public_inputs)?.into()
        }
        CircuitInputs::CheckpointRoot(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            let blocks = block::merge(&left.public_inputs, &right.public_inputs)?;
            checkpoint::root(&blocks, &inputs.hints)?.into()
        }
        CircuitInputs::CheckpointRootSingleBlock(inputs) => {
            checkpoint::root(&inputs.previous_rollup.public_inputs, &inputs.hints)?.into()
        }
        CircuitInputs::CheckpointMerge(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            checkpoint::merge(&left.public_inputs, &right.public_inputs)?.into()
        }
        CircuitInputs::CheckpointPadding(_) => CheckpointRollupPublicInputs::default().into(),
        CircuitInputs::Root(inputs) => {
            let [left, right] = pair(&inputs.previous_rollups);
            checkpoint::epoch(&left.public_inputs, &right.public_inputs)?.into()
        }
        other => block::root(other)?.into(),
    };
    Ok(result(inputs, &outputs))
}

fn pair<T>(items: &[T]) -> [&T; 2] {
    [&items[0], &items[1]]
}

fn result(inputs: &JobInputs, outputs: &CircuitOutputs) -> JobResult {
    let request_type = inputs.request_type();
    let fields = (1..=request_type.proof_field_count() as u64).map(|field| Fr::from(field).to_be_bytes());
    let proof = RecursiveProof::new(fields.collect(), Proof::empty(), true).expect("within limits");
    let circuit = Circuit::of_request(u32::from(request_type.number())).expect("a Noir circuit");
    let verification_key = VerificationKeyData::decode(&circuit.key().to_bytes()).expect("a key");
    let outputs = JobOutputs { public_inputs: outputs.to_bytes(), verification_key };
    JobResult::circuit(request_type, proof, outputs).expect("a result of its type")
}

fn parity_base(inputs: &ParityBasePrivateInputs) -> ParityPublicInputs {
    ParityPublicInputs {
        sha_root: balanced_sha_root(&inputs.msgs, inputs.msgs.len()).expect("a power of two"),
        converted_root: unbalanced_poseidon_root(&inputs.msgs),
        vk_tree_root: inputs.vk_tree_root,
    }
}

fn parity_root(inputs: &ParityRootPrivateInputs) -> Result<ParityPublicInputs, Unsatisfied> {
    let children: Vec<_> = inputs.children.iter().map(|child| child.public_inputs).collect();
    let vk_tree_root = children[0].vk_tree_root;
    require("one key tree", children.iter().all(|child| child.vk_tree_root == vk_tree_root))?;
    let roots = |root: fn(&ParityPublicInputs) -> Fr| children.iter().map(root).collect::<Vec<_>>();
    Ok(ParityPublicInputs {
        sha_root: balanced_sha_root(&roots(|child| child.sha_root), children.len()).expect("four"),
        converted_root: unbalanced_poseidon_root(&roots(|child| child.converted_root)),
        vk_tree_root,
    })
}

/// The root above a node, given its siblings upwards.
fn root_of(siblings: &[Fr], node: Fr, index: u64) -> Fr {
    let levels = siblings.iter().enumerate();
    levels.fold(node, |node, (level, sibling)| {
        if index >> level & 1 == 0 { hash_pair(node, *sibling) } else { hash_pair(*sibling, node) }
    })
}
