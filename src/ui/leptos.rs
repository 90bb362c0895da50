//! The words of Leptos that the page is written in: signals, elements, the keyed list.
//!
//! Named once here, so that a component imports one place and the rest of the page shows how little of it is
//! used.

pub use leptos::callback::{Callable, Callback};
pub use leptos::leptos_dom::helpers::{event_target_checked, event_target_value, set_timeout};
pub use leptos::reactive::effect::Effect;
pub use leptos::reactive::owner::Owner;
pub use leptos::reactive::signal::RwSignal;
pub use leptos::reactive::traits::{Get, GetUntracked, Set, Update, With, WithUntracked};
pub use leptos::reactive::wrappers::read::Signal;
pub use leptos::tachys::dom::document;
pub use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
pub use leptos::tachys::html::attribute::custom::custom_attribute;
pub use leptos::tachys::html::event::on;
pub use leptos::tachys::html::property::prop;
pub use leptos::tachys::html::{element as html, event as ev};
pub use leptos::tachys::prelude::{AddAnyAttr, IntoAny, NodeRefAttribute};
pub use leptos::tachys::reactive_graph::OwnedView;
pub use leptos::tachys::reactive_graph::node_ref::NodeRef;
pub use leptos::tachys::svg;
pub use leptos::tachys::view::any_view::AnyView;
pub use leptos::tachys::view::keyed::keyed;
