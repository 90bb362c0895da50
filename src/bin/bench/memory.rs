//! How much memory a day in the sandbox takes of its worker.

use leash::sandbox::{Genesis, Peer, Reply, Sandbox, SandboxOptions};
use serde_json::{Value, json};

use crate::files::file;

const HOURS: u64 = 24;
/// At the highest speed, half a minute of chain time passes between two looks at the clock.
const SECS_PER_LOOK: u64 = 30;
/// A worker stores its chain once a second: a thousand of chain time.
const LOOKS_PER_KEEPING: u64 = 33;
const PAGE_BYTES: usize = 64 * 1024;

/// Bytes of this worker's memory, which never shrinks, after each hour of chain time at the highest speed.
pub(crate) fn hours() -> Value {
    let genesis = Genesis::from_bytes(&file("genesis.bin")).expect("a genesis of this version");
    let mut sandbox = Sandbox::new(&genesis, SandboxOptions::default());
    let speed = sandbox.ask(Peer::Control, "sandbox_time", &json!([{ "speed": 1_000 }]));
    assert!(matches!(speed, Reply::Answer(Ok(_))), "{speed:?}");
    sandbox.advance(0);
    let looks_an_hour = 3_600 / SECS_PER_LOOK;
    let (mut bytes, mut record) = (Vec::new(), Vec::new());
    for look in 1..=HOURS * looks_an_hour {
        sandbox.advance(look * SECS_PER_LOOK);
        if look.is_multiple_of(LOOKS_PER_KEEPING) {
            sandbox.save_over(&mut record);
        }
        if look.is_multiple_of(looks_an_hour) {
            bytes.push(core::arch::wasm32::memory_size(0) * PAGE_BYTES);
        }
    }
    assert!(sandbox.chain().head().number > HOURS * 1_750, "the market never stood");
    json!(bytes)
}
