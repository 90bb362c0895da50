//! Does what the machine asks for, against the ports. Each command answers with exactly one event, whatever
//! the world does.

mod audit;
mod bundler;
mod contracts;
mod feed;
mod grant;
mod prepare;
mod send;
mod settle;
mod sign;
mod storage;
mod wallet;

use super::event::{Command, Event};
use super::{Environment, Failure, Wait, decode, encode};
use crate::ports::LockError;
use crate::rpc::{RpcError, read_book_ticker};

/// Performs `command` and gives its event.
pub async fn perform(environment: &Environment, command: Command) -> Event {
    match command {
        Command::Restore => Event::Restored(storage::restore(environment).await.map(Box::new)),
        Command::Save(saved) => {
            let name = saved.name();
            Event::Saved(name, storage::save(environment, saved).await)
        }
        Command::LoadHistory { epoch, services, secs } => {
            Event::HistoryLoaded(epoch, feed::history(environment, &services, secs).await)
        }
        Command::CheckContracts(epoch, services) => {
            Event::ContractsChecked(epoch, contracts::flavour(environment, &services).await)
        }
        Command::CheckBundler(epoch, services) => {
            Event::BundlerChecked(epoch, bundler::check(environment, &services).await)
        }
        Command::Observe(epoch, plan) => {
            Event::Observed(epoch, feed::observe(environment, &plan).await.map(Box::new))
        }
        Command::Wait { timer, millis } => {
            environment.clock.sleep_millis(millis).await;
            Event::Woke(timer)
        }
        Command::AcquireLock(name) => {
            Event::LockAnswered(environment.lock.try_acquire(&name).await.map_err(|error| no_locks(&error)))
        }
        Command::StealLock(name) => {
            Event::LockAnswered(environment.lock.steal(&name).await.map_err(|error| no_locks(&error)))
        }
        Command::Connect { wallet, may_prompt } => {
            let answer = wallet::connect(environment, &wallet, may_prompt).await;
            Event::Connected(wallet, answer)
        }
        Command::SwitchChain { wallet, services } => {
            Event::ChainSwitched(wallet::switch_chain(environment, &wallet, &services).await)
        }
        Command::Faucet { services, account } => {
            Event::Funded(wallet::faucet(environment, &services, account).await)
        }
        Command::Deposit { wallet, services, owner, token, account, amount } => {
            let deposit = wallet::Transfer { owner, token, account, amount };
            Event::Funded(wallet::deposit(environment, &wallet, &services, &deposit).await)
        }
        Command::PrepareGrant(plan) => {
            Event::GrantPrepared(grant::prepare(environment, &plan).await.map(Box::new))
        }
        Command::SignGrant { wallet, prepared, now } => {
            Event::GrantSigned(grant::sign(environment, &wallet, *prepared, now).await.map(Box::new))
        }
        Command::Prepare(plan) => {
            let id = plan.id;
            Event::Prepared(id, prepare::prepare(environment, *plan).await.map(Box::new))
        }
        Command::Sign { entry, prepared, now } => {
            let id = entry.id;
            Event::Signed(id, sign::sign(environment, *entry, *prepared, now).await.map(Box::new))
        }
        Command::Send(signed) => Event::Sent(signed.entry.id, send::send(environment, &signed).await),
        Command::Settle(plan) => Event::Settled(plan.id, settle::settle(environment, &plan).await),
        Command::Prove { services, grant } => {
            Event::Proven(grant.grant().id(), settle::prove(environment, &services, &grant).await)
        }
        Command::Listen(turn, url) => {
            let said = environment.price_line.newest(url).await.map_err(|error| error.to_string());
            let price = said.and_then(|text| read_book_ticker(&text).map_err(|error| error.to_string()));
            let silent = "The exchange that the pool is compared with cannot be heard.";
            Event::Heard(turn, price.map_err(|why| Failure::new(silent).with_details(&why)))
        }
        Command::HangUp => {
            environment.price_line.hang_up();
            Event::HungUp
        }
        Command::CompareNodes(epoch, services, block) => {
            Event::NodesCompared(epoch, feed::nodes_agree(environment, &services, block).await)
        }
        Command::Audit { epoch, services, name, file } => {
            Event::Audited(epoch, name, audit::audit(environment, &services, &file).await)
        }
        Command::WipeKey(address) => {
            let wiped = environment.vault.wipe(&sign::key_name(address)).await;
            Event::KeyWiped(wiped.map_err(|error| {
                Failure::new("The ended session's key could not be deleted. It is worth nothing any more.")
                    .with_details(&error.to_string())
            }))
        }
        Command::TellTabs(word) => {
            if let Ok(bytes) = encode(&word) {
                environment.tabs.say(&bytes);
            }
            Event::TabsTold
        }
        Command::HearTabs => Event::TabSaid(decode(&environment.tabs.hear().await).ok()),
    }
}

fn no_locks(error: &LockError) -> Failure {
    Failure::new("This browser cannot keep two tabs from trading at once, so nothing is traded.")
        .with_advice("Use a current version of Chrome, Firefox or Safari.")
        .with_details(&error.to_string())
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        let wait = error.wanted_wait().map_or(Wait::Unasked, |secs| secs.map_or(Wait::Longer, Wait::Secs));
        Self::new(error.sentence()).with_advice(error.advice()).with_details(&error.details()).with_wait(wait)
    }
}
