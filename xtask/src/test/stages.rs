//! Stages of a test run: each is announced, timed and remembered; the table at the end tells them all.

use std::fmt::Write as _;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::failure::Outcome;
use crate::process::run_and_keep;
use crate::stop::Stop;

/// Stages share a budget; passing it is shown, not punished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Budget {
    Tools,
    Builds,
    HostTests,
    Browser,
}

impl Budget {
    const ALL: [Self; 4] = [Self::Tools, Self::Builds, Self::HostTests, Self::Browser];

    fn name_and_minutes(self) -> (&'static str, u64) {
        match self {
            Self::Tools => ("tools", 8),
            Self::Builds => ("builds", 18),
            Self::HostTests => ("host tests", 10),
            Self::Browser => ("browser", 18),
        }
    }
}

/// How a stage ended.
#[derive(Debug)]
pub(super) struct Row {
    stage: &'static str,
    budget: Budget,
    took: Duration,
    pub(super) result: Outcome<()>,
    /// The runners' own last lines.
    summaries: Vec<String>,
}

/// Runs stages, remembers rows.
#[derive(Debug)]
pub(super) struct Run<'a> {
    pub(super) stop: &'a Stop,
    pub(super) rows: Vec<Row>,
}

impl Run<'_> {
    /// Runs `work` as a stage; whether it passed.
    pub(super) fn stage(
        &mut self,
        stage: &'static str,
        budget: Budget,
        work: impl FnOnce(&Stop) -> Outcome<()>,
    ) -> bool {
        self.record(stage, budget, |stop| (Vec::new(), work(stop)))
    }

    /// Runs a test runner as a stage; whether it passed.
    pub(super) fn tests(&mut self, stage: &'static str, budget: Budget, command: &mut Command) -> bool {
        self.record(stage, budget, |stop| run_and_keep(stage, command, is_summary, stop))
    }

    fn record(
        &mut self,
        stage: &'static str,
        budget: Budget,
        work: impl FnOnce(&Stop) -> (Vec<String>, Outcome<()>),
    ) -> bool {
        println!("\n== {stage}");
        let started = Instant::now();
        let (summaries, result) =
            self.stop.check().map_or_else(|stopped| (Vec::new(), Err(stopped)), |()| work(self.stop));
        let took = started.elapsed();
        if let Err(failure) = &result {
            println!("{failure}");
        }
        println!("== {stage}: {} in {:.1} s", verdict(&result), took.as_secs_f32());
        let passed = result.is_ok();
        self.rows.push(Row { stage, budget, took, result, summaries });
        passed
    }
}

/// How the runners of Rust and of wasm-bindgen sum up a test program.
fn is_summary(line: &str) -> bool {
    line.starts_with("test result: ")
}

fn verdict(result: &Outcome<()>) -> &'static str {
    if result.is_ok() { "passed" } else { "FAILED" }
}

/// Stages with their times, budgets, and the runners' own last lines.
pub(super) fn table(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let Row { stage, took, result, .. } = row;
        let _infallible = writeln!(text, "{stage:<24} {:>8.1} s  {}", took.as_secs_f32(), verdict(result));
    }
    for budget in Budget::ALL {
        let (name, minutes) = budget.name_and_minutes();
        let took: Duration = rows.iter().filter(|row| row.budget == budget).map(|row| row.took).sum();
        let over = if took > Duration::from_secs(60 * minutes) { ": over budget" } else { "" };
        let _infallible =
            writeln!(text, "{name:<24} {:>8.1} min of {minutes}{over}", took.as_secs_f32() / 60.0);
    }
    for row in rows {
        for line in &row.summaries {
            let _infallible = writeln!(text, "{}: {line}", row.stage);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;

    #[test]
    fn the_table_ends_with_the_runners_own_words() {
        let row = |stage, result, summary: &str| Row {
            stage,
            budget: Budget::Builds,
            took: Duration::from_secs(19 * 60),
            result,
            summaries: vec![summary.to_owned()],
        };
        let rows = [
            row("good", Ok(()), "test result: ok."),
            row("bad", Err(Failure::new("x")), "test result: FAILED."),
        ];
        let table = table(&rows);
        assert!(table.contains("1140.0 s  passed") && table.contains("1140.0 s  FAILED"), "{table}");
        assert!(table.contains("38.0 min of 18: over budget"), "{table}");
        assert!(table.ends_with("good: test result: ok.\nbad: test result: FAILED.\n"), "{table}");
    }

    #[test]
    fn a_run_goes_on_after_a_failure_but_not_after_ctrl_c() {
        let stop = Stop::default();
        let mut run = Run { stop: &stop, rows: Vec::new() };
        assert!(!run.stage("one", Budget::Tools, |_| Err(Failure::new("no"))));
        assert!(run.stage("two", Budget::Tools, |_| Ok(())));
        stop.set();
        assert!(!run.stage("three", Budget::Tools, |_| Ok(())));
        let passed: Vec<_> = run.rows.iter().map(|row| row.result.is_ok()).collect();
        assert_eq!(passed, [false, true, false]);
    }
}
