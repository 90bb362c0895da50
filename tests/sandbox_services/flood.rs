//! Ten thousand requests at once, as the port of a worker queues them, good ones and bad ones: each is answered once,
//! nothing piles up, and the chain lives on.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alloy_primitives::{Address, U256};
use leash::contracts::ENTRY_POINT;
use leash::rpc::operation_json;
use leash::sandbox::{DEV_ACCOUNTS, Peer, Reply};
use serde_json::{Value, json};

use crate::desk::at_desk;
use crate::envelope;
use crate::support::http_transport::with_sandbox;

const REQUESTS: u64 = 10_000;
/// In the stored chain: blocks for the faucet, and transactions that wait, are less.
const MOST_GROWTH: usize = 5 << 20;
/// Far more than it takes, on a machine that has other work too.
const LONGEST: Duration = Duration::from_secs(120);
const NODE: &str = "sandbox:node";
const BUNDLER: &str = "sandbox:bundler";

/// Answers by the request's own name, which is null for what is no request.
type Answers = BTreeMap<String, Vec<Value>>;

/// Asks as the worker does.
fn serve(endpoint: &str, body: &str, answers: &mut Answers, late: &mut Vec<String>) {
    let Some(peer) = envelope::peer(endpoint) else { return };
    let text = match envelope::read(peer, body) {
        Err(refusal) => refusal,
        Ok(request) => match with_sandbox(|sandbox| sandbox.ask(peer, &request.method, &request.params)) {
            Reply::Answer(answer) => envelope::answer(&request.id, &answer),
            Reply::Later { answer, .. } => {
                return late.push(envelope::answer(&request.id, &answer));
            }
            Reply::Silence => return,
        },
    };
    note(&text, answers);
}

fn note(text: &str, answers: &mut Answers) {
    let answer: Value = serde_json::from_str(text).expect("JSON");
    answers.entry(answer["id"].to_string()).or_default().push(answer);
}

/// The request of this number, and whether it is one at all.
fn request(number: u64, operation: &Value) -> (&'static str, String, bool) {
    let well = |endpoint, method: &str, params: Value| {
        let body = json!({ "jsonrpc": "2.0", "id": number, "method": method, "params": params });
        (endpoint, body.to_string(), true)
    };
    let stranger = Address::left_padding_from(&number.to_be_bytes());
    let mut of_stranger = operation.clone();
    of_stranger["sender"] = json!(stranger);
    match number % 12 {
        0 => well(NODE, "eth_blockNumber", json!([])),
        1 if number < 500 => {
            well(NODE, "eth_getLogs", json!([{ "fromBlock": "earliest", "toBlock": "0xffffffffffffffff" }]))
        }
        1 => well(NODE, "eth_getBalance", json!([stranger, format!("{:#x}", u64::MAX - number)])),
        2 => well(
            NODE,
            "eth_call",
            json!([{ "to": ENTRY_POINT, "gas": "0xffffffffffffffff", "data": "0x70a08231" }]),
        ),
        3 => (NODE, format!("{{\"id\":{number},\"method\":\"eth_chainId\""), false),
        4 => (NODE, format!("[{{\"id\":{number},\"method\":\"eth_chainId\"}}]"), false),
        5 => well(BUNDLER, "eth_sendUserOperation", json!([of_stranger, ENTRY_POINT])),
        6 => well(
            "sandbox:paymaster",
            "pm_getPaymasterData",
            json!([of_stranger, ENTRY_POINT, "0x7a69", null]),
        ),
        7 => well("sandbox:control", "leash_faucet", json!([stranger])),
        8 => well(NODE, "eth_sendRawTransaction", json!([format!("{number:#066x}")])),
        // Their turn never comes.
        9 => well(
            NODE,
            "eth_sendTransaction",
            json!([{ "from": DEV_ACCOUNTS[0], "to": stranger, "nonce": format!("{:#x}", 1_000_000 + number) }]),
        ),
        10 => well(NODE, "no_such_method", json!({ "number": number })),
        _ => well("sandbox:control", "sandbox_reset", json!([])),
    }
}

#[test]
fn ten_thousand_requests_are_answered_once_each() {
    at_desk(async |desk| {
        let owner = desk.owner().await;
        let operation = operation_json(&desk.ready(&owner).await);
        let before = with_sandbox(|sandbox| sandbox.save().len());
        let (mut answers, mut late, mut malformed) = (Answers::new(), Vec::new(), 0);
        let began = Instant::now();
        for number in 0..REQUESTS {
            if number == REQUESTS / 2 {
                desk.faults(json!({ "node": { "slow_millis": 5 } })).await;
            }
            let (endpoint, body, is_request) = request(number, &operation);
            malformed += usize::from(!is_request);
            serve(endpoint, &body, &mut answers, &mut late);
        }
        assert!(late.len() > 1_000, "{} answers were late", late.len());
        late.iter().for_each(|text| note(text, &mut answers));
        assert!(began.elapsed() < LONGEST, "{:?}", began.elapsed());

        let refused = answers.remove("null").expect("what is no request is refused");
        assert_eq!(refused.len(), malformed);
        assert!(refused.iter().all(|answer| answer["error"]["code"].as_i64() <= Some(-32_600)));
        let requests = (0..REQUESTS).filter(|number| request(*number, &operation).2);
        assert_eq!(answers.len(), requests.clone().count());
        for number in requests {
            let [answer] = answers[&number.to_string()].as_slice() else {
                panic!("{number} is not answered once")
            };
            let is_answer = answer["result"].is_null() == answer["error"].is_object();
            assert!(answer["jsonrpc"] == "2.0" && is_answer, "{answer}");
        }

        desk.faults(json!({ "node": "well" })).await;
        let grown = with_sandbox(|sandbox| sandbox.save().len()).saturating_sub(before);
        assert!(grown < MOST_GROWTH, "{grown} bytes more");
        let receipt = desk.mine(&desk.ready(&owner).await).await;
        assert!(receipt.gas_cost_wei > U256::ZERO);
        assert!(
            with_sandbox(|sandbox| sandbox.ask(Peer::Node, "eth_chainId", &json!([])))
                == Reply::Answer(Ok(json!("0x7a69")))
        );
    });
}
