//! The browser's randomness.

use thiserror::Error;
use web_sys::Crypto;

use super::fault::{describe, scope};
use crate::ports::Entropy;

/// `getRandomValues` gives at most this much at once.
const LARGEST_DRAW: usize = 65_536;

/// `crypto.getRandomValues`, in a window or a worker.
#[derive(Clone, Debug)]
pub struct BrowserEntropy(Crypto);

/// Why there is no randomness; then no key may be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the browser offers no randomness: {0}")]
pub struct EntropyError(String);

impl BrowserEntropy {
    /// The scope's randomness, after a look at two draws: a browser whose random numbers were replaced by
    /// zeros or a constant must not make keys.
    ///
    /// # Errors
    /// [`EntropyError`].
    pub fn new() -> Result<Self, EntropyError> {
        let crypto = scope().crypto().map_err(|thrown| EntropyError(describe(&thrown)))?;
        let mut draws = [[0_u8; 32]; 2];
        for draw in &mut draws {
            crypto.get_random_values_with_u8_array(draw).map_err(|thrown| EntropyError(describe(&thrown)))?;
        }
        if draws[0] == draws[1] || draws.contains(&[0; 32]) {
            return Err(EntropyError("two draws are the same, or zero".to_owned()));
        }
        Ok(Self(crypto))
    }
}

impl Entropy for BrowserEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for draw in bytes.chunks_mut(LARGEST_DRAW) {
            self.0
                .get_random_values_with_u8_array(draw)
                .expect("worked at the start, and a draw is no larger than allowed");
        }
    }
}
