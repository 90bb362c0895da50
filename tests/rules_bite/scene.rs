//! An owner, an account, a grant, and a session key that somebody holds.

use std::sync::LazyLock;

use alloy_primitives::{Address, B256, U256};
use leash::account::SessionKey;
use leash::contracts::PoolFacts;
use leash::market::Interval;
use leash::rpc::BlockTag;
use leash::session::{Grant, Leg, PermissionId, PermissionSpec, SignedGrant, grind_pair_salt};
use leash::trading::{Guards, Side, Sizing, StrategyTerms, Terms};
use leash::units::TokenAmount;
use leash::venue::GrantKeys;

use crate::attempt::Attempt;
use crate::chain::Chain;
use crate::support::secret::fresh_secret;

/// Lots in the budget of each side.
pub(crate) const LOTS: u32 = 10;
/// Most lots in one trade.
pub(crate) const LOTS_PER_TRADE: u32 = 3;

static SESSION_SECRET: LazyLock<[u8; 32]> = LazyLock::new(fresh_secret);
/// One session key and one pair of names for all scenes: each has an account of its own, and whoever holds the key
/// to one must gain nothing in another. The salt that makes the names a pair is searched for once.
static KEYS: LazyLock<GrantKeys> = LazyLock::new(|| {
    let session_key = SessionKey::from_bytes(&SESSION_SECRET).expect("a key").address();
    let buy_salt = B256::new(fresh_secret());
    let buy = PermissionId::from_parts(session_key, buy_salt);
    GrantKeys { session_key, buy_salt, sell_salt: grind_pair_salt(session_key, buy, fresh_secret().into()) }
});

/// What one test is about.
pub(crate) struct Scene {
    pub(crate) owner: SessionKey,
    pub(crate) session_key: SessionKey,
    pub(crate) grant: SignedGrant,
    pub(crate) terms: Terms,
    pub(crate) facts: PoolFacts,
    floors: [TokenAmount; 2],
}

impl Scene {
    /// A grant for an account that does not exist yet; `alter` may change both permissions before they are signed.
    pub(crate) async fn new(chain: &Chain, alter: impl Fn(&mut PermissionSpec)) -> Self {
        let owner = fresh_key();
        let session_key = SessionKey::from_bytes(&SESSION_SECRET).expect("a key");
        let init_data = leash::account::account_init_data(owner.address());
        let account = chain.node.account_address(init_data, B256::ZERO, BlockTag::Latest).await;
        let account = account.expect("an address");
        let terms = terms(chain).await;
        let end = chain.head().await.timestamp.plus_secs(terms.lifetime_secs);
        let (mut buy, mut sell) = chain.venue.permissions(&terms, account, *KEYS, end).expect("sound terms");
        alter(&mut buy);
        alter(&mut sell);
        let grant = Grant::new(account, chain.chain_id(), (&buy, U256::ZERO), (&sell, U256::ZERO));
        let grant = grant.expect("a sound grant");
        let signature = owner.sign_hash(grant.digest());
        let grant = SignedGrant::new(grant, owner.address(), &signature).expect("signed by the owner");
        let floors = [Side::Buy, Side::Sell].map(|side| chain.venue.floor(&terms, side).expect("a floor"));
        Self { owner, session_key, grant, terms, facts: *chain.venue.facts(), floors }
    }

    pub(crate) const fn account(&self) -> Address {
        self.grant.grant().account()
    }

    pub(crate) const fn id(&self, leg: Leg) -> B256 {
        self.grant.grant().leg(leg).id().0
    }

    pub(crate) const fn token_in(&self, leg: Leg) -> Address {
        match leg {
            Leg::Buy => self.facts.quote.address,
            Leg::Sell => self.facts.base.address,
        }
    }

    pub(crate) const fn lot(&self, leg: Leg) -> TokenAmount {
        self.terms.lot(side(leg))
    }

    /// The least one lot may bring.
    pub(crate) const fn floor(&self, leg: Leg) -> TokenAmount {
        self.floors[leg.index() as usize]
    }

    /// The next trade of one lot under `leg`, which the chain accepts once it is enabled.
    pub(crate) async fn trade(&self, chain: &Chain, leg: Leg) -> Attempt<'_> {
        let lane = self.grant.grant().trade_lane();
        let nonce = chain.node.operation_nonce(self.account(), lane.key(), BlockTag::Latest).await;
        let mut attempt = Attempt::trade(self, leg, nonce.expect("a nonce"));
        attempt.enable_nonce = chain.enable_nonce(self.id(leg), self.account()).await;
        attempt
    }
}

pub(crate) const fn side(leg: Leg) -> Side {
    match leg {
        Leg::Buy => Side::Buy,
        Leg::Sell => Side::Sell,
    }
}

/// A key that no earlier run used.
pub(crate) fn fresh_key() -> SessionKey {
    SessionKey::from_bytes(&fresh_secret()).expect("a key")
}

/// A band of a fifth around the price of now.
async fn terms(chain: &Chain) -> Terms {
    let state = chain.node.pool_state(chain.venue.facts().pool, BlockTag::Latest).await.expect("a pool");
    let price = chain.venue.price(state.sqrt_price_x96).expect("a price");
    Terms {
        buy_lot: TokenAmount::from_raw(100_000_000),
        sell_lot: TokenAmount::from_raw(30_000_000_000_000_000),
        lots_per_trade: LOTS_PER_TRADE,
        buy_lots: LOTS,
        sell_lots: LOTS,
        uses: 20,
        lifetime_secs: 3_600,
        lowest_sell: price.times_percent(80),
        highest_buy: price.times_percent(120),
        slippage_bps: 50,
        may_renounce: true,
        strategy: StrategyTerms::crossover(5, 15, Interval(2)),
        sizing: Sizing::Lots,
        guards: Guards::default(),
    }
}
