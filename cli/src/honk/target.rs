//! Which flavor the flags ask for.

use clap::{Args, ValueEnum};

use chinampa_circuits::BackendInputs;
use chinampa_honk::Flavor;

use super::HonkError;

/// The flags that choose a flavor, as `bb` has them.
#[derive(Debug, Args)]
pub(crate) struct TargetFlags {
    /// Who verifies the proof. Decides hash and zero-knowledge, and overrides the flags that do so one by one.
    #[arg(short = 't', long = "verifier_target")]
    target: Option<Target>,
    /// Proof system.
    #[arg(short = 's', long, default_value = "ultra_honk")]
    scheme: Scheme,
    /// Hash of the proof's challenges.
    #[arg(long = "oracle_hash", default_value = "poseidon2")]
    oracle_hash: Hash,
    /// The proof ends in an IPA proof, as rollups' do.
    #[arg(long = "ipa_accumulation")]
    ipa_accumulation: bool,
    /// The proof need not hide the witness.
    #[arg(long = "disable_zk")]
    disable_zk: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Target {
    Evm,
    EvmNoZk,
    NoirRecursive,
    NoirRecursiveNoZk,
    NoirRollup,
    NoirRollupNoZk,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Scheme {
    UltraHonk,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Hash {
    Poseidon2,
    Keccak,
}

impl TargetFlags {
    /// The flavor.
    pub(crate) fn flavor(&self) -> Flavor {
        let Scheme::UltraHonk = self.scheme;
        match self.target {
            Some(Target::Evm) => Flavor::UltraKeccakZK,
            Some(Target::EvmNoZk) => Flavor::UltraKeccak,
            Some(Target::NoirRecursive) => Flavor::UltraZK,
            Some(Target::NoirRecursiveNoZk) => Flavor::Ultra,
            Some(Target::NoirRollup | Target::NoirRollupNoZk) => Flavor::UltraRollup,
            None if self.ipa_accumulation => Flavor::UltraRollup,
            None => match (self.oracle_hash, self.disable_zk) {
                (Hash::Poseidon2, false) => Flavor::UltraZK,
                (Hash::Poseidon2, true) => Flavor::Ultra,
                (Hash::Keccak, false) => Flavor::UltraKeccakZK,
                (Hash::Keccak, true) => Flavor::UltraKeccak,
            },
        }
    }
}

/// What the backend appends to the public inputs.
pub(super) fn backend_inputs(flavor: Flavor) -> Result<BackendInputs, HonkError> {
    if flavor.has_ipa() {
        return Err(HonkError::Target { target: flavor.target() });
    }
    Ok(BackendInputs::PairingPoints)
}
