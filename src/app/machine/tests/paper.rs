//! Trading with play money while there is no grant.

use super::*;
use crate::app::{DecisionsView, PaperView};
use crate::units::Price;

/// A page without a wallet, after forty falling candles.
struct Onlooker {
    machine: Machine,
    plan: ObservePlan,
    block: u64,
    at: UnixSecs,
    /// What the quoter gives for one base token, in quote units; none while it does not answer.
    quoter: Option<Price>,
}

impl Onlooker {
    fn new() -> Self {
        let mut machine = Machine::new(None).expect("a network");
        machine.start();
        machine.handle(Event::Restored(Ok(Box::default())), START.to_millis());
        let tick = |step: u64| PriceTick {
            at: START.plus_secs(2 * step),
            block: step + 1,
            price: price(2_600 - u128::from(step)),
        };
        let (block, at) = (40, START.plus_secs(78));
        let history = (0..40).map(tick).collect();
        let commands = machine.handle(Event::HistoryLoaded(HERE, Ok(history)), at.to_millis());
        let plan = commands.into_iter().find_map(plan_of).expect("it looks");
        Self { machine, plan, block, at, quoter: Some(price(2_500)) }
    }

    /// One round in which a candle closed at each of `prices`, and the last began.
    fn look(&mut self, prices: &[u128]) -> Option<PaperView> {
        let mut ticks = Vec::new();
        for whole in prices {
            self.block += 1;
            self.at = self.at.plus_secs(2);
            ticks.push(PriceTick { at: self.at, block: self.block, price: price(*whole) });
        }
        let quote = |(side, amount): &(Side, TokenAmount)| {
            let rate = self.quoter?;
            let out = match side {
                Side::Buy => rate.base_for_quote(*amount, 18, 6),
                Side::Sell => rate.quote_for_base(*amount, 18, 6),
            };
            Some((*side, *amount, out?))
        };
        let observation = Observation {
            block: self.block,
            block_at: self.at,
            read_at: self.at.to_millis(),
            is_behind_gap: false,
            holds_lock: true,
            ticks,
            quotes: self.plan.quotes.iter().filter_map(quote).collect(),
            account: None,
            grant: None,
        };
        let now = self.at.to_millis();
        self.machine.handle(Event::Observed(HERE, Ok(Box::new(observation))), now);
        let next = self.machine.handle(Event::Woke(Timer::Observe(HERE)), now);
        self.plan = next.into_iter().find_map(plan_of).expect("it looks again");
        self.machine.snapshot().paper
    }
}

impl Onlooker {
    fn decisions(&mut self) -> DecisionsView {
        self.machine.snapshot().decisions.expect("there is one")
    }
}

/// Up, down and up again, far enough for the averages to cross each time.
fn waves() -> impl Iterator<Item = u128> {
    let up: Vec<u128> = (2_560..2_700).step_by(5).collect();
    let down: Vec<u128> = up.iter().rev().copied().collect();
    [up.clone(), down, up].into_iter().flatten()
}

#[test]
fn the_history_trades_nothing_and_the_next_cross_is_filled_by_the_quoter() {
    let mut onlooker = Onlooker::new();
    let paper = onlooker.look(&[2_560, 2_560]).expect("it rehearses");
    assert_eq!((paper.count, paper.begins_with.as_str()), (0, "10000 USDC"));
    assert!(onlooker.machine.chart_update().expect("candles").markers.is_empty());
    let mut filled = None;
    for whole in (2_565..2_700).step_by(5) {
        let paper = onlooker.look(&[whole]).expect("a view");
        if paper.count == 1 {
            filled = Some(paper);
            break;
        }
    }
    let paper = filled.expect("a purchase on paper");
    // Two lots of a twentieth each, at what the quoter said and not at the chart's price.
    assert_eq!(paper.position, "0.4 WETH");
    assert!(
        paper.trades[0].outcome.starts_with("Paid 1000 USDC, got 0.4 WETH at 2500. Because the averages")
    );
    assert!(onlooker.machine.journal.is_empty(), "nothing real");
    let update = onlooker.machine.chart_update().expect("its trade");
    assert!(update.markers.len() == 1 && update.markers[0].is_paper && update.notes.is_some());
}

#[test]
fn buy_and_hold_buys_once_on_paper_as_soon_as_the_quoter_answers() {
    let mut onlooker = Onlooker { quoter: None, ..Onlooker::new() };
    let terms = onlooker.machine.feed.strategy_terms();
    onlooker.machine.feed.use_strategy(StrategyTerms { holds: true, ..terms });
    let silent = (0..6).filter_map(|_| onlooker.look(&[2_560])).last().expect("it rehearses");
    assert_eq!(silent.count, 0);
    onlooker.quoter = Some(price(2_500));
    let bought = (0..3).filter_map(|_| onlooker.look(&[2_560])).last().expect("a view");
    assert_eq!((bought.count, bought.position.as_str()), (1, "0.4 WETH"));
    assert!(bought.trades[0].outcome.ends_with("Because buy and hold begins."), "{:?}", bought.trades);
    let held = waves().filter_map(|whole| onlooker.look(&[whole])).last().expect("a view");
    assert_eq!((held.count, held.last_refusal), (1, None));
    let decisions = onlooker.decisions();
    assert_eq!(decisions.live, decisions.again);
    let saved = super::decisions::tried_again(&mut onlooker.machine, |text| text).recorded.expect("a run");
    assert_eq!((saved.live, saved.difference), (decisions.live, None));
    assert!(saved.sentence.contains("with buy and hold: "), "{}", saved.sentence);
}

#[test]
fn without_an_answer_of_the_quoter_nothing_is_filled_and_it_is_said() {
    let mut onlooker = Onlooker { quoter: None, ..Onlooker::new() };
    let refusals: Vec<_> = waves().filter_map(|whole| onlooker.look(&[whole])?.last_refusal).collect();
    assert!(refusals.iter().any(|why| why == "there was no quote for the trade in time"), "{refusals:?}");
    assert_eq!(onlooker.look(&[2_600]).expect("a view").count, 0);
}

#[test]
fn the_rules_of_its_grant_are_held_against_every_trade() {
    // Worse than the worst price that the suggested terms would seal.
    let mut onlooker = Onlooker { quoter: Some(price(9_999)), ..Onlooker::new() };
    let refusals: Vec<_> = waves().filter_map(|whole| onlooker.look(&[whole])?.last_refusal).collect();
    assert!(refusals.iter().any(|why| why.contains("worst price")), "{refusals:?}");
    assert_eq!(onlooker.look(&[2_600]).expect("a view").count, 0);
}

#[test]
fn only_the_newest_close_is_decided_on() {
    let mut onlooker = Onlooker::new();
    onlooker.look(&[2_560, 2_560]);
    let all: Vec<u128> = (2_565..2_700).step_by(5).collect();
    // The cross lies among those that were missed.
    let paper = onlooker.look(&all).expect("a view");
    let later = onlooker.look(&[2_700]).expect("a view");
    assert_eq!((paper.count, later.count), (0, 0));
    let decisions = onlooker.decisions();
    assert_eq!(decisions.count, 0, "nothing was decided on what was missed");
    assert_eq!(decisions.live, decisions.again);
}

#[test]
fn the_same_candles_and_fills_give_the_same_decisions_again() {
    let mut onlooker = Onlooker::new();
    onlooker.look(&[2_560, 2_560]);
    let mut counts = Vec::new();
    for whole in waves() {
        onlooker.look(&[whole]);
        let decisions = onlooker.decisions();
        assert_eq!(decisions.live, decisions.again, "{decisions:?}");
        counts.push(decisions.count);
    }
    assert!(onlooker.decisions().is_paper);
    assert_eq!(counts.last(), Some(&3), "bought, sold and bought again");
    let paper = onlooker.machine.paper.as_ref().expect("it rehearses");
    assert!(paper.trades().len() >= 2);
}

#[test]
fn a_grant_ends_it() {
    let mut world = World::new();
    world.look(&[2_560, 2_561]);
    assert_eq!(world.machine.snapshot().paper, None, "real tokens are traded");
}
