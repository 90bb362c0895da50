//! The running stack as these tests use it.

use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, B256, Bytes, U256};
use leash::account::{GasLimits, UserOperation, UserOperationDraft, handle_ops_call_data};
use leash::contracts::{ENTRY_POINT, Network, network_by_id};
use leash::ports::Transport;
use leash::rpc::{
    BlockHeader, BlockTag, Bundler, Node, OfferLimits, OperationReceipt, Paymaster, RpcError, SponsorPolicy,
};
use leash::venue::UniswapV3;
use serde_json::json;

use crate::attempt::{Attempt, Payer};
use crate::support::http_transport::HttpTransport;
use crate::support::stack::{PATIENCE, Stack};

/// Enough for every operation here, so that none fails for want of gas.
pub(crate) const GAS: GasLimits =
    GasLimits { pre_verification: 200_000, verification: 4_000_000, call: 2_000_000 };
/// Longest that an operation may wait for its block.
const DEADLINE: Duration = Duration::from_secs(60);
/// Sends the bundles that are only simulated; an account without code and without any part in it.
const ANYBODY: Address = Address::repeat_byte(0xb0);

/// Clients of the stack's services.
pub(crate) struct Chain {
    pub(crate) node: Node,
    pub(crate) venue: UniswapV3,
    network: &'static Network,
    stack: Stack,
    bundler: Bundler,
    paymaster: Paymaster,
}

impl Chain {
    pub(crate) fn new() -> Self {
        let network = network_by_id("local").expect("in the table");
        let stack = Stack::new();
        let service = |url: &str| -> Rc<dyn Transport> { Rc::new(HttpTransport::new(url, PATIENCE)) };
        let (bundler, dialect) = network.endpoints.bundlers[0];
        let sponsor = service(network.endpoints.paymasters[0]);
        Self {
            node: Node::new(Rc::<HttpTransport>::clone(&stack.node), "anvil"),
            venue: UniswapV3::new(network.pool.expect("a pool")),
            network,
            stack,
            bundler: Bundler::new(service(bundler), "alto", dialect),
            paymaster: Paymaster::new(
                sponsor,
                "sponsor",
                dialect,
                network.chain_id,
                SponsorPolicy::default(),
            ),
        }
    }

    pub(crate) const fn chain_id(&self) -> u64 {
        self.network.chain_id
    }

    pub(crate) async fn head(&self) -> BlockHeader {
        self.node.block(BlockTag::Latest).await.expect("a head")
    }

    /// Whether the market stands still.
    pub(crate) async fn hold_market(&self, hold: bool) {
        self.stack.market(json!({ "pause": hold })).await;
    }

    /// Moves the market by so many percent of its price.
    pub(crate) async fn move_market(&self, percent: i32) {
        let state = self.node.pool_state(self.venue.facts().pool, BlockTag::Latest).await.expect("a pool");
        let price = self.venue.price(state.sqrt_price_x96).expect("a price");
        let percent = u32::try_from(100 + percent).expect("above nothing");
        self.stack.market(json!({ "target": price.times_percent(percent).brief(), "steps": 1 })).await;
    }

    pub(crate) async fn faucet(&self, to: Address) {
        self.stack.control("leash_faucet", json!([to])).await;
    }

    /// Lets the chain's clock run ahead.
    pub(crate) async fn pass_secs(&self, secs: u64) {
        self.stack.node("evm_increaseTime", json!([secs])).await;
        self.stack.node("evm_mine", json!([])).await;
    }

    /// Revert data of the EntryPoint, were `operation` bundled now; `None` when it takes it.
    pub(crate) async fn refusal(&self, operation: &UserOperation) -> Option<Bytes> {
        let bundle = handle_ops_call_data(std::slice::from_ref(operation), ANYBODY);
        match self.node.call_from(Some(ANYBODY), ENTRY_POINT, &bundle, BlockTag::Latest).await {
            Ok(_) => None,
            Err(RpcError::Reverted { data, .. }) => Some(data),
            Err(error) => panic!("the bundle cannot be simulated: {error}"),
        }
    }

    /// The operation with fees, sponsor and signature, as the bundler gets it.
    pub(crate) async fn sponsored(&self, attempt: &Attempt<'_>) -> UserOperation {
        let mut attempt = attempt.clone();
        if attempt.payer == Payer::Sponsor {
            attempt.draft.fees = self.bundler.fees(&self.node).await.expect("fees");
            let unsponsored = attempt.sign();
            let limits = OfferLimits::new(self.network.paymasters, self.network.verification_gas_cap);
            let draft: &UserOperationDraft = unsponsored.draft();
            let stub = self.paymaster.stub(draft, unsponsored.signature(), &limits).await.expect("a stub");
            attempt.draft.sponsorship = stub.map(|stub| stub.sponsorship);
            let stubbed = attempt.sign();
            let offer = self.paymaster.sponsor(stubbed.draft(), stubbed.signature(), &limits).await;
            attempt.draft.sponsorship = Some(offer.expect("a sponsor").sponsorship);
        }
        attempt.sign()
    }

    /// Hands the operation to the bundler.
    pub(crate) async fn send(&self, attempt: &Attempt<'_>) -> Result<UserOperation, RpcError> {
        let operation = self.sponsored(attempt).await;
        self.bundler.send(&operation).await.map(|_| operation)
    }

    /// Hands over what was prepared before, and waits for its block.
    pub(crate) async fn receipt(&self, what: &str, operation: &UserOperation) -> OperationReceipt {
        let hash = operation.hash(self.chain_id());
        self.bundler.send(operation).await.unwrap_or_else(|error| panic!("{what}: {error}"));
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(receipt) = self.bundler.receipt(hash).await.expect("readable") {
                return receipt;
            }
            assert!(Instant::now() < deadline, "never mined: {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Hands the operation to the bundler, and its calls must run through.
    pub(crate) async fn mine(&self, what: &str, attempt: &Attempt<'_>) {
        let receipt = self.receipt(what, &self.sponsored(attempt).await).await;
        assert!(receipt.success, "{what}: {:?}", receipt.reason);
    }

    /// What the bundler says when it is asked for gas.
    pub(crate) async fn estimate_refusal(&self, operation: &UserOperation) -> Option<RpcError> {
        self.bundler.estimate(operation.draft(), operation.signature()).await.err()
    }

    pub(crate) async fn is_enabled(&self, permission: B256, account: Address) -> bool {
        self.node.is_permission_enabled(permission, account, BlockTag::Latest).await.expect("readable")
    }

    pub(crate) async fn enable_nonce(&self, permission: B256, account: Address) -> U256 {
        self.node.enable_nonce(permission, account, BlockTag::Latest).await.expect("readable")
    }
}
