//! The events of an EIP-1193 provider: who listens, and telling them.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Event and listener, in the order they came. As with Node's emitter, which EIP-1193 names, one that was added
/// twice hears everything twice.
type Listeners = Rc<RefCell<Vec<(String, Function)>>>;

/// `on` or `removeListener`: both take an event and a listener, and give the provider back.
type Method = Closure<dyn Fn(JsValue, JsValue) -> JsValue>;

/// The listeners of one provider.
#[derive(Debug)]
pub(super) struct Emitter {
    listeners: Listeners,
    _methods: [Method; 2],
}

impl Emitter {
    /// Gives `provider` its `on` and `removeListener`.
    pub(super) fn of(provider: &Object) -> Self {
        let listeners = Listeners::default();
        let method = |name: &str, act: fn(&mut Vec<(String, Function)>, String, Function)| {
            let (known, itself) = (Rc::clone(&listeners), provider.clone());
            let method = Method::new(move |event: JsValue, listener: JsValue| {
                // What is no event or no function is nobody who could be told.
                if let Some((event, listener)) = event.as_string().zip(listener.dyn_into().ok()) {
                    act(&mut known.borrow_mut(), event, listener);
                }
                itself.clone().into()
            });
            // A fresh object takes every property.
            let _set = Reflect::set(provider, &JsValue::from_str(name), method.as_ref());
            method
        };
        let on = method("on", |known, event, listener| known.push((event, listener)));
        let remove = method("removeListener", |known, event, listener| {
            // The newest goes first, as in Node.
            if let Some(place) = known.iter().rposition(|(name, it)| *name == event && *it == listener) {
                known.remove(place);
            }
        });
        Self { listeners, _methods: [on, remove] }
    }

    /// Tells everybody who listens to `event` now; those who come or go meanwhile change nothing for this time.
    pub(super) fn emit(&self, event: &str, value: &JsValue) {
        let told: Vec<Function> = {
            let known = self.listeners.borrow();
            known.iter().filter(|(name, _)| name == event).map(|(_, listener)| listener.clone()).collect()
        };
        for listener in told {
            // What one listener throws is not the others' business.
            let _told = listener.call1(&JsValue::UNDEFINED, value);
        }
    }
}
