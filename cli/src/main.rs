//! The `chinampa` program: reads arguments and configuration, starts logging, runs one command, and turns what
//! happened into an exit code.

mod arguments;
mod aztec_names;
mod bench;
mod commands;
mod config;
mod doctor;
mod epochs;
mod execute;
mod exit;
mod flags;
mod honk;
mod inspect;
mod logs;
mod operate;
mod output;
mod reference;
mod replay;
mod rerun;
mod settings;
mod start;

use std::process::ExitCode;

use exit::Exit;

fn main() -> ExitCode {
    let exit = match arguments::parse() {
        Ok(command) => commands::run(command).unwrap_or_else(|error| {
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
