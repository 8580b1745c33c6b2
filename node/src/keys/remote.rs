//! A remote signer: JSON-RPC as Web3Signer has it.
//!
//! # Source
//! `https://docs.web3signer.consensys.io/reference/api/json-rpc`; Aztec 4.1.2 `node-keystore/src/signer.ts`.

use std::time::Duration;

use alloy::consensus::{SignableTransaction as _, TxEnvelope, TypedTransaction};
use alloy::eips::eip2718::Decodable2718 as _;
use alloy::network::NetworkTransactionBuilder as _;
use alloy::primitives::Address;
use alloy::rpc::types::TransactionRequest;
use serde_json::{Value, json};
use url::Url;

use super::SignError;

/// Longest time for an answer; a person or a module may have to agree.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Longest answer: a proof's transaction in hexadecimal, with room.
const ANSWER_LEN_MAX: usize = 4 << 20;

#[derive(Clone)]
pub(super) struct RemoteSigner {
    /// It may carry a key and is never shown.
    url: Url,
}

impl RemoteSigner {
    pub(super) fn new(url: Url) -> Self {
        Self { url }
    }

    pub(super) async fn check(&self, account: Address) -> Result<(), SignError> {
        let method = "eth_accounts";
        let accounts = self.call(method, json!([])).await?;
        let accounts: Vec<Address> = serde_json::from_value(accounts)
            .map_err(|_| SignError::Malformed { method, what: "not a list of addresses" })?;
        if accounts.contains(&account) { Ok(()) } else { Err(SignError::NoAccount { account }) }
    }

    pub(super) async fn sign(
        &self,
        account: Address,
        request: TransactionRequest,
    ) -> Result<TxEnvelope, SignError> {
        let method = "eth_signTransaction";
        let malformed = |what| SignError::Malformed { method, what };
        let call = json!([{
            "from": account,
            "to": request.to.and_then(|kind| kind.to().copied()),
            "data": request.input.input(),
            "value": request.value.unwrap_or_default(),
            "nonce": hex(request.nonce.unwrap_or_default().into()),
            "gas": hex(request.gas.unwrap_or_default().into()),
            "maxFeePerGas": hex(request.max_fee_per_gas.unwrap_or_default()),
            "maxPriorityFeePerGas": hex(request.max_priority_fee_per_gas.unwrap_or_default()),
            "chainId": hex(request.chain_id.unwrap_or_default().into()),
        }]);
        let unsigned = request.build_unsigned().map_err(|error| SignError::Local(error.to_string()))?;
        let answer = self.call(method, call).await?;
        // Clef and geth answer with an object.
        let raw = answer.as_str().or_else(|| answer["raw"].as_str()).ok_or(malformed("not a text"))?;
        let raw = alloy::hex::decode(raw).map_err(|_| malformed("not hexadecimal"))?;
        let signed = TxEnvelope::decode_2718_exact(&raw).map_err(|_| malformed("not a transaction"))?;
        compare(&unsigned, &signed, account)?;
        Ok(signed)
    }

    async fn call(&self, method: &'static str, params: Value) -> Result<Value, SignError> {
        let malformed = |what| SignError::Malformed { method, what };
        let http = reqwest::Client::builder().timeout(TIMEOUT).build().map_err(unreachable)?;
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        let response = http.post(self.url.clone()).json(&body).send().await.map_err(unreachable)?;
        let mut response = response.error_for_status().map_err(unreachable)?;
        let mut answer = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if answer.len() + chunk.len() > ANSWER_LEN_MAX {
                return Err(malformed("it is too long"));
            }
            answer.extend_from_slice(&chunk);
        }
        let mut answer: Value = serde_json::from_slice(&answer).map_err(|_| malformed("not JSON"))?;
        match answer.get("error") {
            Some(Value::Null) | None => Ok(answer["result"].take()),
            Some(error) => {
                let message = error["message"].as_str().map_or_else(|| error.to_string(), str::to_owned);
                Err(SignError::Refused { method, message })
            }
        }
    }
}

fn unreachable(error: reqwest::Error) -> SignError {
    SignError::Http(error.without_url())
}

fn hex(number: u128) -> String {
    format!("{number:#x}")
}

/// Whether `signed` is `unsigned` with a signature of `account`. A signer that raises a price or another's signature is
/// found here and not by L1.
fn compare(unsigned: &TypedTransaction, signed: &TxEnvelope, account: Address) -> Result<(), SignError> {
    if unsigned.signature_hash() != signed.signature_hash() {
        return Err(SignError::Different { what: "its content" });
    }
    match signed.signature().recover_address_from_prehash(&signed.signature_hash()) {
        Ok(signer) if signer == account => Ok(()),
        _ => Err(SignError::Different { what: "its signer" }),
    }
}
