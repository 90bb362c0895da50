//! How much a browser has to load, per file.

use std::fs;
use std::path::Path;

use brotli::enc::BrotliEncoderParams;
use serde::Serialize;

use crate::failure::{Because, Outcome};

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

/// Everything that a browser loads, largest first.
#[derive(Debug, Serialize)]
pub(super) struct Sizes {
    files: Vec<Size>,
    first_load_brotli: usize,
    with_trader_brotli: usize,
}

/// Bytes by brotli before the page can be used, and with the trader.
const BARS: [usize; 2] = [110_000, 200_000];

impl Sizes {
    /// Measures the built page.
    pub(super) fn of(folder: &Path) -> Outcome<Self> {
        let files = measure(folder)?;
        let sum = |parts: &[Part]| -> usize {
            files.iter().filter(|size| parts.contains(&size.part)).map(|size| size.brotli).sum()
        };
        let (first_load_brotli, with_trader_brotli) = (sum(&[Part::Page]), sum(&[Part::Page, Part::Trader]));
        Ok(Self { files, first_load_brotli, with_trader_brotli })
    }

    /// As a table, with the bars.
    pub(super) fn table(&self) -> String {
        let mut table = format!("{:<28} {:<7} {:>9} {:>10}\n", "file", "part", "bytes", "brotli-11");
        for Size { file, part, bytes, brotli } in &self.files {
            let part = format!("{part:?}").to_lowercase();
            table += &format!("{file:<28} {part:<7} {bytes:>9} {brotli:>10}\n");
        }
        let [first, both] = BARS;
        let Self { first_load_brotli, with_trader_brotli, .. } = self;
        table
            + &format!(
                "first load {first_load_brotli} (bar {first}), with the trader {with_trader_brotli} (bar {both})\n"
            )
    }
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
