//! One tx: its effects go into the trees, and every step is shown to its base circuit.

use chinampa_protocol::Fr;
use chinampa_protocol::circuits::{
    BlockConstantData, ChonkProofData, NullifierLeaf, PrivateBaseRollupHints,
    PrivateTxBaseRollupPrivateInputs, PublicDataTreeLeaf, SpongeBlob, TreeSnapshotDiffHints,
};
use chinampa_protocol::codec::{Array, Encode as _, ToFields as _, TreeIndex};
use chinampa_protocol::constants::{
    MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX, NOTE_HASH_SUBTREE_HEIGHT, NULLIFIER_SUBTREE_HEIGHT,
};
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::keys::Circuit;
use chinampa_protocol::proof::{MembershipWitness, Proof, ProofData, RecursiveProof};
use chinampa_protocol::state::{AppendOnlyTreeSnapshot, PartialStateReference};
use chinampa_protocol::tree::{Fork, LeafWitness, Store, TreeId};
use chinampa_protocol::tx::{PrivateToRollupKernelCircuitPublicInputs, Tx, TxEffect};

use super::{ProverContext, TxRefusal, transaction_fee, tx_effect};

/// What all txs of a block share.
pub(super) struct BlockContext<'a> {
    pub(super) prover: &'a ProverContext,
    pub(super) constants: BlockConstantData,
}

/// An executed tx: its effects and what its base circuit is given.
pub(super) struct ExecutedTx {
    pub(super) effect: TxEffect,
    pub(super) inputs: PrivateTxBaseRollupPrivateInputs,
}

impl BlockContext<'_> {
    /// Executes `tx` on `fork`; `sponge` is that of the checkpoint before it. The caller has seen to it that `data` is
    /// the tx's own.
    pub(super) fn execute<S: Store>(
        &self,
        tx: &Tx,
        data: &PrivateToRollupKernelCircuitPublicInputs,
        sponge: &SpongeBlob,
        fork: &mut Fork<'_, S>,
    ) -> Result<ExecutedTx, TxRefusal> {
        tx.check()?;
        self.check(data)?;
        let anchor = data.constants.anchor_block_header.hash();
        let anchor_index = fork.find(TreeId::Archive, anchor)?;
        let anchor_index = anchor_index.ok_or(TxRefusal::UnknownAnchor { hash: anchor })?;
        let anchor_path = path(fork.sibling_path(TreeId::Archive, anchor_index)?);

        let globals = &self.constants.global_variables;
        let fee =
            transaction_fee(&globals.gas_fees, &data.constants.tx_context.gas_settings, &data.gas_used)?;
        let balance = balance(fork, data)?;
        if balance < fee {
            return Err(TxRefusal::Balance { balance, fee });
        }
        let effect = tx_effect(tx, data, globals, fee, balance);
        let start = fork.state_reference()?.partial;
        let (tree_snapshot_diff_hints, balance_leaf) = insert(fork, &effect)?;
        let class_log = effect.contract_class_logs.first().map(|log| log.fields.clone()).unwrap_or_default();
        let hints = PrivateBaseRollupHints {
            start,
            start_sponge_blob: sponge.clone(),
            tree_snapshot_diff_hints,
            fee_payer_balance_leaf_preimage: balance_leaf.preimage,
            anchor_block_archive_sibling_path: anchor_path,
            contract_class_logs_fields: Array::from_fn(|_| class_log.clone()),
            constants: BlockConstantData {
                vk_tree_root: data.constants.vk_tree_root,
                protocol_contracts_hash: data.constants.protocol_contracts_hash,
                ..self.constants
            },
        };
        let hiding_kernel_proof_data = client_proof(tx, data);
        Ok(ExecutedTx {
            effect,
            inputs: PrivateTxBaseRollupPrivateInputs { hiding_kernel_proof_data, hints },
        })
    }

    /// What the base circuit would refuse, so that it is known before a job fails. Expiry is not among it: a recorded
    /// network included a tx of genesis, long expired, and its prover proved it.
    fn check(&self, data: &PrivateToRollupKernelCircuitPublicInputs) -> Result<(), TxRefusal> {
        let (tx, globals) = (&data.constants, &self.constants.global_variables);
        for (what, expected, actual) in [
            ("chain id", globals.chain_id, tx.tx_context.chain_id),
            ("rollup version", globals.version, tx.tx_context.version),
            ("verification key tree root", self.prover.vk_tree_root, tx.vk_tree_root),
            ("protocol contracts hash", self.prover.protocol_contracts_hash, tx.protocol_contracts_hash),
        ] {
            if expected != actual {
                return Err(TxRefusal::Constant { what, expected, actual });
            }
        }
        let state = &tx.anchor_block_header.state;
        let PartialStateReference { note_hash_tree, nullifier_tree, public_data_tree } = state.partial;
        for (tree, snapshot) in [
            (TreeId::L1ToL2Message, state.l1_to_l2_message_tree),
            (TreeId::NoteHash, note_hash_tree),
            (TreeId::Nullifier, nullifier_tree),
            (TreeId::PublicData, public_data_tree),
        ] {
            if snapshot == AppendOnlyTreeSnapshot::default() {
                return Err(TxRefusal::EmptyAnchor { tree });
            }
        }
        Ok(())
    }
}

/// The client's proof as a circuit verifies it. The binary form has the public inputs in front.
fn client_proof(
    tx: &Tx,
    data: &PrivateToRollupKernelCircuitPublicInputs,
) -> ChonkProofData<PrivateToRollupKernelCircuitPublicInputs> {
    let public_inputs = data.fields();
    let num_public_inputs = u32::try_from(public_inputs.len()).expect("a circuit has few public inputs");
    let mut buffer = Vec::with_capacity(32 * (public_inputs.len() + tx.chonk_proof.len()));
    public_inputs.iter().for_each(|field| field.encode(&mut buffer));
    tx.chonk_proof.encode(&mut buffer);
    ProofData {
        public_inputs: data.clone(),
        proof: RecursiveProof {
            proof: tx.chonk_proof.clone(),
            binary_proof: Proof { buffer, num_public_inputs },
            fields_valid: true,
        },
        vk_data: Circuit::HidingKernelToRollup.vk_data().clone(),
    }
}

/// What the fee payer has before the tx.
fn balance<S: Store>(
    fork: &mut Fork<'_, S>,
    data: &PrivateToRollupKernelCircuitPublicInputs,
) -> Result<Fr, TxRefusal> {
    let slot = fee_payer_balance_leaf_slot(data.fee_payer);
    let Some(index) = fork.find(TreeId::PublicData, slot)? else { return Ok(Fr::ZERO) };
    let leaf = fork.leaf::<PublicDataTreeLeaf>(index)?;
    Ok(leaf.map_or(Fr::ZERO, |leaf| leaf.leaf.value))
}

/// Inserts the effects and gives the hints, and the balance's leaf as it was.
fn insert<S: Store>(
    fork: &mut Fork<'_, S>,
    effect: &TxEffect,
) -> Result<(TreeSnapshotDiffHints, LeafWitness<PublicDataTreeLeaf>), TxRefusal> {
    let size = fork.size(TreeId::NoteHash);
    let note_hash_path = fork.subtree_sibling_path(TreeId::NoteHash, NOTE_HASH_SUBTREE_HEIGHT, size)?;
    let mut note_hashes = effect.note_hashes.clone();
    note_hashes.resize(MAX_NOTE_HASHES_PER_TX, Fr::ZERO);
    fork.append(TreeId::NoteHash, &note_hashes)?;

    let nullifiers = effect.nullifiers.iter().map(|nullifier| NullifierLeaf { nullifier: *nullifier });
    let mut nullifiers: Vec<_> = nullifiers.collect();
    nullifiers.resize(MAX_NULLIFIERS_PER_TX, NullifierLeaf::default());
    let inserted = fork.batch_insert_with_witnesses(&nullifiers, NULLIFIER_SUBTREE_HEIGHT)?;

    let writes = effect.public_data_writes.iter();
    let writes: Vec<_> =
        writes.map(|write| PublicDataTreeLeaf { slot: write.leaf_slot, value: write.value }).collect();
    let written = fork.sequential_insert(&writes)?;
    let balance = written.into_iter().next().expect("a tx writes its fee payer's balance").low_leaf;

    let low_leaves = &inserted.low_leaves;
    let hints = TreeSnapshotDiffHints {
        note_hash_subtree_root_sibling_path: path(note_hash_path),
        nullifier_predecessor_preimages: Array::from_fn(|index| low_leaves[index].preimage),
        nullifier_predecessor_membership_witnesses: Array::from_fn(|index| witness(&low_leaves[index])),
        sorted_nullifiers: Array::from_fn(|index| inserted.sorted_leaves[index].nullifier),
        sorted_nullifier_indexes: Array::from_fn(|index| inserted.sorted_indexes[index]),
        nullifier_subtree_root_sibling_path: path(inserted.subtree_sibling_path),
        fee_payer_balance_membership_witness: witness(&balance),
    };
    Ok((hints, balance))
}

/// A path of the tree's own height.
pub(super) fn path<const N: usize>(siblings: Vec<Fr>) -> Array<Fr, N> {
    Array::try_from(siblings).expect("trees give paths of their height")
}

fn witness<L, const H: usize>(leaf: &LeafWitness<L>) -> MembershipWitness<H> {
    MembershipWitness { leaf_index: TreeIndex(leaf.index), sibling_path: path(leaf.sibling_path.clone()) }
}
