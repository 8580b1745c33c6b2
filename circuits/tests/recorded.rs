//! Every job of seven recorded epochs (`epoch`), solved with the circuits that are proven: what our solver returns is
//! what Aztec's agent returned.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{Artifact, ArtifactFolder, Circuit, Circuits, NoOracle, Variant};
use chinampa_protocol::circuits::{CircuitInputs, CircuitOutputs};
use chinampa_testkit::{peers, vectors};
use serde_json::Value;

/// The costliest circuits take ten seconds in a debug build, so not all jobs of a circuit are solved.
const MAX_SOLVED: usize = 2;

/// A recorded job: its name, its inputs, what the circuit returned.
struct Job {
    name: String,
    inputs: CircuitInputs,
    outputs: CircuitOutputs,
}

/// The number that Aztec gives requests of a circuit.
fn number(circuit: Circuit) -> u32 {
    let at = Circuit::ALL.iter().position(|other| *other == circuit).expect("one of all");
    u32::try_from(at).expect("17 circuits") + 1
}

fn payload(job: &Value) -> Vec<u8> {
    let payload = job.get("inputs").unwrap_or(&job["result"]["inputs"]);
    STANDARD.decode(payload.as_str().expect("base64")).expect("base64")
}

/// All recorded jobs of a circuit.
fn jobs(circuit: Circuit) -> Vec<Job> {
    let number = number(circuit);
    let mut files: Vec<_> = vectors::archive("epoch/circuits.tar.zst")
        .into_iter()
        .map(|(path, contents)| (path, serde_json::from_slice::<Value>(&contents).expect("JSON")))
        .filter(|(_, job)| job["type"] == number)
        .collect();
    files.sort_by(|(left, _), (right, _)| left.cmp(right));
    let (pairs, rest) = files.as_chunks::<2>();
    assert!(rest.is_empty(), "inputs and result of each job");
    let job = |[(name, inputs), (_, result)]: &[(String, Value); 2]| Job {
        name: name.clone(),
        inputs: CircuitInputs::decode(number, &payload(inputs)).expect("inputs"),
        outputs: CircuitOutputs::decode(number, &payload(result)).expect("outputs"),
    };
    pairs.iter().map(job).collect()
}

fn artifact(circuit: Circuit) -> std::sync::Arc<Artifact> {
    let folder = ArtifactFolder::open(&peers::circuits()).expect("the package");
    Circuits::new(folder).get(circuit, Variant::Proven).expect("the artifact")
}

fn solves_as_recorded(circuit: Circuit, count: usize) {
    let artifact = artifact(circuit);
    assert!(artifact.verification_key().is_some());
    let jobs = jobs(circuit);
    assert_eq!(jobs.len(), count);
    for Job { name, inputs, outputs } in jobs.into_iter().take(MAX_SOLVED) {
        let witness =
            artifact.solve(&inputs.fields(), &mut NoOracle).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(artifact.outputs(&witness).expect("solved"), outputs.fields(), "{name}");
    }
}

macro_rules! solves_as_recorded {
    ($($test:ident: $circuit:ident, $count:literal;)*) => {
        $(#[test]
        fn $test() {
            solves_as_recorded(Circuit::$circuit, $count);
        })*
    };
}

solves_as_recorded! {
    chonk_verifier: PublicChonkVerifier, 11;
    private_tx_base: PrivateTxBase, 11;
    public_tx_base: PublicTxBase, 11;
    tx_merge: TxMerge, 6;
    block_root_first: BlockRootFirst, 3;
    block_root_single_tx_first: BlockRootSingleTxFirst, 4;
    block_root_empty_tx_first: BlockRootEmptyTxFirst, 13;
    block_root: BlockRoot, 2;
    block_root_single_tx: BlockRootSingleTx, 2;
    block_merge: BlockMerge, 2;
    checkpoint_root: CheckpointRoot, 2;
    checkpoint_root_single_block: CheckpointRootSingleBlock, 18;
    checkpoint_padding: CheckpointPadding, 1;
    checkpoint_merge: CheckpointMerge, 7;
    root: Root, 7;
    parity_base: ParityBase, 9;
    parity_root: ParityRoot, 9;
}
