//! What the sandbox's wallet shows before it signs or sends: the request itself, read as any good wallet would.
//!
//! It knows the page's own grants well enough to spell them out, and shows everything else field by field. It
//! shares no code with the page's sentences, so that the two can be compared.

mod grant;
mod text;

use alloy_primitives::hex;
use serde_json::Value;

use text::{amount_of_ether, brief_bytes, name_of, number, spaced};

/// Longest text of a message or field, in characters.
const LONGEST: usize = 600;
/// Most fields of typed data that are shown.
const MOST_ROWS: usize = 400;

/// What is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Approval {
    /// What is asked.
    pub title: String,
    /// What it means, in one sentence.
    pub meaning: String,
    /// What to compare with the page: label and value.
    pub compare: Vec<(String, String)>,
    /// The content.
    pub sections: Vec<Section>,
}

/// A part of the content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    /// Whether it is worth reading at once.
    pub is_open: bool,
}

impl Approval {
    /// What must be approved before the wallet answers; `None` for what it answers at once. Malformed params are
    /// shown as far as they can be read: the wallet itself refuses them later.
    pub fn of(method: &str, params: &Value) -> Option<Self> {
        match method {
            "eth_signTypedData_v4" => Some(typed_data(&params[1])),
            "personal_sign" => Some(message(&params[0])),
            "eth_sendTransaction" => Some(transaction(&params[0])),
            _ => None,
        }
    }
}

fn row(label: impl Into<String>, value: impl Into<String>) -> (String, String) {
    (label.into(), value.into())
}

/// Typed data comes as JSON text, by some pages as an object.
fn typed_data(given: &Value) -> Approval {
    let parsed = given.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let data = parsed.as_ref().unwrap_or(given);
    let domain = data["domain"].as_object().into_iter().flatten();
    let domain: Vec<_> = domain.map(|(label, value)| row(spaced(label), leaf(value))).collect();
    let domain = Section { title: "Domain".to_owned(), rows: domain, is_open: true };
    if let Some(grant) = grant::read(data) {
        let mut approval = grant.approval();
        approval.sections.insert(0, domain);
        return approval;
    }
    let kind = data["primaryType"].as_str().unwrap_or("unknown");
    let mut rows = Vec::new();
    fields(String::new(), &data["message"], &mut rows);
    let message = Section { title: spaced(kind), rows, is_open: true };
    Approval {
        title: "Sign typed data".to_owned(),
        meaning: "Whoever holds this signature can show that you agreed to what is written below.".to_owned(),
        compare: Vec::new(),
        sections: vec![domain, message],
    }
}

/// Every field with its path, as far as they are few enough to be read.
fn fields(path: String, value: &Value, rows: &mut Vec<(String, String)>) {
    if rows.len() >= MOST_ROWS {
        return;
    }
    let below =
        |name: &str| if path.is_empty() { spaced(name) } else { format!("{path} › {}", spaced(name)) };
    match value {
        Value::Object(members) => members.iter().for_each(|(name, value)| fields(below(name), value, rows)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| fields(below(&(at + 1).to_string()), item, rows));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            rows.push(row(path, leaf(value)));
        }
    }
}

fn leaf(value: &Value) -> String {
    match value {
        Value::String(text) if text.starts_with("0x") => brief_bytes(text),
        Value::String(text) => text.chars().take(LONGEST).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

fn message(given: &Value) -> Approval {
    let text = given.as_str().unwrap_or_default();
    let bytes = hex::decode(text).unwrap_or_else(|_| text.as_bytes().to_vec());
    let is_shown = |text: &&str| text.chars().all(|c| !c.is_control() || c == '\n');
    let readable = std::str::from_utf8(&bytes).ok().filter(is_shown);
    let shown = match readable {
        Some(readable) => row("Text", readable.chars().take(LONGEST).collect::<String>()),
        None => row("Bytes", brief_bytes(&hex::encode_prefixed(&bytes))),
    };
    Approval {
        title: "Sign a message".to_owned(),
        meaning: if readable.is_some() {
            "Whoever holds this signature can show that you agreed to this text.".to_owned()
        } else {
            "These bytes are no text. A page that ends or empties your smart account asks for exactly this: compare the hash."
                .to_owned()
        },
        compare: if readable.is_some() {
            Vec::new()
        } else {
            vec![row("Hash", hex::encode_prefixed(&bytes))]
        },
        sections: vec![Section { title: "Message".to_owned(), rows: vec![shown], is_open: true }],
    }
}

fn transaction(given: &Value) -> Approval {
    let text = |name: &str| given[name].as_str().unwrap_or_default();
    let to = match text("to") {
        "" => "a new contract".to_owned(),
        address => name_of(address),
    };
    let data = if text("data").is_empty() { text("input") } else { text("data") };
    let mut rows = vec![row("To", to), row("Value", amount_of_ether(text("value")))];
    if !data.is_empty() {
        rows.push(row("Function", text::function_of(data)));
        rows.push(row("Data", brief_bytes(data)));
    }
    if let Some(gas) = number(text("gas")) {
        rows.push(row("Gas limit", gas.to_string()));
    }
    Approval {
        title: "Send a transaction".to_owned(),
        meaning: "Your own account sends this and pays its gas, in play money.".to_owned(),
        compare: vec![row("From", name_of(text("from")))],
        sections: vec![Section { title: "Transaction".to_owned(), rows, is_open: true }],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(approval: &Approval) -> String {
        let rows = approval.sections.iter().flat_map(|section| &section.rows).chain(&approval.compare);
        rows.map(|(label, value)| format!("{label}: {value}\n")).collect()
    }

    #[test]
    fn only_what_binds_the_owner_is_asked_about() {
        for method in ["eth_accounts", "eth_requestAccounts", "eth_chainId", "wallet_switchEthereumChain"] {
            assert_eq!(Approval::of(method, &json!([])), None, "{method}");
        }
    }

    #[test]
    fn any_typed_data_is_shown_field_by_field() {
        let data = json!({
            "domain": { "name": "Mail", "chainId": 31337 },
            "primaryType": "MailOrder",
            "message": { "from": { "fullName": "Ann" }, "lines": ["a", "b"], "isPaid": true, "raw": "0x00ff" },
        });
        for given in [data.clone(), Value::String(data.to_string())] {
            let approval = Approval::of("eth_signTypedData_v4", &json!(["0x00", given])).expect("asked");
            let text = shown(&approval);
            for line in [
                "Name: Mail",
                "Chain id: 31337",
                "From › Full name: Ann",
                "Lines › 2: b",
                "Is paid: true",
                "Raw: 0x00ff",
            ] {
                assert!(text.contains(line), "{line} in\n{text}");
            }
        }
    }

    #[test]
    fn messages_are_text_or_bytes() {
        let text = Approval::of("personal_sign", &json!(["0x68656c6c6f", "0x00"])).expect("asked");
        assert!(shown(&text).contains("Text: hello"));
        let bytes = Approval::of("personal_sign", &json!([format!("0x{}", "ab".repeat(32)), "0x00"]));
        assert!(shown(&bytes.expect("asked")).contains(&format!("Hash: 0x{}", "ab".repeat(32))));
    }

    #[test]
    fn a_transaction_says_where_it_goes_and_what_it_calls() {
        let call = json!({
            "from": "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
            "to": "0x0000000071727De22E5E9d8BAf0edAc6f37da032",
            "value": "0xde0b6b3a7640000",
            "data": "0x765e827f00",
            "gas": "0x5208",
        });
        let text = shown(&Approval::of("eth_sendTransaction", &json!([call])).expect("asked"));
        for line in ["To: EntryPoint (0x0000", "Value: 1 ETH", "Function: handleOps", "Gas limit: 21000"] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }

    #[test]
    fn nonsense_is_shown_and_never_panics() {
        for params in [
            json!([]),
            json!(null),
            json!([{}, 7]),
            json!(["", "{"]),
            json!([{ "data": "0x1", "value": "é" }]),
        ] {
            for method in ["eth_signTypedData_v4", "personal_sign", "eth_sendTransaction"] {
                assert!(Approval::of(method, &params).is_some(), "{method} {params}");
            }
        }
        let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
        let wide = json!({ "message": { "list": vec![deep; 2_000] } });
        let approval = Approval::of("eth_signTypedData_v4", &json!(["", wide])).expect("asked");
        assert!(approval.sections[1].rows.len() <= MOST_ROWS);
    }
}
