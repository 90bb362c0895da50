//! Two permissions under one signature.

use alloy_primitives::{Address, B256, U256, keccak256};
use thiserror::Error;

use super::pair::check_renounce;
use super::{PermissionId, PermissionSpec, SpecError, multi_chain_digest, session_digest};
use crate::account::{NonceKey, SignatureError, normalize_signature, recover};
use crate::contracts::SMART_SESSION;
use crate::contracts::abi::ISmartSession::{ChainDigest, Session};

/// Which of the two permissions of a grant; their order is signed and kept for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The first.
    Buy,
    /// The second.
    Sell,
}

impl Leg {
    /// Both, in signed order.
    pub const BOTH: [Self; 2] = [Self::Buy, Self::Sell];

    /// Its place in the signed list.
    pub const fn index(self) -> u8 {
        match self {
            Self::Buy => 0,
            Self::Sell => 1,
        }
    }

    /// The other one.
    pub const fn other(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }
}

/// One permission as it is signed for one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    session: Session,
    spec: PermissionSpec,
    id: PermissionId,
    nonce: U256,
    digest: B256,
}

/// What the owner signs: both permissions of one account on one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    account: Address,
    chain_id: u64,
    buy: Permission,
    sell: Permission,
    /// Of both ids; asked for with every event.
    id: B256,
}

/// A grant with the owner's signature, proven to be theirs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedGrant {
    grant: Grant,
    owner: Address,
    owner_signature: [u8; 65],
}

/// Why a grant is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// One permission is refused.
    #[error(transparent)]
    Spec(#[from] SpecError),
    /// Both permissions have one id: their salts are the same.
    #[error("both permissions have the same name")]
    SameId,
    /// Two keys where one trades.
    #[error("the two permissions are for different session keys")]
    DifferentKeys,
    /// The account may be called by its own session.
    #[error("the session may not be allowed to call its own account")]
    CallsItself,
    /// The right to call the session module is anything but the exact right to end this grant.
    #[error("the session could do more to the session module than end itself")]
    Renounce,
    /// The wallet's bytes are no signature.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Somebody else signed, or something else was signed.
    #[error("the signature is by {signer}, not by {owner}")]
    OtherSigner {
        /// Who signed, if this was what was signed.
        signer: Address,
        /// Who should have.
        owner: Address,
    },
    /// The stored bytes are from another version of Leash.
    #[error("the stored session has format {0}, which this version does not know")]
    StoredVersion(u8),
    /// The stored bytes are cut short or altered.
    #[error("the stored session is damaged")]
    StoredDamaged,
}

impl Permission {
    /// Reads `session` as `account` signs it with enable nonce `nonce`.
    fn read(account: Address, session: Session, nonce: U256) -> Result<Self, GrantError> {
        let spec = PermissionSpec::read(&session)?;
        if spec.actions.iter().any(|action| action.target == account) {
            return Err(GrantError::CallsItself);
        }
        let id = PermissionId::of(&session);
        let digest = session_digest(account, &session, nonce);
        Ok(Self { session, spec, id, nonce, digest })
    }

    /// As the contract sees it.
    pub const fn session(&self) -> &Session {
        &self.session
    }

    /// What it allows, read from [`Permission::session`].
    pub const fn spec(&self) -> &PermissionSpec {
        &self.spec
    }

    /// Its name.
    pub const fn id(&self) -> PermissionId {
        self.id
    }

    /// The account's enable nonce that it is signed with.
    pub const fn nonce(&self) -> U256 {
        self.nonce
    }

    /// EIP-712 hash of the signed session, without domain: `getSessionDigest` of the contract.
    pub const fn digest(&self) -> B256 {
        self.digest
    }
}

impl Grant {
    /// The grant of `buy` and `sell`, each with the enable nonce that the chain tells for its id (0 when new).
    ///
    /// # Errors
    /// [`GrantError`], when either does more than its spec can say, or both do not fit together.
    pub fn new(
        account: Address,
        chain_id: u64,
        buy: (&PermissionSpec, U256),
        sell: (&PermissionSpec, U256),
    ) -> Result<Self, GrantError> {
        Self::read(account, chain_id, (buy.0.to_session()?, buy.1), (sell.0.to_session()?, sell.1))
    }

    /// The grant of two sessions as they stand in signed data, each with its enable nonce.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn read(
        account: Address,
        chain_id: u64,
        buy: (Session, U256),
        sell: (Session, U256),
    ) -> Result<Self, GrantError> {
        let buy = Permission::read(account, buy.0, buy.1)?;
        let sell = Permission::read(account, sell.0, sell.1)?;
        if buy.id == sell.id {
            return Err(GrantError::SameId);
        }
        if buy.spec.session_key != sell.spec.session_key {
            return Err(GrantError::DifferentKeys);
        }
        let id = keccak256([buy.id.0, sell.id.0].concat());
        let grant = Self { account, chain_id, buy, sell, id };
        check_renounce(&grant)?;
        Ok(grant)
    }

    /// The account it is for.
    pub const fn account(&self) -> Address {
        self.account
    }

    /// The chain it is for.
    pub const fn chain_id(&self) -> u64 {
        self.chain_id
    }

    /// The permission of `leg`.
    pub const fn leg(&self, leg: Leg) -> &Permission {
        match leg {
            Leg::Buy => &self.buy,
            Leg::Sell => &self.sell,
        }
    }

    /// The key that trades under it.
    pub const fn session_key(&self) -> Address {
        self.buy.spec.session_key
    }

    /// One name for both: keccak256(buy id ‖ sell id).
    pub const fn id(&self) -> B256 {
        self.id
    }

    /// Trades of both permissions share this nonce lane, strictly one after the other.
    pub fn trade_lane(&self) -> NonceKey {
        let [first, second, third, ..] = self.id().0;
        NonceKey::new([first, second, third], SMART_SESSION)
    }

    /// Renouncing has the lane beside, so that it never waits behind a trade.
    pub fn end_lane(&self) -> NonceKey {
        self.trade_lane().next_lane()
    }

    /// The session digests as the contract wants them listed for ever.
    pub fn chain_digests(&self) -> [ChainDigest; 2] {
        Leg::BOTH.map(|leg| ChainDigest { chainId: self.chain_id, sessionDigest: self.leg(leg).digest })
    }

    /// What the owner signs by `eth_signTypedData_v4`.
    pub fn digest(&self) -> B256 {
        multi_chain_digest(&Leg::BOTH.map(|leg| (self.chain_id, self.leg(leg).digest)))
    }
}

impl SignedGrant {
    /// `grant` as signed by `owner` in `wallet_signature`, which is brought into the one form the account takes.
    ///
    /// # Errors
    /// [`GrantError::Signature`] and [`GrantError::OtherSigner`].
    pub fn new(grant: Grant, owner: Address, wallet_signature: &[u8]) -> Result<Self, GrantError> {
        let owner_signature = normalize_signature(wallet_signature)?;
        let signer = recover(grant.digest(), &owner_signature)?;
        if signer == owner {
            Ok(Self { grant, owner, owner_signature })
        } else {
            Err(GrantError::OtherSigner { signer, owner })
        }
    }

    /// What was signed.
    pub const fn grant(&self) -> &Grant {
        &self.grant
    }

    /// Who signed.
    pub const fn owner(&self) -> Address {
        self.owner
    }

    /// The signature: r, low s, v 27 or 28.
    pub const fn owner_signature(&self) -> &[u8; 65] {
        &self.owner_signature
    }
}
