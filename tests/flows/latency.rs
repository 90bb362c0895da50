//! How long a trade takes from the candle that causes it, and what it asks of whom on the way.

#[path = "latency/figures.rs"]
mod figures;
#[path = "latency/peer.rs"]
mod peer;

use leash::app::{Intent, TermsText};

use self::figures::{Figures, Trade};
use self::peer::Peer;
use crate::evidence::rows;
use crate::flow;
use crate::market::Trend;
use crate::support::faults::Request;
use crate::support::moment::Moment;
use crate::support::person::Person;
use crate::support::stack::Stack;

/// Trades measured on each side.
const TRADES: usize = 32;
/// Trades of which the first ones enable the permissions and find out what gas is needed.
const WARM_UP: usize = 4;

/// Small lots, enough of them. What a lot buys is hardly more than one to sell: what is left over counts as a
/// position once it makes a lot, and nothing more is bought on a position.
fn terms(suggested: TermsText) -> TermsText {
    let text = |text: &str| text.to_owned();
    TermsText {
        buy_lot: text("100"),
        sell_lot: text("0.0384"),
        lots_per_trade: text("1"),
        buy_lots: text("100"),
        sell_lots: text("100"),
        uses: text("150"),
        lowest_sell: text("2000"),
        highest_buy: text("2600"),
        ..suggested
    }
}

/// A person in true time whose session has traded both ways already.
async fn warm_person(stack: &Stack) -> Person {
    let person = Person::in_true_time(stack).await;
    person.hold_market().await;
    person.connect().await;
    person.fund().await;
    let suggested = person.suggested_terms().await;
    person.grant(terms(suggested)).await;
    for turn in 0..WARM_UP {
        person.trades(turn).await;
    }
    person
}

impl Person {
    /// Sells and buys in turns; the journal's id of the trade.
    async fn trades(&self, turn: usize) -> u64 {
        let (trend, title) =
            if turn.is_multiple_of(2) { (Trend::Down, "Sell 1 lot") } else { (Trend::Up, "Buy 1 lot") };
        let before = rows(&self.sees(), title, "filled");
        let seen = self.cross(trend, title, |seen| rows(seen, title, "filled") > before).await;
        seen.journal.first().expect("just seen").id
    }

    /// The way of a filled trade, from what was noted beside it.
    fn way_of(&self, id: u64) -> Trade {
        let planned = self.moment(id, "planned").expect("it was planned");
        let settled = self.moment(id, "filled").expect("it was filled");
        let requests = self.faults.requests();
        let ended = |request: &Request| request.ended.filter(|ended| ended.at <= planned.at);
        let seen = requests.iter().filter_map(ended).max_by_key(|ended| ended.at);
        let send =
            |request: &&Request| request.method == "eth_sendUserOperation" && request.began.at >= planned.at;
        let accepted = requests.iter().find(send).and_then(|request| request.ended).expect("it was sent");
        let between: Vec<_> =
            requests.into_iter().filter(|request| is_between(request, planned, accepted)).collect();
        Trade { seen: seen.expect("a candle was read"), accepted, settled, between }
    }
}

fn is_between(request: &Request, from: Moment, to: Moment) -> bool {
    request.began.at >= from.at && request.began.at < to.at
}

#[test]
fn at_most_two_requests_in_series_lie_between_decision_and_sending() {
    flow(async {
        let person = warm_person(&Stack::new()).await;
        let mut counted = 0;
        for turn in WARM_UP..WARM_UP + 6 {
            let trade = person.way_of(person.trades(turn).await);
            // A round of reading that falls into it is not this trade's.
            if trade.is_alone() {
                let methods: Vec<_> = trade.between.iter().map(|request| request.method.as_str()).collect();
                assert_eq!(trade.in_series(), 2, "{methods:?}");
                assert_eq!(methods.last(), Some(&"eth_sendUserOperation"));
                counted += 1;
            }
        }
        assert!(counted > 0, "rounds of reading fell into every trade");
    });
}

/// `cargo xtask bench` runs this, and says where the figures go.
#[test]
#[ignore = "a measurement of minutes"]
fn a_trade_takes_this_long() {
    flow(async {
        let file = std::env::var("LEASH_LATENCY").expect("where to write the figures");
        let stack = Stack::new();
        // Its account has traded both ways; from now on it trades by the peer's hand only.
        let person = warm_person(&stack).await;
        let peer = Peer::of(&person).await;
        person.freeze();
        let person = warm_person(&stack).await;
        let mut figures = Figures::default();
        for turn in WARM_UP..WARM_UP + TRADES {
            let id = person.trades(turn).await;
            figures.ours.push(person.way_of(id));
            figures.peers.push(peer.trades(turn).await);
        }
        person.press(Intent::Pause);
        std::fs::write(file, format!("{:#}\n", figures.to_json())).expect("a writable file");
    });
}
