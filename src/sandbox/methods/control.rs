//! Levers of market and time: the local stack's own words (`leash_…`), so that one suite drives both chains, and the sandbox's
//! (`sandbox_…`).

use alloy_primitives::{Address, U256, address};
use alloy_sol_types::SolCall as _;
use serde_json::{Value, json};

use super::{Answer, Refusal};
use crate::contracts::abi::IERC20;
use crate::evm::{Fees, Message};
use crate::sandbox::drill;
use crate::sandbox::market::{self, Mood, Wish};
use crate::sandbox::{Flavour, SUGGESTED_TIP, Sandbox, describe};
use crate::units::{TokenAmount, UnixMillis};

/// Mints for whoever asks: the same account as on the local stack.
const FAUCET: Address = address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955");
/// What one call mints, in whole tokens.
const FAUCET_BASE: u64 = 4;
const FAUCET_QUOTE: u64 = 10_000;
/// Far more than minting needs.
const FAUCET_GAS: u64 = 200_000;
/// A shock moves the price by half of it at most, in hundredths of a percent.
const MOST_SHOCK_BPS: i64 = 5_000;
/// Fastest, in chain seconds per real second.
const TOP_SPEED: u64 = 1_000;
/// The clock jumps by a year at most, in seconds.
const LONGEST_JUMP: u64 = 365 * 86_400;

/// Answers a method of this family.
pub(super) fn answer(sandbox: &mut Sandbox, method: &str, params: &Value) -> Answer {
    let first = params.get(0).unwrap_or(&Value::Null);
    Some(match method {
        "leash_faucet" => faucet(sandbox, first),
        "leash_market" => leash_market(sandbox, first),
        "leash_services" => drill::services(sandbox, first),
        "leash_stack" => Ok(describe(Flavour::of(sandbox.chain().world()))),
        "sandbox_market" => sandbox_market(sandbox, first),
        "sandbox_time" => time(sandbox, first),
        "sandbox_faults" => drill::steer(sandbox, first),
        "sandbox_status" => Ok(status(sandbox)),
        "sandbox_reset" => {
            sandbox.reset();
            Ok(status(sandbox))
        }
        _ => return None,
    })
}

/// Mints both demo tokens to an address; answers what it minted.
fn faucet(sandbox: &mut Sandbox, to: &Value) -> Result<Value, Refusal> {
    let parsed = to.as_str().and_then(|text| text.parse::<Address>().ok());
    let to = parsed.filter(|to| !to.is_zero());
    let to = to.ok_or_else(|| Refusal::params("leash_faucet takes one address"))?;
    let (facts, chain) = (sandbox.facts(), sandbox.chain_mut());
    let mut minted = json!({});
    for (token, whole) in [(facts.base, FAUCET_BASE), (facts.quote, FAUCET_QUOTE)] {
        let amount = U256::from(whole) * U256::from(10).pow(U256::from(token.decimals));
        let max = 2 * u128::from(chain.next_base_fee()) + SUGGESTED_TIP;
        let message = Message {
            from: FAUCET,
            to: Some(token.address),
            value: U256::ZERO,
            data: IERC20::mintCall { to, amount }.abi_encode().into(),
            gas_limit: FAUCET_GAS,
            fees: Fees::Dynamic { max, max_priority: SUGGESTED_TIP },
            nonce: None,
            access_list: Vec::new(),
        };
        chain.submit(message)?;
        minted[token.symbol] = json!(whole.to_string());
    }
    if !chain.automine() {
        chain.mine();
    }
    Ok(minted)
}

fn leash_market(sandbox: &mut Sandbox, wish: &Value) -> Result<Value, Refusal> {
    let facts = sandbox.facts();
    let wish = Wish::read(facts, wish).map_err(Refusal::params)?;
    let (market, chain) = sandbox.market_and_chain().ok_or_else(no_market)?;
    market.grant(chain, facts, &wish)?;
    let price = market::price(chain, facts).ok_or_else(no_market)?;
    Ok(json!({
        "price": TokenAmount::from_raw(price.scaled()).format(18),
        "timestamp": chain.head().timestamp,
        "pause": market.is_paused(),
        "step_secs": market.step_secs(),
    }))
}

/// Any of `trend` (millionths a step), `volatility` (percent), `seed`, `shock_bps`, `pause`; what is not named
/// stays.
fn sandbox_market(sandbox: &mut Sandbox, wish: &Value) -> Result<Value, Refusal> {
    let fields = Fields::of("sandbox_market", wish, &["trend", "volatility", "seed", "shock_bps", "pause"])?;
    let facts = sandbox.facts();
    let (market, chain) = sandbox.market_and_chain().ok_or_else(no_market)?;
    let before = market.mood();
    let mood = Mood {
        trend_ppm: fields.number("trend")?.unwrap_or(before.trend_ppm),
        volatility: fields.number("volatility")?.unwrap_or(before.volatility),
    };
    if !mood.is_sane() {
        return Err(Refusal::params("`trend` is -1000 to 1000, `volatility` is 0 to 1000"));
    }
    let seed: Option<u64> = fields.number("seed")?;
    let pause = fields.get("pause").map(|pause| pause.as_bool());
    let pause = pause.map(|pause| pause.ok_or_else(|| Refusal::params("`pause` is true or false")));
    let pause = pause.transpose()?;
    let bps: Option<i32> = fields.number("shock_bps")?;
    if bps.is_some_and(|bps| i64::from(bps).abs() > MOST_SHOCK_BPS) {
        return Err(Refusal::params("`shock_bps` is -5000 to 5000"));
    }
    market.set_mood(mood);
    if let Some(seed) = seed {
        market.reseed(seed);
    }
    market.pause(pause.unwrap_or(market.is_paused()));
    if let Some(bps) = bps {
        market.shock(chain, facts, bps)?;
    }
    Ok(status(sandbox))
}

/// `speed` in chain seconds per real second, then `jump_secs` ahead or `to_secs` since 1970. The clock never
/// goes back.
fn time(sandbox: &mut Sandbox, wish: &Value) -> Result<Value, Refusal> {
    let fields = Fields::of("sandbox_time", wish, &["speed", "jump_secs", "to_secs"])?;
    let speed: Option<u64> = fields.number("speed")?;
    if speed.is_some_and(|speed| !(1..=TOP_SPEED).contains(&speed)) {
        return Err(Refusal::params("`speed` is 1 to 1000"));
    }
    let now = sandbox.chain().now().0.max(sandbox.chain().head().timestamp);
    let to = match (fields.number::<u64>("jump_secs")?, fields.number::<u64>("to_secs")?) {
        (None, None) => None,
        (Some(secs), None) => Some(now.saturating_add(secs)),
        (None, Some(to)) => Some(to),
        (Some(_), Some(_)) => return Err(Refusal::params("`jump_secs` or `to_secs`, not both")),
    };
    if to.is_some_and(|to| to < now) {
        return Err(Refusal::params("time does not run backwards"));
    }
    if to.is_some_and(|to| to - now > LONGEST_JUMP) {
        return Err(Refusal::params("the clock jumps by a year at most"));
    }
    let chain = sandbox.chain_mut();
    if let Some(speed) = speed {
        chain.clock_mut().set_speed(u32::try_from(speed * 1_000).unwrap_or(u32::MAX));
    }
    if let Some(to) = to {
        chain.clock_mut().set(UnixMillis(to * 1_000));
        // The chain's own time is that of its newest block.
        chain.mine();
    }
    Ok(status(sandbox))
}

fn status(sandbox: &Sandbox) -> Value {
    let (chain, facts) = (sandbox.chain(), sandbox.facts());
    let scale = sandbox.time_scale();
    let (waiting, blocked) = chain.waiting();
    let market = sandbox.market().map(|market| {
        let price = market::price(chain, facts).map(|price| TokenAmount::from_raw(price.scaled()).format(18));
        json!({
            "price": price,
            "pause": market.is_paused(),
            "seed": market.seed(),
            "step_secs": market.step_secs(),
            "trend": market.mood().trend_ppm,
            "volatility": market.mood().volatility,
            "trouble": sandbox.trouble(),
        })
    });
    json!({
        "chain_id": chain.chain_id(),
        "contracts": Flavour::of(chain.world()).map(Flavour::name),
        "seed": sandbox.options().seed,
        "block": chain.head().number,
        "timestamp": chain.head().timestamp,
        "chain_millis": chain.clock().now().0,
        "speed": f64::from(scale.speed_permille) / 1_000.0,
        "automine": chain.automine(),
        "waiting": waiting + blocked,
        "market": market,
        "wallet": sandbox.wallet_address(),
        "faults": sandbox.faults().told(),
        "operations_waiting": sandbox.operations_waiting(),
    })
}

fn no_market() -> Refusal {
    Refusal::new(-32_000, "there is no pool to trade in")
}

/// The fields of an object that knows its own names.
struct Fields<'a>(&'a serde_json::Map<String, Value>);

impl<'a> Fields<'a> {
    fn of(method: &str, wish: &'a Value, known: &[&str]) -> Result<Self, Refusal> {
        let fields = wish.as_object();
        let fields = fields.ok_or_else(|| Refusal::params(format!("{method} takes one object")))?;
        match fields.keys().find(|key| !known.contains(&key.as_str())) {
            Some(unknown) => Err(Refusal::params(format!("{method} does not know `{unknown}`"))),
            None => Ok(Self(fields)),
        }
    }

    fn get(&self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn number<T: TryFrom<i128>>(&self, name: &str) -> Result<Option<T>, Refusal> {
        let Some(value) = self.get(name) else { return Ok(None) };
        let whole = value.as_u64().map(i128::from).or_else(|| value.as_i64().map(i128::from));
        let number = whole.and_then(|whole| T::try_from(whole).ok());
        number.map(Some).ok_or_else(|| Refusal::params(format!("`{name}` is no whole number in range")))
    }
}
