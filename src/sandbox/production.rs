//! Bytecode to put in the place of a genesis' own: production code that was fetched from a live chain, or the
//! stand-ins that a genesis brings along. Taken only where every hash is the pinned one, and checked again whenever it
//! comes back from storage.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use thiserror::Error;

use super::{Genesis, GenesisAccount};
use crate::contracts::KnownContract;

/// Why code is not taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CodeRefused {
    /// Another contract, or an altered one.
    #[error("{name} at {address} has the code hash {found}, not the pinned {pinned}: it is not taken.")]
    Hash {
        /// Which.
        name: &'static str,
        /// Where.
        address: Address,
        /// What stands there.
        found: B256,
        /// What should.
        pinned: B256,
    },
    /// Some are missing, or the stored form is damaged.
    #[error("the contracts are incomplete.")]
    Incomplete,
}

/// The code of every pinned contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinnedCode(Vec<(Address, Bytes)>);

impl PinnedCode {
    /// Takes `codes`, in the order of `pins`.
    ///
    /// # Errors
    /// [`CodeRefused`]; then none is taken.
    pub fn check(pins: &[KnownContract], codes: Vec<Bytes>) -> Result<Self, CodeRefused> {
        if pins.len() != codes.len() {
            return Err(CodeRefused::Incomplete);
        }
        let check = |(pin, code): (&KnownContract, Bytes)| {
            let found = keccak256(&code);
            if found == pin.code_hash {
                return Ok((pin.address, code));
            }
            let KnownContract { name, address, code_hash: pinned } = *pin;
            Err(CodeRefused::Hash { name, address, found, pinned })
        };
        pins.iter().zip(codes).map(check).collect::<Result<_, _>>().map(Self)
    }

    /// The code of `pins` as far as `genesis` has it, whether or not anybody stands on it.
    ///
    /// # Errors
    /// [`CodeRefused::Incomplete`].
    pub fn within(genesis: &Genesis, pins: &[KnownContract]) -> Result<Self, CodeRefused> {
        let hashes: Vec<B256> = genesis.codes.iter().map(keccak256).collect();
        let find = |pin: &KnownContract| {
            let place = hashes.iter().position(|hash| *hash == pin.code_hash);
            place.map(|place| genesis.codes[place].clone()).ok_or(CodeRefused::Incomplete)
        };
        Self::check(pins, pins.iter().map(find).collect::<Result<_, _>>()?)
    }

    /// For storage.
    pub fn to_bytes(&self) -> Vec<u8> {
        let codes: Vec<&[u8]> = self.0.iter().map(|(_, code)| code.as_ref()).collect();
        postcard::to_allocvec(&codes).expect("bytes can always be written")
    }

    /// Back from storage, checked as if it had just been fetched.
    ///
    /// # Errors
    /// [`CodeRefused`].
    pub fn from_bytes(pins: &[KnownContract], bytes: &[u8]) -> Result<Self, CodeRefused> {
        let codes: Vec<Vec<u8>> = postcard::from_bytes(bytes).map_err(|_| CodeRefused::Incomplete)?;
        Self::check(pins, codes.into_iter().map(Bytes::from).collect())
    }

    /// Puts the code in the place of what stands there; what that keeps stays.
    pub fn settle(self, genesis: &mut Genesis) {
        for (address, code) in self.0 {
            let index = u32::try_from(genesis.codes.len()).expect("few codes");
            genesis.codes.push(code);
            match genesis.accounts.iter_mut().find(|account| account.address == address) {
                Some(account) => account.code = Some(index),
                None => genesis.accounts.push(GenesisAccount {
                    address,
                    balance: U256::ZERO,
                    nonce: 1,
                    code: Some(index),
                    storage: Vec::new(),
                }),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pins() -> [KnownContract; 2] {
        let pin = |name, byte: u8| KnownContract {
            name,
            address: Address::repeat_byte(byte),
            code_hash: keccak256([byte; 3]),
        };
        [pin("One", 1), pin("Two", 2)]
    }

    fn codes() -> Vec<Bytes> {
        vec![Bytes::from(vec![1; 3]), Bytes::from(vec![2; 3])]
    }

    #[test]
    fn matching_code_is_taken_and_survives_storage() {
        let code = PinnedCode::check(&pins(), codes()).expect("as pinned");
        assert_eq!(PinnedCode::from_bytes(&pins(), &code.to_bytes()), Ok(code));
    }

    #[test]
    fn settled_code_stands_where_the_pins_say_and_old_storage_stays() {
        let old = GenesisAccount {
            address: Address::repeat_byte(1),
            balance: U256::from(5),
            nonce: 1,
            code: Some(0),
            storage: vec![(U256::from(1), U256::from(2))],
        };
        let mut genesis = Genesis { accounts: vec![old], codes: vec![Bytes::from(vec![9])] };
        PinnedCode::check(&pins(), codes()).expect("as pinned").settle(&mut genesis);
        let world = genesis.world();
        for (pin, code) in pins().iter().zip(codes()) {
            assert_eq!(world.code_at(pin.address, 0), code);
        }
        assert_eq!(genesis.accounts[0].storage.len(), 1);
    }

    #[test]
    fn a_genesis_on_other_code_goes_back_to_what_it_brings_along() {
        let other = GenesisAccount {
            address: Address::repeat_byte(1),
            balance: U256::ZERO,
            nonce: 1,
            code: Some(0),
            storage: Vec::new(),
        };
        let mut genesis = Genesis { accounts: vec![other], codes: vec![Bytes::from(vec![9])] };
        assert_eq!(PinnedCode::within(&genesis, &pins()), Err(CodeRefused::Incomplete));
        genesis.codes.extend(codes());
        let code = PinnedCode::within(&genesis, &pins()).expect("brought along");
        assert_eq!(genesis.world().code_at(Address::repeat_byte(1), 0), vec![9]);
        code.settle(&mut genesis);
        let world = genesis.world();
        for (pin, code) in pins().iter().zip(codes()) {
            assert_eq!(world.code_at(pin.address, 0), code);
        }
    }

    #[test]
    fn one_other_byte_refuses_everything_and_is_named() {
        let mut altered = codes();
        altered[1] = Bytes::from(vec![2, 2, 3]);
        let refused = PinnedCode::check(&pins(), altered).expect_err("altered");
        let sentence = refused.to_string();
        assert!(sentence.starts_with("Two at 0x0202") && sentence.contains("not the pinned"), "{sentence}");
        let mut short = codes();
        short.pop();
        assert_eq!(PinnedCode::check(&pins(), short), Err(CodeRefused::Incomplete));
    }

    #[test]
    fn a_stored_copy_that_was_tampered_with_is_refused() {
        let stored = PinnedCode::check(&pins(), codes()).expect("as pinned").to_bytes();
        for place in 0..stored.len() {
            let mut tampered = stored.clone();
            tampered[place] ^= 1;
            assert!(PinnedCode::from_bytes(&pins(), &tampered).is_err(), "byte {place}");
        }
        assert_eq!(PinnedCode::from_bytes(&pins(), &[]), Err(CodeRefused::Incomplete));
    }
}
