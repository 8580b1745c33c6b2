//! The flags that every command with a configuration has: one for each setting, under our name and under each of
//! Aztec's, and `--config`. They are made from the table, so that no list of them can grow old.

use std::path::PathBuf;

use clap::builder::PathBufValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{Environment, Inputs, settings};
use crate::settings::{INEFFECTIVE, Kind, SECTIONS, Setting};

const FILE_FLAG: &str = "--config";

/// What the flags say, not yet checked.
#[derive(Debug, Default)]
pub(crate) struct ConfigFlags {
    file: Option<PathBuf>,
    given: Vec<(&'static Setting, String, Vec<String>)>,
    ineffective: Vec<String>,
}

impl ConfigFlags {
    /// The flags together with the process's variables. The only place that reads these.
    pub(crate) fn into_inputs(self) -> Inputs {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Inputs {
            file: self.file,
            environment: variables.collect::<Environment>(),
            flags: self.given,
            notices: self.ineffective,
        }
    }
}

/// Every flag that is accepted, for suggestions.
pub(crate) fn all_names() -> impl Iterator<Item = String> {
    settings().flat_map(Setting::flags).chain([FILE_FLAG.to_owned(), "--json".to_owned()])
}

/// clap's name of a flag: without dashes. It serves as the argument's id too.
fn bare(flag: &str) -> String {
    flag.trim_start_matches('-').to_owned()
}

impl Args for ConfigFlags {
    fn augment_args(command: Command) -> Command {
        let mut command = command.arg(
            Arg::new(bare(FILE_FLAG))
                .long(bare(FILE_FLAG))
                .value_name("FILE")
                .value_parser(PathBufValueParser::new())
                .help("Configuration file (TOML) [env: CHINAMPA_CONFIG]"),
        );
        for section in SECTIONS {
            for setting in section.settings {
                for (index, flag) in setting.flags().into_iter().enumerate() {
                    let help = format!("{} [{}]", setting.help, setting.kind);
                    let argument = value_argument(&flag, setting.kind)
                        .help(help)
                        .help_heading(section.title)
                        .hide_short_help(true)
                        // Aztec's names are listed in docs/flags.md.
                        .hide(index > 0);
                    command = command.arg(argument);
                }
            }
        }
        for flag in INEFFECTIVE.iter().flat_map(|names| names.flags) {
            let argument = Arg::new(bare(flag)).long(bare(flag)).num_args(0..=1).action(ArgAction::Append);
            command = command.arg(argument.hide(true));
        }
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// An argument that keeps every text it is given. A boolean may stand alone, as `aztec start` has it in some places.
fn value_argument(flag: &str, kind: Kind) -> Arg {
    let argument = Arg::new(bare(flag)).long(bare(flag)).action(ArgAction::Append).value_name("VALUE");
    let is_boolean = matches!(kind, Kind::Bool);
    if is_boolean { argument.num_args(0..=1).default_missing_value("true") } else { argument.num_args(1) }
}

impl FromArgMatches for ConfigFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.file = matches.get_one::<PathBuf>(&bare(FILE_FLAG)).cloned();
        for setting in settings() {
            for flag in setting.flags() {
                if let Some(texts) = matches.get_many::<String>(&bare(&flag)) {
                    let texts = texts.cloned().collect();
                    self.given.push((setting, flag, texts));
                }
            }
        }
        for names in &INEFFECTIVE {
            for flag in names.flags.iter().filter(|flag| matches.contains_id(&bare(flag))) {
                self.ineffective.push(format!("{flag} is ignored: {}", names.reason));
            }
        }
        Ok(())
    }
}
