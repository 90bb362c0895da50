//! Timing.

use serde_json::{Value, json};
use web_sys::Performance;

/// A piece of work whose answer was found to be right.
pub(crate) struct Work {
    /// The same word as in `bench/peers.js`.
    pub(crate) name: String,
    /// Does it once.
    pub(crate) run: Box<dyn FnMut()>,
}

/// The browser's clock is told in steps, so one sample is many runs that take at least this long together.
const SAMPLE_MILLIS: f64 = 0.5;
const WARM_UP_MILLIS: f64 = 300.0;
/// Runs between two looks at the clock while it warms up; one at first, since some take a good part of a second.
const MOST_WARM_RUNS: u32 = 16;
const MOST_SAMPLES: f64 = 100.0;
/// Where a sample takes long there are fewer, so that all take about so long.
const SAMPLING_MILLIS: f64 = 1_500.0;
const LEAST_SAMPLES: f64 = 5.0;

/// Times each; the rows as JSON.
pub(crate) fn rows(works: Vec<Work>, clock: &Performance) -> Value {
    works.into_iter().map(|work| time(work, &|| clock.now())).collect()
}

fn time(Work { name, mut run }: Work, now: &dyn Fn() -> f64) -> Value {
    let mut timed = |runs: u32| {
        let before = now();
        (0..runs).for_each(|_| run());
        now() - before
    };
    let (mut warm_millis, mut warm_runs, mut next_runs) = (0.0, 0_u32, 1_u32);
    while warm_millis < WARM_UP_MILLIS {
        warm_millis += timed(next_runs);
        warm_runs += next_runs;
        next_runs = next_runs.saturating_mul(2).min(MOST_WARM_RUNS);
    }
    let run_millis = warm_millis / f64::from(warm_runs);
    let runs = (SAMPLE_MILLIS / run_millis).ceil();
    let samples = (SAMPLING_MILLIS / (runs * run_millis)).clamp(LEAST_SAMPLES, MOST_SAMPLES);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
    let (runs, samples) = (runs as u32, samples as u32);
    let mut micros: Vec<f64> = (0..samples).map(|_| timed(runs) * 1_000.0 / f64::from(runs)).collect();
    let mean = micros.iter().sum::<f64>() / f64::from(samples);
    micros.sort_by(f64::total_cmp);
    let part = |percent: usize| micros[micros.len() * percent / 100];
    json!({ "name": name, "per_second": 1e6 / mean, "p50_micros": part(50), "p99_micros": part(99) })
}
