//! Golden vectors, made by running the production contracts: every encoding must come out byte for byte, except
//! FastLZ, which may differ as long as it unpacks to the same bytes and is at most 5 % longer.

use std::fs;
use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, FixedBytes, U256, address};
use alloy_sol_types::SolValue;
use leash::account::{
    AaCode, Fees, GasLimits, NonceKey, PolicyKind, Revert, SessionKey, Sponsorship, UserOperation,
    UserOperationDraft, account_init_data, create_account_call_data, decode_execute, execute_call_data,
    handle_ops_call_data, parse_bundler_message, personal_message_hash, recover,
};
use leash::contracts::SMART_SESSION;
use leash::contracts::abi::ISmartSession::{ActionData, ERC7739Data, EnableSession, PolicyData, Session};
use leash::session::{
    Grant, GrantError, Leg, Names, PermissionId, PermissionSpec, SignedGrant, Spent, Verification, action_id,
    decode_time_frame, decode_uses, expected_verification_gas, flz_compress, flz_decompress, grind_pair_salt,
    multi_chain_digest, pair_rules, sentences, use_signature,
};
use leash::units::UnixSecs;
use serde::de::DeserializeOwned;
use serde_json::Value;

const CHAIN_ID: u64 = 31_337;
/// No payload of a grant is near this.
const PAYLOAD_LIMIT: usize = 64 * 1024;

const GRANTS: [&str; 2] = ["two-permissions-1-00-grant", "two-permissions-6-pair-00-grant"];
const PACKED_OPS: [&str; 15] = [
    "two-permissions-1-01-deploy-enable-buy",
    "two-permissions-1-02-enable-sell",
    "two-permissions-1-03-use-buy",
    "two-permissions-1-04-use-sell",
    "two-permissions-1-05-use-buy-3lots-each",
    "two-permissions-1-06-use-sell-2lots-each",
    "two-permissions-1-07-use-buy-reverts-in-execution",
    "two-permissions-2-klot-first",
    "two-permissions-2-klot-once3",
    "two-permissions-4c-both-live-full-revoke-paymaster",
    "two-permissions-4d-full-revoke-owner-eoa-handleOps",
    "two-permissions-4f-01-revoke-undeployed-paymaster",
    "two-permissions-6-pair-01-enable-buy",
    "two-permissions-6-pair-02-enable-sell",
    "two-permissions-6-pair-04-renounce-both-live",
];
const RPC_OPS: [&str; 3] =
    ["uniswap-01-enable-approve-swap", "uniswap-02-use-approve-swap", "uniswap-09-owner-revoke"];

fn vector(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).expect("the vector is there")).expect("the vector is JSON")
}

/// The value at `path` (keys joined by dots) as a `T`.
fn get<T: DeserializeOwned>(value: &Value, path: &str) -> T {
    let found = path.split('.').fold(value, |value, key| &value[key]);
    serde_json::from_value(found.clone()).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn gas(operation: &Value, field: &str) -> u64 {
    operation[field].as_str().map_or(0, |_| get::<U256>(operation, field).to())
}

fn draft(operation: &Value) -> UserOperationDraft {
    let fee = |field: &str| get::<U256>(operation, field).to();
    let is_sponsored = operation.get("paymaster").is_some();
    UserOperationDraft {
        sender: get(operation, "sender"),
        nonce: get(operation, "nonce"),
        factory: operation.get("factory").map(|_| (get(operation, "factory"), get(operation, "factoryData"))),
        call_data: get(operation, "callData"),
        fees: Fees { max: fee("maxFeePerGas"), max_priority: fee("maxPriorityFeePerGas") },
        gas: GasLimits {
            pre_verification: gas(operation, "preVerificationGas"),
            verification: gas(operation, "verificationGasLimit"),
            call: gas(operation, "callGasLimit"),
        },
        sponsorship: is_sponsored.then(|| Sponsorship {
            paymaster: get(operation, "paymaster"),
            verification_gas: gas(operation, "paymasterVerificationGasLimit"),
            post_op_gas: gas(operation, "paymasterPostOpGasLimit"),
            data: get(operation, "paymasterData"),
        }),
    }
}

fn operation(vector: &Value) -> UserOperation {
    draft(&vector["userOp"]).sign_with(get(&vector["userOp"], "signature"))
}

fn session(value: &Value) -> Session {
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let policy =
        |value: &Value| PolicyData { policy: get(value, "policy"), initData: get(value, "initData") };
    let policies = |value: &Value| list(value).iter().map(policy).collect();
    let action = |value: &Value| ActionData {
        actionTargetSelector: get(value, "actionTargetSelector"),
        actionTarget: get(value, "actionTarget"),
        actionPolicies: policies(&value["actionPolicies"]),
    };
    Session {
        sessionValidator: get(value, "sessionValidator"),
        sessionValidatorInitData: get(value, "sessionValidatorInitData"),
        salt: get(value, "salt"),
        userOpPolicies: policies(&value["userOpPolicies"]),
        erc7739Policies: ERC7739Data {
            allowedERC7739Content: Vec::new(),
            erc1271Policies: policies(&value["erc7739Policies"]["erc1271Policies"]),
        },
        actions: list(&value["actions"]).iter().map(action).collect(),
        permitERC4337Paymaster: get(value, "permitERC4337Paymaster"),
    }
}

fn grant(vector: &Value) -> Grant {
    let leg = |name: &str| {
        (session(&vector["sessions"][name]), get::<U256>(vector, &format!("enableNonces.{name}")))
    };
    Grant::read(get(vector, "account"), CHAIN_ID, leg("buy"), leg("sell")).expect("a readable grant")
}

fn signed_grant(vector: &Value) -> SignedGrant {
    let signature: Bytes = get(vector, "ownerSignature");
    SignedGrant::new(grant(vector), get(vector, "owner"), &signature).expect("signed by the owner")
}

fn session_key() -> SessionKey {
    SessionKey::from_bytes(&[0x51; 32]).expect("a key")
}

/// The grant whose account sent `operation`, with the leg of permission `id` or of the index it enables.
fn grant_of(account: Address) -> Option<SignedGrant> {
    GRANTS.iter().map(|name| signed_grant(&vector(name))).find(|signed| signed.grant().account() == account)
}

fn same_when_unpacked(ours: &[u8], theirs: &[u8]) {
    let unpack = |packed: &[u8]| flz_decompress(packed, PAYLOAD_LIMIT).expect("unpacks");
    assert!(unpack(ours) == unpack(theirs), "the payloads differ");
    assert!(ours.len() * 100 <= theirs.len() * 105, "{} bytes against {}", ours.len(), theirs.len());
}

#[test]
fn operations_hash_and_pack_as_the_entry_point_does() {
    for name in PACKED_OPS.iter().chain(&RPC_OPS) {
        let vector = vector(name);
        let operation = operation(&vector);
        assert_eq!(operation.hash(CHAIN_ID).0, get::<B256>(&vector, "userOpHash"), "{name}");
        let stored = operation.to_bytes().expect("memory suffices");
        assert_eq!(UserOperation::from_bytes(&stored).as_ref(), Ok(&operation), "{name}");
    }
    for name in PACKED_OPS {
        let vector = vector(name);
        let packed = operation(&vector).pack();
        let theirs = &vector["packedUserOp"];
        assert_eq!(packed.sender, get::<Address>(theirs, "sender"), "{name}");
        assert_eq!(packed.nonce, get::<U256>(theirs, "nonce"), "{name}");
        assert_eq!(packed.initCode, get::<Bytes>(theirs, "initCode"), "{name}");
        assert_eq!(packed.callData, get::<Bytes>(theirs, "callData"), "{name}");
        assert_eq!(packed.accountGasLimits, get::<B256>(theirs, "accountGasLimits"), "{name}");
        assert_eq!(packed.preVerificationGas, get::<U256>(theirs, "preVerificationGas"), "{name}");
        assert_eq!(packed.gasFees, get::<B256>(theirs, "gasFees"), "{name}");
        assert_eq!(packed.paymasterAndData, get::<Bytes>(theirs, "paymasterAndData"), "{name}");
    }
    let by_owner = vector("two-permissions-4d-full-revoke-owner-eoa-handleOps");
    let owner: Address = get(&vector(GRANTS[0]), "owner");
    let call_data = handle_ops_call_data(&[operation(&by_owner)], owner);
    assert_eq!(call_data, get::<Bytes>(&by_owner, "handleOpsCalldata"));
}

#[test]
fn batches_read_and_write_the_same() {
    for name in PACKED_OPS.iter().chain(&RPC_OPS) {
        let call_data: Bytes = get(&vector(name), "userOp.callData");
        let calls = decode_execute(&call_data).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(execute_call_data(&calls), call_data, "{name}");
    }
}

#[test]
fn accounts_are_created_alike() {
    for name in GRANTS.iter().chain(&["uniswap-00-grant", "grant-demo-pool"]) {
        let vector = vector(name);
        let owner = get(&vector, "owner");
        let index = vector.get("accountSalt").map_or(U256::ZERO, |_| get(&vector, "accountSalt"));
        assert_eq!(account_init_data(owner), get::<Bytes>(&vector, "initData"), "{name}");
        assert_eq!(create_account_call_data(owner, index), get::<Bytes>(&vector, "factoryData"), "{name}");
    }
}

#[test]
fn a_grant_has_the_chains_ids_and_digests() {
    for name in GRANTS {
        let vector = vector(name);
        let grant = grant(&vector);
        for (leg, side) in [(Leg::Buy, "buy"), (Leg::Sell, "sell")] {
            let permission = grant.leg(leg);
            assert_eq!(permission.id().0, get::<B256>(&vector, &format!("permissionIds.{side}")), "{name}");
            assert_eq!(
                permission.digest(),
                get::<B256>(&vector, &format!("sessionDigests.{side}")),
                "{name}"
            );
            assert_eq!(permission.spec().valid_until.0, get::<U256>(&vector, "validUntil").to::<u64>());
        }
        assert_eq!(grant.digest(), get::<B256>(&vector, "typedDataHash"), "{name}");
        let rebuilt = Grant::new(
            grant.account(),
            CHAIN_ID,
            (grant.leg(Leg::Buy).spec(), U256::ZERO),
            (grant.leg(Leg::Sell).spec(), U256::ZERO),
        );
        assert_eq!(rebuilt.as_ref(), Ok(&grant), "{name}: written from its words, it is the same");
        let stored = signed_grant(&vector).to_bytes().expect("memory suffices");
        assert_eq!(SignedGrant::from_bytes(&stored), Ok(signed_grant(&vector)), "{name}");
        for leg in Leg::BOTH {
            assert_eq!(grant.leg(leg).spec().id(), grant.leg(leg).id(), "{name}: known before the rules");
        }
    }
    let uniswap = vector("uniswap-00-grant");
    assert_eq!(PermissionId::of(&session(&uniswap["session"])).0, get::<B256>(&uniswap, "permissionId"));
    let digest = multi_chain_digest(&[(CHAIN_ID, get(&uniswap, "sessionDigest"))]);
    assert_eq!(digest, get::<B256>(&uniswap, "typedDataHash"));
}

#[test]
fn the_wallet_is_shown_what_it_was_shown() {
    /// Addresses and hex differ in case only.
    fn lower(value: &mut Value) {
        match value {
            Value::String(text) if text.starts_with("0x") => text.make_ascii_lowercase(),
            Value::Array(items) => items.iter_mut().for_each(lower),
            Value::Object(fields) => fields.values_mut().for_each(lower),
            Value::String(_) | Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
    for name in GRANTS {
        let vector = vector(name);
        let json = grant(&vector).typed_data_json();
        let mut ours: Value = serde_json::from_str(&json).expect("our JSON is JSON");
        let mut theirs: Value =
            serde_json::from_str(vector["walletJson"].as_str().expect("a text")).expect("their JSON is JSON");
        lower(&mut ours);
        lower(&mut theirs);
        assert!(ours == theirs, "{name}");
        assert_eq!(json.len(), get::<usize>(&vector, "walletJsonBytes"), "{name}: and no byte more");
    }
}

#[test]
fn signatures_are_made_again() {
    let mut enabled = 0;
    let mut used = 0;
    for name in PACKED_OPS {
        let vector = vector(name);
        let operation = operation(&vector);
        let hash = operation.hash(CHAIN_ID).0;
        let theirs = operation.signature();
        let session_signature = session_key().sign_hash(hash);
        match theirs.first() {
            Some(0) => {
                let id = PermissionId(B256::from_slice(&theirs[1..33]));
                assert_eq!(use_signature(id, &session_signature), *theirs, "{name}");
                used += 1;
            }
            Some(1) => {
                let Some(signed) = grant_of(operation.sender()) else { continue };
                let leg = if name.contains("sell") { Leg::Sell } else { Leg::Buy };
                let ours = signed.enable_signature(leg, &session_signature);
                assert_eq!(ours[0], 1, "{name}");
                same_when_unpacked(&ours[1..], &theirs[1..]);
                enabled += 1;
            }
            _ => {
                let owner: Address = get(&self::vector(GRANTS[0]), "owner");
                assert_eq!(recover(personal_message_hash(hash), theirs), Ok(owner), "{name}");
            }
        }
    }
    assert_eq!((used, enabled), (7, 4));
}

#[test]
fn what_is_enabled_can_be_read_out_of_an_operation() {
    let operation = operation(&vector("two-permissions-2-klot-first"));
    let raw = flz_decompress(&operation.signature()[1..], PAYLOAD_LIMIT).expect("unpacks");
    let (enabled, signature) = <(EnableSession, Bytes)>::abi_decode_params_validate(&raw).expect("decodes");
    let spec = PermissionSpec::read(&enabled.sessionToEnable).expect("readable");
    assert_eq!(spec.to_session().as_ref(), Ok(&enabled.sessionToEnable));
    let signer = recover(operation.hash(CHAIN_ID).0, &signature);
    assert_eq!(signer, Ok(spec.session_key));
}

#[test]
fn fast_lz_unpacks_the_reference_and_is_as_short() {
    for pair in vector("primitives")["flz"].as_array().expect("a list") {
        let (plain, packed): (Bytes, Bytes) = (get(pair, "plain"), get(pair, "compressed"));
        assert_eq!(flz_decompress(&packed, plain.len()).as_deref(), Ok(plain.as_ref()));
        same_when_unpacked(&flz_compress(&plain), &packed);
    }
    let demo = vector("grant-demo-pool");
    let plain: Bytes = get(&demo, "enableAbi(enable,sig=65 zero bytes)");
    let packed: Bytes = get(&demo, "enableAbiFlz");
    assert_eq!(flz_decompress(&packed, plain.len()).as_deref(), Ok(plain.as_ref()));
    same_when_unpacked(&flz_compress(&plain), &packed);
}

#[test]
fn the_same_operations_pass_our_own_check_with_the_same_counters() {
    let signed = grant_of(get(&vector(GRANTS[0]), "account")).expect("its grant");
    let grant = signed.grant();
    let reads = vector("two-permissions-5-allowance-reads");
    let router: Address = get(&vector(GRANTS[0]), "addresses.SwapRouter02");
    let swap = FixedBytes([0x04, 0xe4, 0x5a, 0xaf]);
    let mut spent = [Spent::default(), Spent::default()];
    let steps = [
        ("1-01-deploy-enable-buy", Leg::Buy),
        ("1-02-enable-sell", Leg::Sell),
        ("1-03-use-buy", Leg::Buy),
        ("1-04-use-sell", Leg::Sell),
        ("1-05-use-buy-3lots-each", Leg::Buy),
        ("1-06-use-sell-2lots-each", Leg::Sell),
        ("1-07-use-buy-reverts-in-execution", Leg::Buy),
    ];
    for (name, leg) in steps {
        let operation = operation(&vector(&format!("two-permissions-{name}")));
        let before = &spent[usize::from(leg.index())];
        let now = UnixSecs(grant.leg(leg).spec().valid_until.0);
        let after = grant.permits(leg, operation.call_data(), before, now);
        assert!(grant.permits(leg.other(), operation.call_data(), before, now).is_err(), "{name}: other leg");
        assert!(grant.permits(leg, operation.call_data(), before, now.plus_secs(1)).is_err(), "{name}: late");
        spent[usize::from(leg.index())] = after.unwrap_or_else(|violation| panic!("{name}: {violation}"));
    }
    let last = reads.as_array().and_then(|moments| moments.last()).expect("a last moment");
    for (leg, side) in [(Leg::Buy, "buy"), (Leg::Sell, "sell")] {
        let spent = &spent[usize::from(leg.index())];
        assert_eq!(spent.uses, get::<U256>(last, &format!("{side}.opsUsed")).to::<u128>());
        assert_eq!(spent.used(router, swap, 4), get::<U256>(last, &format!("{side}.amountUsed")));
    }
}

#[test]
fn state_is_read_where_the_chain_keeps_it() {
    let views = vector("two-permissions-5-view-calls");
    let account: Address = get(&views, "account");
    let router: Address = get(&vector(GRANTS[0]), "addresses.SwapRouter02");
    let grant = grant(&vector(GRANTS[0]));
    let call = |name: &str| {
        let calls = views["calls"].as_array().expect("a list");
        calls.iter().find(|call| call["name"] == name).expect("the call is there").clone()
    };
    let result = |name: &str| get::<Bytes>(&call(name), "result");
    let first_argument =
        |name: &str| -> B256 { serde_json::from_value(call(name)["args"][0].clone()).expect("a config id") };
    for (leg, side) in [(Leg::Buy, "buy"), (Leg::Sell, "sell")] {
        let permission = grant.leg(leg);
        let swap = &permission.spec().actions[0];
        let id = PermissionId(get(&views, &format!("permissionIds.{side}")));
        assert_eq!(id, permission.id(), "the id does not depend on the account");
        let time = first_argument(&format!("{side} time frame (until<<48|after)"));
        assert_eq!(id.operation_config_id(account), time);
        let rules = format!("{side} swap rules");
        assert_eq!(id.action_config_id(account, router, swap.selector), first_argument(&rules));
        let until = decode_time_frame(&result(&format!("{side} time frame (until<<48|after)")));
        assert_eq!(until, Ok(UnixSecs(0x6b04_a5e9)));
        assert_eq!(decode_uses(&result(&format!("{side} uses limit"))), Ok(20));
        assert_eq!(decode_uses(&result(&format!("{side} uses used"))), Ok(1));
        // The recipient of these rules is another account; everything else is as signed.
        let mut as_there = swap.clone();
        as_there.rules[3].reference = account.into_word();
        let mut spent = Spent { uses: 1, amounts: Vec::new() };
        assert!(spent.add_action_config(swap, &result(&rules)).is_err(), "{side}: other rules are seen");
        spent.add_action_config(&as_there, &result(&rules)).expect("the rules as signed");
        let lot = U256::from_be_bytes(swap.rules[4].reference.0);
        assert_eq!(spent.used(router, swap.selector, 4), lot);
        let left = permission.spec().remaining_budget(router, swap.selector, 4, &spent);
        assert_eq!(left, Some(lot * U256::from(9)));
    }
}

#[test]
fn refusals_are_understood() {
    let errors = vector("primitives");
    for (selector, name) in errors["errors"].as_object().expect("a table") {
        let name = name.as_str().expect("a name").split('(').next().expect("a name");
        let selector: FixedBytes<4> = selector.parse().expect("a selector");
        let data = [selector.as_slice(), &[0; 96]].concat();
        let read = format!("{:?}", Revert::decode(&data));
        assert!(read.starts_with(name), "{selector} is {name}, not {read}");
    }
    let check = |name: &str, expected: fn(&Revert) -> bool| {
        let message: String = get(&vector(name), "error");
        let refusal = parse_bundler_message(&message).expect("a refusal");
        assert_eq!(refusal.code, Some(AaCode(23)), "{name}");
        assert!(refusal.revert.as_ref().is_some_and(expected), "{name}: {refusal:?}");
    };
    let by_arguments =
        |revert: &Revert| matches!(revert, Revert::PolicyViolation { policy: PolicyKind::Arguments, .. });
    check("uniswap-04-use-over-per-use-limit", by_arguments);
    check("uniswap-05-use-wrong-recipient", by_arguments);
    check("uniswap-06-use-native-value", |revert| matches!(revert, Revert::PolicyCheckReverted(_)));
}

#[test]
fn ids_and_nonces_are_the_references() {
    let primitives = vector("primitives");
    let router: Address = get(&vector("uniswap-00-grant"), "addresses.SwapRouter02");
    let swap = FixedBytes([0x04, 0xe4, 0x5a, 0xaf]);
    assert_eq!(action_id(router, swap), get::<B256>(&primitives, "ids.actionId_swap"));
    let nonce: U256 = get(&primitives, "nonce.example_smartsession_key0");
    assert_eq!(NonceKey::new([0; 3], SMART_SESSION).nonce(0), nonce);
}

#[test]
fn the_pair_renounces_and_nothing_else_may() {
    let vector = vector(GRANTS[1]);
    let grant = grant(&vector);
    let renounce = operation(&self::vector("two-permissions-6-pair-04-renounce-both-live"));
    let theirs = decode_execute(renounce.call_data()).expect("a batch");
    let to_module = theirs.iter().filter(|call| call.target == SMART_SESSION);
    let mut ours = grant.renounce_calls();
    let mut wanted: Vec<_> = to_module.cloned().collect();
    ours.sort_by(|left, right| left.data.cmp(&right.data));
    wanted.sort_by(|left, right| left.data.cmp(&right.data));
    assert_eq!(ours, wanted);
    let now = UnixSecs(1);
    grant.permits(Leg::Buy, renounce.call_data(), &Spent::default(), now).expect("it renounces");

    let ids = Leg::BOTH.map(|leg| grant.leg(leg).id());
    let salt = grind_pair_salt(grant.session_key(), ids[0], B256::ZERO);
    let (buy, sell) = (grant.leg(Leg::Buy).spec().clone(), grant.leg(Leg::Sell).spec().clone());
    let mut ground = sell.clone();
    ground.salt = salt;
    let ground_id = PermissionId::of(&ground.to_session().expect("valid"));
    assert_eq!(ground_id.0[..2], ids[0].0[..2]);
    let build = |buy: &PermissionSpec, sell: &PermissionSpec| {
        Grant::new(grant.account(), CHAIN_ID, (buy, U256::ZERO), (sell, U256::ZERO))
    };
    assert_eq!(build(&buy, &ground), Err(GrantError::Renounce), "rules on the ids of another pair");
    let mut both = [buy.clone(), ground];
    both.iter_mut().for_each(|spec| spec.actions[2] = pair_rules(ids[0], ground_id));
    assert!(build(&both[0], &both[1]).is_ok());
    let mut alone = sell.clone();
    alone.actions.pop();
    assert_eq!(build(&buy, &alone), Err(GrantError::Renounce), "one leg only");
    let mut loose = [buy, sell];
    loose.iter_mut().for_each(|spec| {
        spec.actions[2].rules.pop();
    });
    assert_eq!(build(&loose[0], &loose[1]), Err(GrantError::Renounce), "without the word of ones");
}

#[test]
fn verifying_costs_what_was_measured() {
    let check = |name: &str, verification: Verification, with_pair: bool, lots: u32| {
        let measured: u64 = get(&vector(name), "minVerificationGasLimit");
        let expected = expected_verification_gas(verification, with_pair, lots);
        // The compressed signature's length varies by some bytes, and with it the gas.
        assert!(
            measured <= expected + 5_000 && expected <= measured + 5_000,
            "{name}: {measured}, {expected}"
        );
    };
    check("two-permissions-1-01-deploy-enable-buy", Verification::DeployAndEnable, false, 1);
    check("two-permissions-1-02-enable-sell", Verification::Enable, false, 1);
    check("two-permissions-1-03-use-buy", Verification::Use, false, 1);
    check("two-permissions-2-klot-once3", Verification::Use, false, 3);
    check("two-permissions-6-pair-01-enable-buy", Verification::DeployAndEnable, true, 1);
    check("two-permissions-6-pair-02-enable-sell", Verification::Enable, true, 1);
}

struct DemoNames(Value);

impl Names for DemoNames {
    fn token(&self, address: Address) -> Option<(&str, u8)> {
        let is = |name: &str| get::<Address>(&self.0, name) == address;
        if is("USDC") {
            Some(("dUSD", 6))
        } else if is("WETH") {
            Some(("dWETH", 18))
        } else {
            None
        }
    }

    fn contract(&self, address: Address) -> Option<&str> {
        (get::<Address>(&self.0, "SwapRouter02") == address).then_some("Uniswap's SwapRouter02")
    }
}

#[test]
fn a_grant_is_said_in_plain_sentences() {
    let vector = vector(GRANTS[1]);
    let names = DemoNames(vector["addresses"].clone());
    let said = sentences(&grant(&vector), Leg::Buy, &names).expect("sayable");
    let all = said.join("\n");
    for part in [
        "Each swap pays exactly 100 dUSD; all swaps together at most 1000 dUSD.",
        "Each swap must bring at least 0.03 dWETH, or it does not happen.",
        "the pool with a fee of 0.05 % only",
        "At any moment that allowance is at most 100 dUSD.",
        "It may act 20 times in all",
        "permitAdminAccess",
        "2026-11-23 20:44:07 UTC",
    ] {
        assert!(all.contains(part), "{part:?} is not in\n{all}");
    }
    let nobody = DemoNames(serde_json::json!({
        "USDC": Address::ZERO, "WETH": Address::ZERO,
        "SwapRouter02": address!("0000000000000000000000000000000000000009"),
    }));
    assert!(sentences(&grant(&vector), Leg::Buy, &nobody).is_err(), "nameless contracts are refused");
}
