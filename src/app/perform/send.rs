//! Handing a signed operation over. Whether it arrived is for the chain to say.

use alloy_primitives::{B256, Bytes};

use crate::account::{UserOperationHash, handle_ops_call_data};
use crate::app::operation::{Route, SendFailure, SignedOperation};
use crate::app::perform::prepare::explain;
use crate::app::perform::{sign, wallet};
use crate::app::{Environment, Failure};
use crate::contracts::ENTRY_POINT;
use crate::rpc::{BlockTag, Bundler, RpcError, TransactionRequest, WalletRefusal};

pub(super) async fn send(environment: &Environment, signed: &SignedOperation) -> Result<(), SendFailure> {
    if signed.entry.purpose.must_be_journalled() && !environment.lock.is_held() {
        // The tab that trades now has read the record, and may have sent it.
        return Err(SendFailure { failure: sign::fenced(), is_definite: false });
    }
    match &signed.route {
        Route::Bundler => to_bundler(environment, signed).await,
        Route::OwnerTransaction { wallet, owner } => {
            let data: Bytes = handle_ops_call_data(std::slice::from_ref(&signed.operation), *owner);
            let gas = signed.operation.gas();
            // The owner would pay for a transaction that the EntryPoint refuses, so it is tried first.
            let node = signed.services.node(environment);
            let trial = node.call_from(Some(*owner), ENTRY_POINT, &data, BlockTag::Latest).await;
            trial.map_err(|error| SendFailure { failure: explain(error), is_definite: true })?;
            // The EntryPoint refuses a transaction that cannot hold the operation's limits (AA95).
            let gas = 200_000 + gas.verification + gas.call * 65 / 63;
            let request =
                TransactionRequest { from: *owner, to: ENTRY_POINT, data, gas: Some(gas), fees: None };
            let wallet = wallet::of(environment, wallet);
            let sent: Result<B256, RpcError> = match wallet.chain_id().await {
                Ok(chain_id) if chain_id == signed.services.network.chain_id => {
                    wallet.send_transaction(&request).await
                }
                Ok(_) => return Err(wrong_chain(signed)),
                Err(error) => Err(error),
            };
            sent.map(|_| ())
                .map_err(|error| SendFailure { is_definite: is_declined(&error), failure: error.into() })
        }
    }
}

async fn to_bundler(environment: &Environment, signed: &SignedOperation) -> Result<(), SendFailure> {
    let answer = signed.services.bundler(environment).send(&signed.operation).await;
    match answer {
        Ok(UserOperationHash(hash)) if hash == signed.hash => Ok(()),
        // The bundler's word on a hash is never evidence; the operation went out, and its own hash is watched.
        Ok(UserOperationHash(hash)) => Err(SendFailure {
            failure: Failure::new("The bundler answered with a hash that is not this operation's.")
                .with_details(&format!("{hash} instead of {}", signed.hash)),
            is_definite: false,
        }),
        Err(error) if Bundler::is_already_known(&error) => Ok(()),
        Err(error) => Err(SendFailure { is_definite: is_refused(&error), failure: explain(error) }),
    }
}

/// A bundler that looked at the operation and will not have it (ERC-7769). Errors of its own machinery, rate
/// limits among them, say nothing about whether the operation went on.
fn is_refused(error: &RpcError) -> bool {
    error.refusal().is_some_and(|(code, ..)| matches!(code, -32_508..=-32_500 | -32_521 | -32_602))
}

/// A wallet that says so has sent nothing; after any other error it may still do.
fn is_declined(error: &RpcError) -> bool {
    use WalletRefusal::{Declined, Unauthorised, Unsupported};
    error.wallet_refusal().is_some_and(|refusal| [Declined, Unauthorised, Unsupported].contains(&refusal))
}

fn wrong_chain(signed: &SignedOperation) -> SendFailure {
    let name = signed.services.network.name;
    let failure = Failure::new(format!("The wallet is not on {name} any more, so nothing was sent."))
        .with_advice("Switch its network and try again.");
    SendFailure { failure, is_definite: true }
}
