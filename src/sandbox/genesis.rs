//! The state a sandbox begins with, small enough to be sent along with the page.

use alloy_primitives::{Address, B256, Bytes, KECCAK256_EMPTY, U256, address, hex};
use serde::{Deserialize, Serialize};

use super::record::{self, RecordError};
use crate::evm::World;

/// The well-known accounts of development chains (“test test … junk”), richly endowed.
pub const DEV_ACCOUNTS: [Address; 10] = [
    address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
    address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
    address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
    address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
    address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
    address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
    address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
    address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
];
/// 10,000 ether, in wei.
const DEV_BALANCE: U256 = U256::from_limbs([0x19e0_c9ba_b240_0000, 0x21e, 0, 0]);

/// Where tools expect a deployer that makes addresses follow from salt and code alone
/// (<https://github.com/Arachnid/deterministic-deployment-proxy>).
const DETERMINISTIC_DEPLOYER: Address = address!("4e59b44847b379578588920cA78FbF26c0B4956C");
/// The same behaviour, written for here: the first word is the salt, the rest is creation code; answers the 20
/// bytes of the address, reverts where nothing was created.
const DETERMINISTIC_DEPLOYER_CODE: [u8; 32] =
    hex!("36602090038060205f375f35905f34f5801560" "1c" "575f526014600cf35b5f5ffd");

/// The layout written today.
const VERSION: u8 = 1;

/// An account at the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GenesisAccount {
    /// Where.
    pub address: Address,
    /// Wei.
    pub balance: U256,
    /// Next nonce.
    pub nonce: u64,
    /// Which of the codes; `None` for none.
    pub code: Option<u32>,
    /// Slots that are not zero.
    pub storage: Vec<(U256, U256)>,
}

/// Accounts, and their codes without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Genesis {
    /// By address.
    pub accounts: Vec<GenesisAccount>,
    /// Runtime codes.
    pub codes: Vec<Bytes>,
}

impl Genesis {
    /// What a development chain begins with: the well-known accounts and the deterministic deployer.
    pub fn development() -> Self {
        let mut world = World::default();
        for account in DEV_ACCOUNTS {
            world.set_balance(account, DEV_BALANCE);
        }
        world.set_code(DETERMINISTIC_DEPLOYER, Bytes::from_static(&DETERMINISTIC_DEPLOYER_CODE));
        Self::of(&world)
    }

    /// The state of `world`.
    pub fn of(world: &World) -> Self {
        let mut genesis = Self::default();
        let mut known: Vec<B256> = Vec::new();
        for address in world.addresses() {
            let head = world.head_at(address, 0);
            let code = (head.code_hash != KECCAK256_EMPTY).then(|| {
                let place = known.iter().position(|hash| *hash == head.code_hash).unwrap_or_else(|| {
                    genesis.codes.push(world.code_at(address, 0));
                    known.push(head.code_hash);
                    known.len() - 1
                });
                u32::try_from(place).expect("fewer codes than that")
            });
            genesis.accounts.push(GenesisAccount {
                address,
                balance: head.balance,
                nonce: head.nonce,
                code,
                storage: world.storage(address).collect(),
            });
        }
        genesis
    }

    /// A world in this state.
    pub fn world(&self) -> World {
        let mut world = World::default();
        for account in &self.accounts {
            world.set_balance(account.address, account.balance);
            world.set_nonce(account.address, account.nonce);
            let code = account.code.and_then(|code| self.codes.get(usize::try_from(code).ok()?));
            if let Some(code) = code {
                world.set_code(account.address, code.clone());
            }
            for (slot, value) in &account.storage {
                world.set_slot(account.address, *slot, *value);
            }
        }
        world
    }

    /// As a record to be stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        record::write(VERSION, self)
    }

    /// Reads what [`Genesis::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`RecordError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordError> {
        record::read(VERSION, bytes)
    }
}
