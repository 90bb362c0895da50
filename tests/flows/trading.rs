//! Granting and trading.

use leash::app::{
    AuditView, ExportFormat, GrantView, Intent, SessionState, Snapshot, TermsText, TraderStatus,
};

use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::person::Person;
use crate::support::stack::Stack;

/// A person who holds both tokens and has granted the suggested terms, changed by `change`.
pub(crate) async fn granted_person(stack: &Stack, change: fn(&mut TermsText)) -> Person {
    let person = Person::new(stack).await;
    person.hold_market().await;
    person.connect().await;
    person.fund().await;
    let mut terms = person.suggested_terms().await;
    change(&mut terms);
    person.grant(terms).await;
    person
}

impl Person {
    /// Revokes by one click and waits for the proof.
    pub(crate) async fn revokes(&self) {
        self.press(Intent::Revoke);
        self.is_proven().await;
        assert_eq!(self.sees().grant.expect("granted").state, SessionState::Revoked);
    }

    /// Waits until the chain says that the session lives.
    pub(crate) async fn is_live(&self) -> GrantView {
        let is_live =
            |seen: &Snapshot| seen.grant.as_ref().is_some_and(|grant| grant.state == SessionState::Live);
        self.until("a live session", is_live).await.grant.expect("just seen")
    }

    pub(crate) async fn is_proven(&self) {
        let is_proven = |seen: &Snapshot| {
            // A withdrawal is proven too, by other lines.
            seen.ending.as_ref().is_some_and(|ending| ending.is_proven && ending.title.starts_with("Revoke"))
        };
        let seen = self.until("the proof", is_proven).await;
        let ending = seen.ending.expect("just seen");
        assert!(ending.proof.len() == 6 && ending.proof.iter().all(|line| line.holds), "{ending:#?}");
    }

    pub(crate) async fn sells(&self, lots: u32) {
        let title = format!("Sell {lots} lot");
        let before = rows(&self.sees(), &title, "filled");
        self.cross(Trend::Down, &title, |seen| rows(seen, &title, "filled") > before).await;
    }

    pub(crate) async fn buys(&self, lots: u32) {
        let title = format!("Buy {lots} lot");
        let before = rows(&self.sees(), &title, "filled");
        self.cross(Trend::Up, &title, |seen| rows(seen, &title, "filled") > before).await;
    }
}

#[test]
fn one_signature_then_the_first_operation_sells_then_trades_both_ways_and_ends_without_a_pop_up() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |terms| terms.lots_per_trade = "3".into()).await;
        let (owner, account) = (person.wallet.address(), person.account());
        let ether = (person.ether_of(owner).await, person.ether_of(account).await);
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"], "one signature grants");
        person.sells(3).await;
        person.is_live().await;
        person.buys(3).await;
        person.sells(3).await;
        person.page_tells_the_truth().await;
        person.revokes().await;
        person.page_tells_the_truth().await;
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"], "nothing else was asked of the wallet");
        assert_eq!((person.ether_of(owner).await, person.ether_of(account).await), ether, "nobody paid gas");
    });
}

#[test]
fn an_account_with_quote_tokens_only_buys_first_one_lot_at_a_time() {
    flow(async {
        let stack = Stack::new();
        let person = Person::new(&stack).await;
        person.hold_market().await;
        let account = person.connect().await;
        person.fund_quote(account, 5_000).await;
        let mut terms = person.suggested_terms().await;
        terms.lots_per_trade = "1".into();
        person.grant(terms).await;
        person
            .cross(
                Trend::Down,
                "a refusal to sell",
                |seen| matches!(&seen.trader, TraderStatus::Waiting { why } if why.contains("no position")),
            )
            .await;
        person.buys(1).await;
        person.sells(1).await;
        person.page_tells_the_truth().await;
        assert_eq!(person.wallet.prompts(), ["eth_signTypedData_v4"]);
        let seen = person.sees();
        let position = seen.pnl.expect("a result").position;
        assert!(!position.starts_with('-'), "{position}");
        person.revokes().await;
        person.saves_the_journal().await;
    });
}

#[test]
fn a_profit_is_taken_on_chain_while_the_averages_still_rise() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |terms| terms.take_profit_percent = "0.5".into()).await;
        person.trend(Trend::Up, "a sale", |seen| rows(seen, "Sell", "filled") > 0).await;
        let seen = person.sees();
        let sale = seen.journal.iter().find(|row| row.title.starts_with("Sell")).expect("just seen");
        assert!(sale.cause.contains("take profit: ") && sale.cause.contains(" over the average cost of "));
        let terms = seen.grant.expect("granted").terms;
        assert_eq!(terms.take_profit_percent, "0.5", "a restart and a renewal begin with it");
        person.page_tells_the_truth().await;
        person.revokes().await;
    });
}

impl Person {
    /// The journal as a file has every row of the page.
    async fn saves_the_journal(&self) {
        self.press(Intent::ExportJournal(ExportFormat::Csv));
        self.press(Intent::ExportJournal(ExportFormat::Json));
        let seen = self.until("two files", |_| self.files().len() == 2).await;
        let files = self.files();
        let [table, list] = files.as_slice() else { panic!("two files") };
        assert_eq!((table.name.as_str(), list.name.as_str()), ("leash-journal.csv", "leash-journal.json"));
        let rows: Vec<&str> = table.text.lines().skip(1).collect();
        assert_eq!(rows.len(), seen.journal.len());
        for (row, shown) in rows.iter().rev().zip(&seen.journal) {
            assert!(row.starts_with(&format!("{},{},{}", shown.id, shown.at_secs, shown.title)), "{row}");
            assert!(row.contains(shown.operation.as_ref().expect("all were signed")), "{row}");
        }
        let saved: serde_json::Value = serde_json::from_str(&list.text).expect("JSON");
        assert_eq!(saved["entries"].as_array().map(Vec::len), Some(seen.journal.len()));
        self.checks_the_journal(&list.text, &saved).await;
    }

    /// Brought back it holds against the chain, and a changed one does not.
    async fn checks_the_journal(&self, text: &str, saved: &serde_json::Value) {
        let check = async |name: &str, text: String| {
            self.press(Intent::CheckJournal(name.to_owned(), Ok(text.into_bytes())));
            let is_over = |audit: &AuditView| audit.name == name && !audit.is_busy;
            let seen = self.until("the check", |seen| seen.audit.as_ref().is_some_and(is_over)).await;
            seen.audit.expect("just seen")
        };
        let checked = check("as it was saved", text.to_owned()).await;
        assert_eq!((checked.trouble.as_deref(), checked.lines.len()), (None, 6));
        assert!(checked.lines.iter().all(|line| line.holds), "{:#?}", checked.lines);
        let mut richer = saved.clone();
        let filled = richer["entries"].as_array_mut().expect("entries").iter_mut();
        let trade = filled.into_iter().find(|entry| entry["side"] == "sell").expect("a sale");
        trade["quote"] = serde_json::json!("1000000");
        let checked = check("richer", richer.to_string()).await;
        let broken: Vec<_> = checked.lines.iter().filter(|line| !line.holds).collect();
        assert_eq!(broken.len(), 1, "{broken:#?}");
        assert!(broken[0].evidence.contains("the tokens’ logs tell other amounts"), "{broken:#?}");
        let mut foreign = saved.clone();
        foreign["chain_id"] = serde_json::json!(1);
        let refused = check("foreign", foreign.to_string()).await.trouble.expect("refused");
        assert!(refused.starts_with("This journal is of chain 1"), "{refused}");
        self.press(Intent::CloseCheck);
        self.until("the desk cleared", |seen| seen.audit.is_none()).await;
    }
}

#[test]
fn a_trade_that_the_price_runs_away_from_reverts_and_the_next_one_works() {
    flow(async {
        let stack = Stack::new();
        let person = granted_person(&stack, |terms| terms.lots_per_trade = "1".into()).await;
        let selling =
            |grant: &GrantView| (grant.permissions[1].budget_left.clone(), grant.permissions[1].uses_left);
        // Budget and uses are two questions to the node, and a block may come between their answers.
        let spent_more = async |than: &GrantView| {
            let (budget, uses) = selling(than);
            let is_less = |grant: &GrantView| selling(grant).0 != budget && selling(grant).1 < uses;
            let what = "a use and a lot less";
            let seen = person.until(what, |seen| seen.grant.as_ref().is_some_and(is_less)).await;
            seen.grant.expect("just seen")
        };
        let granted = person.until("the grant", |seen| seen.grant.is_some()).await.grant.expect("just seen");
        person.sells(1).await;
        let before = spent_more(&granted).await;
        person.cross_and_run_away(Trend::Down).await;
        let seen = person.until("the revert", |seen| rows(seen, "Sell 1 lot", "reverted") == 1).await;
        let row = seen.journal.iter().find(|row| row.state == "reverted").expect("just seen");
        assert!(row.outcome.contains("the price moved beyond your slippage"), "{}", row.outcome);
        assert_eq!(person.markers().len(), 1, "what reverted is no marker");
        let after = spent_more(&before).await;
        assert_eq!(selling(&after).1 + 1, selling(&before).1, "one use, however it ended");
        person.sells(1).await;
        person.page_tells_the_truth().await;
    });
}
