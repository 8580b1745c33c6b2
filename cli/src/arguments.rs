//! The command line. A subcommand is listed here when it works.

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::bench::BenchCommand;
use crate::epochs::Epochs;
use crate::execute::Execute;
use crate::exit::Exit;
use crate::flags::{self, ConfigFlags};
use crate::honk::{Gates, Prove, Verify, WriteSolidityVerifier, WriteVk};
use crate::inspect::Inspect;
use crate::operate;
use crate::reference::Document;
use crate::{aztec_names, config};

/// A proving farm for the Aztec network.
#[derive(Debug, Parser)]
#[command(name = "chinampa", arg_required_else_help = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows or checks the configuration that a command would run with.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Runs the parts that are switched on, until a signal ends them.
    Start {
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// Says what this machine is good for, and what is missing.
    Doctor {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// Solves the witness of a Noir program and writes it for `bb prove -w`.
    Execute(Execute),
    /// Proves a Noir program natively, with the flags and files of `bb prove`.
    Prove(Prove),
    /// Writes the verification key of a Noir program, as `bb write_vk` does.
    #[command(name = "write_vk")]
    WriteVk(WriteVk),
    /// Prints the size of a Noir program's circuit, as `bb gates` does.
    Gates(Gates),
    /// Verifies an UltraHonk proof; the flags and files are those of `bb verify`.
    Verify(Verify),
    /// Writes a contract that verifies proofs over Keccak; the flags are those of `bb write_solidity_verifier`.
    #[command(name = "write_solidity_verifier")]
    WriteSolidityVerifier(WriteSolidityVerifier),
    /// Proves a failed job again, from the bundle that it left.
    Replay {
        /// The folder of the bundle.
        bundle: std::path::PathBuf,
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// Looks into epochs that failed.
    #[command(subcommand)]
    Epoch(EpochCommand),
    /// Makes reference strings.
    #[command(subcommand)]
    Srs(SrsCommand),
    /// Looks at proving jobs, and changes what happens to those of a broker.
    #[command(subcommand)]
    Jobs(JobsCommand),
    /// Looks at the agents of a broker, and tells them what to do.
    Agents(operate::Agents),
    /// Looks at the queue of a broker, and changes what it hands out.
    Queue(operate::Queue),
    /// Follows what happens to the jobs of a broker.
    Events(operate::Events),
    /// Gives and revokes the tokens of a broker, and reads what was changed.
    Access(operate::Access),
    /// Looks at the epochs of a prover node, and tells it what to do.
    Epochs(Epochs),
    /// Measures parts of the farm.
    #[command(subcommand)]
    Bench(BenchCommand),
    /// Prints generated documents of the source tree.
    #[command(hide = true)]
    Reference {
        /// Which one.
        #[arg(value_enum)]
        document: Document,
    },
}

/// `chinampa config ...`
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Prints every setting with its value and where it comes from; secrets are masked.
    Print {
        /// Print one JSON document.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// Checks that the configuration is right and complete for the parts that it switches on.
    Check {
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// Prints a configuration file with every setting, its default and its meaning.
    Template,
}

/// `chinampa epoch ...`
#[derive(Debug, Subcommand)]
pub(crate) enum EpochCommand {
    /// Executes, plans and proves an epoch again, from the data that a node has kept of it (node.failed_epoch_store).
    Rerun {
        /// The folder, or the data.bin in it, or the s3://, gs:// or az:// URL of the folder; one of Aztec's nodes needs --state.
        data: String,
        /// A file of our world state, where it is not beside the data.
        #[arg(long)]
        state: Option<std::path::PathBuf>,
        /// The prover, where no report is beside the data.
        #[arg(long)]
        prover: Option<String>,
        /// Prove what there is of an epoch whose data were kept before it was complete.
        #[arg(long)]
        as_it_is: bool,
        /// The printed result of another run, which must be the same.
        #[arg(long)]
        compare: Option<std::path::PathBuf>,
        #[command(flatten)]
        flags: ConfigFlags,
    },
}

/// `chinampa srs ...`
#[derive(Debug, Subcommand)]
pub(crate) enum SrsCommand {
    /// Writes a development reference string, whose secret is public: for tests only.
    Dev {
        /// Logarithm of the number of points; a parity base needs 22, a checkpoint padding 12.
        #[arg(long)]
        log2: u32,
        /// Folder for bn254_g1.dat and what belongs to it.
        #[arg(long)]
        output: std::path::PathBuf,
    },
    /// Downloads the points of the real ceremony into the layout of bb, or goes on with that.
    Fetch {
        /// Logarithm of the number of points; the root rollup needs 24, a gigabyte.
        #[arg(long)]
        log2: u32,
        /// Folder for bn254_g1.dat and what belongs to it: bb's own is ~/.bb-crs.
        #[arg(long)]
        output: std::path::PathBuf,
        /// Address of the points, http://. Unset: those of bb 4.1.2. May be given several times.
        #[arg(long = "url")]
        urls: Vec<String>,
        /// SHA-256 that the points must have, hexadecimal.
        #[arg(long)]
        sha256: Option<String>,
    },
}

/// `chinampa jobs ...`
#[derive(Debug, Subcommand)]
pub(crate) enum JobsCommand {
    /// Decodes the inputs or the result of a job and says what is in them.
    Inspect(Inspect),
    /// Has the farm prove a Noir program.
    Submit(operate::Submit),
    /// Writes the proof of a program that was submitted.
    Fetch(operate::Fetch),
    #[command(flatten)]
    Operate(operate::JobsCommand),
}

/// Reads the process's arguments. Help, version and mistakes are printed here; the exit code says which it was.
pub(crate) fn parse() -> Result<Command, Exit> {
    let version = match option_env!("CHINAMPA_COMMIT") {
        Some(commit) => format!("{} (commit {commit})", env!("CARGO_PKG_VERSION")),
        None => env!("CARGO_PKG_VERSION").to_owned(),
    };
    let matches = Arguments::command().version(version).try_get_matches();
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Ok(arguments.command),
        Err(error) if error.kind() == ErrorKind::UnknownArgument => {
            eprintln!("chinampa: {}", unknown_argument(&error));
            Err(Exit::Usage)
        }
        Err(error) => {
            // A pipe that is closed early is no reason to fail.
            let _ = error.print();
            Err(if error.use_stderr() { Exit::Usage } else { Exit::Success })
        }
    }
}

/// Explains an argument that no command has. Its value, and a word that is no flag, may be a secret that slipped out
/// of its place, so they are not repeated.
fn unknown_argument(error: &clap::Error) -> String {
    let argument = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(argument)) => argument.as_str(),
        _ => "",
    };
    let flag = argument.split('=').next().unwrap_or_default();
    if !flag.starts_with("--") {
        return "there is an argument that belongs to no flag (not repeated here: it may be a secret)"
            .to_owned();
    }
    if aztec_names::is_flag(flag) {
        return format!("{flag} is a flag of `aztec start` for a part that is not in a prover; leave it out");
    }
    match config::nearest(flag, flags::all_names()) {
        Some(near) => format!("there is no flag {flag}, here or in Aztec 4.1.2; did you mean {near}?"),
        None => {
            format!("there is no flag {flag}, here or in Aztec 4.1.2; see `chinampa config print --help`")
        }
    }
}
