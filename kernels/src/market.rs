//! A market that is made up, for the tests: the one that the bench times too.

/// Closes around 2,500, in hundredths, that go up or down by up to two at each.
pub(crate) fn closes(count: usize) -> Vec<f64> {
    let (mut state, mut hundredths) = (1_u32, 250_000_i32);
    let next = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let step = i32::try_from((state >> 16) % 401).expect("small") - 200;
        hundredths = (hundredths + step).max(50_000);
        f64::from(hundredths) / 100.0
    };
    (0..count).map(next).collect()
}
