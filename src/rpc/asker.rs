//! The one way a question goes out and its answer comes in.

use std::rc::Rc;

use futures_util::future::LocalBoxFuture;
use serde_json::Value;

use super::wire::{ShapeError, Wire};
use super::{Peer, PeerRole, RpcError};
use crate::ports::Transport;

/// The one method whose refusal may be a contract's own word.
pub(super) const ETH_CALL: &str = "eth_call";

/// An answer on its way. Boxed, so that the hundred places that wait for one share the code of each kind of answer.
pub type Reply<'a, T> = LocalBoxFuture<'a, Result<T, RpcError>>;

/// How an answer is read.
type Reader<'a, T> = Box<dyn FnOnce(Wire<'_>) -> Result<T, ShapeError> + 'a>;

/// A transport with the name of whom it reaches.
pub(super) struct Asker {
    transport: Rc<dyn Transport>,
    peer: Peer,
}

impl std::fmt::Debug for Asker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Asker").field(&self.peer).finish()
    }
}

impl Asker {
    pub(super) fn new(transport: Rc<dyn Transport>, role: PeerRole, name: &str) -> Self {
        Self { transport, peer: Peer { role, name: name.to_owned() } }
    }

    pub(super) const fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Asks and reads the answer with `read`.
    pub(super) fn ask<'a, T: 'a>(
        &'a self,
        method: &'static str,
        params: Value,
        read: impl FnOnce(Wire<'_>) -> Result<T, ShapeError> + 'a,
    ) -> Reply<'a, T> {
        self.reply(method, params, Box::new(read))
    }

    fn reply<'a, T: 'a>(&'a self, method: &'static str, params: Value, read: Reader<'a, T>) -> Reply<'a, T> {
        Box::pin(async move {
            let answer = self.answer(method, params).await?;
            let shape_error = |shape| RpcError::Shape { peer: self.peer.clone(), method, shape };
            read(Wire::result(&answer)).map_err(shape_error)
        })
    }

    /// The raw answer. A call that reverted is told as such.
    async fn answer(&self, method: &'static str, params: Value) -> Result<Value, RpcError> {
        let answer = self.transport.request(method, params).await;
        answer.map_err(|source| {
            let error = RpcError::Transport { peer: self.peer.clone(), method, source };
            match error.revert_data().filter(|_| method == ETH_CALL) {
                Some(data) => RpcError::Reverted { peer: self.peer.clone(), method, data },
                None => error,
            }
        })
    }
}
