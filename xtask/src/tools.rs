//! Programs that a build needs, at pinned versions, installed where they are missing.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::{Because, Failure, Outcome};
use crate::paths;
use crate::process::{answer, run};
use crate::progress::announce;
use crate::stop::Stop;

const OLDEST_NODE: u32 = 20;
const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// What all builds and tests from nothing leave on the disk, and what a rebuild needs.
const FIRST_BUILD_MIB: u64 = 6_000;
const NEXT_BUILD_MIB: u64 = 1_000;

/// A program that cargo installs into .tools/bin.
struct Pinned {
    program: &'static str,
    package: &'static str,
    version: &'static str,
    options: &'static [&'static str],
}

const TRUNK: Pinned = Pinned {
    program: "trunk",
    package: "trunk",
    version: "0.21.14",
    options: &["--no-default-features", "--features", "rustls"],
};
/// The same version as the crate in Cargo.lock.
const WASM_BINDGEN: Pinned =
    Pinned { program: "wasm-bindgen", package: "wasm-bindgen-cli", version: "0.2.126", options: &[] };
const TEST_RUNNER: Pinned = Pinned { program: "wasm-bindgen-test-runner", ..WASM_BINDGEN };

/// Everything that building and serving the page needs.
pub(crate) fn ensure(stop: &Stop) -> Outcome<()> {
    require_disk()?;
    require_node()?;
    wasm_target(stop)?;
    for pinned in [TRUNK, WASM_BINDGEN, TEST_RUNNER] {
        install(&pinned, stop)?;
    }
    // Trunk builds offline: what the lock file names is fetched here, for every target.
    run(
        "cargo fetch",
        Command::new("cargo").args(["fetch", "--locked", "--quiet"]).current_dir(paths::root()),
        stop,
    )
    .because("The crates of Cargo.lock could not be fetched")?;
    npm_packages(stop)
}

/// A browser with its driver, and a screen for windows that are not headless: for tests only.
pub(crate) fn ensure_browser(stop: &Stop) -> Outcome<()> {
    let browsers = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let has =
        |program: &str| answer(Command::new("sh").args(["-c", &format!("command -v {program}")])).is_some();
    let is_complete = || browsers.into_iter().any(has) && has("chromedriver") && has("Xvfb");
    if is_complete() {
        return Ok(());
    }
    let is_root = answer(Command::new("id").arg("-u")).is_some_and(|id| id == "0");
    let packages = ["chromium", "chromium-driver", "xvfb"];
    let missing = || lacks_browser(&packages);
    if !is_root || !has("apt-get") {
        return Err(missing());
    }
    announce("Chromium, its driver and Xvfb, by apt (some minutes)");
    let apt = |words: &[&str]| {
        let mut apt = Command::new("apt-get");
        apt.env("DEBIAN_FRONTEND", "noninteractive").args(["-y", "-q"]).args(words);
        run("apt-get", &mut apt, stop)
    };
    // A fresh machine has no package lists.
    apt(&["update"]).map_err(|_| missing())?;
    apt(&[["install", "--no-install-recommends"].as_slice(), &packages].concat()).map_err(|_| missing())?;
    if is_complete() { Ok(()) } else { Err(missing()) }
}

fn lacks_browser(packages: &[&str]) -> Failure {
    Failure::new(format!(
        "The browser tests need {} (Debian's package names): install them as root, or Chrome with its \
         chromedriver and Xvfb.",
        packages.join(", ")
    ))
}

/// Where the browser's driver is, if it is installed.
pub(crate) fn chromedriver() -> Option<String> {
    answer(Command::new("sh").args(["-c", "command -v chromedriver"]))
}

/// PATH with our own programs first, for Trunk and the test runner.
pub(crate) fn path() -> OsString {
    let own = paths::tools().join("bin").into_os_string();
    match std::env::var_os("PATH") {
        Some(rest) => [own, rest].join(OsStr::new(":")),
        None => own,
    }
}

/// Cargo's own folder, where the crates' sources lie.
pub(crate) fn cargo_home() -> Option<PathBuf> {
    let by_default = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo"));
    std::env::var_os("CARGO_HOME").filter(|home| !home.is_empty()).map(PathBuf::from).or_else(by_default)
}

/// Vectors of 128 bits, which browsers have since 2023 at the latest: bytes are copied by fewer instructions, so
/// that the trader is a fortieth smaller.
const SIMD: &str = "-Ctarget-feature=+simd128";

/// The compiler's flags for what runs in a browser, as `CARGO_ENCODED_RUSTFLAGS` takes them: with [`SIMD`], and
/// with this machine's folders kept out of panic messages.
pub(crate) fn browser_flags() -> OsString {
    let registries = cargo_home().and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let remapped = registries.into_iter().flatten().flatten().map(|registry| {
        let mut flag = OsString::from("--remap-path-prefix=");
        flag.push(registry.path());
        flag.push("=crates");
        flag
    });
    let flags: Vec<_> = std::iter::once(SIMD.into()).chain(remapped).collect();
    flags.join(OsStr::new("\u{1f}"))
}

fn wasm_target(stop: &Stop) -> Outcome<()> {
    let folder = answer(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM_TARGET]));
    if folder.is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    announce("the WebAssembly target of Rust");
    run("rustup", Command::new("rustup").args(["target", "add", WASM_TARGET]), stop)
        .because(format!("Rust's target {WASM_TARGET} is missing and could not be added"))
}

fn install(pinned: &Pinned, stop: &Stop) -> Outcome<()> {
    let Pinned { program, package, version, options } = pinned;
    let found = answer(Command::new(program).env("PATH", path()).arg("--version"));
    if found.is_some_and(|found| found.split_whitespace().any(|word| word == *version)) {
        return Ok(());
    }
    announce(format!("{package} {version}, compiled once (some minutes)"));
    let mut cargo = Command::new("cargo");
    // Compile time matters more than speed here.
    cargo
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .args(["install", "--locked", "--force", "--root"])
        .arg(paths::tools())
        .args(["--version", version])
        .args(*options)
        .arg(package);
    run("cargo install", &mut cargo, stop).because(format!("{package} {version} could not be installed"))
}

fn require_disk() -> Outcome<()> {
    let Some(table) = answer(Command::new("df").args(["-P", "-k"]).arg(paths::root())) else { return Ok(()) };
    let was_built = paths::dist().is_dir();
    let needed = if was_built { NEXT_BUILD_MIB } else { FIRST_BUILD_MIB };
    enough_disk(free_mib(&table), needed)
}

/// Whether `needed` MiB are free; where nobody knows, it is tried.
fn enough_disk(free: Option<u64>, needed: u64) -> Outcome<()> {
    match free {
        Some(free) if free < needed => Err(Failure::new(format!(
            "Only {free} MiB are free on this disk; building takes about {needed} MiB."
        ))),
        _ => Ok(()),
    }
}

/// The fourth column of the second line of `df -P -k`.
fn free_mib(table: &str) -> Option<u64> {
    let kib: u64 = table.lines().nth(1)?.split_whitespace().nth(3)?.parse().ok()?;
    Some(kib / 1_024)
}

/// Node, for the bundler, the paymaster and solc.
pub(crate) fn require_node() -> Outcome<()> {
    new_enough(answer(Command::new("node").arg("--version")).as_deref())
}

/// Whether this version of Node will do.
fn new_enough(version: Option<&str>) -> Outcome<()> {
    match version.map(|version| (version, major(version))) {
        Some((_, Some(major))) if major >= OLDEST_NODE => Ok(()),
        Some((version, _)) => {
            Err(Failure::new(format!("Node {version} is too old: install Node {OLDEST_NODE} or newer.")))
        }
        None => Err(Failure::new(format!("Node is missing: install Node {OLDEST_NODE} or newer."))),
    }
}

/// `v20.1.2` is 20.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// npm packages of the stack, by lock file, when they are missing or differ from it.
pub(crate) fn npm_packages(stop: &Stop) -> Outcome<()> {
    let folder = paths::stack_packages();
    let wanted =
        read_json(&folder.join("package-lock.json")).because("tests/stack/package-lock.json is lost")?;
    // npm writes down what it installed.
    if read_json(&folder.join("node_modules/.package-lock.json")).is_some_and(|found| holds(&found, &wanted))
    {
        return Ok(());
    }
    announce("npm packages of the local stack (about a minute, 540 MB)");
    run("npm ci", Command::new("npm").args(["ci", "--loglevel=error"]).current_dir(&folder), stop)
        .because("The npm packages could not be installed")
}

fn read_json(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// Whether every package of the lock file that is not optional is installed at its version.
fn holds(installed: &Value, wanted: &Value) -> bool {
    let Some(packages) = wanted["packages"].as_object() else { return false };
    packages.iter().filter(|(path, package)| !path.is_empty() && package["optional"] != true).all(
        |(path, package)| {
            let found = &installed["packages"][path];
            found["version"] == package["version"] && found["integrity"] == package["integrity"]
        },
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        for (version, expected) in [("v20.20.2", Some(20)), ("v8.0.0", Some(8)), ("nonsense", None)] {
            assert_eq!(major(version), expected, "{version}");
        }
    }

    #[test]
    fn what_a_machine_lacks_is_said_in_one_sentence() {
        let said = |outcome: Outcome<()>| outcome.err().map(|failure| failure.to_string());
        let node = |version: Option<&str>| said(new_enough(version));
        assert_eq!(node(Some("v20.0.0")), None);
        assert_eq!(node(None).as_deref(), Some("Node is missing: install Node 20 or newer."));
        let old = "Node v18.19.0 is too old: install Node 20 or newer.";
        assert_eq!(node(Some("v18.19.0")).as_deref(), Some(old));
        let full = "Only 99 MiB are free on this disk; building takes about 100 MiB.";
        assert_eq!(said(enough_disk(Some(99), 100)).as_deref(), Some(full));
        assert_eq!(said(enough_disk(Some(100), 100)), None);
        let browser = lacks_browser(&["chromium", "xvfb"]).to_string();
        assert!(browser.contains("need chromium, xvfb") && browser.contains("install them as root"));
    }

    #[test]
    fn free_space_is_read_from_df() {
        let table = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/a 100 50 2048 50% /";
        assert_eq!(free_mib(table), Some(2));
        assert_eq!(free_mib("nonsense"), None);
    }

    #[test]
    fn packages_are_stale_when_a_version_differs_or_lacks() {
        let lock =
            |version: &str| json!({ "packages": { "": {}, "node_modules/a": { "version": version } } });
        let optional = json!({ "packages": { "node_modules/b": { "version": "1", "optional": true } } });
        assert!(holds(&lock("1"), &lock("1")));
        assert!(!holds(&lock("1"), &lock("2")));
        assert!(!holds(&json!({}), &lock("1")));
        assert!(holds(&json!({}), &optional));
    }
}
