//! Servers, keys and policies that the person chooses.

use super::*;
use crate::app::{EndpointsText, ServiceOption};

/// A machine that watches Base.
fn watching() -> Machine {
    let mut machine = Machine::new(Some("base")).expect("a network");
    machine.handle(Event::Restored(Ok(Box::default())), START.to_millis());
    machine
}

/// What the form holds after this service was chosen.
fn form(option: &ServiceOption) -> EndpointsText {
    let ServiceOption { bundler, paymaster, .. } = option.clone();
    EndpointsText { node: "https://mainnet.base.org".to_owned(), bundler, paymaster, ..Default::default() }
}

fn option(machine: &mut Machine, title: &str) -> ServiceOption {
    let options = machine.snapshot().network.services;
    options.into_iter().find(|option| option.title == title).expect(title)
}

fn edit(machine: &mut Machine, text: &EndpointsText) -> Vec<Command> {
    let intent = Intent::EditEndpoints(Box::new(text.clone()));
    machine.handle(Event::Intent(Box::new(intent)), START.to_millis())
}

fn saved(commands: &[Command]) -> Option<&Settings> {
    commands.iter().find_map(|command| {
        if let Command::Save(Saved::Settings(settings)) = command { Some(settings) } else { None }
    })
}

fn newest_notice(machine: &mut Machine) -> String {
    machine.snapshot().notices.first().map(|notice| notice.sentence.clone()).unwrap_or_default()
}

#[test]
fn a_service_with_a_key_is_used_once_the_key_is_there() {
    let mut machine = watching();
    let pimlico = option(&mut machine, "Pimlico, with your key");
    let mut text = form(&pimlico);
    assert!(edit(&mut machine, &text).is_empty());
    assert!(newest_notice(&mut machine).contains("with a key of your own"));
    (text.bundler_key, text.sponsor_key) = ("pim_1".to_owned(), "a key?".to_owned());
    assert!(edit(&mut machine, &text).is_empty());
    assert!(newest_notice(&mut machine).contains("letters, digits"));
    text.sponsor_key = "pim_2".to_owned();
    text.policy = "sp/1".to_owned();
    assert!(edit(&mut machine, &text).is_empty());
    assert!(newest_notice(&mut machine).contains("id of a policy"));
    text.policy = " sp_1 ".to_owned();
    let commands = edit(&mut machine, &text);
    let kept = saved(&commands).expect("it is kept").clone();
    assert_eq!(kept.policy, "sp_1");
    assert_eq!(kept.keys[0].fill("{key}") + " " + &kept.keys[1].fill("{key}"), "pim_1 pim_2");
    let shown = machine.snapshot();
    assert_eq!(shown.network.endpoints[1], pimlico.bundler, "the address is shown without the key");
    assert_eq!((shown.network.has_keys, shown.network.policy.as_str()), ([true, true], "sp_1"));
    assert!(!format!("{shown:?} {kept:?} {text:?}").contains("pim_"));
    assert!(!String::from_utf8_lossy(&crate::app::encode(&shown).expect("encodes")).contains("pim_"));
}

#[test]
fn a_kept_key_goes_to_the_service_it_was_entered_for_and_to_no_other() {
    let mut machine = watching();
    let mut text = form(&option(&mut machine, "Pimlico, with your key"));
    (text.bundler_key, text.sponsor_key) = ("pim_1".to_owned(), "pim_2".to_owned());
    let first = saved(&edit(&mut machine, &text)).expect("kept").clone();
    (text.bundler_key, text.sponsor_key) = Default::default();
    assert_eq!(saved(&edit(&mut machine, &text)), Some(&first), "an empty field keeps what is there");
    let biconomy = form(&option(&mut machine, "Biconomy, with your key"));
    assert!(edit(&mut machine, &biconomy).is_empty(), "another's key is none of theirs");
    let public = form(&option(&mut machine, "Candide, public, without a key"));
    let kept = saved(&edit(&mut machine, &public)).expect("it needs none").clone();
    assert!(kept.keys.iter().all(crate::app::ApiKey::is_empty), "what is not used is not kept");
    assert!(edit(&mut machine, &text).is_empty(), "and is gone");
    let keyed = EndpointsText { bundler_key: "pim_1".into(), sponsor_key: "pim_2".into(), ..text };
    assert!(saved(&edit(&mut machine, &keyed)).is_some());
    let elsewhere = Intent::ChooseNetwork("sepolia".to_owned());
    let commands = machine.handle(Event::Intent(Box::new(elsewhere)), START.to_millis());
    let sepolia = Settings { network: "sepolia".to_owned(), ..Settings::default() };
    assert_eq!(saved(&commands), Some(&sepolia), "another network begins with its table");
}

#[test]
fn what_was_chosen_is_there_after_a_reload() {
    let mut machine = watching();
    let mut text = form(&option(&mut machine, "Pimlico, with your key"));
    (text.bundler_key, text.sponsor_key) = ("pim_1".to_owned(), "pim_2".to_owned());
    let settings = saved(&edit(&mut machine, &text)).expect("kept").clone();
    let record = crate::app::records::write(&settings).expect("it can be written");
    let settings = crate::app::records::read::<Settings>(&record).expect("it can be read");
    let mut again = Machine::new(Some("base")).expect("a network");
    let restored = Restored { settings, ..Restored::default() };
    again.handle(Event::Restored(Ok(Box::new(restored))), START.to_millis());
    assert_eq!(again.services, machine.services);
}

#[test]
fn using_a_form_whose_node_was_not_touched_keeps_the_other_node() {
    let mut machine = watching();
    let candide = option(&mut machine, "Candide, public, without a key");
    edit(&mut machine, &form(&candide));
    assert!(machine.services.spare_node_url.is_some());
    let own = EndpointsText { node: "https://mainnet.base.org/mine".to_owned(), ..form(&candide) };
    edit(&mut machine, &own);
    assert_eq!(machine.services.spare_node_url, None);
    let foreign = EndpointsText { bundler: "https://example.org/{key}".to_owned(), ..form(&candide) };
    assert!(edit(&mut machine, &foreign).is_empty());
    assert!(newest_notice(&mut machine).contains("the servers it lists"));
}
