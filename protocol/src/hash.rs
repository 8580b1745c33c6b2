//! Aztec's hashes: Poseidon2 with a domain separator inside the rollup, SHA-256 cut to a field toward L1.
//!
//! A separator is one more leading input, so it counts in Poseidon2's length tag.
//!
//! # Sources
//! Aztec 4.1.2 `stdlib/hash`, `foundation/crypto`; every function is checked against recorded values.

use chinampa_kernels::Fr;
use chinampa_kernels::hash::poseidon2::{hash, hash_with_separator};
use sha2::{Digest, Sha256};

use crate::address::AztecAddress;
use crate::constants::{FEE_JUICE_ADDRESS, NULL_MSG_SENDER_CONTRACT_ADDRESS, domain_separator as separator};

/// Storage slot of the map from account to balance in the fee juice contract.
const FEE_JUICE_BALANCES_SLOT: u64 = 1;

/// A SHA-256 digest as a field: the last byte is dropped and a zero byte put in front.
pub fn digest_to_field(digest: [u8; 32]) -> Fr {
    let mut bytes = [0; 32];
    bytes[1..].copy_from_slice(&digest[..31]);
    Fr::from_be_bytes(&bytes).expect("248 bits are canonical")
}

/// SHA-256 of `bytes`, cut to a field by [`digest_to_field`].
pub fn sha256_to_field(bytes: &[u8]) -> Fr {
    digest_to_field(Sha256::digest(bytes).into())
}

/// SHA-256 of two fields, cut to a field: the inner node of the trees that L1 sees.
pub fn sha256_pair(left: Fr, right: Fr) -> Fr {
    let digest = Sha256::new().chain_update(left.to_be_bytes()).chain_update(right.to_be_bytes());
    digest_to_field(digest.finalize().into())
}

/// Nonce of the note hash at `note_index` of the tx whose first nullifier is given.
pub fn note_hash_nonce(first_nullifier: Fr, note_index: u32) -> Fr {
    hash_with_separator(separator::NOTE_HASH_NONCE, &[first_nullifier, Fr::from(note_index)])
}

/// A note hash bound to its contract.
pub fn silo_note_hash(contract: AztecAddress, note_hash: Fr) -> Fr {
    hash_with_separator(separator::SILOED_NOTE_HASH, &[contract.0, note_hash])
}

/// A siloed note hash made unique by its nonce: the leaf of the note hash tree.
pub fn unique_note_hash(nonce: Fr, siloed_note_hash: Fr) -> Fr {
    hash_with_separator(separator::UNIQUE_NOTE_HASH, &[nonce, siloed_note_hash])
}

/// A nullifier bound to its contract: the leaf of the nullifier tree.
pub fn silo_nullifier(contract: AztecAddress, nullifier: Fr) -> Fr {
    hash_with_separator(separator::SILOED_NULLIFIER, &[contract.0, nullifier])
}

/// First field of a private log bound to its contract.
pub fn silo_private_log_first_field(contract: AztecAddress, field: Fr) -> Fr {
    hash_with_separator(separator::PRIVATE_LOG_FIRST_FIELD, &[contract.0, field])
}

/// The nullifier that a tx request itself has, siloed by the protocol's null sender.
pub fn protocol_nullifier(tx_request_hash: Fr) -> Fr {
    silo_nullifier(AztecAddress(NULL_MSG_SENDER_CONTRACT_ADDRESS), tx_request_hash)
}

/// Leaf of the public data tree that holds `slot` of `contract`.
pub fn public_data_leaf_slot(contract: AztecAddress, slot: Fr) -> Fr {
    hash_with_separator(separator::PUBLIC_LEAF_SLOT, &[contract.0, slot])
}

/// Storage slot of `key` in the map at `map_slot`.
pub fn map_storage_slot(map_slot: Fr, key: Fr) -> Fr {
    hash_with_separator(separator::PUBLIC_STORAGE_MAP_SLOT, &[map_slot, key])
}

/// Storage slot of an account's balance in the fee juice contract.
pub fn fee_payer_balance_slot(fee_payer: AztecAddress) -> Fr {
    map_storage_slot(Fr::from(FEE_JUICE_BALANCES_SLOT), fee_payer.0)
}

/// Leaf of the public data tree that holds an account's fee juice.
pub fn fee_payer_balance_leaf_slot(fee_payer: AztecAddress) -> Fr {
    public_data_leaf_slot(AztecAddress(FEE_JUICE_ADDRESS), fee_payer_balance_slot(fee_payer))
}

/// Hash of a function's arguments; zero for none.
pub fn var_args_hash(args: &[Fr]) -> Fr {
    if args.is_empty() { Fr::ZERO } else { hash_with_separator(separator::FUNCTION_ARGS, args) }
}

/// Hash of a public call's calldata, selector included.
pub fn calldata_hash(calldata: &[Fr]) -> Fr {
    hash_with_separator(separator::PUBLIC_CALLDATA, calldata)
}

/// Hash of the secret of an L1 to L2 message.
pub fn secret_hash(secret: Fr) -> Fr {
    hash_with_separator(separator::SECRET_HASH, &[secret])
}

/// The nullifier of an L1 to L2 message, siloed by the contract that consumes it.
pub fn l1_to_l2_message_nullifier(contract: AztecAddress, message_hash: Fr, secret: Fr) -> Fr {
    silo_nullifier(contract, hash_with_separator(separator::MESSAGE_NULLIFIER, &[message_hash, secret]))
}

/// Hash of a contract class log: all its fields, zero padding included, without a separator.
pub fn contract_class_log_hash(fields: &[Fr]) -> Fr {
    hash(fields)
}
