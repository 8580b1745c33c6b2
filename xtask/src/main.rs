//! Chores of the project, run as `cargo xtask <command>`.

mod constants;
mod generated;

use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

/// Chores of the project.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Writes protocol/src/constants.rs from the installed Aztec packages.
    Constants {
        /// Change nothing; fail if the file is not what would be written.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    let root = workspace_root();
    match Arguments::parse().chore {
        Chore::Constants { check } => constants::run(&root, generated::Mode::from_check_flag(check)),
    }
}

/// The folder of the workspace's `Cargo.toml`.
fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace root").to_path_buf()
}
