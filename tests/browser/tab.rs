//! A tab: what a person sees, presses and writes there, and what happened behind it.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::chromium::Chromium;

/// Longest that anything a person waits for may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// Tells of refusals by the page's own policies from the first moment on.
const WATCH_POLICIES: &str = r#"addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by policy:", event.effectiveDirective, event.blockedURI, event.sample));"#;

/// Where pictures go.
pub(crate) fn pictures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots")
}

/// A tab of a browser.
pub(crate) struct Tab {
    browser: Arc<Chromium>,
    target: String,
    session: String,
}

impl Tab {
    /// A blank tab, in a window of its own where there are windows, in which `scripts` run before every page.
    pub(crate) fn open(browser: &Arc<Chromium>, scripts: &[&str]) -> Self {
        let created = browser.ask(None, "Target.createTarget", &json!({ "url": "about:blank" }));
        let target = created["targetId"].as_str().expect("a target").to_owned();
        let attach = json!({ "targetId": target, "flatten": true });
        let attached = browser.ask(None, "Target.attachToTarget", &attach);
        let session = attached["sessionId"].as_str().expect("a session").to_owned();
        let tab = Self { browser: Arc::clone(browser), target, session };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            tab.ask(&format!("{domain}.enable"), &json!({}));
        }
        let attach = json!({ "autoAttach": true, "waitForDebuggerOnStart": true, "flatten": true });
        tab.ask("Target.setAutoAttach", &attach);
        tab.ask("Runtime.addBinding", &json!({ "name": "walletAsked" }));
        for source in [&[WATCH_POLICIES], scripts].concat() {
            tab.ask("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": source }));
        }
        tab
    }

    pub(crate) fn ask(&self, method: &str, params: &Value) -> Value {
        self.browser.ask(Some(&self.session), method, params)
    }

    pub(crate) fn go(&self, url: &str) {
        self.ask("Page.navigate", &json!({ "url": url }));
    }

    pub(crate) fn reload(&self) {
        self.ask("Page.reload", &json!({}));
    }

    pub(crate) fn close(&self) {
        self.browser.ask(None, "Target.closeTarget", &json!({ "targetId": self.target }));
    }

    /// Presses what saves the file `name`, and reads it.
    pub(crate) fn saves(&self, mark: &str, name: &str) -> String {
        let folder = std::env::temp_dir().join(format!("leash-saved-{}", super::secret::fresh_text()));
        let behavior = json!({ "behavior": "allow", "downloadPath": folder });
        self.browser.ask(None, "Browser.setDownloadBehavior", &behavior);
        self.press(mark);
        let file = folder.join(name);
        // A browser writes under another name until all is there.
        let text = self.until(name, |_| std::fs::read_to_string(&file).ok());
        std::fs::remove_dir_all(folder).expect("our own folder");
        text
    }

    /// Chooses a file in the input with this mark, as a person's browser would hand it to the page.
    pub(crate) fn chooses(&self, mark: &str, name: &str, text: &str) {
        let how = "it.files = data.files; it.dispatchEvent(new Event('change', { bubbles: true }))";
        self.hands_over(mark, name, text, how);
    }

    /// Drops a file on the place with this mark.
    pub(crate) fn drops_on(&self, mark: &str, name: &str, text: &str) {
        let how = "it.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: data }))";
        self.hands_over(mark, name, text, how);
    }

    fn hands_over(&self, mark: &str, name: &str, text: &str, how: &str) {
        let (all, name, text) = (all(mark), json!(name), json!(text));
        self.run(&format!(
            "(() => {{ const data = new DataTransfer(); data.items.add(new File([{text}], {name})); \
             const it = {all}[0]; {how}; return 1; }})()"
        ));
    }

    /// Brings the tab to the front of its window.
    pub(crate) fn front(&self) {
        self.browser.ask(None, "Target.activateTarget", &json!({ "targetId": self.target }));
    }

    /// The session of the newest dedicated worker.
    pub(crate) fn worker(&self) -> String {
        let events = self.browser.events();
        let workers = events.iter().rev().filter(|event| event["params"]["targetInfo"]["type"] == "worker");
        let mut sessions = workers.filter_map(|event| event["params"]["sessionId"].as_str());
        sessions.next().expect("the page has started its worker").to_owned()
    }

    /// The session of the newest dedicated worker with this script.
    pub(crate) fn worker_of(&self, script: &str) -> String {
        let events = self.browser.events();
        let is_it = |event: &&Value| {
            let info = &event["params"]["targetInfo"];
            info["type"] == "worker" && info["url"].as_str().is_some_and(|url| url.ends_with(script))
        };
        let mut sessions =
            events.iter().rev().filter(is_it).filter_map(|event| event["params"]["sessionId"].as_str());
        sessions.next().unwrap_or_else(|| panic!("{script} runs")).to_owned()
    }

    /// The value of an expression; a promise is awaited. Null while the page changes.
    pub(crate) fn run(&self, expression: &str) -> Value {
        self.run_in(&self.session, expression)
    }

    /// The same in a worker.
    pub(crate) fn run_in(&self, session: &str, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        match self.browser.try_ask(Some(session), "Runtime.evaluate", &params) {
            Ok(answer) if answer.get("exceptionDetails").is_some() => {
                panic!("{expression}\n{}", answer["exceptionDetails"])
            }
            Ok(answer) => answer["result"]["value"].clone(),
            Err(_) => Value::Null,
        }
    }

    /// The text of the first element with this mark.
    pub(crate) fn text(&self, mark: &str) -> Option<String> {
        self.texts(mark).into_iter().next()
    }

    /// The texts of all elements with this mark.
    pub(crate) fn texts(&self, mark: &str) -> Vec<String> {
        let found = self.run(&format!("{}.map((element) => element.textContent)", all(mark)));
        let texts = found.as_array().map(Vec::as_slice).unwrap_or_default();
        texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// An attribute of each element with this mark.
    pub(crate) fn attributes(&self, mark: &str, name: &str) -> Vec<String> {
        let found =
            self.run(&format!("{}.map((element) => element.getAttribute({}))", all(mark), json!(name)));
        let texts = found.as_array().map(Vec::as_slice).unwrap_or_default();
        texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    }

    pub(crate) fn has(&self, mark: &str) -> bool {
        !self.texts(mark).is_empty()
    }

    /// Waits until `see` gives something.
    pub(crate) fn until<T>(&self, what: &str, mut see: impl FnMut(&Self) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(seen) = see(self) {
                return seen;
            }
            if Instant::now() > deadline {
                self.last_picture();
                let text = self.run("document.body.innerText");
                let complaints = self.complaints(|_| false);
                panic!("never saw: {what}\n{}\n{complaints:#?}", text.as_str().unwrap_or_default());
            }
            thread::sleep(Duration::from_millis(25));
        }
    }

    /// Waits until the element with this mark says something with `part` in it.
    pub(crate) fn until_says(&self, mark: &str, part: &str) -> String {
        self.until(&format!("{mark}: {part}"), |tab| tab.text(mark).filter(|text| text.contains(part)))
    }

    /// Presses the element with the mouse, once it is there, enabled and in the open.
    pub(crate) fn press(&self, mark: &str) {
        let script = format!(
            r#"(() => {{
  const element = {}[0];
  if (!element || element.disabled) return null;
  element.scrollIntoView({{ block: "center", behavior: "instant" }});
  const box = element.getBoundingClientRect();
  const at = [box.x + box.width / 2, box.y + box.height / 2];
  return element.contains(document.elementFromPoint(...at)) ? at : null;
}})()"#,
            all(mark)
        );
        let at = self.until(&format!("{mark} to press"), |tab| {
            let at = tab.run(&script);
            Some((at.get(0)?.as_f64()?, at.get(1)?.as_f64()?))
        });
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let event = json!({ "type": kind, "x": at.0, "y": at.1, "button": button, "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", &event);
        }
    }

    /// Opens the fold with this mark by its summary.
    pub(crate) fn press_inside(&self, mark: &str) {
        let script = format!("({})[0]?.querySelector('summary').click()", all(mark));
        self.until(mark, |tab| tab.has(mark).then_some(()));
        self.run(&script);
    }

    /// Chooses an option of a select.
    pub(crate) fn choose(&self, mark: &str, value: &str) {
        let script = format!(
            "(() => {{ const it = {}[0]; if (!it) return false; it.value = {}; \
             it.dispatchEvent(new Event('change', {{ bubbles: true }})); return it.value === {1}; }})()",
            all(mark),
            json!(value)
        );
        self.until(mark, |tab| (tab.run(&script) == true).then_some(()));
    }

    /// Presses a key of the keyboard.
    pub(crate) fn key(&self, name: &str) {
        let code = match name {
            "Enter" => 13,
            "Escape" => 27,
            _ => 9,
        };
        let text = if name == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({
                "type": kind, "key": name, "code": name, "windowsVirtualKeyCode": code, "text": text,
            });
            self.ask("Input.dispatchKeyEvent", &event);
        }
    }

    /// Writes `text` into the field instead of what stands there.
    pub(crate) fn write(&self, mark: &str, text: &str) {
        self.until(&format!("{mark} to write in"), |tab| {
            let focus = format!("(({0})[0]?.focus(), ({0})[0]?.select(), ({0}).length > 0)", all(mark));
            (tab.run(&focus) == true).then_some(())
        });
        self.ask("Input.insertText", &json!({ "text": text }));
    }

    /// Methods that the wallets of all tabs were asked for, with the wallet's domain.
    pub(crate) fn asked_of_wallet(&self) -> Vec<(String, String)> {
        let told =
            self.browser.events().into_iter().filter(|event| event["method"] == "Runtime.bindingCalled");
        let read = |event: Value| {
            let payload: Value = serde_json::from_str(event["params"]["payload"].as_str()?).ok()?;
            Some((payload["rdns"].as_str()?.to_owned(), payload["method"].as_str()?.to_owned()))
        };
        told.filter_map(read).collect()
    }

    /// Requests for which a wallet opens its window: all but those for looking, connecting and switching.
    pub(crate) fn prompts(&self) -> Vec<String> {
        const OTHERS: [&str; 5] = [
            "eth_accounts",
            "eth_chainId",
            "eth_requestAccounts",
            "wallet_addEthereumChain",
            "wallet_switchEthereumChain",
        ];
        let opens = |method: &String| !OTHERS.contains(&method.as_str());
        self.asked_of_wallet().into_iter().map(|(_, method)| method).filter(opens).collect()
    }

    /// Errors, warnings and refusals in the consoles of all tabs and workers, but for those that `is_expected`.
    pub(crate) fn complaints(&self, is_expected: impl Fn(&str) -> bool) -> Vec<String> {
        let complaint = |event: Value| {
            let params = &event["params"];
            let is_loud = |level: &Value| level == "error" || level == "warning" || level == "assert";
            match event["method"].as_str()? {
                "Runtime.consoleAPICalled" if is_loud(&params["type"]) => Some(params["args"].to_string()),
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Log.entryAdded" if is_loud(&params["entry"]["level"]) => Some(params["entry"].to_string()),
                _ => None,
            }
        };
        let events = self.browser.events();
        events.into_iter().filter_map(complaint).filter(|text| !is_expected(text)).collect()
    }

    /// Everything that was heard of all tabs and workers, logs and requests with their bodies among it.
    pub(crate) fn everything_heard(&self) -> String {
        self.browser.events().iter().map(Value::to_string).collect()
    }

    /// Every address that any tab or worker asked for so far.
    pub(crate) fn urls(&self) -> Vec<String> {
        let events = self.browser.events();
        let asked = events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        asked.filter_map(|event| event["params"]["request"]["url"].as_str()).map(str::to_owned).collect()
    }

    /// Their hosts, once each.
    pub(crate) fn hosts(&self) -> Vec<String> {
        let host = |url: &String| {
            let (scheme, rest) = url.split_once(':')?;
            let host = rest.trim_start_matches('/').split('/').next()?;
            Some(if scheme == "data" { "data:".to_owned() } else { format!("{scheme}://{host}") })
        };
        let mut hosts: Vec<String> = self.urls().iter().filter_map(host).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }

    /// The window as a PNG file in target/screenshots.
    pub(crate) fn picture(&self, name: &str) {
        let shot = self.ask("Page.captureScreenshot", &json!({ "format": "png" }));
        keep(name, &shot);
    }

    /// What the tab shows when a test fails, where it still draws: the reason is told in either case.
    fn last_picture(&self) {
        let patience = Duration::from_secs(10);
        let params = json!({ "format": "png" });
        let shot = self.browser.ask_within(patience, Some(&self.session), "Page.captureScreenshot", &params);
        match shot {
            Some(Ok(shot)) => keep("failed", &shot),
            _ => eprintln!("the tab draws no picture"),
        }
    }
}

/// Writes a screenshot to target/screenshots.
fn keep(name: &str, shot: &Value) {
    let folder = pictures();
    std::fs::create_dir_all(&folder).expect("a writable target folder");
    let bytes = BASE64_STANDARD.decode(shot["data"].as_str().expect("a picture")).expect("as promised");
    std::fs::write(folder.join(format!("{name}.png")), bytes).expect("a writable folder");
}

/// All elements with a mark, as an array in the page.
fn all(mark: &str) -> String {
    format!("[...document.querySelectorAll({})]", json!(format!("[data-testid={}]", json!(mark))))
}
