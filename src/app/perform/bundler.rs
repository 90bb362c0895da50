//! Whether the bundler is one for this chain and this kind of operation. It is asked before anything is signed for
//! it: what it takes for another chain it could never send, and the person would only wonder.

use futures_util::future::join;

use crate::app::services::Services;
use crate::app::{Environment, Failure};
use crate::contracts::ENTRY_POINT;
use crate::rpc::RpcError;

/// JSON-RPC's code for a method that nobody knows.
const UNKNOWN_METHOD: i64 = -32_601;

const ADVICE: &str = "Choose another bundler under “Network details”.";

/// Asks for its chain and its EntryPoints. That it does not know the first question is tolerated when it answers
/// the second one well.
pub(super) async fn check(environment: &Environment, services: &Services) -> Result<(), Failure> {
    let bundler = services.bundler(environment);
    let (chain, entry_points) = join(bundler.chain_id(), bundler.supported_entry_points()).await;
    let (name, expected) = (services.network.name, services.network.chain_id);
    let unsigned =
        |what: String| Failure::new(format!("{what}, so nothing is signed for it.")).with_advice(ADVICE);
    match chain {
        Ok(chain) if chain == expected => {}
        Ok(chain) => {
            let failure = unsigned(format!("The {} is on another chain than {name}", bundler.peer()));
            return Err(failure.with_details(&format!("chain {chain} instead of {expected}")));
        }
        Err(error) if is_unknown(&error) => {}
        Err(error) => return Err(error.into()),
    }
    match entry_points {
        Ok(served) if served.contains(&ENTRY_POINT) => Ok(()),
        Ok(served) => {
            let what =
                format!("The {} does not take operations of this kind (EntryPoint v0.7)", bundler.peer());
            Err(unsigned(what).with_details(&format!("it serves {served:?}")))
        }
        Err(error) if is_unknown(&error) => {
            let what = format!("The {} does not say which operations it takes", bundler.peer());
            Err(unsigned(what).with_details(&error.details()))
        }
        Err(error) => Err(error.into()),
    }
}

fn is_unknown(error: &RpcError) -> bool {
    error.refusal().is_some_and(|(code, ..)| code == UNKNOWN_METHOD)
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use alloy_primitives::Address;
    use serde_json::{Value, json};

    use super::*;
    use crate::ports::{ScriptedTransport, Transport, TransportError};

    type Answer = Result<Value, TransportError>;

    fn refused(code: i64) -> Answer {
        Err(TransportError::Refused { code, message: "no".to_owned(), data: None })
    }

    fn checked(chain: Answer, entry_points: Answer) -> Result<(), Failure> {
        let services = Services::of("base", &Default::default()).expect("a known network");
        let script = Rc::new(ScriptedTransport::default());
        script.expect("eth_chainId", chain);
        script.expect("eth_supportedEntryPoints", entry_points);
        let url = services.bundler_url.clone();
        let environment = Environment::in_memory(Rc::new(move |asked: &str| -> Rc<dyn Transport> {
            assert_eq!(asked, url, "nobody else is asked");
            Rc::<ScriptedTransport>::clone(&script)
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(check(&environment, &services))
    }

    #[test]
    fn only_a_bundler_of_this_chain_and_entry_point_will_do() {
        let base = || Ok(json!("0x2105"));
        let both = || Ok(json!([Address::repeat_byte(6), ENTRY_POINT]));
        assert_eq!(checked(base(), both()), Ok(()));
        assert_eq!(checked(refused(UNKNOWN_METHOD), both()), Ok(()), "it may not know the first question");
        let down = || Err(TransportError::Unreachable("refused".to_owned()));
        let cases: [(Answer, Answer, &str); 8] = [
            (
                Ok(json!("0x1")),
                both(),
                "(public.pimlico.io) is on another chain than Base, so nothing is signed",
            ),
            (base(), Ok(json!([Address::repeat_byte(6)])), "does not take operations of this kind"),
            (base(), Ok(json!([])), "does not take operations of this kind"),
            (base(), refused(UNKNOWN_METHOD), "does not say which operations it takes"),
            (refused(UNKNOWN_METHOD), refused(UNKNOWN_METHOD), "does not say which operations it takes"),
            (refused(-32_000), both(), "refused"),
            (base(), down(), "cannot be reached"),
            (down(), down(), "cannot be reached"),
        ];
        for (chain, entry_points, words) in cases {
            let failure = checked(chain, entry_points).expect_err(words);
            assert!(failure.sentence.contains(words), "{words}: {failure}");
            assert!(!failure.advice.is_empty(), "{failure}");
        }
    }
}
