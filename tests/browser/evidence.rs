//! What the chain says of that which the page shows.

use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, Log, LogData, U256};
use alloy_sol_types::SolEvent;
use leash::contracts::abi::IERC20::Transfer;
use leash::contracts::abi::IEntryPoint::UserOperationEvent;
use leash::contracts::abi::ISmartSession::{NonceIterated, getNonceCall, isPermissionEnabledCall};
use leash::contracts::abi::IUniswapV3Pool::Swap;
use leash::contracts::{ENTRY_POINT, PoolFacts, SMART_SESSION, network_by_id};
use leash::units::TokenAmount;
use serde_json::{Value, json};

use crate::chain::{Chain, quantity};
use crate::pictures::pictures;
use crate::tab::Tab;

/// The pool of both chains.
pub(crate) fn pool() -> PoolFacts {
    network_by_id("local").and_then(|network| network.pool).expect("the local stack has a pool")
}

/// Logs of a contract as the chain has them, with their block times.
fn logs(chain: &dyn Chain, address: Address, topics: &Value) -> Vec<(Log, u64)> {
    let filter = json!({ "address": address, "topics": topics, "fromBlock": "0x0", "toBlock": "latest" });
    let found = chain.node("eth_getLogs", &json!([filter]));
    found.as_array().expect("a list").iter().map(|log| (decoded(log), block_time(log))).collect()
}

fn decoded(log: &Value) -> Log {
    let data = LogData::new_unchecked(
        serde_json::from_value(log["topics"].clone()).expect("topics"),
        serde_json::from_value(log["data"].clone()).expect("bytes"),
    );
    Log { address: serde_json::from_value(log["address"].clone()).expect("an address"), data }
}

fn block_time(log: &Value) -> u64 {
    quantity(&log["blockTimestamp"]).to()
}

/// Every operation of `account` that was mined: its hash, and whether its calls ran through.
pub(crate) fn operations_of(chain: &dyn Chain, account: Address) -> Vec<(B256, bool)> {
    let found =
        logs(chain, ENTRY_POINT, &json!([UserOperationEvent::SIGNATURE_HASH, null, account.into_word()]));
    let event = |(log, _): &(Log, u64)| UserOperationEvent::decode_log(log).expect("as declared").data;
    found.iter().map(event).map(|event| (event.userOpHash, event.success)).collect()
}

/// A row of the journal as the page shows it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) title: String,
    pub(crate) state: String,
    pub(crate) cause: String,
    pub(crate) outcome: String,
    operation: Option<B256>,
    transaction: Option<B256>,
}

/// The texts and hashes of every row.
const ROWS: &str = r#"[...document.querySelectorAll("[data-testid=journal-row]")].map((row) => {
  const find = (mark) => row.querySelector(`[data-testid=journal-${mark}]`);
  const texts = ["title", "state", "cause", "outcome"].map((mark) => find(mark)?.textContent ?? "");
  return [...texts, ...["operation", "transaction"].map((mark) => find(mark)?.dataset.full ?? "")];
})"#;

/// The journal, oldest first.
pub(crate) fn journal(tab: &Tab) -> Vec<Row> {
    let found = tab.run(ROWS);
    let read = |row: &Value| {
        let text = |place: usize| row[place].as_str().unwrap_or_default().to_owned();
        let hash = |place: usize| row[place].as_str()?.parse().ok();
        let [title, state, cause, outcome] = [0, 1, 2, 3].map(text);
        Row { title, state, cause, outcome, operation: hash(4), transaction: hash(5) }
    };
    let rows = found.as_array().map(Vec::as_slice).unwrap_or_default();
    rows.iter().rev().map(read).collect()
}

/// Asserts that every row that was mined is on chain as it is shown, and that nothing else is there; the rows that were
/// given up.
pub(crate) fn journal_is_the_chain(chain: &dyn Chain, tab: &Tab, account: Address) -> Vec<Row> {
    let (rows, given_up): (Vec<Row>, Vec<Row>) =
        journal(tab).into_iter().partition(|row| row.transaction.is_some());
    let operations: Vec<_> = rows.iter().filter_map(|row| row.operation).collect();
    let on_chain = operations_of(chain, account);
    assert_eq!(operations, on_chain.iter().map(|(hash, _)| *hash).collect::<Vec<_>>(), "each once, in order");
    assert!(on_chain.iter().all(|(_, success)| *success), "all went through: {rows:#?}");
    for row in &rows {
        let receipt = chain.receipt(&json!(row.transaction));
        let logs: Vec<Log> = receipt["logs"].as_array().expect("logs").iter().map(decoded).collect();
        if let Some((paid, got)) = moved(&logs, account) {
            let shown = format!("Paid {paid}, got {got} at ");
            assert!(row.outcome.starts_with(&shown), "{} but the chain says {shown}", row.outcome);
        }
    }
    given_up
}

/// Asserts that the saved journal has the rows that are shown.
pub(crate) fn journal_is_saved(tab: &Tab) {
    let rows = journal(tab);
    let table = tab.saves("journal-csv", "leash-journal.csv");
    let saved: Vec<&str> = table.lines().skip(1).collect();
    assert_eq!(saved.len(), rows.len(), "{table}");
    assert!(rows.iter().zip(&saved).all(|(row, line)| line.contains(&format!(",{},", row.title))), "{table}");
    let list = tab.saves("journal-json", "leash-journal.json");
    let list: Value = serde_json::from_str(&list).expect("JSON");
    assert_eq!(list["entries"].as_array().map(Vec::len), Some(rows.len()));
    is_checked(tab, &list);
}

/// Asserts that a saved journal which is brought back holds against the chain, and that one with a better reason in it
/// does not.
fn is_checked(tab: &Tab, saved: &Value) {
    tab.chooses("journal-file", "mine.json", &saved.to_string());
    tab.until_says("check-state", "true");
    let lines = tab.attributes("check-line", "data-holds");
    assert_eq!(lines, ["holds"; 6], "{:?}", tab.texts("check-line"));
    a_row_is_decoded(tab);
    pictures(tab, "13-journal", "[data-testid=journal]");
    let mut better = saved.clone();
    better["entries"][0]["cause"] = json!("I knew it all along.");
    tab.drops_on("journal", "better.json", &better.to_string());
    tab.until_says("check-state", "not true");
    let broken = tab.attributes("check-line", "data-holds").iter().filter(|word| *word != "holds").count();
    assert_eq!(broken, 1, "{:?}", tab.texts("check-line"));
    tab.drops_on("journal", "notes.txt", "nothing of the kind");
    tab.until_says("check-trouble", "is no journal");
    tab.press("check-close");
    tab.until("the check put away", |tab| (!tab.has("check")).then_some(()));
}

/// Unfolds the newest row: it tells what was signed, from the bytes.
fn a_row_is_decoded(tab: &Tab) {
    tab.run("(() => { document.querySelector('[data-testid=journal-row]').open = true; return 1; })()");
    tab.until_says("journal-decoded", "Gas is paid by");
    tab.until_says("journal-decoded", "Leash journal");
}

/// Every candle at whose close a trade was filled, as often as that was.
pub(crate) fn traded_candles(tab: &Tab) -> BTreeMap<String, usize> {
    let mut candles = BTreeMap::new();
    for row in journal(tab) {
        let is_trade = row.title.starts_with("Buy") || row.title.starts_with("Sell");
        if is_trade && row.state == "filled" {
            let candle = row.cause.split_once('(').map(|(candle, _)| candle.to_owned());
            *candles.entry(candle.expect("a trade names its candle")).or_default() += 1;
        }
    }
    candles
}

/// What the account paid to the pool and got from it, as the page writes amounts.
fn moved(logs: &[Log], account: Address) -> Option<(String, String)> {
    let facts = pool();
    let flow = |from: Address, to: Address| {
        [facts.base, facts.quote].into_iter().find_map(|token| {
            let transfers = logs.iter().filter(|log| log.address == token.address);
            let transfers = transfers.filter_map(|log| Transfer::decode_log(log).ok());
            let sums =
                transfers.filter(|event| event.from == from && event.to == to).map(|event| event.value);
            let sum = TokenAmount(sums.sum::<U256>());
            (!sum.is_zero()).then(|| format!("{} {}", sum.brief(token.decimals), token.symbol))
        })
    };
    flow(account, facts.pool).zip(flow(facts.pool, account))
}

/// A cross of the averages.
#[derive(Clone, Copy, Debug)]
struct Crossing {
    candle_open_at: u64,
    is_up: bool,
    fast: f64,
    slow: f64,
}

/// Asserts that the cause of each trade among `rows` is a cross which two averages, computed here from the pool's events
/// alone, show at the same candle.
pub(crate) fn crosses_are_reproduced(
    chain: &dyn Chain,
    rows: &[Row],
    (fast, slow, interval): (f64, f64, u64),
) {
    let known = crossings(chain, fast, slow, interval);
    for row in rows.iter().filter(|row| row.title.starts_with("Buy") || row.title.starts_with("Sell")) {
        let numbers = numbers_in(&row.cause);
        let [candle, .., fast, slow] = numbers.as_slice() else { panic!("no cross in {row:?}") };
        let is_this = |crossing: &&Crossing| crossing.candle_open_at as f64 == *candle;
        let crossing = known.iter().find(is_this).unwrap_or_else(|| panic!("no cross there: {row:?}"));
        assert_eq!(crossing.is_up, row.title.starts_with("Buy"), "{row:?}");
        assert!(
            (crossing.fast - fast).abs() < 0.001 && (crossing.slow - slow).abs() < 0.001,
            "{crossing:?} {row:?}"
        );
    }
}

fn numbers_in(text: &str) -> Vec<f64> {
    let words = text.split(|c: char| !c.is_ascii_digit() && c != '.');
    words.filter_map(|word| word.trim_matches('.').parse().ok()).collect()
}

/// Every cross since the chain began, from closes of candles of `interval` seconds.
fn crossings(chain: &dyn Chain, fast: f64, slow: f64, interval: u64) -> Vec<Crossing> {
    let mut closes: Vec<(u64, f64)> = Vec::new();
    for (log, at) in logs(chain, pool().pool, &json!([Swap::SIGNATURE_HASH])) {
        let open_at = at - at % interval;
        let price = price_of(Swap::decode_log(&log).expect("as declared").sqrtPriceX96.to::<U256>());
        while let Some((last, close)) = closes.last().copied().filter(|(last, _)| *last < open_at) {
            closes.push((last + interval, close));
        }
        match closes.last_mut() {
            Some(last) => last.1 = price,
            None => closes.push((open_at, price)),
        }
    }
    let mut averages: Option<(f64, f64)> = None;
    let mut found = Vec::new();
    for (candle_open_at, close) in closes {
        let before = averages.unwrap_or((close, close));
        let next = |average: f64, period: f64| average + 2.0 / (period + 1.0) * (close - average);
        let after = (next(before.0, fast), next(before.1, slow));
        let (was_up, is_up) = (before.0 > before.1, after.0 > after.1);
        if was_up != is_up {
            found.push(Crossing { candle_open_at, is_up, fast: after.0, slow: after.1 });
        }
        averages = Some(after);
    }
    found
}

/// Whole quote tokens per whole base token.
fn price_of(sqrt_price: U256) -> f64 {
    let facts = pool();
    let ratio = (f64::from(sqrt_price) / 2_f64.powi(96)).powi(2);
    let raw = if facts.base.address < facts.quote.address { ratio } else { ratio.recip() };
    raw * 10_f64.powi(i32::from(facts.base.decimals) - i32::from(facts.quote.decimals))
}

/// Asserts that both permissions of `account` are off, and that no signature can switch one on again.
pub(crate) fn session_is_dead(chain: &dyn Chain, account: Address) {
    let found = logs(chain, SMART_SESSION, &json!([NonceIterated::SIGNATURE_HASH]));
    let events = found.iter().map(|(log, _)| NonceIterated::decode_log(log).expect("as declared").data);
    let mut ids: Vec<B256> =
        events.filter(|event| event.account == account).map(|event| event.permissionId).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 2, "both signatures were burnt");
    for id in ids {
        let nonce = chain.read(SMART_SESSION, &getNonceCall { permissionId: id, account });
        assert!(nonce > U256::ZERO, "the signed nonce has passed");
        let is_enabled = chain.read(SMART_SESSION, &isPermissionEnabledCall { permissionId: id, account });
        assert!(!is_enabled, "{id} is off");
    }
}
