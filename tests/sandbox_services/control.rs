//! The levers of market and time.

use leash::sandbox::{Peer, Reply};
use serde_json::{Value, json};

use crate::support::http_transport::with_sandbox;

/// Pulls a lever; a refusal as its sentence.
fn pull(method: &str, order: Value) -> Result<Value, String> {
    match with_sandbox(|sandbox| sandbox.ask(Peer::Control, method, &json!([order]))) {
        Reply::Answer(answer) => answer.map_err(|refusal| refusal.message),
        other @ (Reply::Later { .. } | Reply::Silence) => panic!("{method}: {other:?}"),
    }
}

#[test]
fn orders_that_make_no_sense_change_nothing_and_say_why() {
    pull("sandbox_market", json!({ "pause": true })).expect("the market stands");
    let before = pull("sandbox_status", json!({})).expect("a status");
    for (method, order, sentence) in [
        ("sandbox_market", json!([]), "sandbox_market takes one object"),
        ("sandbox_market", json!({ "mood": 1 }), "sandbox_market does not know `mood`"),
        ("sandbox_market", json!({ "trend": 1_001 }), "`trend` is -1000 to 1000, `volatility` is 0 to 1000"),
        ("sandbox_market", json!({ "volatility": -1 }), "`volatility` is no whole number in range"),
        ("sandbox_market", json!({ "shock_bps": 5_001 }), "`shock_bps` is -5000 to 5000"),
        ("sandbox_market", json!({ "pause": 1, "trend": 5 }), "`pause` is true or false"),
        ("sandbox_market", json!({ "seed": 1.5 }), "`seed` is no whole number in range"),
        ("sandbox_time", json!({ "speed": 0 }), "`speed` is 1 to 1000"),
        ("sandbox_time", json!({ "speed": 1_001 }), "`speed` is 1 to 1000"),
        ("sandbox_time", json!({ "to_secs": 1 }), "time does not run backwards"),
        ("sandbox_time", json!({ "jump_secs": 1, "to_secs": 1 }), "`jump_secs` or `to_secs`, not both"),
        ("sandbox_time", json!({ "jump_secs": 365 * 86_400 + 1 }), "the clock jumps by a year at most"),
        ("leash_faucet", json!("0x00"), "leash_faucet takes one address"),
    ] {
        assert_eq!(pull(method, order.clone()), Err(sentence.to_owned()), "{method} {order}");
    }
    let after = pull("sandbox_status", json!({})).expect("a status");
    assert_eq!((&before["block"], &before["market"]), (&after["block"], &after["market"]));
}

#[test]
fn what_is_steered_is_told() {
    let order = json!({ "trend": -20, "volatility": 300, "seed": 7, "pause": true });
    let status = pull("sandbox_market", order).expect("sound");
    let market = &status["market"];
    assert_eq!((&market["trend"], &market["volatility"]), (&json!(-20), &json!(300)));
    assert_eq!((&market["seed"], &market["pause"]), (&json!(7), &json!(true)));
    let price = |status: &Value| status["market"]["price"].as_str().and_then(|text| text.parse::<f64>().ok());
    let shocked = pull("sandbox_market", json!({ "shock_bps": -300 })).expect("sound");
    let (before, after) = price(&status).zip(price(&shocked)).expect("prices");
    assert!((after / before - 0.97).abs() < 1e-6, "{before} to {after}");
    let jumped = pull("sandbox_time", json!({ "speed": 30, "jump_secs": 3_600 })).expect("sound");
    let secs = |status: &Value| status["timestamp"].as_u64().expect("a moment");
    assert!(secs(&jumped) >= secs(&shocked) + 3_600);
    assert_eq!(jumped["speed"], json!(30.0));
    // Everything of the walk begins again, its seed too.
    let reset = pull("sandbox_reset", json!({})).expect("a beginning");
    assert_eq!((&reset["market"]["seed"], &reset["market"]["trend"]), (&reset["seed"], &json!(0)));
}
