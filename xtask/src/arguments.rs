//! What can be typed after `cargo xtask`.

use crate::failure::{Because, Failure, Outcome};
use crate::stack::Options;

/// Shown for `help` and after a mistake.
pub(crate) const USAGE: &str = "\
cargo xtask serve       the page on http://127.0.0.1:8080; its sandbox needs nothing else
    --stack             with the local stack behind it
cargo xtask test        everything that is checked, from nothing
cargo xtask backtest FILE   the strategy over candles of the past (CSV, or JSON of klines)
    --fast N --slow N   candles of the two averages (12, 26)
    --interval SECS     length of a candle (the file's own)
    --quote N --base N  what is there at the start (10000, 0)
    --trend N           buys only above this average (off)
    --hysteresis P      percent that the averages must be apart (off)
    --depth AMOUNT      quote tokens that move the pool's price by 2 %, 0 for no effect (1000000)
    --hold              buy once, as soon as the averages are warm, and wait
    --share P           a purchase takes P percent of the balance; --volatility P: as much as one average
                        candle moves P percent of the worth (as many lots as one trade may have)
    --stop-loss P --take-profit P --trailing-stop P --cooldown N --drawdown P --daily-loss P
    --trades-per-hour N protections, in percent, candles and trades (off)
    --cost BPS          what fills are worse than the close, besides the fee (5)
    --leashed           under the suggested grant's band, budgets and uses
    --trades FILE.csv   writes the trades
    --sweep             many pairs of averages, chosen on the first part and tried on the rest
cargo xtask stack       the local stack alone
cargo xtask contracts   compile the stand-in contracts
    --production URL    read the production code from the node at URL instead; the stack then runs on it
cargo xtask genesis     the state in which the sandbox begins
cargo xtask dist        the page as a folder for any static host
cargo xtask bench       sizes of the built page, speed of its codecs, of the engine and of the sandbox's chain
    speed               the speeds alone
    page                how fast a stranger gets to a candle and to a trade on the sandbox, alone
    crash               a million runs of the crash simulation instead
    kills               two hundred deaths of a trading browser instead
    pool                a hundred thousand swaps against the quoter's answers instead
    journal             a journal of a hundred thousand entries, opened, instead
cargo xtask tools       install what a build needs

serve --stack and stack take:
    --replay FILE.csv   the price follows the closes of a candle file, one a second
    --no-market         the price stands still
    --block-time SECS   a block every SECS seconds instead of one per transaction
    --stand-ins         stand-in contracts even where the production code was read
stack also takes:
    --sandbox           the sandbox of this program on the same ports, instead of anvil and its services
    --first-port PORT   chain on PORT, bundler, paymaster and control on the next three (8545)";

/// One of the commands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Task {
    /// Print [`USAGE`].
    Help,
    /// The page, and the stack where one is wanted.
    Serve(Option<Options>),
    /// All checks.
    Test,
    /// The stack alone.
    Stack(Options),
    /// Compile the stand-ins.
    CompileContracts,
    /// Read production code from this node.
    ReadProduction(String),
    /// Make the sandbox's genesis.
    Genesis,
    /// Build the page.
    Dist,
    /// Measure.
    Bench,
    /// Try a strategy on the past.
    Backtest(crate::backtest::Options),
    /// Measure the speeds alone.
    BenchSpeed,
    /// Measure a stranger's visit alone.
    BenchPage,
    /// Simulate crashes for long.
    BenchCrash,
    /// Let a trading browser die often.
    BenchKills,
    /// Hold many swaps against the quoter.
    BenchPool,
    /// Open a long journal.
    BenchJournal,
    /// Install.
    Tools,
}

impl Task {
    /// Reads the words after the program's name.
    pub(crate) fn parse(words: &[String]) -> Outcome<Self> {
        let Some((name, rest)) = words.split_first() else { return Ok(Self::Help) };
        let alone = |task: Self| match rest.first() {
            None => Ok(task),
            Some(word) => Err(unknown(word)),
        };
        match name.as_str() {
            "help" | "--help" | "-h" => Ok(Self::Help),
            "serve" => match rest.split_first() {
                Some((flag, rest)) if flag == "--stack" => Ok(Self::Serve(Some(options(rest, false)?))),
                _ => alone(Self::Serve(None)),
            },
            "stack" => options(rest, true).map(Self::Stack),
            "contracts" => match rest {
                [flag, url] if flag == "--production" => Ok(Self::ReadProduction(url.clone())),
                [flag] if flag == "--production" => {
                    Err(Failure::new("--production needs the URL of a node."))
                }
                _ => alone(Self::CompileContracts),
            },
            "test" => alone(Self::Test),
            "backtest" => crate::backtest::Options::parse(rest).map(Self::Backtest),
            "genesis" => alone(Self::Genesis),
            "dist" => alone(Self::Dist),
            "bench" => match rest {
                [what] if what == "speed" => Ok(Self::BenchSpeed),
                [what] if what == "page" => Ok(Self::BenchPage),
                [what] if what == "crash" => Ok(Self::BenchCrash),
                [what] if what == "kills" => Ok(Self::BenchKills),
                [what] if what == "pool" => Ok(Self::BenchPool),
                [what] if what == "journal" => Ok(Self::BenchJournal),
                _ => alone(Self::Bench),
            },
            "tools" => alone(Self::Tools),
            _ => Err(unknown(name)),
        }
    }
}

fn options(words: &[String], is_stack: bool) -> Outcome<Options> {
    let mut options = Options::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().because(format!("{word} needs a value."));
        match word.as_str() {
            "--replay" => options.replay = Some(value()?.into()),
            "--no-market" => options.has_market = false,
            "--stand-ins" => options.wants_stand_ins = true,
            "--block-time" => {
                let secs = value()?.parse().ok().filter(|secs| (1..=60).contains(secs));
                options.block_time_secs = Some(secs.because("--block-time is 1 to 60 seconds.")?);
            }
            "--sandbox" if is_stack => options.is_sandbox = true,
            "--first-port" if is_stack => {
                let port = value()?.parse().ok().filter(|port| (1_024..=65_000).contains(port));
                options.first_port = port.because("--first-port is 1024 to 65000.")?;
            }
            _ => return Err(unknown(word)),
        }
    }
    Ok(options)
}

fn unknown(word: &str) -> Failure {
    Failure::new(format!("`{word}` is not known here; `cargo xtask help` lists what is."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Outcome<Task> {
        let words: Vec<_> = line.split_whitespace().map(str::to_owned).collect();
        Task::parse(&words)
    }

    #[test]
    fn commands_are_read() {
        let options = Options::default();
        for (line, expected) in [
            ("", Task::Help),
            ("help", Task::Help),
            ("test", Task::Test),
            ("stack", Task::Stack(options.clone())),
            (
                "stack --no-market --block-time 2 --first-port 9000",
                Task::Stack(Options {
                    has_market: false,
                    block_time_secs: Some(2),
                    first_port: 9_000,
                    ..options.clone()
                }),
            ),
            ("serve", Task::Serve(None)),
            (
                "serve --stack --replay a.csv --stand-ins",
                Task::Serve(Some(Options { replay: Some("a.csv".into()), wants_stand_ins: true, ..options })),
            ),
            ("stack --sandbox", Task::Stack(Options { is_sandbox: true, ..Options::default() })),
            ("genesis", Task::Genesis),
            ("bench", Task::Bench),
            ("bench speed", Task::BenchSpeed),
            ("bench page", Task::BenchPage),
            ("bench pool", Task::BenchPool),
            ("bench journal", Task::BenchJournal),
            ("contracts", Task::CompileContracts),
            ("contracts --production http://node", Task::ReadProduction("http://node".to_owned())),
        ] {
            assert_eq!(parse(line), Ok(expected), "{line}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (line, sentence) in [
            ("sreve", "`sreve` is not known here; `cargo xtask help` lists what is."),
            ("test --fast", "`--fast` is not known here; `cargo xtask help` lists what is."),
            ("stack --replay", "--replay needs a value."),
            ("stack --block-time 0", "--block-time is 1 to 60 seconds."),
            ("serve --replay a.csv", "`--replay` is not known here; `cargo xtask help` lists what is."),
            (
                "serve --stack --first-port 9000",
                "`--first-port` is not known here; `cargo xtask help` lists what is.",
            ),
            ("contracts --production", "--production needs the URL of a node."),
        ] {
            assert_eq!(parse(line), Err(Failure::new(sentence)), "{line}");
        }
    }
}
