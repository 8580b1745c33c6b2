//! One block: its txs in order, then its header and its leaf of the archive.

use chinampa_protocol::Fr;
use chinampa_protocol::blob::stream::{BlockBlobData, BlockEnd, BlockEndState};
use chinampa_protocol::block::{BlockHeader, L2Block};
use chinampa_protocol::circuits::{BlockConstantData, PrivateTxBaseRollupPrivateInputs, SpongeBlob};
use chinampa_protocol::codec::Array;
use chinampa_protocol::constants::ARCHIVE_HEIGHT;
use chinampa_protocol::state::AppendOnlyTreeSnapshot;
use chinampa_protocol::tree::{Fork, Store, TreeId};
use chinampa_protocol::tx::{TxData, TxEffect};

use super::tx::{BlockContext, path};
use super::{CheckpointInput, ExecutionError, ProverContext, TxRefusal};

/// A block with what its circuits are given.
#[derive(Clone, Debug)]
pub struct ExecutedBlock {
    /// Its header, as computed and as L1 has it.
    pub header: BlockHeader,
    /// Archive after it.
    pub archive: AppendOnlyTreeSnapshot,
    /// Where its leaf of the archive is, before the leaf is there.
    pub new_archive_sibling_path: Array<Fr, ARCHIVE_HEIGHT>,
    /// Blob sponge after it.
    pub end_sponge_blob: SpongeBlob,
    /// Inputs of the base circuit of each tx, in order.
    pub txs: Vec<PrivateTxBaseRollupPrivateInputs>,
}

/// A checkpoint on its way through its blocks.
pub(super) struct BlockRun<'a, 's, S> {
    pub(super) input: &'a CheckpointInput,
    pub(super) prover: &'a ProverContext,
    pub(super) fork: Fork<'s, S>,
    /// Message tree with the checkpoint's messages in it.
    pub(super) l1_to_l2: AppendOnlyTreeSnapshot,
    pub(super) sponge: SpongeBlob,
}

impl<S: Store> BlockRun<'_, '_, S> {
    /// Executes the next block and gives it with its fields.
    pub(super) fn execute(
        &mut self,
        block: &L2Block,
    ) -> Result<(ExecutedBlock, BlockBlobData), ExecutionError> {
        let last_archive = self.fork.snapshot(TreeId::Archive)?;
        let size = self.fork.size(TreeId::Archive);
        let new_archive_sibling_path = path(self.fork.sibling_path(TreeId::Archive, size)?);
        let mut txs = Vec::with_capacity(block.body.tx_effects.len());
        let mut effects = Vec::with_capacity(txs.capacity());
        let mut mana_used = 0;
        for published in &block.body.tx_effects {
            let (inputs, effect) = self.execute_tx(block, last_archive, published)?;
            mana_used += u64::from(inputs.hiding_kernel_proof_data.public_inputs.gas_used.l2_gas);
            txs.push(inputs);
            effects.push(effect);
        }
        let (header, data) = self.close(block, last_archive, mana_used, effects)?;
        let (expected, actual) = (block.header.hash(), header.hash());
        if expected != actual {
            let block = block.header.global_variables.block_number;
            return Err(ExecutionError::Header { block, expected, actual });
        }
        self.fork.append(TreeId::Archive, &[actual])?;
        let archive = self.fork.snapshot(TreeId::Archive)?;
        let end_sponge_blob = self.sponge.clone();
        Ok((ExecutedBlock { header, archive, new_archive_sibling_path, end_sponge_blob, txs }, data))
    }

    fn execute_tx(
        &mut self,
        block: &L2Block,
        last_archive: AppendOnlyTreeSnapshot,
        published: &TxEffect,
    ) -> Result<(PrivateTxBaseRollupPrivateInputs, TxEffect), ExecutionError> {
        let global_variables = block.header.global_variables;
        let (tx_hash, number) = (published.tx_hash, global_variables.block_number);
        let tx = self.input.txs.get(&tx_hash);
        let tx = tx.ok_or(ExecutionError::MissingTx { tx_hash, block: number })?;
        let TxData::ForRollup(data) = &tx.data else {
            let (checkpoint, calls) = (self.input.checkpoint.number, tx.data.public_calls().len());
            return Err(ExecutionError::PublicCalls { tx_hash, checkpoint, block: number, calls });
        };
        let context = BlockContext {
            prover: self.prover,
            constants: BlockConstantData {
                last_archive,
                l1_to_l2_tree_snapshot: self.l1_to_l2,
                vk_tree_root: self.prover.vk_tree_root,
                protocol_contracts_hash: self.prover.protocol_contracts_hash,
                global_variables,
                prover_id: self.prover.prover_id.to_field(),
            },
        };
        let refused = |refusal| ExecutionError::Tx { tx_hash, block: number, refusal: Box::new(refusal) };
        let executed = context.execute(tx, data, &self.sponge, &mut self.fork).map_err(refused)?;
        if executed.effect != *published {
            return Err(refused(TxRefusal::Effects));
        }
        let mut fields = Vec::new();
        executed.effect.extend_blob_fields(&mut fields);
        self.absorb(&fields);
        Ok((executed.inputs, executed.effect))
    }

    /// The header that the block must have, and its fields.
    fn close(
        &mut self,
        block: &L2Block,
        last_archive: AppendOnlyTreeSnapshot,
        mana_used: u64,
        tx_effects: Vec<TxEffect>,
    ) -> Result<(BlockHeader, BlockBlobData), ExecutionError> {
        let state = self.fork.state_reference()?;
        let globals = block.header.global_variables;
        let total_fees = tx_effects.iter().map(|effect| effect.transaction_fee).sum();
        let tx_fields: usize = tx_effects.iter().map(blob_field_count).sum();
        let leaves = |snapshot: AppendOnlyTreeSnapshot| u64::from(snapshot.next_available_leaf_index);
        let data = BlockBlobData {
            tx_effects,
            end: BlockEnd {
                timestamp: globals.timestamp,
                block_number: globals.block_number,
                state: BlockEndState {
                    l1_to_l2_message_leaves: leaves(state.l1_to_l2_message_tree),
                    note_hash_leaves: leaves(state.partial.note_hash_tree),
                    nullifier_leaves: leaves(state.partial.nullifier_tree),
                    public_data_leaves: leaves(state.partial.public_data_tree),
                    total_mana_used: mana_used,
                },
                last_archive_root: last_archive.root,
                note_hash_root: state.partial.note_hash_tree.root,
                nullifier_root: state.partial.nullifier_tree.root,
                public_data_root: state.partial.public_data_tree.root,
                l1_to_l2_message_root: (block.index_within_checkpoint == 0)
                    .then_some(state.l1_to_l2_message_tree.root),
            },
        };
        let mut fields = Vec::new();
        data.extend_fields(&mut fields);
        self.absorb(&fields[tx_fields..]);
        let header = BlockHeader {
            last_archive,
            state,
            sponge_blob_hash: self.sponge.squeezed().expect("the running sponge is never squeezed"),
            global_variables: globals,
            total_fees,
            total_mana_used: Fr::from(mana_used),
        };
        Ok((header, data))
    }

    fn absorb(&mut self, fields: &[Fr]) {
        self.sponge.absorb(fields).expect("the running sponge is never squeezed");
    }
}

fn blob_field_count(effect: &TxEffect) -> usize {
    let mut fields = Vec::new();
    effect.extend_blob_fields(&mut fields);
    fields.len()
}
