//! Whose code counts where.

use super::*;
use crate::contracts::{NETWORKS, SANDBOX_ID};

#[test]
fn stand_ins_count_on_the_local_chain_and_in_the_sandbox_only() {
    for network in NETWORKS {
        let is_play = [SANDBOX_ID, "local"].contains(&network.id);
        let play_only = is_play.then_some(Flavour::StandIns);
        for stand_in in &STAND_IN_CONTRACTS {
            for known in &PRODUCTION_CONTRACTS {
                let own = play_only.filter(|_| stand_in.address == known.address);
                let seen = flavour_of(network, known, stand_in.code_hash);
                assert_eq!(seen, own, "{} as {} on {}", stand_in.name, known.name, network.id);
            }
        }
    }
}

#[test]
fn the_audited_code_counts_everywhere_in_its_own_place() {
    for network in NETWORKS {
        for known in &PRODUCTION_CONTRACTS {
            for other in &PRODUCTION_CONTRACTS {
                let own = (other == known).then_some(Flavour::Production);
                assert_eq!(
                    flavour_of(network, known, other.code_hash),
                    own,
                    "{} on {}",
                    known.name,
                    network.id
                );
            }
            assert_eq!(flavour_of(network, known, B256::ZERO), None);
        }
    }
}
