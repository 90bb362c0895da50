//! An EIP-1193 provider, held by the references it had when it was captured.

use js_sys::{Array, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

use super::super::clock::within;
use super::super::fault::{describe, property, text_property, to_json};
use crate::app::{PageEvent, WalletError};

/// A person reads before signing; a wallet whose window was closed never answers at all.
pub const WALLET_TIMEOUT_MILLIS: u32 = 120_000;

/// Longer texts in an answer's error are cut.
const LONGEST_DATA: usize = 4_096;

/// An EIP-1193 event, and what happens on it.
type EventCallback = (&'static str, Closure<dyn FnMut(JsValue)>);

/// A wallet's provider.
#[derive(Clone, Debug)]
pub struct Provider {
    object: JsValue,
    request: Function,
}

impl Provider {
    /// The provider with its `request` of now; later changes to the object change nothing here. `None` when it
    /// has no such function.
    pub(super) fn capture(object: JsValue) -> Option<Self> {
        let request = property(&object, "request")?.dyn_into().ok()?;
        Some(Self { object, request })
    }

    /// Whether both are one object.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.object == other.object
    }

    /// Asks the wallet. `params` is JSON text, and so is the result.
    ///
    /// # Errors
    /// What the wallet refused with; code 0 when it gave none, did not answer in
    /// [`WALLET_TIMEOUT_MILLIS`], or answered with something that is not JSON.
    pub async fn request(&self, method: &str, params: &str) -> Result<String, WalletError> {
        self.request_within(WALLET_TIMEOUT_MILLIS, method, params).await
    }

    /// [`Provider::request`] with another patience.
    ///
    /// # Errors
    /// As there.
    pub async fn request_within(
        &self,
        timeout_millis: u32,
        method: &str,
        params: &str,
    ) -> Result<String, WalletError> {
        let asked = self.ask(method, params).map_err(|thrown| to_wallet_error(&thrown))?;
        // Also an answer that is no promise is waited for, as `await` in JS does.
        let answer = within(timeout_millis, JsFuture::from(Promise::resolve(&asked))).await;
        match answer {
            Some(Ok(result)) => {
                let result = if result.is_undefined() { JsValue::NULL } else { result };
                to_json(&result).ok_or_else(|| plain("the wallet's answer is not data"))
            }
            Some(Err(thrown)) => Err(to_wallet_error(&thrown)),
            None => Err(plain(&format!("the wallet did not answer within {} s", timeout_millis / 1_000))),
        }
    }

    fn ask(&self, method: &str, params: &str) -> Result<JsValue, JsValue> {
        let arguments = Object::new();
        Reflect::set(&arguments, &JsValue::from_str("method"), &JsValue::from_str(method))?;
        Reflect::set(&arguments, &JsValue::from_str("params"), &JSON::parse(params)?)?;
        self.request.call1(&self.object, &arguments)
    }

    /// Passes on what the wallet tells about itself until the watch is dropped.
    pub fn watch(&self, on_event: impl Fn(PageEvent) + Clone + 'static) -> ProviderWatch {
        let accounts = on_event.clone();
        let chain = on_event.clone();
        let callbacks: [EventCallback; 3] = [
            (
                "accountsChanged",
                Closure::new(move |value| accounts(PageEvent::AccountsChanged(texts(&value)))),
            ),
            ("chainChanged", Closure::new(move |value| chain(PageEvent::ChainChanged(text(&value))))),
            ("disconnect", Closure::new(move |_| on_event(PageEvent::WalletDisconnected))),
        ];
        let watch = ProviderWatch { object: self.object.clone(), callbacks };
        watch.call("on");
        watch
    }
}

fn texts(value: &JsValue) -> Vec<String> {
    // Nobody has as many accounts; a hostile list ends here.
    const MOST_ACCOUNTS: u32 = 1_000;
    let Some(list) = value.dyn_ref::<Array>() else { return Vec::new() };
    (0..list.length().min(MOST_ACCOUNTS)).filter_map(|index| list.get(index).as_string()).collect()
}

/// A chain id comes as hex text by the standard, as a number by some wallets.
fn text(value: &JsValue) -> String {
    value.as_string().or_else(|| to_json(value)).unwrap_or_default()
}

/// The wallet's event listeners, removed on drop.
#[derive(Debug)]
pub struct ProviderWatch {
    object: JsValue,
    callbacks: [EventCallback; 3],
}

impl ProviderWatch {
    /// Calls the provider's `on` or `removeListener`; a wallet without events is not watched.
    fn call(&self, function: &str) {
        let Some(function) = property(&self.object, function).and_then(|f| f.dyn_into::<Function>().ok())
        else {
            return;
        };
        for (event, callback) in &self.callbacks {
            let _called = function.call2(&self.object, &JsValue::from_str(event), callback.as_ref());
        }
    }
}

impl Drop for ProviderWatch {
    fn drop(&mut self) {
        self.call("removeListener");
    }
}

fn plain(message: &str) -> WalletError {
    WalletError { code: 0, message: message.to_owned(), data: None }
}

/// JSON-RPC's "internal error": some wallets wrap the real one in it, under `data.originalError`.
const INTERNAL_ERROR: i64 = -32_603;

/// Whatever a wallet throws, as data. Codes come as numbers, as text, or wrapped.
fn to_wallet_error(thrown: &JsValue) -> WalletError {
    let data = property(thrown, "data");
    let inner = || code_of(&property(data.as_ref()?, "originalError")?);
    let outer = code_of(thrown);
    let code = outer.filter(|code| *code != INTERNAL_ERROR).or_else(inner).or(outer).unwrap_or(0);
    let message = text_property(thrown, "message").filter(|message| !message.is_empty());
    let message = message.map_or_else(|| describe(thrown), |message| message.chars().take(500).collect());
    let data = data.as_ref().and_then(to_json).map(|data| data.chars().take(LONGEST_DATA).collect());
    WalletError { code, message, data }
}

fn code_of(error: &JsValue) -> Option<i64> {
    let code = property(error, "code")?;
    if let Some(text) = code.as_string() {
        return text.trim().parse().ok();
    }
    let number = code.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
    #[expect(clippy::cast_possible_truncation, reason = "whole and small")]
    Some(number as i64)
}
