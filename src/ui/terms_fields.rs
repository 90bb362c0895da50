//! The fields of the terms: what each is called, counted in, and means.

use crate::app::{MarketView, SizeBy, TermsText};

/// What a field is counted in.
#[derive(Clone, Copy)]
pub(super) enum Unit {
    /// The quote token.
    Quote,
    /// The base token.
    Base,
    /// A fixed word.
    Word(&'static str),
}

/// A field of the form.
#[derive(Clone, Copy)]
pub(super) struct Field {
    /// As in [`crate::app::FieldRefusal`].
    pub(super) name: &'static str,
    /// Above the input.
    pub(super) label: &'static str,
    /// Inside the input's frame.
    pub(super) unit: Unit,
    /// Below the input.
    pub(super) help: &'static str,
    /// Its text.
    pub(super) text: fn(&mut TermsText) -> &mut String,
}

/// Fields that belong together.
pub(super) struct Group {
    /// What stands above the fields.
    pub(super) kind: GroupKind,
    /// The legend.
    pub(super) title: &'static str,
    /// In reading order.
    pub(super) fields: &'static [Field],
}

/// What a group has besides its fields.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum GroupKind {
    /// Nothing.
    Plain,
    /// What decides the size of a purchase.
    Size,
    /// Ready strategies.
    Strategy,
    /// Folded away until it is asked for: everything in it may be left empty.
    Optional,
}

/// The whole form, but for the switch, the sizes and the presets.
pub(super) const GROUPS: &[Group] = &[
    Group { kind: GroupKind::Size, title: "Size of a trade", fields: SIZE },
    Group { kind: GroupKind::Plain, title: "Budget and time", fields: BUDGET },
    Group { kind: GroupKind::Plain, title: "Price limits", fields: LIMITS },
    Group { kind: GroupKind::Strategy, title: "Strategy", fields: STRATEGY },
    Group { kind: GroupKind::Optional, title: "Filters and protections", fields: PROTECTIONS },
];

const SIZE: &[Field] = &[
    Field {
        name: "buy_lot",
        label: "Buy lot",
        unit: Unit::Quote,
        help: "Spent by one purchase.",
        text: |terms| &mut terms.buy_lot,
    },
    Field {
        name: "sell_lot",
        label: "Sell lot",
        unit: Unit::Base,
        help: "Sold by one sale.",
        text: |terms| &mut terms.sell_lot,
    },
    Field {
        name: "lots_per_trade",
        label: "Lots per trade",
        unit: Unit::Word("at most"),
        help: "In a single order.",
        text: |terms| &mut terms.lots_per_trade,
    },
];

const BUDGET: &[Field] = &[
    Field {
        name: "buy_lots",
        label: "Budget for buying",
        unit: Unit::Word("lots"),
        help: "In all, whatever happens.",
        text: |terms| &mut terms.buy_lots,
    },
    Field {
        name: "sell_lots",
        label: "Budget for selling",
        unit: Unit::Word("lots"),
        help: "At least as many as for buying.",
        text: |terms| &mut terms.sell_lots,
    },
    Field {
        name: "uses",
        label: "Uses per side",
        unit: Unit::Word("operations"),
        help: "One is kept for ending.",
        text: |terms| &mut terms.uses,
    },
    Field {
        name: "hours",
        label: "Ends after",
        unit: Unit::Word("hours"),
        help: "24 at most. Then it is over by itself.",
        text: |terms| &mut terms.hours,
    },
];

const LIMITS: &[Field] = &[
    Field {
        name: "lowest_sell",
        label: "No sale below",
        unit: Unit::Quote,
        help: "Enforced by the chain.",
        text: |terms| &mut terms.lowest_sell,
    },
    Field {
        name: "highest_buy",
        label: "No purchase above",
        unit: Unit::Quote,
        help: "Enforced by the chain.",
        text: |terms| &mut terms.highest_buy,
    },
    Field {
        name: "slippage_percent",
        label: "Slippage",
        unit: Unit::Word("%"),
        help: "Worse than quoted, at most.",
        text: |terms| &mut terms.slippage_percent,
    },
];

const STRATEGY: &[Field] = &[
    Field {
        name: "fast",
        label: "Fast average",
        unit: Unit::Word("candles"),
        help: "Buys when it rises above the slow one.",
        text: |terms| &mut terms.fast,
    },
    Field {
        name: "slow",
        label: "Slow average",
        unit: Unit::Word("candles"),
        help: "Sells when the fast one falls below.",
        text: |terms| &mut terms.slow,
    },
    Field {
        name: "interval_secs",
        label: "Candle",
        unit: Unit::Word("seconds"),
        help: "One decision at each close.",
        text: |terms| &mut terms.interval_secs,
    },
];

const PROTECTIONS: &[Field] = &[
    Field {
        name: "stop_loss_percent",
        label: "Stop loss",
        unit: Unit::Word("%"),
        help: "Sells this far below the average cost.",
        text: |terms| &mut terms.stop_loss_percent,
    },
    Field {
        name: "take_profit_percent",
        label: "Take profit",
        unit: Unit::Word("%"),
        help: "Sells this far above it.",
        text: |terms| &mut terms.take_profit_percent,
    },
    Field {
        name: "trailing_stop_percent",
        label: "Trailing stop",
        unit: Unit::Word("%"),
        help: "Sells this far below the height since buying.",
        text: |terms| &mut terms.trailing_stop_percent,
    },
    Field {
        name: "cooldown_candles",
        label: "Cooldown",
        unit: Unit::Word("candles"),
        help: "Buys nothing for so long after a loss.",
        text: |terms| &mut terms.cooldown_candles,
    },
    Field {
        name: "drawdown_percent",
        label: "Most drawdown",
        unit: Unit::Word("%"),
        help: "Below the best result: buys no more.",
        text: |terms| &mut terms.drawdown_percent,
    },
    Field {
        name: "daily_loss_percent",
        label: "Most loss in a day",
        unit: Unit::Word("%"),
        help: "Lost in 24 hours: buys no more.",
        text: |terms| &mut terms.daily_loss_percent,
    },
    Field {
        name: "trades_per_hour",
        label: "Most trades an hour",
        unit: Unit::Word("trades"),
        help: "Then only sales.",
        text: |terms| &mut terms.trades_per_hour,
    },
    Field {
        name: "trend",
        label: "Trend",
        unit: Unit::Word("candles"),
        help: "Buys only above this average.",
        text: |terms| &mut terms.trend,
    },
    Field {
        name: "hysteresis_percent",
        label: "Apart by",
        unit: Unit::Word("%"),
        help: "Smaller crosses do not count.",
        text: |terms| &mut terms.hysteresis_percent,
    },
];

/// What can decide the size of a purchase: mark, caption, meaning of its percentage.
pub(super) const SIZES: &[(&str, &str, SizeBy)] = &[
    ("size-lots", "Lots per trade", SizeBy::Lots),
    ("size-share", "Share of balance", SizeBy::Share),
    ("size-volatility", "By volatility", SizeBy::Volatility),
];

/// The number of a size that is no fixed one.
pub(super) const SIZE_PERCENT: Field = Field {
    name: "size_percent",
    label: "Size of a purchase",
    unit: Unit::Word("%"),
    help: "Of the balance; or of the worth, moved by one average candle.",
    text: |terms| &mut terms.size_percent,
};

/// Ready strategies: mark, caption, fast, slow, candle seconds.
pub(super) const PRESETS: &[(&str, &str, &str, &str, &str)] = &[
    ("preset-2s", "5 / 15 · 2 s", "5", "15", "2"),
    ("preset-20s", "3 / 8 · 20 s", "3", "8", "20"),
    ("preset-1m", "12 / 26 · 1 min", "12", "26", "60"),
    ("preset-5m", "12 / 26 · 5 min", "12", "26", "300"),
];

impl Unit {
    /// The word for it in this market.
    pub(super) fn word(self, market: &MarketView) -> String {
        match self {
            Self::Quote => market.quote.clone(),
            Self::Base => market.base.clone(),
            Self::Word(word) => word.to_owned(),
        }
    }
}

impl Field {
    /// The text of this field in `terms`.
    pub(super) fn read(self, terms: &TermsText) -> String {
        let mut copy = terms.clone();
        std::mem::take((self.text)(&mut copy))
    }
}
