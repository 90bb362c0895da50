//! The terms as they are being written, and when the trader is asked about them.

use std::time::Duration;

use super::leptos::{
    Callable, Callback, Get, GetUntracked, RwSignal, Set, Update, With, WithUntracked, set_timeout,
};

use super::html::effect;
use crate::app::{Intent, SessionState, Snapshot, TermsText};

/// How long typing rests before the trader is asked.
const REST_MILLIS: u64 = 250;

/// The form's own state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    /// What stands in the fields.
    pub(super) terms: RwSignal<TermsText>,
    /// The session key of the live grant that is being renewed.
    renewed: RwSignal<Option<String>>,
    is_touched: RwSignal<bool>,
    /// Whether a strategy was written before there was anything to suggest: it stays beside what is suggested.
    is_strategy_kept: RwSignal<bool>,
    edits: RwSignal<u64>,
    dispatch: Callback<Intent>,
}

impl Draft {
    /// An empty form that takes over the suggested terms until the person writes.
    pub(super) fn new(snapshot: RwSignal<Snapshot>, dispatch: Callback<Intent>) -> Self {
        let draft = Self {
            terms: RwSignal::new(TermsText::default()),
            renewed: RwSignal::new(None),
            is_touched: RwSignal::new(false),
            is_strategy_kept: RwSignal::new(false),
            edits: RwSignal::new(0),
            dispatch,
        };
        let mut last: Option<[String; 3]> = None;
        effect(move || {
            let funds = snapshot.with(|snapshot| {
                let account = snapshot.account.as_ref()?;
                snapshot.default_terms.as_ref()?;
                Some([account.address.clone(), account.base.clone(), account.quote.clone()])
            });
            let is_other_account = match (&last, &funds) {
                (Some(before), Some(now)) => before[0] != now[0],
                _ => false,
            };
            let is_strategy_only = draft.terms.with_untracked(TermsText::is_strategy_only);
            if is_strategy_only && draft.is_touched.get_untracked() {
                draft.is_strategy_kept.set(true);
            }
            let is_open = is_other_account || is_strategy_only || !draft.is_touched.get_untracked();
            if funds.is_some() && funds != last && is_open {
                draft.suggest(snapshot);
            }
            last = funds.or(last.take());
        });
        draft
    }

    /// Takes over the suggested terms as they are.
    pub(super) fn suggest_anew(self, snapshot: RwSignal<Snapshot>) {
        self.is_strategy_kept.set(false);
        self.suggest(snapshot);
    }

    /// Takes over the suggested terms, beside a strategy that was tried.
    fn suggest(self, snapshot: RwSignal<Snapshot>) {
        if let Some(terms) = snapshot.with_untracked(|snapshot| snapshot.default_terms.clone()) {
            let written = self.terms.get_untracked();
            self.is_touched.set(false);
            self.replace(if self.is_strategy_kept.get_untracked() {
                written.in_place_of(terms)
            } else {
                terms
            });
        }
    }

    /// Begins with the strategy that the market is watched with, where nothing stands yet.
    pub(super) fn begin_with(self, snapshot: RwSignal<Snapshot>) {
        if self.terms.with_untracked(|terms| terms.fast.is_empty()) {
            let (fast, slow, secs) = snapshot.with_untracked(|snapshot| snapshot.market.strategy);
            self.write(|terms| {
                (terms.fast, terms.slow) = (fast.to_string(), slow.to_string());
                terms.interval_secs = secs.to_string();
            });
        }
    }

    /// Changes the fields without asking what they would allow.
    pub(super) fn write(self, change: impl FnOnce(&mut TermsText)) {
        self.terms.update(change);
    }

    /// Puts `terms` into the fields and asks what they would allow.
    pub(super) fn replace(self, terms: TermsText) {
        self.terms.set(terms.clone());
        self.edits.update(|edits| *edits += 1);
        self.dispatch.run(Intent::Preview(terms));
    }

    /// Changes the fields and asks once typing rests.
    pub(super) fn edit(self, change: impl FnOnce(&mut TermsText)) {
        self.is_touched.set(true);
        self.terms.update(change);
        self.edits.update(|edits| *edits += 1);
        let edit = self.edits.get_untracked();
        let ask = move || {
            if self.edits.get_untracked() == edit {
                self.dispatch.run(Intent::Preview(self.terms.get_untracked()));
            }
        };
        set_timeout(ask, Duration::from_millis(REST_MILLIS));
    }

    /// Opens the form with the live grant's terms.
    pub(super) fn renew(self, session_key: String, terms: TermsText) {
        self.is_touched.set(true);
        self.renewed.set(Some(session_key));
        self.replace(terms);
    }

    /// Closes the renewal.
    pub(super) fn close(self) {
        self.renewed.set(None);
    }

    /// Whether terms are being written: there is something to start from, and no live grant unless it is
    /// being renewed.
    pub(super) fn is_open(self, snapshot: &Snapshot) -> bool {
        let renewed = self.renewed.get();
        let can_start = snapshot.default_terms.is_some() || snapshot.preview.is_some();
        snapshot.account.is_some()
            && (can_start || renewed.is_some())
            && snapshot.grant.as_ref().is_none_or(|grant| {
                matches!(grant.state, SessionState::Revoked | SessionState::Expired)
                    || renewed.is_some_and(|renewed| renewed == grant.session_key)
            })
    }
}
