//! `cargo xtask keys`: the verification keys of the pinned Aztec release, and the leaves of their tree.

use std::path::Path;

use anyhow::{Context as _, ensure};
use serde::{Deserialize, Serialize};

use crate::generated::{self, Mode};
use crate::peers::{AZTEC_VERSION, Peers};

const TARGET: &str = "protocol/src/keys/4.1.2.json";
const COMMAND: &str = "cargo xtask keys";
const PACKAGE: &str = "@aztec/noir-protocol-circuits-types";

/// The circuits whose keys a prover meets, by the file stems of their artifacts, in the order of their leaves.
const CIRCUITS: [&str; 19] = [
    "hiding_kernel_to_rollup",
    "hiding_kernel_to_public",
    "chonk_verifier_public",
    "rollup_tx_base_private",
    "rollup_tx_base_public",
    "rollup_tx_merge",
    "rollup_block_root_first",
    "rollup_block_root_first_single_tx",
    "rollup_block_root_first_empty_tx",
    "rollup_block_root",
    "rollup_block_root_single_tx",
    "rollup_block_merge",
    "rollup_checkpoint_root",
    "rollup_checkpoint_root_single_block",
    "rollup_checkpoint_padding",
    "rollup_checkpoint_merge",
    "rollup_root",
    "parity_base",
    "parity_root",
];

/// Prints the leaves of the tree without the zero leaves at its end.
const LEAVES: &str = r#"
const { getVKTree } = await import("@aztec/noir-protocol-circuits-types/vk-tree");
const leaves = getVKTree().nodes.slice(0, 128).map(leaf => "0x" + leaf.toString("hex"));
while (/^0x0*$/.test(leaves.at(-1))) leaves.pop();
console.log(JSON.stringify(leaves));
"#;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    verification_key: ArtifactKey,
}

#[derive(Deserialize)]
struct ArtifactKey {
    bytes: String,
    fields: Vec<String>,
}

#[derive(Serialize)]
struct Keys {
    release: &'static str,
    /// Hashes of the keys, from leaf 0; the tree's other leaves are zero.
    leaves: Vec<String>,
    keys: Vec<Key>,
}

#[derive(Serialize)]
struct Key {
    circuit: &'static str,
    /// The key file, which is also its fields in big endian, 32 bytes each.
    key: String,
}

/// Generates the file and writes or checks it.
pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let peers = Peers::find(root)?;
    let leaves = serde_json::from_str(&peers.evaluate(LEAVES)?).context("leaves as node printed them")?;
    let keys = CIRCUITS.iter().map(|circuit| key(&peers, circuit)).collect::<anyhow::Result<_>>()?;
    let mut text = serde_json::to_string_pretty(&Keys { release: AZTEC_VERSION, leaves, keys })?;
    text.push('\n');
    generated::settle(root, TARGET, &text, mode, COMMAND)
}

fn key(peers: &Peers, circuit: &'static str) -> anyhow::Result<Key> {
    let artifact = peers.read(PACKAGE, &format!("artifacts/{circuit}.json"))?;
    let ArtifactKey { bytes, fields } = serde_json::from_str::<Artifact>(&artifact)
        .with_context(|| format!("the artifact of {circuit}"))?
        .verification_key;
    let joined: String = fields.iter().map(|field| field.trim_start_matches("0x")).collect();
    ensure!(joined == bytes, "the key of {circuit} is not the sequence of its fields");
    Ok(Key { circuit, key: bytes })
}
