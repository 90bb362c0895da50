//! How long it takes until a row of the journal is on the disk.

use leash::ports::{Collection, Store as _};
use leash::web::{Database, IndexedDbStore};
use serde_json::{Value, json};
use web_sys::Performance;

const WRITES: usize = 500;
/// Somewhat more than the row of the first trade takes, which carries the grant's signature.
const ROW_BYTES: usize = 4_608;

/// Milliseconds from handing a row to the store until it says that the row is kept, as a trade waits for it before its
/// operation is sent.
pub(crate) async fn writes(clock: &Performance) -> Value {
    let store = IndexedDbStore::new(Database::new("bench"));
    let row = vec![0xa5; ROW_BYTES];
    let mut millis = Vec::with_capacity(WRITES);
    for id in 0..WRITES {
        let before = clock.now();
        store.put(Collection::Journal, &format!("{id:020}"), &row).await.expect("a healthy disk");
        millis.push(clock.now() - before);
    }
    let kept = store.all(Collection::Journal).await.expect("they are kept");
    assert!(kept.len() == WRITES && kept.iter().all(|(_, bytes)| *bytes == row), "every row is there");
    millis.sort_by(f64::total_cmp);
    let part = |percent: usize| millis[WRITES * percent / 100];
    json!({ "writes": WRITES, "p50_millis": part(50), "p99_millis": part(99) })
}
