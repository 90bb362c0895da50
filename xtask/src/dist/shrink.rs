//! Makes the built files smaller without changing what they do: wasm-opt for the programs, esbuild for scripts
//! and styles.
//!
//! wasm-bindgen names every import and export so that no two can ever be alike, and says each name in the program
//! and in its script; wasm-opt gives both short ones. Trunk has hashed the files before, so their hashes in
//! index.html are stated anew at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use sha2::{Digest as _, Sha384};

use crate::failure::{Because, Failure, Outcome};
use crate::paths;
use crate::process::{answer, run};
use crate::stop::Stop;

/// How wasm-opt optimises a program. The hot loops of those that are not loaded first stay as they were compiled:
/// packed, the programs would be no smaller.
fn passes(program: &str) -> &'static [&'static str] {
    if program == "page" { &["-Os"] } else { &[] }
}

/// The syntax of browsers that know everything else the programs need.
const ESBUILD: [&str; 4] = ["--minify", "--target=es2022", "--allow-overwrite", "--log-level=warning"];

/// Shrinks everything in `folder` that a browser loads.
pub(super) fn shrink(folder: &Path, stop: &Stop) -> Outcome<()> {
    let before = integrity_of_all(folder)?;
    let files = names(folder)?;
    let programs: Vec<_> = files.iter().filter_map(|name| name.strip_suffix("_bg.wasm")).collect();
    for name in &programs {
        stop.check()?;
        program(folder, name)?;
    }
    let is_module = |name: &&String| name.strip_suffix(".js").is_some_and(|name| programs.contains(&name));
    let (modules, others): (Vec<_>, Vec<_>) = files.iter().partition(is_module);
    // Into the keeper of the page's files their hashes are still to be written.
    let is_shrunk = |name: &&String| {
        let (is_script, is_style) = (name.ends_with(".js"), name.ends_with(".css"));
        is_style || is_script && name.as_str() != super::offline::KEEPER
    };
    let others: Vec<_> = others.into_iter().filter(is_shrunk).collect();
    minify(folder, &modules, &["--format=esm"], stop)?;
    minify(folder, &others, &[], stop)?;
    restate(folder, &before)
}

/// What wasm-opt renamed: imports by module, name and new name, exports by name and new name.
#[derive(Deserialize)]
struct Renamed {
    imports: Vec<(String, String, String)>,
    exports: Vec<(String, String)>,
}

fn program(folder: &Path, name: &str) -> Outcome<()> {
    let (wasm, script) = (folder.join(format!("{name}_bg.wasm")), folder.join(format!("{name}.js")));
    let mut optimise = Command::new(package("wasm-opt"));
    optimise.args(passes(name)).arg("--minify-imports-and-exports-and-modules");
    optimise.arg(&wasm).arg("-o").arg(&wasm);
    let map = answer(&mut optimise).because(format!("wasm-opt could not shrink {name}_bg.wasm"))?;
    let renamed: Renamed = serde_json::from_str(&map).because("wasm-opt does not say what it renamed")?;
    let text = fs::read_to_string(&script).because(format!("Cannot read dist/{name}.js"))?;
    fs::write(&script, rename(&text, &renamed)?).because(format!("Cannot write dist/{name}.js"))
}

/// The script with the program's new names. Imports are keys of one object, exports members of `wasm`.
fn rename(script: &str, renamed: &Renamed) -> Outcome<String> {
    let mut text = script.to_owned();
    for (module, name, short) in &renamed.imports {
        // All modules become one.
        text = text.replacen(&format!("\"{module}\":"), "\"a\":", 1);
        let key = format!("{name}:");
        if !text.contains(&key) {
            return Err(Failure::new(format!("The script does not give {name}, which its program imports.")));
        }
        text = text.replacen(&key, &format!("{short}:"), 1);
    }
    let mut parts = text.split("wasm.");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(part.len());
        let (name, rest) = part.split_at(end);
        let short = renamed.exports.iter().find(|(long, _)| long == name).map_or(name, |(_, short)| short);
        whole += &format!("wasm.{short}{rest}");
    }
    Ok(whole)
}

/// Runs esbuild over `files`, each for itself and in place.
fn minify(folder: &Path, files: &[&String], more: &[&str], stop: &Stop) -> Outcome<()> {
    let mut esbuild = Command::new(package("esbuild"));
    esbuild.current_dir(folder).args(ESBUILD).args(more).arg("--outdir=.").args(files);
    run("esbuild", &mut esbuild, stop)
}

/// A program of the npm packages.
fn package(program: &str) -> PathBuf {
    paths::stack_packages().join("node_modules/.bin").join(program)
}

fn names(folder: &Path) -> Outcome<Vec<String>> {
    let entries = fs::read_dir(folder).because("Cannot read dist/")?.flatten();
    Ok(entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect())
}

/// Subresource Integrity as Trunk states it.
fn integrity(bytes: &[u8]) -> String {
    format!("sha384-{}", STANDARD.encode(Sha384::digest(bytes)))
}

fn integrity_of_all(folder: &Path) -> Outcome<Vec<(String, String)>> {
    let of = |name: String| {
        let bytes = fs::read(folder.join(&name)).because(format!("Cannot read dist/{name}"))?;
        Ok((name, integrity(&bytes)))
    };
    names(folder)?.into_iter().map(of).collect()
}

/// Puts the hashes of the files as they are now where index.html has those of `before`.
fn restate(folder: &Path, before: &[(String, String)]) -> Outcome<()> {
    let index = folder.join("index.html");
    let mut html = fs::read_to_string(&index).because("Cannot read dist/index.html")?;
    for (name, old) in before {
        let bytes = fs::read(folder.join(name)).because(format!("Cannot read dist/{name}"))?;
        html = html.replace(old, &integrity(&bytes));
    }
    fs::write(index, html).because("Cannot write dist/index.html")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_follows_its_program() {
        let renamed: Renamed = serde_json::from_str(
            r#"{ "imports": [["./page_bg.js", "__wbg_a_0f", "b"], ["./page_bg.js", "__wbg_ab_1", "c"]],
                 "exports": [["memory", "d"], ["__wbindgen_start", "e"]] }"#,
        )
        .expect("a map");
        let script = r#"const own = { __wbg_a_0f: function() { return wasm.memory.buffer; }, __wbg_ab_1: f };
            const all = { "./page_bg.js": own }; wasm.__wbindgen_start(); wasm = all;"#;
        let expected = r#"const own = { b: function() { return wasm.d.buffer; }, c: f };
            const all = { "a": own }; wasm.e(); wasm = all;"#;
        assert_eq!(rename(script, &renamed).ok().as_deref(), Some(expected));
        assert!(rename("const own = {};", &renamed).is_err(), "an import that nobody gives");
    }

    #[test]
    fn integrity_is_that_of_browsers() {
        // W3C Subresource Integrity, section 3.2.
        let known = "sha384-H8BRh8j48O9oYatfu5AZzq6A9RINhZO5H16dQZngK7T62em8MUt1FLm52t+eX6xO";
        assert_eq!(integrity(b"alert('Hello, world.');"), known);
    }
}
