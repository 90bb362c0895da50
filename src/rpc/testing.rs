//! Small helps for this room's tests.

use serde_json::Value;

use crate::ports::TransportError;

/// Runs `future` to its end.
pub(super) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

/// A JSON-RPC error without data.
pub(super) fn refused(code: i64, message: &str) -> Result<Value, TransportError> {
    Err(TransportError::Refused { code, message: message.to_owned(), data: None })
}
