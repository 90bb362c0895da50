//! The sponsor (ERC-7677): first a stub for estimating, then the word that is signed.

use std::rc::Rc;

use alloy_primitives::Bytes;
use serde_json::{Value, json};

use super::asker::Asker;
use super::bundler::chain_id_json;
use super::operation_wire::draft_json;
use super::paymaster_offer::{OfferLimits, PaymasterOffer, read_offer};
use super::{Peer, PeerRole, RpcError};
use crate::account::UserOperationDraft;
use crate::contracts::{Dialect, ENTRY_POINT};
use crate::ports::Transport;

/// Seconds of sponsorship that are asked for where one may ask.
const SPONSORED_SECS: u64 = 300;

/// Under which of the sponsor's policies to ask.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SponsorPolicy {
    /// `sponsorshipPolicyId`, for sponsors that need one.
    pub id: Option<String>,
}

/// A sponsor.
#[derive(Debug)]
pub struct Paymaster {
    asker: Asker,
    dialect: Dialect,
    policy: SponsorPolicy,
    chain_id: u64,
}

impl Paymaster {
    /// The sponsor behind `transport`, called `name` (its host) in messages.
    pub fn new(
        transport: Rc<dyn Transport>,
        name: &str,
        dialect: Dialect,
        chain_id: u64,
        policy: SponsorPolicy,
    ) -> Self {
        Self { asker: Asker::new(transport, PeerRole::Paymaster, name), dialect, policy, chain_id }
    }

    /// Who it is, for messages.
    pub const fn peer(&self) -> &Peer {
        self.asker.peer()
    }

    /// Sponsor fields of the final shape, for estimating only; `None` where the sponsor has no such method and
    /// [`Paymaster::sponsor`] fills in the gas as well.
    ///
    /// # Errors
    /// [`RpcError`]; an offer beyond `limits` is [`RpcError::Unacceptable`].
    pub async fn stub(
        &self,
        draft: &UserOperationDraft,
        signature: &Bytes,
        limits: &OfferLimits<'_>,
    ) -> Result<Option<PaymasterOffer>, RpcError> {
        match self.dialect {
            Dialect::Biconomy => Ok(None),
            Dialect::Pimlico | Dialect::Candide => {
                self.offer("pm_getPaymasterStubData", draft, signature, limits).await.map(Some)
            }
        }
    }

    /// The sponsor's word for exactly this draft, gas and fees included: whatever changes afterwards breaks it.
    ///
    /// # Errors
    /// As [`Paymaster::stub`].
    pub async fn sponsor(
        &self,
        draft: &UserOperationDraft,
        signature: &Bytes,
        limits: &OfferLimits<'_>,
    ) -> Result<PaymasterOffer, RpcError> {
        self.offer("pm_getPaymasterData", draft, signature, limits).await
    }

    async fn offer(
        &self,
        method: &'static str,
        draft: &UserOperationDraft,
        signature: &Bytes,
        limits: &OfferLimits<'_>,
    ) -> Result<PaymasterOffer, RpcError> {
        let operation = draft_json(draft, signature);
        let params = json!([operation, ENTRY_POINT, chain_id_json(self.chain_id), self.context()]);
        let before = draft.sponsorship.as_ref();
        let offer = self.asker.ask(method, params, |wire| read_offer(&wire, before, limits)).await?;
        match limits.objection(&offer) {
            Some(why) => Err(RpcError::Unacceptable { peer: self.peer().clone(), method, why }),
            None => Ok(offer),
        }
    }

    fn context(&self) -> Value {
        match (self.dialect, &self.policy.id) {
            (Dialect::Biconomy, _) => json!({
                "mode": "SPONSORED",
                "expiryDuration": SPONSORED_SECS,
                "calculateGasLimits": true,
                "sponsorshipInfo": { "smartAccountInfo": { "name": "BICONOMY", "version": "2.0.0" } },
            }),
            (Dialect::Pimlico | Dialect::Candide, Some(id)) => json!({ "sponsorshipPolicyId": id }),
            (Dialect::Pimlico | Dialect::Candide, None) => json!({}),
        }
    }
}

#[cfg(test)]
mod tests;
