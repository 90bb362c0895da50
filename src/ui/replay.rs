//! The chart as it stood, candle by candle at any speed, with what was decided then and why.

use std::time::Duration;

use super::Page;
use super::format::{short, time_of_day};
use super::html::{el, nothing, part, when};
use super::leptos::{
    AnyView, Get, GetUntracked, RwSignal, Set, With, WithUntracked, event_target_value, set_timeout,
};
use super::parts::{badge, button};
use crate::app::Intent;
use crate::chart::ChartModel;

/// Candles a second to choose from.
const SPEEDS: [u32; 4] = [1, 5, 20, 100];
/// Twenty pictures a second look like motion.
const FRAME_MILLIS: u32 = 50;

/// Where a replay stands.
#[derive(Clone, Copy)]
pub(super) struct Replay {
    /// The candle that closed last in it; none while the chart is live.
    pub(super) at: RwSignal<Option<u64>>,
    speed: RwSignal<u32>,
    is_running: RwSignal<bool>,
}

impl Replay {
    pub(super) fn new() -> Self {
        Self { at: RwSignal::new(None), speed: RwSignal::new(SPEEDS[1]), is_running: RwSignal::new(false) }
    }

    fn close(self) {
        self.is_running.set(false);
        self.at.set(None);
    }

    /// Begins where the chart begins, and runs.
    fn open(self, page: Page) {
        let first = page.chart.with_untracked(|chart| chart.points.first().map(|point| point.open_at_secs));
        self.at.set(first);
        self.run(page);
    }

    fn run(self, page: Page) {
        if !self.is_running.get_untracked() {
            self.is_running.set(true);
            self.step(page);
        }
    }

    /// Shows the next candles and comes again, until the last one is reached.
    fn step(self, page: Page) {
        let (Some(at), true) = (self.at.get_untracked(), self.is_running.get_untracked()) else { return };
        let speed = self.speed.get_untracked();
        let millis = FRAME_MILLIS.max(1_000 / speed);
        let candles = u64::from((speed * millis / 1_000).max(1));
        let next = page.chart.with_untracked(|chart| chart.candle_after(at, candles));
        match next {
            Some(next) => {
                self.at.set(Some(next));
                set_timeout(move || self.step(page), Duration::from_millis(millis.into()));
            }
            None => self.is_running.set(false),
        }
    }
}

/// The way into it; its controls while it is on.
pub(super) fn replay_bar(page: Page, replay: Replay) -> AnyView {
    let is_on = move || replay.at.with(Option::is_some);
    el("div", "replay").mark("replay").holds([
        when(
            move || !is_on(),
            move || {
                el("div", "replay-controls").holds([
                    button("replay-open", "quiet tiny").press(move || replay.open(page)).says("Replay"),
                    decisions(page),
                ])
            },
        ),
        when(is_on, move || controls(page, replay)),
        when(is_on, move || {
            el("p", "replay-reason").mark("replay-reason").attr("aria-live", "polite").says_of(move || {
                let at = replay.at.get().unwrap_or_default();
                page.chart.with(|chart| told(chart, at))
            })
        }),
    ])
}

/// The candle's time, and what was decided last by then.
fn told(chart: &ChartModel, at: u64) -> String {
    let closed_at = at.saturating_add(chart.interval_secs.into());
    let note = chart.notes.iter().rev().find(|note| note.at_secs <= closed_at);
    let decided = note.map_or_else(
        || "Nothing was decided yet.".to_owned(),
        |note| format!("{} {}", time_of_day(note.at_secs), note.text),
    );
    format!("{} UTC. {decided}", time_of_day(closed_at))
}

fn controls(page: Page, replay: Replay) -> AnyView {
    let toggle = move || {
        if replay.is_running.get_untracked() { replay.is_running.set(false) } else { replay.run(page) }
    };
    let end = |pick: fn(&ChartModel) -> Option<u64>| {
        move || page.chart.with(|chart| pick(chart).unwrap_or_default().to_string())
    };
    let slider = el("input", "replay-slider")
        .mark("replay-slider")
        .attr("type", "range")
        .attr("aria-label", "Moment")
        .attr_of("min", end(|chart| chart.points.first().map(|point| point.open_at_secs)))
        .attr_of("max", end(|chart| chart.points.last().map(|point| point.open_at_secs)))
        .attr_of("step", move || page.chart.with(|chart| chart.interval_secs.to_string()))
        .value_of(move || replay.at.get().unwrap_or_default().to_string())
        .on("input", move |event| {
            replay.is_running.set(false);
            if let Ok(at) = event_target_value(&event).parse() {
                replay.at.set(Some(at));
            }
        })
        .empty();
    let speed = |speed: u32| {
        el("option", "").attr("value", &speed.to_string()).says(format!("{speed} candles a second"))
    };
    el("div", "replay-controls").holds([
        button("replay-toggle", "quiet tiny")
            .press(toggle)
            .says_of(move || if replay.is_running.get() { "Hold" } else { "Run" }.to_owned()),
        slider,
        el("select", "")
            .attr("aria-label", "Speed")
            .mark("replay-speed")
            .value_of(move || replay.speed.get().to_string())
            .on("change", move |event| {
                if let Ok(speed) = event_target_value(&event).parse() {
                    replay.speed.set(speed);
                }
            })
            .holds(SPEEDS.map(speed)),
        button("replay-close", "quiet tiny").press(move || replay.close()).says("Back to live"),
    ])
}

/// Every decision at a close as it was made, and as the backtest's trader makes it on the same candles.
fn decisions(page: Page) -> AnyView {
    part(page.see(|snapshot| snapshot.decisions.clone()), move |decisions| {
        let Some(decisions) = decisions else { return nothing() };
        let is_same = decisions.live == decisions.again;
        let (kind, icon, word) =
            if is_same { ("good", "check", "the same") } else { ("warn", "warn", "not the same") };
        let text = format!(
            "Decisions {} since {} UTC: {}. Live {}, by the backtest on the same candles {}",
            if decisions.is_paper { "on paper" } else { "under the grant" },
            time_of_day(decisions.since_secs),
            decisions.count,
            short(&decisions.live),
            short(&decisions.again)
        );
        el("span", "replay-decisions muted small").attr("title", &decisions.live).holds([
            el("span", "").mark("decisions").says(text),
            badge("decisions-state", kind, icon, word),
            button("save-run", "quiet tiny")
                .attr("title", "Candles and decisions as a file, which the lab can decide on once more.")
                .press(page.asks(Intent::SaveRun))
                .says("Save this run"),
        ])
    })
}
