//! The form of the terms: labels, units, help, refusals beside the field.

use super::leptos::{AnyView, RwSignal, Set, With, event_target_checked, event_target_value};

use super::Page;
use super::html::{el, nothing, part, when, words};
use super::page::has_leash;
use super::parts::{button, icon, text_of};
use super::terms_fields::{Field, GROUPS, Group, GroupKind, PRESETS, SIZE_PERCENT, SIZES, Unit};
use crate::app::SizeBy;

/// The form.
pub(super) fn terms_form(page: Page) -> AnyView {
    let mut children = vec![
        el("div", "panel-head").holds([
            el("h2", "panel-title").says("Terms of the leash"),
            button("suggested-terms", "quiet tiny")
                .flag("disabled", page.see(|snapshot| snapshot.default_terms.is_none()))
                .press(move || page.draft.suggest_anew(page.snapshot))
                .says("Suggested terms"),
            when(page.see(has_leash), move || {
                button("close-terms", "quiet tiny").press(move || page.draft.close()).says("Keep current")
            }),
        ]),
    ];
    children.extend(GROUPS.iter().map(|group| group_view(page, group, FORM)));
    children.push(renounce_switch(page));
    el("section", "panel terms").mark("terms-form").attr("aria-label", "Terms").holds(children)
}

fn group_view(page: Page, group: &'static Group, place: Place) -> AnyView {
    let placeholder = if group.kind == GroupKind::Optional { "off" } else { "" };
    let fields = group.fields.iter().map(|field| field_view(page, *field, placeholder, place));
    let fields = el("div", if group.fields.len() == 4 { "fields two" } else { "fields" })
        .holds(fields.collect::<Vec<_>>());
    let legend = el("legend", "").says(group.title);
    let children = match group.kind {
        GroupKind::Plain => vec![legend, fields],
        GroupKind::Strategy => vec![legend, presets(page, place), fields],
        GroupKind::Size => vec![legend, fields, sizes(page, place)],
        GroupKind::Optional => return optional_view(page, group, fields, place),
    };
    el("fieldset", "").holds(children)
}

/// Folded away, and says how many of it are in use.
fn optional_view(page: Page, group: &'static Group, fields: AnyView, place: Place) -> AnyView {
    let in_use = move || {
        page.draft
            .terms
            .with(|terms| group.fields.iter().filter(|field| !field.read(terms).trim().is_empty()).count())
    };
    let caption = move || match in_use() {
        0 => format!("{}: none", group.title),
        count => format!("{}: {count}", group.title),
    };
    el("details", "optional").mark(&format!("{place}-protections")).holds([
        el("summary", "").says_of(caption),
        el("p", "help").says(
            "Kept by this page while it runs, not by the chain. What is left empty is off. A protection can keep \
             from buying, never from selling.",
        ),
        fields,
    ])
}

fn sizes(page: Page, place: Place) -> AnyView {
    let size = |&(mark, caption, size_by): &(&'static str, &'static str, SizeBy)| {
        let is_chosen = move || page.draft.terms.with(|terms| terms.size_by == size_by);
        button(&format!("{place}-{mark}"), "chip")
            .attr_of("aria-pressed", move || is_chosen().to_string())
            .press(move || {
                page.draft.edit(|terms| {
                    terms.size_by = size_by;
                    terms.size_percent = match size_by {
                        SizeBy::Lots => "",
                        SizeBy::Share => "25",
                        SizeBy::Volatility => "0.2",
                    }
                    .to_owned();
                });
            })
            .says(caption)
    };
    el("div", "sizes").holds([
        el("div", "chips")
            .attr("role", "group")
            .attr("aria-label", "Size of a purchase")
            .holds(SIZES.iter().map(size).collect::<Vec<_>>()),
        when(
            move || page.draft.terms.with(|terms| terms.size_by != SizeBy::Lots),
            move || field_view(page, SIZE_PERCENT, "", place),
        ),
    ])
}

/// A part of the form that stands in the lab as well.
#[derive(Clone, Copy)]
pub(super) enum GroupOf {
    /// When to trade.
    Strategy,
    /// What to protect from.
    Protections,
}

/// Where a field stands: the form and the lab have some of the same, each under its own name.
type Place = &'static str;

/// The form of the terms.
const FORM: Place = "field";
/// The lab.
const LAB: Place = "lab";

/// What decides the size of a purchase, as it stands in the lab.
pub(super) fn size(page: Page) -> AnyView {
    el("fieldset", "").holds([el("legend", "").says("Size of a purchase"), sizes(page, LAB)])
}

/// The same fields over the same draft: what was tried is what stands in the terms.
pub(super) fn conduct(page: Page, group: GroupOf) -> AnyView {
    let kind = match group {
        GroupOf::Strategy => GroupKind::Strategy,
        GroupOf::Protections => GroupKind::Optional,
    };
    let found = GROUPS.iter().find(|group| group.kind == kind);
    found.map_or_else(nothing, |group| group_view(page, group, LAB))
}

fn refusal(page: Page, name: &'static str) -> impl Fn() -> Option<String> + Copy + Send + 'static {
    page.see(move |snapshot| {
        let refusals = &snapshot.preview.as_ref()?.refusals;
        refusals.iter().find(|refusal| refusal.field == name).map(|refusal| refusal.sentence.clone())
    })
}

fn field_view(page: Page, field: Field, placeholder: &str, place: Place) -> AnyView {
    let mark = format!("{place}-{}", field.name.replace('_', "-"));
    let note = format!("{mark}-note");
    let refused = refusal(page, field.name);
    let input = el("input", "")
        .attr("id", &mark)
        .mark(&mark)
        .attr("inputmode", "decimal")
        .attr("autocomplete", "off")
        .attr("placeholder", placeholder)
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

/// A field whose text lies elsewhere than in the draft.
pub(super) fn text_field(page: Page, mark: &str, label: &str, unit: Unit, text: RwSignal<String>) -> AnyView {
    let input = el("input", "")
        .attr("id", mark)
        .mark(mark)
        .attr("inputmode", "decimal")
        .attr("autocomplete", "off")
        .value_of(text_of(text))
        .on("input", move |event| text.set(event_target_value(&event)))
        .empty();
    el("div", "field").holds([
        el("label", "").attr("for", mark).says(label),
        el("div", "input").holds([
            input,
            el("span", "unit").says_of(page.see(move |snapshot| unit.word(&snapshot.market))),
        ]),
    ])
}

fn presets(page: Page, place: Place) -> AnyView {
    let preset = move |&(mark, caption, fast, slow, secs): &(
        &'static str,
        &'static str,
        &'static str,
        &'static str,
        &'static str,
    )| {
        let is_chosen = move || {
            page.draft.terms.with(|terms| {
                !terms.holds && terms.fast == fast && terms.slow == slow && terms.interval_secs == secs
            })
        };
        // The form's are known by their own names.
        let mark = if place == FORM { mark.to_owned() } else { format!("{place}-{mark}") };
        button(&mark, "chip")
            .attr_of("aria-pressed", move || is_chosen().to_string())
            .press(move || {
                page.draft.edit(|terms| {
                    terms.fast = fast.to_owned();
                    terms.slow = slow.to_owned();
                    terms.interval_secs = secs.to_owned();
                    terms.holds = false;
                });
            })
            .says(caption)
    };
    let hold = move || {
        let mark = if place == FORM { "preset-hold".to_owned() } else { format!("{place}-preset-hold") };
        button(&mark, "chip")
            .attr_of("aria-pressed", move || page.draft.terms.with(|terms| terms.holds).to_string())
            .attr(
                "title",
                "Buys once, when the averages would begin, and waits: what the others are measured by.",
            )
            .press(move || page.draft.edit(|terms| terms.holds = !terms.holds))
            .says("Buy and hold")
    };
    // A grant for a live network takes no candles under a minute; the past may be tried with any.
    let has_short = move || place != FORM || page.snapshot.with(|seen| seen.network.is_local);
    part(has_short, move |has_short| {
        let is_offered =
            |(.., secs): &&(_, _, _, _, &str)| *has_short || secs.parse().is_ok_and(|secs: u32| secs >= 60);
        let mut chips: Vec<_> = PRESETS.iter().filter(is_offered).map(preset).collect();
        chips.push(hold());
        el("div", "chips").attr("role", "group").attr("aria-label", "Presets").holds(chips)
    })
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
