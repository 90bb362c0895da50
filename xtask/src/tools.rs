//! Programs that a build needs, at pinned versions, installed where they are missing.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::failure::{Because, Failure, Outcome};
use crate::paths;
use crate::process::{answer, run};
use crate::progress::announce;
use crate::stop::Stop;

const OLDEST_NODE: u32 = 20;

/// Node, for the bundler, the paymaster and solc.
pub(crate) fn require_node() -> Outcome<()> {
    let version = answer(Command::new("node").arg("--version"));
    match version.as_deref().map(major) {
        Some(Some(major)) if major >= OLDEST_NODE => Ok(()),
        Some(_) => Err(Failure::new(format!(
            "Node {} is too old: install Node {OLDEST_NODE} or newer.",
            version.unwrap_or_default()
        ))),
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
    announce("npm packages of the local stack (about a minute, 430 MB)");
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
