//! The page in Chromium, on the local stack, with an injected wallet that is not ours: everything that a person
//! does there, and what the chain says of it. `cargo xtask test` starts stack and page.

#![expect(clippy::disallowed_methods, reason = "a host has clocks and threads")]

#[path = "browser/chain.rs"]
mod chain;
#[path = "browser/choices.rs"]
mod choices;
#[path = "browser/chromium.rs"]
mod chromium;
#[path = "browser/evidence.rs"]
mod evidence;
#[path = "browser/figures.rs"]
mod figures;
#[path = "browser/grants.rs"]
mod grants;
#[path = "browser/hidden.rs"]
mod hidden;
#[path = "browser/host.rs"]
mod host;
#[path = "browser/hosts.rs"]
mod hosts;
#[path = "browser/keyboard.rs"]
mod keyboard;
#[path = "browser/kills.rs"]
mod kills;
#[path = "browser/lab.rs"]
mod lab;
#[path = "browser/levers.rs"]
mod levers;
#[path = "browser/mishaps.rs"]
mod mishaps;
#[path = "browser/missing.rs"]
mod missing;
#[path = "browser/offline.rs"]
mod offline;
#[path = "browser/person.rs"]
mod person;
#[path = "browser/pictures.rs"]
mod pictures;
#[path = "browser/reference.rs"]
mod reference;
#[path = "browser/sandbox.rs"]
mod sandbox;
#[path = "browser/secret.rs"]
mod secret;
#[path = "browser/stack.rs"]
mod stack;
#[path = "browser/tab.rs"]
mod tab;
#[path = "browser/tabs.rs"]
mod tabs;
#[path = "browser/terms.rs"]
mod terms;
#[path = "browser/thief.rs"]
mod thief;
#[path = "browser/wallets.rs"]
mod wallets;
