//! The page's end of the line to the sandbox's worker, with the wallet and the clock that live behind it.
//!
//! Loaded only where the sandbox is chosen. It refuses to understand levers and sheets: it carries them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use web_sys::{ErrorEvent, MessageChannel, MessageEvent, MessagePort, Worker, WorkerOptions, WorkerType};

use super::clock::BrowserClock;
use super::fault::describe;
use super::listener::Listener;
use super::sandbox_wallet::SandboxWallet;
use crate::app::{FromSandbox, ToSandbox, decode, encode};
use crate::ports::Clock as _;
use crate::units::{TimeScale, UnixMillis};

/// The second script that a worker may be made of; the page's Trusted Types policy names it too.
const LOADER: &str = "./sandbox_loader.js";

/// A worker that lives says so once a second; one that is loading may take longer.
const LONGEST_SILENCE_MILLIS: u64 = 10_000;

/// A running sandbox; its worker ends when this is dropped.
#[derive(Debug)]
pub struct SandboxTab {
    worker: Worker,
    /// What waits for the worker's first word.
    outbox: RefCell<Option<Vec<ToSandbox>>>,
    /// Its end of the line to the trader, until it is sent over.
    port: RefCell<Option<MessagePort>>,
    wallet: RefCell<Option<SandboxWallet>>,
    scale: Cell<Option<TimeScale>>,
    heard_at: Cell<UnixMillis>,
    has_crashed: Cell<bool>,
    guards: RefCell<Vec<Listener>>,
}

impl SandboxTab {
    /// Starts the worker and announces the wallet. Gives the port for the trader's end too.
    ///
    /// # Errors
    /// A sentence, when the browser starts no worker.
    pub fn start(on_event: impl Fn(FromSandbox) + 'static) -> Result<(Rc<Self>, MessagePort), String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name("sandbox");
        let worker = Worker::new_with_options(LOADER, &options).map_err(|thrown| describe(&thrown))?;
        let channel = MessageChannel::new().map_err(|thrown| describe(&thrown))?;
        let tab = Rc::new(Self {
            worker,
            outbox: RefCell::new(Some(vec![ToSandbox::Begin])),
            port: RefCell::new(Some(channel.port1())),
            wallet: RefCell::default(),
            scale: Cell::default(),
            heard_at: Cell::new(BrowserClock.now()),
            has_crashed: Cell::default(),
            guards: RefCell::default(),
        });
        tab.listen(on_event);
        let link = Rc::downgrade(&tab);
        *tab.wallet.borrow_mut() = SandboxWallet::announce(move |message| {
            if let Some(tab) = link.upgrade() {
                tab.post(message);
            }
        });
        Ok((tab, channel.port2()))
    }

    fn listen(self: &Rc<Self>, on_event: impl Fn(FromSandbox) + 'static) {
        let link = Rc::downgrade(self);
        let message = Listener::new(&self.worker, "message", move |event| {
            let Some(tab) = link.upgrade() else { return };
            let data = event.dyn_ref::<MessageEvent>().map(MessageEvent::data);
            let Some(bytes) = data.and_then(|data| data.dyn_into::<Uint8Array>().ok()) else { return };
            tab.heard_at.set(BrowserClock.now());
            match decode::<FromSandbox>(&bytes.to_vec()) {
                Ok(FromSandbox::Ready) => {
                    let waiting = tab.outbox.borrow_mut().take().unwrap_or_default();
                    waiting.iter().for_each(|message| tab.post_now(message));
                }
                Ok(FromSandbox::WalletAnswer { id, answer }) => {
                    if let Some(wallet) = tab.wallet.borrow().as_ref() {
                        wallet.answer(id, answer);
                    }
                }
                Ok(told) => {
                    tab.take_in(&told);
                    on_event(told);
                }
                // Only our own worker posts here: it is of another version, and no use.
                Err(_) => tab.has_crashed.set(true),
            }
        });
        let link = Rc::downgrade(self);
        let error = Listener::new(&self.worker, "error", move |event| {
            // An error that the worker survives has a message, and the worker goes on showing signs of life.
            let is_fatal =
                event.dyn_ref::<ErrorEvent>().is_none_or(|error| error.message().contains("RuntimeError"));
            if let Some(tab) = link.upgrade().filter(|_| is_fatal) {
                tab.has_crashed.set(true);
            }
        });
        self.guards.borrow_mut().extend([message, error]);
    }

    /// What concerns clock and wallet of what the worker tells.
    fn take_in(&self, told: &FromSandbox) {
        let wallet = self.wallet.borrow();
        match told {
            FromSandbox::View(view) => {
                self.scale.set(Some(view.time_scale));
                if let Some(wallet) = wallet.as_ref() {
                    wallet.note(&view.wallet);
                }
            }
            FromSandbox::Failed(_) | FromSandbox::Cleared => self.give_up(),
            FromSandbox::Ready
            | FromSandbox::Sheet(_)
            | FromSandbox::WalletAnswer { .. }
            | FromSandbox::StartAnew => {}
        }
    }

    /// Nothing is to be expected from the worker any more: its wallet says so.
    pub fn give_up(&self) {
        if let Some(wallet) = self.wallet.borrow().as_ref() {
            wallet.leave();
        }
    }

    /// The wallet's uuid in its announcement.
    pub fn wallet_id(&self) -> Option<String> {
        self.wallet.borrow().as_ref().map(|wallet| wallet.uuid().to_owned())
    }

    /// The chain's clock; the browser's until it is known.
    pub fn now(&self) -> UnixMillis {
        let real = BrowserClock.now();
        self.scale.get().map_or(real, |scale| scale.chain_time(real.0))
    }

    /// Whether the worker ended, or has shown no sign of life for long.
    pub fn is_dead(&self) -> bool {
        let silence = BrowserClock.now().millis_since(self.heard_at.get());
        self.has_crashed.get() || silence > LONGEST_SILENCE_MILLIS
    }

    /// Sends, as soon as the worker listens.
    pub fn post(&self, message: ToSandbox) {
        match self.outbox.borrow_mut().as_mut() {
            Some(waiting) => waiting.push(message),
            None => self.post_now(&message),
        }
    }

    fn post_now(&self, message: &ToSandbox) {
        let bytes = encode(message).expect("every message of the page can be written");
        let bytes = Uint8Array::from(bytes.as_slice());
        let transfer = Array::of1(&bytes.buffer());
        if let Some(port) = self.port.borrow_mut().take() {
            transfer.push(&port);
        }
        // A worker that is gone is noticed by its silence.
        let _posted = self.worker.post_message_with_transfer(&bytes, &transfer);
    }
}

impl Drop for SandboxTab {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
