//! What went wrong, for a layman, with the details folded away.

use serde::{Deserialize, Serialize};

/// A failure as it reaches the page: one plain sentence, one thing to do, and everything else as details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{sentence}")]
pub struct Failure {
    /// What happened, plainly.
    pub sentence: String,
    /// What the person can do; may be empty.
    pub advice: String,
    /// Codes and raw text, at most 500 characters, inert.
    pub details: String,
    /// Whether a server asked to be left alone for a while.
    pub wait: Wait,
}

/// What a server that is asked too often wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wait {
    /// Nothing of the kind.
    #[default]
    Unasked,
    /// To be asked less; it did not say how much.
    Longer,
    /// To be left alone for so many seconds.
    Secs(u64),
}

impl Failure {
    /// A failure told in `sentence`.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), advice: String::new(), details: String::new(), wait: Wait::Unasked }
    }

    /// With what the person can do.
    #[must_use]
    pub fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// With what the server asked for.
    #[must_use]
    pub const fn with_wait(mut self, wait: Wait) -> Self {
        self.wait = wait;
        self
    }

    /// With the raw text, shortened and stripped of control and direction characters.
    #[must_use]
    pub fn with_details(mut self, details: &str) -> Self {
        let is_inert = |character: &char| {
            let is_direction = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            !character.is_control() && !is_direction
        };
        self.details = details.chars().filter(is_inert).take(500).collect();
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_becomes_inert_and_short() {
        let failure = Failure::new("No.").with_details(&format!("a\u{202e}b\n\u{0}{}", "x".repeat(1_000)));
        assert_eq!(failure.details.chars().count(), 500);
        assert!(failure.details.starts_with("abxx"));
    }
}
