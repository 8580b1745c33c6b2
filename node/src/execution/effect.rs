//! What a tx without public calls does and pays.

use chinampa_protocol::Fr;
use chinampa_protocol::GlobalVariables;
use chinampa_protocol::circuits::PublicDataWrite;
use chinampa_protocol::gas::{Gas, GasFees, GasSettings};
use chinampa_protocol::hash::fee_payer_balance_leaf_slot;
use chinampa_protocol::tx::{
    ContractClassLog, PrivateToRollupKernelCircuitPublicInputs, RevertCode, Tx, TxEffect,
};

use super::TxRefusal;

/// The price that a tx pays: the block's, plus the priority fee as far as the tx's own maximum allows.
///
/// # Errors
/// [`TxRefusal::Fees`] if the maximum is below the block's price.
pub fn effective_gas_fees(block: &GasFees, settings: &GasSettings) -> Result<GasFees, TxRefusal> {
    let price = |dimension, asked: u128, offered: u128, priority: u128| match offered.checked_sub(asked) {
        Some(room) => Ok(asked + priority.min(room)),
        None => Err(TxRefusal::Fees { dimension, asked, offered }),
    };
    let (most, priority) = (&settings.max_fees_per_gas, &settings.max_priority_fees_per_gas);
    Ok(GasFees {
        fee_per_da_gas: price("da", block.fee_per_da_gas, most.fee_per_da_gas, priority.fee_per_da_gas)?,
        fee_per_l2_gas: price("l2", block.fee_per_l2_gas, most.fee_per_l2_gas, priority.fee_per_l2_gas)?,
    })
}

/// What a tx without public calls costs: the gas that its client proved, at its [`effective_gas_fees`].
///
/// # Errors
/// As [`effective_gas_fees`].
pub fn transaction_fee(block: &GasFees, settings: &GasSettings, used: &Gas) -> Result<Fr, TxRefusal> {
    let fees = effective_gas_fees(block, settings)?;
    let cost = |gas: u32, price: u128| Fr::from(gas) * Fr::from(price);
    Ok(cost(used.da_gas, fees.fee_per_da_gas) + cost(used.l2_gas, fees.fee_per_l2_gas))
}

/// The effects of a tx without public calls: those that its client proved, and the fee payment, which leaves
/// `balance - fee` with the payer.
pub fn tx_effect(
    tx: &Tx,
    data: &PrivateToRollupKernelCircuitPublicInputs,
    globals: &GlobalVariables,
    fee: Fr,
    balance: Fr,
) -> TxEffect {
    let some = |values: &[Fr]| values.iter().filter(|value| !value.is_zero()).copied().collect();
    let messages = data.end.l2_to_l1_msgs.iter().filter(|message| !message.contract_address.0.is_zero());
    let logs = tx.data.contract_class_log_hashes();
    let class_logs = logs.iter().zip(&tx.contract_class_log_fields).map(|(log, fields)| ContractClassLog {
        contract_address: log.contract_address,
        fields: fields.clone(),
        emitted_length: log.log_hash.length,
    });
    TxEffect {
        revert_code: RevertCode::Ok,
        tx_hash: tx.tx_hash,
        transaction_fee: fee,
        note_hashes: some(&data.end.note_hashes),
        nullifiers: some(&data.end.nullifiers),
        l2_to_l1_msgs: messages.map(|message| message.hash(globals.version, globals.chain_id)).collect(),
        public_data_writes: vec![PublicDataWrite {
            leaf_slot: fee_payer_balance_leaf_slot(data.fee_payer),
            value: balance - fee,
        }],
        private_logs: data.end.private_logs.iter().filter(|log| log.emitted_length > 0).cloned().collect(),
        public_logs: Vec::new(),
        contract_class_logs: class_logs.collect(),
    }
}
