//! What a batch of calls does, in words: for what an owner signs as a bare hash.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::SolCall;

use crate::account::{Call, decode_execute};
use crate::contracts::abi::IERC20::{approveCall, transferCall};
use crate::contracts::abi::ISmartSession::{removeSessionCall, revokeEnableSignatureCall};
use crate::contracts::abi::ISwapRouter02::exactInputSingleCall;
use crate::contracts::{Network, SMART_SESSION, Token};
use crate::units::{Price, TokenAmount};

/// One sentence per call of the account's `execute`.
pub(super) fn sentences(call_data: &[u8], network: &Network) -> Vec<String> {
    match decode_execute(call_data) {
        Ok(calls) => calls.iter().map(|call| sentence(call, network)).collect(),
        Err(error) => vec![format!("This operation cannot be read ({error}). Do not sign it.")],
    }
}

fn sentence(call: &Call, network: &Network) -> String {
    let known = token_call(call, network).or_else(|| session_call(call)).or_else(|| swap_call(call, network));
    known.unwrap_or_else(|| {
        let ether = TokenAmount(call.value).format(18);
        if call.data.is_empty() {
            return format!("Send {ether} ETH to {}.", call.target);
        }
        let selector = call.data.get(..4).map(alloy_primitives::hex::encode_prefixed).unwrap_or_default();
        format!("Call {selector} of {} with {ether} ETH.", call.target)
    })
}

fn token_at(network: &Network, address: Address) -> Option<Token> {
    let pool = network.pool.as_ref()?;
    [pool.base, pool.quote].into_iter().find(|token| token.address == address)
}

fn token_call(call: &Call, network: &Network) -> Option<String> {
    let token = token_at(network, call.target)?;
    let amount = |raw: U256| format!("{} {}", TokenAmount(raw).format(token.decimals), token.symbol);
    if let Ok(approve) = approveCall::abi_decode(&call.data) {
        let router = network.pool.as_ref().is_some_and(|pool| pool.router == approve.spender);
        let spender = if router { "the Uniswap router".to_owned() } else { approve.spender.to_string() };
        return Some(if approve.amount.is_zero() {
            format!("Let {spender} take no {} any more.", token.symbol)
        } else {
            format!("Let {spender} take {}.", amount(approve.amount))
        });
    }
    let transfer = transferCall::abi_decode(&call.data).ok()?;
    Some(format!("Send {} to {}.", amount(transfer.amount), transfer.to))
}

fn session_call(call: &Call) -> Option<String> {
    if call.target != SMART_SESSION {
        return None;
    }
    let short = |id: B256| id.to_string().chars().take(10).collect::<String>();
    if let Ok(remove) = removeSessionCall::abi_decode(&call.data) {
        return Some(format!("End the session’s permission {}….", short(remove.permissionId)));
    }
    let burn = revokeEnableSignatureCall::abi_decode(&call.data).ok()?;
    Some(format!("Make your signature for permission {}… void for ever.", short(burn.permissionId)))
}

/// The worst price that the first swap of a batch would take; none where there is none.
pub(super) fn worst_price(call_data: &[u8], network: &Network) -> Option<Price> {
    let pool = network.pool.as_ref()?;
    let swap = |call: &Call| exactInputSingleCall::abi_decode(&call.data).ok();
    let params = decode_execute(call_data).ok()?.iter().find_map(swap)?.params;
    let (paid, least) = (TokenAmount(params.amountIn), TokenAmount(params.amountOutMinimum));
    let (quote, base) = if params.tokenIn == pool.quote.address { (paid, least) } else { (least, paid) };
    Price::from_amounts(quote, pool.quote.decimals, base, pool.base.decimals).ok()
}

fn swap_call(call: &Call, network: &Network) -> Option<String> {
    let params = exactInputSingleCall::abi_decode(&call.data).ok()?.params;
    let (sold, bought) = (token_at(network, params.tokenIn)?, token_at(network, params.tokenOut)?);
    Some(format!(
        "Swap {} {} for at least {} {}, paid to {}.",
        TokenAmount(params.amountIn).format(sold.decimals),
        sold.symbol,
        TokenAmount(params.amountOutMinimum).format(bought.decimals),
        bought.symbol,
        params.recipient
    ))
}
