//! Logs over a range of blocks, in pieces as small as the node wants them.

use std::ops::RangeInclusive;

use alloy_primitives::{Address, B256, Log};
use serde_json::json;

use super::wire::{ShapeError, Wire};
use super::{Node, RpcError};
use crate::ports::TransportError;
use crate::units::UnixSecs;

/// Most logs taken from one answer.
const MAX_LOGS: usize = 50_000;

/// Which logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFilter {
    /// Emitted by one of these; not empty.
    pub addresses: Vec<Address>,
    /// Per position the topics of which one must match; an empty list matches all.
    pub topics: Vec<Vec<B256>>,
    /// First and last block.
    pub blocks: RangeInclusive<u64>,
}

/// A log and where it was mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainLog {
    /// Address, topics and data.
    pub log: Log,
    /// Block number.
    pub block: u64,
    /// Block hash, to notice reorganisations.
    pub block_hash: B256,
    /// Block time, where the node tells it here.
    pub block_at: Option<UnixSecs>,
    /// Transaction.
    pub transaction: B256,
    /// Position in the block.
    pub index: u64,
}

impl Node {
    /// The logs of `filter` in the order of the chain. A range that is too wide for the node is halved until
    /// it fits.
    ///
    /// # Errors
    /// [`RpcError`]; also when the node gives logs that were not asked for.
    pub async fn logs(&self, filter: &LogFilter) -> Result<Vec<ChainLog>, RpcError> {
        let mut waiting = vec![filter.blocks.clone()];
        let mut found = Vec::new();
        while let Some(blocks) = waiting.pop() {
            let (first, last) = (*blocks.start(), *blocks.end());
            if first > last {
                continue;
            }
            match self.logs_at_once(filter, blocks).await {
                Ok(mut logs) => found.append(&mut logs),
                Err(error) if first < last && wants_smaller_range(&error) => {
                    let middle = first + (last - first) / 2;
                    waiting.push(middle + 1..=last);
                    waiting.push(first..=middle);
                }
                Err(error) => return Err(error),
            }
        }
        found.sort_unstable_by_key(|log| (log.block, log.index));
        Ok(found)
    }

    async fn logs_at_once(
        &self,
        filter: &LogFilter,
        blocks: RangeInclusive<u64>,
    ) -> Result<Vec<ChainLog>, RpcError> {
        let topics: Vec<_> =
            filter.topics.iter().map(|any| if any.is_empty() { json!(null) } else { json!(any) }).collect();
        let params = json!([{
            "address": filter.addresses,
            "topics": topics,
            "fromBlock": format!("{:#x}", blocks.start()),
            "toBlock": format!("{:#x}", blocks.end()),
        }]);
        let read = |wire: Wire<'_>| {
            let mut logs = Vec::new();
            for item in wire.list(MAX_LOGS)? {
                let Some(log) = read_log(&item)? else { continue };
                if !blocks.contains(&log.block) || !filter.matches(&log.log) {
                    return item.wrong("was not asked for");
                }
                logs.push(log);
            }
            Ok(logs)
        };
        self.asker.ask("eth_getLogs", params, read).await
    }
}

impl LogFilter {
    fn matches(&self, log: &Log) -> bool {
        let fits = |(position, any): (usize, &Vec<B256>)| {
            any.is_empty() || log.topics().get(position).is_some_and(|topic| any.contains(topic))
        };
        self.addresses.contains(&log.address) && self.topics.iter().enumerate().all(fits)
    }
}

/// Nodes say “range too wide” in many ways; no code is common to them.
fn wants_smaller_range(error: &RpcError) -> bool {
    if let RpcError::Transport { source: TransportError::TooLarge { .. }, .. } = error {
        return true;
    }
    if let RpcError::Transport { source: TransportError::Http { status: 413, .. }, .. } = error {
        return true;
    }
    let Some((code, message, _)) = error.refusal() else { return false };
    let message = message.to_ascii_lowercase();
    let hints = ["range", "limit", "too many", "too large", "more than", "exceed", "timeout", "timed out"];
    code == -32005 || hints.iter().any(|hint| message.contains(hint))
}

/// One log; `None` for one that was taken back (`removed`) or is not mined yet.
pub(super) fn read_log(wire: &Wire<'_>) -> Result<Option<ChainLog>, ShapeError> {
    let is_removed = wire.optional("removed")?.map(|removed| removed.boolean()).transpose()?.unwrap_or(false);
    let Some(block) = wire.optional("blockNumber")? else { return Ok(None) };
    if is_removed {
        return Ok(None);
    }
    let topics = wire.field("topics")?.list(4)?;
    let topics = topics.iter().map(Wire::b256).collect::<Result<Vec<_>, _>>()?;
    let log = Log::new_unchecked(wire.field("address")?.address()?, topics, wire.field("data")?.bytes()?);
    Ok(Some(ChainLog {
        log,
        block: block.u64()?,
        block_hash: wire.field("blockHash")?.b256()?,
        block_at: wire.optional("blockTimestamp")?.map(|at| at.u64().map(UnixSecs)).transpose()?,
        transaction: wire.field("transactionHash")?.b256()?,
        index: wire.field("logIndex")?.u64()?,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::ScriptedTransport;
    use crate::rpc::testing::{block_on, refused};
    use serde_json::Value;
    use std::rc::Rc;

    const POOL: Address = Address::repeat_byte(7);

    fn filter(blocks: RangeInclusive<u64>) -> LogFilter {
        LogFilter { addresses: vec![POOL], topics: vec![vec![B256::repeat_byte(1)], vec![]], blocks }
    }

    fn log(block: u64, index: u64) -> Value {
        json!({
            "address": POOL, "topics": [B256::repeat_byte(1), B256::repeat_byte(2)], "data": "0x01",
            "blockNumber": format!("{block:#x}"), "blockHash": B256::repeat_byte(3), "removed": false,
            "transactionHash": B256::repeat_byte(4), "logIndex": format!("{index:#x}"),
        })
    }

    fn ask(script: &Rc<ScriptedTransport>, blocks: RangeInclusive<u64>) -> Result<Vec<ChainLog>, RpcError> {
        let node = Node::new(Rc::<ScriptedTransport>::clone(script), "node");
        block_on(node.logs(&filter(blocks)))
    }

    #[test]
    fn a_range_is_halved_until_the_node_takes_it() {
        let script = Rc::new(ScriptedTransport::default());
        script.expect("eth_getLogs", refused(-32602, "query exceeds max block range 2"));
        script.expect("eth_getLogs", Ok(json!([log(1, 1), log(0, 0)])));
        script.expect("eth_getLogs", Err(TransportError::TooLarge { limit_bytes: 1 }));
        script.expect("eth_getLogs", Ok(json!([log(2, 0)])));
        script.expect("eth_getLogs", Ok(json!([log(3, 0)])));
        let found = ask(&script, 0..=3).expect("all pieces");
        let places: Vec<_> = found.iter().map(|log| (log.block, log.index)).collect();
        assert_eq!(places, [(0, 0), (1, 1), (2, 0), (3, 0)]);
        let ranges: Vec<_> = script
            .asked()
            .iter()
            .map(|(_, params)| {
                format!("{}-{}", params[0]["fromBlock"], params[0]["toBlock"]).replace('"', "")
            })
            .collect();
        assert_eq!(ranges, ["0x0-0x3", "0x0-0x1", "0x2-0x3", "0x2-0x2", "0x3-0x3"]);
        assert_eq!(script.asked()[0].1[0]["topics"], json!([[B256::repeat_byte(1)], null]));
    }

    #[test]
    fn other_errors_and_single_blocks_end_it() {
        let script = Rc::new(ScriptedTransport::default());
        script.expect("eth_getLogs", refused(-32000, "no such filter"));
        assert!(ask(&script, 0..=3).is_err());
        script.expect("eth_getLogs", refused(-32005, "limit"));
        assert!(ask(&script, 3..=3).is_err());
        #[expect(clippy::reversed_empty_ranges, reason = "nothing is asked for")]
        let nothing = ask(&script, 3..=2);
        assert_eq!(nothing, Ok(vec![]));
    }

    #[test]
    fn logs_nobody_asked_for_are_refused() {
        let check = |change: fn(&mut Value), expected: Result<usize, &str>| {
            let script = Rc::new(ScriptedTransport::default());
            let mut item = log(1, 0);
            change(&mut item);
            script.expect("eth_getLogs", Ok(json!([item])));
            let answer = ask(&script, 1..=2).map(|logs| logs.len());
            match (answer, expected) {
                (Ok(count), Ok(expected)) => assert_eq!(count, expected),
                (Err(error), Err(words)) => assert!(error.to_string().contains(words), "{error}"),
                (answer, expected) => panic!("{answer:?} instead of {expected:?}"),
            }
        };
        check(|_| {}, Ok(1));
        check(|log| log["removed"] = json!(true), Ok(0));
        check(|log| log["blockNumber"] = json!(null), Ok(0));
        check(|log| log["blockNumber"] = json!("0x3"), Err("result[0] was not asked for"));
        check(|log| log["address"] = json!(Address::repeat_byte(8)), Err("was not asked for"));
        check(|log| log["topics"][0] = json!(B256::repeat_byte(9)), Err("was not asked for"));
        check(|log| log["topics"] = json!([]), Err("was not asked for"));
        check(|log| log["topics"] = json!([1, 2, 3, 4, 5]), Err("too long a list"));
        check(|log| log["logIndex"] = json!(0), Err("result[0].logIndex is no hexadecimal text"));
        check(|log| log["data"] = json!("0x0"), Err("result[0].data is half a byte short"));
    }
}
