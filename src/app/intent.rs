//! Everything a person can ask for.

use serde::{Deserialize, Serialize};

use super::ExportFormat;

/// The terms as they stand in the form's fields, unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermsText {
    /// Quote tokens per buy lot.
    pub buy_lot: String,
    /// Base tokens per sell lot.
    pub sell_lot: String,
    /// Most lots in one trade.
    pub lots_per_trade: String,
    /// Budget for buying, in lots.
    pub buy_lots: String,
    /// Budget for selling, in lots.
    pub sell_lots: String,
    /// Uses per side.
    pub uses: String,
    /// Hours until it ends.
    pub hours: String,
    /// No sale below.
    pub lowest_sell: String,
    /// No purchase above.
    pub highest_buy: String,
    /// Slippage in percent.
    pub slippage_percent: String,
    /// Candles of the fast average.
    pub fast: String,
    /// Candles of the slow average.
    pub slow: String,
    /// Seconds per candle.
    pub interval_secs: String,
    /// Candles of the average that a purchase must be above; empty for none.
    pub trend: String,
    /// How far apart the averages must be before that counts, in percent; empty for not at all.
    pub hysteresis_percent: String,
    /// Whether it buys once and waits, whatever the averages do.
    pub holds: bool,
    /// What decides the size of a purchase.
    pub size_by: SizeBy,
    /// Its percentage, where it has one.
    pub size_percent: String,
    /// [`crate::trading::Guards`] in percent, candles and trades; empty for those that are off.
    pub stop_loss_percent: String,
    /// Take profit.
    pub take_profit_percent: String,
    /// Trailing stop.
    pub trailing_stop_percent: String,
    /// Cooldown after a loss.
    pub cooldown_candles: String,
    /// Drawdown that ends buying.
    pub drawdown_percent: String,
    /// Loss within a day that does.
    pub daily_loss_percent: String,
    /// Trades within an hour that do.
    pub trades_per_hour: String,
    /// Whether the session may end itself.
    pub may_renounce: bool,
}

impl TermsText {
    /// Whether nothing stands here of what a strategy can be tried without: no lots, no budgets, no end.
    pub fn is_strategy_only(&self) -> bool {
        let Self { buy_lot, sell_lot, buy_lots, sell_lots, uses, hours, .. } = self;
        [buy_lot, sell_lot, buy_lots, sell_lots, uses, hours].into_iter().all(String::is_empty)
    }

    /// `suggested`, with the strategy, size and protections that stand here; a length, average or size that does not
    /// stand here is the suggested one.
    #[must_use]
    pub fn in_place_of(self, suggested: Self) -> Self {
        let or = |own: String, other: String| if own.trim().is_empty() { other } else { own };
        Self {
            fast: or(self.fast, suggested.fast),
            slow: or(self.slow, suggested.slow),
            interval_secs: or(self.interval_secs, suggested.interval_secs),
            trend: self.trend,
            hysteresis_percent: self.hysteresis_percent,
            holds: self.holds,
            size_by: self.size_by,
            size_percent: self.size_percent,
            stop_loss_percent: self.stop_loss_percent,
            take_profit_percent: self.take_profit_percent,
            trailing_stop_percent: self.trailing_stop_percent,
            cooldown_candles: self.cooldown_candles,
            drawdown_percent: self.drawdown_percent,
            daily_loss_percent: self.daily_loss_percent,
            trades_per_hour: self.trades_per_hour,
            ..suggested
        }
    }
}

/// The servers as they stand in the form's fields, unchecked; empty addresses are the table's.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointsText {
    /// Node.
    pub node: String,
    /// Bundler.
    pub bundler: String,
    /// Paymaster.
    pub paymaster: String,
    /// The bundler's key; empty for the one that is kept for this address.
    pub bundler_key: String,
    /// The sponsor's.
    pub sponsor_key: String,
    /// The sponsor's policy.
    pub policy: String,
}

impl std::fmt::Debug for EndpointsText {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the keys: nobody prints those.
        let Self { node, bundler, paymaster, policy, .. } = self;
        formatter.debug_tuple("EndpointsText").field(&[node, bundler, paymaster, policy]).finish()
    }
}

/// Which part of the journal is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalQuery {
    /// Which entries.
    pub filter: JournalFilter,
    /// Which page of them, from the newest on; zero is the newest.
    pub page: u32,
}

/// Which entries of the journal are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum JournalFilter {
    /// Every one.
    #[default]
    All,
    /// Trades that were filled.
    Filled,
    /// Whatever came to nothing.
    Failed,
    /// Endings, withdrawals and what was found on chain.
    Other,
}

/// [`crate::trading::Sizing`] without its number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SizeBy {
    /// Lots per trade.
    #[default]
    Lots,
    /// A share of the quote tokens.
    Share,
    /// How far the price swings.
    Volatility,
}

/// What the person asks for. The trader answers with snapshots, never with a return value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Intent {
    /// Use the network of this id.
    ChooseNetwork(String),
    /// Replace endpoints of the current network.
    EditEndpoints(Box<EndpointsText>),
    /// Connect the wallet that was announced under this id (the page binds it to the provider object).
    Connect {
        /// The announcement's uuid, or `window.ethereum`.
        wallet: String,
        /// Its announced name, for messages.
        name: String,
        /// `false` for the silent reconnect after a reload (`eth_accounts`, no prompt).
        may_prompt: bool,
    },
    /// Forget the wallet.
    Disconnect,
    /// Let the wallet add and switch to the network.
    SwitchChain,
    /// Connect this wallet, take demo tokens, and ask for the one signature under the suggested terms.
    TryIt {
        /// The announcement's uuid.
        wallet: String,
        /// Its announced name, for messages.
        name: String,
    },
    /// Mint demo tokens to the account.
    Faucet,
    /// Move tokens from the owner's wallet into the account.
    Deposit {
        /// Base token or quote token.
        is_base: bool,
        /// Amount, as written.
        amount: String,
    },
    /// Check these terms and say what they would allow.
    Preview(TermsText),
    /// Grant these terms: the one signature. Renews when a grant is live.
    Grant(TermsText),
    /// Stop trading until resumed.
    Pause,
    /// Go on.
    Resume,
    /// End the session: by itself where it can, by the owner where it must.
    Revoke,
    /// End the session by the owner's signature.
    RevokeByOwner,
    /// End the session by the owner's own transaction, without bundler and sponsor.
    RevokeByTransaction,
    /// Sell what is held (when `sells_first`) and send all tokens to the owner.
    Withdraw {
        /// Whether to sell the base token first.
        sells_first: bool,
        /// Whether by the owner's own transaction.
        by_transaction: bool,
    },
    /// Write the whole journal of the shown account into a file.
    ExportJournal(ExportFormat),
    /// Write the run whose decisions are compared into a file: its candles, what it was told, what was decided.
    SaveRun,
    /// Compare the pool's price with an exchange's before every trade, or do not.
    Compare(bool),
    /// Hold a saved journal against the chain: the file's name, and what is in it or why it cannot be read.
    CheckJournal(String, Result<Vec<u8>, String>),
    /// Put away what came of that.
    CloseCheck,
    /// Show this part of the journal.
    ShowJournal(JournalQuery),
    /// Show what an entry's operation does, or hide it again.
    Inspect(u64, bool),
    /// Close the notice with this id.
    Dismiss(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tried_strategy_is_kept_beside_the_suggested_lots_and_written_lots_are_no_strategy() {
        let text = |text: &str| text.to_owned();
        let tried = TermsText { fast: text("5"), stop_loss_percent: text("2"), ..TermsText::default() };
        let suggested = TermsText {
            buy_lot: text("100"),
            hours: text("24"),
            fast: text("12"),
            slow: text("26"),
            trend: text("50"),
            ..TermsText::default()
        };
        assert!(tried.is_strategy_only() && !suggested.is_strategy_only());
        // A field that is being written anew does not make the others worth nothing.
        assert!(!TermsText { buy_lot: String::new(), ..suggested.clone() }.is_strategy_only());
        let both = tried.in_place_of(suggested);
        assert_eq!([both.buy_lot, both.hours, both.fast, both.slow], ["100", "24", "5", "26"]);
        assert_eq!([both.stop_loss_percent, both.trend], ["2", ""], "what was tried without stays off");
    }
}
