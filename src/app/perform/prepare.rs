//! From a plan to final bytes: nonce, fees, stub, estimate, headroom, the sponsor's word, hash, simulation.
//!
//! When nonce, fees and gas are known from before, one round of requests is left: the sponsor's word, and a
//! simulation beside it.

use alloy_primitives::{Bytes, U256};
use futures_util::future::try_join;

use crate::account::{
    Call, Fees, GasLimits, Sponsorship, UserOperationDraft, create_account_call_data, execute_call_data,
    parse_bundler_message,
};
use crate::app::operation::{Authority, GasMemory, OperationPlan, PreparedOperation};
use crate::app::perform::bundler;
use crate::app::perform::sign::grant_signature;
use crate::app::services::Services;
use crate::app::{Environment, Failure};
use crate::contracts::{ENTRY_POINT, NEXUS_FACTORY, Network};
use crate::rpc::{BlockTag, Bundler, Node, OfferLimits, Paymaster, RpcError, WordHolds};
use crate::session::{Leg, SignedGrant};
use crate::units::UnixSecs;

/// Longest sponsorship accepted on live networks: an operation that hangs is dead after it.
const LONGEST_SPONSORSHIP_SECS: u64 = 600 + CLOCKS_DIFFER_SECS;
/// How far a sponsor's clock may be from the chain's.
const CLOCKS_DIFFER_SECS: u64 = 30;
/// An owner's transaction carries its own operation at fee 0; these are its limits.
const OWNER_VERIFICATION_GAS: u64 = 150_000;
/// The same with the account's creation.
const OWNER_DEPLOY_VERIFICATION_GAS: u64 = 700_000;
/// Its calls: six for a full revoke measured 364,000.
const OWNER_CALL_GAS: u64 = 600_000;
/// A well-formed signature of nobody: estimates count its bytes, and accept that it is wrong.
const NOBODY: [u8; 65] = {
    let mut bytes = [0x11; 65];
    bytes[64] = 27;
    bytes
};

/// The services of one preparation.
struct Desk<'a> {
    services: &'a Services,
    node: Node,
    bundler: Bundler,
    paymaster: Paymaster,
}

pub(super) async fn prepare(
    environment: &Environment,
    plan: OperationPlan,
) -> Result<PreparedOperation, Failure> {
    let desk = Desk {
        services: &plan.services,
        node: plan.services.node(environment),
        bundler: plan.services.bundler(environment),
        paymaster: plan.services.paymaster(environment),
    };
    let (draft, sponsored_until) = match &plan.authority {
        Authority::OwnerTransaction { .. } => (owner_draft(&desk, &plan).await?, None),
        Authority::Session { .. } | Authority::Owner { .. } if plan.is_bundler_known => {
            sponsored(&desk, &plan).await?
        }
        Authority::Session { .. } | Authority::Owner { .. } => {
            // Beside everything else: it has to be known before the signature, and not before that.
            let known = bundler::check(environment, &plan.services);
            try_join(sponsored(&desk, &plan), known).await?.0
        }
    };
    let session_until = match &plan.authority {
        Authority::Session { grant, leg, .. } => Some(grant.grant().leg(*leg).spec().valid_until),
        Authority::Owner { .. } | Authority::OwnerTransaction { .. } => None,
    };
    let valid_until = [sponsored_until, session_until].into_iter().flatten().min();
    // An owner's own transaction has no end in time: it is dead only when its nonce is used.
    let valid_until = valid_until.unwrap_or(UnixSecs(u64::MAX));
    let hash = draft.hash(plan.services.network.chain_id);
    Ok(PreparedOperation { plan, draft, hash, valid_until })
}

/// The draft with everything but gas and sponsor.
async fn bare(desk: &Desk<'_>, plan: &OperationPlan) -> Result<UserOperationDraft, Failure> {
    let nonce = async {
        match plan.nonce {
            Some(nonce) => Ok(nonce),
            None => desk.node.operation_nonce(plan.sender, plan.lane.key(), BlockTag::Latest).await,
        }
    };
    let fees = async {
        match plan.fees {
            Some(fees) => Ok(fees),
            None => desk.bundler.fees(&desk.node).await,
        }
    };
    let (nonce, fees) = try_join(nonce, fees).await?;
    let factory =
        (!plan.is_deployed).then(|| (NEXUS_FACTORY, create_account_call_data(plan.owner, U256::ZERO)));
    Ok(UserOperationDraft {
        sender: plan.sender,
        nonce,
        factory,
        call_data: execute_call_data(&plan.calls),
        fees,
        gas: GasLimits::default(),
        sponsorship: None,
    })
}

async fn sponsored(
    desk: &Desk<'_>,
    plan: &OperationPlan,
) -> Result<(UserOperationDraft, Option<UnixSecs>), Failure> {
    let mut draft = bare(desk, plan).await?;
    let signature = placeholder(&plan.authority);
    if let (Some(calls), Authority::Session { grant, .. }) = (&plan.rehearses_selling, &plan.authority) {
        rehearse_selling(desk, plan, &draft, grant, calls).await?;
    }
    if let Some(memory) = plan.gas_memory {
        return from_memory(desk, plan, draft, &signature, memory).await;
    }
    estimate(desk, &mut draft, &signature).await?;
    let valid_until = take_sponsor(desk, plan, &mut draft, &signature).await?;
    Ok((draft, valid_until))
}

/// Gas of an earlier operation of this shape: only the sponsor is asked, and the calls are tried beside it.
async fn from_memory(
    desk: &Desk<'_>,
    plan: &OperationPlan,
    mut draft: UserOperationDraft,
    signature: &Bytes,
    memory: GasMemory,
) -> Result<(UserOperationDraft, Option<UnixSecs>), Failure> {
    draft.gas = memory.gas;
    let trial = try_calls(desk, &draft);
    let mut sponsored = draft.clone();
    let sponsor = take_sponsor(desk, plan, &mut sponsored, signature);
    let (valid_until, ()) = try_join(sponsor, trial).await?;
    Ok((sponsored, valid_until))
}

/// Runs the calls as the EntryPoint would, against the latest state.
async fn try_calls(desk: &Desk<'_>, draft: &UserOperationDraft) -> Result<(), Failure> {
    if draft.factory.is_some() {
        return Ok(());
    }
    let trial =
        desk.node.call_from(Some(ENTRY_POINT), draft.sender, &draft.call_data, BlockTag::Latest).await;
    trial.map(|_| ()).map_err(explain)
}

/// Stub, estimate and headroom.
async fn estimate(desk: &Desk<'_>, draft: &mut UserOperationDraft, signature: &Bytes) -> Result<(), Failure> {
    let cap = desk.services.network.verification_gas_cap;
    let limits = OfferLimits::new(desk.services.network.paymasters, cap);
    if let Some(stub) = desk.paymaster.stub(draft, signature, &limits).await.map_err(explain)? {
        draft.sponsorship = Some(stub.sponsorship);
    }
    let estimate = desk.bundler.estimate(draft, signature).await.map_err(explain)?;
    draft.gas = estimate.gas.with_headroom(cap).map_err(|error| {
        Failure::new("The network's bundler takes no operation as big as this one.")
            .with_advice("Grant without the right to end itself, which makes the first operation smaller.")
            .with_details(&error.to_string())
    })?;
    if let Some(sponsorship) = &mut draft.sponsorship {
        let or = |estimated: Option<u64>, stub: u64| estimated.map_or(stub, |gas| gas.max(stub));
        sponsorship.verification_gas = or(estimate.paymaster_verification, sponsorship.verification_gas);
        sponsorship.post_op_gas = or(estimate.paymaster_post_op, sponsorship.post_op_gas);
    }
    Ok(())
}

/// The sponsor's word for the final operation, and until when it holds.
async fn take_sponsor(
    desk: &Desk<'_>,
    plan: &OperationPlan,
    draft: &mut UserOperationDraft,
    signature: &Bytes,
) -> Result<Option<UnixSecs>, Failure> {
    let network = desk.services.network;
    if let (None, Some(memory)) = (&draft.sponsorship, plan.gas_memory) {
        let (verification_gas, post_op_gas) = memory.paymaster_gas;
        let paymaster = network.paymasters.first().map(|sponsor| sponsor.address).unwrap_or_default();
        draft.sponsorship =
            Some(Sponsorship { paymaster, verification_gas, post_op_gas, data: Bytes::new() });
    }
    let limits = OfferLimits::new(network.paymasters, network.verification_gas_cap);
    let offer = desk.paymaster.sponsor(draft, signature, &limits).await.map_err(explain)?;
    if let Some(gas) = offer.gas {
        draft.gas = gas;
    }
    draft.sponsorship = Some(offer.sponsorship);
    match objection_to_word(network, offer.holds, plan.now) {
        Some(objection) => Err(objection),
        None => Ok(offer.holds.until()),
    }
}

/// Why an operation under a word that holds so long is not signed: while one hangs, nothing else trades, so it has
/// to be dead soon. The local stack's sponsor gives its word for most of a day.
fn objection_to_word(network: &Network, holds: WordHolds, now: UnixSecs) -> Option<Failure> {
    let refused = |how: &str| {
        Failure::new(format!("{how}, so it is not taken."))
            .with_advice("Try again later, or choose another sponsor under “Network details”.")
    };
    match holds {
        _ if network.is_local() => None,
        WordHolds::Unread(why) => Some(
            refused("How long the sponsor's word holds cannot be read")
                .with_details(&format!("Because {why}.")),
        ),
        WordHolds::Between { until: None, .. } => Some(refused("The sponsor's word would hold for ever")),
        WordHolds::Between { until: Some(until), .. } if until.secs_since(now) > LONGEST_SPONSORSHIP_SECS => {
            Some(refused("The sponsor's word would hold for more than ten minutes"))
        }
        WordHolds::Between { from, .. } if from.secs_since(now) > CLOCKS_DIFFER_SECS => {
            Some(refused("The sponsor's word holds only from later on"))
        }
        WordHolds::Between { .. } => None,
    }
}

/// Before the first purchase, proves that the permission to sell can be enabled and is sponsored.
async fn rehearse_selling(
    desk: &Desk<'_>,
    plan: &OperationPlan,
    draft: &UserOperationDraft,
    grant: &SignedGrant,
    calls: &[Call],
) -> Result<(), Failure> {
    let mut rehearsal = UserOperationDraft { call_data: execute_call_data(calls), ..draft.clone() };
    let signature = grant_signature(grant, Leg::Sell, true, &NOBODY);
    let outcome = async {
        estimate(desk, &mut rehearsal, &signature).await?;
        take_sponsor(desk, plan, &mut rehearsal, &signature).await
    };
    outcome.await.map(|_| ()).map_err(|failure| {
        Failure::new("Nothing was bought, because selling could not be proven possible.")
            .with_advice(failure.advice.clone())
            .with_details(&format!("{} {}", failure.sentence, failure.details))
    })
}

/// The owner's own transaction: no sponsor, fee 0, limits of our own.
async fn owner_draft(desk: &Desk<'_>, plan: &OperationPlan) -> Result<UserOperationDraft, Failure> {
    let nonce = desk.node.operation_nonce(plan.sender, plan.lane.key(), BlockTag::Latest).await?;
    let factory =
        (!plan.is_deployed).then(|| (NEXUS_FACTORY, create_account_call_data(plan.owner, U256::ZERO)));
    let verification = if plan.is_deployed { OWNER_VERIFICATION_GAS } else { OWNER_DEPLOY_VERIFICATION_GAS };
    let draft = UserOperationDraft {
        sender: plan.sender,
        nonce,
        factory,
        call_data: execute_call_data(&plan.calls),
        fees: Fees::default(),
        gas: GasLimits { pre_verification: 0, verification, call: OWNER_CALL_GAS },
        sponsorship: None,
    };
    try_calls(desk, &draft).await?;
    Ok(draft)
}

/// A signature of the final shape. The enabling part is real: an estimate with a false one would run another
/// path through the validator. The session's or owner's part is nobody's.
fn placeholder(authority: &Authority) -> Bytes {
    match authority {
        Authority::Session { grant, leg, enables } => grant_signature(grant, *leg, *enables, &NOBODY),
        Authority::Owner { .. } | Authority::OwnerTransaction { .. } => Bytes::from_static(&NOBODY),
    }
}

/// A bundler's or contract's refusal in plain words.
pub(super) fn explain(error: RpcError) -> Failure {
    let refusal = error.refusal().and_then(|(_, message, data)| {
        parse_bundler_message(message).or_else(|| data.and_then(parse_bundler_message))
    });
    let reverted = error.revert_data().map(|data| crate::account::Revert::decode(&data));
    match (refusal, reverted) {
        (Some(refusal), _) => {
            Failure::new(refusal.sentence()).with_advice(refusal.advice()).with_details(&error.details())
        }
        (None, Some(revert)) => Failure::new(revert.sentence()).with_details(&error.details()),
        (None, None) => error.into(),
    }
}

#[cfg(test)]
mod tests;
