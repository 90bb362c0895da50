//! A browser that dies in the middle of whatever it does, again and again: nothing is traded twice, no record is
//! lost, none is made up.

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256};

use crate::chain::stack_chain;
use crate::chromium::{Chromium, Windows, fresh_profile};
use crate::evidence;
use crate::person::{Person, WalletPlan};
use crate::secret;
use crate::stack::{self, Trend};
use crate::tab::Tab;

/// Deaths of one test; `LEASH_KILLS` asks for another number. No session is killed more often: after about seventeen
/// trades its budget is used up.
const KILLS: usize = 25;
/// Rows of which a page of the journal is surely full, those aside that were never mined.
const SHOWN: usize = 25;
/// Candles of one direction before the price turns.
const TURN: usize = 6;
/// Milliseconds after a candle within which the browser dies: preparing, signing, sending and settling a trade
/// takes about two hundred.
const WITHIN_MILLIS: u64 = 300;

/// A number below `end`.
fn chance(end: u64) -> u64 {
    let word: [u8; 8] = secret::fresh()[..8].try_into().expect("eight bytes");
    u64::from_be_bytes(word) % end
}

/// The operations that the page says were mined, and whether they went through.
fn mined(tab: &Tab) -> BTreeMap<B256, bool> {
    let script = "[...document.querySelectorAll('[data-testid=journal-row]')].map((row) => [\
         row.querySelector('[data-testid=journal-operation]')?.dataset.full ?? '', \
         row.querySelector('[data-testid=journal-state]').textContent])";
    let found = tab.run(script);
    let pairs = found.as_array().map(Vec::as_slice).unwrap_or_default();
    let read = |pair: &serde_json::Value| {
        let hash = pair[0].as_str()?.parse().ok()?;
        match pair[1].as_str()? {
            "filled" => Some((hash, true)),
            "reverted" => Some((hash, false)),
            _ => None,
        }
    };
    pairs.iter().filter_map(read).collect()
}

pub(crate) fn is_busy(tab: &Tab) -> bool {
    tab.text("trader-word").is_some_and(|word| word.contains("Busy"))
}

/// Waits until nothing is under way and the page knows of every operation what the chain knows: as many of the newest
/// as it shows at once.
pub(crate) fn agree(person: &Person, account: Address) {
    person.tab.until("that the journal is the chain", |tab| {
        let (shown, on_chain) = (mined(tab), evidence::operations_of(&*person.chain(), account));
        let newest = on_chain.iter().rev().take(shown.len()).copied().collect();
        let is_all = shown.len() == on_chain.len() || shown.len() >= SHOWN;
        (!is_busy(tab) && is_all && shown == newest).then_some(())
    });
}

/// What one browser's deaths came to.
#[derive(Default)]
struct Toll {
    deaths: usize,
    candles: usize,
    in_flight: usize,
    mined: usize,
    waits: Vec<Duration>,
}

/// One person whose browser dies `deaths` times, and then on until her session has traded at least every fourth time.
fn die_again_and_again(deaths: usize) -> Toll {
    let profile = fresh_profile();
    let start = || Chromium::start_in(profile.clone(), Windows::Headless);
    let mut person = Person::at(start(), &[WalletPlan::usual()]);
    let account = person.grant();
    let mut toll = Toll::default();
    while toll.deaths < deaths || toll.mined * 4 < toll.deaths {
        assert!(toll.deaths < 2 * deaths, "a test without trades shows nothing: {} mined", toll.mined);
        // The moment of death is the fault that is tried, so it is not waited for but drawn.
        let millis = loop {
            stack::step(if (toll.candles / TURN).is_multiple_of(2) { Trend::Up } else { Trend::Down });
            toll.candles += 1;
            if chance(8) == 0 {
                break chance(WITHIN_MILLIS);
            }
            person.sees_the_chain();
            if is_busy(&person.tab) && chance(2) == 0 {
                break chance(WITHIN_MILLIS / 2);
            }
        };
        thread::sleep(Duration::from_millis(millis));
        toll.in_flight += usize::from(is_busy(&person.tab));
        let survivor = person.kill_browser();
        let died_at = Instant::now();
        person = survivor.opens(start());
        person.until_warm();
        person.tab.until("that it trades again", |tab| {
            let is_awake =
                |word: &String| ["Waiting", "Busy", "Halted"].iter().any(|known| word.contains(known));
            tab.text("trader-word").filter(is_awake)
        });
        toll.waits.push(died_at.elapsed());
        agree(&person, account);
        (toll.deaths, toll.mined) = (toll.deaths + 1, evidence::operations_of(stack_chain(), account).len());
    }
    let twice: Vec<_> =
        evidence::traded_candles(&person.tab).into_iter().filter(|(_, trades)| *trades > 1).collect();
    assert!(twice.is_empty(), "{twice:?}");
    drop(person);
    std::fs::remove_dir_all(profile).expect("our own profile");
    toll
}

#[test]
fn a_browser_that_dies_again_and_again_trades_nothing_twice_and_loses_nothing() {
    let kills = std::env::var("LEASH_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(KILLS);
    let mut all = Toll::default();
    while all.deaths < kills {
        let toll = die_again_and_again(KILLS.min(kills - all.deaths));
        all.deaths += toll.deaths;
        all.candles += toll.candles;
        all.in_flight += toll.in_flight;
        all.mined += toll.mined;
        all.waits.extend(toll.waits);
    }
    let Toll { deaths, candles, in_flight, mined, mut waits } = all;
    waits.sort();
    let p95 = waits[waits.len() * 95 / 100 - usize::from(waits.len().is_multiple_of(20))];
    eprintln!("{deaths} deaths over {candles} candles, {in_flight} with a trade under way; {mined} mined");
    eprintln!("from death to trading again, the start of the browser included: p95 {} ms", p95.as_millis());
}
