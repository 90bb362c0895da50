//! Which servers the person wants to be asked, with which keys and under which policy.

use crate::app::Failure;
use crate::app::api_key::{ApiKey, parse_policy, wants_key};
use crate::app::event::{Command, Saved, Settings};
use crate::app::intent::EndpointsText;
use crate::app::services::{Services, is_listed};

use super::Machine;

impl Machine {
    pub(super) fn edit_endpoints(&mut self, text: &EndpointsText) -> Vec<Command> {
        let chosen = match self.chosen_endpoints(text) {
            Ok(chosen) => chosen,
            Err(failure) => return self.warn(&failure),
        };
        let Some(services) = Services::chosen(&chosen) else { return Vec::new() };
        self.settings = chosen;
        self.flight.use_services(&services);
        let mut commands = vec![Command::Save(Saved::Settings(self.settings.clone()))];
        let ending = self.ending.take();
        commands.extend(self.enter(services));
        commands.extend(self.go_on_ending(ending));
        commands
    }

    /// The settings with what was entered, or why it cannot be used.
    fn chosen_endpoints(&self, text: &EndpointsText) -> Result<Settings, Failure> {
        let endpoints = [&text.node, &text.bundler, &text.paymaster].map(|url| url.trim().to_owned());
        if let Some(foreign) = endpoints.iter().find(|url| !url.is_empty() && !is_listed(url)) {
            return Err(Failure::new("This page may speak to the servers it lists, and to no other.")
                .with_advice("Use another address on one of the listed servers; a page built with more servers in its list can use those.")
                .with_details(foreign));
        }
        // The table's own nodes are no choice: the other one goes on standing in.
        let [node, bundler, paymaster] = endpoints;
        let is_tables = self.services.network.endpoints.nodes.contains(&node.as_str());
        let endpoints = [if is_tables { String::new() } else { node }, bundler, paymaster];
        let network = self.services.network.id.to_owned();
        let policy = parse_policy(&text.policy)?;
        let mut chosen = Settings { network, endpoints, policy, ..self.settings.clone() };
        chosen.keys = Default::default();
        let Some(services) = Services::chosen(&chosen) else { return Ok(chosen) };
        let old = &self.services;
        let bundler =
            kept_or_new(&text.bundler_key, &services.bundler_url, (&old.bundler_url, &old.keys[0]))?;
        let sponsor =
            kept_or_new(&text.sponsor_key, &services.paymaster_url, (&old.paymaster_url, &old.keys[1]))?;
        chosen.keys = [bundler, sponsor];
        Ok(chosen)
    }
}

/// The key for `address`: the one that was entered, else the one that was kept for the same address. A key never
/// goes to a service that it was not entered for.
fn kept_or_new(entered: &str, address: &str, kept: (&str, &ApiKey)) -> Result<ApiKey, Failure> {
    if !wants_key(address) {
        return Ok(ApiKey::default());
    }
    let entered = ApiKey::parse(entered)?;
    let key = if entered.is_empty() && kept.0 == address { kept.1.clone() } else { entered };
    if key.is_empty() {
        return Err(Failure::new("This service is used with a key of your own, and none was entered.")
            .with_advice("Get one from the service, or choose one that needs no key."));
    }
    Ok(key)
}
