//! Every drill, switched on and off while the rest goes on.

use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::U256;
use alloy_primitives::aliases::{U24, U160};
use alloy_sol_types::SolCall;
use leash::account::{Call, Revert};
use leash::contracts::abi::IERC20::approveCall;
use leash::contracts::abi::ISwapRouter02::{ExactInputSingleParams, exactInputSingleCall};
use leash::rpc::{BlockTag, LogFilter, Node, RpcError};
use leash::sandbox::{Peer, Reply, Sandbox};
use leash::units::TokenAmount;
use leash::venue::UniswapV3;
use serde_json::{Value, json};

use crate::desk::{Desk, Owner, at_desk};
use crate::support::http_transport::{HttpTransport, with_sandbox};

/// Nobody answers.
fn is_down<T>(answer: &Result<T, RpcError>) -> bool {
    answer.as_ref().is_err_and(RpcError::is_outage)
}

#[test]
fn each_service_goes_down_and_comes_back_alone() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let draft = desk.harmless(&owner).await;
        let limits = desk.limits();
        let downs = async || {
            let sponsor = desk.paymaster.stub(&draft, &Default::default(), &limits).await;
            let (node, bundler) = (desk.node.chain_id().await, desk.bundler.chain_id().await);
            [is_down(&node), is_down(&bundler), is_down(&sponsor)]
        };
        for (wish, expected) in [
            (json!({}), [false, false, false]),
            (json!({ "bundler": "down" }), [false, true, false]),
            (json!({ "paymaster": "down" }), [false, true, true]),
            (json!({ "bundler": "well", "node": "down" }), [true, false, true]),
            (json!({ "paymaster": "well", "node": "well" }), [false, false, false]),
        ] {
            desk.faults(wish.clone()).await;
            assert_eq!(downs().await, expected, "{wish}");
        }
        let services = async |wish: Value| desk.stack.control("leash_services", json!([wish])).await;
        let told = services(json!({ "bundler": false, "paymaster": false })).await;
        assert_eq!(told, json!({ "bundler": false, "paymaster": false }));
        assert_eq!(downs().await, [false, true, true]);
        assert_eq!(
            services(json!({ "bundler": true, "paymaster": true })).await,
            json!({ "bundler": true, "paymaster": true })
        );
        assert_eq!(downs().await, [false, false, false]);
        let status = desk.stack.control("sandbox_status", json!([])).await;
        let well = json!({ "bundler": "well", "paymaster": "well", "node": "well", "operation": "well" });
        assert_eq!((status["faults"].clone(), status["operations_waiting"].clone()), (well, json!(0)));
    });
}

#[test]
fn a_stale_node_stays_at_its_block_until_it_is_well() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let old = desk.node.block(BlockTag::Latest).await.expect("a head");
        desk.faults(json!({ "node": "stale" })).await;
        let receipt = desk.mine(&desk.ready(&owner).await).await;
        assert_eq!(desk.node.block(BlockTag::Latest).await, Ok(old));
        assert_eq!(desk.stack.node("eth_blockNumber", json!([])).await, json!(format!("{:#x}", old.number)));
        let code = async || desk.node.code(owner.account, BlockTag::Latest).await.expect("code");
        assert!(code().await.is_empty(), "the account is not there yet");
        assert_eq!(desk.node.receipt(receipt.transaction.hash).await, Ok(None));
        let later = json!([format!("{:#x}", receipt.transaction.block), false]);
        let filter =
            |first: u64| LogFilter { addresses: vec![], topics: vec![], blocks: first..=first + 100 };
        assert_eq!(desk.node.logs(&filter(receipt.transaction.block)).await, Ok(vec![]));
        desk.faults(json!({ "node": "well" })).await;
        assert!(!code().await.is_empty());
        assert!(desk.node.receipt(receipt.transaction.hash).await.expect("an answer").is_some());
        assert_eq!(
            desk.stack.node("eth_getBlockByNumber", later).await["number"],
            json!(format!("{:#x}", receipt.transaction.block))
        );
    });
}

#[test]
fn a_slow_node_answers_late_and_past_all_patience_not_at_all() {
    at_desk(async |desk| {
        desk.faults(json!({ "node": { "slow_millis": 150 } })).await;
        let asked = Instant::now();
        assert_eq!(desk.node.chain_id().await, Ok(31_337));
        assert!(asked.elapsed() >= Duration::from_millis(150));
        desk.faults(json!({ "node": { "slow_millis": 30_000 } })).await;
        let hasty = HttpTransport::new("http://127.0.0.1:8545", Duration::from_millis(20));
        let node = Node::new(Rc::new(hasty), "sandbox");
        assert!(is_down(&node.chain_id().await));
        assert_eq!(desk.bundler.chain_id().await, Ok(31_337), "only the node is slow");
        desk.faults(json!({ "node": "well" })).await;
        assert_eq!(node.chain_id().await, Ok(31_337));
    });
}

#[test]
fn a_stuck_operation_waits_and_is_bundled_when_all_is_well() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.faults(json!({ "operation": "stuck" })).await;
        let operation = desk.ready(&owner).await;
        desk.send(&operation).await.expect("taken");
        desk.stack.node("evm_mine", json!([])).await;
        assert_eq!(desk.receipt(&operation).await, None);
        let status = desk.stack.control("sandbox_status", json!([])).await;
        assert_eq!(
            (status["operations_waiting"].clone(), status["faults"]["operation"].clone()),
            (json!(1), json!("stuck"))
        );
        desk.faults(json!({ "operation": "well" })).await;
        assert!(desk.receipt(&operation).await.expect("mined").success);
    });
}

#[test]
fn a_stored_sandbox_remembers_who_waits_and_what_goes_wrong() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.faults(json!({ "operation": "stuck", "paymaster": "down" })).await;
        let told = with_sandbox(|sandbox| {
            *sandbox = Sandbox::restore(&sandbox.save()).expect("its own record");
            sandbox.faults().told()
        });
        assert_eq!((&told["operation"], &told["paymaster"]), (&json!("stuck"), &json!("down")));
        desk.faults(json!({ "paymaster": "well" })).await;
        let operation = desk.ready(&owner).await;
        desk.send(&operation).await.expect("taken");
        with_sandbox(|sandbox| *sandbox = Sandbox::restore(&sandbox.save()).expect("its own record"));
        desk.faults(json!({ "operation": "well" })).await;
        assert!(desk.receipt(&operation).await.expect("mined").success);
    });
}

#[test]
fn what_waited_past_its_time_is_dropped() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.faults(json!({ "operation": "stuck" })).await;
        let operation = desk.ready(&owner).await;
        desk.send(&operation).await.expect("taken");
        desk.pass(Duration::from_secs(301)).await;
        desk.faults(json!({ "operation": "well" })).await;
        assert_eq!(desk.receipt(&operation).await, None);
        assert_eq!(desk.bundler.by_hash(operation.hash(31_337)).await, Ok(None), "it is forgotten");
        desk.mine(&desk.ready(&owner).await).await;
    });
}

/// One lot sold or bought by the owner at half a percent below the quote.
async fn swap(desk: &Desk, owner: &Owner, sells: bool) -> Vec<Call> {
    let facts = *desk.venue.facts();
    let (sold, bought) = if sells { (facts.base, facts.quote) } else { (facts.quote, facts.base) };
    let amount = if sells { 30_000_000_000_000_000 } else { 100_000_000 };
    let (token_in, token_out) = (sold.address, bought.address);
    let lot = TokenAmount::from_raw(amount);
    let quote = desk.node.quote(facts.quoter, token_in, token_out, facts.fee, lot, BlockTag::Latest).await;
    let least = quote.expect("a quote").0 * U256::from(995) / U256::from(1_000);
    let params = ExactInputSingleParams {
        tokenIn: token_in,
        tokenOut: token_out,
        fee: U24::from(facts.fee),
        recipient: owner.account,
        amountIn: lot.0,
        amountOutMinimum: least,
        sqrtPriceLimitX96: U160::ZERO,
    };
    let approve = approveCall { spender: facts.router, amount: lot.0 };
    vec![
        Call::new(token_in, approve.abi_encode().into()),
        Call::new(facts.router, exactInputSingleCall { params }.abi_encode().into()),
    ]
}

#[test]
fn the_market_moves_against_the_next_trade_and_not_against_the_one_after_it() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        desk.stack.control("leash_faucet", json!([owner.account])).await;
        for sells in [true, false] {
            desk.faults(json!({ "operation": "reverts" })).await;
            let before = desk.node.block(BlockTag::Latest).await.expect("a head").number;
            let doomed = desk.prepared(desk.draft(&owner, &swap(desk, &owner, sells).await).await).await;
            let doomed = owner.sign(doomed);
            desk.send(&doomed).await.expect("taken");
            let receipt = desk.receipt(&doomed).await.expect("mined");
            assert!(!receipt.success && receipt.transaction.success);
            let reason = desk.node.revert_reason(doomed.hash(31_337), 0..=receipt.transaction.block).await;
            let reason = reason.expect("readable").expect("a reason");
            let told = Revert::decode(&reason);
            assert!(matches!(&told, Revert::Message(text) if text == "Too little received"), "{told:?}");
            assert_eq!(receipt.reason.as_deref(), Some(reason.to_string().as_str()));
            let filter = LogFilter {
                addresses: vec![desk.venue.facts().pool],
                topics: vec![vec![UniswapV3::swap_topic()]],
                blocks: before + 1..=receipt.transaction.block,
            };
            assert!(!desk.node.logs(&filter).await.expect("logs").is_empty(), "real swaps moved the price");
            let draft = desk.draft(&owner, &swap(desk, &owner, sells).await).await;
            desk.mine(&owner.sign(desk.prepared(draft).await)).await;
        }
    });
}

#[test]
fn the_drill_waits_for_an_operation_that_can_revert() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let price = async || {
            let state =
                desk.node.pool_state(desk.venue.facts().pool, BlockTag::Latest).await.expect("a pool");
            desk.venue.price(state.sqrt_price_x96).expect("a price").to_f64()
        };
        let before = price().await;
        desk.faults(json!({ "operation": "reverts" })).await;
        desk.mine(&desk.ready(&owner).await).await;
        assert!((price().await / before - 1.0).abs() < 0.001, "the price came back");
        let status = desk.stack.control("sandbox_status", json!([])).await;
        assert_eq!(status["faults"]["operation"], "reverts");
    });
}

#[test]
fn a_reorganisation_puts_other_blocks_in_the_place_and_keeps_what_was_sent() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let operation = desk.ready(&owner).await;
        desk.mine(&operation).await;
        let height_and_hash = async || {
            let hash = operation.hash(31_337).0;
            let told = desk.ask_bundler("eth_getUserOperationReceipt", json!([hash])).await;
            (told["receipt"]["transactionHash"].clone(), told["receipt"]["blockHash"].clone())
        };
        let before = height_and_hash().await;
        for _ in 0..3 {
            desk.stack.node("evm_mine", json!([])).await;
        }
        let height = desk.node.block(BlockTag::Latest).await.expect("a head").number;
        desk.faults(json!({ "reorg": 5 })).await;
        let head = desk.node.block(BlockTag::Latest).await.expect("a head");
        assert_eq!(head.number, height, "no chain gives way to a shorter one");
        let after = desk.receipt(&operation).await.expect("mined again");
        assert!(after.success);
        let (transaction, block) = height_and_hash().await;
        assert!(transaction == before.0 && block != before.1, "the same transaction in another block");
        desk.mine(&desk.ready(&owner).await).await;
        let too_deep =
            with_sandbox(|sandbox| sandbox.ask(Peer::Control, "sandbox_faults", &json!([{ "reorg": 65 }])));
        assert!(matches!(too_deep, Reply::Answer(Err(refusal)) if refusal.code == -32_602));
    });
}

#[test]
fn the_clock_jumps_ahead() {
    at_desk(async |desk| {
        let before = desk.node.block(BlockTag::Latest).await.expect("a head").timestamp;
        desk.faults(json!({ "clock_jump": 3_600 })).await;
        let after = desk.node.block(BlockTag::Latest).await.expect("a head").timestamp;
        assert!((3_600..3_630).contains(&after.secs_since(before)), "{after:?} after {before:?}");
    });
}
