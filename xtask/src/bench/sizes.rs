//! How much a browser has to load, per file.

use std::fs;
use std::path::Path;

use brotli::enc::BrotliEncoderParams;
use serde::Serialize;

use crate::dist;
use crate::failure::{Because, Outcome};

/// When a file is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Before the page can be used.
    Page,
    /// After the first paint.
    Trader,
    /// Only where the sandbox is chosen.
    Sandbox,
    /// Only once the lab is opened.
    Lab,
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
    sandbox_program_brotli: usize,
    genesis_brotli: usize,
}

/// Bytes by brotli before the page can be used, and with the trader.
const BARS: [usize; 2] = [110_000, 200_000];
/// Bytes by brotli of the sandbox's program, and of its genesis.
const SANDBOX_BARS: [usize; 2] = [150_000, 160_000];

impl Sizes {
    /// Measures the built page.
    pub(super) fn of(folder: &Path) -> Outcome<Self> {
        let files = measure(folder)?;
        let sum = |parts: &[Part]| -> usize {
            files.iter().filter(|size| parts.contains(&size.part)).map(|size| size.brotli).sum()
        };
        let (first_load_brotli, with_trader_brotli) = (sum(&[Part::Page]), sum(&[Part::Page, Part::Trader]));
        let of_file = |name: &str| files.iter().find(|size| size.file == name).map_or(0, |size| size.brotli);
        let sandbox_program_brotli = of_file("sandbox_bg.wasm");
        let genesis_brotli = of_file(dist::GENESIS);
        Ok(Self { files, first_load_brotli, with_trader_brotli, sandbox_program_brotli, genesis_brotli })
    }

    /// As a table, with the bars.
    pub(super) fn table(&self) -> String {
        let mut table = format!("{:<28} {:<7} {:>9} {:>10}\n", "file", "part", "bytes", "brotli-11");
        for Size { file, part, bytes, brotli } in &self.files {
            let part = format!("{part:?}").to_lowercase();
            table += &format!("{file:<28} {part:<7} {bytes:>9} {brotli:>10}\n");
        }
        let [first, both] = BARS;
        let [program, genesis] = SANDBOX_BARS;
        let Self { first_load_brotli, with_trader_brotli, sandbox_program_brotli, genesis_brotli, .. } = self;
        table
            + &format!(
                "first load {first_load_brotli} (bar {first}), with the trader {with_trader_brotli} (bar {both})\n\
                 sandbox {sandbox_program_brotli} (bar {program}), its genesis {genesis_brotli} (bar {genesis})\n"
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
    match file {
        // Only the sandbox's page asks for the keeper of files.
        "sw.js" | dist::GENESIS => Part::Sandbox,
        _ if !is_loaded => Part::Other,
        _ if file.contains("trader") => Part::Trader,
        _ if file.contains("sandbox") => Part::Sandbox,
        _ if file.contains("lab") => Part::Lab,
        _ => Part::Page,
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
            ("sandbox_bg.wasm", Part::Sandbox),
            ("sandbox_genesis.bin", Part::Sandbox),
            ("lab_loader.js", Part::Lab),
            ("sw.js", Part::Sandbox),
            ("_headers", Part::Other),
            ("icon.svg", Part::Other),
        ] {
            assert_eq!(part_of(file), part, "{file}");
        }
    }
}
