//! The walls between the rooms, as a test: who may use whom, where JS may be named, what pure means, how
//! long a file may grow. ARCHITECTURE.md draws the same table.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A room and the rooms it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("contracts", &[]),
    ("market", &["units"]),
    ("trading", &["units", "market"]),
    ("account", &["units", "contracts"]),
    ("session", &["units", "contracts", "account"]),
    ("venue", &["units", "contracts", "market", "trading", "account", "session"]),
    ("backtest", &["units", "market", "trading"]),
    ("ports", &["units"]),
    ("rpc", &["units", "contracts", "account", "ports"]),
    (
        "app",
        &[
            "units",
            "contracts",
            "market",
            "trading",
            "account",
            "session",
            "venue",
            "backtest",
            "ports",
            "rpc",
        ],
    ),
    ("chart", &["units", "market", "trading", "app"]),
    ("evm", &[]),
    ("sandbox", &["units", "contracts", "account", "ports", "evm"]),
    ("web", &["units", "ports", "chart", "app"]),
    ("ui", &["units", "market", "trading", "session", "app", "chart", "web"]),
];

/// Rooms without waiting, clock or randomness: time and entropy are arguments.
const PURE_ROOMS: &[&str] = &[
    "units",
    "contracts",
    "market",
    "trading",
    "account",
    "session",
    "venue",
    "backtest",
    "chart",
    "evm",
    "sandbox",
];

const LONGEST_FILE: usize = 600;

fn source_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its room (`main` and `bin` are binaries, `lib` the crate root) and its code without
/// comments.
fn sources() -> Vec<(PathBuf, String, String)> {
    let root = source_root();
    let mut files = Vec::new();
    rust_files(&root, &mut files);
    files.sort();
    let read = |path: PathBuf| {
        let inside = path.strip_prefix(&root).expect("inside src").to_path_buf();
        let first = inside.components().next().expect("not empty").as_os_str().to_string_lossy().into_owned();
        let room = first.trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).expect("readable UTF-8");
        let code =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        (inside, room, code)
    };
    files.into_iter().map(read).collect()
}

/// The rooms named after `crate::` in `code`, also inside `use crate::{…}`.
fn used_rooms(code: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    for (start, _) in code.match_indices("crate::") {
        let rest = &code[start + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 1;
            let mut name = String::new();
            for character in group.chars() {
                match character {
                    '{' => depth += 1,
                    '}' => depth -= 1,
                    _ if depth == 1 => name.push(character),
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
            rooms.extend(name.split(',').map(|part| part.trim().split(':').next().unwrap_or("").to_owned()));
        } else {
            rooms.push(rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect());
        }
    }
    rooms.retain(|room| !room.is_empty());
    rooms
}

#[test]
fn a_room_uses_only_the_rooms_it_may() {
    let allowed: BTreeMap<_, _> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    for (path, room, code) in sources() {
        let Some(may_use) = allowed.get(room.as_str()) else {
            assert!(["main", "bin", "lib"].contains(&room.as_str()), "{room} is no room of the table");
            continue;
        };
        for used in used_rooms(&code) {
            let is_room = allowed.contains_key(used.as_str());
            if is_room && used != room && !may_use.contains(&used.as_str()) {
                wrong.push(format!("{}: {room} may not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn javascript_is_named_in_web_only() {
    let names = ["JsValue", "js_sys", "web_sys", "wasm_bindgen", "gloo_"];
    let mut wrong = Vec::new();
    for (path, room, code) in sources() {
        // Leptos hands its event types to `ui`; the binaries start the programs.
        let may_name = ["web", "main", "bin"].contains(&room.as_str());
        for name in names.iter().filter(|name| !may_name && code.contains(**name)) {
            let is_event_type =
                room == "ui" && code.matches(*name).count() == code.matches("leptos::ev").count();
            if !is_event_type {
                wrong.push(format!("{} names {name}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn pure_rooms_neither_wait_nor_ask_the_hour() {
    let banned = ["async ", ".await", "SystemTime", "Instant::now", "rand::", "getrandom", "thread::"];
    let mut wrong = Vec::new();
    for (path, room, code) in sources() {
        for word in banned.iter().filter(|word| PURE_ROOMS.contains(&room.as_str()) && code.contains(**word))
        {
            wrong.push(format!("{}: {room} is pure, but says {word:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_kernels_come_through_account_and_session() {
    // The machine for contracts knows no account, and its ecrecover is a kernel. The bench times what no room needs yet.
    let may_use = ["account", "session", "evm", "bin"];
    let users = sources().into_iter().filter(|(_, _, code)| code.contains("leash_kernels"));
    let wrong: Vec<_> = users.filter(|(_, room, _)| !may_use.contains(&room.as_str())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_file_outgrows_its_reader() {
    let mut files = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "kernels", "tests", "xtask/src"] {
        rust_files(&root.join(folder), &mut files);
    }
    files.retain(|path| !path.components().any(|part| part.as_os_str() == "node_modules"));
    for path in files {
        let lines = fs::read_to_string(&path).expect("readable UTF-8").lines().count();
        assert!(lines <= LONGEST_FILE, "{} has {lines} lines: which second noun is hiding?", path.display());
    }
}

#[test]
fn every_room_says_what_it_is() {
    for (room, _) in ROOMS {
        let front =
            fs::read_to_string(source_root().join(format!("{room}.rs"))).expect("every room has a front");
        assert!(front.starts_with("//! "), "{room}.rs opens with what the room is");
    }
}

#[test]
fn the_reader_of_imports_sees_groups_and_paths() {
    assert_eq!(used_rooms("use crate::{app::Intent, units::{A, B}, x};"), ["app", "units", "x"]);
    assert_eq!(used_rooms("let y = crate::web::now();"), ["web"]);
}
