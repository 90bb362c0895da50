//! An operation on its way from a plan to final bytes. There is no special first one: creating the account
//! and enabling a permission are parts of any operation that needs them.

use std::rc::Rc;

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

use super::Failure;
use super::services::Services;
use crate::account::{Call, Fees, GasLimits, NonceKey, UserOperation, UserOperationDraft, UserOperationHash};
use crate::session::{Leg, SignedGrant, Spent};
use crate::trading::{JournalEntry, Purpose};
use crate::units::UnixSecs;

/// Who signs, and who pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// The session key under one leg of the grant; sponsored.
    Session {
        /// The grant.
        grant: Rc<SignedGrant>,
        /// Under which leg.
        leg: Leg,
        /// Whether this operation enables the leg.
        enables: bool,
    },
    /// The owner by `personal_sign` in this wallet; sponsored.
    Owner {
        /// Which wallet.
        wallet: String,
    },
    /// The owner by `personal_sign`, then by the owner's own transaction at fee 0.
    OwnerTransaction {
        /// Which wallet.
        wallet: String,
    },
}

/// What shapes gas: operations alike in this need alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shape {
    /// Which leg signs; `None` for the owner.
    pub leg: Option<Leg>,
    /// How many calls.
    pub calls: usize,
    /// Whether a permission is enabled on the way.
    pub enables: bool,
    /// Whether the account is created on the way.
    pub deploys: bool,
}

/// Gas that an operation of this shape was given before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GasMemory {
    /// Limits.
    pub gas: GasLimits,
    /// The paymaster's `(verification, postOp)` limits.
    pub paymaster_gas: (u64, u64),
}

/// Everything decided; nothing asked yet.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationPlan {
    /// The journal's id.
    pub id: u64,
    /// What for.
    pub purpose: Purpose,
    /// Where.
    pub services: Services,
    /// The account.
    pub sender: Address,
    /// Its owner.
    pub owner: Address,
    /// Whether the account exists.
    pub is_deployed: bool,
    /// What it calls.
    pub calls: Vec<Call>,
    /// Who signs.
    pub authority: Authority,
    /// Which lane.
    pub lane: NonceKey,
    /// The lane's next nonce, when kept fresh.
    pub nonce: Option<U256>,
    /// The bundler's fees, when kept fresh.
    pub fees: Option<Fees>,
    /// Gas of the last operation of this shape, when there was one.
    pub gas_memory: Option<GasMemory>,
    /// What the leg has used up, for the check before signing.
    pub spent: Spent,
    /// Whether the bundler already said that it is one for this chain and EntryPoint.
    pub is_bundler_known: bool,
    /// Before a first purchase: prove that selling can be enabled.
    pub rehearses_selling: Option<Vec<Call>>,
    /// The chain's clock.
    pub now: UnixSecs,
}

impl OperationPlan {
    /// Its shape.
    pub fn shape(&self) -> Shape {
        let (leg, enables) = match &self.authority {
            Authority::Session { leg, enables, .. } => (Some(*leg), *enables),
            Authority::Owner { .. } | Authority::OwnerTransaction { .. } => (None, false),
        };
        Shape { leg, calls: self.calls.len(), enables, deploys: !self.is_deployed }
    }
}

/// Final but for the signature.
#[derive(Clone, Debug, PartialEq)]
pub struct PreparedOperation {
    /// What was planned.
    pub plan: OperationPlan,
    /// Every field final.
    pub draft: UserOperationDraft,
    /// Its hash, computed here.
    pub hash: UserOperationHash,
    /// Block time after which it cannot be mined: the earlier end of sponsorship and session.
    pub valid_until: UnixSecs,
}

/// Signed and journalled.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedOperation {
    /// The journal's entry, in state signed or later.
    pub entry: JournalEntry,
    /// Where it goes.
    pub services: Services,
    /// How it goes.
    pub route: Route,
    /// The operation.
    pub operation: UserOperation,
    /// Its hash, computed here.
    pub hash: B256,
    /// Block time after which it cannot be mined.
    pub valid_until: UnixSecs,
}

impl SignedOperation {
    /// One that was signed before this page was opened. A sponsored one may go through the bundler again: the
    /// bytes are the same, and the nonce admits them once. An owner's own transaction is only watched for.
    pub fn resumed(
        entry: JournalEntry,
        services: Services,
        operation: UserOperation,
        valid_until: UnixSecs,
    ) -> Self {
        let hash = operation.hash(services.network.chain_id).0;
        let route = match operation.sponsorship() {
            Some(_) => Route::Bundler,
            None => Route::OwnerTransaction { wallet: String::new(), owner: Address::ZERO },
        };
        Self { entry, services, route, operation, hash, valid_until }
    }

    /// The gas it was given, for the next one of its shape.
    pub fn gas_memory(&self) -> GasMemory {
        let sponsorship = self.operation.sponsorship();
        let paymaster_gas =
            sponsorship.map_or((0, 0), |sponsor| (sponsor.verification_gas, sponsor.post_op_gas));
        GasMemory { gas: self.operation.gas(), paymaster_gas }
    }
}

/// Why an operation was not handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendFailure {
    /// For the person.
    pub failure: Failure,
    /// Whether it is certain that nobody took it. Silence and broken answers are not certain.
    pub is_definite: bool,
}

/// How an operation reaches the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Route {
    /// Through the bundler.
    Bundler,
    /// As the owner's own transaction in this wallet.
    OwnerTransaction {
        /// Which wallet.
        wallet: String,
        /// The owner.
        owner: Address,
    },
}
