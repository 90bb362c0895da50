//! The page keeps its own files: it runs without a network, and another release comes only when it is let in.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::host::Host;
use crate::sandbox::Stranger;
use crate::tab::Tab;

fn until_kept(tab: &Tab) {
    tab.until("that the files are kept", |tab| {
        let state = "navigator.serviceWorker.getRegistration().then((it) => it?.active?.state ?? '')";
        (tab.run(state) == "activated").then_some(())
    });
}

#[test]
fn the_whole_demo_runs_without_a_network() {
    let host = Host::whole();
    let address = host.start_until_dropped();
    let stranger = Stranger::at(&address.url());
    stranger.trades();
    stranger.fills(1);
    until_kept(&stranger.tab);
    drop(address);
    stranger.tab.reload();
    stranger.tab.until_says("state-word", "Live");
    stranger.fills(1);
    stranger.tab.press_inside("sandbox-more");
    stranger.tab.press("sandbox-reset");
    stranger.tab.until("the beginning", |tab| (tab.has("try-it") && !tab.has("leash-bar")).then_some(()));
    stranger.trades();
    stranger.fills(1);
}

/// How many releases after the built one [`in_releases`] serves the last of.
static NEWER: AtomicUsize = AtomicUsize::new(0);

/// The same files as several releases, which call themselves so.
fn in_releases(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let newer = NEWER.load(Ordering::SeqCst);
    if name != "sw.js" || newer == 0 {
        return bytes;
    }
    let text = String::from_utf8(bytes).expect("a script");
    assert!(text.contains("const RELEASE = \"sha256-"), "the built one names itself");
    text.replacen("const RELEASE = \"", &format!("const RELEASE = \"newer-{newer}-"), 1).into_bytes()
}

/// The releases whose files are kept.
fn kept(tab: &Tab) -> Vec<String> {
    let names = tab.run("caches.keys()");
    names.as_array().expect("names").iter().map(|name| name.as_str().expect("text").to_owned()).collect()
}

#[test]
fn a_newer_release_is_offered_under_a_live_session_and_waits_until_it_is_taken() {
    let host = Host { alter: in_releases, ..Host::whole() };
    let url = host.start();
    let stranger = Stranger::at(&url);
    let tab = &stranger.tab;
    stranger.trades();
    stranger.fills(1);
    until_kept(tab);
    NEWER.store(1, Ordering::SeqCst);
    // The browser looks for a newer keeper whenever the page is opened.
    tab.reload();
    tab.until_says("update-ready", "Yours goes on until you take it.");
    stranger.fills(1);
    let both = kept(tab);
    assert_eq!(both.len(), 2, "{both:?}");
    let is_waiting = "navigator.serviceWorker.getRegistration().then((it) => it.waiting !== null)";
    assert_eq!(tab.run(is_waiting), true, "the newer one waits");
    let other = Tab::open(&stranger.browser, &[]);
    other.go(&format!("{url}/?network=local"));
    other.until_says("update-ready", "Yours goes on until you take it.");
    other.run("window.isAsItWas = true");
    tab.press("update-ready-act");
    tab.until("the newer release alone", |tab| {
        let names = kept(tab);
        (names.len() == 1 && names[0].starts_with("leash-newer-1-") && !tab.has("update-ready")).then_some(())
    });
    tab.until_says("state-word", "Live");
    stranger.fills(1);
    // The other tab was not touched, and can have it too.
    assert_eq!(other.run("window.isAsItWas === true && navigator.serviceWorker.controller !== null"), true);
    other.press("update-ready-act");
    other.until("the page anew", |tab| (tab.run("window.isAsItWas === undefined") == true).then_some(()));
    other.until("nothing to take", |tab| (tab.has("market") && !tab.has("update-ready")).then_some(()));
    other.close();

    // What the sandbox has kept is served on every network, so it is offered there too.
    NEWER.store(2, Ordering::SeqCst);
    tab.go(&format!("{url}/?network=local"));
    tab.press("update-ready-act");
    tab.until("the newest release alone", |tab| {
        let names = kept(tab);
        (names.len() == 1 && names[0].starts_with("leash-newer-2-")).then_some(())
    });
    // Loaded anew, it is where it was.
    tab.until("the same network", |tab| {
        let network = tab.run("document.querySelector('[data-testid=network-select]')?.value ?? ''");
        (network == "local" && !tab.has("update-ready")).then_some(())
    });
}
