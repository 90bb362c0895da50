//! What the chain itself says of everything the page claims, read past the machine.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolEvent;
use leash::app::{JournalView, Snapshot};
use leash::contracts::abi::IERC20;
use leash::market::{CandleSeries, Interval};
use leash::rpc::{BlockTag, LogFilter};
use leash::trading::{Side, StrategyTerms, replay};
use leash::units::TokenAmount;
use leash::venue::UniswapV3;

use crate::market::is_busy;
use crate::support::ground::pool;
use crate::support::person::Person;

/// Rows of the journal in this state with a title that starts so.
pub(crate) fn rows(seen: &Snapshot, title: &str, state: &str) -> usize {
    seen.journal.iter().filter(|row| row.title.starts_with(title) && row.state == state).count()
}

impl Person {
    /// The journal's outcomes are the EntryPoint's events, its amounts are the tokens' transfers, its markers
    /// are its fills, and its crosses are those of the pool's own candles.
    pub(crate) async fn page_tells_the_truth(&self) {
        // The chain may prove an end before the journal has its row settled.
        let seen = self.until("rest", |seen| !is_busy(seen)).await;
        let account = self.account();
        self.outcomes_match(&seen, account).await;
        for row in seen.journal.iter().filter(|row| row.state == "filled") {
            if row.title.starts_with("Buy") || row.title.starts_with("Sell") {
                self.amounts_match(row, account).await;
            }
        }
        let fills = rows(&seen, "Buy", "filled") + rows(&seen, "Sell", "filled");
        assert_eq!(self.markers().len(), fills, "one marker per fill");
        self.crosses_match(&seen).await;
    }

    async fn outcomes_match(&self, seen: &Snapshot, account: Address) {
        let node = self.stack.reader();
        let head = node.block(BlockTag::Latest).await.expect("a head").number;
        let outcomes = node.outcomes_of(account, 0..=head).await.expect("events");
        let mut on_chain: Vec<_> = outcomes
            .iter()
            .map(|outcome| (outcome.hash.0.to_string(), outcome.success, outcome.transaction.to_string()))
            .collect();
        let settled = |row: &&JournalView| row.state == "filled" || row.state == "reverted";
        let mut told: Vec<_> = seen
            .journal
            .iter()
            .filter(settled)
            .map(|row| {
                let (operation, transaction) = (row.operation.clone(), row.transaction.clone());
                (operation.expect("signed"), row.state == "filled", transaction.expect("mined"))
            })
            .collect();
        on_chain.sort();
        told.sort();
        assert_eq!(told, on_chain, "the journal is what the EntryPoint says");
        assert!(outcomes.iter().all(|outcome| !outcome.paymaster.is_zero()), "the sponsor paid for all");
    }

    async fn amounts_match(&self, row: &JournalView, account: Address) {
        let transaction: B256 = row.transaction.as_ref().expect("mined").parse().expect("a hash");
        let receipt = self.stack.reader().receipt(transaction).await.expect("an answer").expect("mined");
        let moved = |token: Address, is_out: bool| {
            let transfers = receipt.logs.iter().filter(|log| log.log.address == token);
            let transfers = transfers.filter_map(|log| IERC20::Transfer::decode_log_validate(&log.log).ok());
            let ours = transfers.filter(|log| (if is_out { log.from } else { log.to }) == account);
            ours.fold(U256::ZERO, |sum, log| sum + log.value)
        };
        let facts = pool();
        let (sold, bought) =
            if row.title.starts_with("Buy") { (facts.quote, facts.base) } else { (facts.base, facts.quote) };
        let amount = |raw: U256, token: leash::contracts::Token| {
            format!("{} {}", TokenAmount(raw).brief(token.decimals), token.symbol)
        };
        let words = format!(
            "Paid {}, got {}",
            amount(moved(sold.address, true), sold),
            amount(moved(bought.address, false), bought)
        );
        assert!(row.outcome.starts_with(&words), "{} is not {words}", row.outcome);
    }

    /// Replays two hours of the pool's own swaps and finds the cross that each trade names.
    async fn crosses_match(&self, seen: &Snapshot) {
        let (fast, slow, secs) = seen.market.strategy;
        let terms = StrategyTerms::crossover(fast, slow, Interval(secs));
        let venue = UniswapV3::new(pool());
        let node = self.stack.reader();
        let head = node.block(BlockTag::Latest).await.expect("a head");
        let filter = LogFilter {
            addresses: vec![pool().pool],
            topics: vec![vec![UniswapV3::swap_topic()]],
            blocks: 0..=head.number,
        };
        let logs = node.logs(&filter).await.expect("swaps");
        let mut series = CandleSeries::new(terms.interval);
        let mut candles = Vec::new();
        for log in &logs {
            let at = log.block_at.expect("anvil says when");
            let tick = venue.tick(&log.log, log.block, at).expect("a price").expect("a swap");
            candles.extend(series.push(tick));
        }
        candles.extend(series.advance_to(head.timestamp));
        for point in self.points().iter().rev().skip(1).take(200) {
            let candle = candles.iter().find(|candle| candle.open_at.0 == point.open_at_secs);
            let close = candle.map(|candle| candle.close.to_f64());
            assert_eq!(close, Some(point.ohlc[3]), "the chart shows the pool's own candles");
        }
        let crosses = replay(&candles, terms).expect("sound terms");
        for row in seen.journal.iter() {
            let side = match row.title.split(' ').next() {
                Some("Buy") => Side::Buy,
                Some("Sell") => Side::Sell,
                _ => continue,
            };
            if !row.cause.contains("average went") {
                protection_matches(&row.cause, &candles);
                continue;
            }
            let is_cause = |cross: &leash::trading::Signal| {
                let named = format!("candle of {} ({})", cross.candle_open_at.0, cross.close.brief());
                cross.side == side && row.cause.contains(&named)
            };
            assert!(crosses.iter().any(is_cause), "no replayed cross for: {}", row.cause);
        }
    }
}

/// A protection names a candle that was, and how far its close was from a price: that much is true.
fn protection_matches(cause: &str, candles: &[leash::market::Candle]) {
    let words = cause.split(|c: char| !c.is_ascii_digit() && c != '.').map(|word| word.trim_matches('.'));
    let numbers: Vec<f64> = words.filter_map(|word| word.parse().ok()).collect();
    let [open_at, close, percent, from] = numbers.as_slice() else { panic!("not a protection: {cause}") };
    let is_there = |candle: &leash::market::Candle| {
        candle.open_at.0.to_string() == open_at.to_string() && (candle.close.to_f64() - close).abs() < 0.01
    };
    assert!(candles.iter().any(is_there), "no such candle: {cause}");
    assert!(((close / from - 1.0).abs() * 100.0 - percent).abs() < 0.02, "{cause}");
}
