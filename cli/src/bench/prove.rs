//! `chinampa bench prove`: our native prover beside `bb`, on one program, in one run.
//!
//! Both are processes of their own with the same files, flags and threads. First the keys are compared, and our proof is
//! verified by `bb`; numbers of a wrong answer are worth nothing.

mod process;
mod program;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use chinampa_agent::srs::{SrsFolder, write_development};
use chinampa_agent::write_development_bb;
use chinampa_jobs::RequestType;
use chinampa_kernels::Backend;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::exit::Error;
use crate::output;
use process::Usage;

/// Largest circuit: that of the largest development string.
const MAX_LOG2: u32 = 24;
/// Largest circuit of multiplications: more have a gigabyte of bytecode, the most that is read.
const MAX_MULTIPLICATIONS_LOG2: u32 = 22;
/// Smallest circuit whose rows are mostly the program's.
const MIN_LOG2: u32 = 11;

/// Arguments of the command.
#[derive(Debug, Args)]
pub(crate) struct ProveBench {
    /// Logarithm of the circuit's rows: multiplications, or of more than 2^22 rows permutations of Poseidon2.
    #[arg(long, value_parser = clap::value_parser!(u32).range(i64::from(MIN_LOG2)..=i64::from(MAX_LOG2)))]
    log2: u32,
    /// Who is compared with: `bb` 4.1.2, or nobody. Of 2^24 rows, bb takes more memory than most machines have; it verifies our
    /// proof all the same.
    #[arg(long, value_enum, default_value_t = Peer::Bb)]
    peer: Peer,
    /// The peer's program.
    #[arg(long, default_value = ".peers/bin/bb")]
    program: PathBuf,
    /// Who verifies the proof, as `bb -t`.
    #[arg(long, default_value = "noir-recursive-no-zk")]
    target: String,
    /// Folder of a development reference string; without it, one is made for this run.
    #[arg(long)]
    crs: Option<PathBuf>,
    /// Threads of each side; without it, one for each processor.
    #[arg(long)]
    threads: Option<usize>,
    /// Memory that our side keeps within where it can, in MiB; without it, what is at hand.
    #[arg(long, value_name = "MIB")]
    memory: Option<u64>,
    /// Instructions of our field arithmetic: portable, avx2 or avx512ifma; without it, the best that the processor has.
    #[arg(long)]
    backend: Option<Backend>,
    /// Proves the circuit of a job instead of many multiplications: a file of its raw inputs, which may be gzip. Give the
    /// circuit's rows with --log2 and the flavor with --target.
    #[arg(long, value_name = "FILE")]
    job: Option<PathBuf>,
    /// Type of the job.
    #[arg(long = "type", default_value = "PARITY_BASE", value_parser = |name: &str| name.parse::<RequestType>())]
    request_type: RequestType,
    /// Folder of Aztec's circuits, for jobs.
    #[arg(long, default_value = ".peers/aztec")]
    circuits: PathBuf,
    /// Times that each side proves, in turn; the fastest of each counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Also write the result to this file.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// Who is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Peer {
    Bb,
    None,
}

/// Where the files of a run are.
struct Run<'a> {
    bench: &'a ProveBench,
    folder: &'a Path,
    crs: PathBuf,
    ours: PathBuf,
}

impl ProveBench {
    fn program_name(&self) -> &'static str {
        match &self.job {
            Some(_) => self.request_type.name(),
            None if self.log2 > MAX_MULTIPLICATIONS_LOG2 => "permutations",
            None => "multiplications",
        }
    }
}

/// Runs the bench.
pub(super) fn run(bench: &ProveBench) -> Result<(), Error> {
    let folder = tempfile::tempdir()?;
    let run =
        Run { bench, folder: folder.path(), crs: crs(bench, folder.path())?, ours: std::env::current_exe()? };
    let (bytecode, witness) = match &bench.job {
        None if bench.log2 > MAX_MULTIPLICATIONS_LOG2 => program::permutations(bench.log2),
        None => program::multiplications(bench.log2),
        Some(job) => {
            program::of_job(&bench.circuits, bench.request_type, job).map_err(std::io::Error::other)?
        }
    };
    fs::write(run.path("program"), bytecode)?;
    fs::write(run.path("witness"), witness)?;
    let result = run.measure()?;
    if let Some(path) = &bench.json {
        fs::write(path, serde_json::to_vec_pretty(&result).map_err(std::io::Error::other)?)?;
    }
    Ok(output::json(&result)?)
}

/// The reference string, of enough points for the circuit.
fn crs(bench: &ProveBench, folder: &Path) -> Result<PathBuf, Error> {
    let points = 1 << bench.log2;
    match &bench.crs {
        Some(path) => {
            let there = SrsFolder::open(path).map_err(Error::Srs)?.points();
            if there < points {
                let text = format!("{} has {there} points, {points} are needed", path.display());
                return Err(Error::Output(std::io::Error::other(text)));
            }
            Ok(path.clone())
        }
        None => {
            let path = folder.join("crs");
            write_development(&path, bench.log2).map_err(Error::Srs)?;
            Ok(path)
        }
    }
}

impl Run<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A command of either side: they take the same flags.
    fn command(&self, program: &Path, subcommand: &str, output: &str) -> Command {
        let mut command = Command::new(program);
        command.arg(subcommand).args(["-t", &self.bench.target]);
        command.arg("-b").arg(self.path("program")).arg("-c").arg(&self.crs).arg("-o").arg(self.path(output));
        if let Some(threads) = self.bench.threads {
            command.env("HARDWARE_CONCURRENCY", threads.to_string());
        }
        command
    }

    fn prove(&self, program: &Path, output: &str) -> Command {
        let mut command = self.command(program, "prove", output);
        command.arg("-w").arg(self.path("witness")).arg("-k").arg(self.path("ours").join("vk"));
        command
    }

    fn backend_flag(&self) -> Vec<String> {
        self.bench.backend.map_or_else(Vec::new, |backend| vec!["--backend".to_owned(), backend.to_string()])
    }

    fn measure(&self) -> Result<Value, Error> {
        for name in ["ours", "peer"] {
            fs::create_dir_all(self.path(name))?;
        }
        let has_peer = self.bench.peer == Peer::Bb;
        let peer = &self.bench.program;
        let mut write_vk = self.command(&self.ours, "write_vk", "ours");
        write_vk.args(self.backend_flag());
        let our_key = process::measure(write_vk)?;
        let their_key = match has_peer {
            true => process::measure(self.command(peer, "write_vk", "peer"))?,
            false => Usage::default(),
        };
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..self.bench.rounds.max(1) {
            ours.push(process::measure(self.prove_ours())?);
            if has_peer {
                theirs.push(process::measure(self.prove(peer, "peer"))?);
            }
        }
        let (ours, theirs) = (fastest(ours), fastest(theirs));
        let our_verifier = process::measure({
            let mut command = self.verify(&self.ours);
            command.arg("--dev").args(self.backend_flag());
            command
        })?;
        let their_verifier = self.peer_verifier()?;
        let printed: Value = serde_json::from_slice(&ours.stdout).unwrap_or_default();
        let mut report = json!({
            "log2": self.bench.log2,
            "program": self.bench.program_name(),
            "target": self.bench.target,
            "backend": self.bench.backend.unwrap_or_else(Backend::detect).name(),
            "ours": side(&ours, &our_key, Some(&our_verifier)),
            "verified": their_verifier.is_some(),
        });
        report["ours"]["phases"] = printed["phases"].clone();
        if has_peer {
            report["peer"] = side(&theirs, &their_key, their_verifier.as_ref());
            report["same_key"] = self.is_same("vk")?.into();
            report["same_proof"] = self.is_same("proof")?.into();
        }
        Ok(report)
    }

    fn prove_ours(&self) -> Command {
        let mut command = self.prove(&self.ours, "ours");
        command.args(["--json", "--dev"]).args(self.backend_flag());
        if let Some(memory) = self.bench.memory {
            command.args(["--memory", &memory.to_string()]);
        }
        command
    }

    /// Whether both sides wrote the same file.
    fn is_same(&self, name: &str) -> Result<bool, Error> {
        Ok(fs::read(self.path("ours").join(name))? == fs::read(self.path("peer").join(name))?)
    }

    fn verify(&self, program: &Path) -> Command {
        let ours = self.path("ours");
        let mut command = Command::new(program);
        command.args(["verify", "-t", &self.bench.target, "-c"]).arg(&self.crs);
        command.arg("-k").arg(ours.join("vk")).arg("-p").arg(ours.join("proof"));
        command.arg("-i").arg(ours.join("public_inputs"));
        command
    }

    /// What the peer, with the point of the development string in place of the ceremony's, takes to accept our proof; none if
    /// it does not.
    fn peer_verifier(&self) -> Result<Option<Usage>, Error> {
        let program = self.path("bb");
        write_development_bb(&self.bench.program, &program).map_err(std::io::Error::other)?;
        Ok(process::measure(self.verify(&program)).ok())
    }
}

/// What a side's proof takes, and beside it its key and the verification of our proof.
fn side(proof: &Usage, key: &Usage, verifier: Option<&Usage>) -> Value {
    let mut side = proof.to_json();
    side["write_vk"] = key.to_json();
    side["verify"] = verifier.map(Usage::to_json).into();
    side
}

fn fastest(runs: Vec<Usage>) -> Usage {
    runs.into_iter().min_by_key(|usage| usage.wall).unwrap_or_default()
}
