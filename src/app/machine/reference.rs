//! The price of an exchange beside the pool's: off until the person switches it on, and then a gate before every trade.

use crate::app::event::{Command, Saved, Timer};
use crate::app::{Failure, ReferenceView};
use crate::contracts::PublicLine;
use crate::trading::Reference;
use crate::units::{Price, UnixMillis};

use super::Machine;

/// Pause between two words of an exchange: it says more in a second than anybody needs.
const PACE_MILLIS: u64 = 1_000;
/// Pause before a line that broke is opened again.
const AGAIN_MILLIS: u64 = 5_000;

/// What was heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    last: Option<(Price, UnixMillis)>,
    trouble: Option<String>,
    /// Counts the times that listening was begun or left. What belongs to an earlier turn is dropped when it comes.
    pub(super) turn: u64,
    /// Whether a line may be open.
    is_open: bool,
}

impl Machine {
    fn public_line(&self) -> Option<PublicLine> {
        self.services.network.public_line.filter(|_| self.settings.compares)
    }

    pub(super) fn use_reference(&mut self, compares: bool) -> Vec<Command> {
        if self.settings.compares == compares {
            return Vec::new();
        }
        self.settings.compares = compares;
        let mut commands = vec![Command::Save(Saved::Settings(self.settings.clone()))];
        commands.extend(self.listen_anew());
        commands
    }

    /// Forgets what was heard, leaves the line, and opens the one that is wanted now, if any.
    pub(super) fn listen_anew(&mut self) -> Vec<Command> {
        let was_open = self.heard.is_open;
        self.heard = Heard { turn: self.heard.turn + 1, ..Heard::default() };
        let mut commands = Vec::new();
        if was_open {
            commands.push(Command::HangUp);
        }
        commands.extend(self.listen());
        commands
    }

    fn listen(&mut self) -> Option<Command> {
        let line = self.public_line()?;
        self.heard.is_open = true;
        Some(Command::Listen(self.heard.turn, line.url))
    }

    pub(super) fn on_heard(&mut self, turn: u64, said: Result<Price, Failure>) -> Vec<Command> {
        if turn != self.heard.turn {
            return Vec::new();
        }
        let millis = match said {
            Ok(price) => {
                self.heard.last = Some((price, self.now));
                self.heard.trouble = None;
                PACE_MILLIS
            }
            Err(failure) => {
                self.heard.trouble = Some(failure.sentence);
                AGAIN_MILLIS
            }
        };
        vec![Command::Wait { timer: Timer::Listen(turn), millis }]
    }

    pub(super) fn listen_again(&mut self, turn: u64) -> Vec<Command> {
        if turn == self.heard.turn { self.listen().into_iter().collect() } else { Vec::new() }
    }

    /// For risk; none where nobody asked for it, or the network has none.
    pub(super) fn reference(&self) -> Option<Reference> {
        self.public_line()?;
        let age = |(_, at): (Price, UnixMillis)| self.now.millis_since(at) / 1_000;
        Some(Reference {
            price: self.heard.last.map(|(price, _)| price),
            age_secs: self.heard.last.map_or(u64::MAX, age),
        })
    }

    pub(super) fn reference_view(&self) -> Option<ReferenceView> {
        let line = self.services.network.public_line?;
        let reference = self.reference();
        let apart = reference.zip(self.feed.price()).and_then(|(known, pool)| known.apart_bps(pool));
        Some(ReferenceView {
            name: line.name.to_owned(),
            is_on: self.settings.compares,
            price: reference.and_then(|known| known.price).map(Price::brief),
            heard_at_millis: self.heard.last.map_or(0, |(_, at)| at.0),
            apart_bps: apart,
            trouble: self.heard.trouble.clone(),
        })
    }
}
