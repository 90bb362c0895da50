//! A grant of SmartSession, spelled out from the typed data alone: whose account, which key, which calls with
//! which arguments, how often, until when.

use alloy_primitives::{Address, U256, hex};
use serde_json::Value;

use super::text::{brief_bytes, known_function, name, name_of, utc};
use super::{Approval, Section, row};
use crate::contracts::{
    RENOUNCE_TARGET, SANDBOX_ID, SMART_SESSION, TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
    network_by_id,
};
use crate::units::TokenAmount;

/// Signs of `UniActionPolicy`, by number.
const CONDITIONS: [&str; 7] =
    ["is", "is more than", "is less than", "is at least", "is at most", "is not", "is within"];

/// The sessions of a `MultiChainSession`.
pub(super) struct GrantData<'a> {
    sessions: Vec<&'a Value>,
    chain_ids: Vec<String>,
}

/// The grant in typed data; `None` when it is something else.
pub(super) fn read(data: &Value) -> Option<GrantData<'_>> {
    if data["primaryType"] != "MultiChainSession" || data["domain"]["name"] != "SmartSession" {
        return None;
    }
    let entries = data["message"]["sessionsAndChainIds"].as_array()?;
    let chain_id =
        |entry: &Value| entry["chainId"].as_str().map_or_else(|| entry["chainId"].to_string(), str::to_owned);
    let chain_ids = entries.iter().map(chain_id).collect();
    Some(GrantData { sessions: entries.iter().map(|entry| &entry["session"]).collect(), chain_ids })
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn bytes(value: &Value, name: &str) -> Vec<u8> {
    hex::decode(text(value, name)).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value[name].as_array().into_iter().flatten()
}

fn number(bytes: &[u8]) -> U256 {
    U256::try_from_be_slice(bytes).unwrap_or(U256::MAX)
}

/// All different values, in order.
fn distinct(values: impl Iterator<Item = String>) -> String {
    let mut seen: Vec<String> = Vec::new();
    values.for_each(|value| {
        if !seen.contains(&value) {
            seen.push(value);
        }
    });
    seen.join(", ")
}

impl GrantData<'_> {
    pub(super) fn approval(&self) -> Approval {
        let each = |read: fn(&Value) -> String| distinct(self.sessions.iter().map(|session| read(session)));
        let key = |session: &Value| {
            let key = <[u8; 20]>::try_from(bytes(session, "sessionValidatorInitData"));
            key.map_or_else(|_| "unreadable".to_owned(), |key| Address::from(key).to_string())
        };
        let compare = vec![
            row("Account", each(|session| name_of(text(session, "account")))),
            row("Session key", each(key)),
            row("Ends", each(ends)),
            row("Chain", distinct(self.chain_ids.iter().cloned())),
            row("Session contract", each(|session| name_of(text(session, "smartSession")))),
        ];
        let mut sections = Vec::new();
        let count = self.sessions.len();
        for (index, session) in self.sessions.iter().enumerate() {
            sections.push(limits(session, index + 1, count));
            sections
                .extend(list(&session["permissions"], "actions").map(|action| self.action(session, action)));
        }
        Approval {
            title: "Grant a session".to_owned(),
            meaning: "A key in this tab may then make these calls from your smart account, and no others, until it ends."
                .to_owned(),
            compare,
            sections,
        }
    }

    fn action(&self, session: &Value, action: &Value) -> Section {
        let target = text(action, "actionTarget").parse::<Address>().unwrap_or_default();
        let selector = <[u8; 4]>::try_from(bytes(action, "actionTargetSelector")).unwrap_or_default();
        let known = known_function(selector);
        let title = match known {
            _ if target == RENOUNCE_TARGET => "End this session itself".to_owned(),
            Some((function, _)) => format!("Call {function} of {}", name_of_place(target)),
            None => format!("Call {} of {}", hex::encode_prefixed(selector), name_of_place(target)),
        };
        let names = known.map_or(&[][..], |(_, names)| names);
        let account = text(session, "account").parse().unwrap_or_default();
        let reader = Rules { names, target, account, inputs: input_token(action) };
        let rows = list(action, "actionPolicies").flat_map(|policy| reader.policy(policy)).collect();
        Section { title, rows, is_open: target != RENOUNCE_TARGET }
    }
}

fn name_of_place(address: Address) -> String {
    name(address).map_or_else(|| address.to_string(), str::to_owned)
}

/// When a session ends, by its policy on time.
fn ends(session: &Value) -> String {
    let policies = list(&session["permissions"], "userOpPolicies");
    let mut frames = policies.filter(|policy| is(policy, TIME_FRAME_POLICY));
    match frames.next().map(|policy| bytes(policy, "initData")) {
        Some(data) if data.len() == 12 && data[..6] != [0; 6] => utc(number(&data[..6]).saturating_to()),
        _ => "never by itself".to_owned(),
    }
}

fn is(policy: &Value, address: Address) -> bool {
    text(policy, "policy").parse() == Ok(address)
}

/// What holds for everything a session does.
fn limits(session: &Value, index: usize, count: usize) -> Section {
    let permissions = &session["permissions"];
    let mut rows = vec![row("Ends", ends(session))];
    for policy in list(permissions, "userOpPolicies") {
        if is(policy, USAGE_LIMIT_POLICY) {
            rows.push(row("Operations", format!("{} at most", number(&bytes(policy, "initData")))));
        } else if !is(policy, TIME_FRAME_POLICY) {
            rows.push(row("Unknown policy", name_of(text(policy, "policy"))));
        }
    }
    let flag = |name: &str| permissions[name] == true;
    let sponsor = if flag("permitERC4337Paymaster") { "may pay the gas" } else { "may not pay the gas" };
    rows.push(row("A sponsor", sponsor));
    let calls_itself = if flag("permitAdminAccess") { "yes, for the calls listed" } else { "no" };
    rows.push(row("May call SmartSession", calls_itself));
    for (name, label) in
        [("permitGenericPolicy", "Generic policies"), ("ignoreSecurityAttestations", "Skips attestations")]
    {
        if flag(name) {
            rows.push(row(label, "yes"));
        }
    }
    let signs = &permissions["erc7739Policies"];
    if list(signs, "allowedERC7739Content").chain(list(signs, "erc1271Policies")).next().is_some() {
        rows.push(row("May sign messages", "yes"));
    }
    let contract = text(session, "smartSession").parse::<Address>();
    if contract != Ok(SMART_SESSION) {
        rows.push(row("Another session contract", text(session, "smartSession")));
    }
    Section { title: format!("Permission {index} of {count}"), rows, is_open: true }
}

/// The token that a swap spends, so that its amounts can be read.
fn input_token(action: &Value) -> [Option<Address>; 2] {
    let rules = list(action, "actionPolicies").find(|policy| is(policy, UNI_ACTION_POLICY));
    let data = rules.map(|policy| bytes(policy, "initData")).unwrap_or_default();
    [0, 1].map(|argument| {
        let rule = rules_in(&data).find(|rule| rule.argument == argument)?;
        Some(Address::from_word(rule.reference.into()))
    })
}

struct Rule {
    condition: usize,
    argument: usize,
    is_limited: bool,
    reference: [u8; 32],
    limit: U256,
}

/// `UniActionPolicy`'s rules: two words, then six for each.
fn rules_in(data: &[u8]) -> impl Iterator<Item = Rule> + '_ {
    let word = |at: usize| data.get(at * 32..at * 32 + 32).map(number).unwrap_or_default();
    let count = word(1).saturating_to::<usize>().min(16);
    (0..count).map_while(move |index| {
        let first = 2 + index * 6;
        let reference = <[u8; 32]>::try_from(data.get((first + 3) * 32..(first + 4) * 32)?).ok()?;
        Some(Rule {
            condition: word(first).saturating_to(),
            argument: word(first + 1).saturating_to::<usize>() / 32,
            is_limited: !word(first + 2).is_zero(),
            reference,
            limit: word(first + 4),
        })
    })
}

/// Puts the rules on one action into rows.
struct Rules<'a> {
    names: &'a [&'static str],
    target: Address,
    account: Address,
    inputs: [Option<Address>; 2],
}

impl Rules<'_> {
    fn policy(&self, policy: &Value) -> Vec<(String, String)> {
        if !is(policy, UNI_ACTION_POLICY) {
            let data = brief_bytes(text(policy, "initData"));
            return vec![row("Unknown policy", format!("{} {data}", name_of(text(policy, "policy"))))];
        }
        let data = bytes(policy, "initData");
        let mut rows: Vec<_> = rules_in(&data).map(|rule| self.rule(&rule)).collect();
        let value = data.get(..32).map(number).unwrap_or_default();
        if !value.is_zero() {
            rows.push(row("Ether along", format!("up to {} ETH", TokenAmount(value).format(18))));
        }
        rows
    }

    fn rule(&self, rule: &Rule) -> (String, String) {
        let label = self
            .names
            .get(rule.argument)
            .map_or_else(|| format!("Argument {}", rule.argument + 1), |name| (*name).to_owned());
        let sign = CONDITIONS.get(rule.condition).copied().unwrap_or("compares unknown with");
        let value = self.value(&label, number(&rule.reference), rule);
        let mut said = if sign == "is" { value } else { format!("{sign} {value}") };
        if rule.is_limited {
            said += &format!("; all together at most {}", self.amount(&label, rule.limit));
        }
        row(label, said)
    }

    fn value(&self, label: &str, value: U256, rule: &Rule) -> String {
        match label {
            "Token in" | "Token out" | "Recipient" | "Spender" | "To" => {
                let address = Address::from_word(rule.reference.into());
                if address == self.account { "your smart account".to_owned() } else { name_of_place(address) }
            }
            "Fee" => format!("{} %", TokenAmount(value).format(4)),
            "Permission" => brief_bytes(&hex::encode_prefixed(rule.reference)),
            _ if self.target == RENOUNCE_TARGET => brief_bytes(&hex::encode_prefixed(rule.reference)),
            _ => self.amount(label, value),
        }
    }

    /// An amount in the token it is of: the one that is approved, or the swap's.
    fn amount(&self, label: &str, value: U256) -> String {
        let of = match label {
            "Amount in" => self.inputs[0],
            "Least amount out" => self.inputs[1],
            "Amount" => Some(self.target),
            _ => None,
        };
        let pool = network_by_id(SANDBOX_ID).and_then(|network| network.pool);
        let token =
            pool.and_then(|pool| [pool.base, pool.quote].into_iter().find(|token| Some(token.address) == of));
        match token {
            Some(token) => format!("{} {}", TokenAmount(value).format(token.decimals), token.symbol),
            None => value.to_string(),
        }
    }
}
