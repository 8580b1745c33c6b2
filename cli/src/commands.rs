//! Runs the command that the arguments name. Most need the configuration first, and logging as it says.

use std::path::Path;

use chinampa_agent::srs::{Fetch, SOURCES, fetch, write_development};

use crate::arguments::{Command, ConfigCommand, EpochCommand, JobsCommand, SrsCommand};
use crate::config::{self, ConfigErrors, Resolved};
use crate::exit::{Error, Exit};
use crate::flags::ConfigFlags;
use crate::{
    bench, doctor, epochs, execute, inspect, logs, operate, output, reference, replay, rerun, start,
};

/// Runs one command to its end.
pub(crate) fn run(command: Command) -> Result<Exit, Error> {
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
        Command::Execute(arguments) => execute::run(&arguments).map_err(Error::Execute)?,
        Command::Prove(arguments) => arguments.run().map_err(Error::Honk)?,
        Command::WriteVk(arguments) => arguments.run().map_err(Error::Honk)?,
        Command::Gates(arguments) => arguments.run().map_err(Error::Honk)?,
        Command::Verify(arguments) => arguments.run().map_err(Error::Verify)?,
        Command::WriteSolidityVerifier(arguments) => arguments.run().map_err(Error::Honk)?,
        Command::Replay { bundle, flags } => replay::run(&resolve(flags)?, &bundle)?,
        Command::Epoch(EpochCommand::Rerun { data, state, prover, as_it_is, compare, flags }) => {
            rerun::run(&resolve(flags)?, &rerun::Rerun { data, state, prover, as_it_is, compare })?;
        }
        Command::Srs(SrsCommand::Dev { log2, output }) => {
            let srs = write_development(&output, log2).map_err(Error::Srs)?;
            output::text(&format!("{} points in {}; for --dev only\n", srs.points(), srs.path().display()))?;
        }
        Command::Srs(SrsCommand::Fetch { log2, output, urls, sha256 }) => {
            fetch_points(log2, &output, urls, sha256)?;
        }
        Command::Jobs(JobsCommand::Inspect(arguments)) => inspect::run(&arguments)?,
        Command::Jobs(JobsCommand::Submit(arguments)) => arguments.run()?,
        Command::Jobs(JobsCommand::Fetch(arguments)) => arguments.run()?,
        Command::Jobs(JobsCommand::Operate(command)) => operate::run(command)?,
        Command::Agents(command) => operate::run(command)?,
        Command::Queue(command) => operate::run(command)?,
        Command::Events(arguments) => arguments.run()?,
        Command::Access(command) => operate::run(command)?,
        Command::Epochs(command) => epochs::run(command)?,
        Command::Bench(command) => bench::run(command)?,
        Command::Reference { document } => output::text(&reference::render(document))?,
    }
    Ok(Exit::Success)
}

/// Downloads the points of the ceremony.
fn fetch_points(log2: u32, folder: &Path, urls: Vec<String>, sha256: Option<String>) -> Result<(), Error> {
    let sources = if urls.is_empty() { SOURCES.map(str::to_owned).to_vec() } else { urls };
    let points = 1_u64.checked_shl(log2).unwrap_or(u64::MAX);
    let wanted = Fetch { points, sources, sha256 };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::Start)?;
    let srs = runtime.block_on(fetch(folder, &wanted)).map_err(Error::Srs)?;
    Ok(output::text(&format!("{} points in {}\n", srs.points(), srs.path().display()))?)
}

/// The configuration for a command; starts logging as it says.
fn resolve(flags: ConfigFlags) -> Result<Resolved, Error> {
    let config = Resolved::new(flags.into_inputs())?;
    logs::start(&config.section("observability"));
    config.notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    Ok(config)
}
