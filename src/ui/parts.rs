//! Small pieces that several panels share.

use super::leptos::{AnyView, Callable, Get, RwSignal, Set, With};

use super::Page;
use super::format::short;
use super::html::{El, el, nothing, part, words};
use crate::app::ProofLine;

/// A titled panel.
pub(super) fn panel(mark: &str, title: &str, children: impl Into<Vec<AnyView>>) -> AnyView {
    let mut all = vec![el("h2", "panel-title").says(title)];
    all.extend(children.into());
    el("section", "panel").mark(mark).attr("aria-label", title).holds(all)
}

/// A shape before a word, from the icons in the style sheet; decoration only.
pub(super) fn icon(name: &str) -> AnyView {
    el("span", &format!("icon icon-{name}")).attr("aria-hidden", "true").empty()
}

/// A button; `kind` is `primary`, `quiet`, `danger` or empty.
pub(super) fn button(mark: &str, kind: &str) -> El {
    el("button", &format!("button {kind}")).attr("type", "button").mark(mark)
}

/// A word in a frame, with an icon so that colour is not alone.
pub(super) fn badge(mark: &str, kind: &str, icon_name: &str, text: &str) -> AnyView {
    el("span", &format!("badge {kind}")).holds([icon(icon_name), el("span", "").mark(mark).says(text)])
}

/// A label and its changing value.
pub(super) fn fact(mark: &str, label: &str, value: impl Fn() -> String + Send + 'static) -> AnyView {
    el("div", "fact").holds([el("dt", "").says(label), el("dd", "").mark(mark).says_of(value)])
}

/// Label and value pairs, one below the other.
pub(super) fn pairs(mark: &str, rows: &[(String, String)]) -> AnyView {
    let row = |(label, value): &(String, String)| {
        el("div", "pair-row")
            .mark(mark)
            .holds([el("dt", "").says(label.as_str()), el("dd", "mono").says(value.as_str())])
    };
    el("dl", "pairs").holds(rows.iter().map(row).collect::<Vec<_>>())
}

/// A list of sentences; nothing when there are none.
pub(super) fn sentences(mark: &str, class: &str, lines: &[String]) -> AnyView {
    if lines.is_empty() {
        return nothing();
    }
    let line = |line: &String| el("li", "").mark(mark).says(line.as_str());
    el("ul", &format!("sentences {class}")).holds(lines.iter().map(line).collect::<Vec<_>>())
}

/// A changing sentence that warns; nothing while there is none.
pub(super) fn warning(mark: &'static str, read: impl Fn() -> Option<String> + Send + 'static) -> AnyView {
    part(read, move |sentence| {
        sentence.as_ref().map_or_else(nothing, |sentence| {
            el("p", "callout warn").holds([icon("warn"), el("span", "").mark(mark).says(sentence.as_str())])
        })
    })
}

/// A copy button for `text` that says so when done.
pub(super) fn copy_button(page: Page, mark: &str, text: String) -> AnyView {
    let (shown, copied) = (text.clone(), text.clone());
    let label = move || if page.copied.with(|last| *last == shown) { "Copied" } else { "Copy" }.to_owned();
    button(mark, "quiet tiny")
        .attr("aria-label", &format!("Copy {}", short(&text)))
        .press(move || {
            page.edge.copy.run(copied.clone());
            page.copied.set(copied.clone());
        })
        .says_of(label)
}

/// A hash or address: short, whole as tooltip, with copy and, where there is one, explorer link. `path` is
/// the explorer's, `tx` or `address`; empty when explorers do not know such hashes.
pub(super) fn hash_line(page: Page, mark: &str, path: &str, hash: &str) -> AnyView {
    let explorer = page.snapshot.with(|snapshot| snapshot.network.explorer.clone());
    let explorer = explorer.filter(|_| !path.is_empty());
    let link = explorer.map_or_else(nothing, |explorer| {
        el("a", "link")
            .attr("href", &format!("{explorer}/{path}/{hash}"))
            .attr("target", "_blank")
            .attr("rel", "noreferrer noopener")
            .mark(&format!("{mark}-explorer"))
            .says("Explorer ↗")
    });
    el("span", "hash").holds([
        el("code", "mono").mark(mark).attr("title", hash).attr("data-full", hash).says(short(hash)),
        copy_button(page, &format!("{mark}-copy"), hash.to_owned()),
        link,
    ])
}

/// What was read, whether it holds, and what was seen.
pub(super) fn proof_line(mark: &str, line: &ProofLine) -> AnyView {
    let (class, shape, word) =
        if line.holds { ("good", "check", "holds") } else { ("bad", "cross", "does not hold") };
    el("li", &format!("proof-line {class}")).mark(mark).attr("data-holds", word).holds([
        icon(shape),
        el("div", "").holds([
            el("p", "").holds([
                el("span", "").says(line.claim.as_str()),
                el("span", "unseen").says(format!(": {word}")),
            ]),
            el("p", "muted small mono").says(line.evidence.as_str()),
        ]),
    ])
}

/// Seconds as an age that ticks.
pub(super) fn ticking(text: impl Fn() -> String + Send + 'static) -> AnyView {
    el("span", "ticking").says_of(text)
}

/// A paragraph.
pub(super) fn paragraph(class: &str, text: &str) -> AnyView {
    el("p", class).holds([words(text)])
}

/// Whether the wallet is being asked or the trader sends something: buttons that would start another thing
/// wait.
pub(super) fn is_prompted(page: Page) -> bool {
    page.snapshot.with(|snapshot| snapshot.prompt.is_some())
}

/// The current value of a text signal.
pub(super) fn text_of(signal: RwSignal<String>) -> impl Fn() -> String + Copy + Send {
    move || signal.get()
}
