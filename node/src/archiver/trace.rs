//! Calls inside a transaction, from nodes that trace.
//!
//! # Source
//! `trace_transaction` of OpenEthereum's trace module, `debug_traceTransaction` of Geth with its call tracer.

use alloy::primitives::{Address, B256, Bytes};
use alloy::providers::Provider as _;
use serde::Deserialize;
use serde_json::json;

use crate::l1::{L1, L1Error};

/// Deepest nesting of calls that is followed; Ethereum allows no more.
const DEPTH_MAX: usize = 1_024;

/// One entry of `trace_transaction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FlatCall {
    #[serde(default)]
    action: Action,
    error: Option<String>,
    #[serde(default)]
    trace_address: Vec<usize>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Action {
    to: Option<Address>,
    input: Bytes,
}

/// One call of `debug_traceTransaction`, with those that it makes.
#[derive(Debug, Deserialize)]
struct NestedCall {
    to: Option<Address>,
    #[serde(default)]
    input: Bytes,
    error: Option<String>,
    #[serde(default)]
    calls: Vec<NestedCall>,
}

/// The inputs of all successful calls of `target` in a transaction.
///
/// # Errors
/// [`L1Error`] if no node traces.
pub(super) async fn traced_calls(
    l1: &L1,
    transaction: B256,
    target: Address,
) -> Result<Vec<Vec<u8>>, L1Error> {
    let flat = l1.debug().raw_request("trace_transaction".into(), (transaction,)).await;
    if let Ok(Some(calls)) = flat {
        return Ok(from_flat(calls, target));
    }
    let tracer = json!({"tracer": "callTracer"});
    let nested = l1.debug().raw_request("debug_traceTransaction".into(), (transaction, tracer)).await;
    let nested: NestedCall = nested.map_err(L1Error::rpc("debug_traceTransaction"))?;
    Ok(from_nested(nested, target))
}

/// A call counts if neither it nor one around it failed.
fn from_flat(calls: Vec<FlatCall>, target: Address) -> Vec<Vec<u8>> {
    let failed: Vec<Vec<usize>> =
        calls.iter().filter(|call| call.error.is_some()).map(|call| call.trace_address.clone()).collect();
    let held = |call: &FlatCall| !failed.iter().any(|place| call.trace_address.starts_with(place));
    let held = calls.into_iter().filter(|call| call.action.to == Some(target) && held(call));
    held.map(|call| call.action.input.to_vec()).collect()
}

fn from_nested(root: NestedCall, target: Address) -> Vec<Vec<u8>> {
    let mut inputs = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((call, depth)) = open.pop() {
        if call.error.is_some() || depth > DEPTH_MAX {
            continue;
        }
        if call.to == Some(target) {
            inputs.push(call.input.to_vec());
        }
        open.extend(call.calls.into_iter().map(|call| (call, depth + 1)));
    }
    inputs
}

#[cfg(test)]
mod tests {
    use alloy::primitives::address;

    use super::*;

    const ROLLUP: Address = address!("1111111111111111111111111111111111111111");

    #[test]
    fn failed_calls_and_what_they_contain_do_not_count() {
        let call = |place: &[usize], input: &str, error: Option<&str>| {
            json!({"action": {"to": ROLLUP, "input": input, "callType": "call"}, "error": error,
                "traceAddress": place, "type": "call"})
        };
        let flat = json!([
            call(&[], "0x01", None),
            call(&[0], "0x02", Some("Reverted")),
            call(&[0, 0], "0x03", None),
            call(&[1], "0x04", None),
            {"action": {"init": "0x"}, "traceAddress": [2], "type": "create"},
        ]);
        assert_eq!(from_flat(serde_json::from_value(flat).unwrap(), ROLLUP), [vec![1], vec![4]]);
        let nested = json!({"to": ROLLUP, "input": "0x01", "calls": [
            {"to": ROLLUP, "input": "0x02", "error": "execution reverted", "calls": [{"to": ROLLUP, "input": "0x03"}]},
            {"to": ROLLUP, "input": "0x04", "type": "CALL"},
            {"to": Address::ZERO, "input": "0x05"},
        ]});
        assert_eq!(from_nested(serde_json::from_value(nested).unwrap(), ROLLUP), [vec![1], vec![4]]);
    }
}
