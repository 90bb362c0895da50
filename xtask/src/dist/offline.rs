//! The list of `sw.js`: what is kept for times without a network, each file with its hash.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use crate::failure::{Because, Failure, Outcome};

/// The keeper of the files, which cannot keep itself.
pub(crate) const KEEPER: &str = "sw.js";
/// What stands in the source.
const EMPTY: &str = "const RELEASE = \"\";\nconst FILES = {};\n";
/// What a browser loads; the rest of the folder is for the host.
const KEPT: [&str; 7] = [".html", ".css", ".js", ".wasm", ".svg", ".webmanifest", ".bin"];

/// Writes every file of `folder` that a browser loads into its `sw.js`.
pub(super) fn write_list(folder: &Path) -> Outcome<()> {
    let keeper = folder.join(KEEPER);
    let source = fs::read_to_string(&keeper).because("Cannot read dist/sw.js")?;
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(folder).because("Cannot read dist/")?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name != KEEPER && KEPT.iter().any(|end| name.ends_with(end)) {
            let bytes = fs::read(entry.path()).because(format!("Cannot read dist/{name}"))?;
            files.insert(name, integrity(&bytes));
        }
    }
    fs::write(keeper, with_list(&source, &files)?).because("Cannot write dist/sw.js")
}

/// As in an `integrity` attribute.
fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", BASE64_STANDARD.encode(Sha256::digest(bytes)))
}

fn with_list(source: &str, files: &BTreeMap<String, String>) -> Outcome<String> {
    if !source.contains(EMPTY) {
        return Err(Failure::new("public/sw.js has no place for the list of files."));
    }
    let list = serde_json::to_string_pretty(files).because("Cannot write the list of files")?;
    let release = integrity(list.as_bytes());
    Ok(source.replacen(EMPTY, &format!("const RELEASE = \"{release}\";\nconst FILES = {list};\n"), 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_file_and_a_release_of_its_own() {
        let listed = |hash: &str| {
            let files = BTreeMap::from([("a.js".to_owned(), hash.to_owned())]);
            with_list(&format!("// Front.\n{EMPTY}const rest = 1;\n"), &files).expect("a place for the list")
        };
        let list = listed("sha256-x");
        assert!(list.contains("const FILES = {\n  \"a.js\": \"sha256-x\"\n};\nconst rest = 1;\n"), "{list}");
        let release = |text: &str| text.lines().nth(1).map(str::to_owned);
        assert_ne!(release(&list), release(&listed("sha256-y")), "another file is another release");
        assert_eq!(release(&list), release(&listed("sha256-x")));
        assert!(with_list("const FILES = {};", &BTreeMap::new()).is_err());
    }

    #[test]
    fn hashes_are_those_of_an_integrity_attribute() {
        assert_eq!(integrity(b"abc"), "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    }

    #[test]
    fn the_keeper_has_a_place_for_the_list() {
        let source = fs::read_to_string(crate::paths::root().join("public/sw.js")).expect("readable");
        assert!(with_list(&source, &BTreeMap::new()).is_ok());
    }
}
