//! Who was asked.

use std::fmt;

/// What somebody does for us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerRole {
    /// Reads the chain.
    Node,
    /// Takes UserOperations.
    Bundler,
    /// Pays for them.
    Paymaster,
    /// Holds the owner's key.
    Wallet,
}

impl PeerRole {
    /// What a person calls it.
    pub const fn noun(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Bundler => "bundler",
            Self::Paymaster => "sponsor",
            Self::Wallet => "wallet",
        }
    }
}

/// Somebody who is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// What for.
    pub role: PeerRole,
    /// Host or wallet name, for messages; never a whole URL, which may hold a key. Empty where the role says all.
    pub name: String,
}

impl fmt::Display for Peer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name: String = self.name.chars().filter(|c| !c.is_control()).take(60).collect();
        match name.as_str() {
            "" => formatter.write_str(self.role.noun()),
            name => write!(formatter, "{} ({name})", self.role.noun()),
        }
    }
}
