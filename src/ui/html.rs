//! Elements of one type.
//!
//! [`El`] collects attributes and ends in a view. Leptos does the rest: boxed closures are reactive text and
//! attributes, [`each`] is its keyed list. What may change is remounted, never patched into another shape.
//!
//! The page has hundreds of closures, each of a type of its own. Here every one is boxed before anything else is
//! done with it, so that the program holds what is done once and not once per closure.

use std::sync::{Arc, Mutex};

use super::leptos::ev::{Custom, Event};
use super::leptos::html::{ElementChild, custom};
use super::leptos::{
    AddAnyAttr, AnyAttribute, AnyView, Effect, IntoAny, IntoAnyAttribute, OwnedView, Owner, custom_attribute,
    keyed, on, prop,
};

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
        self.attr_boxed(name, Box::new(value))
    }

    fn attr_boxed(self, name: &'static str, value: Value<String>) -> Self {
        self.with(custom_attribute(name, value).into_any_attr())
    }

    /// An attribute that is there or not, such as `disabled`.
    pub(super) fn flag(self, name: &'static str, is_set: impl Fn() -> bool + Send + 'static) -> Self {
        self.flag_boxed(name, Box::new(is_set))
    }

    fn flag_boxed(self, name: &'static str, is_set: Value<bool>) -> Self {
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
        self.on_boxed(event, Box::new(act))
    }

    fn on_boxed(self, event: &'static str, act: Box<dyn FnMut(Event)>) -> Self {
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
        self.says_boxed(Box::new(text))
    }

    fn says_boxed(self, text: Value<String>) -> AnyView {
        self.finish(vec![text.into_any()])
    }

    /// Ends without content.
    pub(super) fn empty(self) -> AnyView {
        self.finish(Vec::new())
    }

    /// The attributes alone, for an element that is not one of ours.
    pub(super) fn attributes(self) -> Vec<AnyAttribute> {
        self.attributes
    }

    fn finish(self, children: Vec<AnyView>) -> AnyView {
        custom(self.tag).add_any_attr(self.attributes).child(children).into_any()
    }
}

/// What is done now and whenever a signal read in it changes.
pub(super) fn effect(act: impl FnMut() + 'static) {
    effect_boxed(Box::new(act));
}

fn effect_boxed(act: Box<dyn FnMut()>) {
    Effect::new(act);
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

/// What a list shows now: its keys, and how the view of a new one is made.
type Listed = (Vec<u64>, Box<dyn Fn(u64) -> Shown + Send>);

/// A view with the signals it created: the list's own effect runs again with every change of the keys, and would
/// otherwise take them away under a view that stays.
type Shown = Option<OwnedView<AnyView>>;

/// The one keyed list that all others are made of, so that the program holds it once.
fn list(mut next: Value<Listed>) -> AnyView {
    let rows = move || {
        let (keys, view) = next();
        keyed(keys, |key| *key, move |_, key| ((|_| ()) as fn(usize), view(key)))
    };
    rows.into_any()
}

fn owned(parent: &Owner, view: impl FnOnce() -> AnyView) -> OwnedView<AnyView> {
    let owner = parent.child();
    let shown = owner.with(view);
    OwnedView::new_with_owner(shown, owner)
}

/// One view per key, kept as long as its key stays in the list.
pub(super) fn each(
    keys: impl Fn() -> Vec<u64> + Send + 'static,
    view: impl Fn(u64) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    each_boxed(Box::new(keys), Arc::new(view))
}

fn each_boxed(mut keys: Value<Vec<u64>>, view: Arc<dyn Fn(u64) -> AnyView + Send + Sync>) -> AnyView {
    let parent = Owner::current().unwrap_or_default();
    list(Box::new(move || {
        let (view, parent) = (Arc::clone(&view), parent.clone());
        (keys(), Box::new(move |key| Some(owned(&parent, || view(key)))))
    }))
}

/// A view that is there or not.
pub(super) fn when(
    is_shown: impl Fn() -> bool + Send + 'static,
    view: impl Fn() -> AnyView + Send + 'static,
) -> AnyView {
    when_boxed(Box::new(is_shown), Box::new(view))
}

fn when_boxed(mut is_shown: Value<bool>, mut view: Value<AnyView>) -> AnyView {
    let mut was_shown = None;
    renewed(Box::new(move |renew| {
        let is_shown = is_shown();
        if was_shown.replace(is_shown) != Some(is_shown) {
            renew(&mut || if is_shown { view() } else { nothing() });
        }
    }))
}

/// A view of a value, built anew only when the value has changed.
pub(super) fn part<T: PartialEq + Send + 'static>(
    read: impl Fn() -> T + Send + 'static,
    view: impl Fn(&T) -> AnyView + Send + 'static,
) -> AnyView {
    part_boxed(Box::new(read), Box::new(view))
}

fn part_boxed<T: PartialEq + Send + 'static>(
    mut read: Value<T>,
    view: Box<dyn Fn(&T) -> AnyView + Send>,
) -> AnyView {
    let mut last = None;
    renewed(Box::new(move |renew| {
        let next = read();
        if last.as_ref() != Some(&next) {
            let value = last.insert(next);
            renew(&mut || view(value));
        }
    }))
}

/// Looks again, and hands over how the view is made if it must be made anew.
type Look = Box<dyn FnMut(&mut dyn FnMut(&mut dyn FnMut() -> AnyView)) + Send>;

fn renewed(mut look: Look) -> AnyView {
    let parent = Owner::current().unwrap_or_default();
    let mut revision = 0;
    list(Box::new(move || {
        let mut fresh = None;
        look(&mut |view| fresh = Some(owned(&parent, view)));
        revision += u64::from(fresh.is_some());
        let fresh = Mutex::new(fresh);
        (vec![revision], Box::new(move |_| fresh.lock().ok()?.take()))
    }))
}
