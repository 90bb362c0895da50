//! What a live session may do, and what it may not.

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use leash::account::{Call, execute_call_data};
use leash::contracts::abi::IERC20::{transferCall, transferFromCall};
use leash::contracts::abi::IEntryPoint::withdrawToCall;
use leash::contracts::abi::IK1Validator::transferOwnershipCall;
use leash::contracts::abi::INexus::{installModuleCall, uninstallModuleCall};
use leash::contracts::{ENTRY_POINT, K1_VALIDATOR, RENOUNCE_SELECTOR, RENOUNCE_TARGET, SMART_SESSION};
use leash::session::Leg;

use crate::abi::IOtherAccount::upgradeToAndCallCall;
use crate::abi::IOtherRouter::{
    ExactInputParams, approveMaxCall, exactInputCall, multicallCall, sweepTokenCall,
};
use crate::abi::IOtherToken::increaseAllowanceCall;
use crate::attempt::{Attempt, Payer, Signer, approve_of, nonce_of, swap_of};
use crate::scene::{LOTS, LOTS_PER_TRADE};
use crate::verdict::Action;
use crate::verdict::Verdict::*;
use crate::{Row, check, live_scene, on_stack};

/// Arguments of a swap.
const TOKEN_IN: usize = 0;
const TOKEN_OUT: usize = 1;
const FEE: usize = 2;
const RECIPIENT: usize = 3;
const AMOUNT_IN: usize = 4;
const LEAST_OUT: usize = 5;
const PRICE_LIMIT: usize = 6;
/// Arguments of an approval.
const SPENDER: usize = 0;
const AMOUNT: usize = 1;

const ONE: U256 = U256::ONE;

/// Each differs from the accepted trade in one word.
const WORDS: &[Row] = &[
    ("one lot at the worst price", |_| {}, Accepted),
    ("ask for more than the worst price", |op| op.swap_word(LEAST_OUT, op.floor() + ONE), Accepted),
    ("set a limit on the price, which harms nobody", |op| op.swap_word(PRICE_LIMIT, ONE), Accepted),
    ("pay with the other token", |op| op.swap_word(TOKEN_IN, op.token_out().into_word()), AgainstRules),
    ("buy another token", |op| op.swap_word(TOKEN_OUT, Address::repeat_byte(7).into_word()), AgainstRules),
    ("buy what is paid with", |op| op.swap_word(TOKEN_OUT, op.token_in().into_word()), AgainstRules),
    ("trade in the pool with another fee", |op| op.swap_word(FEE, U256::from(3_000)), AgainstRules),
    (
        "pay out to the owner",
        |op| op.swap_word(RECIPIENT, op.scene.owner.address().into_word()),
        AgainstRules,
    ),
    ("pay out to the thief", |op| op.swap_word(RECIPIENT, op.thief().into_word()), AgainstRules),
    ("pay out by the router's flag for its caller", |op| op.swap_word(RECIPIENT, ONE), AgainstRules),
    ("pay out by the router's flag for itself", |op| op.swap_word(RECIPIENT, U256::from(2)), AgainstRules),
    ("trade one unit more than a lot", |op| op.swap_word(AMOUNT_IN, op.lot() + ONE), AgainstRules),
    ("trade one unit less than a lot", |op| op.swap_word(AMOUNT_IN, op.lot() - ONE), AgainstRules),
    (
        "trade nothing, the router's flag for all it has",
        |op| op.swap_word(AMOUNT_IN, U256::ZERO),
        AgainstRules,
    ),
    (
        "ask for one unit less than the worst price",
        |op| op.swap_word(LEAST_OUT, op.floor() - ONE),
        AgainstRules,
    ),
    ("ask for nothing in return", |op| op.swap_word(LEAST_OUT, U256::ZERO), AgainstRules),
    ("hide bits above the token paid", |op| op.dirty_swap_word(TOKEN_IN), AgainstRules),
    ("hide bits above the token bought", |op| op.dirty_swap_word(TOKEN_OUT), AgainstRules),
    ("hide bits above the fee", |op| op.dirty_swap_word(FEE), AgainstRules),
    ("hide bits above the recipient", |op| op.dirty_swap_word(RECIPIENT), AgainstRules),
    ("hide bits above the amount", |op| op.dirty_swap_word(AMOUNT_IN), AgainstRules),
    (
        "let somebody else take the tokens",
        |op| op.approve_word(SPENDER, op.thief().into_word()),
        AgainstRules,
    ),
    ("approve nothing", |op| op.approve_word(AMOUNT, U256::ZERO), Accepted),
    (
        "approve all lots of a trade",
        |op| op.approve_word(AMOUNT, op.lot() * U256::from(LOTS_PER_TRADE)),
        Accepted,
    ),
    (
        "approve one unit more than a trade spends",
        |op| op.approve_word(AMOUNT, op.lot() * U256::from(LOTS_PER_TRADE) + ONE),
        AgainstRules,
    ),
    ("approve everything", |op| op.approve_word(AMOUNT, U256::MAX), AgainstRules),
    // One lot of each budget is spent before.
    ("spend the rest of the budget at once", |op| op.swap_lots(LOTS - 1), Accepted),
    ("spend one lot more than is left", |op| op.swap_lots(LOTS), AgainstRules),
];

/// Calls that were never granted.
const CALLS: &[Row] = &[
    ("swap the other way", |op| op.calls[1] = swap_of(op.scene, op.leg.other()), AgainstRules),
    ("approve the other token", |op| op.calls[0] = approve_of(op.scene, op.leg.other()), NotGranted),
    ("make the other side's trade", |op| op.calls = other_trade(op), NotGranted),
    ("pay oneself after a good trade", |op| op.and_then(op.token_in(), transfer(op)), NotGranted),
    ("transfer tokens", |op| op.only(op.token_in(), transfer(op)), NotGranted),
    ("transfer what was bought", |op| op.only(op.token_out(), transfer(op)), NotGranted),
    ("take tokens from the account", |op| op.only(op.token_in(), transfer_from(op)), NotGranted),
    ("raise an allowance", |op| op.only(op.token_in(), increase_allowance(op)), NotGranted),
    ("send ether", |op| op.calls = vec![ether_to(op.thief())], NotGranted),
    ("swap along a path", |op| op.only(op.router(), exact_input(op)), NotGranted),
    ("swap in a multicall", |op| op.only(op.router(), multicall(op)), NotGranted),
    ("sweep the router", |op| op.only(op.router(), sweep(op)), NotGranted),
    ("let the router approve", |op| op.only(op.router(), approve_max(op)), NotGranted),
    ("swap by another router", |op| op.calls[1].target = Address::repeat_byte(9), NotGranted),
    ("cut the selector to three bytes", |op| cut_swap(op, 3), NotGranted),
    ("call without data", |op| cut_swap(op, 0), NotGranted),
    ("install a module", |op| op.only(op.scene.account(), install()), NotGranted),
    ("install a module without execute", |op| op.call_account(install()), NotGranted),
    ("uninstall the session module without execute", |op| op.call_account(uninstall()), NotGranted),
    ("replace the account's code", |op| op.only(op.scene.account(), upgrade()), NotGranted),
    ("replace the account's code without execute", |op| op.call_account(upgrade()), NotGranted),
    ("become the owner", |op| op.only(K1_VALIDATOR, transfer_ownership(op)), NotGranted),
    ("withdraw the deposit", |op| op.only(ENTRY_POINT, withdraw(op)), NotGranted),
    ("send a wei with the swap", |op| op.calls[1].value = ONE, SendsEther(Action::Swap)),
    ("send a wei with the approval", |op| op.calls[0].value = ONE, SendsEther(Action::Approve)),
    ("cut the swap short", |op| cut_swap(op, 4 + 5 * 32), CutShort),
    ("cut the swap within its last ruled word", |op| cut_swap(op, 4 + 6 * 32 - 1), CutShort),
    ("cut the approval short", |op| op.calls[0].data = op.calls[0].data.slice(..36), CutShort),
    ("a single call", |op| op.execute_in(0, 0), Accepted),
    ("a single call that may fail", |op| op.execute_in(0, 1), ExecutionType),
    ("a batch whose calls may fail", |op| op.execute_in(1, 1), ExecutionType),
    ("a delegate call", |op| op.execute_in(0xff, 0), CallType(0xff)),
    ("a static call", |op| op.execute_in(0xfe, 0), CallType(0xfe)),
    ("execute through executeUserOp", |op| op.call_account(execute_user_op(op)), ExecutionType),
    ("execute within execute", |op| op.only(op.scene.account(), execute_call_data(&op.calls)), CallsItself),
    ("call the placeholder", |op| op.only(RENOUNCE_TARGET, RENOUNCE_SELECTOR.to_vec()), CallsPlaceholder),
    (
        "call the placeholder after a good trade",
        |op| op.and_then(RENOUNCE_TARGET, RENOUNCE_SELECTOR.to_vec()),
        CallsPlaceholder,
    ),
    ("do nothing", |op| op.calls.clear(), EmptyBatch),
];

/// Who signs, in which lane, under which name, who pays.
const SIGNERS: &[Row] = &[
    ("the session key signs it as a message", |op| op.signer = Signer::SessionAsMessage, Accepted),
    ("another key signs", |op| op.signer = Signer::Stranger, WrongKey),
    ("the owner's key signs for the session", |op| op.signer = Signer::Owner, WrongKey),
    ("the session key signs another hash", |op| op.signer = Signer::SessionElsewhere, WrongKey),
    ("under a name nobody granted", |op| op.id = B256::repeat_byte(0x11), NotEnabled),
    ("under the other permission's name", |op| op.id = op.scene.id(op.leg.other()), NotGranted),
    ("enable once more what is enabled", |op| *op = op.clone().enabling(), OtherSession),
    ("in the lane beside, where nothing waits", |op| op.draft.nonce = nonce_beside(op), Accepted),
    ("skip a nonce", |op| op.draft.nonce += ONE, WrongNonce),
    ("ask another validator", |op| op.draft.nonce = nonce_of(K1_VALIDATOR), NoSuchValidator),
    ("ask the owner's validator", |op| op.draft.nonce = nonce_of(Address::ZERO), WrongKey),
    ("nobody pays", |op| op.payer = Payer::Nobody, NobodyPays),
];

#[test]
fn a_session_does_what_was_granted_and_nothing_else() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        for leg in Leg::BOTH {
            let trade = scene.trade(chain, leg).await;
            for rows in [WORDS, CALLS, SIGNERS] {
                check(chain, rows, || trade.clone()).await;
            }
        }
        // The bundler ran none of what it refused: the accepted trade still has the same nonce, and trades.
        for leg in Leg::BOTH {
            chain.mine("one more lot", &scene.trade(chain, leg).await).await;
        }
    });
}

#[test]
fn an_estimate_tells_the_same_reasons() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        let trade = scene.trade(chain, Leg::Buy).await;
        let mut seen = Vec::new();
        for (name, change, verdict) in [WORDS, CALLS, SIGNERS].concat() {
            if !seen.contains(&verdict) {
                seen.push(verdict);
                let mut attempt = trade.clone();
                change(&mut attempt);
                let refusal = chain.estimate_refusal(&chain.sponsored(&attempt).await).await;
                assert_eq!(refusal.is_some(), verdict.is_seen_by_estimate(), "{name}: {refusal:?}");
                if let Some(refusal) = refusal {
                    verdict.assert_by_bundler(name, &attempt, &refusal);
                }
            }
        }
    });
}

#[test]
fn a_budget_is_spent_by_failed_trades_too() {
    on_stack(async |chain| {
        let scene = live_scene(chain).await;
        for leg in Leg::BOTH {
            // More swaps than the approval is for: the calls fail, what they would have spent is counted.
            let mut rest = scene.trade(chain, leg).await;
            rest.swap_lots(LOTS - 1);
            let receipt = chain.receipt("the rest of the budget", &chain.sponsored(&rest).await).await;
            assert!(!receipt.success, "{leg:?}: the router took more than was approved");
            let over: Row = ("one lot more", |_| {}, AgainstRules);
            let harmless: Row = ("an approval alone", |op| op.calls.truncate(1), Accepted);
            let trade = scene.trade(chain, leg).await;
            check(chain, &[over, harmless], || trade.clone()).await;
        }
    });
}

fn nonce_beside(op: &Attempt<'_>) -> U256 {
    op.scene.grant.grant().end_lane().nonce(0)
}

fn other_trade(op: &Attempt<'_>) -> Vec<Call> {
    vec![approve_of(op.scene, op.leg.other()), swap_of(op.scene, op.leg.other())]
}

fn transfer(op: &Attempt<'_>) -> Vec<u8> {
    transferCall { to: op.thief(), amount: ONE }.abi_encode()
}

fn transfer_from(op: &Attempt<'_>) -> Vec<u8> {
    transferFromCall { from: op.scene.account(), to: op.thief(), amount: ONE }.abi_encode()
}

fn increase_allowance(op: &Attempt<'_>) -> Vec<u8> {
    increaseAllowanceCall { spender: op.router(), added: ONE }.abi_encode()
}

fn ether_to(target: Address) -> Call {
    Call { target, value: ONE, data: Bytes::new() }
}

fn exact_input(op: &Attempt<'_>) -> Vec<u8> {
    let fee = &op.scene.facts.fee.to_be_bytes()[1..];
    let params = ExactInputParams {
        path: [op.token_in().as_slice(), fee, op.token_out().as_slice()].concat().into(),
        recipient: op.scene.account(),
        amountIn: op.lot(),
        amountOutMinimum: op.floor(),
    };
    exactInputCall { params }.abi_encode()
}

fn multicall(op: &Attempt<'_>) -> Vec<u8> {
    multicallCall { data: vec![op.calls[1].data.clone()] }.abi_encode()
}

fn sweep(op: &Attempt<'_>) -> Vec<u8> {
    sweepTokenCall { token: op.token_out(), amountMinimum: U256::ZERO, recipient: op.thief() }.abi_encode()
}

fn approve_max(op: &Attempt<'_>) -> Vec<u8> {
    approveMaxCall { token: op.token_in() }.abi_encode()
}

fn cut_swap(op: &mut Attempt<'_>, bytes: usize) {
    op.calls[1].data = op.calls[1].data.slice(..bytes);
}

fn install() -> Vec<u8> {
    let validator = U256::ONE;
    installModuleCall { moduleTypeId: validator, module: K1_VALIDATOR, initData: Bytes::new() }.abi_encode()
}

fn uninstall() -> Vec<u8> {
    let validator = U256::ONE;
    uninstallModuleCall { moduleTypeId: validator, module: SMART_SESSION, deInitData: Bytes::new() }
        .abi_encode()
}

fn upgrade() -> Vec<u8> {
    upgradeToAndCallCall { newImplementation: Address::repeat_byte(6), data: Bytes::new() }.abi_encode()
}

fn transfer_ownership(op: &Attempt<'_>) -> Vec<u8> {
    transferOwnershipCall { newOwner: op.thief() }.abi_encode()
}

fn withdraw(op: &Attempt<'_>) -> Vec<u8> {
    withdrawToCall { withdrawAddress: op.thief(), withdrawAmount: ONE }.abi_encode()
}

/// `executeUserOp(PackedUserOperation,bytes32)` of ERC-4337 with the good calls behind its selector.
fn execute_user_op(op: &Attempt<'_>) -> Vec<u8> {
    const SELECTOR: [u8; 4] = [0x8d, 0xd7, 0x71, 0x2f];
    [&SELECTOR, execute_call_data(&op.calls).as_ref()].concat()
}
