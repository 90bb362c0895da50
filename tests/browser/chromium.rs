//! Chromium, driven over a pipe by its own protocol: nothing stands between the test and the browser that could
//! keep a hidden page visible, and workers tell their requests and errors as the page does.

use std::collections::BTreeMap;
use std::io::{BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Longest that the browser may take for one answer on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

const PROGRAMS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

const FLAGS: &[&str] = &[
    "--remote-debugging-pipe",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--window-size=1440,900",
    // A hidden page is slowed down at once, not after five minutes.
    "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1",
];

/// What the browser said and nobody fetched yet.
#[derive(Default)]
struct Heard {
    answers: BTreeMap<u64, Value>,
    events: Vec<Value>,
    is_over: bool,
}

#[derive(Default)]
struct Line {
    heard: Mutex<Heard>,
    news: Condvar,
    mouth: Mutex<Option<ChildStdin>>,
    /// Runs in every worker before its own script does.
    worker_script: Mutex<Option<String>>,
}

/// A browser with a profile of its own; dropping it ends it.
pub(crate) struct Chromium {
    child: Child,
    line: Arc<Line>,
    next_id: Mutex<u64>,
    profile: PathBuf,
    /// Whether the profile outlives the browser.
    keeps_profile: bool,
}

/// Whether the browser has windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Windows {
    /// None at all.
    Headless,
    /// On this X display.
    On(u32),
}

impl Chromium {
    /// A fresh browser.
    pub(crate) fn start(windows: Windows) -> Self {
        let mut browser = Self::start_in(fresh_profile(), windows);
        browser.keeps_profile = false;
        browser
    }

    /// A browser with a profile that is there before it and stays behind.
    pub(crate) fn start_in(profile: PathBuf, windows: Windows) -> Self {
        // The protocol speaks on descriptors 3 and 4, which a shell can give to its child.
        let mut shell = Command::new("sh");
        shell
            .args(["-c", r#"exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#, "sh", program()])
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0);
        match windows {
            Windows::Headless => shell.arg("--headless=new"),
            Windows::On(display) => shell.env("DISPLAY", format!(":{display}")),
        };
        let mut child = shell.spawn().expect("a shell");
        let line = Arc::new(Line::default());
        *line.mouth.lock().expect("fresh") = child.stdin.take();
        let ear = child.stdout.take().expect("piped");
        let listening = Arc::clone(&line);
        thread::spawn(move || listening.listen(BufReader::new(ear)));
        Self { child, line, next_id: Mutex::new(1), profile, keeps_profile: true }
    }

    /// Asks the browser (or, with a session, a target of it); panics with the protocol's error.
    pub(crate) fn ask(&self, session: Option<&str>, method: &str, params: &Value) -> Value {
        self.try_ask(session, method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    /// Asks; the protocol's error as text.
    pub(crate) fn try_ask(
        &self,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Result<Value, String> {
        let answer = self.ask_within(PATIENCE, session, method, params);
        answer.unwrap_or_else(|| panic!("the browser did not answer {method}"))
    }

    /// Asks, and waits for `patience` only.
    pub(crate) fn ask_within(
        &self,
        patience: Duration,
        session: Option<&str>,
        method: &str,
        params: &Value,
    ) -> Option<Result<Value, String>> {
        let id = {
            let mut next = self.next_id.lock().expect("never poisoned: nothing panics while it is held");
            *next += 1;
            *next
        };
        self.line.say(id, session, method, params);
        let deadline = Instant::now() + patience;
        let mut heard = self.line.heard();
        loop {
            if let Some(answer) = heard.answers.remove(&id) {
                return Some(match answer.get("error") {
                    Some(error) => Err(error.to_string()),
                    None => Ok(answer["result"].clone()),
                });
            }
            assert!(!heard.is_over, "the browser ended during {method}");
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            heard = self.line.news.wait_timeout(heard, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends the browser with everything it runs, as a power cut would: nothing is flushed, nobody is told.
    pub(crate) fn kill(mut self) {
        let group = nix::unistd::Pid::from_raw(self.child.id().try_into().expect("a process id"));
        nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL).expect("our own processes");
        let _status = self.child.wait();
    }

    /// From now on `script` runs in every worker before its own does.
    pub(crate) fn alter_workers(&self, script: &str) {
        *self.line.worker_script.lock().unwrap_or_else(PoisonError::into_inner) = Some(script.to_owned());
    }

    /// Everything that happened so far, in order.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.line.heard().events.clone()
    }
}

impl Line {
    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn say(&self, id: u64, session: Option<&str>, method: &str, params: &Value) {
        let mut message = json!({ "id": id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let mut mouth = self.mouth.lock().unwrap_or_else(PoisonError::into_inner);
        // A browser that is gone is noticed by whoever waits for the answer.
        let _told = mouth.as_mut().map(|mouth| mouth.write_all(&bytes).and_then(|()| mouth.flush()));
    }

    fn listen(&self, mut ear: impl std::io::BufRead) {
        let mut bytes = Vec::new();
        while ear.read_until(0, &mut bytes).is_ok_and(|read| read > 0) {
            bytes.pop();
            if let Ok(message) = serde_json::from_slice::<Value>(&bytes) {
                self.take(message);
            }
            bytes.clear();
        }
        self.heard().is_over = true;
        self.news.notify_all();
    }

    fn take(&self, message: Value) {
        if message["method"] == "Target.attachedToTarget" {
            self.welcome(&message["params"]);
        }
        let mut heard = self.heard();
        match message["id"].as_u64() {
            Some(0) => {}
            Some(id) => drop(heard.answers.insert(id, message)),
            None => heard.events.push(message),
        }
        drop(heard);
        self.news.notify_all();
    }

    /// A worker waits until it is listened to.
    fn welcome(&self, params: &Value) {
        let Some(session) = params["sessionId"].as_str() else { return };
        if params["waitingForDebugger"] == true {
            for method in ["Runtime.enable", "Network.enable", "Log.enable"] {
                self.say(0, Some(session), method, &json!({}));
            }
            let script = self.worker_script.lock().unwrap_or_else(PoisonError::into_inner).clone();
            if let Some(expression) = script {
                self.say(0, Some(session), "Runtime.evaluate", &json!({ "expression": expression }));
            }
            self.say(0, Some(session), "Runtime.runIfWaitingForDebugger", &json!({}));
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.line.say(0, None, "Browser.close", &json!({}));
        let deadline = Instant::now() + Duration::from_secs(5);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(10));
        }
        let _was_gone = self.child.kill();
        let _status = self.child.wait();
        if !self.keeps_profile {
            let _left = std::fs::remove_dir_all(&self.profile);
        }
    }
}

/// A place for a profile that nobody has.
pub(crate) fn fresh_profile() -> PathBuf {
    std::env::temp_dir().join(format!("leash-browser-{}", super::secret::fresh_text()))
}

fn program() -> &'static str {
    let exists = |name: &&&str| {
        let asked =
            Command::new("sh").args(["-c", &format!("command -v {name}")]).stdout(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    PROGRAMS.iter().find(exists).expect("Chromium or Chrome is installed")
}
