//! The whole way by the keyboard alone: every step is reached by Tab, seen where it is, and taken by Enter.

use crate::sandbox::Stranger;
use crate::tab::Tab;

/// More stops than the page has.
const MOST_STOPS: usize = 200;

/// The mark of what has the focus, and whether a ring is drawn around it.
const FOCUS: &str = "(() => { const it = document.activeElement; const style = getComputedStyle(it); return [ \
     it.closest('[data-testid]') === it ? it.dataset.testid : '', \
     (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== 'none']; })()";

/// Goes from stop to stop until `mark` has the focus, and presses Enter there.
fn takes(tab: &Tab, mark: &str) {
    tab.until(mark, |tab| tab.has(mark).then_some(()));
    let is_there = (0..MOST_STOPS).any(|_| {
        tab.key("Tab");
        tab.run(FOCUS)[0] == mark
    });
    assert!(is_there, "Tab never comes to {mark}");
    assert_eq!(tab.run(FOCUS)[1], true, "one sees that {mark} has the focus");
    tab.key("Enter");
}

#[test]
fn a_session_is_granted_paused_and_revoked_without_a_mouse() {
    let stranger = Stranger::new();
    let tab = &stranger.tab;
    takes(tab, "try-it");
    tab.until_says("sheet-title", "Grant a session");
    takes(tab, "sheet-approve");
    tab.until_says("state-word", "Signed");
    stranger.fills(1);
    takes(tab, "pause");
    tab.until_says("trader-word", "Paused");
    takes(tab, "resume");
    tab.until("that it goes on", |tab| tab.has("pause").then_some(()));
    takes(tab, "revoke");
    tab.until_says("ending-state", "proven");
    takes(tab, "withdraw");
    tab.until_says("sheet-title", "");
    takes(tab, "sheet-approve");
    tab.until_says("ending-status", "Done.");
}
