//! What stands where, and that nothing leaves the frame.

use super::samples::{FRAME, model};
use super::*;

fn all(candles_visible: f64) -> Viewport {
    Viewport { end_offset: 0.0, candles_visible }
}

#[test]
fn bars_are_as_many_as_the_plot_can_tell_apart() {
    let check = |len: usize, visible: f64, scale: f64, expected: std::ops::RangeInclusive<usize>| {
        let frame = Frame { scale, ..FRAME };
        let scene = Scene::lay_out(&model(len), all(visible), frame, None);
        assert!(expected.contains(&scene.bars.len()), "{} bars of {len}", scene.bars.len());
        assert!(scene.bars.windows(2).all(|pair| pair[0].x < pair[1].x));
    };
    check(100, 120.0, 1.0, 100..=100);
    check(3, 120.0, 1.0, 3..=3);
    check(400, 400.0, 1.0, 400..=400);
    check(10_000, 10_000.0, 1.0, 300..=500);
    check(10_000, 10_000.0, 2.0, 150..=250);
}

#[test]
fn panning_by_a_candle_keeps_groups_together() {
    let model = model(10_000);
    let groups = |end_offset: f64| {
        let viewport = Viewport { end_offset, candles_visible: 5_000.0 };
        let layout = Layout::new(&model, viewport, FRAME).expect("a layout");
        layout.groups.iter().map(|group| group.first).skip(1).take(100).collect::<Vec<_>>()
    };
    assert_eq!(groups(1_000.0), groups(1_001.0));
}

#[test]
fn a_group_keeps_the_extremes() {
    let mut model = model(10_000);
    model.points[9_500].ohlc[1] = 2_500.0;
    let scene = Scene::lay_out(&model, all(10_000.0), FRAME, None);
    let highest = scene.bars.iter().min_by_key(|bar| bar.wick.0).expect("bars");
    assert!(highest.wick.0 < highest.body.0 - 50, "{highest:?}");
}

#[test]
fn trades_stand_beside_their_candle() {
    let scene = Scene::lay_out(&model(100), all(100.0), FRAME, None);
    let [buy, sell] = scene.markers.as_slice() else { panic!("{:?}", scene.markers) };
    assert_eq!((buy.side, buy.label.as_deref()), (Side::Buy, Some("Buy")));
    assert_eq!((sell.side, sell.label.as_deref()), (Side::Sell, Some("Sell ×2")), "one bar, one marker");
    let buy_bar = scene.bars[79];
    assert_eq!(buy.tip, (buy_bar.x, buy_bar.wick.1 + 4));
    let far = Scene::lay_out(&model(10_000), all(10_000.0), FRAME, None);
    assert_eq!(far.markers.len(), 2, "{:?}", far.markers);
    let past = Viewport { end_offset: 60.0, candles_visible: 20.0 };
    assert!(Scene::lay_out(&model(100), past, FRAME, None).markers.is_empty());
}

#[test]
fn neighbours_do_not_write_over_each_other() {
    let mut model = model(100);
    for marker in &mut model.markers {
        marker.side = Side::Buy;
    }
    model.markers[0].at_secs = model.markers[1].at_secs - 4;
    let scene = Scene::lay_out(&model, all(100.0), FRAME, None);
    let labels: Vec<_> = scene.markers.iter().map(|marker| marker.label.as_deref()).collect();
    assert_eq!(labels, [Some("Buy"), None]);
}

#[test]
fn a_label_does_not_reach_over_the_prices_at_the_edge() {
    let mut model = model(100);
    let last = model.points[99].open_at_secs;
    model.markers.truncate(1);
    let mut label_at = |at_secs: u64, is_paper: bool| {
        (model.markers[0].at_secs, model.markers[0].is_paper) = (at_secs, is_paper);
        let scene = Scene::lay_out(&model, all(100.0), FRAME, None);
        scene.markers[0].label.clone()
    };
    assert_eq!(label_at(last, true), None, "its triangle is enough");
    assert_eq!(label_at(last - 20, true).as_deref(), Some("Paper buy"));
    assert_eq!(label_at(last - 4, false).as_deref(), Some("Buy"), "a short one has room");
}

#[test]
fn averages_begin_when_they_are_warm_and_break_at_holes() {
    let mut model = model(100);
    for index in [0, 1, 2, 50] {
        model.points[index].slow = None;
    }
    let scene = Scene::lay_out(&model, all(100.0), FRAME, None);
    assert_eq!(scene.slow.iter().map(Vec::len).collect::<Vec<_>>(), [47, 49]);
    assert_eq!(scene.fast.len(), 1);
}

#[test]
fn labels_are_spaced_and_round() {
    let scene = Scene::lay_out(&model(120), all(120.0), FRAME, None);
    let prices: Vec<_> = scene.price_ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(prices, ["1780", "1790", "1800", "1810", "1820"]);
    let times: Vec<_> = scene.time_ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(times.first(), Some(&"22:13:30"), "{times:?}");
    assert!(scene.time_ticks.windows(2).all(|pair| pair[1].at - pair[0].at >= 70), "{times:?}");
    let far = Scene::lay_out(&model(10_000), all(10_000.0), FRAME, None).time_ticks;
    assert!((5..=10).contains(&far.len()), "{far:?}");
}

#[test]
fn the_pointer_reads_the_candle_below_it() {
    let model = model(100);
    let read = |x: f64, y: f64| Scene::lay_out(&model, all(100.0), FRAME, Some((x, y))).crosshair;
    let scene = Scene::lay_out(&model, all(100.0), FRAME, None);
    let crosshair = read(scene.bars[10].x.into(), 100.0).expect("inside");
    assert_eq!(crosshair.x, scene.bars[10].x);
    assert_eq!(crosshair.readout.time, "22:13:40");
    assert_eq!(crosshair.readout.ohlc[3], readable(model.points[10].ohlc[3]));
    assert_eq!(read(999.0, 100.0), None, "on the price axis");
    assert_eq!(read(10.0, 399.0), None, "on the time axis");
}

#[test]
fn nothing_to_show_is_an_empty_scene() {
    let check = |model: &ChartModel, frame: Frame| {
        let scene = Scene::lay_out(model, Viewport::default(), frame, Some((1.0, 1.0)));
        assert!(scene.bars.is_empty() && scene.price_ticks.is_empty() && scene.crosshair.is_none());
    };
    check(&ChartModel::default(), FRAME);
    check(&model(100), Frame { width: 0, ..FRAME });
    check(&model(100), Frame { height: 30, ..FRAME });
}

#[test]
fn a_price_that_stands_still_is_in_the_middle() {
    let mut model = model(50);
    for point in &mut model.points {
        *point = ChartPoint { ohlc: [1_800.0; 4], fast: None, slow: None, ..*point };
    }
    let scene = Scene::lay_out(&model, all(50.0), FRAME, None);
    assert!(scene.bars.iter().all(|bar| bar.body == (189, 189)), "{:?}", scene.bars[0]);
    assert!(scene.last_price.is_some());
}

#[test]
fn prices_are_read_in_about_six_digits() {
    let check = |price: f64, text: &str| assert_eq!(readable(price), text);
    check(1_853.274_99, "1853.27");
    check(0.000_123_456_7, "0.000123457");
    check(123_456.789, "123457");
    check(12_345_678.9, "12345679");
    check(0.0, "0");
    check(f64::NAN, "0");
}
