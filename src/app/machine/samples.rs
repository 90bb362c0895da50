//! A grant for tests, signed and ready to trade.

use std::rc::Rc;
use std::sync::LazyLock;

use alloy_primitives::{Address, B256};

use crate::account::SessionKey;
use crate::app::grants::{GrantLife, StoredGrant};
use crate::app::preview::{self, GrantKey};
use crate::session::SignedGrant;
use crate::trading::{Terms, TermsContext};
use crate::units::{Price, TokenAmount, UnixSecs};
use crate::venue::{GrantKeys, UniswapV3};

/// When it was signed.
pub(in crate::app) const START: UnixSecs = UnixSecs(1_795_000_000);
/// The account.
pub(in crate::app) const ACCOUNT: Address = Address::repeat_byte(0xac);
/// The session key.
pub(in crate::app) const KEY: [u8; 32] = [1; 32];

/// Under what name a vault keeps it.
pub(in crate::app) fn key_name() -> String {
    format!("session-{}", key(1).address())
}

/// A key that is told by one byte.
pub(in crate::app) fn key(byte: u8) -> SessionKey {
    SessionKey::from_bytes(&[byte; 32]).expect("a key")
}

/// A price in whole tokens.
pub(in crate::app) fn price(whole: u128) -> Price {
    Price::from_scaled(whole * Price::SCALE).expect("not zero")
}

/// An amount of whole tokens.
pub(in crate::app) fn tokens(whole: u128, decimals: u32) -> TokenAmount {
    TokenAmount::from_raw(whole * 10_u128.pow(decimals))
}

/// The grant as it is kept.
pub(in crate::app) fn stored_grant() -> StoredGrant {
    let network = crate::contracts::network_by_id("local").expect("a network");
    let venue = UniswapV3::new(network.pool.expect("a pool"));
    let context = TermsContext {
        base_balance: tokens(4, 18),
        quote_balance: tokens(10_000, 6),
        price: price(2_500),
        pair: venue.pair(),
        is_local: true,
    };
    let terms = Terms::sensible(&context);
    let (session_key, buy_salt) = (key(1).address(), B256::repeat_byte(1));
    // Grinding takes a second without optimization.
    static SELL_SALT: LazyLock<B256> =
        LazyLock::new(|| preview::pair_salt(key(1).address(), B256::repeat_byte(1), B256::ZERO));
    let keys = GrantKeys { session_key, buy_salt, sell_salt: *SELL_SALT };
    let valid_until = START.plus_secs(86_400);
    let grant_key = GrantKey { account: ACCOUNT, keys, valid_until };
    let grant = preview::build(&venue, network.chain_id, &terms, &grant_key).expect("a grant");
    let signature = key(2).sign_hash(grant.digest());
    let signed = SignedGrant::new(grant, key(2).address(), &signature).expect("signed");
    StoredGrant { signed: Rc::new(signed), terms, signed_at: START, life: GrantLife::Active }
}
