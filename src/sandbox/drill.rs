//! Faults at work: who is silent, who is late, and what happens once.

use serde_json::{Value, json};

use super::faults::{Faults, NodeFault, OperationFault, SponsorFault};
use super::methods::bundler;
use super::{BundlerFault, Chain, Peer, Refusal, Reply, Sandbox, methods, stale};
use crate::account::UserOperation;
use crate::units::UnixMillis;

/// How far the market moves against an operation, four times the usual slippage: down by 2 %, up to 2 % above the
/// start, back to it; each in hundredths of a percent of the price before.
const ADVERSE_BPS: [i32; 3] = [-200, 408, -196];

impl Sandbox {
    /// Whether anybody is there at all.
    pub const fn is_up(&self, peer: Peer) -> bool {
        match peer {
            Peer::Node => !matches!(self.faults.node, NodeFault::Down),
            Peer::Bundler => matches!(self.faults.bundler, BundlerFault::Well),
            Peer::Paymaster => !matches!(self.faults.sponsor, SponsorFault::Down),
            Peer::Control | Peer::Wallet => true,
        }
    }

    /// Operations that the bundler took and did not hand over yet.
    pub fn operations_waiting(&self) -> usize {
        self.bundler.waiting()
    }

    /// What goes wrong on purpose.
    pub const fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Answers a request.
    pub fn ask(&mut self, peer: Peer, method: &str, params: &Value) -> Reply {
        if !self.is_up(peer) {
            return Reply::Silence;
        }
        match (peer, self.faults.node) {
            (Peer::Node, NodeFault::Stale(last)) => Reply::Answer(stale::answer(self, last, method, params)),
            (Peer::Node, NodeFault::Slow(millis)) => {
                Reply::Later { millis, answer: methods::answer(self, peer, method, params) }
            }
            _ => Reply::Answer(methods::answer(self, peer, method, params)),
        }
    }
}

/// `sandbox_faults`: sets switches and lets shocks happen; answers every switch.
///
/// # Errors
/// A refusal (-32602); then nothing has changed.
pub(super) fn steer(sandbox: &mut Sandbox, wish: &Value) -> Result<Value, Refusal> {
    let head = sandbox.chain.head().number;
    let (faults, shocks) = sandbox.faults.wished(wish, head)?;
    sandbox.faults = faults;
    if shocks.clock_jump_secs > 0 {
        let now = sandbox.chain.clock().now().0;
        sandbox.chain.clock_mut().set(UnixMillis(now.saturating_add(shocks.clock_jump_secs * 1_000)));
        sandbox.chain.mine();
    }
    if shocks.reorg_blocks > 0 {
        reorganise(&mut sandbox.chain, shocks.reorg_blocks);
    }
    bundler::hand_over(sandbox);
    Ok(faults.told())
}

/// `leash_services`: which of bundler and paymaster run; answers which do.
///
/// # Errors
/// A refusal (-32602); then nothing has changed.
pub(super) fn services(sandbox: &mut Sandbox, wish: &Value) -> Result<Value, Refusal> {
    let is_wished = |name: &str| match wish.get(name) {
        None => Ok(None),
        Some(Value::Bool(is_up)) => Ok(Some(*is_up)),
        Some(other) => Err(Refusal::params(format!("`{name}` is true or false, not {other}"))),
    };
    let (bundler, sponsor) = (is_wished("bundler")?, is_wished("paymaster")?);
    match bundler {
        Some(true) => sandbox.faults.bundler = BundlerFault::Well,
        Some(false) => sandbox.faults.bundler = BundlerFault::Down,
        None => {}
    }
    match sponsor {
        Some(true) => sandbox.faults.sponsor = SponsorFault::Well,
        Some(false) => sandbox.faults.sponsor = SponsorFault::Down,
        None => {}
    }
    Ok(json!({ "bundler": sandbox.is_up(Peer::Bundler), "paymaster": sandbox.is_up(Peer::Paymaster) }))
}

/// Other blocks in the place of the newest: the transactions of all of them in the first, the rest empty. The
/// height stays, as it does when a chain gives way to a longer one.
fn reorganise(chain: &mut Chain, blocks: u64) {
    let taken = chain.reorganise(usize::try_from(blocks).unwrap_or(usize::MAX), true);
    for _ in 0..taken {
        chain.mine();
    }
}

/// Lets the market move against `operation`, down or up, until its calls would fail; where neither helps, the
/// price comes back and the next operation is waited for.
pub(super) fn provoke(sandbox: &mut Sandbox, operation: &UserOperation) {
    if sandbox.faults.operation != OperationFault::Reverts {
        return;
    }
    let facts = sandbox.facts();
    let Some(market) = &mut sandbox.market else { return };
    for bps in ADVERSE_BPS {
        if market.shock(&mut sandbox.chain, facts, bps).is_err() {
            return;
        }
        if bundler::would_fail(&sandbox.chain, operation) {
            sandbox.faults.operation = OperationFault::Well;
            return;
        }
    }
}
