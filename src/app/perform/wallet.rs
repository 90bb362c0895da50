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
    if let Err(error) = wallet.switch_chain(network.chain_id).await {
        if error.wallet_refusal() != Some(WalletRefusal::UnknownChain) {
            return Err(error.into());
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
