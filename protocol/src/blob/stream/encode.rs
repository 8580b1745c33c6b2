//! Effects to fields.

use chinampa_kernels::Fr;

use super::{BlockEnd, BlockEndMarker, TxStartMarker};
use crate::tx::TxEffect;

fn short(count: usize) -> u16 {
    u16::try_from(count).expect("a tx has few effects")
}

impl TxEffect {
    /// Appends the fields of the tx.
    pub fn extend_blob_fields(&self, out: &mut Vec<Fr>) {
        let start = out.len();
        out.extend([Fr::ZERO, self.tx_hash, self.transaction_fee]);
        out.extend_from_slice(&self.note_hashes);
        out.extend_from_slice(&self.nullifiers);
        out.extend_from_slice(&self.l2_to_l1_msgs);
        for write in &self.public_data_writes {
            out.extend([write.leaf_slot, write.value]);
        }
        let private_start = out.len();
        for log in &self.private_logs {
            out.push(Fr::from(log.emitted().len() as u64));
            out.extend_from_slice(log.emitted());
        }
        let public_start = out.len();
        for log in &self.public_logs {
            out.extend([Fr::from(log.fields.len() as u64), log.contract_address.0]);
            out.extend_from_slice(&log.fields);
        }
        let class_start = out.len();
        for log in &self.contract_class_logs {
            out.push(log.contract_address.0);
            out.extend_from_slice(log.emitted());
        }
        let marker = TxStartMarker {
            note_hashes: short(self.note_hashes.len()),
            nullifiers: short(self.nullifiers.len()),
            l2_to_l1_msgs: short(self.l2_to_l1_msgs.len()),
            public_data_writes: short(self.public_data_writes.len()),
            private_logs: short(self.private_logs.len()),
            private_logs_length: short(public_start - private_start - self.private_logs.len()),
            public_logs_length: u32::try_from(class_start - public_start).expect("a tx has few effects"),
            contract_class_log_length: short(out.len() - class_start - self.contract_class_logs.len()),
            revert_code: u8::from(self.revert_code),
            blob_fields: u32::try_from(out.len() - start).expect("a tx has few effects"),
        };
        out[start] = marker.to_field();
    }
}

impl BlockEnd {
    /// Appends the end of a block of `tx_count` txs.
    pub(super) fn extend_fields(&self, tx_count: usize, out: &mut Vec<Fr>) {
        let marker = BlockEndMarker {
            timestamp: self.timestamp,
            block_number: self.block_number,
            num_txs: short(tx_count),
        };
        out.extend([marker.to_field(), self.state.to_field(), self.last_archive_root]);
        out.extend([self.note_hash_root, self.nullifier_root, self.public_data_root]);
        out.extend(self.l1_to_l2_message_root);
    }
}
