//! Other endpoints, other networks: what is dropped, what goes on, what is kept.

use super::nodes::sees_block_of;
use super::*;
use crate::app::EndpointsText;
use crate::app::event::Proof;

/// The epoch after [`HERE`].
const NEXT: Epoch = Epoch(2);
const NODE: &str = "https://sepolia.base.org/of-mine";
const BUNDLER: &str = "https://public.pimlico.io/v2/31337/rpc";

fn intends(world: &mut World, intent: Intent) -> Vec<Command> {
    world.tell(Event::Intent(Box::new(intent)))
}

fn edit(world: &mut World, node: &str, bundler: &str) -> Vec<Command> {
    let (node, bundler) = (node.to_owned(), bundler.to_owned());
    let text = EndpointsText { node, bundler, ..EndpointsText::default() };
    intends(world, Intent::EditEndpoints(Box::new(text)))
}

fn choose(world: &mut World, id: &str) -> Vec<Command> {
    intends(world, Intent::ChooseNetwork(id.to_owned()))
}

fn newest_notice(world: &mut World) -> String {
    world.machine.snapshot().notices.first().map(|notice| notice.sentence.clone()).unwrap_or_default()
}

/// An observation of another price, as asked for by `epoch`.
fn observed(world: &World, epoch: Epoch) -> Event {
    let tick = PriceTick { at: world.at, block: world.block, price: price(1) };
    let observation = Observation { ticks: vec![tick], ..sees_block_of(world.block, world.at) };
    Event::Observed(epoch, Ok(Box::new(observation)))
}

/// Every answer to what was asked before, late: none moves anything.
fn late_answers_are_dropped(world: &mut World) {
    let before = format!("{:?}", world.machine.snapshot());
    let late = [
        observed(world, HERE),
        Event::Observed(HERE, Err(failure())),
        Event::HistoryLoaded(HERE, Ok(vec![PriceTick { at: START, block: 1, price: price(1) }])),
        Event::HistoryLoaded(HERE, Err(failure())),
        Event::ContractsChecked(HERE, Ok(Flavour::Production)),
        Event::ContractsChecked(HERE, Err(failure())),
        Event::Audited(HERE, "journal.json".to_owned(), Err(failure())),
        Event::Woke(Timer::Observe(HERE)),
        Event::Woke(Timer::History(HERE)),
        Event::Woke(Timer::Contracts(HERE)),
        Event::Woke(Timer::Lock(HERE)),
        Event::Woke(Timer::EndingPatience(HERE)),
        Event::Woke(Timer::Handover(HERE)),
    ];
    for event in late {
        let told = format!("{event:?}");
        assert_eq!(world.tell(event), Vec::new(), "{told}");
        assert_eq!(format!("{:?}", world.machine.snapshot()), before, "{told}");
    }
}

fn services_of(command: &Command) -> Option<&Services> {
    if let Command::CheckContracts(_, services) = command { Some(services) } else { None }
}

/// The grant may trade as it could before, and its key was not touched.
fn keeps_the_grant(world: &World, commands: &[Command]) {
    assert!(!commands.iter().any(|command| matches!(command, Command::WipeKey(_))), "{commands:?}");
    let kept = &world.machine.grants;
    assert_eq!((kept.len(), kept[0].id(), kept[0].life), (1, world.grant.id(), GrantLife::Active));
}

#[test]
fn other_endpoints_are_asked_from_then_on_and_the_live_grant_is_kept() {
    let mut world = World::new();
    let commands = edit(&mut world, &format!(" {NODE} "), BUNDLER);
    let asked = commands.iter().find_map(services_of).expect("the contracts are read anew");
    assert_eq!((asked.node_url.as_str(), asked.bundler_url.as_str()), (NODE, BUNDLER));
    assert_eq!(asked.spare_node_url, None, "nobody else is asked");
    let kept = |command: &Command| matches!(command, Command::Save(Saved::Settings(kept)) if kept.endpoints[..2] == [NODE, BUNDLER]);
    assert!(commands.iter().any(kept), "{commands:?}");
    keeps_the_grant(&world, &commands);
    assert_eq!(world.machine.snapshot().network.endpoints[0], NODE);
    late_answers_are_dropped(&mut world);
    keeps_the_grant(&world, &[]);
    assert!(world.machine.live_grant().is_some());
}

#[test]
fn servers_that_the_page_does_not_list_are_refused_and_nothing_changes() {
    let mut world = World::new();
    let before = world.machine.services.clone();
    for foreign in ["https://evil.example/rpc", "http://127.0.0.1:8545@evil.example", "evil", "https://"] {
        assert_eq!(edit(&mut world, foreign, ""), Vec::new(), "{foreign}");
        assert!(newest_notice(&mut world).contains("the servers it lists"), "{foreign}");
        assert_eq!(world.machine.services, before, "{foreign}");
        assert_eq!(world.machine.settings.endpoints, <[String; 3]>::default(), "{foreign}");
        world.machine.notices.clear();
    }
}

#[test]
fn what_is_on_its_way_goes_on_at_the_new_endpoints() {
    let mut world = World::new();
    let signed = world.sign_trade();
    let id = signed.entry.id;
    let unclear = SendFailure { failure: failure(), is_definite: false };
    world.tell(Event::Sent(id, Err(unclear)));
    edit(&mut world, NODE, BUNDLER);
    let commands = world.tell(Event::Woke(Timer::Settle(id)));
    let looks =
        |command: &Command| matches!(command, Command::Settle(plan) if plan.services.node_url == NODE);
    assert!(commands.iter().any(looks), "{commands:?}");

    // Also an ending that was only being signed when they changed.
    let mut world = World::new();
    let plan = prepared_plan(intends(&mut world, Intent::Revoke)).expect("it ends itself");
    world.tell(prepared(plan.clone()));
    let signed = world.signed(plan);
    edit(&mut world, NODE, BUNDLER);
    let commands = world.tell(Event::Signed(signed.entry.id, Ok(Box::new(signed))));
    let sends = |command: &Command| matches!(command, Command::Send(signed) if signed.services.bundler_url == BUNDLER);
    assert!(commands.iter().any(sends), "{commands:?}");
}

/// The contracts at the new endpoints were not looked at yet.
#[test]
fn a_trade_that_was_being_signed_when_the_endpoints_changed_is_given_up() {
    let mut world = World::new();
    world.tell(Event::ContractsChecked(HERE, Ok(Flavour::StandIns)));
    let plan = world.trade();
    world.tell(prepared(plan.clone()));
    let signed = world.signed(plan);
    edit(&mut world, NODE, BUNDLER);
    let id = signed.entry.id;
    let commands = world.tell(Event::Signed(id, Ok(Box::new(signed))));
    assert!(!commands.iter().any(|command| matches!(command, Command::Send(_))), "{commands:?}");
    let row = world.machine.journal.entry(id).expect("its row");
    assert!(matches!(row.state, OrderState::Abandoned { .. }), "{:?}", row.state);
}

#[test]
fn an_ending_goes_on_at_the_new_endpoints() {
    let mut world = World::new();
    let plan = prepared_plan(intends(&mut world, Intent::Revoke)).expect("it ends itself");
    world.tell(Event::Prepared(plan.id, Err(failure())));
    let before = world.machine.snapshot().ending.expect("an ending");
    assert!(before.offers_owner);
    let commands = edit(&mut world, NODE, BUNDLER);
    assert_eq!(world.machine.snapshot().ending, Some(before), "it is still shown, with its ways");
    let patience = Command::Wait { timer: Timer::EndingPatience(NEXT), millis: 30_000 };
    assert!(commands.contains(&patience), "{commands:?}");
    let proof = Proof {
        block: world.block,
        lines: vec![crate::app::ProofLine { claim: "Off.".into(), holds: true, evidence: "0".into() }],
    };
    let commands = world.tell(Event::Proven(world.grant.id(), Ok(proof)));
    assert!(commands.contains(&Command::WipeKey(world.grant.session_key())), "{commands:?}");
    assert!(world.machine.snapshot().ending.is_some_and(|ending| ending.is_proven));
}

#[test]
fn an_ending_that_waits_for_another_tab_waits_on_at_the_new_endpoints() {
    let mut world = World::new();
    world.machine.lock = Lock::Free;
    intends(&mut world, Intent::Revoke);
    let commands = edit(&mut world, NODE, BUNDLER);
    let waits = |timer: Timer| {
        commands.iter().any(|command| matches!(command, Command::Wait { timer: set, .. } if *set == timer))
    };
    assert!(waits(Timer::Handover(NEXT)) && waits(Timer::EndingPatience(NEXT)), "{commands:?}");
}

#[test]
fn another_network_begins_anew_and_keeps_the_live_grant_of_the_one_that_was_left() {
    let mut world = World::new();
    let commands = choose(&mut world, "base");
    keeps_the_grant(&world, &commands);
    let asked = commands.iter().find_map(services_of).expect("its contracts are read");
    assert_eq!(asked.network.id, "base");
    let kept =
        |command: &Command| matches!(command, Command::Save(Saved::Settings(kept)) if kept.network == "base");
    assert!(commands.iter().any(kept), "{commands:?}");
    let seen = world.machine.snapshot();
    assert_eq!((seen.network.id.as_str(), seen.network.flavour), ("base", None));
    assert_eq!((seen.grant, seen.account, seen.market.price), (None, None, None));
    assert_eq!(world.machine.epoch, NEXT);
    late_answers_are_dropped(&mut world);
    let proof = Proof { block: 1, lines: Vec::new() };
    assert_eq!(world.tell(Event::Proven(world.grant.id(), Ok(proof))), Vec::new());

    let commands = choose(&mut world, "local");
    keeps_the_grant(&world, &commands);
    assert!(commands.iter().any(|command| matches!(command, Command::AcquireLock(_))), "{commands:?}");
    assert!(world.machine.snapshot().grant.is_some(), "it is at hand again");
}

#[test]
fn a_cross_that_waited_for_its_quote_is_not_traded_on_what_comes_after() {
    for leaves in [(|world| choose(world, "base")) as fn(&mut World) -> Vec<Command>, |world| {
        edit(world, NODE, BUNDLER)
    }] {
        let mut world = World::new();
        let crossed = (2_565..2_700).step_by(5).any(|whole| {
            world.plan.quotes.clear();
            world.look(&[whole]);
            world.machine.unquoted.is_some()
        });
        assert!(crossed, "the averages cross");
        leaves(&mut world);
        assert_eq!(world.machine.unquoted, None);
    }
}

#[test]
fn the_network_is_not_left_while_something_is_on_its_way() {
    let stays = |mut world: World| {
        assert_eq!(choose(&mut world, "base"), Vec::new());
        assert!(newest_notice(&mut world).contains("Change the network when it is done"));
        assert_eq!((world.machine.services.network.id, world.machine.epoch), ("local", HERE));
    };
    let mut trading = World::new();
    trading.trade();
    stays(trading);
    let mut granting = World::new();
    granting.machine.is_granting = true;
    stays(granting);
}

#[test]
fn an_unknown_network_the_one_at_hand_and_the_sandbox_change_nothing() {
    for id in ["nowhere", "local", "sandbox"] {
        let mut world = World::new();
        assert_eq!(choose(&mut world, id), Vec::new(), "{id}");
        assert_eq!((world.machine.services.network.id, world.machine.epoch), ("local", HERE), "{id}");
    }
}

#[test]
fn which_contracts_run_is_shown_once_they_were_read() {
    let mut world = World::new();
    let shown = |world: &mut World| {
        let network = world.machine.snapshot().network;
        (network.flavour, network.missing)
    };
    assert_eq!(shown(&mut world), (None, Vec::new()), "not read yet");
    for flavour in [Flavour::StandIns, Flavour::Production] {
        assert_eq!(world.tell(Event::ContractsChecked(HERE, Ok(flavour))), Vec::new());
        assert_eq!(shown(&mut world), (Some(flavour), Vec::new()));
    }
    let sentence = "SmartSession is not the audited version, so nothing is signed.";
    let commands = world.tell(Event::ContractsChecked(HERE, Err(Failure::new(sentence))));
    assert_eq!(shown(&mut world), (None, vec![sentence.to_owned()]));
    assert_eq!(newest_notice(&mut world), sentence);
    let again = Command::Wait { timer: Timer::Contracts(HERE), millis: 15_000 };
    assert_eq!(commands, [again], "and they are looked at again");
    edit(&mut world, NODE, BUNDLER);
    assert_eq!(shown(&mut world), (None, Vec::new()), "another node may tell otherwise");
}
