//! The wallet: what binds the owner waits for the person's decision, everything else is answered at once.

use std::cell::RefCell;
use std::rc::Rc;

use leash::app::{FromSandbox, Sheet, SheetSection, WalletError};
use leash::ports::Clock as _;
use leash::sandbox::{Approval, Peer, Refusal, Reply};
use leash::web::BrowserClock;
use serde_json::Value;
use wasm_bindgen_futures::spawn_local;

use crate::worker::Host;

/// EIP-1193: the person said no.
const REJECTED: i64 = 4_001;
/// EIP-1193: the wallet does not answer.
const DISCONNECTED: i64 = 4_900;
/// EIP-1474 "resource unavailable": another request waits for the person.
const BUSY: i64 = -32_002;

/// A request that waits for the person.
struct Waiting {
    id: u64,
    method: String,
    params: Value,
}

/// At most one request waits at a time.
#[derive(Default)]
pub(crate) struct Approvals(RefCell<Option<Waiting>>);

impl Approvals {
    /// Takes a request of the page in.
    pub(crate) fn ask(&self, host: &Rc<Host>, id: u64, method: String, params: &str) {
        let params = serde_json::from_str(params).unwrap_or_default();
        let Some(approval) = Approval::of(&method, &params) else {
            return perform(host, id, &method, &params);
        };
        if self.0.borrow().is_some() {
            return refuse(host, id, BUSY, "another request waits for your decision");
        }
        host.page.post(&FromSandbox::Sheet(Box::new(sheet(id, approval))));
        *self.0.borrow_mut() = Some(Waiting { id, method, params });
    }

    /// Does what the person decided; a decision about something else changes nothing.
    pub(crate) fn decide(&self, host: &Rc<Host>, id: u64, is_approved: bool) {
        let Some(Waiting { method, params, .. }) = self.0.borrow_mut().take_if(|waiting| waiting.id == id)
        else {
            return;
        };
        if is_approved {
            perform(host, id, &method, &params);
        } else {
            refuse(host, id, REJECTED, "the person rejected the request");
        }
    }
}

fn sheet(id: u64, approval: Approval) -> Sheet {
    let Approval { title, meaning, compare, sections } = approval;
    let sections = sections.into_iter().map(|section| SheetSection {
        title: section.title,
        rows: section.rows,
        is_open: section.is_open,
    });
    Sheet { id, title, meaning, compare, sections: sections.collect() }
}

fn perform(host: &Rc<Host>, id: u64, method: &str, params: &Value) {
    match host.ask(Peer::Wallet, method, params) {
        Reply::Answer(answer) => tell(host, id, answer),
        Reply::Later { millis, answer } => {
            let host = Rc::clone(host);
            spawn_local(async move {
                BrowserClock.sleep_millis(millis).await;
                tell(&host, id, answer);
            });
        }
        Reply::Silence => refuse(host, id, DISCONNECTED, "the wallet does not answer"),
    }
}

fn tell(host: &Host, id: u64, answer: Result<Value, Refusal>) {
    let answer = answer.map(|result| result.to_string());
    let answer = answer.map_err(|Refusal { code, message, data }| WalletError {
        code,
        message,
        data: data.map(|data| data.to_string()),
    });
    host.page.post(&FromSandbox::WalletAnswer { id, answer });
}

fn refuse(host: &Host, id: u64, code: i64, message: &str) {
    tell(host, id, Err(Refusal { code, message: message.to_owned(), data: None }));
}
