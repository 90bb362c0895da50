//! The same trade, prepared as the usual libraries do: gas price, stub, estimate, paymaster data and sending, one
//! after the other, through the same services and the same clients.

use std::rc::Rc;
use std::time::{Duration, Instant};

use alloy_primitives::aliases::U192;
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use leash::account::{
    Call, GasLimits, NonceKey, SessionKey, UserOperationDraft, UserOperationHash, decode_execute,
    execute_call_data,
};
use leash::contracts::abi::ISwapRouter02::exactInputSingleCall;
use leash::contracts::{Dialect, NETWORKS, Network};
use leash::ports::{KeyVault, Transport};
use leash::rpc::{BlockTag, Bundler, Node, OfferLimits, Paymaster, SponsorPolicy};
use leash::session::{PermissionId, use_signature};

use super::figures::PeerTrade;
use crate::support::faults::{Faults, Line, Request};
use crate::support::ground::{BUNDLER_PORT, NODE_PORT, PAYMASTER_PORT, pool};
use crate::support::http_transport::HttpTransport;
use crate::support::person::Person;
use crate::support::stack::PATIENCE;

/// A signature of nobody, for estimates.
const NOBODY: [u8; 65] = {
    let mut bytes = [0x11; 65];
    bytes[64] = 27;
    bytes
};
/// Longest wait for a trade to be mined.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a lot brings at least under the measurement's terms: 0.0384 at 2000, and 100 at 2600.
const SELL_FLOOR: u64 = 76_800_001;
const BUY_FLOOR: u64 = 38_461_538_461_538_463;

/// Trades on a session that a page made and left.
pub(super) struct Peer {
    network: &'static Network,
    asked: Rc<Faults>,
    node: Node,
    bundler: Bundler,
    paymaster: Paymaster,
    key: SessionKey,
    account: Address,
    lane: U192,
    /// Selling, buying: the permission and the calls of a trade.
    sides: [(PermissionId, Bytes); 2],
}

impl Peer {
    /// Takes over the session of `person`, who has sold and then bought last.
    pub(super) async fn of(person: &Person) -> Self {
        let grant = person.sees().grant.expect("granted");
        let name = format!("session-{}", grant.session_key);
        let secret = person.profile.vault.open(&name).await.expect("the vault opens").expect("a key");
        let requests = person.faults.requests();
        let is_sending = |request: &&Request| request.method == "eth_sendUserOperation";
        let sent: Vec<_> = requests.iter().filter(is_sending).map(|request| &request.params[0]).collect();
        let [.., selling, buying] = sent.as_slice() else { panic!("two trades at least") };
        let side = |call_data: &serde_json::Value, permission: usize| {
            let call_data: Bytes = serde_json::from_value(call_data.clone()).expect("bytes");
            let id: B256 = grant.permissions[permission].id.parse().expect("an id");
            (PermissionId(id), at_any_price(decode_execute(&call_data).expect("our own calls")))
        };
        let nonce: U256 = serde_json::from_value(buying["nonce"].clone()).expect("a nonce");
        let network = NETWORKS.iter().find(|network| network.is_local()).expect("the local network");
        let asked = Rc::new(Faults::default());
        let line = |port: u16| -> Rc<dyn Transport> {
            let server = Rc::new(HttpTransport::new(&format!("http://127.0.0.1:{port}"), PATIENCE));
            Rc::new(Line { port, server, faults: Rc::clone(&asked) })
        };
        let (dialect, policy) = (Dialect::Pimlico, SponsorPolicy::default());
        Self {
            network,
            node: Node::new(line(NODE_PORT), ""),
            bundler: Bundler::new(line(BUNDLER_PORT), "", dialect),
            paymaster: Paymaster::new(line(PAYMASTER_PORT), "", dialect, network.chain_id, policy),
            asked: Rc::clone(&asked),
            key: SessionKey::from_bytes(&secret).expect("a key"),
            account: person.account(),
            lane: NonceKey::split(nonce).0.key(),
            sides: [side(&selling["callData"], 1), side(&buying["callData"], 0)],
        }
    }

    /// Sells and buys in turns, and waits until it is mined.
    pub(super) async fn trades(&self, turn: usize) -> PeerTrade {
        let nonce =
            self.node.operation_nonce(self.account, self.lane, BlockTag::Latest).await.expect("a nonce");
        let head = self.node.block(BlockTag::Latest).await.expect("a head").number;
        let (requests, began) = (self.asked.requests().len(), Instant::now());
        let hash = self.prepare_and_send(nonce, turn).await;
        let (took, requests) = (began.elapsed(), self.asked.requests().len() - requests);
        self.is_mined(hash, head).await;
        PeerTrade { took, requests }
    }

    async fn prepare_and_send(&self, nonce: U256, turn: usize) -> UserOperationHash {
        let (permission, call_data) = &self.sides[turn % 2];
        let cap = self.network.verification_gas_cap;
        let limits = OfferLimits::new(self.network.paymasters, cap);
        let placeholder = use_signature(*permission, &NOBODY);
        let fees = self.bundler.fees(&self.node).await.expect("a gas price");
        let mut draft = UserOperationDraft {
            sender: self.account,
            nonce,
            factory: None,
            call_data: call_data.clone(),
            fees,
            gas: GasLimits::default(),
            sponsorship: None,
        };
        let stub = self.paymaster.stub(&draft, &placeholder, &limits).await.expect("a stub");
        draft.sponsorship = stub.map(|offer| offer.sponsorship);
        let estimate = self.bundler.estimate(&draft, &placeholder).await.expect("an estimate");
        draft.gas = estimate.gas.with_headroom(cap).expect("below the cap");
        let offer = self.paymaster.sponsor(&draft, &placeholder, &limits).await.expect("a sponsor");
        draft.sponsorship = Some(offer.sponsorship);
        let signature = self.key.sign_hash(draft.hash(self.network.chain_id).0);
        let operation = draft.sign_with(use_signature(*permission, &signature));
        self.bundler.send(&operation).await.expect("it is taken")
    }

    async fn is_mined(&self, hash: UserOperationHash, from: u64) {
        let deadline = Instant::now() + DEADLINE;
        while Instant::now() < deadline {
            let head = self.node.block(BlockTag::Latest).await.expect("a head").number;
            if let Some(outcome) = self.node.outcome(hash, from..=head).await.expect("logs") {
                assert!(outcome.success, "the peer's trade was undone");
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the peer's trade was never mined");
    }
}

/// The same calls with the least amount out that the grant admits, since the market has moved on.
fn at_any_price(calls: Vec<Call>) -> Bytes {
    let least = |call: Call| match exactInputSingleCall::abi_decode(&call.data) {
        Ok(mut swap) => {
            let is_sale = swap.params.tokenIn == pool().base.address;
            swap.params.amountOutMinimum = U256::from(if is_sale { SELL_FLOOR } else { BUY_FLOOR });
            Call { data: swap.abi_encode().into(), ..call }
        }
        Err(_) => call,
    };
    execute_call_data(&calls.into_iter().map(least).collect::<Vec<_>>())
}
