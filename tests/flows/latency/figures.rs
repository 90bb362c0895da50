//! From moments to figures.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::faults::Request;
use crate::support::moment::Moment;

/// A trade of ours.
pub(super) struct Trade {
    /// The answer with the closed candle has arrived.
    pub(super) seen: Moment,
    /// The bundler has said yes.
    pub(super) accepted: Moment,
    /// The page shows it filled.
    pub(super) settled: Moment,
    /// What was asked between decision and yes.
    pub(super) between: Vec<Request>,
}

impl Trade {
    /// Whether no round of reading fell between decision and yes: each begins with the newest block.
    pub(super) fn is_alone(&self) -> bool {
        self.between.iter().all(|request| request.method != "eth_getBlockByNumber")
    }

    /// The longest chain of requests of which each began after the one before it had ended.
    pub(super) fn in_series(&self) -> usize {
        let mut depths: Vec<usize> = Vec::new();
        for request in &self.between {
            let is_before =
                |earlier: &Request| earlier.ended.is_some_and(|ended| ended.at <= request.began.at);
            let before = self.between.iter().zip(&depths).filter(|(earlier, _)| is_before(earlier));
            depths.push(1 + before.map(|(_, depth)| *depth).max().unwrap_or(0));
        }
        depths.into_iter().max().unwrap_or(0)
    }
}

/// A trade of the peer: from the order to the bundler's yes, and how many requests that took.
pub(super) struct PeerTrade {
    pub(super) took: Duration,
    pub(super) requests: usize,
}

#[derive(Default)]
pub(super) struct Figures {
    pub(super) ours: Vec<Trade>,
    pub(super) peers: Vec<PeerTrade>,
}

impl Figures {
    pub(super) fn to_json(&self) -> Value {
        let stage = |from: fn(&Trade) -> Moment, to: fn(&Trade) -> Moment| {
            let spans = self.ours.iter().map(|trade| (from(trade), to(trade)));
            let (mut all, mut own, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
            for (from, to) in spans {
                let (whole, computed) = (to.at - from.at, to.computed - from.computed);
                all.push(whole);
                own.push(computed);
                waiting.push(whole.saturating_sub(computed));
            }
            json!({ "millis": spread(all), "own_millis": spread(own), "waiting_millis": spread(waiting) })
        };
        let ours = spread(self.ours.iter().map(|trade| trade.accepted.at - trade.seen.at).collect());
        let peers = spread(self.peers.iter().map(|trade| trade.took).collect());
        let ratio = ours["p50"].as_f64().zip(peers["p50"].as_f64()).map(|(ours, peers)| ours / peers);
        let alone = self.ours.iter().filter(|trade| trade.is_alone());
        json!({
            "trades": self.ours.len(),
            "seen_to_accepted": stage(|trade| trade.seen, |trade| trade.accepted),
            "accepted_to_settled": stage(|trade| trade.accepted, |trade| trade.settled),
            "seen_to_settled": stage(|trade| trade.seen, |trade| trade.settled),
            "requests_in_series": alone.map(Trade::in_series).max(),
            "peer": "gas price, stub, estimate, paymaster data, send",
            "peer_requests_in_series": self.peers.iter().map(|trade| trade.requests).max(),
            "peer_millis": peers,
            "ratio": ratio,
        })
    }
}

/// Median and 95th percentile in milliseconds.
fn spread(mut spans: Vec<Duration>) -> Value {
    spans.sort();
    let part = |percent: usize| {
        let index = (spans.len() * percent).div_ceil(100).saturating_sub(1);
        spans.get(index).map(|span| span.as_secs_f64() * 1_000.0)
    };
    json!({ "p50": part(50), "p95": part(95) })
}
