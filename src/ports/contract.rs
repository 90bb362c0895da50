//! What every implementation of a port must do, written once: the memory twins, the browser's and the host's
//! run the same suites. Each function panics with a sentence when the implementation under test is wrong.

use serde_json::json;

use super::{
    Clock, Collection, Entropy, KeyVault, PriceLine, Store, Tabs, TradingLock, Transport, TransportError,
};

/// A store keeps what it is given, apart by drawer, ordered by key.
///
/// # Panics
/// When `store` does not.
pub async fn store_keeps_records(store: &dyn Store) {
    let drawer = Collection::Journal;
    assert_eq!(store.get(drawer, "absent").await, Ok(None), "an absent record is no error");
    for (key, record) in [("b", &[2_u8, 0, 255][..]), ("a", &[1]), ("c", &[])] {
        store.put(drawer, key, record).await.expect("a record can be written");
    }
    store.put(Collection::Settings, "a", &[9]).await.expect("another drawer");
    assert_eq!(store.get(drawer, "b").await, Ok(Some(vec![2, 0, 255])), "bytes come back unchanged");
    assert_eq!(store.get(drawer, "c").await, Ok(Some(vec![])), "an empty record is not an absent one");
    store.put(drawer, "b", &[3]).await.expect("a record can be replaced");
    let keys = |records: Vec<(String, Vec<u8>)>| records.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let all = store.all(drawer).await.expect("a drawer can be read");
    assert_eq!(all[1], ("b".to_owned(), vec![3]), "a replaced record shows its new bytes");
    assert_eq!(keys(all), ["a", "b", "c"], "records come ordered by key, of one drawer only");
    for _ in 0..2 {
        store.delete(drawer, "b").await.expect("deleting twice is fine");
    }
    assert_eq!(keys(store.all(drawer).await.expect("readable")), ["a", "c"]);
    for key in ["a", "c"] {
        store.delete(drawer, key).await.expect("clean up");
    }
    store.delete(Collection::Settings, "a").await.expect("clean up");
}

/// A vault gives back exactly what was sealed, until it is wiped.
///
/// # Panics
/// When `vault` does not.
pub async fn vault_keeps_and_wipes(vault: &dyn KeyVault) {
    assert!(vault.open("contract").await.expect("readable").is_none(), "nothing before put");
    vault.put("contract", &[7; 32]).await.expect("a secret can be sealed");
    assert_eq!(vault.open("contract").await.expect("readable").as_deref(), Some(&[7; 32]));
    vault.put("contract", &[8; 32]).await.expect("a secret can be replaced");
    assert_eq!(vault.open("contract").await.expect("readable").as_deref(), Some(&[8; 32]));
    assert!(vault.open("another").await.expect("readable").is_none(), "names are apart");
    for _ in 0..2 {
        vault.wipe("contract").await.expect("wiping twice is fine");
    }
    assert!(vault.open("contract").await.expect("readable").is_none(), "gone after wipe");
}

/// Two tabs of one profile never hold the lock together, and a released lock can be taken.
///
/// # Panics
/// When they do.
pub async fn lock_is_exclusive(first: &dyn TradingLock, second: &dyn TradingLock) {
    assert_eq!(first.try_acquire("contract").await, Ok(true), "a free lock is taken");
    assert!(first.is_held());
    assert_eq!(first.try_acquire("contract").await, Ok(true), "taking one's own again is fine");
    assert_eq!(second.try_acquire("contract").await, Ok(false), "a held lock is not given twice");
    assert!(!second.is_held());
    first.release();
    assert!(!first.is_held());
    // The browser frees a lock in its own time, so a few tries are allowed.
    for attempt in 0.. {
        if second.try_acquire("contract").await == Ok(true) {
            break;
        }
        assert!(attempt < 1_000, "a released lock can be taken");
    }
    second.release();
}

/// A lock can be taken from a holder that gives no sign of life, which learns of it and can take nothing back.
///
/// # Panics
/// When it cannot.
pub async fn lock_can_be_stolen(
    first: &dyn TradingLock,
    second: &dyn TradingLock,
    bystander: &dyn TradingLock,
) {
    assert_eq!(first.steal("stolen").await, Ok(true), "from nobody");
    assert_eq!(second.steal("stolen").await, Ok(true), "from its holder");
    assert!(second.is_held());
    // The browser tells the old holder in its own time. Who believes to hold a lock does not ask for it, so it
    // is the bystander's question that goes to the browser and gives it this time.
    for attempt in 0.. {
        assert_eq!(bystander.try_acquire("stolen").await, Ok(false), "it is held all the while");
        if !first.is_held() {
            break;
        }
        assert!(attempt < 1_000, "the old holder learns of it");
    }
    assert_eq!(first.try_acquire("stolen").await, Ok(false));
    first.release();
    assert!(second.is_held(), "what one does not hold cannot be given back");
    second.release();
}

/// A line that nobody is at is an error that can be told, and the next question tries again.
///
/// # Panics
/// When it waits for ever, or gives something.
pub async fn line_is_down(line: &dyn PriceLine, url: &str) {
    for _ in 0..2 {
        line.newest(url).await.expect_err("nobody is there");
    }
    line.hang_up();
    line.newest(url).await.expect_err("nobody is there after hanging up either");
}

/// What a tab says reaches the other in order, and never itself.
///
/// # Panics
/// When it does not.
pub async fn tabs_hear_each_other(first: &dyn Tabs, second: &dyn Tabs) {
    for word in [&b"one"[..], b"", b"three"] {
        first.say(word);
    }
    for word in [&b"one"[..], b"", b"three"] {
        assert_eq!(second.hear().await, word, "words arrive whole and in order");
    }
    second.say(b"four");
    assert_eq!(first.hear().await, b"four", "a tab does not hear itself");
}

/// Entropy does not repeat itself and fills every length.
///
/// # Panics
/// When it does.
pub fn entropy_is_fresh(entropy: &dyn Entropy) {
    let mut draws = std::collections::BTreeSet::new();
    for _ in 0..64 {
        let mut secret = [0; 32];
        entropy.fill(&mut secret);
        assert_ne!(secret, [0; 32], "a draw is not zero");
        assert!(draws.insert(secret), "two draws differ");
    }
    for length in [0, 1, 7, 9, 33] {
        entropy.fill(&mut vec![0; length]);
    }
}

/// A clock that sleeps moves on by at least that much.
///
/// # Panics
/// When it does not.
pub async fn clock_sleeps(clock: &dyn Clock) {
    let before = clock.now();
    clock.sleep_millis(0).await;
    clock.sleep_millis(20).await;
    // Browsers coarsen their clocks, so two milliseconds of grace.
    assert!(clock.now().millis_since(before) >= 18, "sleeping takes its time");
}

/// A transport passes results through, and tells a refusal from nonsense. `echo` must answer `echo` with its
/// first parameter and refuse every other method with -32601.
///
/// # Panics
/// When it does not.
pub async fn transport_tells_answers_apart(echo: &dyn Transport) {
    for value in [json!("0x1"), json!(null), json!({ "a": [1, true] }), json!("ünïcode")] {
        assert_eq!(echo.request("echo", json!([value])).await, Ok(value), "a result comes back unchanged");
    }
    let refusal = echo.request("unknown", json!([])).await;
    assert!(matches!(refusal, Err(TransportError::Refused { code: -32601, .. })), "{refusal:?}");
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::rc::Rc;

    use futures_util::future::{Either, select};

    use super::*;
    use crate::ports::{
        ManualClock, MemoryKeyVault, MemoryStore, MemoryTabs, MemoryTradingLock, ScriptedTransport,
        SeededEntropy,
    };
    use crate::units::UnixMillis;

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
    }

    #[test]
    fn the_memory_store_keeps_the_contract() {
        block_on(store_keeps_records(&MemoryStore::default()));
    }

    #[test]
    fn the_memory_vault_keeps_the_contract() {
        block_on(vault_keeps_and_wipes(&MemoryKeyVault::default()));
    }

    #[test]
    fn the_memory_lock_keeps_the_contract() {
        let first = MemoryTradingLock::default();
        block_on(lock_is_exclusive(&first, &first.other_tab()));
        block_on(lock_can_be_stolen(&first, &first.other_tab(), &first.other_tab()));
    }

    #[test]
    fn the_memory_tabs_keep_the_contract() {
        let first = MemoryTabs::default();
        block_on(tabs_hear_each_other(&first, &first.other_tab()));
    }

    #[test]
    fn the_seeded_entropy_keeps_the_contract() {
        entropy_is_fresh(&SeededEntropy::new(1));
    }

    #[test]
    fn the_manual_clock_keeps_the_contract() {
        let clock = ManualClock::starting_at(UnixMillis(1));
        let mover = Rc::clone(&clock);
        block_on(async {
            let advance = async {
                loop {
                    mover.advance_millis(1);
                    tokio::task::yield_now().await;
                }
            };
            match select(pin!(clock_sleeps(&*clock)), pin!(advance)).await {
                Either::Left(((), _)) => {}
                Either::Right((never, _)) => never,
            }
        });
    }

    #[test]
    fn the_scripted_transport_keeps_the_contract() {
        let script = ScriptedTransport::default();
        for value in [json!("0x1"), json!(null), json!({ "a": [1, true] }), json!("ünïcode")] {
            script.expect("echo", Ok(value));
        }
        let refusal = TransportError::Refused { code: -32601, message: "no such method".into(), data: None };
        script.expect("unknown", Err(refusal));
        block_on(transport_tells_answers_apart(&script));
        assert_eq!(script.asked().len(), 5);
    }
}
