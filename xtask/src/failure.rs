//! One sentence for the person who typed the command.

use std::fmt::{Debug, Display, Formatter, Result as Written};

/// Why a command ended early, as a sentence.
#[derive(PartialEq, Eq)]
pub(crate) struct Failure(String);

/// The result of everything here.
pub(crate) type Outcome<T> = Result<T, Failure>;

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }
}

impl Display for Failure {
    fn fmt(&self, to: &mut Formatter<'_>) -> Written {
        to.write_str(&self.0)
    }
}

impl Debug for Failure {
    fn fmt(&self, to: &mut Formatter<'_>) -> Written {
        to.write_str(&self.0)
    }
}

/// Says what was being done when something failed.
pub(crate) trait Because<T> {
    /// `doing` opens the sentence: "Cannot read dist/_headers".
    fn because(self, doing: impl Display) -> Outcome<T>;
}

impl<T, E: Display> Because<T> for Result<T, E> {
    fn because(self, doing: impl Display) -> Outcome<T> {
        self.map_err(|error| Failure::new(format!("{doing}: {error}")))
    }
}

impl<T> Because<T> for Option<T> {
    fn because(self, doing: impl Display) -> Outcome<T> {
        self.ok_or_else(|| Failure::new(doing.to_string()))
    }
}
