//! `cargo xtask backtest`: the trader's strategy over a file of candles, with what it was worth and the smallest
//! grant that would not have stood in its way.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use leash::backtest::{History, Needs, Run, Setup, Sweep, run, table, words};
use leash::market::Interval;
use leash::trading::{Guards, Pair, Sizing, StrategyTerms, Terms, TermsContext};
use leash::units::{Price, TokenAmount};

use crate::failure::{Because, Failure, Outcome};

/// The tokens of the pools that Leash knows: ether or the like, and dollars.
const PAIR: Pair = Pair { base_decimals: 18, quote_decimals: 6, fee_millionths: 500 };

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    file: PathBuf,
    strategy: StrategyTerms,
    sizing: Sizing,
    guards: Guards,
    interval_secs: Option<u32>,
    quote: String,
    base: String,
    cost_bps: u32,
    depth: String,
    is_leashed: bool,
    trades: Option<PathBuf>,
    is_sweep: bool,
}

/// Pairs of a sweep that are printed.
const BEST: usize = 10;

impl Options {
    /// Reads the words after the command.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        let (file, rest) = words.split_first().because("backtest needs a file of candles.")?;
        let mut options = Self {
            file: file.into(),
            strategy: StrategyTerms::MINUTE,
            sizing: Sizing::Lots,
            guards: Guards::default(),
            interval_secs: None,
            quote: "10000".to_owned(),
            base: "0".to_owned(),
            cost_bps: 5,
            depth: "1000000".to_owned(),
            is_leashed: false,
            trades: None,
            is_sweep: false,
        };
        let mut rest = rest.iter();
        while let Some(word) = rest.next() {
            let mut value = || rest.next().because(format!("{word} needs a value."));
            let number = |text: &String| text.parse::<u32>().because(format!("{word} {text}"));
            let (strategy, guards) = (&mut options.strategy, &mut options.guards);
            match word.as_str() {
                "--fast" => strategy.fast = number(value()?)?,
                "--slow" => strategy.slow = number(value()?)?,
                "--trend" => strategy.trend = number(value()?)?,
                "--hysteresis" => strategy.hysteresis_bps = percent(value()?)?,
                "--hold" => strategy.holds = true,
                "--share" => options.sizing = Sizing::Share { bps: percent(value()?)? },
                "--volatility" => options.sizing = Sizing::Volatility { bps: percent(value()?)? },
                "--stop-loss" => guards.stop_loss_bps = percent(value()?)?,
                "--take-profit" => guards.take_profit_bps = percent(value()?)?,
                "--trailing-stop" => guards.trailing_stop_bps = percent(value()?)?,
                "--cooldown" => guards.cooldown_candles = number(value()?)?,
                "--drawdown" => guards.drawdown_bps = percent(value()?)?,
                "--daily-loss" => guards.daily_loss_bps = percent(value()?)?,
                "--trades-per-hour" => guards.trades_per_hour = number(value()?)?,
                "--interval" => options.interval_secs = Some(number(value()?)?),
                "--cost" => options.cost_bps = number(value()?)?,
                "--depth" => options.depth = value()?.clone(),
                "--quote" => options.quote = value()?.clone(),
                "--base" => options.base = value()?.clone(),
                "--trades" => options.trades = Some(value()?.into()),
                "--leashed" => options.is_leashed = true,
                "--sweep" => options.is_sweep = true,
                _ => {
                    return Err(Failure::new(format!(
                        "`{word}` is not known here; `cargo xtask help` lists what is."
                    )));
                }
            }
        }
        Ok(options)
    }
}

/// A percentage in hundredths of a percent.
fn percent(text: &String) -> Outcome<u32> {
    let bps = TokenAmount::parse(text, 2).ok().and_then(|amount| u32::try_from(amount.0).ok());
    bps.because(format!("{text} is no percentage."))
}

/// Reads, runs, prints.
pub(crate) fn command(options: &Options) -> Outcome<()> {
    let name = options.file.display();
    let text = fs::read_to_string(&options.file).because(format!("Cannot read {name}"))?;
    let history = History::read(&text).because(format!("{name} is not taken"))?;
    let interval = options.interval_secs.map_or(history.interval, Interval);
    let history = history.in_candles_of(interval).because(format!("{name} is not taken"))?;
    let setup = setup(options, &history)?;
    if options.is_sweep {
        print!(
            "{}",
            tell_sweep(&Sweep::of(
                &history.candles,
                &setup,
                (&Sweep::FASTS, &Sweep::SLOWS),
                Sweep::INSIDE_PERCENT
            ))
        );
        return Ok(());
    }
    let run = run(&history.candles, &setup).because("No such strategy")?;
    print!("{}", tell(&history, &setup, &run));
    match &options.trades {
        Some(path) => {
            fs::write(path, table(&run.trades, &PAIR)).because(format!("Cannot write {}", path.display()))
        }
        None => Ok(()),
    }
}

/// The suggested terms for what is there, with the strategy that was asked for; without a leash also without its band.
fn setup(options: &Options, history: &History) -> Outcome<Setup> {
    let amount = |text: &str, decimals: u8| TokenAmount::parse(text, decimals).because("No such amount");
    let (quote, base) =
        (amount(&options.quote, PAIR.quote_decimals)?, amount(&options.base, PAIR.base_decimals)?);
    let first = history.candles.first().because("There are no candles that long in it")?;
    let context = TermsContext {
        base_balance: base,
        quote_balance: quote,
        price: first.open,
        pair: PAIR,
        is_local: false,
    };
    let strategy = StrategyTerms { interval: history.interval, ..options.strategy };
    let Options { sizing, guards, .. } = *options;
    let mut terms = Terms { strategy, sizing, guards, ..Terms::sensible(&context) };
    if !options.is_leashed {
        let extreme = |scaled: u128| Price::from_scaled(scaled).because("No such price");
        (terms.lowest_sell, terms.highest_buy) = (extreme(1)?, extreme(u128::MAX)?);
    }
    if let Some(problem) = terms.check_conduct(&context).into_iter().next() {
        return Err(Failure::new(problem.sentence));
    }
    let depth = amount(&options.depth, PAIR.quote_decimals)?;
    let Options { cost_bps, is_leashed, .. } = *options;
    Ok(Setup { terms, pair: PAIR, quote, base, cost_bps, depth, is_leashed })
}

fn tell(history: &History, setup: &Setup, run: &Run) -> String {
    let mut rows = words::figures(history, setup, run);
    rows.extend(
        Needs::of(run).filter(|_| !setup.is_leashed).map(|needs| ("Smallest grant", needs.to_string())),
    );
    rows.iter().fold(String::new(), |mut told, (name, value)| {
        let _infallible = writeln!(told, "{name:<16} {value}");
        told
    })
}

/// The best pairs where they were chosen, beside what they did where they were not.
fn tell_sweep(sweep: &Sweep) -> String {
    let percent = |share: f64| format!("{:.2} %", share * 100.0);
    let mut told = format!(
        "{} pairs, chosen on the first {} % of the candles\n{:>5} {:>5} {:>12} {:>12} {:>12} {:>14}\n",
        sweep.cells.len(),
        Sweep::INSIDE_PERCENT,
        "fast",
        "slow",
        "there",
        "after it",
        "fall there",
        "fall after it"
    );
    for cell in sweep.cells.iter().take(BEST) {
        let [there, after] = [cell.inside, cell.outside];
        let _infallible = writeln!(
            told,
            "{:>5} {:>5} {:>12} {:>12} {:>12} {:>14}",
            cell.fast,
            cell.slow,
            percent(there.total_return),
            percent(after.total_return),
            percent(there.max_drawdown),
            percent(after.max_drawdown)
        );
    }
    told + &words::agreement(sweep) + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn a_file_of_candles_becomes_a_report_and_a_table() {
        let folder = std::env::temp_dir().join(format!("leash-backtest-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a writable temporary folder");
        let close = |minute: u64| if minute % 120 < 60 { 2_000 + minute % 60 } else { 2_060 - minute % 60 };
        let rows = (0..1_440_u64).map(|minute| format!("{},{1},{1},{1},{1}\n", minute * 60, close(minute)));
        let (candles, trades) = (folder.join("candles.csv"), folder.join("trades.csv"));
        fs::write(&candles, rows.collect::<String>()).expect("writable");
        let line = format!("{} --fast 3 --slow 9 --trades {}", candles.display(), trades.display());
        command(&Options::parse(&words(&line)).expect("options")).expect("a run");
        let table = fs::read_to_string(&trades).expect("written");
        assert!(table.lines().count() > 10, "{table}");
        assert!(table.lines().skip(1).all(|row| row.starts_with(|first: char| first.is_ascii_digit())));
        let leashed = Options::parse(&words(&format!("{line} --leashed"))).expect("options");
        command(&leashed).expect("a run");
        let swept = Options::parse(&words(&format!("{} --sweep", candles.display()))).expect("options");
        assert!(swept.is_sweep);
        command(&swept).expect("a sweep");
        fs::remove_dir_all(&folder).expect("our own folder");
    }

    #[test]
    fn mistakes_are_sentences() {
        let refused = |line: &str| Options::parse(&words(line)).expect_err("a mistake").to_string();
        assert_eq!(refused(""), "backtest needs a file of candles.");
        assert_eq!(refused("a.csv --fast"), "--fast needs a value.");
        assert!(refused("a.csv --fast x").starts_with("--fast x: "));
        assert!(refused("a.csv --faster 3").contains("`--faster` is not known here"));
        let run =
            |line: &str| command(&Options::parse(&words(line)).expect("options")).expect_err("a mistake");
        assert!(run("/nowhere.csv").to_string().starts_with("Cannot read /nowhere.csv: "));
    }
}
