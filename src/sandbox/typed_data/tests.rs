use alloy_dyn_abi::TypedData;
use alloy_primitives::b256;
use proptest::prelude::*;
use serde_json::json;

use super::*;

/// The example of EIP-712 itself.
fn mail() -> Value {
    json!({
        "types": {
            "EIP712Domain": [
                { "name": "name", "type": "string" }, { "name": "version", "type": "string" },
                { "name": "chainId", "type": "uint256" }, { "name": "verifyingContract", "type": "address" },
            ],
            "Person": [{ "name": "name", "type": "string" }, { "name": "wallet", "type": "address" }],
            "Mail": [
                { "name": "from", "type": "Person" }, { "name": "to", "type": "Person" },
                { "name": "contents", "type": "string" },
            ],
        },
        "primaryType": "Mail",
        "domain": {
            "name": "Ether Mail", "version": "1", "chainId": 1,
            "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC",
        },
        "message": {
            "from": { "name": "Cow", "wallet": "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826" },
            "to": { "name": "Bob", "wallet": "0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB" },
            "contents": "Hello, Bob!",
        },
    })
}

#[test]
fn the_example_of_the_standard_has_its_hash() {
    let hash = b256!("be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
    assert_eq!(signing_hash(&mail()), Ok(hash));
    let mut undeclared = mail();
    undeclared["types"].as_object_mut().expect("an object").remove("EIP712Domain");
    assert_eq!(signing_hash(&undeclared), Ok(hash), "the domain's type follows from its fields");
}

#[test]
fn a_wrong_place_is_named() {
    let check = |pointer: &str, value: Value, words: &str| {
        let mut document = mail();
        *document.pointer_mut(pointer).expect("a place") = value;
        let told = signing_hash(&document).map_err(|error| error.to_string());
        assert_eq!(told, Err(words.to_owned()));
    };
    check("/types", json!(null), "types is no object");
    check("/types/Person", json!(5), "types.Person is no list");
    check("/types/Person/0", json!({ "name": "x" }), "types.Person has a member without name or type");
    check("/primaryType", json!("Letter"), "message is of the type Letter, which is not declared");
    check("/primaryType", json!(1), "primaryType is no text");
    check("/domain", json!([]), "domain is no object");
    check("/domain/chainId", json!(-1), "domain.chainId is below nothing");
    check("/domain/chainId", json!(1.5), "domain.chainId is no whole number");
    check("/domain/chainId", json!("0x"), "domain.chainId is no whole number of at most 256 bits");
    check("/message/to", json!("Bob"), "message.to is no object");
    check("/message/to/wallet", json!("0x01"), "message.to.wallet is not 20 bytes long");
    check("/message/to", json!({ "name": "Bob" }), "message.to.wallet is missing");
    check("/message/contents", json!(null), "message.contents is no text");
    let unknown = "message.from.wallet is of the type uint7, which is not declared";
    check("/types/Person/1/type", json!("uint7"), unknown);
    assert!(signing_hash(&json!(null)).is_err());
}

#[test]
fn numbers_fit_their_type_or_are_refused() {
    let check = |kind: &str, value: Value, expected: Option<U256>| {
        assert_eq!(encode_atom(kind, &value, "x").ok(), expected.map(B256::from), "{kind} {value}");
    };
    check("uint8", json!(255), Some(U256::from(255)));
    check("uint8", json!(256), None);
    check("uint8", json!("0xff"), Some(U256::from(255)));
    check("uint256", json!(U256::MAX.to_string()), Some(U256::MAX));
    check("uint256", json!(format!("{}0", U256::MAX)), None);
    check("uint", json!(1), Some(U256::ONE));
    check("int8", json!(-128), Some(U256::MAX - U256::from(127)));
    check("int8", json!(-129), None);
    check("int8", json!(128), None);
    check("int256", json!("-1"), Some(U256::MAX));
    check("int256", json!("-0"), Some(U256::ZERO));
    for bad in [json!("1_0"), json!("--1"), json!("-"), json!(""), json!("0x-1"), json!(1e3), json!(true)] {
        check("int256", bad.clone(), None);
        check("uint256", bad, None);
    }
    for kind in ["uint0", "uint264", "uint08", "int+8", "bytes0", "bytes33", "Uint8", "", "tuple"] {
        check(kind, json!(0), None);
    }
}

/// Hashed by viem 2.57.20; alloy refuses such types.
#[test]
fn a_type_that_holds_itself_ends() {
    let leaf = |name: &str| json!({ "name": name, "children": [] });
    let document = json!({
        "types": {
            "EIP712Domain": [{ "name": "name", "type": "string" }],
            "Node": [{ "name": "name", "type": "string" }, { "name": "children", "type": "Node[]" }],
        },
        "primaryType": "Node",
        "domain": { "name": "x" },
        "message": { "name": "a", "children": [leaf("b"), { "name": "c", "children": [leaf("d")] }] },
    });
    let hash = b256!("9540d0438141d51b21f0e7467879b56e53be1b7b1c91b4ac78d69cbb3149e48c");
    assert_eq!(signing_hash(&document), Ok(hash));
}

/// A type, and a value of it.
fn typed_value() -> impl Strategy<Value = (String, Value)> {
    let text = |bytes: Vec<u8>| json!(hex::encode_prefixed(bytes));
    let atom = prop_oneof![
        any::<bool>().prop_map(|value| ("bool".to_owned(), json!(value))),
        any::<String>().prop_map(|value| ("string".to_owned(), json!(value))),
        any::<[u8; 20]>().prop_map(move |value| ("address".to_owned(), text(value.to_vec()))),
        prop::collection::vec(any::<u8>(), 0..80).prop_map(move |value| ("bytes".to_owned(), text(value))),
        prop::collection::vec(any::<u8>(), 1..=32)
            .prop_map(move |value| (format!("bytes{}", value.len()), text(value))),
        (1_usize..=32, any::<[u8; 32]>()).prop_map(|(bytes, value)| {
            let number = U256::from_be_bytes(value) >> (256 - 8 * bytes);
            (format!("uint{}", 8 * bytes), json!(number.to_string()))
        }),
        (1_usize..=32, any::<[u8; 32]>()).prop_map(|(bytes, value)| {
            let number = I256::from_be_bytes(value).asr(256 - 8 * bytes);
            (format!("int{}", 8 * bytes), json!(number.to_string()))
        }),
        any::<u64>().prop_map(|value| ("uint64".to_owned(), json!(value))),
    ];
    (atom, 0_usize..4, any::<bool>()).prop_map(|((kind, value), length, is_fixed)| match length {
        0 => (kind, value),
        _ if is_fixed => (format!("{kind}[{length}]"), json!(vec![value; length])),
        _ => (format!("{kind}[]"), json!(vec![value; length - 1])),
    })
}

proptest! {
    /// Two levels of structs, with lists of structs, every atom, and any part of the domain.
    #[test]
    fn any_document_hashes_as_another_library_does(
        outer in prop::collection::vec(typed_value(), 0..6),
        inner in prop::collection::vec(typed_value(), 1..6),
        copies in 0_usize..3,
        domain in any::<[bool; 5]>(),
    ) {
        let members = |values: &[(String, Value)]| -> Vec<Value> {
            let member = |(index, (kind, _)): (usize, &(String, Value))| {
                json!({ "name": format!("m{index}"), "type": kind })
            };
            values.iter().enumerate().map(member).collect()
        };
        let message = |values: &[(String, Value)]| -> Value {
            values.iter().enumerate().map(|(index, (_, value))| (format!("m{index}"), value.clone())).collect()
        };
        let mut top = members(&outer);
        top.push(json!({ "name": "list", "type": "Zeta[]" }));
        top.push(json!({ "name": "one", "type": "Zeta" }));
        let mut body = message(&outer);
        body["list"] = json!(vec![message(&inner); copies]);
        body["one"] = message(&inner);
        let all = json!({
            "name": "n", "version": "2", "chainId": 31_337,
            "verifyingContract": "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC", "salt": B256::repeat_byte(9),
        });
        let taken: Vec<_> = DOMAIN.into_iter().zip(domain).filter(|(_, is_taken)| *is_taken).collect();
        let fields: Vec<_> =
            taken.iter().map(|((name, kind), _)| json!({ "name": name, "type": kind })).collect();
        let values: Map<_, _> =
            taken.iter().map(|((name, _), _)| ((*name).to_owned(), all[name].clone())).collect();
        let document = json!({
            "types": { "EIP712Domain": fields, "Alpha": top, "Zeta": members(&inner) },
            "primaryType": "Alpha", "domain": values, "message": body,
        });
        let theirs: TypedData = serde_json::from_value(document.clone()).expect("typed data");
        prop_assert_eq!(signing_hash(&document).ok(), theirs.eip712_signing_hash().ok());
        prop_assert!(signing_hash(&document).is_ok());
    }

    #[test]
    fn hostile_documents_are_refused_or_hashed_but_never_crash(text in "[\\[\\]{}\":,a-zA-Z0-9 ]{0,80}") {
        let document: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        let mut mangled = mail();
        mangled["types"]["Person"] = document.clone();
        mangled["message"]["to"] = document;
        let _either = signing_hash(&mangled);
    }
}
