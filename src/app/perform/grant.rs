//! The one signature: a key is born, everything that will be signed is built and checked three ways, the
//! owner signs, and only then is anything kept.

use std::rc::Rc;

use alloy_primitives::{Address, B256};
use futures_util::future::{try_join, try_join3};
use zeroize::Zeroizing;

use crate::account::SessionKey;
use crate::app::event::{GrantPlan, PreparedGrant, Saved};
use crate::app::grants::{GrantLife, StoredGrant};
use crate::app::perform::{bundler, contracts, sign as signing, storage, wallet};
use crate::app::preview::{self, GrantKey};
use crate::app::{Environment, Failure};
use crate::contracts::{NEXUS_FACTORY, Network};
use crate::ports::VaultError;
use crate::rpc::{BlockTag, Node};
use crate::session::{Grant, Leg, SignedGrant, Verification, expected_verification_gas};
use crate::trading::Terms;
use crate::units::UnixSecs;
use crate::venue::{GrantKeys, UniswapV3};

pub(super) async fn prepare(environment: &Environment, plan: &GrantPlan) -> Result<PreparedGrant, Failure> {
    let network = plan.services.network;
    let pool = network.pool.as_ref().ok_or_else(|| Failure::new("This network has no pool."))?;
    check_gas(network, &plan.terms)?;
    let node = plan.services.node(environment);
    let factory = async { Ok(node.deposit(NEXUS_FACTORY, BlockTag::Latest).await?) };
    let (flavour, (), factory) = try_join3(
        contracts::flavour(environment, &plan.services),
        bundler::check(environment, &plan.services),
        factory,
    )
    .await?;
    if !factory.is_staked {
        return Err(Failure::new(
            "The account factory has no stake on this network, so bundlers would refuse the first operation.",
        )
        .with_advice("Choose another network."));
    }
    storage::probe(environment).await?;
    let (secret, key) = new_key(environment)?;
    let venue = UniswapV3::new(*pool);
    let valid_until = plan.now.plus_secs(plan.terms.lifetime_secs);
    let grant_key = GrantKey { account: plan.account, keys: keys(environment, key.address()), valid_until };
    let grant = preview::build(&venue, network.chain_id, &plan.terms, &grant_key).map_err(refused)?;
    check_nonces_and_digests(&node, &grant).await?;
    let sentences = preview::sentences_of(&grant, &venue).map_err(refused)?;
    let typed_data = grant.typed_data_json();
    let name = signing::key_name(key.address());
    environment.vault.put(&name, &secret).await.map_err(|error| no_vault(&error))?;
    Ok(PreparedGrant { grant, owner: plan.owner, terms: plan.terms, typed_data, sentences, flavour })
}

/// 15 % above what was measured, for a pool or token that differs.
fn first_verification(may_renounce: bool, lots: u32) -> u64 {
    expected_verification_gas(Verification::DeployAndEnable, may_renounce, lots) * 115 / 100
}

/// The first operation is the largest: it creates the account and enables a permission. What makes it small
/// enough is offered, where something does.
fn check_gas(network: &Network, terms: &Terms) -> Result<(), Failure> {
    let cap = network.verification_gas_cap;
    let needed = first_verification(terms.may_renounce, terms.lots_per_trade);
    if needed <= cap {
        return Ok(());
    }
    let advice = if terms.may_renounce && first_verification(false, terms.lots_per_trade) <= cap {
        "Turn off “may end itself”, which makes it small enough."
    } else if first_verification(terms.may_renounce, 1) <= cap {
        "Trade one lot at a time, which makes it small enough."
    } else if first_verification(false, 1) <= cap {
        "Turn off “may end itself” and trade one lot at a time, which makes it small enough."
    } else {
        "Choose another network."
    };
    let refusal = "This network's bundler takes no operation as big as the first one would be.";
    Err(Failure::new(refusal).with_advice(advice).with_details(&format!("{needed} gas, cap {cap}")))
}

/// Fresh random key. A source that gives the same bytes twice, or zeros, is refused.
fn new_key(environment: &Environment) -> Result<(Zeroizing<[u8; 32]>, SessionKey), Failure> {
    let draw = || {
        let mut secret = Zeroizing::new([0; 32]);
        environment.entropy.fill(&mut *secret);
        secret
    };
    let (first, second) = (draw(), draw());
    let weak = || Failure::new("This browser gives no usable randomness, so no key was made.");
    if *first == *second || *second == [0; 32] {
        return Err(weak());
    }
    let key = SessionKey::from_bytes(&second).ok_or_else(weak)?;
    Ok((second, key))
}

/// A random salt for buying, and one for selling ground until both ids share their first 16 bits.
fn keys(environment: &Environment, session_key: Address) -> GrantKeys {
    let draw = || {
        let mut salt = B256::ZERO;
        environment.entropy.fill(salt.as_mut_slice());
        salt
    };
    let buy_salt = draw();
    GrantKeys { session_key, buy_salt, sell_salt: preview::pair_salt(session_key, buy_salt, draw()) }
}

/// The contract must say the same digest for the same session, and the nonces must be the ones signed.
async fn check_nonces_and_digests(node: &Node, grant: &Grant) -> Result<(), Failure> {
    for leg in [Leg::Buy, Leg::Sell] {
        let permission = grant.leg(leg);
        let (id, account) = (permission.id().0, grant.account());
        let (nonce, digest) = try_join(
            node.enable_nonce(id, account, BlockTag::Latest),
            node.session_digest(id, account, permission.session().clone(), BlockTag::Latest),
        )
        .await?;
        if nonce != permission.nonce() || digest != permission.digest() {
            return Err(Failure::new(
                "The contract understands this grant differently, so nothing is signed.",
            )
            .with_details(&format!("digest {digest} instead of {}, nonce {nonce}", permission.digest())));
        }
    }
    Ok(())
}

pub(super) async fn sign(
    environment: &Environment,
    wallet_id: &str,
    prepared: PreparedGrant,
    now: UnixSecs,
) -> Result<StoredGrant, Failure> {
    let key_name = signing::key_name(prepared.grant.session_key());
    let outcome = ask_and_store(environment, wallet_id, prepared, now).await;
    if outcome.is_err() {
        // Nothing was granted, so its key must not stay behind; a failure to wipe changes nothing for the person.
        let _wiped = environment.vault.wipe(&key_name).await;
    }
    outcome
}

async fn ask_and_store(
    environment: &Environment,
    wallet_id: &str,
    prepared: PreparedGrant,
    now: UnixSecs,
) -> Result<StoredGrant, Failure> {
    let owner = prepared.owner;
    let signature = wallet::of(environment, wallet_id).sign_typed_data(owner, &prepared.typed_data).await?;
    let signed = SignedGrant::new(prepared.grant, owner, &signature)
        .map_err(|error| signing::foreign(&error.to_string()))?;
    let stored = StoredGrant {
        signed: Rc::new(signed),
        terms: prepared.terms,
        signed_at: now,
        life: GrantLife::Active,
    };
    storage::save(environment, Saved::Grant(Box::new(stored.clone()))).await?;
    Ok(stored)
}

fn refused(error: impl std::fmt::Display) -> Failure {
    Failure::new("These terms cannot be written as on-chain rules, so nothing is signed.")
        .with_details(&error.to_string())
}

fn no_vault(error: &VaultError) -> Failure {
    Failure::new("This browser cannot keep a session key safely, so none was made.")
        .with_advice("Open the page over https or on 127.0.0.1, outside private mode.")
        .with_details(&error.to_string())
}

#[cfg(test)]
mod tests;
