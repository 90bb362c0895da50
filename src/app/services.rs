//! A network with the endpoints in use, and clients for them.

use super::api_key::{ApiKey, wants_key};
use super::event::Settings;
use super::{Environment, ServiceOption};
use crate::contracts::{Dialect, Endpoints, NETWORKS, Network};
use crate::rpc::{Bundler, Node, Paymaster, SponsorPolicy};

/// A network of the table, with its endpoints as the person left them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Services {
    /// The network.
    pub network: &'static Network,
    /// Node.
    pub node_url: String,
    /// The network's other node, for when the first fails and for a second word on what it does not find. `None`
    /// where there is one only, and where the person chose the node: nobody else is asked then.
    pub spare_node_url: Option<String>,
    /// Bundler, as the table has it: its key is put in when it is dialled.
    pub bundler_url: String,
    /// Paymaster, likewise.
    pub paymaster_url: String,
    /// Keys for bundler and paymaster.
    pub keys: [ApiKey; 2],
    /// The sponsor's policy; empty for none.
    pub policy: String,
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
        let spare = endpoints.nodes.get(1).filter(|_| overrides[0].is_empty());
        Some(Self {
            network,
            node_url: pick(&overrides[0], endpoints.nodes.first()),
            spare_node_url: spare.map(|url| (*url).to_owned()),
            bundler_url: pick(&overrides[1], first_bundler),
            paymaster_url: pick(&overrides[2], endpoints.paymasters.first()),
            keys: Default::default(),
            policy: String::new(),
        })
    }

    /// As the person left them; `None` where the network is not known.
    pub fn chosen(settings: &Settings) -> Option<Self> {
        let Settings { network, endpoints, keys, policy, .. } = settings;
        Some(Self { keys: keys.clone(), policy: policy.clone(), ..Self::of(network, endpoints)? })
    }

    /// The pairs of bundler and sponsor that the table offers here.
    pub(super) fn options(&self) -> Vec<ServiceOption> {
        let Endpoints { bundlers, paymasters, .. } = &self.network.endpoints;
        let option = |((bundler, dialect), paymaster): (&(&str, Dialect), &&str)| {
            let key = if wants_key(bundler) { "with your key" } else { "public, without a key" };
            ServiceOption {
                title: format!("{}, {key}", dialect.name()),
                bundler: (*bundler).to_owned(),
                paymaster: (*paymaster).to_owned(),
            }
        };
        bundlers.iter().zip(*paymasters).map(option).collect()
    }

    /// How the bundler in use likes to be spoken to; an edited one is taken for a speaker of the dialect of its
    /// host.
    pub fn dialect(&self) -> Dialect {
        let known = self.network.endpoints.bundlers.iter().find(|(url, _)| *url == self.bundler_url);
        known.map_or_else(|| dialect_by_host(&self.bundler_url), |(_, dialect)| *dialect)
    }

    /// The same of the sponsor, which may be another's than the bundler.
    pub fn sponsor_dialect(&self) -> Dialect {
        let Endpoints { bundlers, paymasters, .. } = &self.network.endpoints;
        let known = paymasters.iter().zip(*bundlers).find(|(url, _)| **url == self.paymaster_url);
        known.map_or_else(|| dialect_by_host(&self.paymaster_url), |(_, (_, dialect))| *dialect)
    }

    /// The node.
    pub fn node(&self, environment: &Environment) -> Node {
        Node::new((environment.service)(&self.node_url), host_of(&self.node_url))
    }

    /// The other node, where there is one.
    pub fn spare_node(&self, environment: &Environment) -> Option<Node> {
        let url = self.spare_node_url.as_ref()?;
        Some(Node::new((environment.service)(url), host_of(url)))
    }

    /// Takes the other node from now on; its host, or `None` where there is one only.
    pub fn change_node(&mut self) -> Option<&str> {
        let spare = self.spare_node_url.as_mut()?;
        std::mem::swap(spare, &mut self.node_url);
        Some(host_of(&self.node_url))
    }

    /// The bundler.
    pub fn bundler(&self, environment: &Environment) -> Bundler {
        let transport = (environment.service)(&self.keys[0].fill(&self.bundler_url));
        Bundler::new(transport, host_of(&self.bundler_url), self.dialect())
    }

    /// The sponsor.
    pub fn paymaster(&self, environment: &Environment) -> Paymaster {
        let transport = (environment.service)(&self.keys[1].fill(&self.paymaster_url));
        let policy = SponsorPolicy { id: Some(self.policy.clone()).filter(|id| !id.is_empty()) };
        let (host, dialect) = (host_of(&self.paymaster_url), self.sponsor_dialect());
        Paymaster::new(transport, host, dialect, self.network.chain_id, policy)
    }
}

fn dialect_by_host(url: &str) -> Dialect {
    match host_of(url) {
        host if host.contains("candide") => Dialect::Candide,
        host if host.contains("biconomy") => Dialect::Biconomy,
        _ => Dialect::Pimlico,
    }
}

/// Whether the page's security policy lets it speak to the server of `url`: those of the network table.
pub(super) fn is_listed(url: &str) -> bool {
    let known = NETWORKS.iter().flat_map(|network| {
        let Endpoints { nodes, bundlers, paymasters, .. } = &network.endpoints;
        let bundlers = bundlers.iter().map(|(url, _)| *url);
        nodes.iter().copied().chain(bundlers).chain(paymasters.iter().copied())
    });
    let wanted = origin_of(url);
    wanted.is_some() && known.map(origin_of).any(|origin| origin == wanted)
}

/// Scheme, host and port. A user name before the host would hide where a URL leads, so it is no origin.
fn origin_of(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#', '\\']).next()?;
    let is_plain = !host.is_empty() && !host.contains('@') && !host.contains(char::is_whitespace);
    is_plain.then(|| url.get(..scheme.len() + 3 + host.len())).flatten()
}

/// The host of a URL, for messages: what stands between the scheme and the path.
fn host_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_servers_may_be_spoken_to() {
        let check = |url: &str, expected: bool| assert_eq!(is_listed(url), expected, "{url}");
        check("http://127.0.0.1:8545", true);
        check("http://127.0.0.1:8545/any/path?with=key", true);
        check("https://api.pimlico.io/v2/8453/rpc?apikey=mine", true);
        check("http://127.0.0.1:8549", false);
        check("http://api.pimlico.io/v2/8453/rpc", false);
        check("https://api.pimlico.io.example/rpc", false);
        check("https://api.pimlico.io@example.com/rpc", false);
        check("javascript:alert(1)", false);
        check("api.pimlico.io", false);
    }

    #[test]
    fn replaced_endpoints_stand_before_the_tables() {
        let own = [String::new(), "https://api.candide.dev/mine".to_owned(), String::new()];
        let services = Services::of("base", &own).expect("a known network");
        assert_eq!(services.bundler_url, own[1]);
        assert_eq!(services.dialect(), Dialect::Candide);
        assert!(services.node_url.starts_with("https://"));
        assert_eq!(Services::of("nowhere", &own), None);
    }

    #[test]
    fn what_the_table_offers_is_spoken_to_in_its_dialect_with_key_and_policy() {
        let plain = Services::of("base", &Default::default()).expect("known");
        let titles: Vec<_> = plain.options().into_iter().map(|option| option.title).collect();
        assert_eq!(
            titles,
            [
                "Pimlico, public, without a key",
                "Candide, public, without a key",
                "Pimlico, with your key",
                "Biconomy, with your key"
            ]
        );
        let dialects = [Dialect::Pimlico, Dialect::Candide, Dialect::Pimlico, Dialect::Biconomy];
        for (option, dialect) in plain.options().into_iter().zip(dialects) {
            let endpoints = [String::new(), option.bundler, plain.paymaster_url.clone()];
            let services = Services::of("base", &endpoints).expect("known");
            let mixed = (services.dialect(), services.sponsor_dialect());
            assert_eq!(mixed, (dialect, Dialect::Pimlico), "each of them in its own");
            let endpoints = [String::new(), String::new(), option.paymaster];
            let services = Services::of("base", &endpoints).expect("known");
            assert_eq!((services.dialect(), services.sponsor_dialect()), (Dialect::Pimlico, dialect));
        }
    }

    #[test]
    fn a_key_is_in_what_is_dialled_and_in_no_name() {
        use std::cell::RefCell;
        use std::rc::Rc;

        use crate::ports::{ScriptedTransport, Transport};

        let option = Services::of("base", &Default::default()).expect("known").options().remove(3);
        let settings = Settings {
            network: "base".to_owned(),
            endpoints: [String::new(), option.bundler, option.paymaster],
            keys: ["for-bundler", "for-sponsor"].map(|text| ApiKey::parse(text).expect("a key")),
            ..Settings::default()
        };
        let services = Services::chosen(&settings).expect("known");
        let dialled = Rc::new(RefCell::new(Vec::new()));
        let log = Rc::clone(&dialled);
        let environment = Environment::in_memory(Rc::new(move |url: &str| -> Rc<dyn Transport> {
            log.borrow_mut().push(url.to_owned());
            Rc::new(ScriptedTransport::default())
        }));
        let (bundler, sponsor) = (services.bundler(&environment), services.paymaster(&environment));
        assert_eq!(
            *dialled.borrow(),
            [
                "https://bundler.biconomy.io/api/v3/8453/for-bundler",
                "https://paymaster.biconomy.io/api/v2/8453/for-sponsor"
            ]
        );
        let printed = format!("{settings:?} {services:?} {} {}", bundler.peer(), sponsor.peer());
        assert!(!printed.contains("for-"), "{printed}");
    }

    #[test]
    fn a_network_with_two_nodes_has_a_spare_one_unless_the_person_chose() {
        let own = |node: &str| [node.to_owned(), String::new(), String::new()];
        let spare = |id: &str, node: &str| Services::of(id, &own(node)).expect("known").spare_node_url;
        assert_eq!(spare("local", ""), None);
        assert_eq!(spare("base", "https://mainnet.base.org/mine"), None);
        let mut services = Services::of("base", &own("")).expect("known");
        let before = services.clone();
        assert_eq!(services.change_node(), Some("base-rpc.publicnode.com"));
        assert_eq!(services.change_node(), Some("mainnet.base.org"));
        assert_eq!(services, before);
    }
}
