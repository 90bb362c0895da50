//! Child processes, each in a group of its own, ended with all their children.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::failure::{Because, Failure, Outcome};
use crate::stop::Stop;

/// Time between asking a group to end and ending it.
const GRACE: Duration = Duration::from_secs(3);

/// A running child; dropping it ends it and everything it started.
#[derive(Debug)]
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    log: Option<PathBuf>,
}

impl Process {
    /// Starts `command` with its output in `log`, or on our own terminal without one.
    pub(crate) fn start(name: &'static str, command: &mut Command, log: Option<PathBuf>) -> Outcome<Self> {
        command.stdin(Stdio::null()).process_group(0);
        if let Some(path) = &log {
            let file = File::create(path).because(format!("Cannot write {}", path.display()))?;
            let second = file.try_clone().because(format!("Cannot write {}", path.display()))?;
            command.stdout(file).stderr(second);
        }
        let child = command.spawn().map_err(|error| cannot_start(command, &error))?;
        Ok(Self { name, child, log })
    }

    /// The sentence that says how it died, or `None` while it runs.
    pub(crate) fn death(&mut self) -> Option<Failure> {
        let status = match self.child.try_wait() {
            Ok(None) => return None,
            Ok(Some(status)) => status.to_string(),
            Err(error) => error.to_string(),
        };
        let name = self.name;
        let last = self.log.as_deref().map(last_lines).unwrap_or_default();
        Some(Failure::new(format!("{name} ended by itself ({status}).{last}")))
    }

    /// Waits until it ends by itself; fails when stopped or when it fails.
    fn finish(mut self, stop: &Stop) -> Outcome<()> {
        loop {
            stop.check()?;
            match self.child.try_wait().because(format!("Cannot wait for {}", self.name))? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => return Err(Failure::new(format!("{} failed ({status}).", self.name))),
                None => stop.glance()?,
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let Ok(id) = i32::try_from(self.child.id()) else { return };
        let group = Pid::from_raw(id);
        let asked = Instant::now();
        // An error means that nobody of the group is left.
        let mut left = killpg(group, Signal::SIGTERM).is_ok();
        while left && asked.elapsed() < GRACE {
            let leader_is_gone = !matches!(self.child.try_wait(), Ok(None));
            left = !leader_is_gone;
            thread::sleep(Duration::from_millis(10));
        }
        let _nobody_left = killpg(group, Signal::SIGKILL);
        let _status = self.child.wait();
    }
}

/// Runs `command` to its end on our terminal.
pub(crate) fn run(name: &'static str, command: &mut Command, stop: &Stop) -> Outcome<()> {
    stop.check()?;
    Process::start(name, command, None)?.finish(stop)
}

/// Runs `command` on our terminal; returns the lines of its output that `is_kept`, with how it ended.
pub(crate) fn run_and_keep(
    name: &'static str,
    command: &mut Command,
    is_kept: fn(&str) -> bool,
    stop: &Stop,
) -> (Vec<String>, Outcome<()>) {
    let started = stop.check().and_then(|()| Process::start(name, command.stdout(Stdio::piped()), None));
    let mut process = match started {
        Ok(process) => process,
        Err(failure) => return (Vec::new(), Err(failure)),
    };
    let output = process.child.stdout.take();
    let relay = thread::spawn(move || {
        let mut kept = Vec::new();
        for line in BufReader::new(output.into_iter().next()?).lines().map_while(Result::ok) {
            println!("{line}");
            if is_kept(&line) {
                kept.push(line);
            }
        }
        Some(kept)
    });
    let result = process.finish(stop);
    // The pipe closes with the last process of the group, which is gone now.
    (relay.join().ok().flatten().unwrap_or_default(), result)
}

/// What a short `command` prints, or `None` when it is missing or fails.
pub(crate) fn answer(command: &mut Command) -> Option<String> {
    let Output { status, stdout, .. } = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    status.success().then(|| String::from_utf8_lossy(&stdout).trim().to_owned())
}

fn cannot_start(command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    if error.kind() == ErrorKind::NotFound {
        Failure::new(format!("{program} is not installed or not on PATH."))
    } else {
        Failure::new(format!("Cannot start {program}: {error}."))
    }
}

/// The end of a log, indented under the sentence that it explains.
fn last_lines(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(8)..].iter();
    last.map(|line| format!("\n    {}", line.chars().take(300).collect::<String>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropping_a_process_ends_its_children_too() {
        let log = std::env::temp_dir().join(format!("leash-process-test-{}.log", std::process::id()));
        let mut shell = Command::new("sh");
        shell.args(["-c", "sleep 60 & echo $!; wait"]);
        let process = Process::start("shell", &mut shell, Some(log.clone())).expect("sh starts");
        let deadline = Instant::now() + Duration::from_secs(10);
        let mut child = None;
        while child.is_none() && Instant::now() < deadline {
            child = fs::read_to_string(&log).ok().and_then(|text| text.trim().parse::<i32>().ok());
        }
        let child = Pid::from_raw(child.expect("the shell told its child"));
        drop(process);
        let mut gone = false;
        while !gone && Instant::now() < deadline {
            // A zombie waiting for init still takes signals, hence the look at its state.
            let state = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            gone = state.is_empty() || state.contains(") Z");
        }
        fs::remove_file(&log).expect("our own log");
        assert!(gone, "the child of the child is gone");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = Process::start("nobody", &mut Command::new("leash-no-such-program"), None);
        assert_eq!(
            error.expect_err("no such program"),
            Failure::new("leash-no-such-program is not installed or not on PATH.")
        );
    }
}
