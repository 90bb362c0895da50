//! Numbers, names and moments as a person reads them.

use alloy_primitives::{Address, U256, hex};
use alloy_sol_types::SolCall;

use crate::contracts::abi::{IERC20, IEntryPoint, ISmartSession, ISwapRouter02};
use crate::contracts::{PRODUCTION_CONTRACTS, SANDBOX_ID, network_by_id};

/// Longer bytes are shortened, in characters of hex.
const LONGEST_HEX: usize = 66;

/// `chainId` is "Chain id".
pub(super) fn spaced(name: &str) -> String {
    let mut said = String::new();
    let mut before = ' ';
    for c in name.chars().take(60) {
        if c.is_uppercase() && before.is_lowercase() {
            said.push(' ');
        }
        let is_first = said.is_empty();
        before = c;
        if is_first { said.extend(c.to_uppercase()) } else { said.extend(c.to_lowercase()) }
    }
    said
}

/// Bytes up to a hash whole, longer ones by their ends and length.
pub(super) fn brief_bytes(text: &str) -> String {
    if text.len() <= LONGEST_HEX || !text.is_ascii() {
        return text.chars().take(LONGEST_HEX).collect();
    }
    let (head, tail) = (&text[..18], &text[text.len() - 8..]);
    format!("{head}…{tail} ({} bytes)", text.len() / 2 - 1)
}

/// A quantity in hex or decimal.
pub(super) fn number(text: &str) -> Option<U256> {
    if text.is_empty() { None } else { text.parse().ok() }
}

pub(super) fn amount_of_ether(text: &str) -> String {
    let wei = number(text).unwrap_or_default();
    format!("{} ETH", crate::units::TokenAmount(wei).format(18))
}

/// What stands at an address, when it is known, with the address.
pub(super) fn name_of(text: &str) -> String {
    match text.parse::<Address>() {
        Ok(address) => match name(address) {
            Some(name) => format!("{name} ({address})"),
            None => address.to_string(),
        },
        Err(_) => brief_bytes(text),
    }
}

/// What stands at an address.
pub(super) fn name(address: Address) -> Option<&'static str> {
    let known = PRODUCTION_CONTRACTS.iter().find(|known| known.address == address).map(|known| known.name);
    known.or_else(|| {
        let pool = network_by_id(SANDBOX_ID)?.pool?;
        let places = [
            (pool.router, "SwapRouter02"),
            (pool.pool, "the Uniswap pool"),
            (pool.base.address, pool.base.symbol),
            (pool.quote.address, pool.quote.symbol),
        ];
        places.into_iter().find(|(place, _)| *place == address).map(|(_, name)| name)
    })
}

/// The function that call data names, with its arguments' names.
pub(super) fn known_function(selector: [u8; 4]) -> Option<(&'static str, &'static [&'static str])> {
    Some(match selector {
        ISwapRouter02::exactInputSingleCall::SELECTOR => (
            "exactInputSingle",
            &["Token in", "Token out", "Fee", "Recipient", "Amount in", "Least amount out", "Price limit"],
        ),
        IERC20::approveCall::SELECTOR => ("approve", &["Spender", "Amount"]),
        IERC20::transferCall::SELECTOR => ("transfer", &["To", "Amount"]),
        IERC20::mintCall::SELECTOR => ("mint", &["To", "Amount"]),
        IEntryPoint::handleOpsCall::SELECTOR => ("handleOps", &[]),
        ISmartSession::removeSessionCall::SELECTOR => ("removeSession", &["Permission"]),
        ISmartSession::revokeEnableSignatureCall::SELECTOR => ("revokeEnableSignature", &["Permission"]),
        _ => return None,
    })
}

/// The called function's name, or its selector.
pub(super) fn function_of(data: &str) -> String {
    let selector = data.get(..10).and_then(|head| hex::decode_to_array::<_, 4>(head).ok());
    match selector.map(|selector| (known_function(selector), selector)) {
        Some((Some((name, _)), _)) => name.to_owned(),
        Some((None, selector)) => hex::encode_prefixed(selector),
        None => "none".to_owned(),
    }
}

/// `2026-01-02 00:00:05 UTC`, by the calendar of Howard Hinnant's `civil_from_days`.
pub(super) fn utc(secs: u64) -> String {
    let (days, of_day) = (secs / 86_400, secs % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    format!("{year}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spaced() {
        for (name, said) in
            [("chainId", "Chain id"), ("to", "To"), ("MultiChainSession", "Multi chain session"), ("", "")]
        {
            assert_eq!(spaced(name), said);
        }
    }

    #[test]
    fn moments_follow_the_calendar() {
        for (secs, said) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_767_225_605, "2026-01-01 00:00:05 UTC"),
            (1_795_483_801, "2026-11-24 01:30:01 UTC"),
        ] {
            assert_eq!(utc(secs), said);
        }
    }

    #[test]
    fn long_bytes_are_shortened_and_hashes_are_not() {
        let hash = format!("0x{}", "ab".repeat(32));
        assert_eq!(brief_bytes(&hash), hash);
        assert_eq!(
            brief_bytes(&format!("0x{}", "ab".repeat(100))),
            "0xabababababababab…abababab (100 bytes)"
        );
    }

    #[test]
    fn addresses_have_the_names_of_the_table() {
        assert!(name_of("0x0000000071727De22E5E9d8BAf0edAc6f37da032").starts_with("EntryPoint (0x"));
        assert_eq!(name_of("0x1234"), "0x1234");
    }
}
