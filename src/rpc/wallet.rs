//! The owner's wallet (EIP-1193). Every answer comes from a person and a program we did not write.

use std::rc::Rc;

use alloy_primitives::{Address, B256, Bytes, U256};
use serde_json::{Value, json};

use super::asker::{Asker, Reply};
use super::operation_wire::quantity;
use super::wire::Wire;
use super::{Peer, PeerRole};
use crate::account::Fees;
use crate::contracts::Network;
use crate::ports::Transport;

/// Most accounts that are looked at.
const MAX_ACCOUNTS: usize = 1_000;

/// A transaction for the owner to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRequest {
    /// The owner.
    pub from: Address,
    /// Whom to call.
    pub to: Address,
    /// With what.
    pub data: Bytes,
    /// Gas limit; `None` lets the wallet estimate.
    pub gas: Option<u64>,
    /// Fees; `None` lets the wallet choose.
    pub fees: Option<Fees>,
}

/// A wallet.
#[derive(Debug)]
pub struct Wallet {
    asker: Asker,
}

impl Wallet {
    /// The wallet behind `transport`, called `name` (as announced) in messages.
    pub fn new(transport: Rc<dyn Transport>, name: &str) -> Self {
        Self { asker: Asker::new(transport, PeerRole::Wallet, name) }
    }

    /// Who it is, for messages.
    pub const fn peer(&self) -> &Peer {
        self.asker.peer()
    }

    /// Accounts shared with the page; asks the person when none is. Invalid ones and repetitions are dropped.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn request_accounts(&self) -> Reply<'_, Vec<Address>> {
        self.asker.ask("eth_requestAccounts", json!([]), |wire| read_accounts(&wire))
    }

    /// Accounts shared with the page, without asking anybody.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn accounts(&self) -> Reply<'_, Vec<Address>> {
        self.asker.ask("eth_accounts", json!([]), |wire| read_accounts(&wire))
    }

    /// The chain the wallet is on.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn chain_id(&self) -> Reply<'_, u64> {
        self.asker.ask("eth_chainId", json!([]), |wire| wire.loose_u64())
    }

    /// Switches to a chain the wallet knows (EIP-3326).
    ///
    /// # Errors
    /// [`super::RpcError`]; [`super::WalletRefusal::UnknownChain`] when it has to be added first.
    pub fn switch_chain(&self, chain_id: u64) -> Reply<'_, ()> {
        let params = json!([{ "chainId": quantity(chain_id) }]);
        self.asker.ask("wallet_switchEthereumChain", params, |_| Ok(()))
    }

    /// Offers the wallet a chain (EIP-3085) by the facts of the table, with `node` as its address.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn add_chain(&self, network: &Network, node: &str) -> Reply<'_, ()> {
        let mut chain = json!({
            "chainId": quantity(network.chain_id),
            "chainName": network.name,
            "nativeCurrency": { "name": "Ether", "symbol": "ETH", "decimals": 18 },
            "rpcUrls": [node],
        });
        if let Some(explorer) = network.explorer {
            chain["blockExplorerUrls"] = json!([explorer]);
        }
        self.asker.ask("wallet_addEthereumChain", json!([chain]), |_| Ok(()))
    }

    /// `eth_signTypedData_v4` of a typed-data document. The bytes are whatever the wallet gave: normalise them
    /// and recover the signer.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn sign_typed_data(&self, owner: Address, typed_data: &str) -> Reply<'_, Bytes> {
        self.asker.ask("eth_signTypedData_v4", json!([owner, typed_data]), |wire| read_signature(&wire))
    }

    /// `personal_sign` of the 32 bytes of `hash` (EIP-191).
    ///
    /// # Errors
    /// As [`Wallet::sign_typed_data`].
    pub fn personal_sign(&self, owner: Address, hash: B256) -> Reply<'_, Bytes> {
        self.asker.ask("personal_sign", json!([hash, owner]), |wire| read_signature(&wire))
    }

    /// Lets the owner send a transaction; its hash.
    ///
    /// # Errors
    /// [`super::RpcError`].
    pub fn send_transaction(&self, request: &TransactionRequest) -> Reply<'_, B256> {
        let TransactionRequest { from, to, data, gas, fees } = request;
        let mut transaction = json!({ "from": from, "to": to, "data": data, "value": quantity(U256::ZERO) });
        if let Some(gas) = gas {
            transaction["gas"] = quantity(*gas);
        }
        if let Some(fees) = fees {
            transaction["maxFeePerGas"] = quantity(fees.max);
            transaction["maxPriorityFeePerGas"] = quantity(fees.max_priority);
        }
        self.asker.ask("eth_sendTransaction", json!([transaction]), |wire| wire.b256())
    }
}

fn read_accounts(wire: &Wire<'_>) -> Result<Vec<Address>, super::ShapeError> {
    let mut accounts = Vec::new();
    for account in wire.list(MAX_ACCOUNTS)?.iter().filter_map(|item| item.address().ok()) {
        if !accounts.contains(&account) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

fn read_signature(wire: &Wire<'_>) -> Result<Bytes, super::ShapeError> {
    let signature = wire.bytes()?;
    if signature.is_empty() || signature.len() > 4_096 {
        wire.wrong("is no signature")
    } else {
        Ok(signature)
    }
}

/// A chain id as a wallet's event gives it: hexadecimal or decimal.
pub fn parse_chain_id(text: &str) -> Option<u64> {
    Wire::result(&Value::from(text)).loose_u64().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::{ScriptedTransport, TransportError};
    use crate::rpc::WalletRefusal;
    use crate::rpc::testing::{block_on, refused};

    fn scripted(method: &str, answer: Result<Value, TransportError>) -> (Rc<ScriptedTransport>, Wallet) {
        let script = Rc::new(ScriptedTransport::default());
        script.expect(method, answer);
        let wallet = Wallet::new(Rc::<ScriptedTransport>::clone(&script), "Some Wallet");
        (script, wallet)
    }

    #[test]
    fn accounts_are_what_is_valid_among_them() {
        let one = Address::repeat_byte(1);
        let check = |answer: Value, expected: Option<Vec<Address>>| {
            let (_, wallet) = scripted("eth_accounts", Ok(answer.clone()));
            assert_eq!(block_on(wallet.accounts()).ok(), expected, "{answer}");
        };
        check(json!([]), Some(vec![]));
        check(json!(["vitalik.eth", null, 5, one, one, "0x01"]), Some(vec![one]));
        check(json!([Address::ZERO]), Some(vec![]));
        check(json!(null), None);
        check(json!({ "0": one }), None);
        check(json!(vec![one; 1_001]), None);
        check(json!(vec![one; 1_000]), Some(vec![one]));
    }

    #[test]
    fn chain_ids_come_in_every_form() {
        let chain = |answer: Value| {
            let (_, wallet) = scripted("eth_chainId", Ok(answer));
            block_on(wallet.chain_id()).ok()
        };
        for answer in [json!("0x7a69"), json!("0x07a69"), json!(31_337), json!("31337")] {
            assert_eq!(chain(answer), Some(31_337));
        }
        assert_eq!(chain(json!(null)), None);
        assert_eq!(
            (parse_chain_id("0x01"), parse_chain_id("1"), parse_chain_id("x")),
            (Some(1), Some(1), None)
        );
    }

    #[test]
    fn an_unknown_chain_is_told_from_a_wallet_that_cannot() {
        let check = |answer, expected: Option<WalletRefusal>| {
            let (script, wallet) = scripted("wallet_switchEthereumChain", answer);
            let refusal =
                block_on(wallet.switch_chain(84_532)).err().and_then(|error| error.wallet_refusal());
            assert_eq!(refusal, expected);
            assert_eq!(script.asked()[0].1, json!([{ "chainId": "0x14a34" }]));
        };
        check(Ok(json!(null)), None);
        check(refused(4902, ""), Some(WalletRefusal::UnknownChain));
        check(refused(4200, ""), Some(WalletRefusal::Unsupported));
        check(refused(-32601, ""), Some(WalletRefusal::UnknownMethod));
        check(refused(4001, ""), Some(WalletRefusal::Declined));
    }

    #[test]
    fn signing_asks_with_the_right_words() {
        let owner = Address::repeat_byte(2);
        let (script, wallet) = scripted("personal_sign", Ok(json!("0x0102")));
        let hash = B256::repeat_byte(3);
        assert_eq!(block_on(wallet.personal_sign(owner, hash)), Ok(Bytes::from_static(&[1, 2])));
        assert_eq!(script.asked()[0].1, json!([hash, owner]));
        let (script, wallet) = scripted("eth_signTypedData_v4", Ok(json!("0x01")));
        assert!(block_on(wallet.sign_typed_data(owner, "{}")).is_ok());
        assert_eq!(script.asked()[0].1, json!([owner, "{}"]));
        for bad in [
            json!("0x"),
            json!("0x1"),
            json!("signed"),
            json!(null),
            json!(format!("0x{}", "00".repeat(5_000))),
        ] {
            let (_, wallet) = scripted("personal_sign", Ok(bad.clone()));
            assert!(block_on(wallet.personal_sign(owner, hash)).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_transaction_names_only_what_is_decided() {
        let (from, to) = (Address::repeat_byte(2), Address::repeat_byte(3));
        let send = |gas, fees| {
            let (script, wallet) = scripted("eth_sendTransaction", Ok(json!(B256::ZERO)));
            let request = TransactionRequest { from, to, data: Bytes::new(), gas, fees };
            assert_eq!(block_on(wallet.send_transaction(&request)), Ok(B256::ZERO));
            script.asked().remove(0).1.get(0).cloned().expect("one parameter")
        };
        let bare = json!({ "from": from, "to": to, "data": "0x", "value": "0x0" });
        assert_eq!(send(None, None), bare);
        let full = send(Some(16), Some(Fees { max: 2, max_priority: 1 }));
        assert_eq!((&full["gas"], &full["maxFeePerGas"]), (&json!("0x10"), &json!("0x2")));
    }
}
