//! `cargo xtask constants`: the constants of the pinned Aztec release as Rust.
//!
//! Two sources, both of the installed npm packages: the text of `@aztec/constants` (every constant and domain
//! separator), and a few facts that the packages compute when they are loaded, such as the root of the tree of
//! verification keys, which Node prints.

mod describe;
mod facts;
mod integer;
mod package;
mod render;

use std::path::Path;

use crate::generated::{self, Mode};
use crate::peers::Peers;
use facts::Facts;
use package::Package;

const FOLDER: &str = "protocol/src";
const COMMAND: &str = "cargo xtask constants";

/// Generates the constants and writes or checks the files.
pub(crate) fn run(root: &Path, mode: Mode) -> anyhow::Result<()> {
    let peers = Peers::find(root)?;
    let package = Package::load(&peers)?;
    let facts = Facts::load(&peers)?;
    for (file, text) in render::files(&package, &facts)? {
        let source = generated::rustfmt(root, &text)?;
        generated::settle(root, &format!("{FOLDER}/{file}"), &source, mode, COMMAND)?;
    }
    Ok(())
}
