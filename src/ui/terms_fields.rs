//! The fields of the terms: what each is called, counted in, and means.

use crate::app::{MarketView, TermsText};

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
    /// The legend.
    pub(super) title: &'static str,
    /// In reading order.
    pub(super) fields: &'static [Field],
}

/// The whole form, but for the switch and the presets.
pub(super) const GROUPS: &[Group] = &[
    Group { title: "Size of a trade", fields: SIZE },
    Group { title: "Budget and time", fields: BUDGET },
    Group { title: "Price limits", fields: LIMITS },
    Group { title: "Strategy", fields: STRATEGY },
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
