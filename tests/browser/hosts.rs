//! The page where it should not run: inside another page, or as somebody changed it on the way.

use std::sync::Arc;

use crate::chromium::{Chromium, Windows};
use crate::host::{Alter, Host};
use crate::person::{Person, page_url};
use crate::tab::Tab;

fn unchanged(_: &str, bytes: Vec<u8>) -> Vec<u8> {
    bytes
}

#[test]
fn the_page_refuses_to_be_framed() {
    let browser = Arc::new(Chromium::start(Windows::Headless));
    let tab = Tab::open(&browser, &[]);
    // By the host's headers: the frame stays empty.
    let frame: &'static str =
        Box::leak(format!("<iframe src=\"{}/\"></iframe>", page_url()).into_boxed_str());
    tab.go(&format!("{}/frame.html", Host { sends_headers: true, alter: unchanged, frame }.start()));
    tab.until("the browser's refusal", |tab| {
        let tree = tab.ask("Page.getFrameTree", &serde_json::json!({}));
        let inside = &tree["frameTree"]["childFrames"][0]["frame"];
        inside["url"].as_str().filter(|url| url.starts_with("chrome-error:")).map(drop)
    });
    // On a host that sends none: the page itself says so, and starts nothing.
    let frame = "<iframe src=\"/index.html\"></iframe>";
    tab.go(&format!("{}/frame.html", Host { sends_headers: false, alter: unchanged, frame }.start()));
    tab.until("the page's refusal", |tab| {
        let status = tab.run("frames[0]?.document.getElementById('status')?.textContent ?? ''");
        status.as_str()?.contains("does not run inside another page").then_some(())
    });
    assert!(tab.run("frames[0].document.querySelector('[data-testid=market]')").is_null(), "nothing started");
}

#[test]
fn neither_the_page_nor_the_trader_reaches_a_stranger() {
    let person = Person::with(Windows::Headless, &[]);
    person.until_warm();
    let knock = "fetch('https://stranger.example/').then(() => 'let in', () => 'refused')";
    let trader = person.tab.worker();
    for (who, answer) in [("page", person.tab.run(knock)), ("trader", person.tab.run_in(&trader, knock))] {
        assert_eq!(answer, "refused", "the {who} knocked");
    }
    let script =
        "(() => { try { document.body.innerHTML = '<b>'; return 'taken' } catch { return 'refused' } })()";
    assert_eq!(person.tab.run(script), "refused", "markup from text");
    // What the other tests rely on: a refusal in the page or in the trader is heard.
    let heard = || person.tab.complaints(|text| !text.contains("stranger.example")).len();
    person.tab.until("both refusals", |_| (heard() >= 3).then_some(()));
}

#[test]
fn a_program_with_an_altered_byte_does_not_start() {
    let browser = Arc::new(Chromium::start(Windows::Headless));
    let check = |alter: Alter| {
        let tab = Tab::open(&browser, &[]);
        tab.go(&Host { sends_headers: true, alter, frame: "" }.start());
        tab.until("the sentence instead of the program", |tab| {
            let status = tab.run("document.getElementById('status')?.textContent ?? ''");
            status.as_str()?.contains("The program could not start").then_some(())
        });
        let text = tab.run("document.body.innerText");
        let text = text.as_str().expect("text");
        assert!(text.contains("Ending a session without this page"), "how to end is still there");
        assert!(!tab.has("market"), "nothing started");
    };
    check(|name, mut bytes| {
        // A byte of the last function's code; the module would still be valid.
        if name == "page_bg.wasm" {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
        }
        bytes
    });
    check(|name, mut bytes| {
        if name == "page.js" {
            bytes.push(b'\n');
        }
        bytes
    });
}
