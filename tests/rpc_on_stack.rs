//! The typed clients against real servers: anvil, alto, the sponsor's signing service.
#![cfg(feature = "stack-tests")]
#![cfg(not(target_arch = "wasm32"))]
#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "support/http_transport.rs"]
mod http_transport;

use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use http_transport::HttpTransport;
use leash::account::{
    NonceKey, SessionKey, UserOperationDraft, account_init_data, create_account_call_data, execute_call_data,
    personal_message_hash,
};
use leash::contracts::{Dialect, ENTRY_POINT, NEXUS_FACTORY, Network, SMART_SESSION, network_by_id};
use leash::ports::Transport;
use leash::rpc::{BlockTag, Bundler, LogFilter, Node, OfferLimits, Paymaster, RpcError, SponsorPolicy};
use leash::trading::Side;
use leash::units::TokenAmount;
use leash::venue::UniswapV3;
use serde_json::Value;

/// Clients for the stack that runs, as its description in `LEASH_STACK` says.
struct Stack {
    node: Node,
    bundler: Bundler,
    paymaster: Paymaster,
    network: &'static Network,
    venue: UniswapV3,
}

fn stack() -> Stack {
    let file = std::env::var("LEASH_STACK").expect("LEASH_STACK names the stack's description");
    let description: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("readable")).expect("JSON");
    let transport = |part: &str| -> Rc<dyn Transport> {
        let url = description[part].as_str().expect("a URL");
        Rc::new(HttpTransport::new(url, Duration::from_secs(30)))
    };
    let network = network_by_id("local").expect("in the table");
    let policy = SponsorPolicy::default();
    let dialect = Dialect::Pimlico;
    Stack {
        node: Node::new(transport("node"), "anvil"),
        bundler: Bundler::new(transport("bundler"), "alto", dialect),
        paymaster: Paymaster::new(transport("paymaster"), "sponsor", dialect, network.chain_id, policy),
        network,
        venue: UniswapV3::new(network.pool.expect("a pool")),
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// A key that no earlier run used.
fn fresh_key() -> SessionKey {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    SessionKey::from_bytes(&keccak256(now.as_nanos().to_be_bytes()).0).expect("a key")
}

#[test]
fn the_chain_is_read_as_it_is() {
    let Stack { node, network, venue, .. } = stack();
    let facts = *venue.facts();
    block_on(async {
        assert_eq!(node.chain_id().await, Ok(network.chain_id));
        let head = node.block(BlockTag::Latest).await.expect("a head");
        let at = BlockTag::Number(head.number);
        assert!(head.base_fee.is_some_and(|fee| fee > 0));
        assert!(!node.code(SMART_SESSION, at).await.expect("code").is_empty());
        assert!(node.code(Address::repeat_byte(1), at).await.expect("no code").is_empty());

        let state = node.pool_state(facts.pool, at).await.expect("the pool");
        let price = venue.price(state.sqrt_price_x96).expect("a price");
        assert!(state.liquidity > 0 && (100.0..100_000.0).contains(&price.to_f64()), "{price:?}");
        let one = TokenAmount::from_raw(1_000_000_000_000_000_000);
        let (base, quote) = (facts.base.address, facts.quote.address);
        let quoted = node.quote(facts.quoter, base, quote, facts.fee, one, at).await.expect("a quote");
        let quoted: f64 = quoted.format(facts.quote.decimals).parse().expect("a number");
        let ratio = quoted / price.to_f64();
        assert!((0.9..1.0).contains(&ratio), "a quote is the price less fee and impact, not {ratio} of it");

        let blocks = head.number.saturating_sub(50)..=head.number;
        let topics = vec![vec![UniswapV3::swap_topic()]];
        let logs = node.logs(&LogFilter { addresses: vec![facts.pool], topics, blocks }).await.expect("logs");
        let tick = logs.last().map(|log| venue.tick(&log.log, log.block, head.timestamp));
        assert_eq!(tick.expect("swaps").expect("a price").expect("a tick").price, price, "no swap since");

        let absent = node.token_balance(Address::repeat_byte(1), ENTRY_POINT, at).await;
        assert!(absent.expect_err("no token").to_string().contains("no such contract"));
        let reverted = node.quote(facts.quoter, base, base, facts.fee, one, at).await;
        assert!(matches!(reverted, Err(RpcError::Reverted { .. })), "{reverted:?}");
    });
}

#[test]
fn an_operation_goes_from_draft_to_outcome() {
    let Stack { node, bundler, paymaster, network, venue } = stack();
    block_on(async {
        assert_eq!(bundler.chain_id().await, Ok(network.chain_id));
        assert!(bundler.supported_entry_points().await.expect("a list").contains(&ENTRY_POINT));
        let owner = fresh_key();
        let init_data = account_init_data(owner.address());
        let account =
            node.account_address(init_data, B256::ZERO, BlockTag::Latest).await.expect("an address");
        // Key 0: the owner, by the account's default validator.
        let lane = NonceKey::new([0; 3], Address::ZERO);
        let nonce = node.operation_nonce(account, lane.key(), BlockTag::Latest).await.expect("a nonce");
        assert_eq!(nonce, U256::ZERO);
        let mut draft = UserOperationDraft {
            sender: account,
            nonce,
            factory: Some((NEXUS_FACTORY, create_account_call_data(owner.address(), U256::ZERO))),
            call_data: execute_call_data(&[venue.harmless_call(Side::Buy)]),
            fees: bundler.fees(&node).await.expect("fees"),
            gas: Default::default(),
            sponsorship: None,
        };
        let any_signature = Bytes::from(owner.sign_hash(B256::ZERO));
        let limits = OfferLimits::new(network.paymasters, network.verification_gas_cap);
        let stub =
            paymaster.stub(&draft, &any_signature, &limits).await.expect("a stub").expect("it has one");
        draft.sponsorship = Some(stub.sponsorship);
        let estimate = bundler.estimate(&draft, &any_signature).await.expect("an estimate");
        draft.gas = estimate.gas.with_headroom(network.verification_gas_cap).expect("within the cap");
        let offer = paymaster.sponsor(&draft, &any_signature, &limits).await.expect("a sponsor");
        assert!(offer.holds.until().is_some_and(|end| end.0 > 1_700_000_000), "its end can be read");
        draft.sponsorship = Some(offer.sponsorship);

        let hash = draft.hash(network.chain_id);
        let unsigned = draft.clone().sign_with(Bytes::new()).pack();
        assert_eq!(node.operation_hash(unsigned, BlockTag::Latest).await, Ok(hash.0));
        let refused = bundler.send(&draft.clone().sign_with(any_signature)).await.expect_err("not signed");
        assert!(refused.to_string().contains("AA24"), "{refused}");
        let signature = owner.sign_hash(personal_message_hash(hash.0));
        let sent = bundler.send(&draft.sign_with(Bytes::from(signature))).await.expect("accepted");
        assert_eq!(sent, hash);

        let deadline = Instant::now() + Duration::from_secs(60);
        let receipt = loop {
            if let Some(receipt) = bundler.receipt(hash).await.expect("readable") {
                break receipt;
            }
            assert!(Instant::now() < deadline, "it is mined within a minute");
            tokio::time::sleep(Duration::from_millis(200)).await;
        };
        assert!(receipt.success && receipt.sender == account);
        let head = node.block(BlockTag::Latest).await.expect("a head").number;
        let outcome = node.outcome(hash, receipt.transaction.block..=head).await.expect("logs");
        let outcome = outcome.expect("the EntryPoint says so");
        assert_eq!((outcome.success, outcome.transaction), (true, receipt.transaction.hash));
        assert_eq!(node.outcomes_of(account, 0..=head).await.expect("logs"), [outcome]);
        assert_eq!(node.revert_reason(hash, 0..=head).await, Ok(None));
        let lookup = bundler.by_hash(hash).await.expect("readable").expect("known");
        assert_eq!(lookup.transaction, Some(receipt.transaction.hash));
        assert!(!node.code(account, BlockTag::Latest).await.expect("code").is_empty(), "deployed");
        assert_eq!(node.balance(account, BlockTag::Latest).await, Ok(U256::ZERO), "who pays is the sponsor");
    });
}
