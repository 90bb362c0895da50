//! The levers of the sandbox: what each says, and what it asks for. Which one is on is read from the sandbox.

use super::leptos::{AnyView, Callable, Get, RwSignal, Set, With, event_target_checked, event_target_value};

use super::Page;
use super::html::{el, words};
use super::page::SandboxSignals;
use super::parts::{button, text_of};
use crate::app::{Drill, Lever, SandboxView, ToSandbox};

/// One of several: caption, lever, and whether it is the one in use.
type Choice = (&'static str, Lever, fn(&SandboxView) -> bool);

/// Times as fast as the browser's clock.
pub(super) const SPEEDS: &[Choice] = &[
    ("1×", Lever::Speed(1), |view| speed(view) == 1),
    ("10×", Lever::Speed(10), |view| speed(view) == 10),
    ("30×", Lever::Speed(30), |view| speed(view) == 30),
    ("100×", Lever::Speed(100), |view| speed(view) == 100),
    ("1000×", Lever::Speed(1_000), |view| speed(view) == 1_000),
];

const fn speed(view: &SandboxView) -> u32 {
    view.time_scale.speed_permille / 1_000
}

/// Which way the price leans.
pub(super) const TRENDS: &[Choice] = &[
    ("Falling", Lever::Trend(-20), |view| view.market.trend < 0),
    ("Even", Lever::Trend(0), |view| view.market.trend == 0),
    ("Rising", Lever::Trend(20), |view| view.market.trend > 0),
];

/// How restless it is, in percent of the usual.
pub(super) const UNRESTS: &[Choice] = &[
    ("Calm", Lever::Volatility(40), |view| view.market.volatility < 100),
    ("Usual", Lever::Volatility(100), |view| view.market.volatility == 100),
    ("Wild", Lever::Volatility(300), |view| view.market.volatility > 100),
];

/// Blocks that the reorg drill undoes, as it stands first.
const USUAL_REORG: u32 = 3;
/// And at most, in the panel: deeper ones happen on no chain that is traded on.
const DEEPEST_REORG: u32 = 16;

/// Drills: mark, caption, fault.
const DRILLS: &[(&str, &str, Drill)] = &[
    ("drill-bundler", "Bundler down", Drill::BundlerDown),
    ("drill-paymaster", "Sponsor refuses", Drill::PaymasterRefuses),
    ("drill-stale", "Node stale", Drill::NodeStale),
    ("drill-slow", "Node slow", Drill::NodeSlow),
    ("drill-stuck", "Operations stick", Drill::OperationStuck),
    ("drill-reverts", "Next one reverts", Drill::OperationReverts),
];

fn pull(page: Page, lever: Lever) {
    page.edge.order.run(ToSandbox::Pull(lever));
}

/// What the sandbox says now; not before it runs.
fn see<T>(
    sandbox: SandboxSignals,
    read: impl Fn(&SandboxView) -> T + Copy + Send + 'static,
) -> impl Fn() -> Option<T> + Copy + Send + 'static {
    move || sandbox.view.with(|view| view.as_ref().map(read))
}

/// Chips of which one is pressed.
pub(super) fn chips(page: Page, sandbox: SandboxSignals, label: &str, choices: &'static [Choice]) -> AnyView {
    let chip = move |(caption, lever, is_it): &'static Choice| {
        let is_pressed = see(sandbox, *is_it);
        button(&format!("lever-{caption}"), "chip")
            .attr_of("aria-pressed", move || (is_pressed() == Some(true)).to_string())
            .press(move || pull(page, *lever))
            .says(*caption)
    };
    el("div", "chips")
        .attr("role", "group")
        .attr("aria-label", label)
        .holds(choices.iter().map(chip).collect::<Vec<_>>())
}

/// A button that pulls `lever` once.
pub(super) fn once(page: Page, mark: &str, caption: &str, lever: Lever) -> AnyView {
    button(mark, "chip").press(move || pull(page, lever)).says(caption)
}

/// A button that jumps relative to the session's end; it waits for a session.
pub(super) fn jump(page: Page, mark: &str, caption: &str, from_end_secs: i64) -> AnyView {
    let target = page.see(move |snapshot| {
        let grant = snapshot.grant.as_ref().filter(|_| super::page::has_leash(snapshot))?;
        grant.valid_until_secs.checked_add_signed(from_end_secs)
    });
    let act = move || {
        if let Some(secs) = target() {
            pull(page, Lever::JumpTo(secs));
        }
    };
    button(mark, "chip").flag("disabled", move || target().is_none()).press(act).says(caption)
}

/// The switch that holds the market.
pub(super) fn pause(page: Page, sandbox: SandboxSignals) -> AnyView {
    let is_paused = see(sandbox, |view| view.market.is_paused);
    switch(
        "lever-pause",
        "Market stands still",
        move || is_paused() == Some(true),
        move |is_on| pull(page, Lever::Pause(is_on)),
    )
}

/// All drills that can be on.
pub(super) fn drills(page: Page, sandbox: SandboxSignals) -> AnyView {
    let drill = move |&(mark, caption, fault): &'static (&str, &str, Drill)| {
        let is_on =
            move || sandbox.view.with(|view| view.as_ref().is_some_and(|view| view.faults.contains(&fault)));
        switch(mark, caption, is_on, move |is_on| pull(page, Lever::Drill(fault, is_on)))
    };
    el("div", "switches").holds(DRILLS.iter().map(drill).collect::<Vec<_>>())
}

fn switch(
    mark: &str,
    caption: &'static str,
    is_on: impl Fn() -> bool + Send + 'static,
    turn: impl Fn(bool) + 'static,
) -> AnyView {
    let input = el("input", "")
        .attr("type", "checkbox")
        .mark(mark)
        .checked_of(is_on)
        .on("change", move |event| turn(event_target_checked(&event)));
    el("label", "switch").holds([input.empty(), words(caption)])
}

/// How many blocks a reorganisation undoes, and the button that lets it happen.
pub(super) fn reorg(page: Page) -> AnyView {
    let depth = RwSignal::new(USUAL_REORG);
    let input = el("input", "")
        .attr("type", "range")
        .attr("min", "1")
        .attr("max", &DEEPEST_REORG.to_string())
        .attr("aria-label", "Blocks that a reorganisation undoes")
        .mark("reorg-depth")
        .value_of(move || depth.get().to_string())
        .on("input", move |event| {
            if let Ok(blocks) = event_target_value(&event).parse::<u32>() {
                depth.set(blocks.clamp(1, DEEPEST_REORG));
            }
        });
    let caption = move || match depth.get() {
        1 => "Reorg of 1 block".to_owned(),
        blocks => format!("Reorg of {blocks} blocks"),
    };
    el("div", "row").holds([
        el("div", "grow").holds([input.empty()]),
        button("drill-reorg", "chip").press(move || pull(page, Lever::Reorg(depth.get()))).says_of(caption),
    ])
}

/// The seed of the walk, and how to use another.
pub(super) fn seed(page: Page, sandbox: SandboxSignals) -> AnyView {
    let text = RwSignal::new(String::new());
    let current = see(sandbox, |view| view.market.seed);
    let input = el("input", "")
        .attr("inputmode", "numeric")
        .attr("autocomplete", "off")
        .attr("aria-label", "Seed of the market")
        .mark("seed")
        .attr_of("placeholder", move || {
            current().map_or_else(|| "Seed".to_owned(), |seed| format!("Seed {seed}"))
        })
        .value_of(text_of(text))
        .on("input", move |event| text.set(event_target_value(&event)));
    let wanted = move || text.get().trim().parse::<u64>().ok();
    let act = move || {
        if let Some(seed) = wanted() {
            pull(page, Lever::Seed(seed));
            text.set(String::new());
        }
    };
    el("div", "row").holds([
        el("div", "input grow").holds([input.empty()]),
        button("seed-use", "").flag("disabled", move || wanted().is_none()).press(act).says("Use seed"),
    ])
}
