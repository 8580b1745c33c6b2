//! The `chinampa` program: reads arguments and configuration, starts logging, runs one command, and turns what
//! happened into an exit code.

mod arguments;
mod aztec_names;
mod config;
mod doctor;
mod exit;
mod flags;
mod logs;
mod output;
mod reference;
mod settings;
mod start;

use std::process::ExitCode;

use arguments::{Command, ConfigCommand};
use config::{ConfigErrors, Resolved};
use exit::{Error, Exit};
use flags::ConfigFlags;

fn main() -> ExitCode {
    let exit = match arguments::parse() {
        Ok(command) => run(command).unwrap_or_else(|error| {
            let exit = error.exit();
            if exit != Exit::Success {
                eprintln!("chinampa: {error}");
            }
            exit
        }),
        Err(exit) => exit,
    };
    exit.into()
}

fn run(command: Command) -> Result<Exit, Error> {
    match command {
        Command::Config(ConfigCommand::Template) => output::text(reference::TEMPLATE)?,
        Command::Config(ConfigCommand::Print { json, flags }) => {
            let config = resolve(flags)?;
            if json {
                output::json(&config::as_json(&config))?;
            } else {
                output::text(&config::as_toml(&config))?;
            }
        }
        Command::Config(ConfigCommand::Check { flags }) => {
            let errors = config::check(&resolve(flags)?);
            if !errors.is_empty() {
                return Err(ConfigErrors(errors).into());
            }
            output::text("the configuration is complete\n")?;
        }
        Command::Start { flags } => return start::run(&resolve(flags)?),
        Command::Doctor { json, flags } => return doctor::run(&resolve(flags)?, json),
        Command::Reference { document } => output::text(&reference::render(document))?,
    }
    Ok(Exit::Success)
}

/// The configuration for a command; starts logging as it says.
fn resolve(flags: ConfigFlags) -> Result<Resolved, Error> {
    let config = Resolved::new(flags.into_inputs())?;
    logs::start(&config.section("observability"));
    config.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    Ok(config)
}
