//! A chain of one pool and one account: blocks every two seconds, operations by sequence, blocks taken back.

use std::collections::BTreeMap;
use std::rc::Rc;

use alloy_primitives::aliases::U192;
use alloy_primitives::{B256, U256};
use alloy_sol_types::SolCall;

use super::faults::{Fate, Fault};
use crate::account::{NonceKey, UserOperationDraft, decode_execute};
use crate::contracts::SMART_SESSION;
use crate::contracts::abi::ISmartSession::{removeSessionCall, revokeEnableSignatureCall};
use crate::contracts::abi::ISwapRouter02::exactInputSingleCall;
use crate::session::{Leg, SignedGrant, Spent};
use crate::trading::Side;
use crate::units::UnixSecs;
use crate::venue::UniswapV3;

/// Seconds between blocks.
pub(super) const BLOCK_SECS: u64 = 2;
/// Blocks that were there before anybody looked.
pub(super) const HISTORY: u64 = 50;
/// Blocks for which the journal is compared with the chain.
const WATCHED: u64 = 64;
/// The pool's price stays between these.
const PRICES: std::ops::RangeInclusive<i64> = 2_350..=2_650;

/// What a unit of gas costs on a good day.
const FEE: u128 = 100;
/// Blocks of a spell in which it costs ten times as much, at most.
const DEAR_BLOCKS: u64 = 20;

/// A signed operation, as the bundler got it.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    pub(super) draft: UserOperationDraft,
    pub(super) hash: B256,
    pub(super) enables: bool,
    /// When the sponsor's word ends.
    pub(super) valid_until: UnixSecs,
}

/// Side, base tokens and quote tokens of a trade.
pub(super) type Moved = (Side, U256, U256);

/// One in a block.
#[derive(Clone, Debug)]
pub(super) struct Mined {
    pub(super) operation: Rc<Operation>,
    pub(super) success: bool,
    /// What a trade that ran through moved.
    pub(super) fill: Option<Moved>,
    /// What it said when it was undone.
    pub(super) reason: &'static str,
}

/// What the contracts hold.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) lanes: BTreeMap<U192, u64>,
    pub(super) enabled: [bool; 2],
    /// How often each leg's signature was used or burnt.
    pub(super) burnt: [u64; 2],
    pub(super) spent: [Spent; 2],
    pub(super) is_deployed: bool,
    pub(super) base: U256,
    pub(super) quote: U256,
}

#[derive(Clone, Debug)]
pub(super) struct Block {
    pub(super) number: u64,
    /// Which one of that number.
    fork: u64,
    pub(super) at: UnixSecs,
    pub(super) price: i64,
    /// What a unit of gas costs at least.
    pub(super) fee: u128,
    /// After its operations.
    pub(super) state: State,
    pub(super) mined: Vec<Mined>,
}

impl Block {
    pub(super) fn hash(&self) -> B256 {
        B256::from(U256::from(self.number) + (U256::from(self.fork) << 128_usize))
    }
}

/// One that waits in the bundler.
#[derive(Clone, Debug)]
struct Waiting {
    operation: Rc<Operation>,
    not_before: UnixSecs,
}

#[derive(Debug)]
pub(super) struct Chain {
    pub(super) signed: Rc<SignedGrant>,
    pub(super) venue: UniswapV3,
    blocks: Vec<Block>,
    waiting: Vec<Waiting>,
    trend: i64,
    trend_left: u64,
    is_calm: bool,
    fork: u64,
    /// Number of the highest block there ever was: what lies deeper than is watched stays.
    highest: u64,
    dear_left: u64,
}

impl Chain {
    /// A falling market before `now`, and the account with `state`.
    pub(super) fn new(signed: Rc<SignedGrant>, venue: UniswapV3, now: UnixSecs, state: State) -> Self {
        let block = |number: u64| Block {
            number,
            fork: 0,
            at: UnixSecs(now.0 - (HISTORY - number) * BLOCK_SECS),
            price: 2_600 - number as i64,
            fee: FEE,
            state: state.clone(),
            mined: Vec::new(),
        };
        let blocks = (0..=HISTORY).map(block).collect();
        Self {
            signed,
            venue,
            blocks,
            waiting: Vec::new(),
            trend: 1,
            trend_left: 6,
            is_calm: false,
            fork: 0,
            highest: 0,
            dear_left: 0,
        }
    }

    pub(super) fn head(&self) -> &Block {
        self.blocks.last().expect("there is always one")
    }

    /// The block of this number, none beyond the head.
    pub(super) fn block(&self, number: u64) -> Option<&Block> {
        self.blocks.get(usize::try_from(number).ok()?)
    }

    /// Blocks of a range, as far as they are there.
    pub(super) fn range(&self, from: u64, to: u64) -> impl Iterator<Item = &Block> {
        let place = |number: u64| usize::try_from(number).unwrap_or(usize::MAX).min(self.blocks.len());
        self.blocks[place(from)..place(to + 1).max(place(from))].iter()
    }

    /// Every operation that was mined and not taken back.
    pub(super) fn mined(&self) -> impl Iterator<Item = (&Block, &Mined)> {
        self.blocks.iter().flat_map(|block| block.mined.iter().map(move |mined| (block, mined)))
    }

    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty()
    }

    /// From now on the price stands still, so that nothing new is traded.
    pub(super) fn calm(&mut self) {
        self.is_calm = true;
        self.dear_left = 0;
    }

    /// Mines what is due at `now`.
    pub(super) fn advance(&mut self, now: UnixSecs, fate: &Fate, lets_in_twice: bool) {
        while self.head().at.0 + BLOCK_SECS <= now.0 {
            if fate.strikes(Fault::Reorg) {
                self.take_back(1 + fate.dice.below(3), fate);
            }
            // Before that there is little to take back.
            if self.head().number > HISTORY + 3 && fate.strikes(Fault::DeepReorg) {
                self.take_back(4 + fate.dice.below(WATCHED - 3), fate);
            }
            self.mine(fate, lets_in_twice);
        }
    }

    /// The newest blocks come to nothing; their operations may wait again.
    fn take_back(&mut self, depth: u64, fate: &Fate) {
        self.fork += 1;
        self.highest = self.highest.max(self.head().number);
        let settled = HISTORY.max(self.highest.saturating_sub(WATCHED));
        for _ in 0..depth {
            if self.head().number <= settled {
                return;
            }
            let block = self.blocks.pop().expect("above the oldest");
            for mined in block.mined {
                if fate.dice.happens(700) {
                    self.waiting.push(Waiting { operation: mined.operation, not_before: block.at });
                }
            }
        }
    }

    fn mine(&mut self, fate: &Fate, lets_in_twice: bool) {
        let dice = &fate.dice;
        self.dear_left = self.dear_left.saturating_sub(1);
        if self.dear_left == 0 && fate.strikes(Fault::Dear) {
            self.dear_left = 1 + dice.below(DEAR_BLOCKS);
        }
        let fee = if self.dear_left > 0 { FEE * 10 } else { FEE };
        if self.trend_left == 0 {
            self.trend = if self.trend > 0 { -1 } else { 1 };
            self.trend_left = 3 + dice.below(7);
        }
        self.trend_left -= 1;
        let before = self.head();
        let step = if self.is_calm { 0 } else { self.trend * (6 + dice.below(20) as i64) };
        let price = (before.price + step).clamp(*PRICES.start(), *PRICES.end());
        let (number, at) = (before.number + 1, before.at.plus_secs(BLOCK_SECS));
        let fork = self.fork;
        let mut block =
            Block { number, fork, at, price, fee, state: before.state.clone(), mined: Vec::new() };
        let session_ends = self.signed.grant().leg(Leg::Buy).spec().valid_until;
        let mut left = Vec::new();
        for waiting in std::mem::take(&mut self.waiting) {
            if waiting.not_before > at || waiting.operation.draft.fees.max < fee {
                left.push(waiting);
            } else if let Some(mined) = self.run(&waiting.operation, &mut block, fate) {
                let call_data = &waiting.operation.draft.call_data;
                if lets_in_twice && let Ok((fill, state)) = self.execute(call_data, &block) {
                    block.state = state;
                    block.mined.push(Mined { fill, ..mined.clone() });
                }
                block.mined.push(mined);
            } else if at > session_ends {
                fate.count(Fault::Late);
            }
        }
        self.waiting = left;
        self.blocks.push(block);
    }

    /// Runs an operation on top of `block`; `None` when the EntryPoint does not let it in.
    fn run(&self, operation: &Rc<Operation>, block: &mut Block, fate: &Fate) -> Option<Mined> {
        let after = self.validate(operation, &block.state, block.at)?;
        block.state = after;
        let mut fill = None;
        let mut reason = "";
        if fate.strikes(Fault::Undone) {
            reason = "undone by chance";
        } else {
            match self.execute(&operation.draft.call_data, block) {
                Ok((moved, state)) => (fill, block.state) = (moved, state),
                Err(why) => reason = why,
            }
        }
        Some(Mined { operation: Rc::clone(operation), success: reason.is_empty(), fill, reason })
    }

    /// The state after validation: nonce, account, permission, counters.
    pub(super) fn validate(&self, operation: &Operation, state: &State, at: UnixSecs) -> Option<State> {
        let (lane, sequence) = NonceKey::split(operation.draft.nonce);
        let grant = self.signed.grant();
        let leg = [Leg::Buy, Leg::Sell].into_iter().find(|leg| {
            let spent = &state.spent[leg.index() as usize];
            grant.permits(*leg, &operation.draft.call_data, spent, at).is_ok()
        })?;
        let index = leg.index() as usize;
        let is_next = state.lanes.get(&lane.key()).copied().unwrap_or(0) == sequence;
        let is_there = state.is_deployed != operation.draft.factory.is_some();
        // Enabling twice is refused, and so are a burnt signature and using what is not enabled.
        let is_fresh = !state.enabled[index] && state.burnt[index] == 0;
        let is_known = if operation.enables { is_fresh } else { state.enabled[index] };
        if !is_next || !is_there || !is_known || at > operation.valid_until {
            return None;
        }
        let mut after = state.clone();
        after.lanes.insert(lane.key(), sequence + 1);
        after.is_deployed = true;
        after.enabled[index] = true;
        after.burnt[index] += u64::from(operation.enables);
        after.spent[index] = grant.permits(leg, &operation.draft.call_data, &state.spent[index], at).ok()?;
        Some(after)
    }

    /// What the calls do at the block's price.
    pub(super) fn execute(
        &self,
        call_data: &[u8],
        block: &Block,
    ) -> Result<(Option<Moved>, State), &'static str> {
        let mut state = block.state.clone();
        let mut fill: Option<Moved> = None;
        for call in decode_execute(call_data).map_err(|_| "no calls")? {
            if call.target == SMART_SESSION {
                self.end(&call.data, &mut state)?;
                continue;
            }
            let Ok(swap) = exactInputSingleCall::abi_decode(&call.data) else { continue };
            let params = swap.params;
            let is_sale = params.tokenIn == self.venue.facts().base.address;
            let side = if is_sale { Side::Sell } else { Side::Buy };
            let out = self.out(side, params.amountIn, block.price);
            if out < params.amountOutMinimum {
                return Err("Too little received");
            }
            let (base, quote) = if is_sale { (params.amountIn, out) } else { (out, params.amountIn) };
            let (from, to) = if is_sale {
                (&mut state.base, &mut state.quote)
            } else {
                (&mut state.quote, &mut state.base)
            };
            *from = from.checked_sub(params.amountIn).ok_or("STF")?;
            *to += out;
            let (_, had_base, had_quote) = fill.unwrap_or((side, U256::ZERO, U256::ZERO));
            fill = Some((side, had_base + base, had_quote + quote));
        }
        Ok((fill, state))
    }

    /// What the session module does with a call of the account.
    fn end(&self, data: &[u8], state: &mut State) -> Result<(), &'static str> {
        let index_of = |id: B256| {
            let grant = self.signed.grant();
            Leg::BOTH.into_iter().find(|leg| grant.leg(*leg).id().0 == id).map(|leg| usize::from(leg.index()))
        };
        // The session key's own calls end in a word of ones, which no function reads.
        let data = data.get(..36).ok_or("no arguments")?;
        if let Ok(call) = removeSessionCall::abi_decode(data) {
            let index = index_of(call.permissionId).ok_or("another permission")?;
            state.enabled[index] = false;
        } else if let Ok(call) = revokeEnableSignatureCall::abi_decode(data) {
            state.burnt[index_of(call.permissionId).ok_or("another permission")?] += 1;
        }
        Ok(())
    }

    /// What a swap brings, less the pool's fee.
    pub(super) fn out(&self, side: Side, amount_in: U256, price: i64) -> U256 {
        let pair = self.venue.pair();
        let kept = amount_in - amount_in * U256::from(pair.fee_millionths) / U256::from(1_000_000);
        let whole = U256::from(price);
        let (base, quote) = (unit(pair.base_decimals), unit(pair.quote_decimals));
        match side {
            Side::Buy => kept * base / (whole * quote),
            Side::Sell => kept * whole * quote / base,
        }
    }

    /// `sqrtPriceX96` at a price.
    pub(super) fn root(&self, price: i64) -> u128 {
        let pair = self.venue.pair();
        let decimals = i32::from(pair.quote_decimals) - i32::from(pair.base_decimals);
        let raw = price as f64 * 10_f64.powi(decimals);
        let facts = self.venue.facts();
        let ratio = if facts.base.address < facts.quote.address { raw } else { 1.0 / raw };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "far below 2^128, and the fraction does not matter"
        )]
        let root = (ratio.sqrt() * 2_f64.powi(96)) as u128;
        root
    }

    /// Whether `operation` is in the bundler already.
    pub(super) fn is_waiting(&self, hash: B256) -> bool {
        self.waiting.iter().any(|waiting| waiting.operation.hash == hash)
    }

    /// The one that waits with this nonce.
    pub(super) fn rival(&self, nonce: U256) -> Option<&Operation> {
        let mut with_it = self.waiting.iter().filter(|waiting| waiting.operation.draft.nonce == nonce);
        with_it.next().map(|waiting| &*waiting.operation)
    }

    /// The bundler keeps it until `not_before`, instead of one with the same nonce.
    pub(super) fn keep(&mut self, operation: Rc<Operation>, not_before: UnixSecs) {
        self.waiting.retain(|waiting| waiting.operation.draft.nonce != operation.draft.nonce);
        self.waiting.push(Waiting { operation, not_before });
    }
}

fn unit(decimals: u8) -> U256 {
    U256::from(10).pow(U256::from(decimals))
}
