//! Typed clients over a [`Transport`](crate::ports::Transport): node, bundler (ERC-7769), paymaster (ERC-7677),
//! wallet (EIP-1193).
//!
//! Wire forms stay inside: what leaves this room is parsed, bounded and named. It refuses to know what is
//! traded and why, and never retries by itself.

mod asker;
mod bundler;
mod contract_reads;
mod error;
mod exchange;
mod node;
mod node_logs;
mod operation_logs;
mod operation_wire;
mod paymaster;
mod paymaster_offer;
mod peer;
mod revert;
mod sponsor_word;
#[cfg(test)]
mod testing;
mod wallet;
mod wire;

pub use asker::Reply;
pub use bundler::{Bundler, GasEstimate, OperationLookup, OperationReceipt};
pub use contract_reads::{Deposit, PoolState, Usage};
pub use error::{RpcError, WalletRefusal};
pub use exchange::read_book_ticker;
pub use node::{BlockHeader, BlockTag, Node, TransactionReceipt};
pub use node_logs::{ChainLog, LogFilter};
pub use operation_logs::{OperationOutcome, OperationRevert};
pub use operation_wire::operation_json;
pub use paymaster::{Paymaster, SponsorPolicy};
pub use paymaster_offer::{OfferLimits, PaymasterOffer};
pub use peer::{Peer, PeerRole};
pub use revert::revert_data;
pub use sponsor_word::WordHolds;
pub use wallet::{TransactionRequest, Wallet, parse_chain_id};
pub use wire::ShapeError;
