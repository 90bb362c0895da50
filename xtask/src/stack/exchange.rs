//! The stack's exchange: a public line that tells the market's own price, in the words of a Binance book ticker, and
//! can be bent or silenced by tests.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::WebSocketUpgrade;
use axum::extract::ws::{Message, WebSocket};
use axum::routing::any;
use leash::units::{Price, TokenAmount};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::Parts;
use crate::failure::{Because, Outcome};

/// Between two words.
const PACE: Duration = Duration::from_millis(250);
/// What is being told when it ends has this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Decimals of a price.
const DECIMALS: u8 = 18;

/// How the exchange differs from the market.
#[derive(Debug, Default)]
pub(crate) struct Bent(Mutex<Bend>);

#[derive(Clone, Copy, Debug, Default)]
struct Bend {
    /// How far above the pool's price, in percent.
    up_percent: u32,
    is_silent: bool,
}

impl Bent {
    /// Does what a test asks: `up_percent`, `silent`.
    pub(crate) fn steer(&self, wish: &Value) -> Outcome<Value> {
        let mut bend = self.0.lock().because("The exchange is broken")?;
        if let Some(percent) = wish["up_percent"].as_u64() {
            bend.up_percent = u32::try_from(percent.min(100)).because("leash_exchange takes a percentage")?;
        }
        bend.is_silent = wish["silent"].as_bool().unwrap_or(bend.is_silent);
        Ok(json!({ "up_percent": bend.up_percent, "silent": bend.is_silent }))
    }

    fn now(&self) -> Bend {
        self.0.lock().map(|bend| *bend).unwrap_or_default()
    }
}

/// The running line; ends when dropped.
#[derive(Debug)]
pub(crate) struct Exchange(Option<Runtime>);

impl Exchange {
    pub(crate) fn start(parts: Arc<Parts>, port: u16) -> Outcome<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_io().enable_time().build();
        let runtime = runtime.because("Cannot start the exchange")?;
        let router = Router::new().route(
            "/book",
            any(move |upgrade: WebSocketUpgrade| {
                let parts = Arc::clone(&parts);
                async move { upgrade.on_upgrade(move |line| tell(line, parts)) }
            }),
        );
        let bind = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port)));
        let listener = runtime.block_on(bind).because(format!("Cannot listen on port {port}"))?;
        runtime.spawn(async move {
            // It ends only by being dropped.
            let _endless = axum::serve(listener, router).await;
        });
        Ok(Self(Some(runtime)))
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_timeout(PATIENCE);
        }
    }
}

/// Speaks until nobody listens.
async fn tell(mut line: WebSocket, parts: Arc<Parts>) {
    loop {
        let bend = parts.exchange.now();
        let asked = Arc::clone(&parts);
        let price = tokio::task::spawn_blocking(move || asked.market.price()).await;
        if let Ok(Ok(price)) = price
            && !bend.is_silent
            && line.send(Message::Text(book(price, bend).into())).await.is_err()
        {
            return;
        }
        tokio::time::sleep(PACE).await;
    }
}

/// A bid and an ask around the price.
fn book(price: Price, bend: Bend) -> String {
    let middle = price.times_percent(100 + bend.up_percent);
    let side = |bps: u32| TokenAmount::from_raw(middle.times_bps(bps).scaled()).format(DECIMALS);
    json!({ "s": "WETHUSDC", "b": side(9_999), "B": "1", "a": side(10_001), "A": "1" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_book_is_around_the_price_and_bends() {
        let price = Price::from_scaled(2_500 * Price::SCALE).expect("not zero");
        let read = |bend: Bend| {
            let said = leash::rpc::read_book_ticker(&book(price, bend)).expect("a book ticker");
            said.brief()
        };
        assert_eq!(read(Bend::default()), "2500");
        assert_eq!(read(Bend { up_percent: 4, is_silent: false }), "2600");
    }

    #[test]
    fn tests_bend_and_silence_it() {
        let bent = Bent::default();
        let said = bent.steer(&json!({ "up_percent": 5, "silent": true })).expect("a wish");
        assert_eq!(said, json!({ "up_percent": 5, "silent": true }));
        assert_eq!(bent.steer(&json!({ "silent": false })).expect("a wish")["up_percent"], 5);
        assert_eq!(bent.steer(&json!({})).expect("no wish")["silent"], false);
    }
}
