//! Facts about the machine, this process and the packages it was built from.

use anyhow::Context as _;
use serde::{Deserialize, Serialize};

/// Where the run took place.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) logical_cores: usize,
    pub(crate) os: String,
    pub(crate) target_features: Vec<&'static str>,
}

impl Machine {
    /// Reads `/proc`; what is not there is reported as unknown.
    pub(crate) fn detect() -> Self {
        let cpu_info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let os = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: processor(&cpu_info).unwrap_or_else(|| "unknown processor".to_string()),
            logical_cores: std::thread::available_parallelism().map_or(1, usize::from),
            os: format!("{} {}", std::env::consts::OS, os.trim()),
            target_features: compiled_features(),
        }
    }
}

/// Name, and the numbers that say more where a hypervisor shortens the name.
fn processor(cpu_info: &str) -> Option<String> {
    let name = value_of(cpu_info, "model name")?;
    Some(match (value_of(cpu_info, "cpu family"), value_of(cpu_info, "model")) {
        (Some(family), Some(model)) => format!("{name} (family {family}, model {model})"),
        _ => name.to_string(),
    })
}

/// Instruction set extensions the compiler was allowed to use, of those that matter here.
fn compiled_features() -> Vec<&'static str> {
    [
        (cfg!(target_feature = "bmi2"), "bmi2"),
        (cfg!(target_feature = "adx"), "adx"),
        (cfg!(target_feature = "avx2"), "avx2"),
        (cfg!(target_feature = "avx512f"), "avx512f"),
    ]
    .into_iter()
    .filter_map(|(is_enabled, name)| is_enabled.then_some(name))
    .collect()
}

/// Most resident memory this process has held.
///
/// # Errors
/// Where `/proc/self/status` does not exist.
pub(crate) fn peak_rss_bytes() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let peak = value_of(&status, "VmHWM").context("no VmHWM in /proc/self/status")?;
    let kibibytes: u64 = peak.trim_end_matches("kB").trim().parse().context("VmHWM")?;
    Ok(kibibytes << 10)
}

/// The value of the first `key: value` line.
fn value_of<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == key).then_some(value.trim())
    })
}

#[derive(Deserialize)]
struct Lock {
    package: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// The version of a package this program was built with.
///
/// # Errors
/// If `Cargo.lock` does not have the package.
pub(crate) fn package_version(name: &str) -> anyhow::Result<String> {
    let lock: Lock = toml::from_str(include_str!("../../Cargo.lock"))?;
    let package = lock.package.into_iter().find(|package| package.name == name);
    Ok(package.with_context(|| format!("{name} is not in Cargo.lock"))?.version)
}
