//! Rows of both sides, paired and summed up.

use serde::{Deserialize, Serialize};

use crate::failure::{Because as _, Outcome};

/// One task on one side, in one round.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    #[serde(default)]
    peer: String,
    per_second: f64,
    p50_micros: f64,
    p99_micros: f64,
}

/// Both sides, one right after the other.
#[derive(Debug, Deserialize)]
pub(super) struct Round {
    ours: Vec<Row>,
    peers: Vec<Row>,
}

/// One task, ours beside theirs: medians over the rounds.
#[derive(Debug, Serialize)]
pub(super) struct Speed {
    task: String,
    peer: String,
    per_second: f64,
    p50_micros: f64,
    p99_micros: f64,
    peer_per_second: f64,
    peer_p50_micros: f64,
    peer_p99_micros: f64,
    /// How many times faster than the peer: the median over the rounds of the ratio within a round, by p50.
    /// Other programs on the machine hardly move it.
    ratio: f64,
    /// The ratio to reach; none where only told.
    target: Option<f64>,
    /// The most that our p50 may be; none where only told.
    bar_micros: Option<f64>,
}

/// Ratios that the design promises.
const TARGETS: [(&str, f64); 11] = [
    ("user_op_hash", 10.0),
    ("tick_to_signed_op", 2.5),
    ("grant_digest", 6.0),
    ("flz_compress_enable", 20.0),
    ("secp256k1_sign", 1.3),
    ("secp256k1_recover", 1.2),
    ("keccak256_1k", 9.0),
    ("ema_cross_1m", 0.95),
    ("sweep_1000x100k", 1.8),
    ("chain_trade", 15.0),
    ("chain_first_trade", 15.0),
];

/// Microseconds that the design promises.
const BARS: [(&str, f64); 2] = [("chain_trade", 3_000.0), ("chain_first_trade", 15_000.0)];

/// Every task of the first round, over all rounds.
pub(super) fn compare(rounds: &[Round]) -> Outcome<Vec<Speed>> {
    let first = rounds.first().because("The bench ran no round")?;
    first.ours.iter().map(|row| speed(&row.name, rounds)).collect()
}

/// The task `name` over all rounds.
fn speed<'a>(name: &str, rounds: &'a [Round]) -> Outcome<Speed> {
    let pair = |round: &'a Round| Some((row(&round.ours, name)?, row(&round.peers, name)?));
    let pairs: Option<Vec<_>> = rounds.iter().map(pair).collect();
    let pairs = pairs.because(format!("{name} has no peer"))?;
    let over = |number: &dyn Fn(&Row, &Row) -> f64| {
        median(pairs.iter().map(|(ours, peer)| number(ours, peer)).collect())
    };
    Ok(Speed {
        task: name.to_owned(),
        peer: pairs[0].1.peer.clone(),
        per_second: over(&|ours, _| ours.per_second),
        p50_micros: over(&|ours, _| ours.p50_micros),
        p99_micros: over(&|ours, _| ours.p99_micros),
        peer_per_second: over(&|_, peer| peer.per_second),
        peer_p50_micros: over(&|_, peer| peer.p50_micros),
        peer_p99_micros: over(&|_, peer| peer.p99_micros),
        ratio: over(&|ours, peer| peer.p50_micros / ours.p50_micros),
        target: promised(&TARGETS, name),
        bar_micros: promised(&BARS, name),
    })
}

fn promised(table: &[(&str, f64)], name: &str) -> Option<f64> {
    table.iter().find(|(task, _)| *task == name).map(|(_, number)| *number)
}

fn row<'a>(rows: &'a [Row], name: &str) -> Option<&'a Row> {
    rows.iter().find(|row| row.name == name)
}

/// The middle one, the upper of two; `numbers` is not empty.
fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

/// The rows as a table.
pub(super) fn table(speeds: &[Speed]) -> String {
    let head = format!(
        "{:<20} {:>10} {:>9} {:>9}   {:<10} {:>10} {:>9} {:>9} {:>8} {:>7} {:>8}\n",
        "task", "ops/s", "p50 µs", "p99 µs", "peer", "ops/s", "p50 µs", "p99 µs", "ratio", "target", "bar µs"
    );
    let line = |speed: &Speed| {
        let told = |sign: &str, number: Option<f64>| {
            number.map_or_else(String::new, |number| format!("{sign} {number}"))
        };
        let (target, bar) = (told("≥", speed.target), told("≤", speed.bar_micros));
        let line = format!(
            "{:<20} {:>10.0} {:>9.2} {:>9.2}   {:<10} {:>10.0} {:>9.2} {:>9.2} {:>7.2}x {target:>7} {bar:>8}",
            speed.task,
            speed.per_second,
            speed.p50_micros,
            speed.p99_micros,
            speed.peer,
            speed.peer_per_second,
            speed.peer_p50_micros,
            speed.peer_p99_micros,
            speed.ratio,
        );
        format!("{}\n", line.trim_end())
    };
    speeds.iter().map(line).fold(head, |table, line| table + &line)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rows_are_paired_by_name_and_their_medians_told() {
        let row = |name: &str, micros: f64| json!({ "name": name, "peer": "viem", "per_second": 1e6 / micros, "p50_micros": micros, "p99_micros": 2.0 * micros });
        let told = |rounds: &[(f64, f64)], peer: &str| {
            let round = |&(ours, theirs): &(f64, f64)| json!({ "ours": [row("user_op_hash", ours)], "peers": [row(peer, theirs)] });
            let rounds: Vec<_> = rounds.iter().map(round).collect();
            let rounds: Vec<Round> = serde_json::from_value(json!(rounds)).expect("the test's own JSON");
            compare(&rounds)
        };
        // The second round met a busy machine on both sides, the third on theirs alone.
        let speeds = told(&[(1.0, 10.0), (5.0, 50.0), (1.0, 30.0)], "user_op_hash").expect("pairs");
        assert!((speeds[0].ratio - 10.0).abs() < 1e-9 && speeds[0].target == Some(10.0));
        assert!((speeds[0].p50_micros - 1.0).abs() < 1e-9 && (speeds[0].peer_p50_micros - 30.0).abs() < 1e-9);
        assert!(table(&speeds).contains("10.00x"), "{}", table(&speeds));
        assert!(told(&[(1.0, 10.0)], "another").is_err(), "no peer");
        assert!(told(&[], "user_op_hash").is_err(), "no round");
    }
}
