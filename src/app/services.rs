//! A network with the endpoints in use, and clients for them.

use super::Environment;
use crate::contracts::{Dialect, NETWORKS, Network};
use crate::rpc::{Bundler, Node, Paymaster, SponsorPolicy};

/// A network of the table, with its endpoints as the person left them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// The network.
    pub network: &'static Network,
    /// Node.
    pub node_url: String,
    /// Bundler.
    pub bundler_url: String,
    /// Paymaster.
    pub paymaster_url: String,
}

impl Services {
    /// The network `id` with `overrides` (node, bundler, paymaster); empty ones take the table's first.
    /// `None` for an unknown id.
    pub fn of(id: &str, overrides: &[String; 3]) -> Option<Self> {
        let network = NETWORKS.iter().find(|network| network.id == id)?;
        let pick = |given: &String, first: Option<&&str>| {
            if given.is_empty() {
                first.map(|url| (*url).to_owned()).unwrap_or_default()
            } else {
                given.clone()
            }
        };
        let endpoints = &network.endpoints;
        let first_bundler = endpoints.bundlers.first().map(|(url, _)| url);
        Some(Self {
            network,
            node_url: pick(&overrides[0], endpoints.nodes.first()),
            bundler_url: pick(&overrides[1], first_bundler),
            paymaster_url: pick(&overrides[2], endpoints.paymasters.first()),
        })
    }

    /// How the bundler in use likes to be spoken to; an edited one is taken for an ERC-7677 speaker of the
    /// dialect of its host.
    pub fn dialect(&self) -> Dialect {
        let known = self.network.endpoints.bundlers.iter().find(|(url, _)| *url == self.bundler_url);
        let by_host = || match &self.bundler_url {
            url if url.contains("candide") => Dialect::Candide,
            url if url.contains("biconomy") => Dialect::Biconomy,
            _ => Dialect::Pimlico,
        };
        known.map_or_else(by_host, |(_, dialect)| *dialect)
    }

    /// The node.
    pub fn node(&self, environment: &Environment) -> Node {
        Node::new((environment.service)(&self.node_url), host_of(&self.node_url))
    }

    /// The bundler.
    pub fn bundler(&self, environment: &Environment) -> Bundler {
        Bundler::new((environment.service)(&self.bundler_url), host_of(&self.bundler_url), self.dialect())
    }

    /// The sponsor.
    pub fn paymaster(&self, environment: &Environment) -> Paymaster {
        let transport = (environment.service)(&self.paymaster_url);
        let policy = SponsorPolicy::default();
        Paymaster::new(transport, host_of(&self.paymaster_url), self.dialect(), self.network.chain_id, policy)
    }
}

/// The host of a URL, for messages: what stands between the scheme and the path.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}
