//! The deaths of `tests/browser/kills.rs`, many more of them.

use crate::failure::Outcome;
use crate::process::run;
use crate::serve::{self, serve_folder};
use crate::stack::{Backend, Options};
use crate::stop::Stop;
use crate::test::tests_of;
use crate::{dist, paths, tools};

const DEATHS: usize = 200;

/// `cargo xtask bench kills`: on the built page and the local stack.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    tools::ensure_browser(stop)?;
    dist::build(stop)?;
    let tests = || tests_of(&["browser".to_owned()]);
    // Built first: the market should not run meanwhile.
    run("cargo test", tests().arg("--no-run"), stop)?;
    let _page = serve_folder(&paths::dist(), serve::PORT)?;
    let _stack = Backend::start(&Options::default(), stop)?;
    println!("{DEATHS} deaths of a browser; this takes a quarter of an hour.");
    let mut deaths = tests();
    deaths.env("LEASH_KILLS", DEATHS.to_string()).args(["--", "--nocapture", "kills::"]);
    run("the browser's deaths", &mut deaths, stop)
}
