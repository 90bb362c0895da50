//! The page's end of the line to the trader's worker.
//!
//! Carries intents there and snapshots back, and answers the trader's wallet requests with the wallet that was
//! named, never another. It refuses to understand what is asked or shown.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{ErrorEvent, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use super::fault::describe;
use super::listener::Listener;
use super::wallets::{ProviderWatch, WalletList};
use crate::app::{ChartUpdate, ExportFile, Intent, Snapshot, ToPage, ToTrader, WalletError, decode, encode};

/// The only script a worker may be made of; the page's Trusted Types policy names it too.
const LOADER: &str = "./trader_loader.js";

/// EIP-1193 "disconnected": there is no such wallet (any more).
const DISCONNECTED: i64 = 4_900;

/// What reaches the page from the trader.
#[derive(Clone, Debug, PartialEq)]
pub enum FromTrader {
    /// The worker runs and listens.
    Ready,
    /// How things stand.
    Snapshot(Box<Snapshot>),
    /// What changed on the chart.
    Chart(ChartUpdate),
    /// A file to offer for saving.
    File(ExportFile),
    /// The worker could not start, died, or spoke nonsense. Nothing trades in this tab; a reload starts anew
    /// from the journal.
    Crashed(String),
}

/// A running worker; it ends when this is dropped.
#[derive(Debug)]
pub struct TraderLink {
    worker: Worker,
    /// What waits for the worker's first word: a worker that still loads would lose it.
    outbox: RefCell<Option<Vec<ToTrader>>>,
    /// Its line to the sandbox, until it is sent over.
    port: RefCell<Option<MessagePort>>,
    wallets: Rc<WalletList>,
    provider_watch: RefCell<Option<ProviderWatch>>,
    guards: RefCell<Vec<Listener>>,
}

impl TraderLink {
    /// Starts the worker on the network of this id or on that of the last time, on the sandbox with a port to it.
    /// Call it after [`super::first_paint`], so that the page is there first.
    ///
    /// # Errors
    /// A sentence, when the browser starts no worker.
    pub fn start(
        network: Option<String>,
        sandbox: Option<MessagePort>,
        wallets: Rc<WalletList>,
        on_event: impl Fn(FromTrader) + 'static,
    ) -> Result<Rc<Self>, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("trader");
        let worker = Worker::new_with_options(LOADER, &options).map_err(|thrown| describe(&thrown))?;
        let link = Rc::new(Self {
            worker,
            outbox: RefCell::new(Some(vec![ToTrader::Begin { network }])),
            port: RefCell::new(sandbox),
            wallets,
            provider_watch: RefCell::default(),
            guards: RefCell::default(),
        });
        link.listen(Rc::new(on_event));
        Ok(link)
    }

    fn listen(self: &Rc<Self>, on_event: Rc<dyn Fn(FromTrader)>) {
        let link = Rc::downgrade(self);
        let hear = Rc::clone(&on_event);
        let message = Listener::new(&self.worker, "message", move |event| {
            let Some(link) = link.upgrade() else { return };
            let bytes = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            let bytes = bytes.and_then(|data| data.dyn_into::<Uint8Array>().ok()).map(|data| data.to_vec());
            match decode::<ToPage>(&bytes.unwrap_or_default()) {
                Ok(ToPage::Ready) => {
                    let waiting = link.outbox.borrow_mut().take().unwrap_or_default();
                    waiting.iter().for_each(|message| link.post_now(message));
                    hear(FromTrader::Ready);
                }
                Ok(ToPage::Snapshot(snapshot)) => hear(FromTrader::Snapshot(snapshot)),
                Ok(ToPage::Chart(update)) => hear(FromTrader::Chart(update)),
                Ok(ToPage::File(file)) => hear(FromTrader::File(file)),
                Ok(ToPage::WalletRequest { id, wallet, method, params }) => {
                    spawn_local(async move { link.ask_wallet(id, &wallet, &method, &params).await });
                }
                Err(error) => hear(FromTrader::Crashed(error.to_string())),
            }
        });
        let hear = Rc::clone(&on_event);
        let error = Listener::new(&self.worker, "error", move |event| {
            let message = event.dyn_ref::<ErrorEvent>().map(ErrorEvent::message);
            let message = message.unwrap_or_else(|| "its program could not be loaded".to_owned());
            hear(FromTrader::Crashed(message));
        });
        let garbled = Listener::new(&self.worker, "messageerror", move |_| {
            on_event(FromTrader::Crashed("a message could not be read".to_owned()));
        });
        self.guards.borrow_mut().extend([message, error, garbled]);
    }

    /// Sends what the person asks for. The chosen wallet's own events follow it to the trader.
    pub fn send(self: &Rc<Self>, intent: Intent) {
        if let Intent::Connect { wallet, .. } | Intent::TryIt { wallet, .. } = &intent {
            let link = Rc::downgrade(self);
            let pass_on = move |event| {
                if let Some(link) = link.upgrade() {
                    link.post(ToTrader::Event(event));
                }
            };
            let watch = self.wallets.provider(wallet).map(|provider| provider.watch(pass_on));
            *self.provider_watch.borrow_mut() = watch;
        } else if intent == Intent::Disconnect {
            *self.provider_watch.borrow_mut() = None;
        }
        self.post(ToTrader::Intent(Box::new(intent)));
    }

    async fn ask_wallet(&self, id: u64, wallet: &str, method: &str, params: &str) {
        let answer = match self.wallets.provider(wallet) {
            Some(provider) => provider.request(method, params).await,
            None => {
                let message = "this wallet is not in the browser any more".to_owned();
                Err(WalletError { code: DISCONNECTED, message, data: None })
            }
        };
        self.post(ToTrader::WalletAnswer { id, answer });
    }

    fn post(&self, message: ToTrader) {
        match self.outbox.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => self.post_now(&message),
        }
    }

    fn post_now(&self, message: &ToTrader) {
        let bytes = encode(message).expect("every message of the page can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        let transfer = Array::of1(&bytes.buffer());
        if let Some(port) = self.port.borrow_mut().take() {
            transfer.push(&port);
        }
        // A worker that is gone has told so by its error event.
        let _posted = self.worker.post_message_with_transfer(&bytes, &transfer);
    }
}

impl Drop for TraderLink {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
