// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    ActionData,
    ADMIN_SELECTOR,
    ChainDigest,
    ERC7739Context,
    ERC7739Data,
    FALLBACK_SELECTOR,
    Mode,
    PolicyData,
    Session,
    SPECIAL_TARGET
} from "./SessionTypes.sol";

/// What the owner signs: EIP-712 over sessions on any number of chains. https://eips.ethereum.org/EIPS/eip-712
library SessionHash {
    string private constant POLICY_DATA = "PolicyData(address policy,bytes initData)";
    string private constant ACTION_DATA =
        "ActionData(bytes4 actionTargetSelector,address actionTarget,PolicyData[] actionPolicies)";
    string private constant CONTEXT = "ERC7739Context(bytes32 appDomainSeparator,string[] contentName)";
    string private constant CONTENT_DATA =
        "ERC7739Data(ERC7739Context[] allowedERC7739Content,PolicyData[] erc1271Policies)";
    string private constant PERMISSIONS =
        "SignedPermissions(bool permitGenericPolicy,bool permitAdminAccess,bool ignoreSecurityAttestations,bool permitERC4337Paymaster,PolicyData[] userOpPolicies,ERC7739Data erc7739Policies,ActionData[] actions)";
    string private constant SESSION =
        "SignedSession(address account,SignedPermissions permissions,address sessionValidator,bytes sessionValidatorInitData,bytes32 salt,address smartSession,uint256 nonce)";
    string private constant CHAIN_SESSION = "ChainSession(uint64 chainId,SignedSession session)";
    string private constant MULTI_CHAIN_SESSION = "MultiChainSession(ChainSession[] sessionsAndChainIds)";

    bytes32 private constant POLICY_DATA_HASH = keccak256(bytes(POLICY_DATA));
    bytes32 private constant ACTION_DATA_HASH = keccak256(abi.encodePacked(ACTION_DATA, POLICY_DATA));
    bytes32 private constant CONTEXT_HASH = keccak256(bytes(CONTEXT));
    bytes32 private constant CONTENT_DATA_HASH = keccak256(abi.encodePacked(CONTENT_DATA, CONTEXT, POLICY_DATA));
    bytes32 private constant PERMISSIONS_HASH =
        keccak256(abi.encodePacked(PERMISSIONS, ACTION_DATA, CONTEXT, CONTENT_DATA, POLICY_DATA));
    bytes32 private constant SESSION_HASH =
        keccak256(abi.encodePacked(SESSION, ACTION_DATA, CONTEXT, CONTENT_DATA, POLICY_DATA, PERMISSIONS));
    bytes32 private constant CHAIN_SESSION_HASH =
        keccak256(abi.encodePacked(CHAIN_SESSION, ACTION_DATA, CONTEXT, CONTENT_DATA, POLICY_DATA, PERMISSIONS, SESSION));
    bytes32 private constant MULTI_CHAIN_SESSION_HASH = keccak256(
        abi.encodePacked(
            MULTI_CHAIN_SESSION, ACTION_DATA, CHAIN_SESSION, CONTEXT, CONTENT_DATA, POLICY_DATA, PERMISSIONS, SESSION
        )
    );

    /// Neither chain nor contract: each chain's id is in the message, and the contract stands alike everywhere.
    bytes32 private constant DOMAIN_SEPARATOR = keccak256(
        abi.encode(
            keccak256("EIP712Domain(string name,string version)"), keccak256("SmartSession"), keccak256("1")
        )
    );

    /// The hash of one `SignedSession`, without a domain.
    function sessionDigest(Session memory session, address account, uint256 nonce, Mode mode)
        internal
        view
        returns (bytes32)
    {
        return keccak256(
            abi.encode(
                SESSION_HASH,
                account,
                _permissions(session, mode),
                session.sessionValidator,
                keccak256(session.sessionValidatorInitData),
                session.salt,
                address(this),
                nonce
            )
        );
    }

    /// What the wallet signs: every chain's digest, in the order of signing.
    function multiChainDigest(ChainDigest[] memory entries) internal pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            hashes[i] = keccak256(abi.encode(CHAIN_SESSION_HASH, entries[i].chainId, entries[i].sessionDigest));
        }
        bytes32 message = keccak256(abi.encode(MULTI_CHAIN_SESSION_HASH, _array(hashes)));
        return keccak256(abi.encodePacked(hex"1901", DOMAIN_SEPARATOR, message));
    }

    /// The flags are read off the actions and the mode, so the owner sees them and nobody can choose them.
    function _permissions(Session memory session, Mode mode) private pure returns (bytes32) {
        return keccak256(
            abi.encode(
                PERMISSIONS_HASH,
                _grants(session.actions, FALLBACK_SELECTOR),
                _grants(session.actions, ADMIN_SELECTOR),
                mode == Mode.UNSAFE_ENABLE,
                session.permitERC4337Paymaster,
                _policies(session.userOpPolicies),
                _content(session.erc7739Policies),
                _actions(session.actions)
            )
        );
    }

    function _grants(ActionData[] memory actions, bytes4 selector) private pure returns (bool) {
        for (uint256 i = 0; i < actions.length; ++i) {
            if (actions[i].actionTarget == SPECIAL_TARGET && actions[i].actionTargetSelector == selector) return true;
        }
        return false;
    }

    function _policies(PolicyData[] memory policies) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](policies.length);
        for (uint256 i = 0; i < policies.length; ++i) {
            hashes[i] = keccak256(abi.encode(POLICY_DATA_HASH, policies[i].policy, keccak256(policies[i].initData)));
        }
        return _array(hashes);
    }

    function _actions(ActionData[] memory actions) private pure returns (bytes32) {
        bytes32[] memory hashes = new bytes32[](actions.length);
        for (uint256 i = 0; i < actions.length; ++i) {
            hashes[i] = keccak256(
                abi.encode(
                    ACTION_DATA_HASH,
                    actions[i].actionTargetSelector,
                    actions[i].actionTarget,
                    _policies(actions[i].actionPolicies)
                )
            );
        }
        return _array(hashes);
    }

    function _content(ERC7739Data memory data) private pure returns (bytes32) {
        ERC7739Context[] memory contexts = data.allowedERC7739Content;
        bytes32[] memory hashes = new bytes32[](contexts.length);
        for (uint256 i = 0; i < contexts.length; ++i) {
            bytes32[] memory names = new bytes32[](contexts[i].contentNames.length);
            for (uint256 j = 0; j < names.length; ++j) {
                names[j] = keccak256(bytes(contexts[i].contentNames[j]));
            }
            hashes[i] = keccak256(abi.encode(CONTEXT_HASH, contexts[i].appDomainSeparator, _array(names)));
        }
        return keccak256(abi.encode(CONTENT_DATA_HASH, _array(hashes), _policies(data.erc1271Policies)));
    }

    function _array(bytes32[] memory hashes) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(hashes));
    }
}
