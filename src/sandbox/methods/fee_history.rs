//! `eth_feeHistory`.

use serde_json::{Value, json};

use super::super::chain::{BLOCK_GAS_LIMIT, BlockId, Chain};
use super::Refusal;
use super::params::{Param, Params};
use super::wire::quantity;

/// Longest answer, in blocks.
const MOST_BLOCKS: u64 = 1_024;
/// Most percentiles in one request.
const MOST_PERCENTILES: usize = 100;

pub(super) fn answer(chain: &Chain, params: Params<'_>) -> Result<Value, Refusal> {
    let count = params.at(0)?.u64()?.clamp(1, MOST_BLOCKS);
    let last = chain.height(params.block(1)?)?;
    let percentiles = match params.optional(2) {
        Some(list) => list.list(MOST_PERCENTILES)?.iter().map(percentile).collect::<Result<Vec<_>, _>>()?,
        None => Vec::new(),
    };
    let first = (last + 1).saturating_sub(count);
    let (mut fees, mut used, mut rewards) = (Vec::new(), Vec::new(), Vec::new());
    for number in first..=last {
        let header = chain.header(BlockId::Number(number));
        let header =
            header.ok_or_else(|| Refusal::new(-32000, "the fees of these blocks are no longer kept"))?;
        fees.push(quantity(header.base_fee));
        used.push(json!(gas(header.gas_used) / gas(BLOCK_GAS_LIMIT)));
        let tips = tips(chain, number, header.base_fee);
        rewards.push(percentiles.iter().map(|share| quantity(at_share(&tips, *share))).collect::<Vec<_>>());
        if number == last {
            fees.push(quantity(header.next_base_fee()));
        }
    }
    let mut history = json!({ "oldestBlock": quantity(first), "baseFeePerGas": fees, "gasUsedRatio": used });
    if !percentiles.is_empty() {
        history["reward"] = json!(rewards);
    }
    Ok(history)
}

fn percentile(param: &Param<'_>) -> Result<f64, Refusal> {
    let share = param.value.as_f64().filter(|share| (0.0..=100.0).contains(share));
    share.map_or_else(|| param.wrong("is no percentile"), Ok)
}

/// The tips of a block with the gas they were paid for, least first.
fn tips(chain: &Chain, number: u64, base_fee: u64) -> Vec<(u128, u64)> {
    let tip = |price: u128| price.saturating_sub(u128::from(base_fee));
    let mut tips = Vec::new();
    for done in chain.receipts_of(number) {
        let paid = (tip(done.gas_price), done.gas_used);
        tips.insert(tips.partition_point(|other| *other < paid), paid);
    }
    tips
}

/// The tip that `percent` of the block's gas did not exceed.
fn at_share(tips: &[(u128, u64)], percent: f64) -> u128 {
    let wanted = tips.iter().map(|(_, used)| gas(*used)).sum::<f64>() * percent / 100.0;
    let mut sum = 0.0;
    let reached = |(_, used): &&(u128, u64)| {
        sum += gas(*used);
        sum >= wanted
    };
    tips.iter().find(reached).or(tips.last()).map_or(0, |(tip, _)| *tip)
}

/// A block's gas is far below 2^32.
fn gas(gas: u64) -> f64 {
    f64::from(u32::try_from(gas).unwrap_or(u32::MAX))
}
