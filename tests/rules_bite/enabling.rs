//! Only what the owner signed can be enabled.

use alloy_primitives::{Address, B256, U256};
use leash::account::{Revert, personal_message_hash};
use leash::contracts::K1_VALIDATOR;
use leash::session::Leg;

use crate::attempt::{Attempt, Signer};
use crate::chain::Chain;
use crate::scene::{LOTS, Scene, fresh_key};
use crate::verdict::Verdict::*;
use crate::{Row, check, on_stack};

const ROWS: &[Row] = &[
    ("what was signed", |_| {}, Accepted),
    ("signed as a message", |op| put_signature(op, sign_as_message), Accepted),
    (
        "signed by the session key",
        |op| put_signature(op, |scene, hash| scene.session_key.sign_hash(hash)),
        NotSigned,
    ),
    ("signed by a stranger", |op| put_signature(op, |_, hash| fresh_key().sign_hash(hash)), NotSigned),
    ("a recovery id of 0 or 1", |op| put_signature(op, sign_with_bare_parity), NotSigned),
    ("the other permission's place in the list", |op| turn_index(op), OtherSession),
    ("a place beyond the list", |op| op.enable_part().chainDigestIndex = 2, OutOfList),
    ("a list of the own entry alone", |op| keep_own_entry(op), NotSigned),
    ("a list in another order", |op| turn_list(op), NotSigned),
    ("a list with one entry more", |op| repeat_entry(op), NotSigned),
    ("another chain in the list", |op| own_entry(op).chainId = 1, OtherChain(1)),
    ("another digest in the list", |op| own_entry(op).sessionDigest.0[31] ^= 1, OtherSession),
    ("another session key", |op| put_key(op), OtherSession),
    (
        "more uses",
        |op| op.enable_part().sessionToEnable.userOpPolicies[1].initData = more_uses(),
        OtherSession,
    ),
    ("no end", |op| drop(op.enable_part().sessionToEnable.userOpPolicies.remove(0)), OtherSession),
    (
        "no rules for the swap",
        |op| op.enable_part().sessionToEnable.actions[0].actionPolicies.clear(),
        OtherSession,
    ),
    ("a lower worst price", |op| lower_floor(op), OtherSession),
    ("another salt", |op| op.enable_part().sessionToEnable.salt = B256::ZERO, OtherSession),
    (
        "no sponsor allowed",
        |op| op.enable_part().sessionToEnable.permitERC4337Paymaster = false,
        OtherSession,
    ),
    ("K1 named where the default validator stands", |op| name_validator(op, K1_VALIDATOR), NoSuchValidator),
    ("another key signs the operation", |op| op.signer = Signer::Stranger, WrongKey),
    ("spend the whole budget while enabling", |op| op.swap_lots(LOTS), Accepted),
    ("spend more than the budget while enabling", |op| op.swap_lots(LOTS + 1), AgainstRules),
    ("use without enabling", |op| op.enable = None, NotEnabled),
];

#[test]
fn only_what_was_signed_can_be_enabled() {
    on_stack(async |chain| {
        let scene = Scene::new(chain, |_| {}).await;
        for leg in Leg::BOTH {
            let first = scene.trade(chain, leg).await.creating().enabling();
            check(chain, ROWS, || first.clone()).await;
            refuses_to_waive_attestations(chain, first).await;
        }
    });
}

/// In mode 2 the same bytes would enable without asking any registry of modules; a flag of the digest says so.
async fn refuses_to_waive_attestations(chain: &Chain, mut first: Attempt<'_>) {
    let listed = own_entry(&mut first).sessionDigest;
    first.enable = first.enable.map(|(_, part)| (2, part));
    let refusal = chain.refusal(&first.sign()).await.map(|data| Revert::decode(&data));
    let is_other_session = matches!(
        refusal.as_ref().map(Revert::cause),
        Some(Revert::HashMismatch { provided, computed }) if *provided == listed && *computed != listed
    );
    assert!(is_other_session, "{:?}: {refusal:?}", first.leg);
}

#[test]
fn each_permission_can_be_enabled_first_and_the_other_later() {
    on_stack(async |chain| {
        for first in Leg::BOTH {
            let scene = Scene::new(chain, |_| {}).await;
            chain.faucet(scene.account()).await;
            let deploying = scene.trade(chain, first).await.creating().enabling();
            chain.mine("the first permission", &deploying).await;
            let second = first.other();
            let not_yet = scene.trade(chain, second).await;
            let refusal = chain.refusal(&not_yet.sign()).await;
            NotEnabled.assert_on_chain("enabling one is not enabling both", &not_yet, refusal.as_ref());
            chain.mine("the second permission", &not_yet.clone().enabling()).await;
            for leg in Leg::BOTH {
                assert!(chain.is_enabled(scene.id(leg), scene.account()).await, "{leg:?}");
                assert_eq!(chain.enable_nonce(scene.id(leg), scene.account()).await, U256::ONE);
                chain.mine("a trade under it", &scene.trade(chain, leg).await).await;
            }
        }
    });
}

/// Behind 20 bytes that name the validator.
fn put_signature(op: &mut Attempt<'_>, sign: fn(&Scene, B256) -> [u8; 65]) {
    let signature = sign(op.scene, op.scene.grant.grant().digest());
    op.enable_part().permissionEnableSig = [Address::ZERO.as_slice(), &signature].concat().into();
}

fn sign_as_message(scene: &Scene, hash: B256) -> [u8; 65] {
    scene.owner.sign_hash(personal_message_hash(hash))
}

fn sign_with_bare_parity(scene: &Scene, hash: B256) -> [u8; 65] {
    let mut signature = scene.owner.sign_hash(hash);
    signature[64] -= 27;
    signature
}

fn name_validator(op: &mut Attempt<'_>, validator: Address) {
    let mut signature = op.enable_part().permissionEnableSig.to_vec();
    signature[..20].copy_from_slice(validator.as_slice());
    op.enable_part().permissionEnableSig = signature.into();
}

fn turn_index(op: &mut Attempt<'_>) {
    op.enable_part().chainDigestIndex ^= 1;
}

fn turn_list(op: &mut Attempt<'_>) {
    turn_index(op);
    op.enable_part().hashesAndChainIds.reverse();
}

fn repeat_entry(op: &mut Attempt<'_>) {
    let entry = own_entry(op).clone();
    op.enable_part().hashesAndChainIds.push(entry);
}

fn keep_own_entry(op: &mut Attempt<'_>) {
    let entry = own_entry(op).clone();
    op.enable_part().hashesAndChainIds = vec![entry];
    op.enable_part().chainDigestIndex = 0;
}

fn own_entry<'a>(op: &'a mut Attempt<'_>) -> &'a mut leash::contracts::abi::ISmartSession::ChainDigest {
    let part = op.enable_part();
    &mut part.hashesAndChainIds[usize::from(part.chainDigestIndex)]
}

fn put_key(op: &mut Attempt<'_>) {
    let stranger = fresh_key().address();
    op.enable_part().sessionToEnable.sessionValidatorInitData = stranger.to_vec().into();
}

fn more_uses() -> alloy_primitives::Bytes {
    u128::MAX.to_be_bytes().into()
}

/// The last bytes of the rule on the least amount out: its reference stands before limit and used.
fn lower_floor(op: &mut Attempt<'_>) {
    const FLOOR_RULE: usize = 5;
    const REFERENCE_WORD: usize = 2 + 6 * FLOOR_RULE + 3;
    let policy = &mut op.enable_part().sessionToEnable.actions[0].actionPolicies[0];
    let mut data = policy.initData.to_vec();
    data[32 * REFERENCE_WORD..32 * (REFERENCE_WORD + 1)].fill(0);
    policy.initData = data.into();
}
