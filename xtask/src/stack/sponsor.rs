//! What the stack's paymaster service deploys, for a chain without that service.

use alloy_primitives::{Address, B256, address};
use alloy_sol_types::{SolCall as _, SolValue as _, sol};
use leash::contracts::{ENTRY_POINT, Network};

use super::artifacts;
use super::chain::Chain;
use super::deploy::{DETERMINISTIC_DEPLOYER, FAUCET, paymaster_stands};
use crate::failure::Outcome;

/// Signs for the paymaster and owns it: the service's own key, 32 times 0xbb.
const PAYMASTER_SIGNER: Address = address!("88f9B82462f6C4bf4a0Fb15e5c3971559a316e7f");
/// What the service deposits: 50 ether.
const PAYMASTER_DEPOSIT: &str = "0x2b5e3af16b1880000";

sol! {
    interface Deposit {
        function depositTo(address account) external payable;
    }
}

/// Pimlico's SingletonPaymaster for EntryPoint v0.7 where the table says, with its signer and its deposit.
pub(crate) fn deploy(chain: &Chain, network: &Network) -> Outcome<()> {
    let code = artifacts::paymaster_creation_code()?;
    // EntryPoint, owner, manager, signers.
    let arguments = (ENTRY_POINT, PAYMASTER_SIGNER, PAYMASTER_SIGNER, vec![PAYMASTER_SIGNER]);
    let creation = [B256::ZERO.to_vec(), code, arguments.abi_encode_params()].concat();
    chain.send(FAUCET, Some(DETERMINISTIC_DEPLOYER), &creation)?;
    paymaster_stands(chain, network)?;
    for sponsor in network.paymasters {
        let call = Deposit::depositToCall { account: sponsor.address }.abi_encode();
        chain.send_value(FAUCET, ENTRY_POINT, &call, PAYMASTER_DEPOSIT)?;
    }
    Ok(())
}
