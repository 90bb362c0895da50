//! Several tabs of one profile: one trades, the others look on. Stop may be pressed in any of them.

use alloy_primitives::B256;

use crate::app::event::Command;
use crate::app::grants::GrantLife;
use crate::app::tabs::TabWord;

use super::Machine;
use super::start::Lock;

impl Machine {
    pub(super) fn on_tab_said(&mut self, word: Option<TabWord>) -> Vec<Command> {
        let mut commands = vec![Command::HearTabs];
        match word {
            Some(TabWord::Paused(is_paused)) => self.settings.is_paused = is_paused,
            Some(TabWord::Ending(id)) => commands.extend(self.stop_for_another_tab(id)),
            Some(TabWord::Taken(id)) => self.hand_over(id),
            // Another version of this page speaks; the store and the chain say the rest.
            None => {}
        }
        commands
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
