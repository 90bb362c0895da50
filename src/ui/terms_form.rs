//! The terms as they are being written.

use std::time::Duration;

use leptos::prelude::{
    AnyView, Callable, Callback, Effect, Get, GetUntracked, RwSignal, Set, Update, With, WithUntracked,
    event_target_checked, event_target_value, set_timeout,
};

use super::Page;
use super::html::{el, nothing, part, when, words};
use super::page::has_leash;
use super::parts::{button, icon};
use super::terms_fields::{Field, GROUPS, Group, PRESETS};
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
            edits: RwSignal::new(0),
            dispatch,
        };
        Effect::new(move |last: Option<Option<[String; 3]>>| {
            let last = last.flatten();
            let funds = snapshot.with(|snapshot| {
                let account = snapshot.account.as_ref()?;
                snapshot.default_terms.as_ref()?;
                Some([account.address.clone(), account.base.clone(), account.quote.clone()])
            });
            let is_other_account = match (&last, &funds) {
                (Some(before), Some(now)) => before[0] != now[0],
                _ => false,
            };
            if funds.is_some() && funds != last && (is_other_account || !draft.is_touched.get_untracked()) {
                draft.suggest(snapshot);
            }
            funds.or(last)
        });
        draft
    }

    /// Takes over the suggested terms.
    fn suggest(self, snapshot: RwSignal<Snapshot>) {
        if let Some(terms) = snapshot.with_untracked(|snapshot| snapshot.default_terms.clone()) {
            self.is_touched.set(false);
            self.replace(terms);
        }
    }

    /// Puts `terms` into the fields and asks what they would allow.
    pub(super) fn replace(self, terms: TermsText) {
        self.terms.set(terms.clone());
        self.edits.update(|edits| *edits += 1);
        self.dispatch.run(Intent::Preview(terms));
    }

    /// Changes the fields and asks once typing rests.
    fn edit(self, change: impl FnOnce(&mut TermsText)) {
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

/// The form.
pub(super) fn terms_form(page: Page) -> AnyView {
    let mut children = vec![
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("Terms of the leash"),
            button("suggested-terms", "quiet tiny")
                .flag("disabled", page.see(|snapshot| snapshot.default_terms.is_none()))
                .press(move || page.draft.suggest(page.snapshot))
                .says("Suggested terms"),
            when(page.see(|snapshot| snapshot.grant.is_some()), move || {
                button("close-terms", "quiet tiny").press(move || page.draft.close()).says("Keep current")
            }),
        ]),
    ];
    children.extend(GROUPS.iter().map(|group| group_view(page, group)));
    children.push(renounce_switch(page));
    el("section", "panel terms").mark("terms-form").attr("aria-label", "Terms").holds(children)
}

fn group_view(page: Page, group: &'static Group) -> AnyView {
    let mut children = vec![el("legend", "").says(group.title)];
    if group.title == "Strategy" {
        children.push(presets(page));
    }
    children.push(
        el("div", if group.fields.len() == 4 { "fields two" } else { "fields" })
            .holds(group.fields.iter().map(|field| field_view(page, *field)).collect::<Vec<_>>()),
    );
    el("fieldset", "").holds(children)
}

fn refusal(page: Page, name: &'static str) -> impl Fn() -> Option<String> + Copy + Send + 'static {
    page.see(move |snapshot| {
        let refusals = &snapshot.preview.as_ref()?.refusals;
        refusals.iter().find(|refusal| refusal.field == name).map(|refusal| refusal.sentence.clone())
    })
}

fn field_view(page: Page, field: Field) -> AnyView {
    let mark = format!("field-{}", field.name.replace('_', "-"));
    let note = format!("{mark}-note");
    let refused = refusal(page, field.name);
    let input = el("input", "")
        .attr("id", &mark)
        .mark(&mark)
        .attr("inputmode", "decimal")
        .attr("autocomplete", "off")
        .attr("spellcheck", "false")
        .attr("aria-describedby", &note)
        .attr_of("aria-invalid", move || refused().is_some().to_string())
        .value_of(move || page.draft.terms.with(|terms| field.read(terms)))
        .on("input", move |event| {
            let written = event_target_value(&event);
            page.draft.edit(|terms| *(field.text)(terms) = written);
        })
        .empty();
    let refusal_mark = format!("{mark}-refusal");
    el("div", "field").holds([
        el("label", "").attr("for", &mark).says(field.label),
        el("div", "input").holds([
            input,
            el("span", "unit").says_of(page.see(move |snapshot| field.unit.word(&snapshot.market))),
        ]),
        el("div", "note").attr("id", &note).holds([part(refused, move |sentence| match sentence {
            Some(sentence) => el("span", "refusal")
                .holds([icon("warn"), el("span", "").mark(&refusal_mark).says(sentence.as_str())]),
            None => el("span", "help").says(field.help),
        })]),
    ])
}

fn presets(page: Page) -> AnyView {
    let preset = |&(mark, caption, fast, slow, secs): &(
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    )| {
        let is_chosen = move || {
            page.draft
                .terms
                .with(|terms| terms.fast == fast && terms.slow == slow && terms.interval_secs == secs)
        };
        button(mark, "chip")
            .attr_of("aria-pressed", move || is_chosen().to_string())
            .press(move || {
                page.draft.edit(|terms| {
                    terms.fast = fast.to_owned();
                    terms.slow = slow.to_owned();
                    terms.interval_secs = secs.to_owned();
                });
            })
            .says(caption)
    };
    el("div", "chips")
        .attr("role", "group")
        .attr("aria-label", "Presets")
        .holds(PRESETS.iter().map(preset).collect::<Vec<_>>())
}

fn renounce_switch(page: Page) -> AnyView {
    let refused = refusal(page, "may_renounce");
    el("fieldset", "").holds([
        el("legend", "").says("Ending"),
        el("label", "switch").holds([
            el("input", "")
                .attr("type", "checkbox")
                .mark("field-may-renounce")
                .checked_of(move || page.draft.terms.with(|terms| terms.may_renounce))
                .on("change", move |event| {
                    let is_on = event_target_checked(&event);
                    page.draft.edit(|terms| terms.may_renounce = is_on);
                })
                .empty(),
            el("span", "").holds([
                words("The session may end itself. "),
                el("span", "help").says("Revoking then needs no wallet pop-up."),
            ]),
        ]),
        part(refused, |sentence| {
            sentence.as_ref().map_or_else(nothing, |sentence| el("p", "refusal").says(sentence.as_str()))
        }),
    ])
}
