//! Every job of seven recorded epochs (`epoch`), solved with the circuits that are proven: what our solver returns is
//! what Aztec's agent returned.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_circuits::{Artifact, ArtifactFolder, Circuit, Circuits, NoOracle, Variant};
use chinampa_protocol::circuits::{CircuitInputs, CircuitOutputs};
use chinampa_testkit::{peers, vectors};
use serde_json::Value;

/// The costliest circuits take ten seconds in a debug build, so not all jobs of a circuit are solved. The first is solved on one
/// thread, the next on two.
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
    for (threads, Job { name, inputs, outputs }) in (1..=MAX_SOLVED).zip(jobs) {
        let witness = artifact.solve_on(threads, &inputs.fields(), &mut NoOracle);
        let witness = witness.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(artifact.outputs(&witness).expect("solved"), outputs.fields(), "{name}");
    }
}

/// Every value, not only what is returned: of a circuit with chains of calls and hashes, and of one with many short ones.
#[test]
fn witnesses_are_the_same_on_any_number_of_threads() {
    for circuit in [Circuit::PrivateTxBase, Circuit::ParityBase] {
        let artifact = artifact(circuit);
        let inputs = jobs(circuit)[0].inputs.fields();
        let alone = artifact.solve(&inputs, &mut NoOracle).expect("solvable");
        for threads in [2, 3, 8] {
            assert!(
                artifact.solve_on(threads, &inputs, &mut NoOracle).expect("solvable") == alone,
                "{circuit}"
            );
        }
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
