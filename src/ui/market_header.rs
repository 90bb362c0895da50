//! Pair, price, averages, and how old all that is.

use super::leptos::{AnyView, Get, With};

use super::Page;
use super::format::{age, countdown};
use super::html::{el, nothing, part, words};
use super::parts::{button, icon, ticking, warning};
use crate::app::Intent;

/// A price older than this is marked as old.
const STALE_SECS: u64 = 15;

/// The line above the chart.
pub(super) fn market_header(page: Page) -> AnyView {
    let pair = page.see(|snapshot| format!("{} / {}", snapshot.market.base, snapshot.market.quote));
    let price = page.see(|snapshot| snapshot.market.price.clone().unwrap_or_else(|| "—".to_owned()));
    let interval =
        page.see(|snapshot| format!("{} candles", countdown(u64::from(snapshot.market.strategy.2))));
    el("div", "market-head").holds([
        el("div", "ticker").holds([
            el("h2", "pair").mark("pair").says_of(pair),
            el("p", "price").holds([
                el("span", "figure").mark("price").says_of(price),
                el("span", "muted").says_of(page.see(|snapshot| snapshot.market.quote.clone())),
            ]),
        ]),
        el("dl", "averages").holds([average(page, true), average(page, false)]),
        el("div", "freshness").holds([freshness(page), el("span", "muted small").says_of(interval)]),
        reference(page),
        warning("market-trouble", page.see(|snapshot| snapshot.market.trouble.clone())),
    ])
}

/// The exchange's price beside the pool's, for whoever wants the two compared before every trade.
fn reference(page: Page) -> AnyView {
    part(page.see(|snapshot| snapshot.reference.clone()), move |reference| {
        let Some(reference) = reference else { return nothing() };
        let toggle = |mark: &str, wanted: bool, words: String| {
            button(mark, "quiet tiny").press(page.asks(Intent::Compare(wanted))).says(words)
        };
        if !reference.is_on {
            let words = format!("Compare with {}", reference.name);
            return el("p", "reference small").holds([toggle("reference-on", true, words)]);
        }
        let heard_at = reference.heard_at_millis;
        let heard = reference.price.as_ref().map_or_else(
            || el("span", "muted").says("nothing heard yet"),
            |price| {
                let apart = reference.apart_bps.unwrap_or_default();
                let apart = format!("{}.{:02} % from the pool", apart / 100, apart % 100);
                el("span", "").mark("reference-price").holds([
                    words(format!("{price}, {apart}, ")),
                    ticking(move || age(page.edge.now_millis.get().saturating_sub(heard_at) / 1_000)),
                ])
            },
        );
        let trouble = reference.trouble.as_ref().map_or_else(nothing, |trouble| {
            el("span", "").mark("reference-trouble").holds([icon("warn"), words(trouble.as_str())])
        });
        el("p", "reference small").holds([
            el("span", "muted").says(reference.name.as_str()),
            heard,
            trouble,
            toggle("reference-off", false, "Stop comparing".to_owned()),
        ])
    })
}

fn average(page: Page, is_fast: bool) -> AnyView {
    let (mark, class) = if is_fast { ("ema-fast", "legend-fast") } else { ("ema-slow", "legend-slow") };
    let label = page.see(move |snapshot| {
        let (fast, slow, _) = snapshot.market.strategy;
        if is_fast { format!("EMA {fast} fast") } else { format!("EMA {slow} slow") }
    });
    let value = page.see(move |snapshot| {
        let averages = snapshot.market.averages.clone();
        let chosen = averages.map(|(fast, slow)| if is_fast { fast } else { slow });
        chosen.unwrap_or_else(|| "warming up".to_owned())
    });
    el("div", &format!("fact {class}"))
        .holds([el("dt", "").says_of(label), el("dd", "").mark(mark).says_of(value)])
}

fn freshness(page: Page) -> AnyView {
    let age_secs = move || {
        let now = page.edge.now_millis.get();
        page.snapshot.with(|snapshot| {
            let market = &snapshot.market;
            market.price.as_ref().map(|_| now.saturating_sub(market.read_at_millis) / 1_000)
        })
    };
    let kind = move || match age_secs() {
        None => 0_u8,
        Some(secs) if secs > STALE_SECS => 1,
        Some(_) => 2,
    };
    let shape = part(kind, |kind| match kind {
        0 => el("span", "live").holds([icon("clock"), el("span", "").says("no price yet")]),
        1 => el("span", "live warn").holds([icon("warn"), el("span", "").says("old")]),
        _ => el("span", "live good").holds([icon("live"), el("span", "").says("live")]),
    });
    let block = page.see(|snapshot| format!("block {}", snapshot.market.block));
    el("p", "tick").mark("tick-age").holds([
        shape,
        ticking(move || age_secs().map(age).unwrap_or_default()),
        el("span", "muted").mark("block").says_of(block),
    ])
}
