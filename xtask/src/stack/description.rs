//! What a running stack tells about itself: target/stack.json, and `leash_stack` of the control endpoint.

use std::path::PathBuf;

use leash::sandbox::Flavour;
use serde_json::{Value, json};

use crate::paths;

/// Five ports in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports(pub(crate) u16);

impl Ports {
    pub(crate) fn node(self) -> u16 {
        self.0
    }
    pub(crate) fn bundler(self) -> u16 {
        self.0 + 1
    }
    pub(crate) fn paymaster(self) -> u16 {
        self.0 + 2
    }
    pub(crate) fn control(self) -> u16 {
        self.0 + 3
    }
    pub(crate) fn exchange(self) -> u16 {
        self.0 + 4
    }
}

/// Where a running stack describes itself.
pub(crate) fn description_file() -> PathBuf {
    paths::target().join("stack.json")
}

/// What tests and people need to know, as JSON.
pub(crate) fn describe(ports: Ports, flavour: Flavour) -> Value {
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let mut description = leash::sandbox::describe(Some(flavour));
    description["pid"] = json!(std::process::id());
    for (name, port) in [
        ("node", ports.node()),
        ("bundler", ports.bundler()),
        ("paymaster", ports.paymaster()),
        ("control", ports.control()),
    ] {
        description[name] = json!(url(port));
        description["ports"][name] = json!(port);
    }
    description
}
