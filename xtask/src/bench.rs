//! `cargo xtask bench`: how much a browser has to load, per file.

use std::fs;
use std::path::Path;

use brotli::enc::BrotliEncoderParams;
use serde::Serialize;

use crate::failure::{Because, Outcome};
use crate::stop::Stop;
use crate::{dist, paths, tools};

/// When a file is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Before the page can be used.
    Page,
    /// After the first paint.
    Trader,
    /// By the browser's own wish, or never.
    Other,
}

#[derive(Debug, Serialize)]
struct Size {
    file: String,
    part: Part,
    bytes: usize,
    brotli: usize,
}

/// Builds the page and measures it; the table goes to the terminal, JSON to target/bench/sizes.json.
pub(crate) fn command(stop: &Stop) -> Outcome<()> {
    tools::ensure(stop)?;
    dist::build(stop)?;
    let sizes = measure(&paths::dist())?;
    println!("\n{:<28} {:<7} {:>9} {:>10}", "file", "part", "bytes", "brotli-11");
    for Size { file, part, bytes, brotli } in &sizes {
        println!("{file:<28} {:<7} {bytes:>9} {brotli:>10}", format!("{part:?}").to_lowercase());
    }
    let sum = |parts: &[Part]| -> usize {
        sizes.iter().filter(|size| parts.contains(&size.part)).map(|size| size.brotli).sum()
    };
    let (page, both) = (sum(&[Part::Page]), sum(&[Part::Page, Part::Trader]));
    println!("\nfirst load {page} bytes brotli, with the trader {both}");
    let folder = paths::target().join("bench");
    let json = serde_json::json!({ "files": sizes, "first_load_brotli": page, "with_trader_brotli": both });
    fs::create_dir_all(&folder).because("Cannot write target/bench")?;
    fs::write(folder.join("sizes.json"), format!("{json:#}\n"))
        .because("Cannot write target/bench/sizes.json")
}

fn measure(folder: &Path) -> Outcome<Vec<Size>> {
    let mut sizes = Vec::new();
    for entry in
        fs::read_dir(folder).because("Cannot read dist/")?.flatten().filter(|entry| entry.path().is_file())
    {
        let file = entry.file_name().to_string_lossy().into_owned();
        let bytes = fs::read(entry.path()).because(format!("Cannot read dist/{file}"))?;
        let mut packed = Vec::new();
        let best = BrotliEncoderParams { quality: 11, lgwin: 22, ..BrotliEncoderParams::default() };
        brotli::BrotliCompress(&mut bytes.as_slice(), &mut packed, &best)
            .because(format!("Cannot pack {file}"))?;
        sizes.push(Size { part: part_of(&file), file, bytes: bytes.len(), brotli: packed.len() });
    }
    sizes.sort_by_key(|size| std::cmp::Reverse(size.brotli));
    Ok(sizes)
}

fn part_of(file: &str) -> Part {
    let is_loaded = [".html", ".css", ".js", ".wasm"].iter().any(|end| file.ends_with(end));
    match (is_loaded, file.contains("trader")) {
        (true, true) => Part::Trader,
        (true, false) => Part::Page,
        (false, _) => Part::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_counted_where_they_are_loaded() {
        for (file, part) in [
            ("index.html", Part::Page),
            ("page_bg.wasm", Part::Page),
            ("trader_bg.wasm", Part::Trader),
            ("trader_loader.js", Part::Trader),
            ("_headers", Part::Other),
            ("icon.svg", Part::Other),
        ] {
            assert_eq!(part_of(file), part, "{file}");
        }
    }
}
