//! "Try it now": the steps that a person would press one after the other, up to the one signature.

use crate::app::event::Command;
use crate::app::{Failure, terms_text};

use super::Machine;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trial {
    /// The wallet's account, and the smart account behind it.
    Account,
    /// The faucet's tokens.
    Funds,
    /// Price, averages and contracts, to suggest terms and sign them.
    Terms,
}

impl Machine {
    pub(super) fn try_it(&mut self, wallet: String, name: String) -> Vec<Command> {
        if self.services.network.endpoints.faucet.is_none() {
            return self.say("There are no demo tokens on this network.");
        }
        if self.live_grant().is_some() || self.is_granting {
            return self.say("A leash exists already.");
        }
        self.trial = Some(Trial::Account);
        self.connect(wallet, name, true)
    }

    /// Takes the next step once what it waits for is there; a step that failed has said so, and ends the trial.
    pub(super) fn go_on_trying(&mut self) -> Vec<Command> {
        match self.trial {
            None => Vec::new(),
            Some(_) if self.wallet.owner.is_none() => {
                if !self.wallet.is_connecting() {
                    self.trial = None;
                }
                Vec::new()
            }
            Some(Trial::Account) => match self.has_quote() {
                None => Vec::new(),
                Some(true) => self.try_to_grant(),
                Some(false) => {
                    self.trial = Some(Trial::Funds);
                    self.faucet()
                }
            },
            Some(Trial::Funds | Trial::Terms) if self.has_quote() != Some(true) => Vec::new(),
            Some(Trial::Funds | Trial::Terms) => self.try_to_grant(),
        }
    }

    /// Whether the account of the connected wallet holds quote tokens, once it is read.
    fn has_quote(&self) -> Option<bool> {
        let account = self.account.as_ref().filter(|facts| Some(facts.owner) == self.wallet.owner)?;
        Some(!account.quote.is_zero())
    }

    fn try_to_grant(&mut self) -> Vec<Command> {
        self.trial = Some(Trial::Terms);
        let pool = self.services.network.pool.as_ref();
        let terms = self.default_terms().zip(pool).map(|(terms, pool)| terms_text::format(&terms, pool));
        let is_ready = self.feed.has_history && self.feed.trouble.is_none() && self.flavour.is_some();
        match terms.filter(|_| is_ready) {
            None => Vec::new(),
            Some(terms) => {
                self.trial = None;
                self.grant_terms(terms)
            }
        }
    }

    /// The faucet gave nothing: there is nothing to go on with.
    pub(super) fn stop_trying(&mut self, failure: &Failure) -> Vec<Command> {
        self.trial = None;
        self.warn(failure)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::Address;

    use super::*;
    use crate::app::event::{AccountFacts, Epoch, Event, Observation, Restored};
    use crate::app::{Flavour, Intent};
    use crate::market::PriceTick;
    use crate::units::{Price, TokenAmount, UnixMillis, UnixSecs};

    const HERE: Epoch = Epoch(1);
    const OWNER: Address = Address::repeat_byte(7);
    const WALLET: &str = "play money";

    struct Visit {
        machine: Machine,
        block: u64,
    }

    impl Visit {
        /// A page on the sandbox that was just opened.
        fn new() -> Self {
            let machine = Machine::new(Some("sandbox")).expect("in the table");
            let mut visit = Self { machine, block: 10 };
            visit.machine.start();
            visit.tell(Event::Restored(Ok(Box::new(Restored::default()))));
            visit
        }

        fn tell(&mut self, event: Event) -> Vec<Command> {
            self.machine.handle(event, UnixMillis(1_767_225_600_000))
        }

        fn try_it(&mut self) -> Vec<Command> {
            let (wallet, name) = (WALLET.to_owned(), "Play money".to_owned());
            self.tell(Event::Intent(Box::new(Intent::TryIt { wallet, name })))
        }

        fn connected(&mut self) -> Vec<Command> {
            self.tell(Event::Connected(WALLET.to_owned(), Ok(Some((OWNER, 31_337)))))
        }

        fn watch(&mut self) -> Vec<Command> {
            let mut commands = self.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
            let price = Price::from_scaled(2_500 * Price::SCALE).expect("not zero");
            let tick = PriceTick { at: UnixSecs(1_767_225_590), block: 9, price };
            commands.extend(self.tell(Event::HistoryLoaded(HERE, Ok(vec![tick]))));
            commands
        }

        /// A round of reading that finds `quote` dollars in the account.
        fn reads(&mut self, quote: u64) -> Vec<Command> {
            self.block += 1;
            let nothing = TokenAmount::ZERO;
            let account = AccountFacts {
                address: Address::repeat_byte(8),
                owner: OWNER,
                is_deployed: false,
                owner_has_code: false,
                base: nothing,
                quote: TokenAmount::from_raw(u128::from(quote) * 1_000_000),
                owner_base: nothing,
                owner_quote: nothing,
                ether_held: nothing,
                ether_deposited: nothing,
            };
            self.tell(Event::Observed(
                HERE,
                Ok(Box::new(Observation {
                    block: self.block,
                    block_at: UnixSecs(1_767_225_600),
                    read_at: UnixMillis(1_767_225_600_000),
                    is_behind_gap: false,
                    holds_lock: true,
                    ticks: Vec::new(),
                    quotes: Vec::new(),
                    account: Some(account),
                    grant: None,
                })),
            ))
        }
    }

    fn asks_faucet(commands: &[Command]) -> bool {
        commands.iter().any(|command| matches!(command, Command::Faucet { .. }))
    }

    fn prepares(commands: &[Command]) -> bool {
        commands.iter().any(|command| matches!(command, Command::PrepareGrant(_)))
    }

    #[test]
    fn one_press_connects_funds_and_asks_for_the_signature_once() {
        let mut visit = Visit::new();
        visit.watch();
        assert!(matches!(visit.try_it().as_slice(), [Command::Connect { may_prompt: true, .. }]));
        visit.connected();
        assert!(asks_faucet(&visit.reads(0)));
        assert!(!asks_faucet(&visit.reads(0)), "once is enough");
        visit.tell(Event::Funded(Ok("Sent.".to_owned())));
        assert!(prepares(&visit.reads(10_000)));
        assert!(!prepares(&visit.reads(10_000)));
        assert_eq!(visit.machine.trial, None);
    }

    #[test]
    fn it_waits_for_price_and_contracts_and_skips_a_faucet_that_is_not_needed() {
        let mut visit = Visit::new();
        visit.try_it();
        visit.connected();
        let early = visit.reads(10_000);
        assert!(!asks_faucet(&early) && !prepares(&early));
        assert!(prepares(&visit.watch()));
    }

    #[test]
    fn a_step_that_fails_ends_it() {
        let failed = || Err(Failure::new("No."));
        let mut rejected = Visit::new();
        rejected.try_it();
        rejected.tell(Event::Connected(WALLET.to_owned(), failed()));
        assert_eq!(rejected.machine.trial, None);
        let mut dry = Visit::new();
        dry.watch();
        dry.try_it();
        dry.connected();
        dry.reads(0);
        dry.tell(Event::Funded(Err(Failure::new("The faucet did not answer."))));
        assert_eq!(dry.machine.trial, None);
        assert!(!prepares(&dry.reads(10_000)), "nothing is signed that was not asked for again");
        let mut live = Visit::new();
        live.machine.services = crate::app::Services::of("base", &Default::default()).expect("in the table");
        assert!(live.try_it().is_empty(), "only where there are demo tokens");
    }
}
