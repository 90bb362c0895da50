//! A bad line between the page and a server: answers are lost, late, broken or false, and every request is
//! counted.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use async_trait::async_trait;
use leash::ports::envelope::parse_response;
use leash::ports::{Transport, TransportError};
use serde_json::{Value, json};

use super::moment::Moment;
use super::stack::PATIENCE;
use super::{babbler, over_http};

/// What happens to a request.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Nobody there.
    Down,
    /// The request never arrives, and the wait for an answer ends.
    Silence,
    /// The request never arrives, and the wait goes on for as long as a flow lasts.
    Never,
    /// The request waits until all is well again, then arrives.
    Held,
    /// The request arrives, its answer is lost.
    LostAnswer,
    /// An answer that never ends.
    Oversized,
    /// Another status and body than JSON-RPC wants.
    Http(u16, &'static str),
    /// Too many requests; how many seconds to wait.
    Limited(&'static str),
    /// The answer is the true one, and comes so much later.
    Slow(Duration),
    /// Another answer.
    Answer(Value),
    /// A refusal with this code and message.
    Refusal(i64, String),
    /// The true answer with this field replaced.
    Altered(&'static str, Value),
}

/// What was asked, and when.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) params: Value,
    pub(crate) began: Moment,
    pub(crate) ended: Option<Moment>,
}

/// Which requests go wrong, and how.
#[derive(Debug)]
struct Rule {
    port: u16,
    method: Option<&'static str>,
    /// What their parameters say, in lower case; nothing for all.
    about: String,
    fault: Fault,
}

/// What goes wrong from now on, and what was asked so far; shared by all lines of a page.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    rules: RefCell<Vec<Rule>>,
    asked: RefCell<Vec<Request>>,
}

impl Faults {
    /// Everything asked of `port` goes wrong so.
    pub(crate) fn all(&self, port: u16, fault: Fault) {
        self.rules.borrow_mut().push(Rule { port, method: None, about: String::new(), fault });
    }

    /// Requests of `method` to `port` go wrong so.
    pub(crate) fn one(&self, port: u16, method: &'static str, fault: Fault) {
        self.about(port, method, "", fault);
    }

    /// Requests of `method` to `port` whose parameters name `about`, an address or calldata, go wrong so.
    pub(crate) fn about(&self, port: u16, method: &'static str, about: &str, fault: Fault) {
        let about = about.to_ascii_lowercase();
        self.rules.borrow_mut().push(Rule { port, method: Some(method), about, fault });
    }

    /// All is well again.
    pub(crate) fn heal(&self) {
        self.rules.borrow_mut().clear();
    }

    /// What was held at `port` goes on.
    pub(crate) fn release(&self, port: u16) {
        self.rules.borrow_mut().retain(|rule| rule.port != port || !matches!(rule.fault, Fault::Held));
    }

    /// How often `method` was asked, whatever came of it.
    pub(crate) fn count(&self, method: &str) -> usize {
        self.asked.borrow().iter().filter(|asked| asked.method == method).count()
    }

    /// Everything that was asked, in order.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.asked.borrow().clone()
    }

    fn of(&self, port: u16, method: &str, params: &Value) -> Option<Fault> {
        let is_about =
            |about: &str| about.is_empty() || params.to_string().to_ascii_lowercase().contains(about);
        let hit = |rule: &&Rule| {
            rule.port == port && rule.method.is_none_or(|only| only == method) && is_about(&rule.about)
        };
        self.rules.borrow().iter().find(hit).map(|rule| rule.fault.clone())
    }
}

/// A server that is not of the stack: tests reach none of those.
pub(crate) struct Nobody;

#[async_trait(?Send)]
impl Transport for Nobody {
    async fn request(&self, _method: &str, _params: Value) -> Result<Value, TransportError> {
        Err(TransportError::Unreachable("no network".to_owned()))
    }
}

/// A line to the server on `port`.
pub(crate) struct Line {
    pub(crate) port: u16,
    pub(crate) server: Rc<dyn Transport>,
    pub(crate) faults: Rc<Faults>,
}

#[async_trait(?Send)]
impl Transport for Line {
    async fn request(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        let request =
            Request { method: method.to_owned(), params: params.clone(), began: Moment::now(), ended: None };
        let index = self.faults.asked.borrow().len();
        self.faults.asked.borrow_mut().push(request);
        let answer = self.answer(method, params).await;
        self.faults.asked.borrow_mut()[index].ended = Some(Moment::now());
        answer
    }
}

impl Line {
    async fn answer(&self, method: &str, params: Value) -> Result<Value, TransportError> {
        while matches!(self.faults.of(self.port, method, &params), Some(Fault::Held)) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let silence = || TransportError::Timeout { after_millis: 20_000 };
        match self.faults.of(self.port, method, &params) {
            None | Some(Fault::Held) => self.server.request(method, params).await,
            Some(Fault::Down) => Err(TransportError::Unreachable("connection refused".to_owned())),
            Some(Fault::Silence) => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Err(silence())
            }
            Some(Fault::Never) => std::future::pending().await,
            Some(Fault::LostAnswer) => {
                let _lost = self.server.request(method, params).await;
                Err(silence())
            }
            Some(Fault::Oversized) => {
                over_http::HttpTransport::new(babbler::url(), PATIENCE).request(method, params).await
            }
            Some(Fault::Http(status, body)) => parse_response(1, status, None, body.as_bytes()),
            Some(Fault::Limited(secs)) => parse_response(1, 429, Some(secs), b"slow down"),
            Some(Fault::Slow(late)) => {
                tokio::time::sleep(late).await;
                self.server.request(method, params).await
            }
            Some(Fault::Answer(answer)) => Ok(answer),
            Some(Fault::Refusal(code, message)) => Err(TransportError::Refused { code, message, data: None }),
            Some(Fault::Altered(field, value)) => {
                let mut answer = self.server.request(method, params).await?;
                if let Some(object) = answer.as_object_mut() {
                    object.insert(field.to_owned(), value);
                } else {
                    answer = json!({ field: value });
                }
                Ok(answer)
            }
        }
    }
}
