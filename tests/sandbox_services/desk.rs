//! Clients of a sandbox, and an owner with an account of her own.

use std::rc::Rc;
use std::time::Duration;

use alloy_primitives::{Address, B256, Bytes, U256};
use leash::account::{
    Call, Fees, GasLimits, NonceKey, SessionKey, UserOperation, UserOperationDraft, account_init_data,
    create_account_call_data, execute_call_data, personal_message_hash,
};
use leash::contracts::{NEXUS_FACTORY, Network, network_by_id};
use leash::ports::Transport;
use leash::rpc::{
    BlockTag, Bundler, Node, OfferLimits, OperationReceipt, Paymaster, RpcError, SponsorPolicy,
};
use leash::trading::Side;
use leash::venue::UniswapV3;
use serde_json::{Value, json};

use crate::support::http_transport::HttpTransport;
use crate::support::secret::fresh_secret;
use crate::support::stack::{PATIENCE, Stack};

/// Clients of every service.
pub(crate) struct Desk {
    pub(crate) node: Node,
    pub(crate) bundler: Bundler,
    pub(crate) paymaster: Paymaster,
    pub(crate) venue: UniswapV3,
    pub(crate) network: &'static Network,
    pub(crate) stack: Stack,
    raw_bundler: HttpTransport,
}

/// Someone with a key, and the account that belongs to it.
pub(crate) struct Owner {
    pub(crate) key: SessionKey,
    pub(crate) account: Address,
}

/// Runs a test on a chain of its own, while nobody moves the market.
pub(crate) fn at_desk(test: impl AsyncFnOnce(&Desk)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let desk = Desk::new();
        desk.stack.market(json!({ "pause": true })).await;
        test(&desk).await;
    });
}

impl Desk {
    fn new() -> Self {
        let network = network_by_id("local").expect("in the table");
        let service = |url: &str| -> Rc<dyn Transport> { Rc::new(HttpTransport::new(url, PATIENCE)) };
        let (bundler, dialect) = network.endpoints.bundlers[0];
        let sponsor = service(network.endpoints.paymasters[0]);
        let policy = SponsorPolicy::default();
        Self {
            node: Node::new(service(network.endpoints.nodes[0]), "sandbox"),
            bundler: Bundler::new(service(bundler), "sandbox", dialect),
            paymaster: Paymaster::new(sponsor, "sandbox", dialect, network.chain_id, policy),
            venue: UniswapV3::new(network.pool.expect("a pool")),
            network,
            stack: Stack::new(),
            raw_bundler: HttpTransport::new(bundler, PATIENCE),
        }
    }

    pub(crate) const fn chain_id(&self) -> u64 {
        self.network.chain_id
    }

    pub(crate) fn limits(&self) -> OfferLimits<'static> {
        OfferLimits::new(self.network.paymasters, self.network.verification_gas_cap)
    }

    /// A bundler's method past the client.
    pub(crate) async fn ask_bundler(&self, method: &str, params: Value) -> Value {
        self.raw_bundler.request(method, params).await.expect(method)
    }

    /// `sandbox_faults`.
    pub(crate) async fn faults(&self, wish: Value) -> Value {
        self.stack.control("sandbox_faults", json!([wish])).await
    }

    pub(crate) async fn owner(&self) -> Owner {
        let key = SessionKey::from_bytes(&fresh_secret()).expect("a key");
        let init_data = account_init_data(key.address());
        let account = self.node.account_address(init_data, B256::ZERO, BlockTag::Latest).await;
        Owner { account: account.expect("an address"), key }
    }

    /// The owner's next operation, which approves nothing; it creates the account where that is not there yet.
    pub(crate) async fn harmless(&self, owner: &Owner) -> UserOperationDraft {
        self.draft(owner, &[self.venue.harmless_call(Side::Buy)]).await
    }

    /// The owner's next operation with `calls`.
    pub(crate) async fn draft(&self, owner: &Owner, calls: &[Call]) -> UserOperationDraft {
        let code = self.node.code(owner.account, BlockTag::Latest).await.expect("code");
        let nonce = self.node.operation_nonce(owner.account, NonceKey::OWNER.key(), BlockTag::Latest).await;
        let data = create_account_call_data(owner.key.address(), U256::ZERO);
        UserOperationDraft {
            sender: owner.account,
            nonce: nonce.expect("a nonce"),
            factory: code.is_empty().then_some((NEXUS_FACTORY, data)),
            call_data: execute_call_data(calls),
            fees: self.bundler.fees(&self.node).await.expect("fees"),
            gas: GasLimits::default(),
            sponsorship: None,
        }
    }

    /// With exactly the gas that the bundler estimates, and the sponsor's word for it.
    pub(crate) async fn prepared(&self, mut draft: UserOperationDraft) -> UserOperationDraft {
        let nobody = Bytes::from([&[0x11; 64], [27].as_slice()].concat());
        let stub = self.paymaster.stub(&draft, &nobody, &self.limits()).await.expect("a stub");
        draft.sponsorship = stub.map(|stub| stub.sponsorship);
        let estimate = self.bundler.estimate(&draft, &nobody).await.expect("an estimate");
        draft.gas = estimate.gas;
        let sponsorship = draft.sponsorship.as_mut().expect("a stub");
        sponsorship.verification_gas = estimate.paymaster_verification.expect("told");
        sponsorship.post_op_gas = estimate.paymaster_post_op.expect("told");
        self.sponsored(draft).await
    }

    /// With the sponsor's word for what the draft is now.
    pub(crate) async fn sponsored(&self, mut draft: UserOperationDraft) -> UserOperationDraft {
        let offer = self.paymaster.sponsor(&draft, &Bytes::new(), &self.limits()).await.expect("a sponsor");
        draft.sponsorship = Some(offer.sponsorship);
        draft
    }

    /// The next harmless operation, ready to be sent.
    pub(crate) async fn ready(&self, owner: &Owner) -> UserOperation {
        let draft = self.harmless(owner).await;
        owner.sign(self.prepared(draft).await)
    }

    pub(crate) async fn send(&self, operation: &UserOperation) -> Result<B256, RpcError> {
        self.bundler.send(operation).await.map(|hash| hash.0)
    }

    pub(crate) async fn receipt(&self, operation: &UserOperation) -> Option<OperationReceipt> {
        self.bundler.receipt(operation.hash(self.chain_id())).await.expect("readable")
    }

    /// Sends, and is sure that the calls ran through.
    pub(crate) async fn mine(&self, operation: &UserOperation) -> OperationReceipt {
        let hash = self.send(operation).await.expect("taken");
        assert_eq!(hash, operation.hash(self.chain_id()).0);
        let receipt = self.receipt(operation).await.expect("mined");
        assert!(receipt.success, "{receipt:?}");
        receipt
    }

    /// Lets the chain's clock run ahead.
    pub(crate) async fn pass(&self, time: Duration) {
        self.stack.node("evm_increaseTime", json!([time.as_secs()])).await;
        self.stack.node("evm_mine", json!([])).await;
    }
}

impl Owner {
    pub(crate) fn sign(&self, draft: UserOperationDraft) -> UserOperation {
        let hash = draft.hash(31_337).0;
        draft.sign_with(Bytes::from(self.key.sign_hash(personal_message_hash(hash))))
    }
}

/// Fees a percentage higher.
pub(crate) fn raised(fees: Fees, percent: u128) -> Fees {
    let raise = |fee: u128| fee * (100 + percent) / 100;
    Fees { max: raise(fees.max), max_priority: raise(fees.max_priority) }
}
