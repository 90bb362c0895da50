//! Elements of one type.
//!
//! [`El`] collects attributes and ends in a view. Leptos does the rest: boxed closures are reactive text and
//! attributes, [`each`] is its keyed list. What may change is remounted, never patched into another shape.

use std::sync::{Arc, Mutex};

use leptos::ev::{Custom, Event};
use leptos::html::{ElementChild, custom};
use leptos::prelude::{AddAnyAttr, AnyView, IntoAny, Owner};
use leptos::tachys::html::attribute::any_attribute::{AnyAttribute, IntoAnyAttribute};
use leptos::tachys::html::attribute::custom::custom_attribute;
use leptos::tachys::html::event::on;
use leptos::tachys::html::property::prop;
use leptos::tachys::reactive_graph::OwnedView;
use leptos::tachys::view::keyed::keyed;

/// A reactive value: asked again whenever a signal read inside it changes.
type Value<T> = Box<dyn FnMut() -> T + Send>;

/// An element under construction.
pub(super) struct El {
    tag: &'static str,
    attributes: Vec<AnyAttribute>,
}

/// An element with CSS classes; no classes when `class` is empty.
pub(super) fn el(tag: &'static str, class: &str) -> El {
    let element = El { tag, attributes: Vec::new() };
    if class.is_empty() { element } else { element.attr("class", class) }
}

impl El {
    fn with(mut self, attribute: AnyAttribute) -> Self {
        self.attributes.push(attribute);
        self
    }

    /// The stable name tests find it by.
    pub(super) fn mark(self, name: &str) -> Self {
        self.attr("data-testid", name)
    }

    /// A fixed attribute.
    pub(super) fn attr(self, name: &'static str, value: &str) -> Self {
        self.with(custom_attribute(name, value.to_owned()).into_any_attr())
    }

    /// A changing attribute.
    pub(super) fn attr_of(self, name: &'static str, value: impl Fn() -> String + Send + 'static) -> Self {
        let value: Value<String> = Box::new(value);
        self.with(custom_attribute(name, value).into_any_attr())
    }

    /// An attribute that is there or not, such as `disabled`.
    pub(super) fn flag(self, name: &'static str, is_set: impl Fn() -> bool + Send + 'static) -> Self {
        let is_set: Value<bool> = Box::new(is_set);
        self.with(custom_attribute(name, is_set).into_any_attr())
    }

    /// The live value of an input or select, not only its first one.
    pub(super) fn value_of(self, value: impl Fn() -> String + Send + 'static) -> Self {
        let value: Value<String> = Box::new(value);
        self.with(prop("value", value).into_any_attr())
    }

    /// The live state of a checkbox.
    pub(super) fn checked_of(self, is_checked: impl Fn() -> bool + Send + 'static) -> Self {
        let is_checked: Value<bool> = Box::new(is_checked);
        self.with(prop("checked", is_checked).into_any_attr())
    }

    /// A listener.
    pub(super) fn on(self, event: &'static str, act: impl FnMut(Event) + 'static) -> Self {
        let act: Box<dyn FnMut(Event)> = Box::new(act);
        self.with(on(Custom::new(event), act).into_any_attr())
    }

    /// What a press does.
    pub(super) fn press(self, act: impl Fn() + 'static) -> Self {
        self.on("click", move |_| act())
    }

    /// Ends with children.
    pub(super) fn holds(self, children: impl Into<Vec<AnyView>>) -> AnyView {
        self.finish(children.into())
    }

    /// Ends with fixed text.
    pub(super) fn says(self, text: impl Into<String>) -> AnyView {
        self.finish(vec![words(text)])
    }

    /// Ends with changing text.
    pub(super) fn says_of(self, text: impl Fn() -> String + Send + 'static) -> AnyView {
        self.finish(vec![words_of(text)])
    }

    /// Ends without content.
    pub(super) fn empty(self) -> AnyView {
        self.finish(Vec::new())
    }

    fn finish(self, children: Vec<AnyView>) -> AnyView {
        custom(self.tag).add_any_attr(self.attributes).child(children).into_any()
    }
}

/// Fixed text.
pub(super) fn words(text: impl Into<String>) -> AnyView {
    let text: String = text.into();
    text.into_any()
}

/// Changing text.
pub(super) fn words_of(text: impl Fn() -> String + Send + 'static) -> AnyView {
    let text: Value<String> = Box::new(text);
    text.into_any()
}

/// Nothing.
pub(super) fn nothing() -> AnyView {
    ().into_any()
}

/// One view per key, kept as long as its key stays in the list.
pub(super) fn each(
    keys: impl Fn() -> Vec<u64> + Send + 'static,
    view: impl Fn(u64) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let keys: Value<Vec<u64>> = Box::new(keys);
    each_boxed(keys, Arc::new(view))
}

/// Each view owns the signals it creates: the list's own effect runs again with every change of the keys,
/// and would otherwise take them away under a view that stays.
fn each_boxed(mut keys: Value<Vec<u64>>, view: Arc<dyn Fn(u64) -> AnyView + Send + Sync>) -> AnyView {
    let parent = Owner::current().unwrap_or_default();
    let list = move || {
        let (view, parent) = (Arc::clone(&view), parent.clone());
        let item = move |_, key| {
            let owner = parent.child();
            let shown = owner.with(|| view(key));
            ((|_| ()) as fn(usize), OwnedView::new_with_owner(shown, owner))
        };
        keyed(keys(), |key| *key, item)
    };
    list.into_any()
}

/// A view that is there or not.
pub(super) fn when(
    is_shown: impl Fn() -> bool + Send + 'static,
    view: impl Fn() -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each(move || if is_shown() { vec![0] } else { Vec::new() }, move |_| view())
}

/// A view of a value, built anew only when the value has changed.
pub(super) fn part<T: PartialEq + Send + 'static>(
    read: impl Fn() -> T + Send + 'static,
    view: impl Fn(&T) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let last: Arc<Mutex<(u64, Option<T>)>> = Arc::new(Mutex::new((0, None)));
    let shown = Arc::clone(&last);
    let revision = move || {
        let next = read();
        let Ok(mut last) = last.lock() else { return Vec::new() };
        if last.1.as_ref() != Some(&next) {
            *last = (last.0.wrapping_add(1), Some(next));
        }
        vec![last.0]
    };
    each(revision, move |_| match shown.lock() {
        Ok(shown) => shown.1.as_ref().map_or_else(nothing, &view),
        Err(_) => nothing(),
    })
}
