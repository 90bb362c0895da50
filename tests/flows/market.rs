//! Making the averages cross by moving the pool, one candle at a time.

use std::time::Duration;

use alloy_primitives::aliases::U24;
use alloy_primitives::{Bytes, U160, U256};
use alloy_sol_types::SolCall;
use leash::app::{Snapshot, TraderStatus};
use leash::contracts::abi::ISwapRouter02;
use leash::rpc::BlockTag;
use serde_json::{Value, json};

use crate::support::faults::Fault;
use crate::support::ground::{NODE_PORT, TRADER, pool};
use crate::support::person::Person;
use crate::support::stack::Stack;

/// Where every flow begins, so that no flow strands another at the pool's edge.
const START: f64 = 2_500.0;
/// Candles on the way back there.
const CALM_STEPS: u32 = 12;
/// How far the price moves per candle, in hundredths of a percent.
const STEP_BPS: f64 = 80.0;
/// Candles of one way that set the averages apart before they are made to cross.
const WARMING: u32 = 9;
/// Candles after which the averages must have crossed.
const MOST_CANDLES: usize = 40;

/// Which way the price goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trend {
    Up,
    Down,
}

impl Trend {
    const fn factor(self) -> f64 {
        match self {
            Self::Up => 1.0 + STEP_BPS / 10_000.0,
            Self::Down => 1.0 - STEP_BPS / 10_000.0,
        }
    }

    pub(crate) const fn opposite(self) -> Self {
        match self {
            Self::Up => Self::Down,
            Self::Down => Self::Up,
        }
    }
}

impl Person {
    /// Halts the market's own movement; from now on only the flow moves it, two seconds a step. It goes back to where
    /// flows begin in steps that open no circuit breaker, wherever the flow before has left it.
    pub(crate) async fn hold_market(&self) {
        // What a failed flow left behind must not fail the next.
        self.stack.control("leash_services", json!([{ "bundler": true, "paymaster": true }])).await;
        self.stack.node("evm_setAutomine", json!([true])).await;
        let target = format!("{START:.2}");
        self.stack
            .market(json!({ "pause": true, "step_secs": 2, "target": target, "steps": CALM_STEPS }))
            .await;
    }

    /// Lets the averages cross in the direction of `trend`, and waits for what should come of it.
    pub(crate) async fn cross(
        &self,
        trend: Trend,
        what: &str,
        is_seen: impl Fn(&Snapshot) -> bool,
    ) -> Snapshot {
        self.set_apart(trend.opposite()).await;
        self.trend(trend, what, is_seen).await
    }

    /// Brings the fast average to the side of `trend`. The tab sees all these candles at once, and what it has
    /// missed it never trades.
    async fn set_apart(&self, trend: Trend) {
        for _ in 0..5 {
            self.until("rest", |seen| !is_busy(seen)).await;
            self.faults.all(NODE_PORT, Fault::Held);
            let at = self.market_moves(trend, WARMING).await;
            self.faults.release(NODE_PORT);
            let seen = self.until("the new candles", |seen| seen.market.block_at_secs >= at).await;
            let average = |text: &String| text.parse::<f64>().expect("a number");
            let averages = seen.market.averages.as_ref();
            let is_above = averages.is_some_and(|(fast, slow)| average(fast) > average(slow));
            if is_above == (trend == Trend::Up) {
                return;
            }
        }
        panic!("the averages stay together");
    }

    /// Moves the price candle by candle until `is_seen`; never while an operation is on its way.
    pub(crate) async fn trend(
        &self,
        trend: Trend,
        what: &str,
        is_seen: impl Fn(&Snapshot) -> bool,
    ) -> Snapshot {
        for _ in 0..MOST_CANDLES {
            let seen = self.until("rest", |seen| is_seen(seen) || !is_busy(seen)).await;
            if is_seen(&seen) {
                return seen;
            }
            self.travel(trend, 1).await;
        }
        self.until(what, is_seen).await
    }

    /// `candles` candles further, seen by the tab.
    pub(crate) async fn travel(&self, trend: Trend, candles: u32) {
        let at = self.market_moves(trend, candles).await;
        self.until("the new candle", |seen| seen.market.block_at_secs >= at).await;
    }

    /// `candles` candles further; the block time after them.
    pub(crate) async fn market_moves(&self, trend: Trend, candles: u32) -> u64 {
        let price = price_of(&self.stack.market(json!({})).await);
        let exponent = i32::try_from(candles).expect("few");
        let target = format!("{:.6}", price * trend.factor().powi(exponent));
        let answer = self.stack.market(json!({ "target": target, "steps": candles })).await;
        answer["timestamp"].as_u64().expect("a block time")
    }

    /// Lets the averages cross, and moves the price on, further than any slippage, right before the operation
    /// that follows is mined.
    pub(crate) async fn cross_and_run_away(&self, trend: Trend) {
        self.set_apart(trend.opposite()).await;
        for _ in 0..MOST_CANDLES {
            let at = self.market_moves(trend, 1).await;
            self.stack.node("evm_setAutomine", json!([false])).await;
            let seen = self.until("the new candle", |seen| seen.market.block_at_secs >= at).await;
            if is_busy(&seen) {
                break;
            }
            self.stack.node("evm_setAutomine", json!([true])).await;
        }
        self.until("an operation on its way", |seen| seen.journal.iter().any(|row| row.state == "sent"))
            .await;
        let deadline = std::time::Instant::now() + Duration::from_secs(30);
        while self.stack.node("txpool_status", json!([])).await["pending"] == "0x0" {
            assert!(std::time::Instant::now() < deadline, "the bundler never sent it on");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.stack.jump_ahead(trend).await;
        self.stack.node("evm_mine", json!([])).await;
        self.stack.node("evm_setAutomine", json!([true])).await;
    }

    /// Watches for `millis` of true time, in which nothing may happen that `is_wrong`: there is no end to poll for.
    pub(crate) async fn never(&self, millis: u64, what: &str, is_wrong: impl Fn(&Snapshot) -> bool) {
        for _ in 0..millis / 20 {
            let seen = self.sees();
            assert!(!is_wrong(&seen), "{what}: {seen:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

pub(crate) fn is_busy(seen: &Snapshot) -> bool {
    matches!(seen.trader, TraderStatus::Busy { .. })
}

impl Stack {
    /// Puts a swap of 3 % at the head of the next block.
    async fn jump_ahead(&self, trend: Trend) {
        let facts = pool();
        let state = self.reader().pool_state(facts.pool, BlockTag::Latest).await.expect("the pool");
        let sells_base = trend == Trend::Down;
        let base_is_first = facts.base.address < facts.quote.address;
        // The square root moves half as far as the price.
        let permille = if sells_base == base_is_first { 985 } else { 1_015 };
        let limit = U256::from(state.sqrt_price_x96) * U256::from(permille) / U256::from(1_000);
        let (sold, bought) = if sells_base { (facts.base, facts.quote) } else { (facts.quote, facts.base) };
        let params = ISwapRouter02::ExactInputSingleParams {
            tokenIn: sold.address,
            tokenOut: bought.address,
            fee: U24::from(facts.fee),
            recipient: TRADER,
            amountIn: U256::from(1) << 100,
            amountOutMinimum: U256::ZERO,
            sqrtPriceLimitX96: U160::from(limit),
        };
        let data = Bytes::from(ISwapRouter02::exactInputSingleCall { params }.abi_encode());
        // 100 gwei pass before everything a bundler pays here.
        let transaction = json!([{
            "from": TRADER, "to": facts.router, "data": data, "gas": "0x2dc6c0",
            "maxFeePerGas": "0x174876e800", "maxPriorityFeePerGas": "0x174876e800"
        }]);
        self.node("eth_sendTransaction", transaction).await;
    }
}

fn price_of(answer: &Value) -> f64 {
    answer["price"].as_str().and_then(|price| price.parse().ok()).expect("a price")
}
