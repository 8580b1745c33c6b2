//! `chinampa config` from the outside: layers, sources, mistakes, secrets, exit codes.

use std::fs;
use std::path::Path;

use crate::support::{Run, chinampa};
use insta::assert_snapshot;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with the file `c.toml`.
fn with_file(text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("c.toml"), text).unwrap();
    folder
}

fn print(folder: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Run {
    chinampa(folder, &[&["config", "print"], flags].concat(), variables)
}

/// One entry of `config print --json`.
fn entry(key: &str, flags: &[&str], variables: &[(&str, &str)]) -> Value {
    let run = print(Path::new("/"), &[flags, &["--json"]].concat(), variables);
    assert_eq!(run.code, 0, "{}", run.stderr);
    serde_json::from_str::<Value>(&run.stdout).unwrap()[key].clone()
}

/// The message of a run that must end with the code for a wrong configuration.
fn config_error(folder: &Path, flags: &[&str], variables: &[(&str, &str)]) -> String {
    let run = print(folder, flags, variables);
    assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{}", run.stderr);
    run.stderr
}

#[test]
fn the_defaults_are_these() {
    let run = print(Path::new("/"), &[], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_snapshot!(run.stdout);
}

#[test]
fn each_layer_wins_over_the_one_before() {
    let folder = with_file("[broker]\njob_timeout_ms = 1\n");
    let file = ["--config", "c.toml"];
    let own = ("CHINAMPA_BROKER__JOB_TIMEOUT_MS", "3");
    let aztec = ("PROVER_BROKER_JOB_TIMEOUT_MS", "2");
    let value = |flags: &[&str], variables: &[(&str, &str)]| {
        let run = print(folder.path(), flags, variables);
        run.stdout.lines().find(|line| line.starts_with("job_timeout_ms")).unwrap().to_owned()
    };
    let shown = |value: &str, place: &str| format!("{:<52} # {place}", format!("job_timeout_ms = {value}"));
    assert_eq!(value(&[], &[]), shown("30000", "default"));
    assert_eq!(value(&file, &[]), shown("1", "c.toml:2"));
    assert_eq!(value(&file, &[aztec]), shown("2", "env PROVER_BROKER_JOB_TIMEOUT_MS"));
    assert_eq!(value(&file, &[aztec, own]), shown("3", "env CHINAMPA_BROKER__JOB_TIMEOUT_MS"));
    for flag in ["--broker-job-timeout-ms", "--proverBroker.proverBrokerJobTimeoutMs"] {
        assert_eq!(
            value(&[&file[..], &[flag, "4"]].concat(), &[aztec, own]),
            shown("4", &format!("flag {flag}"))
        );
    }
}

#[test]
fn the_file_can_be_named_by_a_variable_and_a_flag_wins() {
    let folder = with_file("[server]\nport = 1\n");
    fs::write(folder.path().join("other.toml"), "[server]\nport = 2\n").unwrap();
    let variable = [("CHINAMPA_CONFIG", "c.toml")];
    assert!(print(folder.path(), &[], &variable).stdout.contains("# c.toml:2"));
    assert!(print(folder.path(), &["--config=other.toml"], &variable).stdout.contains("# other.toml:2"));
}

#[test]
fn the_json_form_names_value_and_source() {
    let source = |kind: Value, value: Value| json!({ "source": kind, "value": value });
    let key = "agent.count";
    assert_eq!(entry(key, &[], &[]), source(json!({ "kind": "default" }), json!(1)));
    let env = json!({ "kind": "env", "name": "PROVER_AGENT_COUNT" });
    assert_eq!(entry(key, &[], &[("PROVER_AGENT_COUNT", "7")]), source(env, json!(7)));
    let flag = json!({ "kind": "flag", "flag": "--agents" });
    assert_eq!(entry(key, &["--agents", "8"], &[]), source(flag, json!(8)));
    assert_eq!(entry("agent.broker_url", &[], &[]), source(json!({ "kind": "unset" }), Value::Null));
}

#[test]
fn a_command_line_of_aztec_is_understood() {
    let flags = [
        "--prover-node",
        "--prover-broker",
        "--prover-agent",
        "--archiver",
        "--network",
        "testnet",
        "--port",
        "9000",
        "--l1-rpc-urls",
        "http://one:8545,http://two:8545",
        "--proverAgent.proverBrokerUrl",
        "http://broker:8080",
        "--proverAgent.realProofs",
        "false",
        "--proverBroker.proverBrokerJobTimeoutMs",
        "60000",
        "--data-store-map-size-kb",
        "1000",
    ];
    let run = print(Path::new("/"), &flags, &[("L1_CHAIN_ID", "31337"), ("P2P_ENABLED", "true")]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for line in [
        "prover_node = true ",
        "prover_agent = true ",
        "port = 9000 ",
        "rpc_urls = [\"http://one:8545\", \"http://two:8545\"]",
        "broker_url = \"http://broker:8080\"",
        "proofs = \"simulated\" ",
        "job_timeout_ms = 60000 ",
        "chain_id = 31337 ",
    ] {
        assert!(run.stdout.lines().any(|found| found.starts_with(line)), "{line}\n{}", run.stdout);
    }
    for notice in ["--archiver is ignored", "--data-store-map-size-kb is ignored", "P2P_ENABLED is ignored"] {
        assert!(run.stderr.contains(notice), "{notice}\n{}", run.stderr);
    }
}

#[test]
fn fallbacks_of_aztec_count_in_their_order() {
    let old = ("PROVER_COORDINATION_NODE_URLS", "http://old");
    let new = ("TX_COLLECTION_NODE_RPC_URLS", "http://new");
    let value =
        |variables: &[(&str, &str)]| entry("tx_collection.node_rpc_urls", &[], variables)["value"].clone();
    assert_eq!(value(&[old]), json!(["http://old"]));
    assert_eq!(value(&[old, new]), json!(["http://new"]));
    assert_eq!(
        value(&[old, ("TX_COLLECTION_NODE_RPC_URLS", "")]),
        json!(["http://old"]),
        "empty counts as unset"
    );
}

#[test]
fn empty_variables_count_as_unset() {
    let variables = [("PROVER_AGENT_COUNT", ""), ("CHINAMPA_AGENT__COUNT", ""), ("CHINAMPA_CONFIG", "")];
    assert_eq!(entry("agent.count", &[], &variables)["source"], json!({ "kind": "default" }));
}

#[test]
fn booleans_and_numbers_are_strict() {
    for (name, value, expected) in [
        ("PROVER_AGENT_COUNT", "4x", "a whole number from 0 to 4096"),
        ("PROVER_AGENT_COUNT", "4097", "a whole number from 0 to 4096"),
        ("PROVER_NODE_DISABLE_PROOF_PUBLISH", "yes", "true or false"),
        ("PROVER_REAL_PROOFS", "real", "true or false"),
        ("CHINAMPA_PROVER__PROOFS", "true", "one of real, simulated"),
        ("PROVER_AGENT_PROOF_TYPES", "PARITY_BASE,17", "the name of a proving request type"),
    ] {
        let message = config_error(Path::new("/"), &[], &[(name, value)]);
        assert!(message.contains(&format!("env {name}:")) && message.contains(expected), "{message}");
    }
    assert_eq!(entry("agent.count", &[], &[("PROVER_AGENT_COUNT", "4096")])["value"], json!(4096));
}

#[test]
fn mistakes_in_a_file_have_their_line_and_a_suggestion() {
    let folder = with_file(
        "[broker]\njob_timeout = 5\npoll_interval_ms = \"soon\"\n\n[brooker]\nx = 1\n\n[agent]\ncount = -1\nproof_types = [\"PARITY\"]\n",
    );
    assert_snapshot!(config_error(folder.path(), &["--config", "c.toml"], &[]), @r#"
    chinampa: c.toml:2: there is no setting broker.job_timeout; did you mean broker.job_timeout_ms?
    c.toml:3: broker.poll_interval_ms: expected a whole number from 1 to 86400000, found "soon"
    c.toml:5: there is no setting brooker; did you mean broker?
    c.toml:9: agent.count: expected a whole number from 0 to 4096, found -1
    c.toml:10: agent.proof_types: expected a list, each element the name of a proving request type, such as PARITY_BASE, found ["PARITY"]
    "#);
}

#[test]
fn a_file_that_is_not_toml_or_not_there_is_refused() {
    let folder = with_file("[broker]\njob_timeout_ms = = 1\n");
    assert!(config_error(folder.path(), &["--config", "c.toml"], &[]).contains("c.toml:2: not TOML"));
    let folder = with_file("broker = 1\n");
    assert!(config_error(folder.path(), &["--config", "c.toml"], &[]).contains("write it as [broker]"));
    assert!(config_error(folder.path(), &["--config", "gone.toml"], &[]).contains("gone.toml"));
}

#[test]
fn variables_with_our_prefix_must_be_settings_but_others_are_left_alone() {
    let message = config_error(Path::new("/"), &[], &[("CHINAMPA_BROKER__JOB_TIMEOUT", "1")]);
    assert!(message.contains("did you mean CHINAMPA_BROKER__JOB_TIMEOUT_MS?"), "{message}");
    // Kubernetes sets such variables for a service that is called chinampa.
    let run = print(Path::new("/"), &[], &[("CHINAMPA_PORT_8080_TCP_ADDR", "10.0.0.1"), ("UNRELATED", "1")]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn a_setting_given_twice_is_refused() {
    let twice = ["--agents", "1", "--proverAgent.proverAgentCount", "2"];
    let message = config_error(Path::new("/"), &twice, &[]);
    assert!(message.contains("--agents") && message.contains("--proverAgent.proverAgentCount"), "{message}");
    config_error(Path::new("/"), &["--agents", "1", "--agents", "1"], &[]);
    let list = entry("l1.rpc_urls", &["--l1-rpc-urls", "http://a", "--l1-rpc-urls", "http://b"], &[]);
    assert_eq!(list["value"], json!(["http://a", "http://b"]), "lists grow");
}

#[test]
fn unknown_flags_say_whether_aztec_knows_them() {
    let usage = |flags: &[&str]| {
        let run = print(Path::new("/"), flags, &[]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        run.stderr
    };
    let message = usage(&["--sequencer.maxTxsPerBlock", "1"]);
    assert!(message.contains("--sequencer.maxTxsPerBlock is a flag of `aztec start`"), "{message}");
    let message = usage(&["--agent-thraeds", "1"]);
    assert!(message.contains("or in Aztec 4.1.2; did you mean --agent-threads?"), "{message}");
    assert!(usage(&["--zzz"]).contains("there is no flag --zzz"));
}

#[test]
fn secrets_are_never_shown() {
    const SECRET: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
    let url = format!("https://user:{SECRET}@host/v2/{SECRET}?key={SECRET}");
    let file = format!("[publisher]\nprivate_keys = [\"{SECRET}\"]\n[l1]\nrpc_urls = [\"{url}\"]\n");
    let wrong = format!("[publisher]\nprivate_keys = \"{SECRET}\"\n[l1]\nrpc_urls = \"{url}\"\n");
    let keys = format!("{SECRET},x{SECRET}");
    let runs = [
        print(with_file(&file).path(), &["--config", "c.toml"], &[]),
        print(with_file(&file).path(), &["--config", "c.toml", "--json"], &[]),
        print(with_file(&wrong).path(), &["--config", "c.toml"], &[]),
        print(
            Path::new("/"),
            &[],
            &[("PROVER_PUBLISHER_PRIVATE_KEYS", &keys), ("PROVER_BROKER_HOST", SECRET)],
        ),
        print(Path::new("/"), &["--publisher-private-keys", &keys], &[]),
        print(Path::new("/"), &["--publisher-private-keys", SECRET, SECRET], &[]),
        print(Path::new("/"), &[&format!("--publisher-private-kyes={SECRET}")], &[]),
        chinampa(Path::new("/"), &["config", "check", "--l1-consensus-host-api-keys", SECRET], &[]),
    ];
    let codes = runs.iter().map(|run| run.code).collect::<Vec<_>>();
    assert_eq!(codes, [0, 0, 3, 3, 3, 2, 2, 3], "each case takes the path it is meant to");
    for run in runs {
        assert!(!run.stdout.contains(SECRET) && !run.stderr.contains(SECRET), "{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn check_asks_for_what_the_roles_need() {
    let check = |flags: &[&str]| chinampa(Path::new("/"), &[&["config", "check"], flags].concat(), &[]);
    let run = check(&[]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("no part is switched on"), "{}", run.stderr);

    let run = check(&["--prover-agent"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("agent.broker_url"), "{}", run.stderr);
    assert_eq!(check(&["--prover-agent", "--prover-broker"]).code, 0);
    assert_eq!(check(&["--prover-agent", "--agent-broker-url", "http://broker"]).code, 0);

    let run = check(&["--prover-node", "--prover-broker"]);
    assert_eq!(run.code, 3);
    for key in ["l1.registry_address", "l1.chain_id", "l1.rpc_urls", "publisher.private_keys"] {
        assert!(run.stderr.contains(key), "{key}\n{}", run.stderr);
    }
    let node = ["--prover-node", "--prover-broker", "--network", "testnet", "--l1-rpc-urls", "http://l1"];
    assert_eq!(check(&[&node[..], &["--node-disable-proof-publish"]].concat()).code, 0);
}

#[test]
fn the_template_is_a_file_that_works() {
    let folder = tempfile::tempdir().unwrap();
    let run = chinampa(folder.path(), &["config", "template"], &[]);
    assert_eq!(run.code, 0);
    fs::write(folder.path().join("c.toml"), run.stdout).unwrap();
    let run = print(folder.path(), &["--config", "c.toml"], &[]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
}

#[test]
fn logs_are_json_lines_when_asked() {
    let ignored = [("P2P_ENABLED", "true")];
    for (flags, variables) in [
        (vec!["--log-format", "json"], ignored.to_vec()),
        (vec![], [&ignored[..], &[("LOG_JSON", "1")]].concat()),
    ] {
        let run = print(Path::new("/"), &flags, &variables);
        let line: Value = serde_json::from_str(run.stderr.trim()).unwrap();
        assert_eq!(line["level"], "WARN");
        assert!(line["message"].as_str().unwrap().contains("P2P_ENABLED"));
    }
    assert_eq!(print(Path::new("/"), &[], &[ignored[0], ("LOG_LEVEL", "error")]).stderr, "");
}

#[test]
fn help_and_version_succeed() {
    let version = chinampa(Path::new("/"), &["--version"], &[]);
    assert_eq!(version.code, 0);
    assert!(
        version.stdout.starts_with(concat!("chinampa ", env!("CARGO_PKG_VERSION"))),
        "{}",
        version.stdout
    );
    assert_eq!(chinampa(Path::new("/"), &["config", "print", "--help"], &[]).code, 0);
    assert_eq!(chinampa(Path::new("/"), &["compress"], &[]).code, 2, "no command of this program");
    assert_eq!(chinampa(Path::new("/"), &[], &[]).code, 2);
}
