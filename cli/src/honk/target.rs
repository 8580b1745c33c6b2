//! Which of the five flavors is meant: one name, or three flags.

use chinampa_honk::Flavor;
use clap::{Args, ValueEnum};

/// Flags that choose a flavor. `--verifier_target` excludes the others, as in bb.
#[derive(Clone, Debug, Args)]
pub(crate) struct TargetFlags {
    /// Who verifies the proof: a contract (evm), a Noir circuit (noir-recursive) or a rollup circuit (noir-rollup).
    #[arg(short = 't', long = "verifier_target", value_enum, env = "BB_VERIFIER_TARGET")]
    verifier_target: Option<VerifierTarget>,
    /// The proof system.
    #[arg(short = 's', long, value_enum, env = "BB_SCHEME", default_value_t = Scheme::UltraHonk)]
    scheme: Scheme,
    /// The hash behind the challenges.
    #[arg(long = "oracle_hash", value_enum, conflicts_with = "verifier_target")]
    oracle_hash: Option<OracleHash>,
    /// Without zero-knowledge.
    #[arg(long = "disable_zk", conflicts_with = "verifier_target")]
    disable_zk: bool,
    /// With the IPA claim of rollup circuits.
    #[arg(long = "ipa_accumulation", conflicts_with = "verifier_target")]
    ipa_accumulation: bool,
}

/// Names of `--verifier_target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum VerifierTarget {
    Evm,
    EvmNoZk,
    NoirRecursive,
    NoirRecursiveNoZk,
    NoirRollup,
    NoirRollupNoZk,
}

/// Names of `--scheme` that this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Scheme {
    #[value(name = "ultra_honk")]
    UltraHonk,
}

/// Names of `--oracle_hash` that this program has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum OracleHash {
    Poseidon2,
    Keccak,
}

/// The flags name no flavor.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("--ipa_accumulation is for proofs over poseidon2, not keccak")]
pub(crate) struct TargetError;

impl TargetFlags {
    /// The flavor whose proofs a contract is to verify: over Keccak, where nothing says otherwise.
    pub(crate) fn contract_flavor(&self) -> Result<Flavor, TargetError> {
        if self.verifier_target.is_some() || self.oracle_hash.is_some() {
            return self.flavor();
        }
        Self { oracle_hash: Some(OracleHash::Keccak), ..self.clone() }.flavor()
    }

    /// The flavor that is meant.
    pub(crate) fn flavor(&self) -> Result<Flavor, TargetError> {
        let Scheme::UltraHonk = self.scheme;
        if let Some(target) = self.verifier_target {
            return Ok(match target {
                VerifierTarget::Evm => Flavor::UltraKeccakZK,
                VerifierTarget::EvmNoZk => Flavor::UltraKeccak,
                VerifierTarget::NoirRecursive => Flavor::UltraZK,
                VerifierTarget::NoirRecursiveNoZk => Flavor::Ultra,
                VerifierTarget::NoirRollup | VerifierTarget::NoirRollupNoZk => Flavor::UltraRollup,
            });
        }
        let is_keccak = self.oracle_hash == Some(OracleHash::Keccak);
        match (is_keccak, self.ipa_accumulation, self.disable_zk) {
            (true, true, _) => Err(TargetError),
            (true, false, true) => Ok(Flavor::UltraKeccak),
            (true, false, false) => Ok(Flavor::UltraKeccakZK),
            (false, true, _) => Ok(Flavor::UltraRollup),
            (false, false, true) => Ok(Flavor::Ultra),
            (false, false, false) => Ok(Flavor::UltraZK),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Arguments {
        #[command(flatten)]
        target: TargetFlags,
    }

    fn flavor(arguments: &[&str]) -> Result<Flavor, TargetError> {
        Arguments::try_parse_from([&["verify"], arguments].concat()).unwrap().target.flavor()
    }

    #[test]
    fn targets_and_flags_name_the_flavors_of_bb() {
        for flavor_of in Flavor::ALL {
            assert_eq!(flavor(&["-t", flavor_of.target()]), Ok(flavor_of));
        }
        assert_eq!(flavor(&["--verifier_target", "noir-rollup-no-zk"]), Ok(Flavor::UltraRollup));
        for (arguments, expected) in [
            ("", Ok(Flavor::UltraZK)),
            ("--disable_zk", Ok(Flavor::Ultra)),
            ("-s ultra_honk --oracle_hash poseidon2 --disable_zk", Ok(Flavor::Ultra)),
            ("--scheme ultra_honk --oracle_hash keccak", Ok(Flavor::UltraKeccakZK)),
            ("--oracle_hash keccak --disable_zk", Ok(Flavor::UltraKeccak)),
            ("--ipa_accumulation", Ok(Flavor::UltraRollup)),
            ("--oracle_hash poseidon2 --ipa_accumulation --disable_zk", Ok(Flavor::UltraRollup)),
            ("--oracle_hash keccak --ipa_accumulation", Err(TargetError)),
        ] {
            assert_eq!(flavor(&arguments.split_whitespace().collect::<Vec<_>>()), expected, "{arguments}");
        }
    }

    #[test]
    fn contracts_are_for_keccak_unless_flags_say_otherwise() {
        for (arguments, expected) in [
            ("", Ok(Flavor::UltraKeccakZK)),
            ("--disable_zk", Ok(Flavor::UltraKeccak)),
            ("-t evm-no-zk", Ok(Flavor::UltraKeccak)),
            ("-t noir-recursive", Ok(Flavor::UltraZK)),
            ("--oracle_hash poseidon2 --disable_zk", Ok(Flavor::Ultra)),
            ("--ipa_accumulation", Err(TargetError)),
        ] {
            let arguments: Vec<&str> = ["write"].into_iter().chain(arguments.split_whitespace()).collect();
            let target = Arguments::try_parse_from(&arguments).unwrap().target;
            assert_eq!(target.contract_flavor(), expected, "{arguments:?}");
        }
    }

    #[test]
    fn a_target_excludes_flags_that_it_implies() {
        for flag in [&["--disable_zk"][..], &["--ipa_accumulation"], &["--oracle_hash", "keccak"]] {
            let arguments = [&["verify", "-t", "evm"], flag].concat();
            assert!(Arguments::try_parse_from(arguments).is_err(), "{flag:?}");
        }
        for arguments in [["verify", "-s", "chonk"], ["verify", "-t", "starknet"]] {
            assert!(Arguments::try_parse_from(arguments).is_err(), "{arguments:?}");
        }
    }
}
