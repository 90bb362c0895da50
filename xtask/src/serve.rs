//! `cargo xtask serve`: the page on this machine, alone or with the local stack behind it.

mod files;
mod headers;

pub(crate) use files::serve_folder;
pub(crate) use headers::Rules;

use std::thread;
use std::time::Duration;

use crate::failure::Outcome;
use crate::progress::step;
use crate::stack::{Options, Stack, require_free_port};
use crate::stop::Stop;
use crate::{dist, paths, tools};

/// Where the page is.
pub(crate) const PORT: u16 = 8_080;

/// Starts everything, says what to open, and ends everything on Ctrl-C or when a part dies.
pub(crate) fn command(options: Option<&Options>, stop: &Stop) -> Outcome<()> {
    require_free_port(PORT)?;
    options.map_or(Ok(()), Options::require_free_ports)?;
    step("tools", || tools::ensure(stop))?;
    // The page first: the market should not run for minutes while a first build takes the machine.
    dist::build(stop)?;
    let mut stack = options.map(|options| Stack::start(options, stop)).transpose()?;
    let _server = serve_folder(&paths::dist(), PORT)?;
    // Whoever starts a stack wants to see it; the page alone begins on its sandbox.
    let query = if stack.is_some() { "/?network=local" } else { "" };
    println!("\nOpen http://127.0.0.1:{PORT}{query}      (Ctrl-C ends everything)");
    while !stop.is_set() {
        if let Some(death) = stack.as_mut().and_then(Stack::death) {
            return Err(death);
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}
