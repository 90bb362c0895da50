//! `cargo xtask bench`: how much a browser has to load, and how fast the codecs are beside JavaScript.

mod sizes;
mod speed;

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
    println!("\n{}", speed::table(&speeds));
    let json = serde_json::json!({ "sizes": sizes, "speeds": speeds });
    fs::write(paths::target().join("bench.json"), format!("{json:#}\n"))
        .because("Cannot write target/bench.json")
}
