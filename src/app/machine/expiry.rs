//! That a session will soon end by itself is said in time to do something about it.

use crate::app::grants::GrantLife;
use crate::app::{Failure, NoticeLevel};

use super::Machine;

/// Seconds before the end at which it is told.
const TOLD_AT: [u64; 3] = [300, 900, 3_600];

impl Machine {
    /// Tells once at each of the last hour, quarter and five minutes, if the session was ever longer than that.
    pub(super) fn tell_of_end(&mut self) {
        let now = self.chain_now();
        let Some(grant) = self.live_grant().filter(|grant| grant.life == GrantLife::Active) else { return };
        let (left, lifetime, id) =
            (grant.valid_until().secs_since(now), grant.terms.lifetime_secs, grant.id());
        let Some(due) = TOLD_AT.into_iter().find(|at| left <= *at && lifetime > *at) else { return };
        let is_told = self.told_end.is_some_and(|(told_id, told)| told_id == id && told <= due);
        if left == 0 || is_told {
            return;
        }
        self.told_end = Some((id, due));
        let sentence = format!(
            "The session ends in less than {} minutes; then nothing is bought or sold any more.",
            due / 60
        );
        let advice = "Renew it to go on. What the account holds stays yours either way.";
        self.notify(NoticeLevel::Warning, &Failure::new(sentence).with_advice(advice));
    }
}
