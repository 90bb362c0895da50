//! The page's levers and what it is told, by the very code that the worker runs.

use alloy_primitives::Bytes;
use leash::app::{Drill, Flavour, Lever, SharedWallet};
use leash::contracts::SMART_SESSION;
use leash::sandbox::{BlockId, Peer, Reply, Sandbox};
use serde_json::json;

use crate::page_levers::{pull, view};
use crate::support::http_transport::with_sandbox;

#[test]
fn code_that_is_in_no_table_is_told_as_unknown() {
    with_sandbox(|sandbox| {
        assert_eq!(view(sandbox).flavour, Some(Flavour::StandIns));
        sandbox.chain_mut().set_code(SMART_SESSION, Bytes::from_static(&[0]));
        assert_eq!(view(sandbox).flavour, None);
    });
}

#[test]
fn what_the_wallet_shares_is_told() {
    with_sandbox(|sandbox| {
        let owner = sandbox.wallet_address().to_string().to_lowercase();
        let shared = |sandbox: &mut Sandbox| {
            let SharedWallet { accounts, chain_id } = view(sandbox).wallet;
            assert_eq!(chain_id, 31_337);
            accounts.iter().map(|account| account.to_lowercase()).collect::<Vec<_>>()
        };
        assert_eq!(shared(sandbox), [""; 0]);
        for (method, expected) in
            [("eth_requestAccounts", vec![owner.clone()]), ("wallet_revokePermissions", Vec::new())]
        {
            assert!(matches!(sandbox.ask(Peer::Wallet, method, &json!([{}])), Reply::Answer(Ok(_))));
            assert_eq!(shared(sandbox), expected, "{method}");
        }
    });
}

#[test]
fn every_depth_of_a_reorganisation_takes_back_that_many_blocks() {
    with_sandbox(|sandbox| {
        pull(sandbox, Lever::Pause(true)).expect("a market");
        for depth in 1..=16 {
            let head = sandbox.chain().head().number;
            let hashes = |sandbox: &Sandbox| {
                let hash = |number| sandbox.chain().header(BlockId::Number(number)).expect("remembered").hash;
                (hash(head - u64::from(depth)), hash(head + 1 - u64::from(depth)))
            };
            let before = hashes(sandbox);
            pull(sandbox, Lever::Reorg(depth)).expect("so many are remembered");
            assert_eq!(sandbox.chain().head().number, head);
            let after = hashes(sandbox);
            assert!(before.0 == after.0 && before.1 != after.1, "{depth} and no more");
        }
        let refused = pull(sandbox, Lever::Reorg(65)).expect_err("too deep");
        assert_eq!(refused, "reorg is a whole number up to 64, not 65");
    });
}

#[test]
fn a_drill_that_is_on_is_told_until_it_is_off() {
    with_sandbox(|sandbox| {
        let drills = [Drill::BundlerDown, Drill::PaymasterRefuses, Drill::NodeSlow, Drill::OperationStuck];
        for drill in drills {
            pull(sandbox, Lever::Drill(drill, true)).expect("a switch");
            assert_eq!(view(sandbox).faults, [drill]);
            pull(sandbox, Lever::Drill(drill, false)).expect("a switch");
            assert_eq!(view(sandbox).faults, []);
        }
    });
}
