//! A person at the page, with a wallet in the browser.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use alloy_primitives::{Address, B256};
use serde_json::json;

use crate::chain::{Chain, SANDBOX_RDNS, Sandbox, Stack, WATCH_SANDBOX_WALLET};
use crate::chromium::{Chromium, Windows};
use crate::secret;
use crate::stack::{self, Trend};
use crate::tab::Tab;

/// The wallet's announced domain.
pub(crate) const RDNS: &str = "org.example.walletless";

/// The sandbox's market moves every two seconds.
const BLOCKS_OF_A_SANDBOX_CANDLE: u64 = 10;

/// Candles after which the averages must have crossed.
const MOST_CANDLES: usize = 60;

/// Where the page is served.
pub(crate) fn page_url() -> String {
    std::env::var("LEASH_PAGE").unwrap_or_else(|_| "http://127.0.0.1:8080".to_owned())
}

/// Which chain the page is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The local stack, with a wallet in the browser and a market that moves candle by candle as the test says.
    Stack,
    /// The sandbox, with its own wallet, and a market that leans as its levers say.
    Sandbox,
}

impl Ground {
    fn url(self) -> String {
        let network = match self {
            Self::Stack => "local",
            Self::Sandbox => "sandbox",
        };
        format!("{}/?network={network}", page_url())
    }

    /// The averages that are suggested there: candles of the fast and of the slow one, and seconds of a candle.
    pub(crate) const fn averages(self) -> (f64, f64, u64) {
        match self {
            Self::Stack => (5.0, 15.0, 2),
            Self::Sandbox => (3.0, 8.0, 20),
        }
    }
}

/// The wallet's script, bundled once from tests/stack/wallet.mjs and its npm packages.
pub(crate) fn wallet_script() -> &'static str {
    static SCRIPT: OnceLock<String> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/stack");
        let mut esbuild = Command::new("node_modules/.bin/esbuild");
        esbuild.current_dir(&folder).args(["wallet.mjs", "--bundle", "--format=iife", "--log-level=warning"]);
        let bundled = esbuild.arg("--global-name=TestWallet").output().expect("esbuild is installed");
        assert!(bundled.status.success(), "{}", String::from_utf8_lossy(&bundled.stderr));
        String::from_utf8(bundled.stdout).expect("a script is text")
    })
}

/// A wallet to install.
#[derive(Clone, Debug)]
pub(crate) struct WalletPlan {
    pub(crate) key: B256,
    pub(crate) name: &'static str,
    pub(crate) rdns: &'static str,
    pub(crate) uuid: &'static str,
    pub(crate) is_late: bool,
}

impl WalletPlan {
    /// The usual wallet, with a fresh key.
    pub(crate) fn usual() -> Self {
        let uuid = "350670db-19fa-4704-a166-e52e178b59d2";
        Self { key: secret::fresh(), name: "Walletless", rdns: RDNS, uuid, is_late: false }
    }

    fn script(&self) -> String {
        let Self { key, name, rdns, uuid, is_late } = self;
        let plan = json!({ "key": key, "name": name, "rdns": rdns, "uuid": uuid, "late": is_late });
        format!("TestWallet.install({plan});")
    }
}

/// The person.
pub(crate) struct Person {
    pub(crate) browser: Arc<Chromium>,
    pub(crate) tab: Tab,
    /// The owner.
    pub(crate) owner: Address,
    pub(crate) ground: Ground,
    scripts: Vec<String>,
}

/// A person whose browser is gone.
pub(crate) struct Survivor {
    owner: Address,
    scripts: Vec<String>,
}

impl Survivor {
    /// Opens the page anew.
    pub(crate) fn opens(self, browser: Chromium) -> Person {
        let (browser, ground) = (Arc::new(browser), Ground::Stack);
        let tab = Person::open(&browser, ground, &self.scripts);
        Person { browser, tab, owner: self.owner, ground, scripts: self.scripts }
    }
}

impl Person {
    /// Opens the page with the usual wallet and some ether in it.
    pub(crate) fn new() -> Self {
        Self::with(Windows::Headless, &[WalletPlan::usual()])
    }

    /// Opens the page with these wallets; the first one's account has ten ether.
    pub(crate) fn with(windows: Windows, wallets: &[WalletPlan]) -> Self {
        Self::at(Chromium::start(windows), wallets)
    }

    /// The same in a browser that is open already.
    pub(crate) fn at(browser: Chromium, wallets: &[WalletPlan]) -> Self {
        stack::hold_market();
        let owner = wallets.first().map(|wallet| secret::address_of(wallet.key)).unwrap_or_default();
        stack::node("anvil_setBalance", &json!([owner, "0x8ac7230489e80000"]));
        let installs: String = wallets.iter().map(WalletPlan::script).collect();
        // The page alone gets wallets, not what frames it or what it frames.
        let script = format!("if (window.top === window) {{\n{}\n{installs}\n}}", wallet_script());
        let scripts = if wallets.is_empty() { Vec::new() } else { vec![script] };
        Survivor { owner, scripts }.opens(browser)
    }

    /// Opens the page on the sandbox, whose wallet has ether from the start. Its account is known once it is
    /// connected.
    pub(crate) fn on_sandbox() -> Self {
        let (browser, ground) = (Arc::new(Chromium::start(Windows::Headless)), Ground::Sandbox);
        let scripts = vec![WATCH_SANDBOX_WALLET.to_owned()];
        let tab = Self::open(&browser, ground, &scripts);
        Self { browser, tab, owner: Address::ZERO, ground, scripts }
    }

    /// The chain, asked past the page.
    pub(crate) fn chain(&self) -> Box<dyn Chain + '_> {
        match self.ground {
            Ground::Stack => Box::new(Stack),
            Ground::Sandbox => Box::new(Sandbox(&self.tab)),
        }
    }

    /// The browser dies with everything in it.
    pub(crate) fn kill_browser(self) -> Survivor {
        let Self { browser, tab, owner, scripts, .. } = self;
        drop(tab);
        Arc::into_inner(browser).expect("nobody else holds it").kill();
        Survivor { owner, scripts }
    }

    fn open(browser: &Arc<Chromium>, ground: Ground, scripts: &[String]) -> Tab {
        let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
        let tab = Tab::open(browser, &scripts);
        tab.go(&ground.url());
        tab
    }

    /// The page again in a second tab of the same browser.
    pub(crate) fn second_tab(&self) -> Tab {
        Self::open(&self.browser, self.ground, &self.scripts)
    }

    /// Chooses the usual wallet and waits for the smart account; its address.
    pub(crate) fn connect(&self) -> Address {
        self.choose_wallet(match self.ground {
            Ground::Stack => RDNS,
            Ground::Sandbox => SANDBOX_RDNS,
        });
        self.account()
    }

    /// What the wallet calls itself.
    pub(crate) const fn wallet_name(&self) -> &'static str {
        match self.ground {
            Ground::Stack => "Walletless",
            Ground::Sandbox => "Sandbox wallet",
        }
    }

    /// Says yes to what the wallet shows under this title. The test wallet of the stack asks nobody.
    pub(crate) fn approves(&self, title: &str) {
        if self.ground == Ground::Sandbox {
            self.tab.until_says("sheet-title", title);
            self.tab.press("sheet-approve");
        }
    }

    pub(crate) fn choose_wallet(&self, rdns: &str) {
        let offer = format!("wallet-offer-{rdns}");
        self.tab.press("connect-wallet");
        self.tab.until(&offer, |tab| tab.has(&offer).then_some(()));
        self.tab.press(&offer);
    }

    /// Waits until both averages have a value.
    pub(crate) fn until_warm(&self) {
        let is_number = |text: &String| text.parse::<f64>().is_ok();
        self.tab.until("the averages", |tab| tab.text("ema-slow").filter(is_number));
    }

    /// The smart account's address.
    pub(crate) fn account(&self) -> Address {
        self.tab
            .until("the account", |tab| tab.attributes("account-address", "data-full").first()?.parse().ok())
    }

    /// Takes demo tokens from the faucet.
    pub(crate) fn fund(&self) {
        self.tab.press("faucet");
        for balance in ["balance-base", "balance-quote"] {
            self.tab.until("the faucet's tokens", |tab| tab.text(balance).filter(|text| text != "0"));
        }
    }

    /// Signs the terms as they stand.
    pub(crate) fn sign(&self) {
        self.tab.press("grant-sign");
        self.approves("Grant a session");
        self.tab.until_says("state-word", "Signed");
    }

    /// Connects, funds and signs the suggested terms; the smart account.
    pub(crate) fn grant(&self) -> Address {
        let account = self.connect();
        self.fund();
        self.sign();
        account
    }

    /// One candle further, seen on the page.
    pub(crate) fn candle(&self, trend: Trend) {
        match self.ground {
            Ground::Stack => {
                stack::step(trend);
                self.sees_the_chain();
            }
            Ground::Sandbox => {
                let lever = if trend == Trend::Up { "lever-Rising" } else { "lever-Falling" };
                if self.tab.attributes(lever, "aria-pressed") != ["true"] {
                    self.tab.press(lever);
                }
                let block = block_of(&self.tab).unwrap_or_default() + BLOCKS_OF_A_SANDBOX_CANDLE;
                self.tab.until("the new candle", |tab| (block_of(tab)? >= block).then_some(()));
            }
        }
    }

    /// Waits until the page has read the newest block.
    pub(crate) fn sees_the_chain(&self) {
        let block = (*self.chain()).block();
        self.tab.until("the new candle", |tab| (block_of(tab)? >= block).then_some(()));
    }

    /// Moves the price candle by candle until `is_seen`. It stands still while an operation is on its way: on a
    /// slow machine it would else leave the slippage, or the whole band, before the operation is mined.
    pub(crate) fn trend(&self, trend: Trend, what: &str, is_seen: impl Fn(&Tab) -> bool) {
        let is_busy = |tab: &Tab| tab.text("trader-word").is_some_and(|word| word.contains("Busy"));
        for _ in 0..MOST_CANDLES {
            let rest = |tab: &Tab| if is_seen(tab) { Some(true) } else { (!is_busy(tab)).then_some(false) };
            if self.tab.until("the operation's end", rest) {
                return;
            }
            self.candle(trend);
        }
        self.tab.until(what, |tab| is_seen(tab).then_some(()));
    }

    /// Moves the price until the fast average is on this side of the slow one.
    pub(crate) fn until_averages(&self, trend: Trend) {
        let average = |tab: &Tab, mark: &str| tab.text(mark)?.parse::<f64>().ok();
        self.trend(trend, "the averages", |tab| {
            let both = average(tab, "ema-fast").zip(average(tab, "ema-slow"));
            both.is_some_and(|(fast, slow)| if trend == Trend::Up { fast > slow } else { fast < slow })
        });
    }

    /// Rows of the journal with this title and state.
    pub(crate) fn rows(&self, title: &str, state: &str) -> usize {
        rows(&self.tab, title, state)
    }

    /// Moves the price until one more trade of this direction is filled.
    pub(crate) fn trade(&self, trend: Trend) {
        let title = if trend == Trend::Up { "Buy" } else { "Sell" };
        let before = self.rows(title, "filled");
        self.trend(trend, title, |tab| rows(tab, title, "filled") > before);
    }
}

/// The block that the page has read.
pub(crate) fn block_of(tab: &Tab) -> Option<u64> {
    tab.text("block")?.strip_prefix("block ")?.parse().ok()
}

/// Rows of the journal with this title and state.
pub(crate) fn rows(tab: &Tab, title: &str, state: &str) -> usize {
    let titles = tab.texts("journal-title");
    let states = tab.texts("journal-state");
    titles.iter().zip(&states).filter(|(known, at)| known.starts_with(title) && *at == state).count()
}
