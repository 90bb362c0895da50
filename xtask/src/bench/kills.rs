//! The deaths of `tests/browser/kills.rs`, many more of them.

use std::process::Command;

use crate::failure::Outcome;
use crate::process::run;
use crate::serve::{self, serve_folder};
use crate::stack::{Backend, Options, description_file};
use crate::stop::Stop;
use crate::{dist, paths, tools};

const DEATHS: usize = 200;

/// `cargo xtask bench kills`: on the built page and the local stack.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    tools::ensure_browser(stop)?;
    dist::build(stop)?;
    // Built first: the market should not run meanwhile.
    run("cargo test", browser_tests().arg("--no-run"), stop)?;
    let page = serve_folder(&paths::dist(), serve::PORT)?;
    let stack = Backend::start(&Options::default(), stop)?;
    println!("{DEATHS} deaths of a browser; this takes a quarter of an hour.");
    let mut deaths = browser_tests();
    deaths
        .env("LEASH_STACK", description_file())
        .env("LEASH_PAGE", format!("http://127.0.0.1:{}", serve::PORT))
        .env("LEASH_KILLS", DEATHS.to_string())
        .args(["--", "--nocapture", "kills::"]);
    let outcome = run("the browser's deaths", &mut deaths, stop);
    drop((stack, page));
    outcome
}

fn browser_tests() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(paths::root()).args(["test", "--features", crate::test::TEST_FEATURES]);
    cargo.args(["--test", "browser"]);
    cargo
}
