//! The owner's wallet, and the account behind it.

use alloy_primitives::Address;

use crate::app::event::{AccountFacts, Command};
use crate::app::{Failure, NoticeLevel, Prompt, WalletView};
use crate::units::TokenAmount;

use super::Machine;

/// Which wallet, and what it last said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Wallet {
    /// Its id, for [`Command::Connect`] and everything later.
    pub(super) id: String,
    name: String,
    is_connecting: bool,
    pub(super) owner: Option<Address>,
    chain_id: Option<u64>,
}

impl Wallet {
    pub(super) fn note_chain(&mut self, chain: &str) {
        let digits = chain
            .strip_prefix("0x")
            .map_or_else(|| chain.parse().ok(), |hex| u64::from_str_radix(hex, 16).ok());
        self.chain_id = digits;
    }

    pub(super) const fn is_connecting(&self) -> bool {
        self.is_connecting
    }

    pub(super) fn view(&self, network_chain: u64) -> WalletView {
        match self.owner {
            Some(owner) => WalletView::Connected {
                name: self.name.clone(),
                owner: owner.to_string(),
                is_on_network: self.chain_id == Some(network_chain),
            },
            None if self.is_connecting => WalletView::Connecting { name: self.name.clone() },
            None => WalletView::Disconnected,
        }
    }
}

impl Machine {
    pub(super) fn connect(&mut self, wallet: String, name: String, may_prompt: bool) -> Vec<Command> {
        let Some(safe_id) = Some(wallet).filter(|id| !id.is_empty()) else { return Vec::new() };
        self.wallet =
            Wallet { id: safe_id.clone(), name, is_connecting: may_prompt, owner: None, chain_id: None };
        vec![Command::Connect { wallet: safe_id, may_prompt }]
    }

    pub(super) fn on_connected(
        &mut self,
        wallet: &str,
        answer: Result<Option<(Address, u64)>, Failure>,
    ) -> Vec<Command> {
        if self.wallet.id != wallet {
            // Another wallet was chosen, or none, while this one took its time.
            return Vec::new();
        }
        self.wallet.is_connecting = false;
        match answer {
            Ok(Some((owner, chain_id))) => {
                self.wallet.owner = Some(owner);
                self.wallet.chain_id = Some(chain_id);
                self.forget_other_account();
            }
            Ok(None) => self.wallet = Wallet::default(),
            Err(failure) => {
                self.wallet = Wallet::default();
                self.notify(NoticeLevel::Warning, &failure);
            }
        }
        Vec::new()
    }

    pub(super) fn disconnect(&mut self) -> Vec<Command> {
        self.wallet = Wallet::default();
        self.forget_other_account();
        Vec::new()
    }

    pub(super) fn on_accounts_changed(&mut self, accounts: &[String]) -> Vec<Command> {
        let owner = accounts.iter().find_map(|account| account.parse::<Address>().ok());
        if owner == self.wallet.owner || self.wallet.id.is_empty() {
            return Vec::new();
        }
        if self.wallet.owner.is_some() {
            let sentence = if owner.is_some() {
                "The wallet switched to another account."
            } else {
                "The wallet no longer shares its account with this page."
            };
            self.notify(NoticeLevel::Info, &Failure::new(sentence));
        }
        self.wallet.owner = owner;
        self.preview = None;
        self.forget_other_account();
        Vec::new()
    }

    pub(super) fn forget_other_account(&mut self) {
        if self.account.as_ref().map(|facts| facts.owner) != self.account_owner() {
            self.account = None;
        }
    }

    pub(super) fn switch_chain(&mut self) -> Vec<Command> {
        let services = self.services.clone();
        vec![Command::SwitchChain { wallet: self.wallet.id.clone(), services }]
    }

    pub(super) fn on_chain_switched(&mut self, answer: Result<u64, Failure>) -> Vec<Command> {
        match answer {
            Ok(chain_id) => self.wallet.chain_id = Some(chain_id),
            Err(failure) => self.notify(NoticeLevel::Warning, &failure),
        }
        Vec::new()
    }

    /// The owner whose account is shown: a live grant's, else the wallet's.
    pub(super) fn account_owner(&self) -> Option<Address> {
        self.live_grant().map(|grant| grant.signed.owner()).or(self.wallet.owner)
    }

    /// The account that is shown, once known.
    pub(super) fn account_address(&self) -> Option<Address> {
        let granted = self.live_grant().map(|grant| grant.signed.grant().account());
        granted.or_else(|| {
            let owner = self.account_owner();
            self.account.as_ref().filter(|facts| Some(facts.owner) == owner).map(|facts| facts.address)
        })
    }

    /// The wallet's id when it is the owner of the shown account and on its chain; else why not.
    pub(super) fn owner_wallet(&self) -> Result<String, Failure> {
        let Some(owner) = self.wallet.owner else {
            return Err(Failure::new("Connect the owner's wallet first."));
        };
        if self.account_owner() != Some(owner) {
            return Err(Failure::new("This wallet does not own the smart account shown here.")
                .with_advice("Switch the wallet to the account that signed the grant."));
        }
        if self.wallet.chain_id != Some(self.services.network.chain_id) {
            return Err(Failure::new(format!("The wallet is not on {}.", self.services.network.name))
                .with_advice("Switch its network first; the button is in the header."));
        }
        Ok(self.wallet.id.clone())
    }

    pub(super) fn faucet(&mut self) -> Vec<Command> {
        match self.account_address() {
            Some(account) => vec![Command::Faucet { services: self.services.clone(), account }],
            None => {
                self.say("Connect a wallet first: the faucet fills the smart account that belongs to it.")
            }
        }
    }

    pub(super) fn deposit(&mut self, is_base: bool, amount: &str) -> Vec<Command> {
        let (Some(pool), Some(account)) = (self.services.network.pool.as_ref(), self.account.clone()) else {
            return self
                .say("The smart account is not known yet. Connect a wallet and wait for its balances.");
        };
        let token = if is_base { pool.base } else { pool.quote };
        let wallet = match self.owner_wallet() {
            Ok(wallet) => wallet,
            Err(failure) => return self.warn(&failure),
        };
        let amount = match TokenAmount::parse(amount, token.decimals) {
            Ok(amount) if amount.is_zero() => return self.say("Write an amount above nothing."),
            Ok(amount) => amount,
            Err(error) => return self.say(&error.to_string()),
        };
        let held = if is_base { account.owner_base } else { account.owner_quote };
        if amount > held {
            return self.say(&format!(
                "The wallet holds only {} {}.",
                held.format(token.decimals),
                token.symbol
            ));
        }
        self.prompt = Some(Prompt {
            title: "Deposit".to_owned(),
            lines: vec![format!(
                "Your wallet sends {} {} to your smart account. Your wallet pays gas for this transfer.",
                amount.format(token.decimals),
                token.symbol
            )],
            compare: vec![("To".to_owned(), account.address.to_string())],
        });
        vec![Command::Deposit {
            wallet,
            services: self.services.clone(),
            owner: account.owner,
            token: token.address,
            account: account.address,
            amount,
        }]
    }

    pub(super) fn on_funded(&mut self, answer: Result<String, Failure>) -> Vec<Command> {
        self.prompt = None;
        match answer {
            Ok(sentence) => self.say(&sentence),
            Err(failure) => self.stop_trying(&failure),
        }
    }

    pub(super) fn say(&mut self, sentence: &str) -> Vec<Command> {
        self.notify(NoticeLevel::Info, &Failure::new(sentence));
        Vec::new()
    }

    pub(super) fn warn(&mut self, failure: &Failure) -> Vec<Command> {
        self.notify(NoticeLevel::Warning, failure);
        Vec::new()
    }

    /// Takes balances, and what they tell of tokens that came and went.
    pub(super) fn on_account(&mut self, facts: AccountFacts) -> Vec<Command> {
        let (address, base) = (facts.address, facts.base);
        if self.account.as_ref().is_none_or(|known| known.address != address) {
            self.account_code = super::view::code_of(address);
        }
        self.account = Some(facts);
        self.note_arrival(base)
    }
}
