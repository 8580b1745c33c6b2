//! Keccak proofs before Solidity verifiers, ours and that of bb 4.1.2: compiled by solc and run on anvil's EVM.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chinampa_testkit::network::free_port;
use chinampa_testkit::{peers, vectors};
use serde_json::{Value, json};

use crate::support::chinampa;

/// The first account of anvil, whose node signs for it.
const ACCOUNT: &str = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
/// The verifier of zero-knowledge proofs has one byte more than Ethereum allows, and is compiled for less gas elsewhere.
const CODE_SIZE_MAX: &str = "40000";
const START_TIMEOUT: Duration = Duration::from_secs(30);

/// A chain that ends when dropped.
struct Chain {
    url: String,
    anvil: Child,
}

impl Drop for Chain {
    fn drop(&mut self) {
        let _ = self.anvil.kill();
        let _ = self.anvil.wait();
    }
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text").trim().to_owned();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

impl Chain {
    fn start() -> Self {
        let port = free_port().expect("a port").to_string();
        let anvil = Command::new(peers::path("bin/anvil"))
            .args(["--port", &port, "--code-size-limit", CODE_SIZE_MAX, "--silent"])
            .stdin(Stdio::null())
            .spawn()
            .expect("anvil starts");
        let chain = Self { url: format!("http://127.0.0.1:{port}"), anvil };
        let begun = Instant::now();
        while chain.cast(&["block-number"]).is_err() {
            assert!(begun.elapsed() < START_TIMEOUT, "anvil does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        chain
    }

    fn cast(&self, arguments: &[&str]) -> Result<String, String> {
        output(Command::new(peers::path("bin/cast")).env("ETH_RPC_URL", &self.url).args(arguments))
    }

    /// Returns the address, without its prefix.
    fn deploy(&self, code: &str) -> String {
        let code = format!("0x{code}");
        let receipt = self.cast(&["send", "--json", "--unlocked", "--from", ACCOUNT, "--create", &code]);
        let receipt: Value = serde_json::from_str(&receipt.expect("a receipt")).expect("JSON");
        receipt["contractAddress"].as_str().expect("an address").trim_start_matches("0x").to_owned()
    }

    /// What the verifier says of a proof, or how it reverts.
    fn verify(&self, verifier: &str, proof: &[u8], public_inputs: &[u8]) -> Result<String, String> {
        self.ask("call", verifier, proof, public_inputs)
    }

    /// What a transaction with the proof costs.
    fn gas(&self, verifier: &str, proof: &[u8], public_inputs: &[u8]) -> u64 {
        let gas = self.ask("estimate", verifier, proof, public_inputs).expect("an estimate");
        gas.parse().expect("a number")
    }

    fn ask(&self, what: &str, verifier: &str, proof: &[u8], public_inputs: &[u8]) -> Result<String, String> {
        let words: Vec<String> = public_inputs.chunks(32).map(|word| format!("0x{}", hex(word))).collect();
        let (proof, words) = (format!("0x{}", hex(proof)), format!("[{}]", words.join(",")));
        self.cast(&[what, &format!("0x{verifier}"), "verify(bytes,bytes32[])(bool)", &proof, &words])
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The contracts of a source, by name.
fn compile(source: &Path) -> Value {
    let input = json!({
        "language": "Solidity",
        "sources": {"Verifier.sol": {"content": fs::read_to_string(source).expect("a contract")}},
        "settings": {
            "optimizer": {"enabled": true, "runs": 1},
            "outputSelection": {"*": {"*": ["evm.bytecode", "evm.deployedBytecode.object"]}},
        },
    });
    let mut solc = Command::new(peers::path("home/.svm/0.8.30/solc-0.8.30"))
        .arg("--standard-json")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("solc starts");
    solc.stdin.take().expect("a pipe").write_all(input.to_string().as_bytes()).expect("it reads");
    let compiled = solc.wait_with_output().expect("it ends").stdout;
    let compiled: Value = serde_json::from_slice(&compiled).expect("JSON");
    assert_eq!(compiled["errors"], Value::Null);
    compiled["contracts"]["Verifier.sol"].clone()
}

/// Deploys the verifier and, where it needs one, its library.
fn deploy(chain: &Chain, contracts: &Value) -> String {
    let bytecode = &contracts["HonkVerifier"]["evm"]["bytecode"];
    let mut code = bytecode["object"].as_str().expect("code").to_owned();
    let libraries = bytecode["linkReferences"]["Verifier.sol"].as_object();
    for (library, places) in libraries.into_iter().flatten() {
        let address = chain.deploy(contracts[library]["evm"]["bytecode"]["object"].as_str().expect("code"));
        for place in places.as_array().expect("places") {
            let start = 2 * usize::try_from(place["start"].as_u64().expect("a place")).expect("a length");
            code.replace_range(start..start + address.len(), &address);
        }
    }
    chain.deploy(&code)
}

fn succeeds(folder: &Path, line: &str) {
    let run = chinampa(folder, &line.split_whitespace().collect::<Vec<_>>(), &[]);
    assert_eq!(run.code, 0, "{line}: {}", run.stderr);
}

/// Contents of `proof` and `public_inputs`.
fn proof_files(folder: &Path) -> [Vec<u8>; 2] {
    ["proof", "public_inputs"].map(|name| fs::read(folder.join(name)).expect("a file"))
}

/// Bytes of a contract as it lies on the chain.
fn deployed_len(contracts: &Value) -> usize {
    contracts["HonkVerifier"]["evm"]["deployedBytecode"]["object"].as_str().expect("code").len() / 2
}

#[test]
fn contracts_of_either_take_our_proofs_and_no_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::create_dir(folder.join("crs")).expect("a folder");
    fs::write(folder.join("crs/bn254_g1.dat"), vectors::bytes("srs/bn254_g1_1025.dat")).expect("a file");
    for name in ["t1.acir.gz", "t1.wtns.gz"] {
        fs::copy(vectors::path(&format!("honk/{name}")), folder.join(name)).expect("a file");
    }
    let chain = Chain::start();
    for target in ["evm-no-zk", "evm"] {
        succeeds(folder, &format!("prove -t {target} -b t1.acir.gz -w t1.wtns.gz -c crs -o . --write_vk"));
        let [proof, inputs] = proof_files(folder);
        output(
            Command::new(peers::path("bin/bb"))
                .args(["write_solidity_verifier", "-k", "vk", "-o", "bb.sol", "-t", target])
                .current_dir(folder),
        )
        .expect("bb writes a contract");
        succeeds(folder, &format!("write_solidity_verifier -k vk -o ours.sol -t {target} --optimized"));
        for source in ["bb.sol", "ours.sol"] {
            let contracts = compile(&folder.join(source));
            let verifier = deploy(&chain, &contracts);
            assert_eq!(chain.verify(&verifier, &proof, &inputs), Ok("true".to_owned()), "{source} {target}");
            let gas = chain.gas(&verifier, &proof, &inputs);
            println!("{source} {target}: {} bytes, {gas} gas", deployed_len(&contracts));
            let mut other_inputs = inputs.clone();
            other_inputs[31] ^= 1;
            assert!(chain.verify(&verifier, &proof, &other_inputs).is_err(), "{source}: other public inputs");
            let mut other = proof.clone();
            other[32 * 40 + 31] ^= 1;
            assert!(chain.verify(&verifier, &other, &inputs).is_err(), "{source}: another proof");
            assert!(chain.verify(&verifier, &proof[32..], &inputs).is_err(), "{source}: a shorter one");
        }
    }
}

/// Most bytes of code that Ethereum takes (EIP-170).
const ETHEREUM_CODE_LEN_MAX: usize = 24_576;

/// The contract of recorded proofs, on the development reference string.
fn recorded_contract(folder: &Path, name: &str, target: &str) -> Value {
    for file in ["vk", "proof", "public_inputs"] {
        let bytes = vectors::bytes(&format!("honk/{name}.{target}/{file}"));
        fs::write(folder.join(file), bytes).expect("a file");
    }
    fs::write(folder.join("bn254_g2.dat"), vectors::bytes("srs/dev-bn254_g2.dat")).expect("a file");
    succeeds(folder, &format!("write_solidity_verifier -k vk -o ours.sol -t {target} --dev -c ."));
    compile(&folder.join("ours.sol"))
}

#[test]
fn our_contract_takes_what_bb_proves_and_fits_a_block() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    let chain = Chain::start();
    // `rec1` verifies a proof: its pairing points are not infinity.
    for (name, target) in [("mix", "evm-no-zk"), ("mix", "evm"), ("rec1", "evm")] {
        let contracts = recorded_contract(folder, name, target);
        let len = deployed_len(&contracts);
        assert!(len <= ETHEREUM_CODE_LEN_MAX, "{name} {target}: {len} bytes");
        let verifier = deploy(&chain, &contracts);
        let [proof, inputs] = proof_files(folder);
        assert_eq!(chain.verify(&verifier, &proof, &inputs), Ok("true".to_owned()), "{name} {target}");
        println!("{name} {target}: {} gas", chain.gas(&verifier, &proof, &inputs));
        // The ceremony's secret is another one.
        succeeds(folder, &format!("write_solidity_verifier -k vk -o real.sol -t {target}"));
        let real = deploy(&chain, &compile(&folder.join("real.sol")));
        assert!(chain.verify(&real, &proof, &inputs).is_err(), "{name} {target}");
    }
}

#[test]
fn our_contract_refuses_a_change_of_any_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let chain = Chain::start();
    let verifier = deploy(&chain, &recorded_contract(folder.path(), "t1", "evm"));
    let [proof, inputs] = proof_files(folder.path());
    assert_eq!(chain.verify(&verifier, &proof, &inputs), Ok("true".to_owned()));
    for word in 0..proof.len() / 32 {
        let mut other = proof.clone();
        other[32 * word + 31] ^= 1;
        assert!(chain.verify(&verifier, &other, &inputs).is_err(), "word {word}");
    }
    // The same scalar, written with the modulus added to it: the public inputs are those of the same circuit.
    let modulus = chinampa_kernels::Fr::MODULUS;
    let mut carry = false;
    let mut large = inputs.clone();
    for (limb, bytes) in modulus.into_iter().zip(large[..32].rchunks_exact_mut(8)) {
        let value = u64::from_be_bytes((&*bytes).try_into().expect("eight bytes"));
        let (sum, first) = value.overflowing_add(limb);
        let (sum, second) = sum.overflowing_add(u64::from(carry));
        carry = first || second;
        bytes.copy_from_slice(&sum.to_be_bytes());
    }
    assert!(chain.verify(&verifier, &proof, &large).is_err());
    assert!(chain.verify(&verifier, &proof, &[]).is_err());
    assert!(chain.verify(&verifier, &[], &inputs).is_err());
}

#[test]
fn contracts_are_for_keccak_only() {
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    fs::write(folder.join("vk"), vectors::bytes("honk/t1.noir-recursive/vk")).expect("a file");
    let line = ["write_solidity_verifier", "-k", "vk", "-o", "ours.sol", "-t", "noir-recursive"];
    let run = chinampa(folder, &line, &[]);
    assert!(run.code == 1 && run.stderr.contains("not for noir-recursive"), "{}", run.stderr);
    assert!(!folder.join("ours.sol").exists());
}
