//! The lab as the page uses it.

use super::*;
use crate::app::{ChartPoint, SizeBy, TermsText};

/// Begins a quarter of an hour.
const START: u64 = 1_700_000_100;

/// Two days of minutes, up and down between 2,400 and 2,600.
fn file() -> Vec<u8> {
    let close = |minute: u64| 2_400 + if minute % 400 < 200 { minute % 200 } else { 200 - minute % 200 };
    let rows = (0..2_880_u64)
        .map(|minute| format!("{},{1},{1},{1},{1},5\n", (START + minute * 60) * 1_000, close(minute)));
    format!("open_time,open,high,low,close,volume\n{}", rows.collect::<String>()).into_bytes()
}

fn setup(change: impl FnOnce(&mut LabSetup)) -> Box<LabSetup> {
    let text = |text: &str| text.to_owned();
    let terms =
        TermsText { fast: text("5"), slow: text("15"), interval_secs: text("60"), ..TermsText::default() };
    let mut setup = LabSetup {
        network: text("local"),
        terms,
        quote: text("10000"),
        base: text("0"),
        cost_percent: text("0.05"),
        depth: text("0"),
        price: Some(text("2500.5")),
        is_leashed: false,
    };
    change(&mut setup);
    Box::new(setup)
}

fn lab() -> Lab {
    let mut lab = Lab::default();
    let Some(FromLab::History(history)) = lab.hear(ToLab::Read { name: "waves.csv".into(), bytes: file() })
    else {
        panic!("it is read")
    };
    assert_eq!(
        (history.candles, history.interval_secs, history.span),
        (2_880, 60, (START, START + 2_880 * 60))
    );
    assert_eq!(history.oddity, None);
    lab
}

/// Works until it is done; the last word, and every progress before it.
fn work(lab: &mut Lab) -> (FromLab, Vec<u32>) {
    let mut progress = Vec::new();
    loop {
        let told = lab.step().expect("there is work");
        let FromLab::Progress(permille) = told else { return (told, progress) };
        progress.push(permille);
    }
}

#[test]
fn a_file_becomes_a_report_with_pictures_and_the_smallest_grant() {
    let mut lab = lab();
    assert_eq!(lab.hear(ToLab::Run(setup(|_| ()))), Some(FromLab::Progress(0)));
    let (FromLab::Report(report), _) = work(&mut lab) else { panic!("a report") };
    assert!(!lab.is_busy());
    assert!(
        report.verdict.starts_with("It won ") && report.verdict.contains("better than"),
        "{}",
        report.verdict
    );
    assert_eq!(report.chart.points.len(), 960, "three candles are drawn as one");
    assert_eq!(report.chart.interval_secs, 180);
    let trades = report.chart.markers.len();
    assert!(trades > 10 && report.curve.strategy.len() == 960 && report.curve.hold.len() == 960);
    assert!(report.curve.at_secs.is_sorted() && report.curve.at_secs.last() == Some(&(START + 2_880 * 60)));
    let needs = report.needs.as_ref().expect("it traded");
    assert!(needs.band.is_none(), "it bought low and sold high, so nothing lies between: {needs:?}");
    assert!(needs.sentence.contains("lots to buy up to"), "{}", needs.sentence);
    let Some(FromLab::File(file)) = lab.hear(ToLab::SaveTrades) else { panic!("a file") };
    assert_eq!(file.text.lines().count(), trades + 1);
    let Some(FromLab::File(file)) = lab.hear(ToLab::SaveReport) else { panic!("a file") };
    assert!(file.name.ends_with(".json") && file.text.matches("\"closed_at_unix_s\"").count() == trades);
    lab.hear(ToLab::Read { name: "again.csv".into(), bytes: self::file() });
    assert_eq!(lab.hear(ToLab::SaveTrades), None, "of other candles");
}

#[test]
fn the_page_s_own_candles_are_taken_too() {
    let mut lab = Lab::default();
    let point = |index: u64| {
        let close = 2_000.0 + (index % 40) as f64 * 5.0;
        ChartPoint { open_at_secs: index * 20, ohlc: [close; 4], fast: None, slow: None }
    };
    let points = (0..400).map(point).collect();
    let taken = lab.hear(ToLab::Take { interval_secs: 20, points });
    assert!(matches!(taken, Some(FromLab::History(LabHistory { candles: 400, interval_secs: 20, .. }))));
    let twenty = setup(|setup| setup.terms.interval_secs = "20".into());
    assert_eq!(lab.hear(ToLab::Run(twenty)), Some(FromLab::Progress(0)));
    assert!(matches!(work(&mut lab).0, FromLab::Report(_)));
}

#[test]
fn a_sweep_tells_of_its_progress_and_can_be_stopped() {
    let mut lab = lab();
    assert_eq!(lab.hear(ToLab::Sweep(setup(|_| ()))), Some(FromLab::Progress(0)));
    let (FromLab::Sweep(sweep), progress) = work(&mut lab) else { panic!("a sweep") };
    assert!(progress.is_sorted() && progress.len() > 50, "{progress:?}");
    let lengths: Vec<_> = sweep.grids.iter().map(|grid| grid.interval_secs).collect();
    assert_eq!(lengths, [60, 300], "a quarter of an hour leaves too few");
    assert!(sweep.grids.iter().all(|grid| grid.cells.len() > 40 && !grid.agreement.is_empty()));
    lab.hear(ToLab::Sweep(setup(|_| ())));
    lab.step();
    assert_eq!(lab.hear(ToLab::Stop), Some(FromLab::Stopped));
    assert!(!lab.is_busy() && lab.step().is_none());
    assert_eq!(lab.hear(ToLab::Stop), None);
}

#[test]
fn what_cannot_be_done_is_refused_with_a_sentence() {
    let refused = |message: ToLab| match lab().hear(message) {
        Some(FromLab::Refused(sentence)) => sentence,
        other => panic!("not refused: {other:?}"),
    };
    let run = |change: fn(&mut LabSetup)| refused(ToLab::Run(setup(change)));
    let check = |sentence: String, part: &str| assert!(sentence.contains(part), "{sentence}");
    check(refused(ToLab::Read { name: "a.png".into(), bytes: vec![0xff, 0xfe] }), "a.png is not a text");
    check(refused(ToLab::Read { name: "a.csv".into(), bytes: b"a,b\n1,2".to_vec() }), "a.csv is not taken");
    check(run(|setup| setup.quote = "ten".into()), "USDC: ");
    check(run(|setup| setup.quote = "0".into()), "something to begin with");
    check(run(|setup| setup.cost_percent = "11".into()), "more than 10 %");
    check(run(|setup| setup.depth = "deep".into()), "Pool depth: ");
    check(run(|setup| setup.terms.fast = "30".into()), "must be shorter");
    check(run(|setup| setup.terms.interval_secs = "90".into()), "do not make up");
    check(run(|setup| setup.terms.interval_secs = "0".into()), "1 second to 1 day");
    check(run(|setup| setup.terms.stop_loss_percent = "five".into()), "stop loss percent: ");
    check(run(|setup| setup.terms.take_profit_percent = "99".into()), "up to 90 %");
    check(run(|setup| setup.network = "nowhere".into()), "no pool");
    let sweep = refused(ToLab::Sweep(setup(|setup| setup.terms.holds = true)));
    check(sweep, "has no averages that could be tried");
    assert_eq!(
        Lab::default().hear(ToLab::Run(setup(|_| ()))),
        Some(FromLab::Refused("Choose candles first.".into()))
    );
}

#[test]
fn buy_and_hold_buys_once_and_is_named() {
    let mut lab = lab();
    lab.hear(ToLab::Run(setup(|setup| setup.terms.holds = true)));
    let (FromLab::Report(report), _) = work(&mut lab) else { panic!("a report") };
    let markers: Vec<_> = report.chart.markers.iter().map(|marker| (marker.side, marker.at_secs)).collect();
    // The fifteenth close is the first at which averages of 5 and 15 candles are warm.
    assert_eq!(markers, [(crate::trading::Side::Buy, START + 14 * 60)]);
    assert!(
        report.figures.contains(&("Strategy".to_owned(), "buy and hold".to_owned())),
        "{:?}",
        report.figures
    );
    assert_eq!(report.refusals, []);
}

#[test]
fn on_the_leash_the_rules_that_would_be_signed_hold_and_a_shallow_pool_breaks_them() {
    let tried = |is_leashed: bool, depth: &'static str| {
        let mut lab = lab();
        lab.hear(ToLab::Run(setup(|setup| {
            (setup.is_leashed, setup.depth) = (is_leashed, depth.to_owned());
        })));
        let (FromLab::Report(report), _) = work(&mut lab) else { panic!("a report") };
        let profit =
            report.figures.iter().find(|(name, _)| name == "Net profit").map(|(_, profit)| profit.clone());
        let profit: f64 = profit.and_then(|profit| profit.parse().ok()).expect("a number");
        let words = "the pool would give less than the worst price allows";
        (report.chart.markers.len(), profit, report.refusals.iter().any(|(_, why)| why == words))
    };
    let (trades, profit, is_barred) = tried(true, "1000000");
    assert!(trades > 5 && !is_barred);
    // A pool that a few hundred tokens move by 2 % gives less than the band's worst price for a lot.
    let (shallow, _, is_barred) = tried(true, "100");
    assert!(shallow < trades && is_barred);
    let (free, poorer, is_barred) = tried(false, "100");
    assert!(
        free >= trades && poorer < profit && !is_barred,
        "without a leash it only costs: {free} {poorer}"
    );
}

#[test]
fn protections_and_leash_are_tried_too() {
    let trades = |change: fn(&mut LabSetup)| {
        let mut lab = lab();
        lab.hear(ToLab::Run(setup(change)));
        let (FromLab::Report(report), _) = work(&mut lab) else { panic!("a report") };
        (report.chart.markers.len(), report.refusals, report.needs.is_some())
    };
    let (free, _, has_needs) = trades(|_| ());
    assert!(has_needs);
    let (rationed, refusals, _) = trades(|setup| {
        (setup.terms.size_by, setup.terms.size_percent) = (SizeBy::Share, "4".into());
    });
    assert_eq!(rationed, 0, "a lot is a twentieth");
    assert!(refusals.iter().any(|(_, words)| words.contains("less than one lot")), "{refusals:?}");
    let (sooner, ..) = trades(|setup| setup.terms.take_profit_percent = "1".into());
    assert!(sooner != free, "{sooner} of {free}");
    let (leashed, refusals, has_needs) = trades(|setup| setup.is_leashed = true);
    assert!(leashed <= free && !has_needs, "{leashed} of {free}, {refusals:?}");
}
