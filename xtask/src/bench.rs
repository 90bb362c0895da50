//! `cargo xtask bench`: how much a browser has to load, how fast the codecs, the engine and the chain in the tab are
//! beside JavaScript, how long a trade takes on the local stack, and how fast a stranger sees one on the sandbox.

pub(crate) mod host;
pub(crate) mod kills;
mod latency;
pub(crate) mod page;
mod sizes;
pub(crate) mod speed;

use std::fs;

use crate::failure::{Because, Outcome};
use crate::stop::Stop;
use crate::{dist, paths, tools};

/// Builds and measures; tables go to the terminal, everything to target/bench.json.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    dist::build(stop)?;
    let sizes = sizes::Sizes::of(&paths::dist())?;
    println!("\n{}", sizes.table());
    let speeds = speed::measure(stop)?;
    println!("\n{}", speeds.table());
    let latency = latency::measure(stop)?;
    println!("\n{}", latency.table());
    let page = page::measure(stop)?;
    println!("\n{}", page.table());
    let json = serde_json::json!({ "sizes": sizes, "speeds": speeds, "latency": latency, "page": page });
    fs::write(paths::target().join("bench.json"), format!("{json:#}\n"))
        .because("Cannot write target/bench.json")
}
