//! What a sponsor offers, and what of it Leash takes.

use alloy_primitives::Address;

use super::bundler::{optional_gas, override_gas};
use super::sponsor_word::{WordHolds, read_word};
use super::wire::{ShapeError, Wire};
use crate::account::{GasLimits, Sponsorship};
use crate::contracts::Sponsor;

/// A sponsor's offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymasterOffer {
    /// What goes into the operation.
    pub sponsorship: Sponsorship,
    /// The account's limits, from sponsors that estimate too.
    pub gas: Option<GasLimits>,
    /// Whether a stub is already the final word.
    pub is_final: bool,
    /// How long it holds, as its contract will read it.
    pub holds: WordHolds,
}

/// Bounds on offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferLimits<'a> {
    /// Contracts that may sponsor; an empty list refuses every offer.
    pub paymasters: &'a [Sponsor],
    /// Most verification gas of the sponsor.
    pub verification_gas: u64,
    /// Most gas of the sponsor afterwards.
    pub post_op_gas: u64,
    /// Most verification gas of the account, for sponsors that fill it in.
    pub account_verification_gas: u64,
}

impl<'a> OfferLimits<'a> {
    /// Usual bounds, for these sponsors and the network's cap.
    pub const fn new(paymasters: &'a [Sponsor], account_verification_gas: u64) -> Self {
        Self { paymasters, verification_gas: 500_000, post_op_gas: 500_000, account_verification_gas }
    }

    fn sponsor(&self, address: Address) -> Option<&Sponsor> {
        self.paymasters.iter().find(|sponsor| sponsor.address == address)
    }

    /// Why the offer is not taken, as the end of a sentence; `None` when it is.
    pub fn objection(&self, offer: &PaymasterOffer) -> Option<String> {
        let Sponsorship { paymaster, verification_gas, post_op_gas, data } = &offer.sponsorship;
        if self.sponsor(*paymaster).is_none() {
            return Some(format!("{paymaster} is not a sponsor known here"));
        }
        if data.len() > 1_024 {
            return Some(format!("its data has {} bytes", data.len()));
        }
        if *verification_gas > self.verification_gas || *post_op_gas > self.post_op_gas {
            return Some(format!("it wants {verification_gas} and {post_op_gas} gas for itself"));
        }
        let too_much = offer.gas.filter(|gas| gas.verification > self.account_verification_gas);
        too_much.map(|gas| format!("it sets {} gas for verification", gas.verification))
    }
}

/// Reads an offer. Gas that it leaves out stays as it was `before`.
pub(super) fn read_offer(
    wire: &Wire<'_>,
    before: Option<&Sponsorship>,
    limits: &OfferLimits<'_>,
) -> Result<PaymasterOffer, ShapeError> {
    let gas = |name: &str, before: Option<u64>| match (optional_gas(wire, name)?, before) {
        (Some(gas), _) | (None, Some(gas)) => Ok(gas),
        (None, None) => wire.field(name).map(|_| 0),
    };
    let paymaster = wire.field("paymaster")?.address()?;
    let sponsorship = Sponsorship {
        paymaster,
        verification_gas: gas("paymasterVerificationGasLimit", before.map(|old| old.verification_gas))?,
        post_op_gas: gas("paymasterPostOpGasLimit", before.map(|old| old.post_op_gas))?,
        data: wire.field("paymasterData")?.bytes()?,
    };
    let unknown = WordHolds::Unread("its contract is not known here");
    let sponsor = limits.sponsor(paymaster);
    Ok(PaymasterOffer {
        holds: sponsor.map_or(unknown, |sponsor| read_word(sponsor.layout, &sponsorship.data)),
        gas: override_gas(wire)?,
        is_final: wire.optional("isFinal")?.map(|is_final| is_final.boolean()).transpose()?.unwrap_or(false),
        sponsorship,
    })
}
