//! The one way a question goes out and its answer comes in.

use std::rc::Rc;

use serde_json::Value;

use super::wire::{ShapeError, Wire};
use super::{Peer, PeerRole, RpcError};
use crate::ports::Transport;

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
    pub(super) async fn ask<T>(
        &self,
        method: &'static str,
        params: Value,
        read: impl FnOnce(Wire<'_>) -> Result<T, ShapeError>,
    ) -> Result<T, RpcError> {
        let answer = self.transport.request(method, params).await;
        let answer =
            answer.map_err(|source| RpcError::Transport { peer: self.peer.clone(), method, source })?;
        read(Wire::result(&answer)).map_err(|shape| self.shape_error(method, shape))
    }

    pub(super) fn shape_error(&self, method: &'static str, shape: ShapeError) -> RpcError {
        RpcError::Shape { peer: self.peer.clone(), method, shape }
    }
}
