//! What is refused before anybody is asked anything.

use crate::app::machine::samples::{ACCOUNT, START, key, stored_grant};
use crate::app::services::Services;
use crate::contracts::network_by_id;
use crate::ports::{Collection, MemoryKeyVault, Transport};

use super::*;

/// The local network, with bundlers that take at most `cap`.
fn capped(cap: u64) -> &'static Network {
    let local = network_by_id("local").expect("in the table");
    Box::leak(Box::new(Network { verification_gas_cap: cap, ..*local }))
}

/// Asks for a grant where nobody answers, neither chain nor wallet.
fn refused_by(network: &'static Network, terms: Terms) -> Failure {
    let nobody = |url: &str| -> Rc<dyn Transport> { panic!("{url} is not to be asked") };
    let vault = Rc::new(MemoryKeyVault::default());
    let environment =
        Environment { vault: Rc::<MemoryKeyVault>::clone(&vault), ..Environment::in_memory(Rc::new(nobody)) };
    let services = Services { network, ..Services::of("local", &Default::default()).expect("known") };
    let (owner, account) = (key(2).address(), ACCOUNT);
    let plan = GrantPlan { services, owner, account, terms, now: START };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let failure = runtime.block_on(prepare(&environment, &plan)).expect_err("refused");
    let stored = runtime.block_on(environment.store.all(Collection::Grants));
    assert_eq!(stored, Ok(Vec::new()), "nothing is stored");
    assert_eq!(format!("{vault:?}"), "MemoryKeyVault(0 secrets)", "no key was made");
    failure
}

#[test]
fn a_first_operation_above_the_networks_cap_is_refused_with_what_would_make_it_smaller() {
    let check = |may_renounce: bool, lots_per_trade: u32, cap: u64, advice: &str| {
        let terms = Terms { may_renounce, lots_per_trade, ..stored_grant().terms };
        let failure = refused_by(capped(cap), terms);
        assert!(failure.sentence.contains("no operation as big as the first one"), "{failure:?}");
        assert!(failure.advice.contains(advice), "{cap}: {failure:?}");
        assert!(failure.details.contains(&format!("cap {cap}")), "{failure:?}");
    };
    let pair_off = "Turn off “may end itself”";
    let [with_pair, without] = [true, false].map(|pair| first_verification(pair, 2));
    check(true, 2, with_pair - 1, pair_off);
    check(true, 2, without, pair_off);
    check(false, 2, without - 1, "one lot at a time");
    check(true, 4, first_verification(false, 4) - 1, "“may end itself” and trade one lot");
    check(false, 1, first_verification(false, 1) - 1, "Choose another network");
    check(true, 1, 0, "Choose another network");
}

#[test]
fn what_fits_the_cap_is_not_refused_for_it() {
    let terms = Terms { may_renounce: true, lots_per_trade: 2, ..stored_grant().terms };
    assert_eq!(check_gas(capped(first_verification(true, 2)), &terms), Ok(()));
    for network in crate::contracts::NETWORKS {
        assert_eq!(check_gas(network, &terms), Ok(()), "the usual grant fits on {}", network.id);
    }
}
