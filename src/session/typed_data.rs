//! The JSON that the wallet shows and signs (`eth_signTypedData_v4`): written from the sessions' own bytes.

use std::fmt::Write;

use super::digest::SignedFlags;
use super::{Grant, Leg, Permission};
use crate::contracts::SMART_SESSION;
use crate::contracts::abi::ISmartSession::{ActionData, PolicyData};

/// The EIP-712 types, with a domain of name and version alone.
const TYPES: &str = concat!(
    r#"{"EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"}],"#,
    r#""PolicyData":[{"name":"policy","type":"address"},{"name":"initData","type":"bytes"}],"#,
    r#""ActionData":[{"name":"actionTargetSelector","type":"bytes4"},{"name":"actionTarget","type":"address"},"#,
    r#"{"name":"actionPolicies","type":"PolicyData[]"}],"#,
    r#""ERC7739Context":[{"name":"appDomainSeparator","type":"bytes32"},{"name":"contentName","type":"string[]"}],"#,
    r#""ERC7739Data":[{"name":"allowedERC7739Content","type":"ERC7739Context[]"},"#,
    r#"{"name":"erc1271Policies","type":"PolicyData[]"}],"#,
    r#""SignedPermissions":[{"name":"permitGenericPolicy","type":"bool"},{"name":"permitAdminAccess","type":"bool"},"#,
    r#"{"name":"ignoreSecurityAttestations","type":"bool"},{"name":"permitERC4337Paymaster","type":"bool"},"#,
    r#"{"name":"userOpPolicies","type":"PolicyData[]"},{"name":"erc7739Policies","type":"ERC7739Data"},"#,
    r#"{"name":"actions","type":"ActionData[]"}],"#,
    r#""SignedSession":[{"name":"account","type":"address"},{"name":"permissions","type":"SignedPermissions"},"#,
    r#"{"name":"sessionValidator","type":"address"},{"name":"sessionValidatorInitData","type":"bytes"},"#,
    r#"{"name":"salt","type":"bytes32"},{"name":"smartSession","type":"address"},{"name":"nonce","type":"uint256"}],"#,
    r#""ChainSession":[{"name":"chainId","type":"uint64"},{"name":"session","type":"SignedSession"}],"#,
    r#""MultiChainSession":[{"name":"sessionsAndChainIds","type":"ChainSession[]"}]}"#,
);

/// A grant with the pair rule takes 42 kB.
const USUAL_LENGTH: usize = 48 * 1024;

impl Grant {
    /// The second parameter of `eth_signTypedData_v4`; its hash is [`Grant::digest`]. Numbers are decimal strings.
    pub fn typed_data_json(&self) -> String {
        let mut json = Json(String::with_capacity(USUAL_LENGTH));
        json.raw(r#"{"domain":{"name":"SmartSession","version":"1"},"types":"#);
        json.raw(TYPES);
        json.raw(r#","primaryType":"MultiChainSession","message":{"sessionsAndChainIds":"#);
        json.list(Leg::BOTH, |json, leg| self.chain_session(json, self.leg(leg)));
        json.raw("}}");
        json.0
    }

    fn chain_session(&self, json: &mut Json, permission: &Permission) {
        let session = permission.session();
        let flags = SignedFlags::of(session);
        json.put(format_args!(
            r#"{{"chainId":"{}","session":{{"account":"{}","#,
            self.chain_id(),
            self.account()
        ));
        json.put(format_args!(
            r#""permissions":{{"permitGenericPolicy":{},"permitAdminAccess":{},"ignoreSecurityAttestations":false,"permitERC4337Paymaster":{},"userOpPolicies":"#,
            flags.permit_generic_policy, flags.permit_admin_access, flags.permit_paymaster,
        ));
        json.list(&session.userOpPolicies, policy);
        // A grant with rights to sign messages cannot be read, so there is none to write.
        json.raw(r#","erc7739Policies":{"allowedERC7739Content":[],"erc1271Policies":[]},"actions":"#);
        json.list(&session.actions, action);
        json.put(format_args!(
            r#"}},"sessionValidator":"{}","sessionValidatorInitData":"{}","salt":"{}","smartSession":"{SMART_SESSION}","nonce":"{}"}}}}"#,
            session.sessionValidator,
            session.sessionValidatorInitData,
            session.salt,
            permission.nonce(),
        ));
    }
}

fn action(json: &mut Json, action: &ActionData) {
    json.put(format_args!(
        r#"{{"actionTargetSelector":"{}","actionTarget":"{}","actionPolicies":"#,
        action.actionTargetSelector, action.actionTarget
    ));
    json.list(&action.actionPolicies, policy);
    json.raw("}");
}

fn policy(json: &mut Json, data: &PolicyData) {
    json.put(format_args!(r#"{{"policy":"{}","initData":"{}"}}"#, data.policy, data.initData));
}

/// Text under construction; everything put in is a number, hex or a constant, so nothing needs escaping.
struct Json(String);

impl Json {
    fn raw(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn put(&mut self, text: std::fmt::Arguments<'_>) {
        self.0.write_fmt(text).expect("writing to a String cannot fail");
    }

    fn list<T>(&mut self, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Self, T)) {
        self.raw("[");
        for (position, item) in items.into_iter().enumerate() {
            if position > 0 {
                self.raw(",");
            }
            write(self, item);
        }
        self.raw("]");
    }
}

#[cfg(test)]
mod properties;
