use alloy_primitives::{address, b256, hex};
use k256::ecdsa::SigningKey;
use proptest::prelude::*;

use super::*;

fn sign(message: &Message, nonce: u64, chain_id: u64, secret: &[u8; 32]) -> Transaction {
    let key = SigningKey::from_slice(secret).expect("a key");
    let hash = Transaction::signing_hash(message, nonce, chain_id);
    let (signature, id) = key.sign_prehash_recoverable(hash.as_slice()).expect("signed");
    let half = |bytes: k256::FieldBytes| U256::from_be_slice(&bytes);
    let (r, s) = signature.split_bytes();
    let parts = SignatureParts { y_is_odd: id.is_y_odd(), r: half(r), s: half(s) };
    Transaction::signed(message.clone(), nonce, chain_id, parts)
}

fn example() -> Message {
    Message {
        from: address!("9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"),
        to: Some(Address::repeat_byte(0x35)),
        value: U256::from(10).pow(U256::from(18)),
        data: Bytes::new(),
        gas_limit: 21_000,
        fees: Fees::Flat(20_000_000_000),
        nonce: Some(9),
        access_list: Vec::new(),
    }
}

/// The example of EIP-155.
#[test]
fn the_example_of_eip_155_is_read_and_written() {
    let expected = hex!(
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025"
        "a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276"
        "a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
    );
    let message = example();
    let hash = b256!("daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53");
    assert_eq!(Transaction::signing_hash(&message, 9, 1), hash);
    let transaction = sign(&message, 9, 1, &[0x46; 32]);
    assert_eq!(transaction.to_bytes(1), expected);
    assert_eq!(Transaction::decode(&expected, 1), Ok(transaction));
    let foreign = TransactionError::Chain { found: Some(1), expected: 31_337 };
    assert_eq!(Transaction::decode(&expected, 31_337), Err(foreign));
}

#[test]
fn what_is_no_transaction_is_refused() {
    let check = |bytes: &[u8], expected: TransactionError| {
        assert_eq!(Transaction::decode(bytes, 1), Err(expected), "{bytes:02x?}");
    };
    check(&[], TransactionError::Shape("it is empty"));
    check(&[3, 0xc0], TransactionError::Type(3));
    check(&[0, 0xc0], TransactionError::Type(0));
    check(&[0x7f], TransactionError::Type(0x7f));
    check(&[2, 0xc0], TransactionError::Shape("its fields are wrong"));
    let mut tail = sign(&example(), 9, 1, &[0x46; 32]).to_bytes(1);
    tail.push(0);
    check(&tail, TransactionError::Shape("it has a tail"));
    let before_eip_155 = {
        let mut transaction = sign(&example(), 9, 1, &[0x46; 32]).to_bytes(1);
        let place = transaction.iter().rposition(|byte| *byte == 0x25).expect("v is 37");
        transaction[place] = 27;
        transaction
    };
    check(&before_eip_155, TransactionError::Chain { found: None, expected: 1 });
    let high_s = {
        let transaction = sign(&example(), 9, 1, &[0x46; 32]);
        let order =
            U256::from_be_bytes(hex!("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"));
        let SignatureParts { y_is_odd, r, s } = transaction.signature;
        let parts = SignatureParts { y_is_odd: !y_is_odd, r, s: order - s };
        encode(&transaction.message, 0, 1, Some(parts))
    };
    check(&high_s, TransactionError::Signature);
}

fn any_message() -> impl Strategy<Value = Message> {
    let item = (any::<[u8; 20]>(), proptest::collection::vec(any::<[u8; 32]>(), 0..3)).prop_map(
        |(address, slots)| AccessListItem {
            address: address.into(),
            slots: slots.into_iter().map(B256::from).collect(),
        },
    );
    let fees = prop_oneof![
        any::<u128>().prop_map(Fees::Flat),
        any::<(u128, u128)>().prop_map(|(max, max_priority)| Fees::Dynamic { max, max_priority }),
    ];
    let fields = (
        any::<Option<[u8; 20]>>(),
        any::<[u8; 32]>(),
        proptest::collection::vec(any::<u8>(), 0..70),
        any::<(u64, u64)>(),
        fees,
        proptest::collection::vec(item, 0..3),
    );
    fields.prop_map(|(to, value, data, (gas_limit, nonce), fees, access_list)| Message {
        from: address!("7E5F4552091A69125d5DfCb7b8C2659029395Bdf"),
        to: to.map(Address::from),
        value: U256::from_be_bytes(value),
        data: data.into(),
        gas_limit,
        fees,
        nonce: Some(nonce),
        // A price without a list is a legacy transaction; both kinds are to be seen.
        access_list,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in any_message(), chain_id in 1_u64..u64::MAX / 2 - 18) {
        let mut secret = [0; 32];
        secret[31] = 1;
        let nonce = message.nonce.expect("set above");
        let transaction = sign(&message, nonce, chain_id, &secret);
        prop_assert_eq!(Transaction::decode(&transaction.to_bytes(chain_id), chain_id), Ok(transaction));
    }

    #[test]
    fn hostile_bytes_are_refused_at_worst(first in 0_u8..=255, rest in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _refused = Transaction::decode(&[&[first], rest.as_slice()].concat(), 1);
    }
}
