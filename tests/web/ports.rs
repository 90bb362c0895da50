//! Lines between workers, and the clock of a simulated chain.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_channel::oneshot;
use futures_util::future::{join, join_all};
use leash::ports::{Clock as _, Transport as _, TransportError, contract};
use leash::units::TimeScale;
use leash::web::{BrowserClock, Inquiry, PortHost, PortLine, ScaledClock};
use serde_json::{Value, json};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::MessageChannel;

/// Both ends of a fresh port; news go to the second, requests to the third.
fn joined(
    on_news: impl Fn(&[u8]) + 'static,
    on_inquiry: impl Fn(Inquiry) + 'static,
) -> (Rc<PortLine>, PortHost) {
    let channel = MessageChannel::new().expect("a channel");
    (PortLine::open(channel.port1(), on_news), PortHost::open(channel.port2(), on_inquiry))
}

/// Answers `echo` with its first parameter and refuses everything else.
fn echo(inquiry: Inquiry) {
    let request: Value = serde_json::from_str(&inquiry.body).expect("JSON");
    let answer = match request["method"].as_str() {
        Some("echo") => json!({ "jsonrpc": "2.0", "id": request["id"], "result": request["params"][0] }),
        _ => json!({ "jsonrpc": "2.0", "id": request["id"], "error": { "code": -32601, "message": "no" } }),
    };
    inquiry.answer(Some(&answer.to_string()));
}

#[wasm_bindgen_test]
async fn a_line_between_workers_keeps_the_contract() {
    let (line, _host) = joined(|_| {}, echo);
    contract::transport_tells_answers_apart(&line.transport("anybody", 5_000)).await;
}

#[wasm_bindgen_test]
async fn answers_find_their_request_in_any_order_and_from_any_endpoint() {
    let waiting = Rc::new(RefCell::new(None::<Inquiry>));
    let kept = Rc::clone(&waiting);
    let (line, _host) = joined(
        |_| {},
        move |inquiry| match inquiry.endpoint.as_str() {
            "slow" => *kept.borrow_mut() = Some(inquiry),
            _ => {
                echo(inquiry);
                if let Some(slow) = kept.borrow_mut().take() {
                    echo(slow);
                }
            }
        },
    );
    let (slow, quick) = (line.transport("slow", 5_000), line.transport("quick", 5_000));
    let both = join(slow.request("echo", json!(["slow"])), quick.request("echo", json!(["quick"]))).await;
    assert_eq!(both, (Ok(json!("slow")), Ok(json!("quick"))));
}

#[wasm_bindgen_test]
async fn nobody_and_silence_are_told_apart_and_nonsense_is_refused() {
    let kept = Rc::new(RefCell::new(Vec::new()));
    let silent = Rc::clone(&kept);
    let (line, _host) = joined(
        |_| {},
        move |inquiry| match inquiry.endpoint.as_str() {
            "down" => inquiry.answer(None),
            "silent" => silent.borrow_mut().push(inquiry),
            _ => inquiry.answer(Some("<html>")),
        },
    );
    let ask = async |endpoint: &str| line.transport(endpoint, 30).request("x", json!([])).await;
    assert!(matches!(ask("down").await, Err(TransportError::Unreachable(_))));
    assert_eq!(ask("silent").await, Err(TransportError::Timeout { after_millis: 30 }));
    assert!(matches!(ask("mad").await, Err(TransportError::Malformed(_))));
    // An answer that comes too late disturbs nobody.
    kept.borrow_mut().drain(..).for_each(|inquiry| inquiry.answer(Some("{}")));
    assert!(matches!(ask("down").await, Err(TransportError::Unreachable(_))));
}

#[wasm_bindgen_test]
async fn news_arrive_unasked() {
    let (told, heard) = oneshot::channel();
    let told = Cell::new(Some(told));
    let (_line, host) = joined(
        move |news| {
            let _told = told.take().map(|told| told.send(news.to_vec()));
        },
        |inquiry| inquiry.answer(None),
    );
    host.tell(&[1, 2, 3]);
    assert_eq!(heard.await, Ok(vec![1, 2, 3]));
}

/// From now on, at this many times the browser's speed.
fn scale(at_chain_millis: u64, times: u32) -> TimeScale {
    TimeScale { at_real_millis: BrowserClock.now().0, at_chain_millis, speed_permille: times * 1_000 }
}

#[wasm_bindgen_test]
async fn the_scaled_clock_keeps_the_contract() {
    contract::clock_sleeps(&ScaledClock::new(scale(1_000, 1))).await;
    contract::clock_sleeps(&ScaledClock::new(scale(1_000, 1_000))).await;
}

#[wasm_bindgen_test]
async fn an_hour_at_a_thousand_times_the_speed_takes_seconds() {
    let clock = ScaledClock::new(scale(0, 1_000));
    let before = BrowserClock.now();
    clock.sleep_millis(600_000).await;
    let took = BrowserClock.now().millis_since(before);
    assert!((590..10_000).contains(&took), "{took} ms for ten minutes");
    assert!(clock.now().0 >= 600_000);
}

#[wasm_bindgen_test]
async fn who_sleeps_while_time_jumps_wakes_up() {
    let clock = ScaledClock::new(TimeScale { at_real_millis: 0, at_chain_millis: 5, speed_permille: 0 });
    assert_eq!(clock.now().0, 5, "time stands still");
    let jumper = clock.clone();
    let jump = async {
        BrowserClock.sleep_millis(1).await;
        // A small step first: the sleeper looks, and sleeps on.
        jumper.follow(TimeScale { at_real_millis: 0, at_chain_millis: 10, speed_permille: 0 });
        BrowserClock.sleep_millis(1).await;
        jumper.follow(TimeScale { at_real_millis: 0, at_chain_millis: 86_400_005, speed_permille: 0 });
    };
    join(clock.sleep_millis(86_400_000), jump).await;
    assert_eq!(clock.now().0, 86_400_005);
}

#[wasm_bindgen_test]
async fn ten_thousand_requests_at_once_are_all_answered_while_the_page_goes_on() {
    const REQUESTS: u64 = 10_000;
    let (line, _host) = joined(|_| {}, echo);
    let node = line.transport("node", 60_000);
    let (is_over, breaths) = (Cell::new(false), Cell::new(0));
    let breathe = async {
        while !is_over.get() {
            BrowserClock.sleep_millis(1).await;
            breaths.set(breaths.get() + 1);
        }
    };
    let flood = async {
        let answers = join_all((0..REQUESTS).map(|number| node.request("echo", json!([number])))).await;
        is_over.set(true);
        answers
    };
    let (answers, ()) = join(flood, breathe).await;
    assert!(answers.into_iter().eq((0..REQUESTS).map(|number| Ok(json!(number)))), "each its own answer");
    assert!(breaths.get() > 1, "other work had its turn meanwhile");
}
