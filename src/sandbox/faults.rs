//! What goes wrong on purpose: a switch for each peer, set and healed at any time, and two shocks that happen
//! once.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Refusal;

/// Blocks that a reorganisation may take back at most; more are not remembered.
pub const DEEPEST_REORG: u64 = 64;
/// Seconds that the clock may jump at most: a year.
const LONGEST_JUMP: u64 = 365 * 86_400;
/// What a slow node takes for an answer, in milliseconds of the person's time, where no number is given.
const SLOW_MILLIS: u64 = 3_000;
/// No answer is held longer, in milliseconds.
const SLOWEST_MILLIS: u64 = 60_000;

/// The bundler.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum BundlerFault {
    /// It answers.
    #[default]
    Well,
    /// Nobody answers.
    Down,
}

/// The sponsor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SponsorFault {
    /// It answers.
    #[default]
    Well,
    /// It pays for nobody.
    Refuses,
    /// Nobody answers.
    Down,
}

/// The node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeFault {
    /// It answers.
    #[default]
    Well,
    /// It knows nothing after this block, which was the newest when this began.
    Stale(u64),
    /// It takes this long for every answer, in milliseconds.
    Slow(u64),
    /// Nobody answers.
    Down,
}

/// The operations that the bundler takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationFault {
    /// They are bundled.
    #[default]
    Well,
    /// They wait until this is over.
    Stuck,
    /// The market moves against the next one before it is bundled; then this is over.
    Reverts,
}

/// Every switch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Faults {
    /// The bundler.
    pub bundler: BundlerFault,
    /// The sponsor.
    pub sponsor: SponsorFault,
    /// The node.
    pub node: NodeFault,
    /// Operations.
    pub operation: OperationFault,
}

/// What happens once, at the moment of asking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shocks {
    /// So many of the newest blocks are taken back.
    pub reorg_blocks: u64,
    /// The chain's clock runs ahead by so many seconds.
    pub clock_jump_secs: u64,
}

/// `well` and the other words of a switch.
type Words<T> = &'static [(&'static str, T)];

const BUNDLER: Words<BundlerFault> = &[("well", BundlerFault::Well), ("down", BundlerFault::Down)];
const SPONSOR: Words<SponsorFault> =
    &[("well", SponsorFault::Well), ("refuses", SponsorFault::Refuses), ("down", SponsorFault::Down)];
const NODE: Words<NodeFault> = &[
    ("well", NodeFault::Well),
    ("stale", NodeFault::Stale(0)),
    ("slow", NodeFault::Slow(SLOW_MILLIS)),
    ("down", NodeFault::Down),
];
const OPERATION: Words<OperationFault> =
    &[("well", OperationFault::Well), ("stuck", OperationFault::Stuck), ("reverts", OperationFault::Reverts)];

impl Faults {
    /// Reads what `sandbox_faults` wishes: any of `bundler`, `paymaster`, `node`, `operation` with one of their
    /// words, `node` also as `{"slow_millis": n}`; `reorg` in blocks; `clock_jump` in seconds. What is not named
    /// stays as it is. `head` is the height of the newest block.
    ///
    /// # Errors
    /// A refusal (-32602) with a sentence; then nothing is changed.
    pub fn wished(self, wish: &Value, head: u64) -> Result<(Self, Shocks), Refusal> {
        let Some(wishes) = wish.as_object() else {
            return Err(Refusal::params("sandbox_faults takes one object of switches"));
        };
        let (mut faults, mut shocks) = (self, Shocks::default());
        for (name, value) in wishes {
            match name.as_str() {
                "bundler" => faults.bundler = word(name, value, BUNDLER)?,
                "paymaster" => faults.sponsor = word(name, value, SPONSOR)?,
                "node" => {
                    faults.node = match (node(name, value)?, self.node) {
                        (NodeFault::Stale(_), already @ NodeFault::Stale(_)) => already,
                        (NodeFault::Stale(_), _) => NodeFault::Stale(head),
                        (other, _) => other,
                    }
                }
                "operation" => faults.operation = word(name, value, OPERATION)?,
                "reorg" => shocks.reorg_blocks = number(name, value, DEEPEST_REORG)?,
                "clock_jump" => shocks.clock_jump_secs = number(name, value, LONGEST_JUMP)?,
                _ => return Err(Refusal::params(format!("there is no fault called {name}"))),
            }
        }
        Ok((faults, shocks))
    }

    /// The switches in the words of `sandbox_faults`.
    pub fn told(&self) -> Value {
        let node = match self.node {
            NodeFault::Slow(millis) => json!({ "slow_millis": millis }),
            NodeFault::Stale(_) => json!("stale"),
            other @ (NodeFault::Well | NodeFault::Down) => json!(name_of(other, NODE)),
        };
        json!({
            "bundler": name_of(self.bundler, BUNDLER),
            "paymaster": name_of(self.sponsor, SPONSOR),
            "node": node,
            "operation": name_of(self.operation, OPERATION),
        })
    }
}

fn word<T: Copy>(name: &str, value: &Value, words: Words<T>) -> Result<T, Refusal> {
    let found = words.iter().find(|(word, _)| value.as_str() == Some(*word));
    found.map(|(_, meaning)| *meaning).ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        Refusal::params(format!("{name} is one of {}, not {value}", known.join(", ")))
    })
}

fn node(name: &str, value: &Value) -> Result<NodeFault, Refusal> {
    match value.get("slow_millis") {
        Some(millis) => number("slow_millis", millis, SLOWEST_MILLIS).map(NodeFault::Slow),
        None => word(name, value, NODE),
    }
}

fn number(name: &str, value: &Value, most: u64) -> Result<u64, Refusal> {
    let number = value.as_u64().filter(|number| *number <= most);
    number.ok_or_else(|| Refusal::params(format!("{name} is a whole number up to {most}, not {value}")))
}

fn name_of<T: PartialEq>(meaning: T, words: Words<T>) -> &'static str {
    words.iter().find(|(_, known)| *known == meaning).map_or("", |(word, _)| *word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(wish: Value) -> Result<(Faults, Shocks), String> {
        Faults::default().wished(&wish, 7).map_err(|refusal| {
            assert_eq!(refusal.code, -32_602);
            refusal.message
        })
    }

    #[test]
    fn every_switch_goes_on_and_off_and_is_told_in_its_own_words() {
        let mut faults = Faults::default();
        let well = json!({ "bundler": "well", "paymaster": "well", "node": "well", "operation": "well" });
        assert_eq!(faults.told(), well);
        for (name, word) in [
            ("bundler", json!("down")),
            ("paymaster", json!("refuses")),
            ("paymaster", json!("down")),
            ("node", json!("stale")),
            ("node", json!("down")),
            ("node", json!({ "slow_millis": 250 })),
            ("operation", json!("stuck")),
            ("operation", json!("reverts")),
        ] {
            let before = faults;
            (faults, _) = faults.wished(&json!({ name: word }), 7).expect("a known word");
            let mut expected = before.told();
            expected[name] = word.clone();
            assert_eq!(faults.told(), expected, "{name} alone changes");
            assert_eq!(
                before.wished(&faults.told(), 7).map(|(faults, _)| faults),
                Ok(faults),
                "told is a wish"
            );
        }
        assert_eq!(faults.wished(&well, 9).map(|(faults, _)| faults), Ok(Faults::default()));
        assert_eq!(
            wished(json!({ "node": "slow" })).map(|(faults, _)| faults.node),
            Ok(NodeFault::Slow(3_000))
        );
    }

    #[test]
    fn shocks_leave_the_switches_alone() {
        let shocks = Shocks { reorg_blocks: 3, clock_jump_secs: 60 };
        assert_eq!(wished(json!({ "reorg": 3, "clock_jump": 60 })), Ok((Faults::default(), shocks)));
        assert_eq!(wished(json!({})), Ok((Faults::default(), Shocks::default())));
    }

    #[test]
    fn nonsense_is_refused_with_a_sentence() {
        let check = |wish: Value, sentence: &str| assert_eq!(wished(wish), Err(sentence.to_owned()));
        check(json!(null), "sandbox_faults takes one object of switches");
        check(json!({ "wallet": "down" }), "there is no fault called wallet");
        check(json!({ "bundler": "up" }), "bundler is one of well, down, not \"up\"");
        check(json!({ "bundler": true }), "bundler is one of well, down, not true");
        check(json!({ "node": { "slow": 1 } }), "node is one of well, stale, slow, down, not {\"slow\":1}");
        check(
            json!({ "node": { "slow_millis": 60_001 } }),
            "slow_millis is a whole number up to 60000, not 60001",
        );
        check(json!({ "reorg": 65 }), "reorg is a whole number up to 64, not 65");
        check(json!({ "reorg": -1 }), "reorg is a whole number up to 64, not -1");
        check(json!({ "clock_jump": 1.5 }), "clock_jump is a whole number up to 31536000, not 1.5");
        check(json!({ "bundler": "down", "reorg": "all" }), "reorg is a whole number up to 64, not \"all\"");
    }
}
