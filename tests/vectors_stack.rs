//! Where the contracts of the `uniswap-*` vectors stood, and that their encodings speak of exactly those.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use alloy_primitives::{Address, B256, Bytes, U256};
use alloy_sol_types::SolCall;
use leash::account::{
    Fees, GasLimits, Sponsorship, UserOperationDraft, account_init_data, create_account_call_data,
    decode_execute,
};
use leash::contracts::abi::IERC20::approveCall;
use leash::contracts::abi::ISwapRouter02::exactInputSingleCall;
use leash::contracts::{
    ENTRY_POINT, K1_VALIDATOR, NEXUS_BOOTSTRAP, NEXUS_FACTORY, NEXUS_IMPLEMENTATION, SMART_SESSION,
    TIME_FRAME_POLICY, UNI_ACTION_POLICY, USAGE_LIMIT_POLICY,
};
use leash::rpc::operation_json;
use serde::de::DeserializeOwned;
use serde_json::Value;

const OPERATIONS: [&str; 3] =
    ["uniswap-01-enable-approve-swap", "uniswap-02-use-approve-swap", "uniswap-09-owner-revoke"];

fn vector(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.json"));
    serde_json::from_str(&fs::read_to_string(path).expect("the vector is there")).expect("the vector is JSON")
}

fn get<T: DeserializeOwned>(value: &Value, name: &str) -> T {
    serde_json::from_value(value[name].clone()).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn number(operation: &Value, name: &str) -> u64 {
    get::<U256>(operation, name).to()
}

fn draft(operation: &Value) -> UserOperationDraft {
    let fee = |name: &str| get::<U256>(operation, name).to();
    UserOperationDraft {
        sender: get(operation, "sender"),
        nonce: get(operation, "nonce"),
        factory: operation.get("factory").map(|_| (get(operation, "factory"), get(operation, "factoryData"))),
        call_data: get(operation, "callData"),
        fees: Fees { max: fee("maxFeePerGas"), max_priority: fee("maxPriorityFeePerGas") },
        gas: GasLimits {
            pre_verification: number(operation, "preVerificationGas"),
            verification: number(operation, "verificationGasLimit"),
            call: number(operation, "callGasLimit"),
        },
        sponsorship: operation.get("paymaster").map(|_| Sponsorship {
            paymaster: get(operation, "paymaster"),
            verification_gas: number(operation, "paymasterVerificationGasLimit"),
            post_op_gas: number(operation, "paymasterPostOpGasLimit"),
            data: get(operation, "paymasterData"),
        }),
    }
}

#[test]
fn our_addresses_are_those_that_the_production_contracts_stood_at() {
    let stack = vector("uniswap-stack");
    assert_eq!((&stack["flavor"], &stack["chainId"]), (&"real".into(), &31_337.into()));
    for (name, ours) in [
        ("EntryPoint", ENTRY_POINT),
        ("SmartSession", SMART_SESSION),
        ("TimeFramePolicy", TIME_FRAME_POLICY),
        ("UniActionPolicy", UNI_ACTION_POLICY),
        ("UsageLimitPolicy", USAGE_LIMIT_POLICY),
        ("K1MeeValidator", K1_VALIDATOR),
        ("Nexus", NEXUS_IMPLEMENTATION),
        ("NexusBootstrap", NEXUS_BOOTSTRAP),
        ("NexusAccountFactory", NEXUS_FACTORY),
    ] {
        assert_eq!(get::<Address>(&stack["addresses"], name), ours, "{name}");
    }
    let granted: BTreeMap<String, Address> = get(&vector("uniswap-00-grant"), "addresses");
    assert_eq!(get::<BTreeMap<String, Address>>(&stack, "addresses"), granted, "the grant is of this stack");
}

#[test]
fn operations_speak_of_this_stack_and_hash_on_its_chain_only() {
    let stack = vector("uniswap-stack");
    let place = |name: &str| get::<Address>(&stack["addresses"], name);
    let chain_id: u64 = get(&stack, "chainId");
    for name in OPERATIONS {
        let vector = vector(name);
        let draft = draft(&vector["userOp"]);
        let hash: B256 = get(&vector, "userOpHash");
        assert_eq!(draft.hash(chain_id).0, hash, "{name}");
        assert_ne!(draft.hash(1).0, hash, "{name}");
        if let Some((factory, _)) = &draft.factory {
            assert_eq!(*factory, place("NexusAccountFactory"), "{name}");
        }
    }
    for name in &OPERATIONS[..2] {
        let draft = draft(&vector(name)["userOp"]);
        let calls = decode_execute(&draft.call_data).expect("a batch");
        let [approve, swap] = calls.as_slice() else { panic!("{name}: {} calls", calls.len()) };
        let spender = approveCall::abi_decode_validate(&approve.data).expect("an approval").spender;
        assert_eq!((spender, swap.target), (place("SwapRouter02"), place("SwapRouter02")), "{name}");
        let swap = exactInputSingleCall::abi_decode_validate(&swap.data).expect("a swap").params;
        assert_eq!(approve.target, swap.tokenIn, "{name}");
        let mut tokens = [swap.tokenIn, swap.tokenOut];
        let mut known = [place("USDC"), place("WETH")];
        tokens.sort();
        known.sort();
        assert_eq!(tokens, known, "{name}");
        assert_eq!((swap.recipient, swap.fee.to::<u32>()), (draft.sender, 500), "{name}");
    }
}

#[test]
fn an_operation_reaches_the_bundler_in_the_form_that_it_took() {
    /// Hex differs in case only.
    fn lower(value: &Value) -> BTreeMap<String, String> {
        let fields = value.as_object().expect("an object").iter();
        fields
            .map(|(name, value)| (name.clone(), value.as_str().expect("hex").to_ascii_lowercase()))
            .collect()
    }
    for name in OPERATIONS {
        let theirs = &vector(name)["userOp"];
        let ours = operation_json(&draft(theirs).sign_with(get::<Bytes>(theirs, "signature")));
        assert_eq!(lower(&ours), lower(theirs), "{name}");
    }
}

#[test]
fn the_owners_account_is_created_by_this_stacks_contracts() {
    let (stack, grant) = (vector("uniswap-stack"), vector("uniswap-00-grant"));
    let owner: Address = get(&grant, "owner");
    let init_data = account_init_data(owner);
    assert_eq!(init_data, get::<Bytes>(&grant, "initData"));
    let bootstrap = get::<Address>(&stack["addresses"], "NexusBootstrap").into_word();
    assert_eq!(init_data[..32], bootstrap[..]);
    let created = create_account_call_data(owner, get(&grant, "accountSalt"));
    assert_eq!(created, get::<Bytes>(&grant, "factoryData"));
}
