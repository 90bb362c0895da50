//! Asking the owner's wallet, and filling the account.

use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use serde_json::json;

use crate::app::services::Services;
use crate::app::{Environment, Failure};
use crate::contracts::abi::IERC20;
use crate::rpc::{BlockTag, TransactionRequest, Wallet, WalletRefusal};
use crate::units::TokenAmount;

/// How long a deposit is waited for.
const DEPOSIT_MILLIS: u64 = 120_000;
/// Between looks for it.
const LOOK_MILLIS: u64 = 500;

/// A transfer from the owner into the account.
pub(super) struct Transfer {
    pub(super) owner: Address,
    pub(super) token: Address,
    pub(super) account: Address,
    pub(super) amount: TokenAmount,
}

pub(super) fn of(environment: &Environment, id: &str) -> Wallet {
    Wallet::new((environment.wallet)(id), "")
}

pub(super) async fn connect(
    environment: &Environment,
    id: &str,
    may_prompt: bool,
) -> Result<Option<(Address, u64)>, Failure> {
    let wallet = of(environment, id);
    let accounts = if may_prompt { wallet.request_accounts().await } else { wallet.accounts().await };
    let accounts = match accounts {
        Ok(accounts) => accounts,
        // A silent try that is refused is no failure: nobody asked.
        Err(_) if !may_prompt => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let Some(owner) = accounts.first().copied() else {
        let failure =
            Failure::new("The wallet shared no account.").with_advice("Unlock it and connect again.");
        return if may_prompt { Err(failure) } else { Ok(None) };
    };
    Ok(Some((owner, wallet.chain_id().await?)))
}

pub(super) async fn switch_chain(
    environment: &Environment,
    id: &str,
    services: &Services,
) -> Result<u64, Failure> {
    let wallet = of(environment, id);
    let network = services.network;
    let by_hand = |sentence: &str| {
        Failure::new(sentence).with_advice(format!("Choose {} in the wallet itself.", network.name))
    };
    if let Err(error) = wallet.switch_chain(network.chain_id).await {
        match error.wallet_refusal() {
            Some(WalletRefusal::UnknownChain) => {}
            Some(WalletRefusal::Unsupported) => {
                return Err(by_hand("This wallet lets no page choose its network."));
            }
            Some(WalletRefusal::UnknownMethod) => {
                return Err(by_hand("This wallet does not know how to change its network for a page."));
            }
            _ => return Err(error.into()),
        }
        wallet.add_chain(network, &services.node_url).await?;
        // Some wallets switch when they add, some do not.
        if wallet.chain_id().await? != network.chain_id {
            wallet.switch_chain(network.chain_id).await?;
        }
    }
    let chain_id = wallet.chain_id().await?;
    if chain_id == network.chain_id {
        return Ok(chain_id);
    }
    Err(Failure::new(format!("The wallet is still on another network than {}.", network.name))
        .with_advice("Choose the network in the wallet itself.")
        .with_details(&format!("chain {chain_id}")))
}

pub(super) async fn faucet(
    environment: &Environment,
    services: &Services,
    account: Address,
) -> Result<String, Failure> {
    let url = services.network.endpoints.faucet.ok_or_else(|| Failure::new("This network has no faucet."))?;
    let transport = (environment.service)(url);
    let answer = transport.request("leash_faucet", json!([account])).await;
    answer.map_err(|error| Failure::new("The faucet did not answer.").with_details(&error.to_string()))?;
    Ok("The faucet sent demo tokens to your smart account.".to_owned())
}

pub(super) async fn deposit(
    environment: &Environment,
    id: &str,
    services: &Services,
    transfer: &Transfer,
) -> Result<String, Failure> {
    let node = services.node(environment);
    let Transfer { owner, token, account, amount } = *transfer;
    let before = node.token_balance(token, account, BlockTag::Latest).await?;
    let data: Bytes = IERC20::transferCall { to: account, amount: amount.0 }.abi_encode().into();
    let request = TransactionRequest { from: owner, to: token, data, gas: None, fees: None };
    of(environment, id).send_transaction(&request).await?;
    let deadline = environment.clock.now().0 + DEPOSIT_MILLIS;
    while environment.clock.now().0 < deadline {
        let held = node.token_balance(token, account, BlockTag::Latest).await?;
        if held > before {
            return Ok("The deposit has arrived.".to_owned());
        }
        environment.clock.sleep_millis(LOOK_MILLIS).await;
    }
    Err(Failure::new("The deposit is not on chain yet.")
        .with_advice("It may still arrive; look in your wallet."))
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use futures_util::FutureExt as _;
    use serde_json::Value;

    use super::*;
    use crate::ports::{ScriptedTransport, Transport, TransportError};

    /// Switching to the local chain with a wallet that answers so, in this order; every answer must be asked for.
    fn switched(answers: &[(&str, Result<Value, TransportError>)]) -> Result<u64, Failure> {
        let script = Rc::new(ScriptedTransport::default());
        answers.iter().for_each(|(method, answer)| script.expect(method, answer.clone()));
        let known = Rc::clone(&script);
        let environment = Environment::in_memory(Rc::new(move |_: &str| -> Rc<dyn Transport> {
            Rc::<ScriptedTransport>::clone(&known)
        }));
        let services = Services::of("local", &Default::default()).expect("a known network");
        let outcome = switch_chain(&environment, "wallet", &services).now_or_never().expect("nothing waits");
        assert_eq!(script.asked().len(), answers.len(), "{:?}", script.asked());
        outcome
    }

    fn refused(code: i64) -> Result<Value, TransportError> {
        Err(TransportError::Refused { code, message: String::new(), data: None })
    }

    #[test]
    fn a_network_that_the_wallet_does_not_know_is_added_and_then_chosen() {
        let (switch, add) = ("wallet_switchEthereumChain", "wallet_addEthereumChain");
        let is = |chain: &str| ("eth_chainId", Ok(json!(chain)));
        let done = Ok(json!(null));
        assert_eq!(switched(&[(switch, done.clone()), is("0x7a69")]), Ok(31_337));
        // Some switch when they add, some do not.
        let adds = [(switch, refused(4902)), (add, done.clone()), is("0x7a69"), is("0x7a69")];
        assert_eq!(switched(&adds), Ok(31_337));
        let adds_only =
            [(switch, refused(4902)), (add, done.clone()), is("0x1"), (switch, done.clone()), is("0x7a69")];
        assert_eq!(switched(&adds_only), Ok(31_337));
        let stays = switched(&[(switch, done), is("0x1")]).expect_err("elsewhere");
        assert!(stays.sentence.contains("still on another network"), "{stays:?}");
        let declined = switched(&[(switch, refused(4902)), (add, refused(4001))]).expect_err("declined");
        assert_eq!(declined.sentence, WalletRefusal::Declined.sentence());
    }

    #[test]
    fn a_wallet_that_cannot_switch_is_told_from_one_that_does_not() {
        let told = |code| switched(&[("wallet_switchEthereumChain", refused(code))]).expect_err("no");
        let (does_not, cannot) = (told(4200), told(-32601));
        assert_ne!(does_not.sentence, cannot.sentence);
        for failure in [does_not, cannot] {
            assert!(failure.advice.contains("Choose Local stack in the wallet itself"), "{failure:?}");
        }
    }
}
