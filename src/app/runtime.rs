//! The loop: one machine, many commands under way, every event in the order it happens.

use futures_channel::mpsc::UnboundedReceiver;
use futures_util::FutureExt;
use futures_util::future::{Either, LocalBoxFuture, select};
use futures_util::stream::{FuturesUnordered, StreamExt};

use super::event::{Command, Event};
use super::machine::Machine;
use super::perform::perform;
use super::{ChartUpdate, Environment, ExportFile, Snapshot};

/// Shows the page how things stand.
pub trait Audience {
    /// A new snapshot.
    fn snapshot(&self, snapshot: Snapshot);

    /// New points on the chart.
    fn chart(&self, update: ChartUpdate);

    /// A file that the person asked for.
    fn file(&self, file: ExportFile);
}

/// Runs the trader until `events` closes: intents and page events come in there, everything else is the
/// answer to a command. It begins on the network of this id, or where it was last; an unknown id ends it at once.
pub async fn run(
    environment: Environment,
    network: Option<&str>,
    events: UnboundedReceiver<Event>,
    audience: &dyn Audience,
) {
    let performer = |environment: Environment, command: Command| {
        async move { perform(&environment, command).await }.boxed_local()
    };
    run_with(environment, network, events, audience, &performer).await;
}

/// Does a command against the ports.
pub(super) type Performer = dyn Fn(Environment, Command) -> LocalBoxFuture<'static, Event>;

/// As [`run`], with another way of doing commands.
pub(super) async fn run_with(
    environment: Environment,
    network: Option<&str>,
    mut events: UnboundedReceiver<Event>,
    audience: &dyn Audience,
    performer: &Performer,
) {
    let Some(mut machine) = Machine::new(network) else { return };
    let mut under_way: FuturesUnordered<LocalBoxFuture<'static, Event>> = FuturesUnordered::new();
    let begin = |commands: Vec<Command>, under_way: &mut FuturesUnordered<LocalBoxFuture<'static, Event>>| {
        under_way.extend(commands.into_iter().map(|command| performer(environment.clone(), command)));
    };
    begin(machine.start(), &mut under_way);
    let mut last = Snapshot::default();
    loop {
        let Some(event) = next_event(&mut events, &mut under_way).await else { return };
        let commands = machine.handle(event, environment.clock.now());
        begin(commands, &mut under_way);
        let snapshot = machine.snapshot();
        if snapshot != last {
            last = snapshot.clone();
            audience.snapshot(snapshot);
        }
        if let Some(update) = machine.chart_update() {
            audience.chart(update);
        }
        if let Some(file) = machine.take_file() {
            audience.file(file);
        }
    }
}

/// Whatever happens first; `None` once the page is gone.
async fn next_event(
    events: &mut UnboundedReceiver<Event>,
    under_way: &mut FuturesUnordered<LocalBoxFuture<'_, Event>>,
) -> Option<Event> {
    if under_way.is_empty() {
        return events.next().await;
    }
    match select(events.next(), under_way.next()).await {
        Either::Left((event, _)) | Either::Right((event, _)) => event,
    }
}
