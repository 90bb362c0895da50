//! What a sponsor offers, and what of it Leash takes.

use alloy_primitives::Address;

use super::bundler::{optional_gas, override_gas};
use super::wire::{ShapeError, Wire};
use crate::account::{GasLimits, Sponsorship};
use crate::units::UnixSecs;

/// A sponsor's offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymasterOffer {
    /// What goes into the operation.
    pub sponsorship: Sponsorship,
    /// The account's limits, from sponsors that estimate too.
    pub gas: Option<GasLimits>,
    /// Whether a stub is already the final word.
    pub is_final: bool,
    /// When the offer ends, where its data can be read.
    pub valid_until: Option<UnixSecs>,
}

/// Bounds on offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfferLimits<'a> {
    /// Contracts that may sponsor; an empty list refuses every offer.
    pub paymasters: &'a [Address],
    /// Most verification gas of the sponsor.
    pub verification_gas: u64,
    /// Most gas of the sponsor afterwards.
    pub post_op_gas: u64,
    /// Most verification gas of the account, for sponsors that fill it in.
    pub account_verification_gas: u64,
}

impl<'a> OfferLimits<'a> {
    /// Usual bounds, for these sponsors and the network's cap.
    pub const fn new(paymasters: &'a [Address], account_verification_gas: u64) -> Self {
        Self { paymasters, verification_gas: 500_000, post_op_gas: 500_000, account_verification_gas }
    }

    /// Why the offer is not taken, as the end of a sentence; `None` when it is.
    pub fn objection(&self, offer: &PaymasterOffer) -> Option<String> {
        let Sponsorship { paymaster, verification_gas, post_op_gas, data } = &offer.sponsorship;
        if !self.paymasters.contains(paymaster) {
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
    Ok(PaymasterOffer {
        valid_until: singleton_valid_until(&sponsorship.data),
        gas: override_gas(wire)?,
        is_final: wire.optional("isFinal")?.map(|is_final| is_final.boolean()).transpose()?.unwrap_or(false),
        sponsorship,
    })
}

/// The end of a sponsorship by Pimlico's SingletonPaymaster v7 in verifying mode: one byte of mode and bundler
/// flag, then `validUntil` and `validAfter` of six bytes each, then a signature of 64 or 65. `None` for other
/// layouts, and for one without an end.
fn singleton_valid_until(data: &[u8]) -> Option<UnixSecs> {
    let (mode, rest) = data.split_first()?;
    let is_verifying = *mode <= 1 && matches!(rest.len(), 76 | 77);
    let (until, _) = rest.split_first_chunk::<6>().filter(|_| is_verifying)?;
    let secs = until.iter().fold(0_u64, |secs, byte| secs << 8 | u64::from(*byte));
    (secs > 0).then_some(UnixSecs(secs))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{Bytes, bytes};

    /// From an operation that was mined under the real contract.
    const MINED: Bytes = bytes!(
        "0100006b043e7a000000000000e9d822704da2a4240c5f45ddea23ab20415c1308bb75a7aa3f29aabfd46e5f1e340a181b53fcbb457de363560593b869e49d22c50c85c817136db067d75ca3991c"
    );

    #[test]
    fn the_end_of_a_sponsorship_is_read_where_the_layout_is_known() {
        assert_eq!(singleton_valid_until(&MINED), Some(UnixSecs(0x6b04_3e7a)));
        assert_eq!(singleton_valid_until(&MINED[..MINED.len() - 2]), None, "a byte short");
        assert_eq!(singleton_valid_until(&[]), None);
        let mut other = MINED.to_vec();
        other[0] = 3;
        assert_eq!(singleton_valid_until(&other), None, "another mode");
        let mut endless = MINED.to_vec();
        endless[1..7].fill(0);
        assert_eq!(singleton_valid_until(&endless), None, "zero means for ever");
    }
}
