//! How long it takes until a row of the journal is on the disk.

use serde::{Deserialize, Serialize};

/// Milliseconds a trade waits for its row.
#[derive(Debug, Deserialize, Serialize)]
pub(super) struct JournalWrites {
    writes: u32,
    p50_millis: f64,
    p99_millis: f64,
}

impl JournalWrites {
    /// Both figures. They are the disk's: there is no bar, and nothing to hold them against.
    pub(super) fn line(&self) -> String {
        let Self { writes, p50_millis, p99_millis } = self;
        format!(
            "a row of the journal, until it is durable: p50 {p50_millis:.2} ms, p99 {p99_millis:.2} ms over {writes} writes\n"
        )
    }
}
