//! What a person who looks elsewhere would want to be told.

use super::{NoticeLevel, Snapshot, TraderStatus};

/// Sentences about what happened between two snapshots: trades that ended, trading that stopped, warnings.
pub fn news(before: &Snapshot, after: &Snapshot) -> Vec<String> {
    let mut told = Vec::new();
    if before.network.id != after.network.id {
        // The first one tells of the past.
        return told;
    }
    for headline in after.headlines.iter().rev() {
        let is_over = matches!(headline.state.as_str(), "filled" | "reverted");
        let known = before.headlines.iter().find(|known| known.id == headline.id);
        if is_over && known.is_some_and(|known| known.state != headline.state) {
            told.push(headline.text.clone());
        }
    }
    if let TraderStatus::Halted { why } = &after.trader
        && !matches!(before.trader, TraderStatus::Halted { .. })
    {
        told.push(format!("Trading stands still. {why}"));
    }
    let is_new = |id: u64| !before.notices.iter().any(|known| known.id == id);
    let notices = after.notices.iter().rev().filter(|notice| notice.level != NoticeLevel::Info);
    told.extend(notices.filter(|notice| is_new(notice.id)).map(|notice| notice.sentence.clone()));
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::{Headline, NetworkView, Notice};

    fn row(id: u64, state: &str) -> Headline {
        let text = format!("Buy 2 lots: {state}. Paid 100 USDC.");
        Headline { id, state: state.to_owned(), text }
    }

    fn snapshot(rows: &[(u64, &str)]) -> Snapshot {
        let headlines = rows.iter().map(|(id, state)| row(*id, state)).collect();
        let network = NetworkView { id: "local".to_owned(), ..NetworkView::default() };
        Snapshot { network, headlines, ..Snapshot::default() }
    }

    #[test]
    fn a_trade_is_told_when_it_ends_and_only_then() {
        let check = |before: &[(u64, &str)], after: &[(u64, &str)], told: &[&str]| {
            assert_eq!(news(&snapshot(before), &snapshot(after)), told, "{before:?} {after:?}");
        };
        check(&[(1, "sent")], &[(1, "filled")], &["Buy 2 lots: filled. Paid 100 USDC."]);
        check(&[(1, "sent")], &[(1, "reverted")], &["Buy 2 lots: reverted. Paid 100 USDC."]);
        check(&[(1, "filled")], &[(1, "filled")], &[]);
        check(&[], &[(1, "sent")], &[]);
        // Read from the store, and long over.
        check(&[], &[(1, "filled")], &[]);
    }

    #[test]
    fn a_halt_and_warnings_are_told_once() {
        let halted = |snapshot: Snapshot| Snapshot {
            trader: TraderStatus::Halted { why: "The disk is full.".to_owned() },
            ..snapshot
        };
        let quiet = snapshot(&[]);
        assert_eq!(news(&quiet, &halted(quiet.clone())), ["Trading stands still. The disk is full."]);
        assert!(news(&halted(quiet.clone()), &halted(quiet.clone())).is_empty());
        let notice = |id: u64, level: NoticeLevel| Notice {
            id,
            level,
            sentence: format!("Notice {id}."),
            advice: String::new(),
            details: String::new(),
        };
        let noticed = Snapshot {
            notices: vec![notice(3, NoticeLevel::Warning), notice(2, NoticeLevel::Info)],
            ..quiet.clone()
        };
        assert_eq!(news(&quiet, &noticed), ["Notice 3."]);
        assert!(news(&noticed, &noticed).is_empty());
        let first = Snapshot::default();
        assert!(news(&first, &noticed).is_empty(), "the first snapshot is no news");
    }
}
