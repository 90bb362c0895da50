//! What the tabs of one profile tell each other. All of it is in the store as well; said aloud, it works at once.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

/// A word to all other tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum TabWord {
    /// Trading was paused, or resumed.
    Paused(bool),
    /// This session is over: nothing trades under it from now on. The tab that traded ends it on chain.
    Ending(B256),
    /// The tab that traded says: I end it.
    Taken(B256),
    /// The tab that trades lives.
    Alive,
}
