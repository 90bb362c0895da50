//! The networks Leash knows: one table.

use alloy_primitives::{Address, address};

use super::sponsors::{ELSEWHERE, ON_BASE, ON_BASE_OP_TESTNETS, ON_THIS_COMPUTER, Sponsor};

/// How a bundler and its paymaster like to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `pimlico_getUserOperationGasPrice`, ERC-7677 with stub.
    Pimlico,
    /// ERC-7677, fees from the node, `sponsorshipPolicyId` in the context.
    Candide,
    /// `biconomy_getGasFeeValues`, paymaster v2 without a stub.
    Biconomy,
}

impl Dialect {
    /// Whose it is.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pimlico => "Pimlico",
            Self::Candide => "Candide",
            Self::Biconomy => "Biconomy",
        }
    }
}

/// Where a network's services answer. `{key}` stands for a key the person may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Nodes: the first is used, the second is asked when it fails or to compare.
    pub nodes: &'static [&'static str],
    /// ERC-7769 bundlers with their dialect, keyless ones first.
    pub bundlers: &'static [(&'static str, Dialect)],
    /// ERC-7677 paymasters, in the order of `bundlers`.
    pub paymasters: &'static [&'static str],
    /// Mints demo tokens, where somebody does.
    pub faucet: Option<&'static str>,
}

/// A public line on which an exchange tells the price of the pool's pair, in Binance's words for a book ticker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicLine {
    /// Whose.
    pub name: &'static str,
    /// A WebSocket that speaks without being asked.
    pub url: &'static str,
}

/// Binance's for ether in USDC, on its host for market data alone
/// (<https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams>).
const BINANCE: PublicLine =
    PublicLine { name: "Binance ETH/USDC", url: "wss://data-stream.binance.vision/ws/ethusdc@bookTicker" };

/// A token of the table; symbols and decimals are never taken from the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Shown.
    pub symbol: &'static str,
    /// 0 to 36.
    pub decimals: u8,
    /// Where it stands.
    pub address: Address,
}

/// One Uniswap V3 pool and the contracts to trade it with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolFacts {
    /// The pool.
    pub pool: Address,
    /// Hundredths of a basis point: 500 is 0.05 %.
    pub fee: u32,
    /// SwapRouter02.
    pub router: Address,
    /// QuoterV2.
    pub quoter: Address,
    /// What is traded.
    pub base: Token,
    /// What it is priced in.
    pub quote: Token,
}

/// A chain with everything a grant needs on it, or the names of what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// In the URL and in settings.
    pub id: &'static str,
    /// Shown.
    pub name: &'static str,
    /// EIP-155.
    pub chain_id: u64,
    /// Whether money on it is real.
    pub is_testnet: bool,
    /// Where services answer.
    pub endpoints: Endpoints,
    /// Largest verificationGasLimit its bundlers take.
    pub verification_gas_cap: u64,
    /// Blocks on top of an operation's own before it counts as settled: the newest of a chain may still be replaced.
    /// One sequencer makes a rollup's blocks, which makes that rare; many make those of Ethereum.
    pub settling_blocks: u64,
    /// Block explorer, without trailing slash.
    pub explorer: Option<&'static str>,
    /// The pool; `None` is shown as missing and refuses a grant.
    pub pool: Option<PoolFacts>,
    /// Where an exchange tells the price of the pool's pair; none for pools of play money, whose price is nobody's.
    pub public_line: Option<PublicLine>,
    /// Sponsoring paymasters that are accepted; where the list is empty, every offer is refused.
    pub paymasters: &'static [Sponsor],
    /// Whether the whole flow was ever run on it.
    pub was_run: bool,
}

/// The network of this id.
pub fn network_by_id(id: &str) -> Option<&'static Network> {
    NETWORKS.iter().find(|network| network.id == id)
}

impl Network {
    /// What keeps a grant from being possible by the table alone, each a sentence. What the chain itself lacks
    /// is found by reading it.
    pub fn missing(&self) -> Vec<String> {
        let name = self.name;
        let mut missing = Vec::new();
        if self.pool.is_none() {
            missing.push(format!("No Uniswap V3 pool with a public source is known on {name}."));
        }
        if self.endpoints.bundlers.is_empty() {
            missing.push(format!("No bundler is known on {name}."));
        }
        if self.paymasters.is_empty() {
            missing.push(format!("No sponsor is known on {name}."));
        }
        missing
    }

    /// Whether this is a chain in the computer at hand, where stand-in contracts are accepted.
    pub const fn is_local(&self) -> bool {
        self.chain_id == LOCAL_CHAIN_ID
    }

    /// Whether this is the chain in the tab. Its records and those of all other networks are kept apart.
    pub fn is_sandbox(&self) -> bool {
        self.id == SANDBOX_ID
    }
}

/// The chain in the tab.
pub const SANDBOX_ID: &str = "sandbox";
/// The network of a page that was told none and remembers none.
pub const DEFAULT_ID: &str = "local";
/// Of the sandbox and of the local stack, as anvil has it.
const LOCAL_CHAIN_ID: u64 = 31_337;

/// Wrapped ether of every OP Stack chain
/// (<https://docs.uniswap.org/contracts/v3/reference/deployments/base-deployments>, “Wrapped Native Token”).
const OP_STACK_WETH: Token = weth(address!("4200000000000000000000000000000000000006"));

const fn weth(address: Address) -> Token {
    Token { symbol: "WETH", decimals: 18, address }
}

/// USDC as Circle lists it (<https://developers.circle.com/stablecoins/usdc-contract-addresses>).
const fn usdc(address: Address) -> Token {
    Token { symbol: "USDC", decimals: 6, address }
}

/// Services that speak for many chains by their number: Pimlico's and Candide's public ones first, which need no
/// key, then Pimlico's and Biconomy's with one.
macro_rules! endpoints {
    ($chain:literal, $($node:literal),+) => {
        Endpoints {
            nodes: &[$($node),+],
            bundlers: &[
                (concat!("https://public.pimlico.io/v2/", $chain, "/rpc"), Dialect::Pimlico),
                (concat!("https://api.candide.dev/public/v3/", $chain), Dialect::Candide),
                (concat!("https://api.pimlico.io/v2/", $chain, "/rpc?apikey={key}"), Dialect::Pimlico),
                (concat!("https://bundler.biconomy.io/api/v3/", $chain, "/{key}"), Dialect::Biconomy),
            ],
            paymasters: &[
                concat!("https://public.pimlico.io/v2/", $chain, "/rpc"),
                concat!("https://api.candide.dev/public/v3/", $chain),
                concat!("https://api.pimlico.io/v2/", $chain, "/rpc?apikey={key}"),
                concat!("https://paymaster.biconomy.io/api/v2/", $chain, "/{key}"),
            ],
            faucet: None,
        }
    };
}

/// Largest verification gas that bundlers commonly take (the default of rundler).
const USUAL_VERIFICATION_CAP: u64 = 5_000_000;

/// The stack of `cargo xtask stack`. Its deployer is the tenth account of anvil's public mnemonic, nonces 0 to
/// 5; the stack refuses to start when a contract comes to stand elsewhere.
const LOCAL: Network = Network {
    id: DEFAULT_ID,
    name: "Local stack",
    chain_id: LOCAL_CHAIN_ID,
    is_testnet: true,
    endpoints: Endpoints {
        nodes: &["http://127.0.0.1:8545"],
        bundlers: &[("http://127.0.0.1:8546", Dialect::Pimlico)],
        paymasters: &["http://127.0.0.1:8547"],
        faucet: Some("http://127.0.0.1:8548"),
    },
    verification_gas_cap: USUAL_VERIFICATION_CAP,
    settling_blocks: 0,
    explorer: None,
    pool: Some(PoolFacts {
        pool: address!("23C60766BCF5Bd0b42df3FC9b690863BdC7b0145"),
        fee: 500,
        router: address!("e1Aa25618fA0c7A1CFDab5d6B456af611873b629"),
        quoter: address!("e1DA8919f262Ee86f9BE05059C9280142CF23f48"),
        base: Token {
            symbol: "WETH",
            decimals: 18,
            address: address!("700b6A60ce7EaaEA56F065753d8dcB9653dbAD35"),
        },
        quote: Token {
            symbol: "USDC",
            decimals: 6,
            address: address!("A15BB66138824a1c7167f5E85b957d04Dd34E468"),
        },
    }),
    // The stack's own exchange, which follows its market.
    public_line: Some(PublicLine { name: "The stack’s exchange", url: "ws://127.0.0.1:8549/book" }),
    paymasters: ON_THIS_COMPUTER,
    was_run: true,
};

/// The chain in the tab: the stack's deployments by the stack's accounts, so the same addresses. Its services are
/// no servers: they are reached over a line to the worker that holds the chain.
const SANDBOX: Network = Network {
    id: SANDBOX_ID,
    name: "Sandbox",
    endpoints: Endpoints {
        nodes: &["sandbox:node"],
        bundlers: &[("sandbox:bundler", Dialect::Pimlico)],
        paymasters: &["sandbox:paymaster"],
        faucet: Some("sandbox:control"),
    },
    public_line: None,
    ..LOCAL
};

/// All networks, in the order they are offered.
///
/// Each pool address equals the CREATE2 address of its factory, tokens and fee, which a test recomputes; whether
/// code stands there is read from the chain before anything is signed.
pub const NETWORKS: &[Network] = &[
    SANDBOX,
    LOCAL,
    Network {
        id: "base-sepolia",
        name: "Base Sepolia",
        chain_id: 84_532,
        is_testnet: true,
        // <https://docs.base.org/base-chain/quickstart/connecting-to-base> and <https://www.publicnode.com>.
        endpoints: endpoints!(84532, "https://sepolia.base.org", "https://base-sepolia-rpc.publicnode.com"),
        verification_gas_cap: USUAL_VERIFICATION_CAP,
        settling_blocks: 1,
        explorer: Some("https://sepolia.basescan.org"),
        // <https://docs.uniswap.org/contracts/v3/reference/deployments/base-deployments>, column “Base Sepolia”;
        // factory 0x4752ba5DBc23f44D87826276BF6Fd6b1C372aD24.
        pool: Some(PoolFacts {
            pool: address!("94bfc0574FF48E92cE43d495376C477B1d0EEeC0"),
            fee: 500,
            router: address!("94cC0AaC535CCDB3C01d6787D6413C739ae12bc4"),
            quoter: address!("C5290058841028F1614F3A6F0F5816cAd0df5E27"),
            base: OP_STACK_WETH,
            quote: usdc(address!("036CbD53842c5426634e7929541eC2318f3dCF7e")),
        }),
        public_line: None,
        paymasters: ON_BASE_OP_TESTNETS,
        was_run: false,
    },
    Network {
        id: "base",
        name: "Base",
        chain_id: 8_453,
        is_testnet: false,
        endpoints: endpoints!(8453, "https://mainnet.base.org", "https://base-rpc.publicnode.com"),
        verification_gas_cap: USUAL_VERIFICATION_CAP,
        settling_blocks: 1,
        explorer: Some("https://basescan.org"),
        // <https://docs.uniswap.org/contracts/v3/reference/deployments/base-deployments>, column “Base”;
        // factory 0x33128a8fC17869897dcE68Ed026d694621f6FDfD.
        pool: Some(PoolFacts {
            pool: address!("d0b53D9277642d899DF5C87A3966A349A798F224"),
            fee: 500,
            router: address!("2626664c2603336E57B271c5C0b26F421741e481"),
            quoter: address!("3d4e44Eb1374240CE5F1B871ab261CD16335B76a"),
            base: OP_STACK_WETH,
            quote: usdc(address!("833589fCD6eDb6E08f4c7C32D4f71b54bdA02913")),
        }),
        public_line: Some(BINANCE),
        paymasters: ON_BASE,
        was_run: false,
    },
    Network {
        id: "sepolia",
        name: "Ethereum Sepolia",
        chain_id: 11_155_111,
        is_testnet: true,
        endpoints: endpoints!(
            11155111,
            "https://ethereum-sepolia-rpc.publicnode.com",
            "https://sepolia.drpc.org"
        ),
        verification_gas_cap: USUAL_VERIFICATION_CAP,
        settling_blocks: 3,
        explorer: Some("https://sepolia.etherscan.io"),
        // <https://docs.uniswap.org/contracts/v3/reference/deployments/ethereum-deployments>, column “Ethereum
        // Sepolia”, with its wrapped ether; factory 0x0227628f3F023bb0B980b67D528571c95c6DaC1c.
        pool: Some(PoolFacts {
            pool: address!("3289680dD4d6C10bb19b899729cda5eEF58AEfF1"),
            fee: 500,
            router: address!("3bFA4769FB09eefC5a80d6E87c3B9C650f7Ae48E"),
            quoter: address!("Ed1f6473345F45b75F8179591dd5bA1888cf2FB3"),
            base: weth(address!("fFf9976782d46CC05630D1f6eBAb18b2324d6B14")),
            quote: usdc(address!("1c7D4B196Cb0C7B01d743Fbc6116a902379C7238")),
        }),
        public_line: None,
        paymasters: ELSEWHERE,
        was_run: false,
    },
    Network {
        id: "op-sepolia",
        name: "OP Sepolia",
        chain_id: 11_155_420,
        is_testnet: true,
        endpoints: endpoints!(
            11155420,
            "https://sepolia.optimism.io",
            "https://optimism-sepolia-rpc.publicnode.com"
        ),
        verification_gas_cap: USUAL_VERIFICATION_CAP,
        settling_blocks: 1,
        explorer: Some("https://sepolia-optimism.etherscan.io"),
        // Uniswap lists two deployments here with one router, so which factory that router serves has no source.
        pool: None,
        public_line: None,
        paymasters: ON_BASE_OP_TESTNETS,
        was_run: false,
    },
    Network {
        id: "arbitrum",
        name: "Arbitrum One",
        chain_id: 42_161,
        is_testnet: false,
        endpoints: endpoints!(
            42161,
            "https://arb1.arbitrum.io/rpc",
            "https://arbitrum-one-rpc.publicnode.com"
        ),
        verification_gas_cap: USUAL_VERIFICATION_CAP,
        settling_blocks: 1,
        explorer: Some("https://arbiscan.io"),
        // <https://docs.uniswap.org/contracts/v3/reference/deployments/arbitrum-deployments>, column “Arbitrum”,
        // with its wrapped ether; factory 0x1F98431c8aD98523631AE4a59f267346ea31F984.
        pool: Some(PoolFacts {
            pool: address!("C6962004f452bE9203591991D15f6b388e09E8D0"),
            fee: 500,
            router: address!("68b3465833fb72A70ecDF485E0e4C7bD8665Fc45"),
            quoter: address!("61fFE014bA17989E743c5F6cB21bF9697530B21e"),
            base: weth(address!("82aF49447D8a07e3bd95BD0d56f35241523fBab1")),
            quote: usdc(address!("af88d065e77c8cC2239327C5EDb3A432268e5831")),
        }),
        public_line: Some(BINANCE),
        paymasters: ELSEWHERE,
        was_run: false,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::{B256, U256, b256, keccak256};

    /// keccak256 of the pool's creation code (`POOL_INIT_CODE_HASH` of v3-periphery).
    const POOL_CODE_HASH: B256 = b256!("e34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54");

    #[test]
    fn every_pool_is_the_one_of_its_factory_tokens_and_fee() {
        let check = |id: &str, factory: Address| {
            let facts = network_by_id(id).and_then(|network| network.pool).expect("a pool");
            let mut tokens = [facts.base.address, facts.quote.address];
            tokens.sort();
            let words = [tokens[0].into_word(), tokens[1].into_word(), U256::from(facts.fee).into()];
            let salt = keccak256(words.concat());
            assert_eq!(factory.create2(salt, POOL_CODE_HASH), facts.pool, "{id}");
        };
        check("base-sepolia", address!("4752ba5DBc23f44D87826276BF6Fd6b1C372aD24"));
        check("base", address!("33128a8fC17869897dcE68Ed026d694621f6FDfD"));
        check("sepolia", address!("0227628f3F023bb0B980b67D528571c95c6DaC1c"));
        check("arbitrum", address!("1F98431c8aD98523631AE4a59f267346ea31F984"));
    }

    #[test]
    fn the_table_keeps_its_promises() {
        let mut ids: Vec<_> = NETWORKS.iter().map(|network| (network.id, network.chain_id)).collect();
        ids.sort_unstable();
        ids.dedup_by_key(|(id, _)| *id);
        assert_eq!(ids.len(), NETWORKS.len(), "ids are unique");
        for network in NETWORKS {
            let Endpoints { nodes, bundlers, paymasters, faucet } = network.endpoints;
            assert!(!nodes.is_empty() && bundlers.len() == paymasters.len(), "{}", network.id);
            assert!(!bundlers[0].0.contains("{key}"), "{}: keyless ones come first", network.id);
            assert_eq!(network.was_run, network.is_local(), "only chains of this computer were run");
            assert_eq!(faucet.is_some(), network.is_local());
            let is_secure = |url: &&str| url.starts_with("https://") || network.is_local();
            assert!(nodes.iter().chain(paymasters).all(is_secure), "{}", network.id);
        }
        assert!(network_by_id("mainnet").is_none());
    }

    #[test]
    fn the_sandbox_is_the_local_stack_without_servers() {
        let [sandbox, local] = [SANDBOX_ID, DEFAULT_ID].map(|id| network_by_id(id).expect("in the table"));
        assert_eq!((sandbox.chain_id, sandbox.pool), (local.chain_id, local.pool));
        assert_eq!(sandbox.paymasters, local.paymasters);
        let Endpoints { nodes, bundlers, paymasters, faucet } = sandbox.endpoints;
        let bundlers = bundlers.iter().map(|(endpoint, _)| *endpoint);
        for endpoint in nodes.iter().copied().chain(bundlers).chain(paymasters.iter().copied()).chain(faucet)
        {
            assert!(endpoint.starts_with("sandbox:"), "{endpoint} would leave the tab");
        }
        assert_eq!(NETWORKS.iter().filter(|network| network.is_sandbox()).count(), 1);
    }

    #[test]
    fn what_is_missing_is_named() {
        let missing = |id: &str| network_by_id(id).expect("in the table").missing();
        assert_eq!(missing("base"), Vec::<String>::new());
        assert_eq!(
            missing("op-sepolia"),
            ["No Uniswap V3 pool with a public source is known on OP Sepolia."]
        );
    }
}
