//! Everything a person runs: `cargo xtask serve | test | backtest | stack | contracts | genesis | dist | bench | tools`.
#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod arguments;
mod backtest;
mod bench;
mod contracts;
mod crash;
mod dist;
mod failure;
mod genesis;
mod http;
mod paths;
mod process;
mod progress;
mod rpc;
mod serve;
mod stack;
mod stop;
mod test;
mod tools;

use std::process::ExitCode;

use arguments::Task;
use failure::Outcome;
use stop::Stop;

fn main() -> ExitCode {
    let words: Vec<_> = std::env::args().skip(1).collect();
    let result = Stop::on_signals().and_then(|stop| perform(&words, &stop));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::FAILURE
        }
    }
}

fn perform(words: &[String], stop: &Stop) -> Outcome<()> {
    match Task::parse(words)? {
        Task::Help => {
            println!("{}", arguments::USAGE);
            Ok(())
        }
        Task::Stack(options) => stack::command(&options, stop),
        Task::CompileContracts => contracts::compile(stop),
        Task::ReadProduction(url) => contracts::read_production(&url, stop),
        Task::Tools => progress::step("tools", || tools::ensure(stop)),
        Task::Serve(options) => serve::command(options.as_ref(), stop),
        Task::Genesis => genesis::command(stop),
        Task::Dist => dist::command(stop),
        Task::Test => test::command(stop),
        Task::Backtest(options) => backtest::command(&options),
        Task::BenchSpeed => bench::speed::command(stop),
        Task::BenchCrash => crash::bench(stop),
        Task::BenchPage => bench::page::command(stop),
        Task::BenchKills => bench::kills::command(stop),
        Task::BenchPool => bench::host::pool(stop),
        Task::BenchJournal => bench::host::journal(stop),
        Task::Bench => bench::command(stop),
    }
}
