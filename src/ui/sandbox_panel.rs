//! The chain in the tab and everything that can be done to it.

use super::leptos::{AnyView, Callable, Get, RwSignal, Set, With, event_target_value};

use super::Page;
use super::format::time_of_day;
use super::html::{el, nothing, part};
use super::page::SandboxSignals;
use super::parts::{button, icon, warning};
use super::sandbox_controls::{SPEEDS, TRENDS, UNRESTS, chips, drills, jump, once, pause, reorg, seed};
use crate::app::{Flavour, Lever, ToSandbox};

/// How far the clock drill skips.
const CLOCK_JUMP_SECS: u64 = 600;

/// The panel.
pub(super) fn sandbox_panel(page: Page, sandbox: SandboxSignals) -> AnyView {
    let clock = move || {
        let secs = page.edge.now_millis.get() / 1_000;
        format!("{} UTC", time_of_day(secs))
    };
    el("section", "panel sandbox").mark("sandbox-panel").attr("aria-label", "Sandbox").holds([
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("Sandbox"),
            el("span", "muted small").holds([el("span", "").mark("chain-clock").says_of(clock)]),
        ]),
        el("p", "muted small").says(
            "A whole chain runs in this tab: real contract bytecode, play money, no network. Try to break it.",
        ),
        warning(
            "sandbox-trouble",
            move || sandbox.view.with(|view| view.as_ref().and_then(|view| view.trouble.clone())),
        ),
        group("Speed", [chips(page, sandbox, "Speed", SPEEDS)]),
        group(
            "Market",
            [
                chips(page, sandbox, "Trend", TRENDS),
                chips(page, sandbox, "Unrest", UNRESTS),
                el("div", "chips").holds([
                    once(page, "shock-down", "Shock −3 %", Lever::Shock(-300)),
                    once(page, "shock-up", "Shock +3 %", Lever::Shock(300)),
                ]),
                pause(page, sandbox),
            ],
        ),
        group(
            "Time machine",
            [el("div", "chips").holds([
                once(page, "jump-hour", "+1 hour", Lever::JumpBy(3_600)),
                jump(page, "jump-before", "1 min before expiry", -60),
                jump(page, "jump-past", "Past expiry", 1),
            ])],
        ),
        group(
            "Fault drills",
            [
                drills(page, sandbox),
                reorg(page),
                el("div", "chips").holds([once(
                    page,
                    "drill-clock",
                    "Clock jumps 10 min",
                    Lever::JumpBy(CLOCK_JUMP_SECS),
                )]),
            ],
        ),
        el("details", "fold").mark("sandbox-more").holds([
            el("summary", "").says("Contracts, seed, reset"),
            contracts(page, sandbox),
            seed(page, sandbox),
            button("sandbox-reset", "")
                .press(move || page.edge.order.run(ToSandbox::Reset))
                .says("Reset to genesis"),
            el("p", "muted small").says("Throws away this chain, its account and its leash."),
        ]),
    ])
}

fn group<const N: usize>(title: &str, children: [AnyView; N]) -> AnyView {
    let mut all = vec![el("legend", "").says(title)];
    all.extend(children);
    el("fieldset", "levers").holds(all)
}

/// Which contracts run, and the way to others.
fn contracts(page: Page, sandbox: SandboxSignals) -> AnyView {
    let shown =
        move || sandbox.view.with(|view| view.as_ref().map(|view| (view.flavour, view.activity.clone())));
    part(shown, move |shown| match shown {
        None => nothing(),
        Some((_, Some(activity))) => el("p", "callout")
            .holds([icon("busy"), el("span", "").mark("sandbox-activity").says(activity.as_str())]),
        Some((Some(Flavour::StandIns), None)) => el("div", "stack tight").holds([
            runs_on(
                "Runs on stand-ins of the account and session contracts; EntryPoint and Uniswap are the real \
                 bytecode.",
            ),
            load_production(page),
        ]),
        Some((Some(Flavour::Production), None)) => el("div", "stack tight")
            .holds([runs_on("Runs on the audited production bytecode."), use_stand_ins(page)]),
        Some((None, None)) => el("div", "stack tight").holds([
            runs_on("Runs on contracts that Leash does not know: nothing can be signed for them."),
            use_stand_ins(page),
            load_production(page),
        ]),
    })
}

fn runs_on(sentence: &str) -> AnyView {
    el("p", "").mark("sandbox-contracts").says(sentence)
}

fn use_stand_ins(page: Page) -> AnyView {
    button("use-stand-ins", "")
        .press(move || page.edge.order.run(ToSandbox::UseStandIns))
        .says("Back to the stand-ins")
}

fn load_production(page: Page) -> AnyView {
    let chosen = RwSignal::new("base".to_owned());
    let others = page.see(|snapshot| {
        let others = snapshot.network.options.iter().filter(|option| option.id != "sandbox");
        others.cloned().collect::<Vec<_>>()
    });
    let option = move |option: &crate::app::NetworkOption| {
        let element = el("option", "").attr("value", &option.id);
        let is_chosen = option.id == "base";
        if is_chosen { element.attr("selected", "") } else { element }.says(option.name.as_str())
    };
    el("div", "stack tight").holds([
        el("div", "row").holds([
            part(others, move |others| {
                el("select", "")
                    .attr("aria-label", "Network to fetch from")
                    .mark("production-network")
                    .on("change", move |event| chosen.set(event_target_value(&event)))
                    .holds(others.iter().map(option).collect::<Vec<_>>())
            }),
            button("load-production", "")
                .press(move || {
                    page.edge.order.run(ToSandbox::LoadProduction { network: chosen.get() });
                })
                .says("Load production contracts"),
        ]),
        el("p", "muted small")
            .says("Fetched from that network's node, kept only if every hash is the pinned one."),
    ])
}
