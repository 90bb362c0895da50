//! Somebody who got into the page while a session lived: what was kept there, and what it is good for afterwards.

use alloy_primitives::{Address, B256, Bytes, U256, address};
use alloy_sol_types::{SolCall, SolError};
use leash::account::{
    Fees, GasLimits, SessionKey, UserOperationDraft, execute_call_data, handle_ops_call_data,
};
use leash::contracts::abi::IEntryPoint::{FailedOpWithRevert, getNonceCall};
use leash::contracts::abi::ISmartSession::{HashMismatch, InvalidPermissionId, removeSessionCall};
use leash::contracts::{ENTRY_POINT, SMART_SESSION};
use leash::session::{Leg, SignedGrant, use_signature};
use leash::trading::Side;
use leash::venue::UniswapV3;
use serde_json::{Value, json};

use crate::chain::stack_chain;
use crate::evidence;
use crate::stack;
use crate::tab::Tab;

/// An unlocked account that bundles for the thief.
const ACCOMPLICE: Address = address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f");
/// Enough for everything that an operation may do.
const GAS: GasLimits = GasLimits { pre_verification: 200_000, verification: 4_000_000, call: 2_000_000 };
/// Version and checksum before a record's own bytes.
const RECORD_HEADER: usize = 5;

/// What a script in the page can read: the key, which it lets the browser unseal, and the grant.
const LOOK: &str = r#"(async () => {
  const until = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  const database = await until(indexedDB.open("leash"));
  const store = (name) => database.transaction(name).objectStore(name);
  const [name] = await until(store("vault").getAllKeys());
  const [[key, sealed]] = await until(store("vault").getAll());
  const [grant] = await until(store("grants").getAll());
  database.close();
  const cipher = { name: "AES-GCM", iv: sealed.slice(0, 12), additionalData: new TextEncoder().encode(name) };
  const opened = await crypto.subtle.decrypt(cipher, key, sealed.slice(12));
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex(opened), hex(grant)];
})()"#;

/// All that a page says and keeps in the open.
const EVERYTHING_PLAIN: &str = r#"JSON.stringify([
  document.documentElement.outerHTML, { ...localStorage }, { ...sessionStorage }, location.href, document.cookie,
  [...document.querySelectorAll("input, textarea, select")].map((field) => field.value),
])"#;

/// The session key and the owner's signature.
pub(crate) struct Thief {
    secret: [u8; 32],
    key: SessionKey,
    grant: SignedGrant,
}

impl Thief {
    /// Reads what the tab keeps.
    pub(crate) fn look_into(tab: &Tab) -> Self {
        let found = tab.run(LOOK);
        let bytes = |index: usize| {
            let text = found[index].as_str().expect("it lies open to scripts of the page");
            alloy_primitives::hex::decode(text).expect("hex text")
        };
        let secret: [u8; 32] = bytes(0).try_into().expect("a key's length");
        let record = bytes(1);
        let (grant, _) =
            postcard::take_from_bytes::<Vec<u8>>(&record[RECORD_HEADER..]).expect("a grant's record");
        Self {
            secret,
            key: SessionKey::from_bytes(&secret).expect("a key"),
            grant: SignedGrant::from_bytes(&grant).expect("a signed grant"),
        }
    }

    fn account(&self) -> Address {
        self.grant.grant().account()
    }

    /// An operation under one permission as it stands, or with the owner's signature to enable it first.
    fn operation(&self, leg: Leg, enables: bool) -> Bytes {
        let sender = self.account();
        let lane = self.grant.grant().trade_lane().key();
        let nonce: U256 = stack_chain().read(ENTRY_POINT, &getNonceCall { sender, key: lane });
        let side = if leg == Leg::Buy { Side::Buy } else { Side::Sell };
        let call = UniswapV3::new(evidence::pool()).harmless_call(side);
        let draft = UserOperationDraft {
            sender,
            nonce,
            factory: None,
            call_data: execute_call_data(&[call]),
            fees: Fees::default(),
            gas: GAS,
            sponsorship: None,
        };
        let signature = self.key.sign_hash(draft.hash(31_337).0);
        let operation = draft.sign_with(if enables {
            self.grant.enable_signature(leg, &signature)
        } else {
            use_signature(self.grant.grant().leg(leg).id(), &signature)
        });
        handle_ops_call_data(std::slice::from_ref(&operation), ACCOMPLICE)
    }

    /// Tries everything that the key and the grant were good for: each is refused, by the error named.
    pub(crate) fn gets_nothing(&self) {
        for leg in Leg::BOTH {
            let refused = |enables: bool| self.tries(leg, enables).expect("the session is over");
            let (used, enabled) = (refused(false), refused(true));
            assert_eq!(used.get(..4), Some(&InvalidPermissionId::SELECTOR[..]), "{leg:?} {used}");
            assert_eq!(enabled.get(..4), Some(&HashMismatch::SELECTOR[..]), "{leg:?} {enabled}");
        }
    }

    /// Asserts that the key is found nowhere but where it is sealed: not in the page, not in plain storage, and in
    /// nothing that was logged or sent by any tab or worker.
    pub(crate) fn finds_no_key_elsewhere(&self, tab: &Tab) {
        let hex = alloy_primitives::hex::encode(self.secret);
        let list = format!("{:?}", self.secret).replace(' ', "");
        let base64 = tab.run(&format!("btoa(String.fromCharCode(...{list}))"));
        let base64 = base64.as_str().expect("text").trim_end_matches('=').to_owned();
        let page = tab.run(EVERYTHING_PLAIN);
        let page = page.as_str().expect("text");
        assert!(page.contains("data-testid"), "the page was read");
        let told = tab.everything_heard();
        assert!(told.contains("eth_sendUserOperation"), "what was sent was heard");
        for (place, text) in [("the page", page), ("what was logged or sent", told.as_str())] {
            let text = text.replace(", ", ",");
            let is_there =
                text.to_lowercase().contains(&hex) || text.contains(&list) || text.contains(&base64);
            assert!(!is_there, "the key is in {place}");
        }
    }

    /// Sends it as a bundler would; why the EntryPoint refuses it, or `None` when it was mined and ran through.
    pub(crate) fn sells(&self) -> Option<Bytes> {
        self.tries(Leg::Sell, true)
    }

    fn tries(&self, leg: Leg, enables: bool) -> Option<Bytes> {
        let data = self.operation(leg, enables);
        let before = evidence::operations_of(stack_chain(), self.account()).len();
        let mut transaction =
            json!({ "from": ACCOMPLICE, "to": ENTRY_POINT, "data": data, "gas": "0xb71b00" });
        let refusal = stack::try_ask(stack::NODE, "eth_call", &json!([transaction, "latest"])).err();
        // Whatever a simulation says, it is sent.
        transaction["maxFeePerGas"] = json!("0x174876e800");
        let hash = stack::node("eth_sendTransaction", &json!([transaction]));
        let receipt = stack_chain().receipt(&hash);
        assert_eq!(receipt["status"] == "0x1", refusal.is_none(), "the chain does what it said: {receipt}");
        let mined = evidence::operations_of(stack_chain(), self.account()).split_off(before);
        assert!(mined.iter().all(|(_, success)| *success) && mined.len() == usize::from(refusal.is_none()));
        let refusal: Value = serde_json::from_str(&refusal?).expect("an error of the node");
        let reverted: Bytes = serde_json::from_value(refusal["data"].clone()).expect("revert data");
        let FailedOpWithRevert { reason, inner, .. } =
            FailedOpWithRevert::abi_decode(&reverted).expect("a failed validation");
        assert_eq!(reason, "AA23 reverted");
        Some(inner)
    }

    /// The account takes both permissions away, and leaves the owner's signatures as they are.
    pub(crate) fn owner_removes_the_sessions_only(&self) {
        let account = self.account();
        stack::node("anvil_impersonateAccount", &json!([account]));
        stack::node("anvil_setBalance", &json!([account, "0xde0b6b3a7640000"]));
        for leg in Leg::BOTH {
            let id: B256 = self.grant.grant().leg(leg).id().0;
            let data: Bytes = removeSessionCall { permissionId: id }.abi_encode().into();
            let transaction =
                json!({ "from": account, "to": SMART_SESSION, "data": data, "gas": "0x4c4b40" });
            let hash = stack::node("eth_sendTransaction", &json!([transaction]));
            let receipt = stack_chain().receipt(&hash);
            assert_eq!(receipt["status"], "0x1", "{receipt}");
        }
        stack::node("anvil_setBalance", &json!([account, "0x0"]));
        stack::node("anvil_stopImpersonatingAccount", &json!([account]));
    }
}
