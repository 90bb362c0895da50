//! The contracts that may sponsor, and how each of them lays out its word.

use alloy_primitives::{Address, address};

/// How the `paymasterData` of a sponsoring contract is laid out. Its word ends when these bytes say, whatever the
/// service that made them says beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordLayout {
    /// SingletonPaymaster v7 in verifying mode: a byte of mode (0, shifted left by one) and bundler flag,
    /// `validUntil` and `validAfter` of six bytes each, a signature of 64 or 65
    /// (`_parsePaymasterAndData` and `_parseVerifyingConfig` of
    /// <https://github.com/pimlicolabs/singleton-paymaster/blob/main/src/base/BaseSingletonPaymaster.sol>).
    Pimlico,
    /// CandidePaymaster for v0.7 when it sponsors: a byte of mode (2), a byte of markup mode, `validUntil` of six
    /// bytes, a signature of 65; there is no `validAfter`. In its other modes it is paid in a token
    /// (Candide's own reader and its tests,
    /// <https://github.com/candidelabs/abstractionkit/blob/main/src/paymaster/decodeTokenQuote.ts> and
    /// <https://github.com/candidelabs/abstractionkit/blob/main/test/paymaster/decodeTokenQuote.test.js>).
    Candide,
    /// BiconomySponsorshipPaymaster: who pays of 20 bytes, `validUntil` and `validAfter` of six bytes each, a price
    /// markup of four, a signature of 64 or 65 (`parsePaymasterAndData` of
    /// <https://github.com/bcnmy/gasdaddy/blob/main/contracts/sponsorship/BiconomySponsorshipPaymaster.sol>).
    Biconomy,
}

/// A sponsoring contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sponsor {
    /// Where it stands.
    pub address: Address,
    /// How its word is read.
    pub layout: WordLayout,
}

impl Sponsor {
    /// The contract at `address`, which speaks as `layout` says.
    pub const fn new(address: Address, layout: WordLayout) -> Self {
        Self { address, layout }
    }
}

/// Pimlico's SingletonPaymaster for EntryPoint v0.7, the same on every chain (the list of known paymasters in
/// <https://github.com/candidelabs/abstractionkit>).
const PIMLICO: Sponsor =
    Sponsor::new(address!("777777777777AeC03fd955926DbF81597e66834C"), WordLayout::Pimlico);
/// CandidePaymaster for EntryPoint v0.7
/// (<https://docs.candide.dev/wallet/technical-reference/deployments>).
const CANDIDE: Sponsor =
    Sponsor::new(address!("8b1f6cb5d062aa2Ce8d581942bbb960420d875BA"), WordLayout::Candide);
/// Biconomy's sponsorship paymaster for EntryPoint v0.7 on “Base & OP”
/// (<https://docs.biconomy.io/contracts-and-audits/supported-chains>, “Sponsorship Paymaster Contracts”).
const BICONOMY_BASE_OP: Sponsor =
    Sponsor::new(address!("0000006087310897e0BFfcb3f0Ed3704f7146852"), WordLayout::Biconomy);
/// The same on “other chains”, by the same source.
const BICONOMY: Sponsor =
    Sponsor::new(address!("00000072a5F551D6E80b2f6ad4fB256A27841Bbc"), WordLayout::Biconomy);

/// Who may sponsor on Base.
pub(super) const ON_BASE: &[Sponsor] = &[PIMLICO, CANDIDE, BICONOMY_BASE_OP];
/// Who may sponsor on the test networks of Base and OP: the source does not say which of Biconomy's two contracts
/// stands there, and both are Biconomy's.
pub(super) const ON_BASE_OP_TESTNETS: &[Sponsor] = &[PIMLICO, CANDIDE, BICONOMY_BASE_OP, BICONOMY];
/// Who may sponsor elsewhere.
pub(super) const ELSEWHERE: &[Sponsor] = &[PIMLICO, CANDIDE, BICONOMY];
/// SingletonPaymasterV7 by the deterministic deployer, with the stack's mock signer as its owner.
pub(super) const ON_THIS_COMPUTER: &[Sponsor] =
    &[Sponsor::new(address!("38aef040CEB057B62E1598F5C265946A4E4BaB4C"), WordLayout::Pimlico)];
