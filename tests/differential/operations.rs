//! UserOperations of several grants, within and against their rules, paid from the accounts' deposits.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use alloy_sol_types::{SolCall, SolEvent, SolValue, sol};
use leash::account::{
    Call, Fees, GasLimits, SessionKey, UserOperation, UserOperationDraft, account_init_data,
    create_account_call_data, execute_call_data, handle_ops_call_data,
};
use leash::contracts::abi::{IERC20, IEntryPoint, INexusFactory, ISmartSession, IUniswapV3Pool};
use leash::contracts::{ENTRY_POINT, NEXUS_FACTORY, SMART_SESSION};
use leash::market::Interval;
use leash::sandbox::DEV_ACCOUNTS;
use leash::session::{Grant, Leg, PermissionId, SignedGrant, flz_compress, grind_pair_salt};
use leash::trading::{Guards, Sizing, StrategyTerms, Terms};
use leash::units::{TokenAmount, UnixSecs};
use leash::venue::{GrantKeys, UniswapV3};
use serde_json::{Value, json};

use crate::dice::Dice;
use crate::pair::{Pair, hex};
use crate::venue::{facts, transact};

const CHAIN_ID: u64 = 31_337;
/// Sends the bundles.
const BUNDLER: Address = DEV_ACCOUNTS[5];
const GAS: GasLimits = GasLimits { pre_verification: 100_000, verification: 4_000_000, call: 2_000_000 };

/// Traders; each has budgets of ten lots a side.
const GRANTS: usize = 8;

sol! {
    interface Deposits {
        function depositTo(address account) external payable;
    }
}

/// Somebody who granted.
struct Trader {
    owner: SessionKey,
    key: SessionKey,
    grant: SignedGrant,
    terms: Terms,
}

/// What became of the operations.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Every call ran through.
    pub(crate) done: usize,
    /// Taken by the EntryPoint, but a call reverted.
    pub(crate) failed: usize,
    /// Refused by the EntryPoint.
    pub(crate) refused: usize,
    /// Permissions that were enabled, and removed.
    pub(crate) enabled: usize,
    pub(crate) removed: usize,
}

/// All of them.
pub(crate) struct Traders {
    venue: UniswapV3,
    traders: Vec<Trader>,
    pub(crate) tally: Tally,
}

fn key(name: &str) -> SessionKey {
    SessionKey::from_bytes(&keccak256(name).0).expect("a key")
}

impl Traders {
    /// Signs the grants and fills the accounts, none of which is deployed yet.
    pub(crate) fn grant(pair: &mut Pair) -> Self {
        let venue = UniswapV3::new(facts());
        let session_key = key("session");
        let buy_salt = keccak256("buy");
        let buy = PermissionId::from_parts(session_key.address(), buy_salt);
        let sell_salt = grind_pair_salt(session_key.address(), buy, keccak256("sell"));
        let keys = GrantKeys { session_key: session_key.address(), buy_salt, sell_salt };
        let price = pair.view(facts().pool, &IUniswapV3Pool::slot0Call {}).sqrtPriceX96;
        let price = venue.price(price).expect("a price");
        let mut traders = Vec::new();
        for number in 0..GRANTS {
            let owner = key(&format!("owner {number}"));
            let init_data = account_init_data(owner.address());
            let compute = INexusFactory::computeAccountAddressCall { initData: init_data, salt: B256::ZERO };
            let account = pair.view(NEXUS_FACTORY, &compute);
            let terms = Terms {
                buy_lot: TokenAmount::from_raw(100_000_000),
                sell_lot: TokenAmount::from_raw(30_000_000_000_000_000),
                lots_per_trade: 3,
                buy_lots: 10,
                sell_lots: 10,
                uses: 20,
                lifetime_secs: 22_000,
                lowest_sell: price.times_percent(80),
                highest_buy: price.times_percent(120),
                slippage_bps: 50,
                may_renounce: true,
                strategy: StrategyTerms::crossover(5, 15, Interval(2)),
                sizing: Sizing::Lots,
                guards: Guards::default(),
            };
            let end = UnixSecs(pair.now()).plus_secs(terms.lifetime_secs);
            let (buy, sell) = venue.permissions(&terms, account, keys, end).expect("sound terms");
            let grant =
                Grant::new(account, CHAIN_ID, (&buy, U256::ZERO), (&sell, U256::ZERO)).expect("sound");
            let signature = owner.sign_hash(grant.digest());
            let grant = SignedGrant::new(grant, owner.address(), &signature).expect("by the owner");
            let deposit = Bytes::from(Deposits::depositToCall { account }.abi_encode());
            let value = U256::from(10).pow(U256::from(20));
            pair.send(json!({ "from": BUNDLER, "to": ENTRY_POINT, "data": deposit, "value": hex(value) }));
            for token in [facts().base.address, facts().quote.address] {
                let mint = IERC20::mintCall { to: account, amount: U256::from(10).pow(U256::from(20)) };
                transact(pair, BUNDLER, Some(token), mint.abi_encode());
            }
            pair.watch(account);
            traders.push(Trader { owner, key: key("session"), grant, terms });
        }
        Self { venue, traders, tally: Tally::default() }
    }

    /// One random bundle of one operation.
    pub(crate) fn act(&mut self, pair: &mut Pair, dice: &mut Dice) {
        let trader = dice.pick(&self.traders);
        let leg = *dice.pick(&Leg::BOTH);
        let grant = trader.grant.grant();
        let (account, id) = (grant.account(), grant.leg(leg).id().0);
        let lane = grant.trade_lane().key();
        let nonce = IEntryPoint::getNonceCall { sender: account, key: lane };
        let nonce = pair.view(ENTRY_POINT, &nonce);
        let code = pair.ask("eth_getCode", &json!([account, "latest"])).expect("code");
        let enabled = ISmartSession::isPermissionEnabledCall { permissionId: id, account };
        let is_enabled = code != "0x" && pair.view(SMART_SESSION, &enabled);
        let factory = (code == "0x")
            .then(|| (NEXUS_FACTORY, create_account_call_data(trader.owner.address(), U256::ZERO)));
        let draft = UserOperationDraft {
            sender: account,
            nonce: if dice.below(15) == 0 { nonce + U256::from(1) } else { nonce },
            factory,
            call_data: execute_call_data(&self.calls(trader, leg, dice)),
            fees: Fees { max: 3_000_000_000, max_priority: 1_000_000_000 },
            gas: GAS,
            sponsorship: None,
        };
        let operation = sign(trader, leg, draft, is_enabled, dice);
        let bundle = handle_ops_call_data(&[operation], BUNDLER);
        let mut transaction = json!({ "from": BUNDLER, "to": ENTRY_POINT, "data": bundle });
        if dice.below(12) == 0 {
            transaction["gas"] = hex(600_000 + dice.below(2_000_000));
        }
        let receipt = pair.send(transaction);
        let is_enabled_now = pair.ask("eth_getCode", &json!([account, "latest"])).expect("code") != "0x"
            && pair
                .view(SMART_SESSION, &ISmartSession::isPermissionEnabledCall { permissionId: id, account });
        self.tally.enabled += usize::from(is_enabled_now && !is_enabled);
        self.tally.removed += usize::from(is_enabled && !is_enabled_now);
        match receipt.as_ref().and_then(succeeded) {
            Some(true) => self.tally.done += 1,
            Some(false) => self.tally.failed += 1,
            None => self.tally.refused += 1,
        }
    }

    /// A trade, or a trade with something wrong about it, or the end.
    fn calls(&self, trader: &Trader, leg: Leg, dice: &mut Dice) -> Vec<Call> {
        let facts = facts();
        let side = if leg == Leg::Buy { leash::trading::Side::Buy } else { leash::trading::Side::Sell };
        let (token_in, token_out) = match leg {
            Leg::Buy => (facts.quote.address, facts.base.address),
            Leg::Sell => (facts.base.address, facts.quote.address),
        };
        let lot = trader.terms.lot(side).0;
        let floor = self.venue.floor(&trader.terms, side).expect("a floor").0;
        let account = trader.grant.grant().account();
        let one = U256::from(1);
        let (amount, least, recipient) = match dice.below(20) {
            0 => (lot + one, floor, account),
            1 => (lot, floor - one, account),
            2 => (lot, floor, trader.key.address()),
            3 => (lot, U256::MAX, account),
            _ => (lot, floor, account),
        };
        let approve = IERC20::approveCall { spender: facts.router, amount: lot };
        let params = leash::contracts::abi::ISwapRouter02::ExactInputSingleParams {
            tokenIn: token_in,
            tokenOut: token_out,
            fee: alloy_primitives::aliases::U24::from(facts.fee),
            recipient,
            amountIn: amount,
            amountOutMinimum: least,
            sqrtPriceLimitX96: alloy_primitives::aliases::U160::ZERO,
        };
        let swap = leash::contracts::abi::ISwapRouter02::exactInputSingleCall { params };
        let steal = IERC20::transferCall { to: trader.key.address(), amount: one };
        match dice.below(16) {
            0 => vec![Call::new(token_in, steal.abi_encode().into())],
            1 => trader.grant.grant().renounce_calls(),
            _ => vec![
                Call::new(token_in, approve.abi_encode().into()),
                Call::new(facts.router, swap.abi_encode().into()),
            ],
        }
    }
}

/// What the EntryPoint says of the one operation of a bundle; `None` where it refused it.
fn succeeded(receipt: &Value) -> Option<bool> {
    let logs = receipt["logs"].as_array()?.iter();
    let mut events =
        logs.filter(|log| log["topics"][0] == json!(IEntryPoint::UserOperationEvent::SIGNATURE_HASH));
    let data: Bytes = events.next()?["data"].as_str()?.parse().ok()?;
    Some(data[63] == 1)
}

/// By the session key, now and then by somebody else; with the grant, where it has to be enabled.
fn sign(
    trader: &Trader,
    leg: Leg,
    draft: UserOperationDraft,
    is_enabled: bool,
    dice: &mut Dice,
) -> UserOperation {
    let hash = draft.hash(CHAIN_ID).0;
    let signer = if dice.below(10) == 0 { &trader.owner } else { &trader.key };
    let signed = signer.sign_hash(hash);
    let signature = if is_enabled == (dice.below(20) != 0) {
        [&[0], trader.grant.grant().leg(leg).id().0.as_slice(), &signed].concat()
    } else {
        let payload = (trader.grant.enable_session(leg), Bytes::from(signed)).abi_encode_params();
        [&[1], flz_compress(&payload).as_slice()].concat()
    };
    draft.sign_with(signature.into())
}
