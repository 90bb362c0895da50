//! A key for a service, and the name of a sponsor's policy: what they may consist of, and that a key is in no
//! message.

use serde::{Deserialize, Serialize};

use super::Failure;

/// What stands for the key in an address of the network table.
const PLACE: &str = "{key}";
/// Longest key, and longest name of a policy.
const LONGEST: usize = 200;

/// A key that the person entered. It is kept with the settings, put into the address when a service is dialled, and
/// told to nobody else: not to the page, and not to whoever prints what holds it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApiKey(String);

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(if self.is_empty() { "no key" } else { "a key" })
    }
}

impl ApiKey {
    /// Reads what was entered; nothing is no key.
    ///
    /// # Errors
    /// What it consists of would change the address that it is put into.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        plain(text).map(Self).ok_or_else(|| {
            Failure::new("A key consists of letters, digits, hyphens, underscores and dots, 200 at most.")
                .with_advice("Copy the key alone, without the address around it.")
        })
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The address to dial.
    pub(super) fn fill(&self, address: &str) -> String {
        address.replace(PLACE, &self.0)
    }
}

/// Whether an address wants a key.
pub(super) fn wants_key(address: &str) -> bool {
    address.contains(PLACE)
}

/// Reads the name of a sponsor's policy; nothing is none.
///
/// # Errors
/// No sponsor gives such names.
pub(super) fn parse_policy(text: &str) -> Result<String, Failure> {
    plain(text).ok_or_else(|| {
        Failure::new(
            "The id of a policy consists of letters, digits, hyphens, underscores and dots, 200 at most.",
        )
    })
}

/// Text that means nothing in an address.
fn plain(text: &str) -> Option<String> {
    let text = text.trim();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (text.len() <= LONGEST && text.bytes().all(is_plain)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_plain_or_refused() {
        for good in ["", "pim_4bC-x.9", &"k".repeat(LONGEST), " pim_1\n"] {
            assert_eq!(ApiKey::parse(good).expect(good).0, good.trim());
            assert!(parse_policy(good).is_ok());
        }
        let long = "k".repeat(LONGEST + 1);
        for bad in ["a b", "a/../b", "a?b", "a&b=c", "a#b", "a@b", "a%2f", "{key}", "ключ", "a\u{0}", &long]
        {
            let failure = ApiKey::parse(bad).expect_err(bad);
            assert!(failure.sentence.contains("letters, digits") && !failure.details.contains(bad));
            assert!(parse_policy(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_reads_a_key_in_what_is_printed() {
        let key = ApiKey::parse("pim_secret").expect("a key");
        assert_eq!(key.fill("https://a.example/rpc?apikey={key}"), "https://a.example/rpc?apikey=pim_secret");
        assert_eq!(format!("{key:?} {:?}", ApiKey::default()), "a key no key");
    }
}
