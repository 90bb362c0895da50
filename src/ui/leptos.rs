//! The parts of Leptos that are in use: its signals (`reactive_graph`), its renderer (`tachys`) and a few
//! helpers.
//!
//! The crate `leptos` itself would bring server functions along, whose exports to JavaScript no linker may
//! drop: a twentieth of the page, never called.

pub use leptos_dom::helpers::{event_target_checked, event_target_value, set_timeout};
pub use reactive_graph::callback::{Callable, Callback};
pub use reactive_graph::effect::Effect;
pub use reactive_graph::owner::Owner;
pub use reactive_graph::signal::RwSignal;
pub use reactive_graph::traits::{Get, GetUntracked, Set, Update, With, WithUntracked};
pub use reactive_graph::wrappers::read::Signal;
pub use tachys::dom::document;
pub use tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
pub use tachys::html::attribute::custom::custom_attribute;
pub use tachys::html::event::on;
pub use tachys::html::property::prop;
pub use tachys::html::{element as html, event as ev};
pub use tachys::prelude::{AddAnyAttr, IntoAny, NodeRefAttribute};
pub use tachys::reactive_graph::OwnedView;
pub use tachys::reactive_graph::node_ref::NodeRef;
pub use tachys::svg;
pub use tachys::view::any_view::AnyView;
pub use tachys::view::keyed::keyed;
use tachys::view::{Mountable as _, Render as _};

/// Shows `view` inside `parent` for as long as the tab lives. The executor must be there before.
pub fn mount(parent: &tachys::renderer::types::Element, view: impl FnOnce() -> AnyView) {
    let owner = Owner::new();
    let shown = owner.with(|| {
        let mut shown = view().build();
        shown.mount(parent, None);
        shown
    });
    std::mem::forget((owner, shown));
}
