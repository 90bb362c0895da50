//! `cargo xtask dist`: the page as a folder that any static host can serve.

mod offline;
mod shrink;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::failure::{Because, Failure, Outcome};
use crate::process::run;
use crate::progress::step;
use crate::serve::Rules;
use crate::stop::Stop;
use crate::{genesis, paths, tools};

/// The sandbox's first state, beside its program.
pub(crate) const GENESIS: &str = "sandbox_genesis.bin";

/// Builds dist/ and checks that nothing in it is missing.
pub(crate) fn build(stop: &Stop) -> Outcome<()> {
    let mut trunk = Command::new("trunk");
    trunk.current_dir(paths::root()).env("PATH", tools::path()).args(["build", "--release"]);
    trunk.env("CARGO_ENCODED_RUSTFLAGS", tools::browser_flags());
    // Trunk takes NO_COLOR for a flag of its own that is true or false.
    trunk.env_remove("NO_COLOR");
    step("the page, by trunk", || run("trunk", &mut trunk, stop))?;
    step("smaller files, by wasm-opt and esbuild", || shrink::shrink(&paths::dist(), stop))?;
    let genesis = genesis::build(stop)?;
    fs::copy(&genesis, paths::dist().join(GENESIS)).because("Cannot put the genesis into dist/")?;
    check(&paths::dist())?;
    offline::write_list(&paths::dist())?;
    write_headers(&paths::dist())
}

/// `cargo xtask dist`.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    build(stop)?;
    println!("\ndist/ is ready for a static host, which must send the headers of dist/_headers:");
    println!("  Netlify, Cloudflare Pages   read dist/_headers");
    println!("  Apache                      reads dist/.htaccess");
    println!("  nginx                       include dist/nginx-headers.conf in the server block");
    Ok(())
}

/// The headers again in the words of servers that do not read `_headers`; one source, so none can lag behind.
fn write_headers(folder: &Path) -> Outcome<()> {
    let text = fs::read_to_string(folder.join("_headers")).because("Cannot read dist/_headers")?;
    let rules = Rules::parse(&text)?;
    for (name, text) in [(".htaccess", rules.for_apache()?), ("nginx-headers.conf", rules.for_nginx()?)] {
        fs::write(folder.join(name), text).because(format!("Cannot write dist/{name}"))?;
    }
    Ok(())
}

/// A page without one of these does not start, or starts without its guards.
fn check(folder: &Path) -> Outcome<()> {
    let entries = fs::read_dir(folder).map_err(|_| Failure::new("Trunk wrote no dist/."))?;
    let names: Vec<_> =
        entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    match missing(&names) {
        None => check_paths(folder, &names),
        Some(what) => Err(Failure::new(format!("dist/ lacks {what}."))),
    }
}

/// Where the crates lie on this machine is nobody's business, and would make every machine's build another.
fn check_paths(folder: &Path, names: &[String]) -> Outcome<()> {
    let Some(home) = tools::cargo_home() else { return Ok(()) };
    let home = home.as_os_str().as_encoded_bytes();
    for name in names.iter().filter(|name| name.ends_with(".wasm")) {
        let program = fs::read(folder.join(name)).because(format!("Cannot read dist/{name}"))?;
        if program.windows(home.len()).any(|part| part == home) {
            return Err(Failure::new(format!("dist/{name} names folders of this machine.")));
        }
    }
    Ok(())
}

fn missing(names: &[String]) -> Option<&'static str> {
    let has = |matches: &dyn Fn(&str) -> bool| names.iter().any(|name| matches(name));
    let program = |part: &'static str| move |name: &str| name.contains(part) && name.ends_with(".wasm");
    let is_page = |name: &str| !["trader", "sandbox", "lab"].iter().any(|other| name.contains(other));
    let parts: [(&'static str, bool); 8] = [
        ("index.html", has(&|name| name == "index.html")),
        ("_headers", has(&|name| name == "_headers")),
        ("the page's WebAssembly", has(&|name| name.ends_with(".wasm") && is_page(name))),
        ("the trader's WebAssembly", has(&program("trader"))),
        ("the sandbox's WebAssembly", has(&program("sandbox"))),
        ("the lab's WebAssembly", has(&program("lab"))),
        ("the sandbox's genesis", has(&|name| name == GENESIS)),
        ("sw.js", has(&|name| name == offline::KEEPER)),
    ];
    parts.into_iter().find(|(_, is_there)| !is_there).map(|(what, _)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let (sandbox, keeper) = ("sandbox-3_bg.wasm", offline::KEEPER);
        let whole = [
            "index.html",
            "_headers",
            "page-1_bg.wasm",
            "trader-2_bg.wasm",
            "lab_bg.wasm",
            sandbox,
            GENESIS,
            keeper,
        ];
        let without = |gone: &str| {
            let left: Vec<_> = whole.iter().filter(|name| **name != gone).map(ToString::to_string).collect();
            missing(&left)
        };
        assert_eq!(without("nothing"), None);
        assert_eq!(without("_headers"), Some("_headers"));
        assert_eq!(without("page-1_bg.wasm"), Some("the page's WebAssembly"));
        assert_eq!(without("trader-2_bg.wasm"), Some("the trader's WebAssembly"));
        assert_eq!(without("lab_bg.wasm"), Some("the lab's WebAssembly"));
        assert_eq!(without(sandbox), Some("the sandbox's WebAssembly"));
        assert_eq!(without(GENESIS), Some("the sandbox's genesis"));
        assert_eq!(without(keeper), Some("sw.js"));
    }
}
