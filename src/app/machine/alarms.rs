//! Alarms: what is seen of nodes, clocks and services while they are used, and keeps from trading while it lasts.

use std::collections::VecDeque;

use crate::app::event::Command;
use crate::trading::Alarm;
use crate::units::UnixMillis;

use super::Machine;

/// So many answers without a clear word …
const UNCLEAR: usize = 5;
/// … within so long are an alarm, and it is over when so long has passed without one.
const UNCLEAR_MILLIS: u64 = 60_000;
/// Between two comparisons of the network's nodes.
const COMPARE_MILLIS: u64 = 60_000;
/// Blocks at the head may differ for a moment; so many comparisons in a row may not.
const DISAGREEMENTS: u32 = 2;

/// What was seen on this network.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    /// When the bundler gave no clear answer, by the local clock; the oldest first.
    unclear: VecDeque<UnixMillis>,
    /// How often in a row two nodes told different blocks.
    disagreements: u32,
    compared_at: UnixMillis,
}

impl Machine {
    /// Why nothing new may be traded now, if for anything. The local chains' clocks are moved at will, so nothing
    /// is read off them there.
    pub(super) fn alarm(&self) -> Option<Alarm> {
        let is_recent = |at: &&UnixMillis| self.now.millis_since(**at) <= UNCLEAR_MILLIS;
        if self.alarms.unclear.iter().rev().take(UNCLEAR).filter(is_recent).count() >= UNCLEAR {
            return Some(Alarm::BundlerUnclear);
        }
        if self.alarms.disagreements >= DISAGREEMENTS {
            return Some(Alarm::NodesDisagree);
        }
        if self.services.network.is_local() {
            return None;
        }
        Alarm::of_clocks(self.feed.block_at(), self.feed.read_at())
    }

    /// The bundler failed to say whether it took an operation.
    pub(super) fn note_unclear(&mut self) {
        self.alarms.unclear.push_back(self.now);
        if self.alarms.unclear.len() > UNCLEAR {
            self.alarms.unclear.pop_front();
        }
    }

    /// From time to time, where the network has two nodes: whether they tell the same block of this height.
    pub(super) fn compare_nodes(&mut self) -> Option<Command> {
        let is_due = self.now.millis_since(self.alarms.compared_at) >= COMPARE_MILLIS
            || self.alarms.compared_at == UnixMillis::default();
        let has_two = self.services.spare_node_url.is_some();
        (is_due && has_two && self.live_grant().is_some()).then(|| {
            self.alarms.compared_at = self.now;
            Command::CompareNodes(self.epoch, self.services.clone(), self.feed.block())
        })
    }

    /// Whether both told the same; nothing where one of them did not answer, or has not come so far.
    pub(super) fn on_nodes_compared(&mut self, agree: Option<bool>) -> Vec<Command> {
        match agree {
            Some(true) => self.alarms.disagreements = 0,
            Some(false) => {
                self.alarms.disagreements += 1;
                // The next look comes soon, lest a moment at the head keeps from trading for long.
                self.alarms.compared_at = UnixMillis::default();
            }
            None => {}
        }
        Vec::new()
    }
}
