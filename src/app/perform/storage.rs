//! Reading everything back, and writing with strict durability.

use alloy_primitives::{hex, keccak256};

use crate::app::event::{Holder, Restored, Saved};
use crate::app::grants::GrantRecord;
use crate::app::records::{self, Quarantined, Record};
use crate::app::{Environment, Failure};
use crate::ports::{Collection, StoreError};
use crate::trading::JournalEntry;

const SETTINGS: &str = "settings";
const PROBE: &str = "probe";
const ARRIVALS_PREFIX: &str = "arrivals-";

pub(super) async fn restore(environment: &Environment) -> Result<Restored, Failure> {
    let mut restored = Restored::default();
    let mut aside = Vec::new();
    for (key, record) in all(environment, Collection::Grants).await? {
        let read = records::read::<GrantRecord>(&record).map_err(|error| error.to_string());
        match read.and_then(|kept| kept.into_grant().map_err(|error| error.to_string())) {
            Ok(grant) => {
                let place = restored.grants.partition_point(|kept| kept.signed_at <= grant.signed_at);
                restored.grants.insert(place, grant);
            }
            Err(why) => aside.push((Collection::Grants, key, record, why)),
        }
    }
    // A store gives its records in the order of their keys, which is that of the journal.
    for (key, record) in all(environment, Collection::Journal).await? {
        match records::read::<JournalEntry>(&record) {
            Ok(entry) => restored.journal.push(entry),
            Err(why) => aside.push((Collection::Journal, key, record, why.to_string())),
        }
    }
    for (key, record) in all(environment, Collection::Settings).await? {
        let outcome = match holder_of(&key) {
            Some(holder) => records::read(&record).map(|arrivals| restored.arrivals.push((holder, arrivals))),
            None if key == SETTINGS => records::read(&record).map(|settings| restored.settings = settings),
            // Of a version that kept something else here.
            None => continue,
        };
        if let Err(why) = outcome {
            aside.push((Collection::Settings, key, record, why.to_string()));
        }
    }
    for (collection, key, record, why) in aside {
        put(environment, Collection::Quarantine, &quarantine_key(collection, &key, &record), &record).await?;
        environment.store.delete(collection, &key).await.map_err(|error| failure(&error))?;
        restored.quarantined.push(Quarantined { key, why });
    }
    Ok(restored)
}

pub(super) async fn save(environment: &Environment, saved: Saved) -> Result<(), Failure> {
    match saved {
        Saved::Settings(settings) => write(environment, Collection::Settings, SETTINGS, &settings).await,
        Saved::Grant(grant) => {
            let record = grant.to_record().map_err(|error| Failure::new(error.to_string()))?;
            write(environment, Collection::Grants, &grant.id().to_string(), &record).await
        }
        Saved::Entry(entry) => write(environment, Collection::Journal, &entry_key(entry.id), &*entry).await,
        Saved::Arrivals(Holder { chain_id, account }, arrivals) => {
            let key = format!("{ARRIVALS_PREFIX}{chain_id}-{account}");
            write(environment, Collection::Settings, &key, &arrivals).await
        }
    }
}

/// Proves that something can be kept: a grant that could not be stored must not be asked for.
pub(super) async fn probe(environment: &Environment) -> Result<(), Failure> {
    put(environment, Collection::Quarantine, PROBE, &[]).await?;
    environment.store.delete(Collection::Quarantine, PROBE).await.map_err(|error| failure(&error))
}

fn holder_of(key: &str) -> Option<Holder> {
    let (chain_id, account) = key.strip_prefix(ARRIVALS_PREFIX)?.split_once('-')?;
    Some(Holder { chain_id: chain_id.parse().ok()?, account: account.parse().ok()? })
}

/// Keys sort like the numbers they stand for.
fn entry_key(id: u64) -> String {
    format!("{id:020}")
}

/// Told by its bytes too: the place of a record that was put aside is free again, and the next one there may be spoilt
/// as well. The same bytes, when the page died before they were deleted, are put aside once.
fn quarantine_key(collection: Collection, key: &str, record: &[u8]) -> String {
    let fingerprint = keccak256(record);
    format!("{collection:?}-{key}-{}", hex::encode(&fingerprint[..8]))
}

async fn write<T: Record>(
    environment: &Environment,
    collection: Collection,
    key: &str,
    value: &T,
) -> Result<(), Failure> {
    let record = records::write(value).map_err(|error| Failure::new(error.to_string()))?;
    put(environment, collection, key, &record).await
}

async fn put(
    environment: &Environment,
    collection: Collection,
    key: &str,
    record: &[u8],
) -> Result<(), Failure> {
    environment.store.put(collection, key, record).await.map_err(|error| failure(&error))
}

async fn all(environment: &Environment, collection: Collection) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    environment.store.all(collection).await.map_err(|error| failure(&error))
}

fn failure(error: &StoreError) -> Failure {
    let (sentence, advice) = match error {
        StoreError::Unavailable(_) => (
            "This browser does not let the page keep records, so nothing is traded: a trade without a record could be made twice.",
            "Leave private mode, or close other tabs of this page, and reload.",
        ),
        StoreError::Full => (
            "The browser's storage is full, so nothing new is traded.",
            "Make room on this device, then resume. Revoking and withdrawing still work.",
        ),
        StoreError::NewerVersion => (
            "A newer version of this page has been used in this browser.",
            "Reload until the newer version comes; its records are untouched.",
        ),
        StoreError::Failed(_) => (
            "The browser's storage failed, so nothing new is traded.",
            "Reload the page. Revoking and withdrawing still work.",
        ),
    };
    Failure::new(sentence).with_advice(advice).with_details(&error.to_string())
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use alloy_primitives::Address;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::app::machine::samples::stored_grant;

    fn kept(environment: &Environment, collection: Collection) -> Vec<(String, Vec<u8>)> {
        all(environment, collection).now_or_never().expect("memory").expect("well")
    }

    #[test]
    fn what_cannot_be_read_is_put_aside_whole_and_the_rest_is_there() {
        let environment = Environment::in_memory(Rc::new(|url: &str| panic!("{url} is not to be asked")));
        let done = |work: Result<(), Failure>| work.expect("memory");
        let grant = stored_grant();
        done(save(&environment, Saved::Grant(Box::new(grant.clone()))).now_or_never().expect("memory"));
        let arrivals = format!("{ARRIVALS_PREFIX}31337-{}", Address::repeat_byte(7));
        let broken = [
            (Collection::Grants, "of-another-mind".to_owned()),
            (Collection::Journal, entry_key(7)),
            (Collection::Settings, arrivals),
            (Collection::Settings, SETTINGS.to_owned()),
        ];
        for (place, (collection, key)) in broken.iter().enumerate() {
            let record = vec![0xff; place + 1];
            done(put(&environment, *collection, key, &record).now_or_never().expect("memory"));
        }

        let read = || restore(&environment).now_or_never().expect("memory").expect("it is read");
        let restored = read();
        assert_eq!(restored.grants.iter().map(|grant| grant.id()).collect::<Vec<_>>(), [grant.id()]);
        let told: Vec<_> = restored.quarantined.iter().map(|aside| aside.key.clone()).collect();
        assert_eq!(told, broken.iter().map(|(_, key)| key.clone()).collect::<Vec<_>>());
        assert!(restored.quarantined.iter().all(|aside| !aside.why.is_empty()), "{:?}", restored.quarantined);
        let mut aside: Vec<_> =
            kept(&environment, Collection::Quarantine).into_iter().map(|(_, bytes)| bytes).collect();
        aside.sort();
        assert_eq!(aside, (1..=4).map(|length| vec![0xff; length]).collect::<Vec<_>>(), "nothing is dropped");
        assert!(
            kept(&environment, Collection::Journal).is_empty()
                && kept(&environment, Collection::Settings).is_empty()
        );

        let again = read();
        assert!(again.quarantined.is_empty(), "it is told once");
        assert_eq!((again.grants.len(), kept(&environment, Collection::Quarantine).len()), (1, 4));
    }

    #[test]
    fn what_is_put_aside_later_leaves_what_lies_there_alone() {
        let environment = Environment::in_memory(Rc::new(|url: &str| panic!("{url} is not to be asked")));
        let spoil = |record: &[u8]| {
            let key = entry_key(7);
            let spoilt = put(&environment, Collection::Journal, &key, record);
            spoilt.now_or_never().expect("memory").expect("well");
            restore(&environment).now_or_never().expect("memory").expect("it is read");
        };
        for record in [[1], [2], [1]] {
            spoil(&record);
        }
        let mut aside: Vec<_> =
            kept(&environment, Collection::Quarantine).into_iter().map(|(_, bytes)| bytes).collect();
        aside.sort();
        assert_eq!(aside, [[1], [2]], "both, and the same one once");
    }
}
