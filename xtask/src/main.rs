//! Chores of the project, run as `cargo xtask <command>`.

mod constants;
mod devnet;
mod flags;
mod generated;
mod keys;
mod live;
mod peers;
mod tidy;
mod vectors;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of the project.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Checks the project's own rules: crate graph, lengths, leftovers, golden data.
    Tidy,
    /// Compares the golden data with tests/vectors/MANIFEST.toml.
    Vectors {
        /// Write the present checksums into the manifest instead.
        #[arg(long)]
        update: bool,
    },
    /// Writes what is made from the table of settings: docs/flags.md, the configuration template, Aztec's names.
    Flags {
        /// Change nothing; fail if a file is not what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Writes protocol/src/constants.rs and its modules from the installed Aztec packages.
    Constants {
        /// Change nothing; fail if the file is not what would be written.
        #[arg(long)]
        check: bool,
    },
    /// Proves recorded epochs on a local L1 with our node, broker and agents; scripts/devnet prepares what it needs.
    Devnet(devnet::Options),
    /// Proves epochs of a live local network with Aztec's real sequencer; scripts/live prepares what it needs.
    Live(live::Options),
    /// Writes protocol/src/keys/4.1.2.json from the installed Aztec packages.
    Keys {
        /// Change nothing; fail if the file is not what would be written.
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    match run(&Arguments::parse().chore, &workspace_root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(chore: &Chore, root: &Path) -> anyhow::Result<()> {
    match chore {
        Chore::Devnet(options) => devnet::run(root, options),
        Chore::Live(options) => live::run(root, options),
        Chore::Tidy => tidy::run(root),
        Chore::Vectors { update: true } => vectors::update(root),
        Chore::Vectors { update: false } => tidy::report(vectors::check(root)?, "the golden data"),
        Chore::Flags { check } => flags::run(root, generated::Mode::from_check_flag(*check)),
        Chore::Constants { check } => constants::run(root, generated::Mode::from_check_flag(*check)),
        Chore::Keys { check } => keys::run(root, generated::Mode::from_check_flag(*check)),
    }
}

/// The folder of the workspace's `Cargo.toml`.
fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace root").to_path_buf()
}
