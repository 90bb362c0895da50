//! Several tabs of one profile: one trades, the others look on. Stop may be pressed in any of them.

use alloy_primitives::B256;

use crate::app::event::Command;
use crate::app::grants::GrantLife;
use crate::app::tabs::TabWord;
use crate::app::{Failure, NoticeLevel};
use crate::units::UnixMillis;

use super::Machine;
use super::start::Lock;

/// How often the tab that trades says that it lives.
const BEAT_MILLIS: u64 = 5_000;
/// Tries for the lock, two seconds apart, in which nothing of its holder was heard: a minute and a half, far more than
/// its slowest round of reading.
const SILENT_TRIES: u32 = 45;

/// Signs of life between tabs.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// When this tab said so last.
    told_at: UnixMillis,
    /// Tries for the lock since another one did.
    silent: u32,
}

impl Machine {
    pub(super) fn on_tab_said(&mut self, word: Option<TabWord>) -> Vec<Command> {
        let mut commands = vec![Command::HearTabs];
        match word {
            Some(TabWord::Paused(is_paused)) => self.settings.is_paused = is_paused,
            Some(TabWord::Ending(id)) => commands.extend(self.stop_for_another_tab(id)),
            Some(TabWord::Taken(id)) => self.hand_over(id),
            Some(TabWord::Alive) => self.pulse.silent = 0,
            // Another version of this page speaks; the store and the chain say the rest.
            None => {}
        }
        commands
    }

    /// Whoever trades says so now and then, and notices that another tab has taken over: then nothing is signed until
    /// the lock and the store were read again.
    pub(super) fn beat(&mut self, holds_lock: bool) -> Vec<Command> {
        if self.lock == Lock::Free {
            return Vec::new();
        }
        if !holds_lock {
            self.notify(NoticeLevel::Warning, &Failure::new(
                "This tab gave no sign of life for a while, so another one took over. What it was doing is read anew.",
            ));
            return self.lose_lock();
        }
        if self.now.millis_since(self.pulse.told_at) < BEAT_MILLIS {
            return Vec::new();
        }
        vec![self.says_alive()]
    }

    pub(super) fn says_alive(&mut self) -> Command {
        self.pulse.told_at = self.now;
        Command::TellTabs(TabWord::Alive)
    }

    /// Another tab has the lock. One that says nothing for long is frozen: its lock is taken, and the nonce sees to it
    /// that whatever it may still do is not done twice. Tries are counted, not time: a tab that slept itself has heard
    /// nothing either.
    pub(super) fn wait_for_lock(&mut self) -> Vec<Command> {
        self.pulse.silent += 1;
        if self.pulse.silent < SILENT_TRIES {
            return self.lose_lock();
        }
        self.pulse.silent = 0;
        self.lock_name().map(Command::StealLock).into_iter().collect()
    }

    /// Revoke was pressed in another tab. The tab that trades alone knows what is on its way, so it is the one
    /// that ends the session on chain.
    fn stop_for_another_tab(&mut self, id: B256) -> Vec<Command> {
        let is_live = self.live_grant().is_some_and(|grant| grant.id() == id);
        let known = self.grants.iter().find(|grant| grant.id() == id).cloned();
        let Some(grant) = known.filter(|grant| grant.is_alive() && grant.life != GrantLife::Ending) else {
            return Vec::new();
        };
        if !is_live {
            return self.mark_ending(&grant);
        }
        if self.lock == Lock::Held {
            let mut commands = vec![Command::TellTabs(TabWord::Taken(id))];
            commands.extend(self.end_session());
            return commands;
        }
        let mut commands = self.mark_ending(&grant);
        commands.extend(self.await_other_tab());
        commands
    }
}
