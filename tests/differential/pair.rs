//! anvil and the sandbox side by side: everything is asked of both, and compared.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use alloy_primitives::{Address, Bytes, U256, address};
use alloy_sol_types::SolCall;
use leash::sandbox::{Genesis, Peer, Reply, Sandbox, SandboxOptions};
use leash::units::UnixSecs;
use serde_json::{Value, json};
use ureq::Agent;

/// Where both chains begin.
const START: u64 = 1_767_218_400;
/// Enough for every deployment here.
const GAS: u64 = 30_000_000;
const PATIENCE: Duration = Duration::from_secs(60);
/// Its code differs (the sandbox has its own), and with it the gas of what is deployed through it.
const DETERMINISTIC_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");

/// What a chain answers, or its error with code and data.
type Answer = Result<Value, (i64, Value)>;

struct Anvil(Child);

impl Drop for Anvil {
    fn drop(&mut self) {
        let _was_gone = self.0.kill();
        let _status = self.0.wait();
    }
}

/// Both chains.
pub(crate) struct Pair {
    _anvil: Anvil,
    agent: Agent,
    url: String,
    sandbox: Sandbox,
    now: u64,
    /// For messages.
    pub(crate) round: usize,
    seen: BTreeSet<Address>,
    tokens: Vec<Address>,
    transactions: usize,
    reverted: usize,
    refused: usize,
    gas: u64,
    estimates: usize,
}

impl Pair {
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = free.local_addr().expect("bound").port();
        drop(free);
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let binary = root.join("tests/stack/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
        let mut command = Command::new(binary);
        command
            .args(["--port", &port.to_string(), "--chain-id", "31337", "--hardfork", "prague"])
            .args(["--block-base-fee-per-gas", "1000000000", "--gas-limit", "300000000", "--silent"])
            .args(["--timestamp", &START.to_string()])
            .stdout(Stdio::null());
        let anvil = Anvil(command.spawn().expect("anvil is installed by `npm ci` in tests/stack"));
        let config = Agent::config_builder().timeout_global(Some(PATIENCE)).build();
        let options = SandboxOptions {
            start_at: UnixSecs(START),
            history_secs: 0,
            is_unlocked: true,
            ..SandboxOptions::default()
        };
        let mut pair = Self {
            _anvil: anvil,
            agent: config.into(),
            url: format!("http://127.0.0.1:{port}"),
            sandbox: Sandbox::new(&Genesis::development(), options),
            now: START,
            round: 0,
            seen: BTreeSet::new(),
            tokens: Vec::new(),
            transactions: 0,
            reverted: 0,
            refused: 0,
            gas: 0,
            estimates: 0,
        };
        let deadline = Instant::now() + PATIENCE;
        while pair.try_anvil("eth_chainId", &json!([])).is_none() {
            assert!(Instant::now() < deadline, "anvil does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        let code = pair.anvil("eth_getCode", &json!([DETERMINISTIC_DEPLOYER, "latest"])).expect("code");
        pair.sandbox("anvil_setCode", &json!([DETERMINISTIC_DEPLOYER, code])).expect("set");
        pair
    }

    fn try_anvil(&self, method: &str, params: &Value) -> Option<Answer> {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let mut response = self.agent.post(&self.url).send_json(&body).ok()?;
        let answer: Value = response.body_mut().read_json().ok()?;
        Some(match answer.get("error") {
            None => Ok(answer["result"].clone()),
            Some(error) => Err((error["code"].as_i64().expect("a code"), error["data"].clone())),
        })
    }

    fn anvil(&self, method: &str, params: &Value) -> Answer {
        self.try_anvil(method, params).expect("anvil answers")
    }

    fn sandbox(&mut self, method: &str, params: &Value) -> Answer {
        let Reply::Answer(answer) = self.sandbox.ask(Peer::Node, method, params) else {
            panic!("{method} is not answered");
        };
        answer.map_err(|refusal| (refusal.code, refusal.data.unwrap_or(Value::Null)))
    }

    fn both(&mut self, method: &str, params: &Value) -> (Answer, Answer) {
        (self.anvil(method, params), self.sandbox(method, params))
    }

    /// Asks both; they must answer the same.
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Answer {
        let (expected, found) = self.both(method, params);
        assert_eq!(found, expected, "round {}: {method} {params}", self.round);
        found
    }

    /// The next transaction comes `secs` later.
    pub(crate) fn pass_time(&mut self, secs: u64) {
        self.now += secs;
    }

    pub(crate) const fn now(&self) -> u64 {
        self.now
    }

    /// Balances of this token are compared in the end.
    pub(crate) fn watch_token(&mut self, token: Address) {
        self.tokens.push(token);
    }

    /// Balances of this account are compared in the end.
    pub(crate) fn watch(&mut self, account: Address) {
        self.seen.insert(account);
    }

    /// Calls, estimates, and sends an unsigned transaction; its receipt, `None` where both refused it.
    pub(crate) fn send(&mut self, mut transaction: Value) -> Option<Value> {
        let call = json!([transaction, "latest"]);
        let called = self.ask("eth_call", &call);
        self.estimate(&transaction, called.is_ok());
        if transaction["gas"].is_null() {
            // Left to the chains, it would be two estimates, of which the tighter may be too tight a block later.
            transaction["gas"] = hex(GAS);
        }
        self.send_by("eth_sendTransactionSync", json!([transaction]))
    }

    /// Sends the bytes of a signed transaction.
    pub(crate) fn send_raw(&mut self, bytes: &Bytes) -> Option<Value> {
        self.send_by("eth_sendRawTransactionSync", json!([bytes]))
    }

    /// A view that both answer alike.
    pub(crate) fn view<C: SolCall>(&mut self, to: Address, call: &C) -> C::Return {
        let data = Bytes::from(call.abi_encode());
        let answer = self.ask("eth_call", &json!([{ "to": to, "data": data }, "latest"])).expect("a view");
        let bytes: Bytes = answer.as_str().and_then(|text| text.parse().ok()).expect("bytes");
        C::abi_decode_returns(&bytes).expect("its type")
    }

    fn estimate(&mut self, transaction: &Value, succeeds: bool) {
        let (expected, found) = self.both("eth_estimateGas", &json!([transaction, "latest"]));
        let round = self.round;
        if !succeeds {
            // The codes of what does not even begin are each chain's own (and anvil estimates 21,000 for every
            // plain transfer, unseen whether it can be paid); a revert is not.
            let revert = |answer: &Answer| answer.as_ref().err().filter(|(code, _)| *code == 3).cloned();
            assert!(found.is_err(), "round {round}: estimate of {transaction}");
            assert_eq!(revert(&found), revert(&expected), "round {round}: estimate of {transaction}");
            return;
        }
        let number = |answer: &Answer| {
            let quantity = answer.as_ref().ok().and_then(Value::as_str).expect("a quantity");
            u64::from_str_radix(quantity.trim_start_matches("0x"), 16).expect("64 bits")
        };
        let (expected, found) = (number(&expected), number(&found));
        self.estimates += 1;
        assert_eq!(found, expected, "round {round}: estimate of {transaction}");
    }

    fn send_by(&mut self, method: &str, params: Value) -> Option<Value> {
        let round = self.round;
        let next = json!([self.now]);
        self.ask("evm_setNextBlockTimestamp", &next).expect("time goes on");
        let (expected, found) = self.both(method, &params);
        let (expected, found) = match (expected, found) {
            (Ok(expected), Ok(found)) => (expected, found),
            (expected, found) => {
                // Which of several faults is named first is each chain's own.
                let both_refuse = expected.is_err() && found.is_err();
                assert!(both_refuse, "round {round}: {method} {params}: {found:?} instead of {expected:?}");
                self.refused += 1;
                return None;
            }
        };
        self.transactions += 1;
        for name in [
            "status",
            "gasUsed",
            "cumulativeGasUsed",
            "effectiveGasPrice",
            "contractAddress",
            "from",
            "to",
            "type",
            "blockNumber",
            "transactionIndex",
            "logsBloom",
        ] {
            assert_eq!(found[name], expected[name], "round {round}: {name} of {method} {params}");
        }
        let logs = |receipt: &Value| {
            let logs = receipt["logs"].as_array().expect("a list").clone();
            let fields = |log: &Value| {
                json!([log["address"], log["topics"], log["data"], log["logIndex"], log["blockTimestamp"]])
            };
            logs.iter().map(fields).collect::<Vec<_>>()
        };
        assert_eq!(logs(&found), logs(&expected), "round {round}: logs of {method} {params}");
        let (ours, theirs) = self.both("eth_getBlockByNumber", &json!(["latest", false]));
        let (theirs, ours) = (ours.expect("a block"), theirs.expect("a block"));
        for name in ["number", "timestamp", "baseFeePerGas", "gasUsed", "gasLimit", "logsBloom"] {
            assert_eq!(ours[name], theirs[name], "round {round}: {name} of the block");
        }
        if found["status"] == "0x0" {
            self.reverted += 1;
        }
        let gas = found["gasUsed"].as_str().expect("a quantity");
        self.gas += u64::from_str_radix(gas.trim_start_matches("0x"), 16).expect("64 bits");
        for field in ["from", "to", "contractAddress"] {
            if let Some(address) = found[field].as_str() {
                self.seen.insert(address.parse().expect("an address"));
            }
        }
        Some(found)
    }

    /// Compares everything that was touched, now and in the past; what happened in all.
    pub(crate) fn finish(mut self) -> String {
        self.seen.insert(Address::ZERO);
        let head = self.ask("eth_blockNumber", &json!([])).expect("a height");
        let head =
            u64::from_str_radix(head.as_str().expect("text").trim_start_matches("0x"), 16).expect("64 bits");
        for account in self.seen.clone() {
            for block in [head, head - 1, head - 100, head - 255] {
                let block = format!("{block:#x}");
                self.ask("eth_getBalance", &json!([account, block])).expect("a balance");
                self.ask("eth_getTransactionCount", &json!([account, block])).expect("a nonce");
                self.ask("eth_getCode", &json!([account, block])).expect("a code");
                for slot in 0..12 {
                    let slot = format!("{slot:#x}");
                    self.ask("eth_getStorageAt", &json!([account, slot, block])).expect("a word");
                }
            }
            for token in self.tokens.clone() {
                self.view(token, &leash::contracts::abi::IERC20::balanceOfCall { account });
            }
        }
        // The sandbox keeps no old blocks.
        let from = format!("{:#x}", head - 250);
        let (expected, found) =
            self.both("eth_getLogs", &json!([{ "fromBlock": from, "toBlock": "latest" }]));
        let logs = |answer: &Answer| {
            let logs = answer.as_ref().ok().and_then(Value::as_array).expect("logs").clone();
            logs.iter().map(|log| log["data"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(logs(&found), logs(&expected), "the last logs");
        format!(
            "{} transactions ({} reverted) and {} refusals, {} gas, {} estimates, {} accounts, {} logs in the last 250 blocks",
            self.transactions,
            self.reverted,
            self.refused,
            self.gas,
            self.estimates,
            self.seen.len(),
            logs(&found).len(),
        )
    }
}

/// A quantity.
pub(crate) fn hex(number: impl TryInto<U256>) -> Value {
    json!(format!("{:#x}", number.try_into().unwrap_or(U256::MAX)))
}
