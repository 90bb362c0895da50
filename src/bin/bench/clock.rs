//! Timing, and the table as JSON.

use serde_json::json;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::DedicatedWorkerGlobalScope;

/// A piece of work whose answer was found to be right.
pub(crate) struct Work {
    /// The same word as in `bench/peers.js`.
    pub(crate) name: &'static str,
    /// Does it once.
    pub(crate) run: Box<dyn FnMut()>,
}

/// The browser's clock is told in steps, so one sample is many runs that take at least this long together.
const SAMPLE_MILLIS: f64 = 0.5;
const WARM_UP_MILLIS: f64 = 300.0;
const SAMPLES: u32 = 100;

/// Times each and posts the rows to the page.
pub(crate) fn report(works: Vec<Work>) {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let clock = scope.performance().expect("a worker has a clock");
    let rows: Vec<_> = works.into_iter().map(|work| time(work, &|| clock.now())).collect();
    let told = scope.post_message(&JsValue::from_str(&json!(rows).to_string()));
    told.expect("text can be posted");
}

fn time(Work { name, mut run }: Work, now: &dyn Fn() -> f64) -> serde_json::Value {
    let mut timed = |runs: u32| {
        let before = now();
        (0..runs).for_each(|_| run());
        now() - before
    };
    let (mut warm_millis, mut warm_runs) = (0.0, 0_u32);
    while warm_millis < WARM_UP_MILLIS {
        warm_millis += timed(10);
        warm_runs += 10;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let runs = (SAMPLE_MILLIS / (warm_millis / f64::from(warm_runs))).ceil() as u32;
    let mut micros: Vec<f64> = (0..SAMPLES).map(|_| timed(runs) * 1_000.0 / f64::from(runs)).collect();
    let mean = micros.iter().sum::<f64>() / f64::from(SAMPLES);
    micros.sort_by(f64::total_cmp);
    let part = |percent: usize| micros[micros.len() * percent / 100];
    json!({ "name": name, "per_second": 1e6 / mean, "p50_micros": part(50), "p99_micros": part(99) })
}
