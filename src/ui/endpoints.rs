//! Which servers are asked, with which keys and under which policy, and what keeps a grant from being possible here.

use super::leptos::{AnyView, Get, RwSignal, Set, event_target_value};

use super::Page;
use super::html::{El, effect, el, nothing, part, when};
use super::parts::{button, paragraph, sentences, text_of};
use crate::app::{EndpointsText, Intent, ServiceOption};

/// Addresses, in the order of [`crate::app::NetworkView::endpoints`].
const NAMES: [(&str, &str); 3] =
    [("endpoint-node", "Node"), ("endpoint-bundler", "Bundler"), ("endpoint-paymaster", "Sponsor")];
/// Keys, in the order of [`crate::app::NetworkView::has_keys`]; each belongs to the address one place further on.
const KEYS: [(&str, &str); 2] =
    [("endpoint-bundler-key", "Bundler’s key"), ("endpoint-sponsor-key", "Sponsor’s key")];
/// What an address has where a key belongs.
const KEY_PLACE: &str = "{key}";
/// Shown for a key that is kept: the page itself never has it.
const KEPT: &str = "••••••••";

/// What stands in the fields.
#[derive(Clone, Copy)]
struct Fields {
    addresses: [RwSignal<String>; 3],
    keys: [RwSignal<String>; 2],
    policy: RwSignal<String>,
}

impl Fields {
    fn new() -> Self {
        let empty = || RwSignal::new(String::new());
        Self { addresses: [empty(), empty(), empty()], keys: [empty(), empty()], policy: empty() }
    }

    fn text(self) -> EndpointsText {
        let [node, bundler, paymaster] = self.addresses.map(|text| text.get());
        let [bundler_key, sponsor_key] = self.keys.map(|text| text.get());
        EndpointsText { node, bundler, paymaster, bundler_key, sponsor_key, policy: self.policy.get() }
    }

    fn forget_keys(self) {
        for key in self.keys {
            key.set(String::new());
        }
    }

    /// Another service; a key that was written for the last one is not for this one.
    fn choose(self, option: &ServiceOption) {
        let [_, bundler, paymaster] = self.addresses;
        bundler.set(option.bundler.clone());
        paymaster.set(option.paymaster.clone());
        self.forget_keys();
    }
}

/// The folded editor above the footer.
pub(super) fn endpoints(page: Page) -> AnyView {
    let fields = Fields::new();
    let ask = move |text: EndpointsText| {
        page.ask(Intent::EditEndpoints(Box::new(text)));
        fields.forget_keys();
    };
    let mut last = None;
    effect(move || {
        let network = page.see(|snapshot| snapshot.network.clone())();
        let current = (network.endpoints, network.policy);
        if last.as_ref() != Some(&current) {
            for (text, value) in fields.addresses.iter().zip(&current.0) {
                text.set(value.clone());
            }
            fields.policy.set(current.1.clone());
        }
        last = Some(current);
    });
    let address = |index: usize| {
        let (mark, name) = NAMES[index];
        field(mark, name, fields.addresses[index], |input| input.attr("inputmode", "url"))
    };
    el("details", "panel endpoints").mark("endpoints").holds([
        el("summary", "panel-title").says("Network details"),
        part(page.see(|snapshot| snapshot.network.missing.clone()), |missing| {
            sentences("network-missing", "warn", missing)
        }),
        paragraph("muted small", "Each server can delay or refuse, none can widen what you signed."),
        part(page.see(|snapshot| snapshot.network.services.clone()), move |options| choice(fields, options)),
        el("div", "fields").holds([
            address(0),
            address(1),
            key(page, fields, 0),
            address(2),
            key(page, fields, 1),
            field("endpoint-policy", "Sponsor’s policy, if it gave you one", fields.policy, |input| input),
        ]),
        el("div", "row").holds([
            button("endpoints-save", "").press(move || ask(fields.text())).says("Use these"),
            button("endpoints-restore", "quiet").press(move || ask(Default::default())).says("Restore"),
        ]),
    ])
}

/// The services of the table; nothing where there is no choice.
fn choice(fields: Fields, options: &[ServiceOption]) -> AnyView {
    if options.len() < 2 {
        return nothing();
    }
    let option = |(index, option): (usize, &ServiceOption)| {
        el("option", "").attr("value", &index.to_string()).says(option.title.as_str())
    };
    let (known, listed) = (options.to_vec(), options.to_vec());
    let chosen = move || {
        let [_, bundler, paymaster] = fields.addresses.map(|text| text.get());
        let is_it = |option: &ServiceOption| option.bundler == bundler && option.paymaster == paymaster;
        known.iter().position(is_it).map(|index| index.to_string()).unwrap_or_default()
    };
    let mut choices = vec![el("option", "").attr("value", "").attr("disabled", "").says("As entered below")];
    choices.extend(options.iter().enumerate().map(option));
    let select = el("select", "")
        .attr("id", "endpoint-service")
        .mark("endpoint-service")
        .value_of(chosen)
        .on("change", move |event| {
            let index = event_target_value(&event).parse::<usize>().ok();
            if let Some(option) = index.and_then(|index| listed.get(index)) {
                fields.choose(option);
            }
        })
        .holds(choices);
    el("div", "field").holds([
        el("label", "").attr("for", "endpoint-service").says("Bundler and sponsor by"),
        el("div", "input").holds([select]),
    ])
}

/// The field of a key, where the address wants one.
fn key(page: Page, fields: Fields, index: usize) -> AnyView {
    let wants = move || fields.addresses[index + 1].get().contains(KEY_PLACE);
    when(wants, move || {
        let (mark, name) = KEYS[index];
        let is_kept = page.see(move |snapshot| {
            let network = &snapshot.network;
            network.has_keys[index].then(|| network.endpoints[index + 1].clone())
        });
        let kept = move || {
            let is_same = is_kept().is_some_and(|address| address == fields.addresses[index + 1].get());
            if is_same { KEPT } else { "" }.to_owned()
        };
        field(mark, name, fields.keys[index], |input| {
            // Shown as dots, and no password of this site that a browser should offer to keep.
            input.attr("type", "password").attr("autocapitalize", "off").attr_of("placeholder", kept)
        })
    })
}

fn field(mark: &str, name: &str, text: RwSignal<String>, kind: impl FnOnce(El) -> El) -> AnyView {
    let input = el("input", "mono")
        .attr("id", mark)
        .mark(mark)
        .attr("autocomplete", "off")
        .attr("spellcheck", "false");
    let input =
        kind(input).value_of(text_of(text)).on("input", move |event| text.set(event_target_value(&event)));
    el("div", "field")
        .holds([el("label", "").attr("for", mark).says(name), el("div", "input").holds([input.empty()])])
}
