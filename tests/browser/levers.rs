//! Every lever of the sandbox's panel, pressed once, and what comes of it in the page.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::person::{Person, block_of, rows};
use crate::tab::Tab;

fn price(tab: &Tab) -> Option<f64> {
    tab.text("price")?.replace(['\u{202f}', ',', ' '], "").parse().ok()
}

/// Seconds of the day by the chain's clock.
fn clock(tab: &Tab) -> Option<i64> {
    let text = tab.text("chain-clock")?;
    let mut parts = text.strip_suffix(" UTC")?.split(':').map(|part| part.parse::<i64>().ok());
    let [hours, minutes, seconds] = [(); 3].map(|()| parts.next().flatten());
    Some((hours? * 60 + minutes?) * 60 + seconds?)
}

/// Seconds from one to the other, over midnight too.
const fn passed(from: i64, to: i64) -> i64 {
    (to - from).rem_euclid(86_400)
}

fn press_chip(tab: &Tab, caption: &str) {
    let mark = format!("lever-{caption}");
    tab.press(&mark);
    tab.until(&mark, |tab| (tab.attributes(&mark, "aria-pressed") == ["true"]).then_some(()));
}

fn is_on(tab: &Tab, mark: &str) -> bool {
    tab.run(&format!("document.querySelector('[data-testid={mark}]').checked")) == true
}

/// After this long a press did not land: what stands above the panel grew under the mouse.
const MISSED: Duration = Duration::from_secs(5);

/// Turns a switch until the sandbox says that it is turned.
fn turn(tab: &Tab, mark: &str, on: bool) {
    assert_ne!(is_on(tab, mark), on, "{mark}");
    let mut pressed_at = None::<Instant>;
    tab.until(mark, |tab| {
        let is_turned = is_on(tab, mark) == on;
        if !is_turned && pressed_at.is_none_or(|at| at.elapsed() > MISSED) {
            tab.press(mark);
            pressed_at = Some(Instant::now());
        }
        is_turned.then_some(())
    });
}

/// Chain seconds that pass on the page in two of the browser's.
fn pace(tab: &Tab) -> i64 {
    let before = tab.until("the clock", clock);
    let until = Instant::now() + Duration::from_secs(2);
    tab.until("two seconds", |_| (Instant::now() > until).then_some(()));
    passed(before, tab.until("the clock", clock))
}

#[test]
fn speeds_and_the_time_machine_move_the_clock() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    tab.until("a price", price);
    press_chip(tab, "1×");
    let slow = pace(tab);
    assert!(slow <= 20, "{slow} s in two seconds");
    let mut before = slow;
    for caption in ["10×", "30×", "100×", "1000×"] {
        press_chip(tab, caption);
        let now = pace(tab);
        assert!(now > before, "{caption}: {now} after {before}");
        before = now;
    }
    press_chip(tab, "1×");
    for (mark, secs) in [("jump-hour", 3_600), ("drill-clock", 600)] {
        let before = tab.until("the clock", clock);
        tab.press(mark);
        tab.until(mark, |tab| (secs..secs + 60).contains(&passed(before, clock(tab)?)).then_some(()));
    }
    person.connect();
    person.fund();
    person.sign();
    tab.press("jump-before");
    tab.until_says("expires-in", " s left");
    tab.press("jump-past");
    tab.until_says("state-word", "Expired");
}

#[test]
fn the_market_stands_leaps_leans_and_walks_anew() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    person.until_warm();
    turn(tab, "lever-pause", true);
    // What was on its way to the page is there after a second; from then on nothing moves.
    let stands = |tab: &Tab| {
        let before = (block_of(tab)?, price(tab)?);
        let until = Instant::now() + Duration::from_secs(1);
        tab.until("a second", |_| (Instant::now() > until).then_some(()));
        (before == (block_of(tab)?, price(tab)?)).then_some(before.1)
    };
    let mut at = tab.until("a market that stands still", stands);
    for (mark, factor) in [("shock-up", 1.03), ("shock-down", 0.97)] {
        tab.press(mark);
        let goal = at * factor;
        at = tab.until(mark, |tab| price(tab).filter(|price| (price / goal - 1.0).abs() < 0.002));
    }
    tab.press_inside("sandbox-more");
    tab.write("seed", "7");
    tab.press("seed-use");
    tab.until("the seed", |tab| (tab.attributes("seed", "placeholder") == ["Seed 7"]).then_some(()));
    turn(tab, "lever-pause", false);
    let block = tab.until("a block", block_of);
    tab.until("a market that moves", |tab| (block_of(tab)? > block + 5).then_some(()));
    for unrest in ["Wild", "Usual", "Calm"] {
        press_chip(tab, unrest);
    }
    press_chip(tab, "100×");
    for (lean, factor) in [("Falling", 0.99), ("Rising", 1.01)] {
        let before = tab.until("a price", price);
        press_chip(tab, lean);
        let is_there = |now: f64| if factor < 1.0 { now < before * factor } else { now > before * factor };
        tab.until(lean, |tab| price(tab).filter(|now| is_there(*now)));
    }
    press_chip(tab, "Even");
}

#[test]
fn a_reorganisation_is_as_deep_as_one_likes() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    person.until_warm();
    turn(tab, "lever-pause", true);
    let chain = person.chain();
    let hash = |number: u64| {
        let block = chain.node("eth_getBlockByNumber", &json!([format!("{number:#x}"), false]));
        block["hash"].clone()
    };
    tab.until_says("drill-reorg", "Reorg of 3 blocks");
    for depth in [16, 1] {
        let script = format!(
            "(() => {{ const it = document.querySelector('[data-testid=reorg-depth]'); it.value = '{depth}'; \
             it.dispatchEvent(new Event('input', {{ bubbles: true }})); return it.value; }})()"
        );
        assert_eq!(tab.run(&script), json!(depth.to_string()));
        let head = (*chain).block();
        let before = [hash(head - depth), hash(head + 1 - depth)];
        tab.until_says("drill-reorg", &format!("Reorg of {depth} block"));
        tab.press("drill-reorg");
        tab.until("another block", |_| (hash(head + 1 - depth) != before[1]).then_some(()));
        assert_eq!((hash(head - depth), (*chain).block()), (before[0].clone(), head), "{depth} and no more");
    }
}

/// The newest row of the journal, what became of it, and the sentence below.
fn newest(tab: &Tab) -> Option<(String, String)> {
    let state = tab.texts("journal-state").into_iter().next()?;
    let outcome = tab.run(
        "document.querySelector('[data-testid=journal-row] [data-testid=journal-outcome]')?.textContent ?? ''",
    );
    Some((state, outcome.as_str().unwrap_or_default().to_owned()))
}

#[test]
fn each_drill_is_seen_while_it_is_on_and_forgotten_when_it_is_off() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    person.connect();
    person.fund();
    person.sign();
    let fills = |more: usize| {
        let goal = rows(tab, "", "filled") + more;
        tab.until("trades again", |tab| (rows(tab, "", "filled") >= goal).then_some(()));
    };
    fills(1);
    for (mark, state, words) in [
        ("drill-bundler", "abandoned", "bundler"),
        ("drill-paymaster", "abandoned", "sponsor"),
        ("drill-reverts", "reverted", "slippage"),
    ] {
        let known = rows(tab, "", state);
        turn(tab, mark, true);
        tab.until(mark, |tab| (rows(tab, "", state) > known).then_some(()));
        let states = tab.texts("journal-state");
        let outcomes = tab.texts("journal-outcome");
        let told = states.iter().zip(&outcomes).find(|(at, _)| *at == state).map(|(_, outcome)| outcome);
        eprintln!("{mark}: {told:?}");
        let told = told.expect("a row").to_lowercase();
        assert!(told.contains(&words.to_lowercase()), "{mark}: {told}");
        if is_on(tab, mark) {
            turn(tab, mark, false);
        }
        fills(1);
    }
    turn(tab, "drill-stuck", true);
    tab.until("an operation on its way", |tab| newest(tab).filter(|(state, _)| state == "sent"));
    tab.until_says("trader-word", "Busy");
    let block = tab.until("a block", block_of);
    tab.until("a candle without a word of it", |tab| (block_of(tab)? > block + 10).then_some(()));
    let stuck = newest(tab);
    eprintln!("drill-stuck: {stuck:?} {:?}", tab.text("trader-why"));
    assert_eq!(stuck.map(|(state, _)| state).as_deref(), Some("sent"), "it waits");
    turn(tab, "drill-stuck", false);
    fills(1);
}

#[test]
fn ten_thousand_requests_to_the_wallet_leave_the_page_alive() {
    let person = Person::on_sandbox();
    let tab = &person.tab;
    tab.until("a price", price);
    let block = tab.until("a block", block_of);
    let flood = "(() => { window.answered = 0; for (let left = 10000; left > 0; left -= 1) \
                 askSandbox('eth_blockNumber', []).then(() => { window.answered += 1; }); return 1; })()";
    assert_eq!(tab.run(flood), json!(1));
    tab.until("the page goes on", |tab| (block_of(tab)? > block + 5).then_some(()));
    tab.until("every answer", |tab| (tab.run("window.answered") == json!(10_000)).then_some(()));
    assert!(!tab.has("sandbox-dead"), "it gave a sign of life all the time");
    assert_ne!(person.chain().node("eth_blockNumber", &json!([])), Value::Null);
}
