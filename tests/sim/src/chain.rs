//! Checkpoints of any shape with random private-only txs, as a sequencer would publish them.

use std::collections::BTreeMap;

use chinampa_node::execution::{CheckpointInput, ProverContext, transaction_fee, tx_effect};
use chinampa_protocol::blob::stream::{BlockBlobData, CheckpointBlobData};
use chinampa_protocol::blob::{blobs_hash, blobs_of_fields};
use chinampa_protocol::block::{BlockHeader, Body, Checkpoint, CheckpointHeader, L2Block};
use chinampa_protocol::circuits::{PublicDataTreeLeaf, SpongeBlob};
use chinampa_protocol::codec::Array;
use chinampa_protocol::constants::{MAX_NOTE_HASHES_PER_TX, MAX_NULLIFIERS_PER_TX};
use chinampa_protocol::gas::{Gas, GasFees, GasSettings};
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::messages::{L2ToL1Message, ScopedL2ToL1Message};
use chinampa_protocol::tree::ephemeral::{epoch_out_hash, in_hash};
use chinampa_protocol::tree::{BlockUpdate, Fork, Genesis, MemoryStore, TreeId, WorldState};
use chinampa_protocol::tx::{
    PrivateLog, PrivateToRollupAccumulatedData, PrivateToRollupKernelCircuitPublicInputs, Tx, TxConstantData,
    TxContext, TxData, TxEffect,
};
use chinampa_protocol::{AztecAddress, EthAddress, Fr, GlobalVariables};

use crate::Random;

/// Who pays for the txs.
const PAYERS: u64 = 8;
const GAS_FEES: GasFees = GasFees { fee_per_da_gas: 3, fee_per_l2_gas: 5 };
const SLOT_SECONDS: u64 = 72;

/// A chain that grows by checkpoints; its world state follows.
#[derive(Debug)]
pub struct SyntheticChain {
    /// The state after the newest block.
    pub world: WorldState<MemoryStore>,
    /// Who will prove it.
    pub prover: ProverContext,
    random: Random,
    tip: BlockHeader,
    checkpoints: u32,
    /// Out hashes of the current epoch's checkpoints.
    out_hashes: Vec<Fr>,
}

impl SyntheticChain {
    /// A chain with nothing but its genesis.
    pub fn new(seed: u64) -> Self {
        let leaves = (1..=PAYERS).map(|payer| {
            let slot = fee_payer_balance_leaf_slot(AztecAddress(Fr::from(payer)));
            PublicDataTreeLeaf { slot, value: Fr::from(u128::MAX) }
        });
        let genesis = Genesis::with_public_data(leaves.collect()).expect("few and hashed");
        let world = WorldState::open(MemoryStore::default(), &genesis).expect("memory");
        let state = world.latest().and_then(|mut fork| fork.state_reference()).expect("memory");
        Self {
            world,
            prover: ProverContext::new(EthAddress([7; 20])),
            random: Random::new(seed),
            tip: BlockHeader { state, ..BlockHeader::default() },
            checkpoints: 0,
            out_hashes: Vec::new(),
        }
    }

    /// From here on, checkpoints belong to another epoch. Gives the number of its first one.
    pub fn start_epoch(&mut self) -> u32 {
        self.out_hashes.clear();
        self.checkpoints + 1
    }

    /// The next checkpoint: so many txs in each block, so many messages from L1.
    pub fn checkpoint(&mut self, txs: &[usize], messages: usize) -> CheckpointInput {
        self.checkpoints += 1;
        let previous_block_header = self.tip;
        let l1_to_l2_messages: Vec<Fr> = (0..messages).map(|_| self.field()).collect();
        let mut input = CheckpointInput {
            checkpoint: Checkpoint { number: self.checkpoints, ..Checkpoint::default() },
            l1_to_l2_messages,
            txs: BTreeMap::new(),
            previous_block_header,
        };
        let mut sponge = SpongeBlob::init();
        for (index, count) in (0_u32..).zip(txs) {
            let txs: Vec<Tx> = (0..*count).map(|_| self.tx(&previous_block_header)).collect();
            let block = self.block(index, &txs, &mut sponge, &input.l1_to_l2_messages);
            input.txs.extend(txs.into_iter().map(|tx| (tx.tx_hash, tx)));
            input.checkpoint.blocks.push(block);
        }
        self.close(&mut input);
        input
    }

    fn close(&mut self, input: &mut CheckpointInput) {
        let checkpoint = &mut input.checkpoint;
        self.out_hashes.push(checkpoint.out_hash());
        let fields = CheckpointBlobData::from(&*checkpoint).to_fields();
        let blobs = blobs_of_fields(&fields).expect("few fields");
        let commitments: Vec<_> = blobs.iter().map(|blob| blob.commitment().expect("canonical")).collect();
        let (first, last) = (&checkpoint.blocks[0], &checkpoint.blocks[checkpoint.blocks.len() - 1]);
        let globals = first.header.global_variables;
        checkpoint.archive = last.archive;
        checkpoint.header = CheckpointHeader {
            last_archive_root: first.header.last_archive.root,
            block_headers_hash: checkpoint.block_headers_hash(),
            blobs_hash: blobs_hash(&commitments),
            in_hash: in_hash(&input.l1_to_l2_messages).expect("few messages"),
            epoch_out_hash: epoch_out_hash(&self.out_hashes).expect("at most 32"),
            slot_number: globals.slot_number,
            timestamp: globals.timestamp,
            coinbase: globals.coinbase,
            fee_recipient: globals.fee_recipient,
            gas_fees: globals.gas_fees,
            total_mana_used: checkpoint.blocks.iter().map(|block| block.header.total_mana_used).sum(),
        };
    }

    fn block(&mut self, index: u32, txs: &[Tx], sponge: &mut SpongeBlob, messages: &[Fr]) -> L2Block {
        let globals = GlobalVariables {
            chain_id: Fr::from(31_337_u64),
            version: Fr::from(1_u64),
            block_number: self.tip.global_variables.block_number + 1,
            slot_number: self.checkpoints,
            timestamp: u64::from(self.checkpoints) * SLOT_SECONDS,
            coinbase: EthAddress([u8::try_from(self.checkpoints % 251).expect("small"); 20]),
            fee_recipient: AztecAddress(Fr::from(self.checkpoints)),
            gas_fees: GAS_FEES,
        };
        let mut fork = self.world.latest().expect("memory");
        let last_archive = fork.snapshot(TreeId::Archive).expect("memory");
        if index == 0 {
            let mut padded = messages.to_vec();
            padded.resize(1_024, Fr::ZERO);
            fork.append(TreeId::L1ToL2Message, &padded).expect("room");
        }
        let tx_effects: Vec<TxEffect> = txs.iter().map(|tx| apply(&mut fork, tx, &globals)).collect();
        let mana = txs.iter().map(|tx| Fr::from(tx.data.gas_used().l2_gas)).sum();
        let mut block = L2Block {
            header: BlockHeader {
                last_archive,
                state: fork.state_reference().expect("memory"),
                sponge_blob_hash: Fr::ZERO,
                global_variables: globals,
                total_fees: tx_effects.iter().map(|effect| effect.transaction_fee).sum(),
                total_mana_used: mana,
            },
            body: Body { tx_effects },
            checkpoint_number: self.checkpoints,
            index_within_checkpoint: index,
            ..L2Block::default()
        };
        let mut fields = Vec::new();
        BlockBlobData::from(&block).extend_fields(&mut fields);
        sponge.absorb(&fields).expect("never squeezed");
        block.header.sponge_blob_hash = sponge.squeezed().expect("never squeezed");
        fork.append(TreeId::Archive, &[block.header.hash()]).expect("room");
        block.archive = fork.snapshot(TreeId::Archive).expect("memory");
        drop(fork);
        self.world.apply_block(&BlockUpdate::new(&block, messages)).expect("the same effects");
        self.tip = block.header;
        block
    }

    /// A tx of random content.
    fn tx(&mut self, anchor: &BlockHeader) -> Tx {
        let (notes, logs) = (self.random.below(6), self.random.below(4));
        let (nullifiers, messages) = (1 + self.random.below(8), self.random.below(3));
        let note_hashes: Vec<Fr> = (0..notes).map(|_| self.field()).collect();
        let nullifiers: Vec<Fr> = (0..nullifiers).map(|_| self.field()).collect();
        let logs: Vec<PrivateLog> = (0..logs).map(|_| self.log()).collect();
        let messages: Vec<ScopedL2ToL1Message> = (0..messages)
            .map(|_| ScopedL2ToL1Message {
                message: L2ToL1Message { recipient: EthAddress([1; 20]), content: self.field() },
                contract_address: AztecAddress(self.field()),
            })
            .collect();
        let data = PrivateToRollupKernelCircuitPublicInputs {
            constants: TxConstantData {
                anchor_block_header: *anchor,
                tx_context: TxContext {
                    chain_id: Fr::from(31_337_u64),
                    version: Fr::from(1_u64),
                    gas_settings: GasSettings {
                        gas_limits: Gas { da_gas: 1 << 20, l2_gas: 1 << 20 },
                        max_fees_per_gas: GasFees { fee_per_da_gas: 10, fee_per_l2_gas: 6 },
                        max_priority_fees_per_gas: GasFees { fee_per_da_gas: 2, fee_per_l2_gas: 2 },
                        ..GasSettings::default()
                    },
                },
                vk_tree_root: self.prover.vk_tree_root,
                protocol_contracts_hash: self.prover.protocol_contracts_hash,
            },
            end: PrivateToRollupAccumulatedData {
                note_hashes: Array::<_, MAX_NOTE_HASHES_PER_TX>::padded(note_hashes).expect("few"),
                nullifiers: Array::<_, MAX_NULLIFIERS_PER_TX>::padded(nullifiers).expect("few"),
                l2_to_l1_msgs: Array::padded(messages).expect("few"),
                private_logs: Array::padded(logs).expect("few"),
                ..PrivateToRollupAccumulatedData::default()
            },
            gas_used: Gas { da_gas: 1 + self.number(1 << 16), l2_gas: 1 + self.number(1 << 16) },
            fee_payer: AztecAddress(Fr::from(1 + u64::from(self.number(PAYERS as usize)))),
            expiration_timestamp: u64::MAX,
        };
        let data = TxData::ForRollup(Box::new(data));
        let filler = self.field();
        Tx {
            tx_hash: data.tx_hash(),
            data,
            chonk_proof: Array::from_fn(|_| filler),
            contract_class_log_fields: Vec::new(),
            public_function_calldata: Vec::new(),
        }
    }

    fn log(&mut self) -> PrivateLog {
        let emitted_length = 1 + self.number(16);
        let mut log = PrivateLog { emitted_length, ..PrivateLog::default() };
        for index in 0..emitted_length as usize {
            log.fields[index] = self.field();
        }
        log
    }

    fn number(&mut self, limit: usize) -> u32 {
        u32::try_from(self.random.below(limit)).expect("small")
    }

    /// A field below `2^248`.
    fn field(&mut self) -> Fr {
        let words = [self.random.bits(), self.random.bits(), self.random.bits(), self.random.bits() >> 8];
        Fr::from_canonical_limbs(words).expect("248 bits are canonical")
    }
}

/// Inserts what a tx does.
fn apply(fork: &mut Fork<'_, MemoryStore>, tx: &Tx, globals: &GlobalVariables) -> TxEffect {
    let TxData::ForRollup(data) = &tx.data else { unreachable!("only private txs are made here") };
    let settings = &data.constants.tx_context.gas_settings;
    let fee = transaction_fee(&globals.gas_fees, settings, &data.gas_used).expect("it offers enough");
    let slot = fee_payer_balance_leaf_slot(data.fee_payer);
    let index = fork.find(TreeId::PublicData, slot).expect("memory").expect("payers are funded");
    let balance = fork.leaf::<PublicDataTreeLeaf>(index).expect("memory").expect("a leaf").leaf.value;
    let effect = tx_effect(tx, data, globals, fee, balance);
    let padded = |values: &[Fr]| {
        let mut values = values.to_vec();
        values.resize(64, Fr::ZERO);
        values
    };
    fork.append(TreeId::NoteHash, &padded(&effect.note_hashes)).expect("room");
    fork.insert_nullifiers(&padded(&effect.nullifiers)).expect("new");
    let write = &effect.public_data_writes[0];
    fork.write_public_data(&[PublicDataTreeLeaf { slot: write.leaf_slot, value: write.value }])
        .expect("the slot is there");
    effect
}
