// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {PackedUserOperation} from "./Erc7579.sol";

// The words of SmartSession: https://github.com/erc7579/smartsessions

// Stands for SmartSession itself, and for "any call", in the actions of a session.
address constant SPECIAL_TARGET = address(1);
// With SPECIAL_TARGET: calls that no other action names.
bytes4 constant FALLBACK_SELECTOR = 0x00000001;
// With SPECIAL_TARGET: calls to SmartSession.
bytes4 constant ADMIN_SELECTOR = 0x00000002;
// Names calls whose data is too short for a selector.
bytes4 constant VALUE_SELECTOR = 0xffffffff;

/// First byte of a user operation's signature.
enum Mode {
    USE,
    ENABLE,
    UNSAFE_ENABLE
}

enum PolicyType {
    NA,
    USER_OP,
    ACTION,
    ERC1271
}

struct PolicyData {
    address policy;
    bytes initData;
}

struct ERC7739Context {
    bytes32 appDomainSeparator;
    string[] contentNames;
}

struct ERC7739Data {
    ERC7739Context[] allowedERC7739Content;
    PolicyData[] erc1271Policies;
}

struct ActionData {
    bytes4 actionTargetSelector;
    address actionTarget;
    PolicyData[] actionPolicies;
}

struct Session {
    address sessionValidator;
    bytes sessionValidatorInitData;
    bytes32 salt;
    PolicyData[] userOpPolicies;
    ERC7739Data erc7739Policies;
    ActionData[] actions;
    bool permitERC4337Paymaster;
}

struct ChainDigest {
    uint64 chainId;
    bytes32 sessionDigest;
}

struct EnableSession {
    uint8 chainDigestIndex;
    ChainDigest[] hashesAndChainIds;
    Session sessionToEnable;
    bytes permissionEnableSig;
}

interface IPolicy {
    /// Replaces the configuration, and so every counter, of `configId` for the caller and the account.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external;
}

/// Both checks answer ERC-4337 validation data: the low 160 bits are zero where the policy agrees.
interface IUserOpPolicy {
    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp) external returns (uint256);
}

interface IActionPolicy {
    function checkAction(bytes32 id, address account, address target, uint256 value, bytes calldata data)
        external
        returns (uint256);
}

/// The configuration that a policy was never given.
error PolicyNotInitialized(bytes32 id, address multiplexer, address account);

/// Names of what is granted.
library SessionIds {
    function permissionId(Session memory session) internal pure returns (bytes32) {
        return keccak256(abi.encode(session.sessionValidator, session.sessionValidatorInitData, session.salt));
    }

    function actionId(address target, bytes4 selector) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(target, selector));
    }

    function userOpConfigId(bytes32 permission, address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, permission));
    }

    function actionConfigId(bytes32 permission, bytes32 action, address account) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(account, actionKey(permission, action)));
    }

    /// One action within one permission.
    function actionKey(bytes32 permission, bytes32 action) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(permission, action));
    }
}
