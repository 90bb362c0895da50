//! What anybody may do.

use alloy_primitives::aliases::{U24, U160};
use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use k256::ecdsa::SigningKey;
use leash::contracts::abi::{IERC20, IQuoterV2, ISwapRouter02, IUniswapV3Pool};
use leash::evm::{AccessListItem, Fees, Message};
use leash::sandbox::{DEV_ACCOUNTS, SignatureParts, Transaction};
use serde_json::json;

use crate::dice::Dice;
use crate::pair::{Pair, hex};
use crate::venue::{facts, token_code};

/// The secret of the first well-known account.
const FIRST_SECRET: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

/// One random transaction.
pub(crate) fn act(pair: &mut Pair, dice: &mut Dice) {
    match dice.below(12) {
        0 => transfer(pair, dice),
        1..=3 => token(pair, dice),
        4..=7 => swap(pair, dice),
        8 => quote(pair, dice),
        9 => deploy(pair, dice),
        10 => random_code(pair, dice),
        _ => raw(pair, dice),
    }
}

fn trader(dice: &mut Dice) -> Address {
    *dice.pick(&DEV_ACCOUNTS[..4])
}

fn stranger(dice: &mut Dice) -> Address {
    Address::repeat_byte(dice.pick(&[0x21, 0x22, 0x23, 0x24]).to_owned())
}

fn either_token(dice: &mut Dice) -> Address {
    *dice.pick(&[facts().base.address, facts().quote.address])
}

/// Also more than there is, also to contracts that take none.
fn transfer(pair: &mut Pair, dice: &mut Dice) {
    let among = [stranger(dice), trader(dice), facts().router, facts().pool];
    let to = *dice.pick(&among);
    let values = [U256::ZERO, U256::from(dice.roll()), U256::from(1) << 100];
    let value = *dice.pick(&values);
    let mut transaction = json!({ "from": trader(dice), "to": to, "value": hex(value) });
    if dice.below(3) == 0 {
        transaction["gas"] = hex(20_990 + dice.below(20));
    }
    pair.send(transaction);
}

fn token(pair: &mut Pair, dice: &mut Dice) {
    let (from, to) = (trader(dice), stranger(dice));
    let amounts = [U256::from(dice.roll()), U256::ZERO, U256::MAX];
    let amount = *dice.pick(&amounts);
    let data = match dice.below(4) {
        0 => IERC20::mintCall { to, amount: U256::from(dice.roll()) }.abi_encode(),
        1 => IERC20::transferCall { to, amount }.abi_encode(),
        2 => IERC20::approveCall { spender: to, amount }.abi_encode(),
        _ => IERC20::transferFromCall { from: trader(dice), to, amount }.abi_encode(),
    };
    let mut transaction = json!({ "from": from, "to": either_token(dice), "data": Bytes::from(data) });
    // Often enough, sometimes not.
    if dice.below(2) == 0 {
        transaction["gas"] = hex(24_000 + dice.below(40_000));
    }
    pair.send(transaction);
}

/// Both ways, with all kinds of limits.
fn swap(pair: &mut Pair, dice: &mut Dice) {
    let facts = facts();
    let sells = dice.below(2) == 0;
    let (from, to) = if sells {
        (facts.base.address, facts.quote.address)
    } else {
        (facts.quote.address, facts.base.address)
    };
    let amount = if sells { dice.below(10_000_000_000) * 1_000_000_000 } else { dice.below(50_000_000_000) };
    let current = pair.view(facts.pool, &IUniswapV3Pool::slot0Call {}).sqrtPriceX96;
    let aside = current / U160::from(2_000 + dice.below(100_000));
    let limit = *dice.pick(&[U160::ZERO, U160::ZERO, current + aside, current - aside, U160::from(1)]);
    let recipients = [stranger(dice), Address::with_last_byte(1), Address::with_last_byte(2)];
    let few = U256::from(dice.below(1_000_000));
    let least = [U256::ZERO, few, U256::ZERO, few, few, few, U256::MAX];
    let params = ISwapRouter02::ExactInputSingleParams {
        tokenIn: from,
        tokenOut: to,
        fee: U24::from(if dice.below(12) == 0 { 3_000 } else { facts.fee }),
        recipient: *dice.pick(&recipients),
        amountIn: U256::from(amount),
        amountOutMinimum: *dice.pick(&least),
        sqrtPriceLimitX96: limit,
    };
    let data = Bytes::from(ISwapRouter02::exactInputSingleCall { params }.abi_encode());
    pair.send(json!({ "from": trader(dice), "to": facts.router, "data": data }));
}

/// Called only; the quoter reverts inside to tell what it found.
fn quote(pair: &mut Pair, dice: &mut Dice) {
    let facts = facts();
    let params = IQuoterV2::QuoteExactInputSingleParams {
        tokenIn: facts.base.address,
        tokenOut: facts.quote.address,
        amountIn: U256::from(dice.roll()),
        fee: U24::from(facts.fee),
        sqrtPriceLimitX96: U160::ZERO,
    };
    let data = Bytes::from(IQuoterV2::quoteExactInputSingleCall { params }.abi_encode());
    let call = json!([{ "to": facts.quoter, "data": data }, "latest"]);
    pair.ask("eth_call", &call).expect("a quote");
    pair.send(json!({ "from": trader(dice), "to": facts.quoter, "data": data }));
}

/// A token, now and then with too little gas.
fn deploy(pair: &mut Pair, dice: &mut Dice) {
    let code = token_code("Other", "OTHER", 9);
    let mut transaction = json!({ "from": trader(dice), "data": code });
    if dice.below(3) == 0 {
        transaction["gas"] = hex(300_000 + dice.below(900_000));
    }
    pair.send(transaction);
}

/// Random bytes as creation code and as runtime code: mostly halts, each with all its gas.
fn random_code(pair: &mut Pair, dice: &mut Dice) {
    let length = 1 + dice.below(60);
    // Not what differs by design: BLOCKHASH and PREVRANDAO; nor the precompiled contracts that are not there.
    let code: Vec<u8> = dice.bytes(length).into_iter().filter(|byte| ![0x40, 0x44].contains(byte)).collect();
    pair.send(json!({ "from": trader(dice), "data": Bytes::from(code.clone()), "gas": hex(200_000_u64) }));
    let at = Address::repeat_byte(0xc0);
    pair.ask("anvil_setCode", &json!([at, Bytes::from(code)])).expect("set");
    let data = Bytes::from(dice.bytes(40));
    pair.send(json!({ "from": trader(dice), "to": at, "data": data, "gas": hex(100_000_u64) }));
}

/// Signed bytes of every type, also with wrong nonces and fees.
fn raw(pair: &mut Pair, dice: &mut Dice) {
    let from = DEV_ACCOUNTS[0];
    let due = pair.ask("eth_getTransactionCount", &json!([from, "pending"])).expect("a nonce");
    let due = u64::from_str_radix(due.as_str().expect("text").trim_start_matches("0x"), 16).expect("64 bits");
    let wrong = due.saturating_sub(1);
    let nonce = *dice.pick(&[due, due, due, wrong]);
    let (max, tip) = *dice.pick(&[(3_000_000_000, 1_000_000_000), (3_000_000_000, 0), (1, 1), (5, 9)]);
    let fees = *dice.pick(&[Fees::Flat(2_500_000_000), Fees::Dynamic { max, max_priority: tip }]);
    let slots = vec![B256::ZERO, B256::with_last_byte(3)];
    let list = vec![AccessListItem { address: either_token(dice), slots }];
    let data = IERC20::mintCall { to: stranger(dice), amount: U256::from(dice.roll()) }.abi_encode();
    let message = Message {
        from,
        to: Some(either_token(dice)),
        value: U256::ZERO,
        data: data.into(),
        gas_limit: *dice.pick(&[100_000, 100_000, 30_000, 400_000_000]),
        fees,
        nonce: Some(nonce),
        access_list: dice.pick(&[Vec::new(), list]).clone(),
    };
    pair.send_raw(&sign(message, nonce).to_bytes(31_337).into());
}

fn sign(message: Message, nonce: u64) -> Transaction {
    let secret = alloy_primitives::hex::decode(FIRST_SECRET).expect("hex");
    let key = SigningKey::from_slice(&secret).expect("a key");
    let hash = Transaction::signing_hash(&message, nonce, 31_337);
    let (signature, id) = key.sign_prehash_recoverable(hash.as_slice()).expect("signed");
    let (r, s) = signature.split_bytes();
    let (r, s) = (U256::from_be_slice(&r), U256::from_be_slice(&s));
    Transaction::signed(message, nonce, 31_337, SignatureParts { y_is_odd: id.is_y_odd(), r, s })
}
