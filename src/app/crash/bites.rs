//! That the simulation would find what it looks for: with each flaw of the page or its ground it fails, and in the
//! way that this flaw does. And that every fault strikes.

use std::collections::BTreeSet;

use super::faults::{Fault, Faults};
use super::flaws::Flaw;
use super::verdict::{Kind, Tally};
use super::{Setup, simulate, told};

/// Runs within which a flaw must be found, and a fault strike.
const RUNS: u64 = 80;
/// Least runs with one fault alone.
const RUNS_ALONE: u64 = 2;

/// With `flaw`, as many runs as it takes to see every kind of failure that is `wanted`.
fn is_found(flaw: Flaw, setup: Setup, wanted: &[Kind]) {
    let mut found = BTreeSet::new();
    for seed in 1..=RUNS {
        let setup = Setup { seed, flaw: Some(flaw), ..setup };
        let Err(wrong) = simulate(setup) else { continue };
        let before = found.len();
        found.extend(wrong.iter().map(|wrong| wrong.kind));
        if found.len() > before {
            assert_eq!(simulate(setup), Err(wrong), "the seed {seed} repeats it");
        }
        if wanted.iter().all(|kind| found.contains(kind)) {
            return;
        }
    }
    panic!("{flaw:?}: {found:?} instead of {wanted:?}");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn a_record_that_comes_after_the_sending_is_found() {
    is_found(Flaw::SignedAfterSending, Setup::default(), &[Kind::Unrecorded, Kind::Lost]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn two_tabs_that_trade_at_once_are_found() {
    let setup = Setup { has_companion: true, ..Setup::default() };
    is_found(Flaw::LockForAll, setup, &[Kind::Unfenced]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn records_that_are_not_kept_are_found() {
    is_found(Flaw::RecordsLost, Setup::default(), &[Kind::Lost]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn an_operation_that_is_let_in_twice_is_found() {
    let setup = Setup { faults: Some(Faults::NONE), ..Setup::default() };
    is_found(Flaw::LetInTwice, setup, &[Kind::Twice]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn spoilt_records_that_are_thrown_away_are_found() {
    let setup = Setup { faults: Some(Faults::only(&[Fault::Torn])), ..Setup::default() };
    is_found(Flaw::TornDropped, setup, &[Kind::Dropped]);
}

/// Runs with these faults alone, none of which may do harm, until `is_seen`.
fn strikes_alone(faults: &[Fault], has_companion: bool, is_seen: impl Fn(&Tally) -> bool) {
    let mut is_struck = false;
    for seed in 1..=RUNS {
        let faults = Some(Faults::only(faults));
        let tally = simulate(Setup { seed, faults, has_companion, flaw: None });
        let tally = tally.unwrap_or_else(|wrong| panic!("{faults:?}, {seed}: {}", told(&wrong)));
        is_struck |= is_seen(&tally);
        if is_struck && seed >= RUNS_ALONE {
            return;
        }
    }
    panic!("{faults:?} never struck");
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn every_fault_alone_strikes_and_does_no_harm() {
    for fault in Fault::ALL {
        // Near its end nothing new is traded: only what hangs is on its way then.
        let faults = if fault == Fault::Late { [fault, Fault::Held] } else { [fault; 2] };
        strikes_alone(&faults, false, |tally| tally.struck[fault as usize] > 0);
    }
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn a_tab_that_stands_still_loses_its_lock_and_does_no_harm_when_it_goes_on() {
    strikes_alone(&[Fault::Frozen], true, |tally| tally.taken > 0);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "takes minutes where it is not compiled for speed")]
fn blocks_are_taken_back_and_stuck_trades_replaced() {
    strikes_alone(&[Fault::Held, Fault::Dear, Fault::DeepReorg], false, |tally| tally.replaced > 0);
}
