//! The checked-in verification keys against the pinned root and every key that the recorded jobs carry.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chinampa_kernels::hash::poseidon2;
use chinampa_protocol::circuits::CircuitInputs;
use chinampa_protocol::codec::Decode as _;
use chinampa_protocol::constants::VK_TREE_ROOT;
use chinampa_protocol::keys::{Circuit, tree_root};
use chinampa_protocol::proof::VerificationKeyData;
use chinampa_testkit::vectors;
use serde_json::Value;

#[test]
fn the_tree_has_the_root_that_the_release_pins() {
    assert_eq!(tree_root(), VK_TREE_ROOT);
}

#[test]
fn every_leaf_is_the_hash_of_its_key() {
    // The root's key is a Keccak key, hashed with Keccak: no circuit ever reads it.
    for circuit in Circuit::ALL.into_iter().filter(|circuit| *circuit != Circuit::RootRollup) {
        let key = &circuit.key().key_as_fields;
        assert_eq!(poseidon2::hash(&key.key), key.hash, "{circuit:?}");
    }
}

#[test]
fn paths_lead_to_the_root() {
    for circuit in Circuit::ALL {
        let data = circuit.vk_data();
        let root =
            (0..).zip(&data.sibling_path).fold(data.vk.key_as_fields.hash, |node, (height, sibling)| {
                let (left, right) =
                    if data.leaf_index >> height & 1 == 0 { (node, *sibling) } else { (*sibling, node) };
                poseidon2::hash_pair(left, right)
            });
        assert_eq!(root, VK_TREE_ROOT, "{circuit:?}");
    }
}

#[test]
fn only_requests_with_a_noir_circuit_have_a_key() {
    assert_eq!(Circuit::of_request(0), None);
    assert_eq!(Circuit::of_request(1), Some(Circuit::PublicChonkVerifier));
    assert_eq!(Circuit::of_request(17), Some(Circuit::ParityRoot));
    assert_eq!(Circuit::of_request(18), None);
    assert_eq!(Circuit::of_request(u32::MAX), None);
}

/// Collects every `vkData` below a value.
fn collect<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("vkData"));
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn base64(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().expect("base64")).expect("base64")
}

#[test]
fn recorded_jobs_carry_the_same_keys_and_paths() {
    let mut met = BTreeSet::new();
    for (path, contents) in vectors::archive("epoch/circuits.tar.zst") {
        let job: Value = serde_json::from_slice(&contents).expect("JSON");
        let number = u32::try_from(job["type"].as_u64().expect("a number")).expect("small");
        let Some(circuit) = Circuit::of_request(number) else { continue };
        if path.ends_with(".out.json") {
            let key = VerificationKeyData::from_bytes(&base64(&job["result"]["verificationKey"]));
            assert_eq!(circuit.key(), &key.expect("a key"), "{path}");
            continue;
        }
        let inputs = CircuitInputs::decode(number, &base64(&job["inputs"])).expect("inputs");
        let inputs = serde_json::to_value(inputs).expect("JSON");
        let mut found = Vec::new();
        collect(&inputs, &mut found);
        for data in found {
            let leaf = &data["leafIndex"];
            let child = Circuit::ALL.into_iter().find(|child| *leaf == child.leaf_index());
            let child = child.unwrap_or_else(|| panic!("{path}: leaf {leaf}"));
            assert_eq!(serde_json::to_value(child.vk_data()).expect("JSON"), *data, "{path}");
            met.insert(child);
        }
    }
    // Nothing verifies the root.
    assert_eq!(met.len(), Circuit::ALL.len() - 1, "{met:?}");
}
