//! Lines that say what is going on and how long it took.

use std::fmt::Display;
use std::time::Instant;

use crate::failure::Outcome;

/// Runs `work` under the name `step` and prints both with the time it took.
pub(crate) fn step<T>(step: impl Display, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let started = Instant::now();
    let result = work()?;
    println!("  {:>6.1} s  {step}", started.elapsed().as_secs_f32());
    Ok(result)
}

/// Announces a step that takes long enough to make a person wonder.
pub(crate) fn announce(what: impl Display) {
    println!("            {what} …");
}
