//! The right to trade, as a Web Lock.

use std::cell::RefCell;
use std::rc::Rc;

use async_trait::async_trait;
use futures_channel::oneshot;
use futures_util::FutureExt as _;
use futures_util::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};

use super::fault::{describe, property, scope};
use crate::ports::{LockError, TradingLock};

/// A Web Lock of this origin. The browser frees it when the tab closes or crashes.
#[derive(Debug, Default)]
pub struct WebLock(Rc<RefCell<Option<Held>>>);

/// A lock is held as long as its promise stays open.
#[derive(Debug)]
struct Held {
    name: String,
    release: Function,
}

impl WebLock {
    /// Asks for `name`, `ifAvailable` or by `steal`; the answer is the function that frees it, and a promise that ends with the lock.
    async fn ask(name: &str, how: &str) -> Result<Option<(Function, Promise)>, JsValue> {
        let locks = property(&scope().navigator(), "locks")
            .ok_or_else(|| JsValue::from_str("this browser has no Web Locks"))?;
        let (sender, granted) = oneshot::channel();
        let callback = Closure::once_into_js(move |lock: JsValue| {
            let mut release = None;
            let held = Promise::new(&mut |resolve, _| release = Some(resolve));
            let is_free = !lock.is_null() && !lock.is_undefined();
            // Nobody waits for the answer any more: then the lock is not kept either.
            let is_heard = sender.send(release.filter(|_| is_free)).is_ok();
            if is_free && is_heard { JsValue::from(held) } else { JsValue::UNDEFINED }
        });
        let options = Object::new();
        Reflect::set(&options, &JsValue::from_str(how), &JsValue::TRUE)?;
        let request: Function = Reflect::get(&locks, &JsValue::from_str("request"))?.dyn_into()?;
        let ended: Promise =
            request.call3(&locks, &JsValue::from_str(name), &options, &callback)?.dyn_into()?;
        // A request that fails never calls back.
        match select(granted, JsFuture::from(ended.clone())).await {
            Either::Left((Ok(release), _)) => Ok(release.map(|release| (release, ended))),
            Either::Left((Err(_), _)) => Ok(None),
            Either::Right((outcome, granted)) => match granted.now_or_never() {
                Some(Ok(release)) => Ok(release.map(|release| (release, ended))),
                _ => outcome.map(|_| None),
            },
        }
    }

    async fn take(&self, name: &str, how: &str) -> Result<bool, LockError> {
        let asked = Self::ask(name, how).await.map_err(|thrown| LockError(describe(&thrown)))?;
        let Some((release, ended)) = asked else { return Ok(false) };
        self.release();
        *self.0.borrow_mut() = Some(Held { name: name.to_owned(), release: release.clone() });
        let held = Rc::clone(&self.0);
        spawn_local(async move {
            // Ends when we release, and also when another tab steals the lock from a frozen one.
            let _ended = JsFuture::from(ended).await;
            let mut held = held.borrow_mut();
            if held.as_ref().is_some_and(|held| held.release == release) {
                *held = None;
            }
        });
        Ok(true)
    }
}

#[async_trait(?Send)]
impl TradingLock for WebLock {
    async fn try_acquire(&self, name: &str) -> Result<bool, LockError> {
        if self.0.borrow().as_ref().is_some_and(|held| held.name == name) {
            return Ok(true);
        }
        self.take(name, "ifAvailable").await
    }

    async fn steal(&self, name: &str) -> Result<bool, LockError> {
        self.take(name, "steal").await
    }

    fn is_held(&self) -> bool {
        self.0.borrow().is_some()
    }

    fn release(&self) {
        if let Some(held) = self.0.borrow_mut().take() {
            // A resolve function throws never.
            let _released = held.release.call0(&JsValue::UNDEFINED);
        }
    }
}

impl Drop for WebLock {
    fn drop(&mut self) {
        self.release();
    }
}
