//! The base fee's way from block to block (EIP-1559).

/// A block's target is half its limit.
const ELASTICITY: u64 = 2;
/// A block moves the fee by an eighth at most.
const CHANGE_DENOMINATOR: u128 = 8;

/// The base fee of the block after one that had `base_fee` and used `gas_used` of `gas_limit`; wei per gas.
pub(super) fn next_base_fee(base_fee: u64, gas_used: u64, gas_limit: u64) -> u64 {
    let target = (gas_limit / ELASTICITY).max(1);
    let change = |difference: u64| {
        u128::from(base_fee) * u128::from(difference) / u128::from(target) / CHANGE_DENOMINATOR
    };
    let fits = |change: u128| u64::try_from(change).unwrap_or(u64::MAX);
    if gas_used > target {
        base_fee.saturating_add(fits(change(gas_used - target).max(1)))
    } else {
        base_fee.saturating_sub(fits(change(target - gas_used)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_moves_by_an_eighth_at_most() {
        let gwei = 1_000_000_000;
        assert_eq!(next_base_fee(gwei, 15, 30), gwei);
        assert_eq!(next_base_fee(gwei, 0, 30), 875_000_000);
        assert_eq!(next_base_fee(gwei, 30, 30), 1_125_000_000);
        assert_eq!(next_base_fee(1, 30, 30), 2, "upwards by one at least");
        assert_eq!(next_base_fee(7, 0, 30), 7, "below eight it stands still");
        assert_eq!(next_base_fee(u64::MAX, u64::MAX, u64::MAX), u64::MAX);
        assert_eq!(next_base_fee(0, 0, 0), 0);
    }
}
