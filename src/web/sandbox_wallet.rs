//! The sandbox's wallet as a page's script sees any wallet: an EIP-1193 provider announced by EIP-6963.
//!
//! Requests go to the sandbox's worker, which holds the key and asks the person first; this file only turns them
//! into messages, answers into promises, and what the worker tells of the wallet into events.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Array, Error, Function, JSON, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CustomEvent, CustomEventInit};

use super::emitter::Emitter;
use super::fault::{property, text_property, to_json};
use super::listener::Listener;
use crate::app::{SharedWallet, ToSandbox, WalletError};

/// What it calls itself; nobody shall take it for a wallet with money in it.
pub const SANDBOX_WALLET_NAME: &str = "Sandbox wallet (play money)";
const RDNS: &str = "app.leash.sandbox";
/// A spade in a square of sand.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E%3Crect width='32' height='32' rx='7' fill='%23d9a441'/%3E%3Cpath d='M19 5l8 8-3 1-2-2-7 7 3 3c-2 4-8 5-13 5 0-5 1-11 5-13l3 3 7-7-2-2z' fill='%23fff'/%3E%3C/svg%3E";
/// EIP-1193: the method is not supported; also for what is no request.
const UNSUPPORTED: i64 = 4_200;
/// EIP-1193: the provider is connected to no chain.
const DISCONNECTED: i64 = 4_900;

/// Who waits for the answer to a request: a promise's two ends.
type Waiting = BTreeMap<u64, (Function, Function)>;

/// The announced wallet; it is gone when this is dropped.
#[derive(Debug)]
pub struct SandboxWallet {
    uuid: String,
    waiting: Rc<RefCell<Waiting>>,
    /// What the worker told last; nothing while there is no worker.
    told: RefCell<Option<SharedWallet>>,
    /// Whether the worker is gone for good.
    is_gone: Rc<Cell<bool>>,
    emitter: Emitter,
    _provider: Object,
    _request: Closure<dyn FnMut(JsValue) -> Promise>,
    _announcer: Listener,
}

impl SandboxWallet {
    /// Announces the wallet, now and whenever a page asks; its requests go to `post`. `None` where there is no
    /// window.
    pub fn announce(post: impl Fn(ToSandbox) + 'static) -> Option<Self> {
        let window = web_sys::window()?;
        let uuid = window.crypto().ok()?.random_uuid();
        let waiting = Rc::new(RefCell::new(Waiting::new()));
        let (asking, next_id) = (Rc::clone(&waiting), Cell::new(1));
        let is_gone = Rc::new(Cell::new(false));
        let is_over = Rc::clone(&is_gone);
        let request = Closure::<dyn FnMut(JsValue) -> Promise>::new(move |arguments: JsValue| {
            Promise::new(&mut |resolve, reject| {
                let params = property(&arguments, "params").map_or(Some("[]".to_owned()), |it| to_json(&it));
                let refuse = |error: &WalletError| {
                    // A reject function throws never.
                    let _told = reject.call1(&JsValue::UNDEFINED, &to_thrown(error));
                };
                let Some((method, params)) = text_property(&arguments, "method").zip(params) else {
                    return refuse(&plain(UNSUPPORTED, "this is no request"));
                };
                if is_over.get() {
                    return refuse(&gone());
                }
                let id = next_id.replace(next_id.get() + 1);
                asking.borrow_mut().insert(id, (resolve, reject));
                post(ToSandbox::Wallet { id, method, params });
            })
        });
        let provider = Object::new();
        let emitter = Emitter::of(&provider);
        let set = |object: &Object, name: &str, value: &JsValue| {
            // A fresh object takes every property.
            let _set = Reflect::set(object, &JsValue::from_str(name), value);
        };
        set(&provider, "request", request.as_ref());
        let info = Object::new();
        for (name, value) in
            [("uuid", uuid.as_str()), ("name", SANDBOX_WALLET_NAME), ("icon", ICON), ("rdns", RDNS)]
        {
            set(&info, name, &JsValue::from_str(value));
        }
        let detail = Object::new();
        set(&detail, "info", &Object::freeze(&info));
        set(&detail, "provider", &provider);
        let detail = Object::freeze(&detail);
        let announce = move || {
            let init = CustomEventInit::new();
            init.set_detail(&detail);
            let event = CustomEvent::new_with_event_init_dict("eip6963:announceProvider", &init);
            if let (Some(window), Ok(event)) = (web_sys::window(), event) {
                let _dispatched = window.dispatch_event(&event);
            }
        };
        announce();
        let announcer = Listener::new(&window, "eip6963:requestProvider", move |_| announce());
        Some(Self {
            uuid,
            waiting,
            told: RefCell::default(),
            is_gone,
            emitter,
            _provider: provider,
            _request: request,
            _announcer: announcer,
        })
    }

    /// Names it in this page's list of wallets.
    pub fn uuid(&self) -> &str {
        &self.uuid
    }

    /// Gives request `id` its answer: JSON text, or why not.
    pub fn answer(&self, id: u64, answer: Result<String, WalletError>) {
        let Some((resolve, reject)) = self.waiting.borrow_mut().remove(&id) else { return };
        let nothing = JsValue::UNDEFINED;
        // Both ends of a promise throw never.
        let _told = match answer.map(|json| JSON::parse(&json).unwrap_or(JsValue::NULL)) {
            Ok(result) => resolve.call1(&nothing, &result),
            Err(error) => reject.call1(&nothing, &to_thrown(&error)),
        };
    }

    /// Takes what the worker tells of the wallet, and passes on what is new: the first word means that there is a
    /// chain, everything later is a change of it.
    pub fn note(&self, told: &SharedWallet) {
        let before = self.told.replace(Some(told.clone()));
        self.is_gone.set(false);
        let chain = JsValue::from_str(&format!("{:#x}", told.chain_id));
        let Some(before) = before else {
            let info = Object::new();
            // A fresh object takes every property.
            let _set = Reflect::set(&info, &JsValue::from_str("chainId"), &chain);
            return self.emitter.emit("connect", &info);
        };
        if before.chain_id != told.chain_id {
            self.emitter.emit("chainChanged", &chain);
        }
        if before.accounts != told.accounts {
            let accounts: Array = told.accounts.iter().map(|account| JsValue::from_str(account)).collect();
            self.emitter.emit("accountsChanged", &accounts);
        }
    }

    /// There is no chain any more: whoever waits for an answer is told so, and so is whoever asks from now on.
    pub fn leave(&self) {
        if self.is_gone.replace(true) {
            return;
        }
        let ids: Vec<u64> = self.waiting.borrow().keys().copied().collect();
        ids.into_iter().for_each(|id| self.answer(id, Err(gone())));
        if self.told.take().is_some() {
            self.emitter.emit("disconnect", &to_thrown(&gone()));
        }
    }
}

fn plain(code: i64, message: &str) -> WalletError {
    WalletError { code, message: message.to_owned(), data: None }
}

fn gone() -> WalletError {
    plain(DISCONNECTED, "the sandbox has stopped")
}

/// EIP-1193's `ProviderRpcError`.
fn to_thrown(error: &WalletError) -> JsValue {
    let thrown = Error::new(&error.message);
    let data = error.data.as_ref().and_then(|data| JSON::parse(data).ok());
    #[expect(clippy::cast_precision_loss, reason = "codes are small")]
    let code = JsValue::from_f64(error.code as f64);
    for (name, value) in [("code", code), ("data", data.unwrap_or(JsValue::UNDEFINED))] {
        // A fresh error takes every property.
        let _set = Reflect::set(&thrown, &JsValue::from_str(name), &value);
    }
    thrown.unchecked_into()
}
