//! A journal of years opens at once: its records are read back, and the page sees the first picture of them.
//!
//! `LEASH_JOURNAL_ROWS` says how many entries there are; `cargo xtask bench journal` asks for a hundred thousand.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use super::*;
use crate::account::Sponsorship;
use crate::app::records;
use crate::trading::{Fill, Inclusion, Seal, StateChange, Statement};

/// Entries of the ordinary test, which has the same second for a build without optimization.
const ROWS: u64 = 2_000;
/// For reading the records, and for the first picture.
const MOST: Duration = Duration::from_secs(1);

/// As many entries under one grant: trades of a size as on a live network, sealed one behind the other, all filled.
fn journal(rows: u64) -> (StoredGrant, Vec<JournalEntry>) {
    let mut world = World::new();
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    let plan = world.trade();
    let data = vec![7; 78].into();
    let sponsorship = Sponsorship { paymaster: ACCOUNT, verification_gas: 1, post_op_gas: 1, data };
    let operation = UserOperationDraft { sponsorship: Some(sponsorship), ..draft_of(&plan) };
    let operation = operation.sign_with(vec![7; 98].into()).to_bytes().expect("bytes");
    let grant_id = world.grant.id();
    let mut after = grant_id;
    let entry = |number: u64| {
        let (at, hash) = (START.plus_secs(600 * number), B256::from(U256::from(number)));
        let statement = Statement {
            grant_id,
            number,
            entry: at.to_millis().0,
            what: view::title(&plan.purpose),
            cause: view::cause(&plan.purpose),
            operation: hash,
            after,
        };
        let seal = Seal { signature: vec![1; 65], ..Seal::unsigned(&statement) };
        after = seal.head();
        let left = |name: &str| StateChange { name: name.to_owned(), at };
        let side = if number.is_multiple_of(2) { Side::Sell } else { Side::Buy };
        let quote = TokenAmount::from_raw(125_000_000 + u128::from(number % 1_000));
        let fill = Fill { side, base: tokens(5, 16), quote, block: number, at };
        JournalEntry {
            id: at.to_millis().0,
            chain_id: 31_337,
            account: ACCOUNT,
            grant_id,
            purpose: plan.purpose,
            planned_at: at,
            planned_at_block: number,
            signed: Some(SignedBytes {
                operation: operation.clone(),
                operation_hash: hash,
                nonce: world.grant.signed.grant().trade_lane().nonce(number - 1),
                valid_until: at.plus_secs(SPONSORED_SECS),
            }),
            seal: Some(seal),
            state: OrderState::Settled {
                inclusion: Inclusion { success: true, block: number, block_hash: hash, transaction: hash },
                fill: Some(fill),
                revert_reason: None,
                gas_cost_wei: U256::from(1_000_000_000_000_000_u64 + number),
            },
            history: ["planned", "signed", "sent", "included"].map(left).to_vec(),
        }
    };
    (world.grant.clone(), (1..=rows).map(entry).collect())
}

/// What `work` gives and the processor's time for it: what else the machine is busy with does not count.
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let now = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("a host tells it"));
    let begun = now();
    let done = work();
    (done, now().saturating_sub(begun))
}

#[test]
fn a_long_journal_opens_within_a_second() {
    let rows = std::env::var("LEASH_JOURNAL_ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(ROWS);
    let (grant, journal) = journal(rows);
    let stored: Vec<_> = journal.iter().map(|entry| records::write(entry).expect("it writes")).collect();
    let bytes: u64 = stored.iter().map(|record| record.len() as u64).sum();
    let whole = |record: &Vec<u8>| records::read::<JournalEntry>(record).expect("whole");
    let (read, reading) = timed(|| stored.iter().map(whole).collect::<Vec<_>>());
    assert_eq!(read, journal);

    let now = START.plus_secs(600 * (rows + 1)).to_millis();
    let restored = |journal| {
        let restored = Restored { grants: vec![grant.clone()], journal, ..Restored::default() };
        Event::Restored(Ok(Box::new(restored)))
    };
    let (first, second) = (restored(read), restored(journal));
    let mut machine = Machine::new(None).expect("a network");
    machine.start();
    let (seen, opening) = timed(|| {
        machine.handle(first, now);
        machine.snapshot()
    });
    assert_eq!(u64::from(seen.journal_page.total), rows);
    let (update, drawing) = timed(|| machine.chart_update());
    assert_eq!(update.expect("markers").markers.len() as u64, rows);
    machine.handle(Event::LockAnswered(Ok(true)), now);
    // What other tabs may have written meanwhile.
    let (_, again) = timed(|| machine.handle(second, now));
    let mut event = || {
        machine.handle(Event::TabsTold, now);
        (machine.snapshot(), machine.chart_update())
    };
    let (_, changed) = timed(&mut event);
    let (_, event) = timed(event);
    eprintln!(
        "{rows} entries of {} bytes: read in {reading:.0?}, first seen after {opening:.0?}, drawn in {drawing:.0?}, taken once more in {again:.0?}; an event that changes it takes {changed:.0?}, every other {event:.0?}",
        bytes / rows
    );
    for part in [reading, opening, drawing, again, changed, event] {
        assert!(part < MOST, "{part:?}");
    }
}
