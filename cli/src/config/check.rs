//! What must hold between settings, for the roles that are switched on.

use std::net::IpAddr;

use super::{ConfigError, Resolved};
use crate::settings::Value;
use crate::start::NATIVE_VERIFIER;

/// Every contradiction and every missing value.
pub(crate) fn check(config: &Resolved) -> Vec<ConfigError> {
    let mut errors = Vec::new();
    let mut unusable = |key: &'static str, message: &str| {
        errors.push(ConfigError::Unusable { key, message: message.to_owned() });
    };
    let node = is_true(config, "roles.prover_node");
    let broker = is_true(config, "roles.prover_broker");
    let agent = is_true(config, "roles.prover_agent");
    if !(node || broker || agent) {
        unusable(
            "roles.prover_node",
            "no part is switched on; use --prover-node, --prover-broker, --prover-agent",
        );
    }
    if (node || agent) && !broker && config.get("agent.broker_url").is_none() {
        unusable("agent.broker_url", "needed where no broker runs in the same process");
    }
    if broker && !is_true(config, "broker.open") && config.get("server.admin_api_key_hash").is_none() {
        let listen = config.get("broker.listen").map(|assigned| &assigned.value);
        if matches!(listen, Some(Value::Text(address)) if !is_loopback(address)) {
            unusable(
                "broker.listen",
                "others could reach a broker that asks nobody who he is: set server.admin_api_key_hash and give \
                 out tokens, or ask for that with --broker.open",
            );
        }
    }
    check_certificates(config, &mut unusable);
    if broker {
        check_verifier(config, &mut unusable);
    }
    if agent && matches!(config.get("agent.count"), Some(count) if count.value == Value::Integer(0)) {
        unusable("agent.count", "0 although this process is to run agents");
    }
    if node {
        for key in ["l1.registry_address", "l1.chain_id"] {
            if config.get(key).is_none() && config.get("node.network").is_none() {
                unusable(key, "needed by the prover node, unless node.network gives it");
            }
        }
        if len(config, "l1.rpc_urls") == 0 {
            unusable("l1.rpc_urls", "the prover node needs an L1 execution node");
        }
        let lists = ["publisher.private_keys", "publisher.addresses", "publisher.encrypted_key_files"];
        let files = ["publisher.key_store_directory", "publisher.private_keys_file"];
        let has_signer =
            lists.iter().any(|key| len(config, key) > 0) || files.iter().any(|key| config.get(key).is_some());
        if !has_signer && !is_true(config, "node.disable_proof_publish") {
            unusable(
                "publisher.private_keys",
                "no account to submit with: give keys, a key store or a remote signer, or disable_proof_publish",
            );
        }
    }
    if len(config, "publisher.addresses") > 0 && config.get("publisher.web3_signer_url").is_none() {
        unusable("publisher.web3_signer_url", "needed where publisher.addresses are signed for remotely");
    }
    if len(config, "l1.consensus_host_api_keys") > len(config, "l1.consensus_host_urls") {
        unusable("l1.consensus_host_api_keys", "more keys than l1.consensus_host_urls");
    }
    if len(config, "l1.consensus_host_api_key_headers") > len(config, "l1.consensus_host_api_keys") {
        unusable("l1.consensus_host_api_key_headers", "more headers than l1.consensus_host_api_keys");
    }
    errors
}

fn check_verifier(config: &Resolved, unusable: &mut impl FnMut(&'static str, &str)) {
    let is = |key, expected: &str| {
        config
            .get(key)
            .is_some_and(|assigned| matches!(&assigned.value, Value::Text(text) if text == expected))
    };
    if is("broker.verifier", NATIVE_VERIFIER) && is("prover.proofs", "simulated") {
        unusable("broker.verifier", "simulated proofs verify nowhere; unset it, or use --proofs real");
    }
}

fn check_certificates(config: &Resolved, unusable: &mut impl FnMut(&'static str, &str)) {
    let is_set = |key| config.get(key).is_some();
    for (certificate, key) in [
        ("broker.tls_certificate_file", "broker.tls_key_file"),
        ("agent.broker_certificate_file", "agent.broker_key_file"),
    ] {
        if is_set(certificate) != is_set(key) {
            unusable(key, "a certificate needs its key, and a key its certificate");
        }
    }
    if !is_set("broker.tls_certificate_file") && is_set("broker.tls_client_authorities_file") {
        unusable("broker.tls_client_authorities_file", "needs broker.tls_certificate_file");
    }
}

fn is_loopback(address: &str) -> bool {
    address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn is_true(config: &Resolved, key: &str) -> bool {
    config.get(key).is_some_and(|assigned| assigned.value == Value::Bool(true))
}

/// Length of a list.
fn len(config: &Resolved, key: &str) -> usize {
    match config.get(key).map(|assigned| &assigned.value) {
        Some(Value::List(texts)) => texts.len(),
        _ => 0,
    }
}
