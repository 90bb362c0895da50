// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {AccountSet} from "./AccountSet.sol";
import {SessionHash} from "./SessionHash.sol";
import {SessionStore} from "./SessionStore.sol";
import {ActionData, Mode, PolicyData, PolicyType, Session, SessionIds} from "./SessionTypes.sol";

/// What an account may change about its sessions, and what anybody may read. The caller of a change is the account.
abstract contract SessionRegistry is SessionStore {
    using AccountSet for AccountSet.Set;

    modifier onlyEnabled(bytes32 permissionId) {
        if (!_isEnabled(permissionId, msg.sender)) revert InvalidPermissionId(permissionId);
        _;
    }

    function enableSessions(Session[] memory sessions) public returns (bytes32[] memory permissionIds) {
        permissionIds = new bytes32[](sessions.length);
        for (uint256 i = 0; i < sessions.length; ++i) {
            permissionIds[i] = _enable(sessions[i], msg.sender);
            emit SessionCreated(permissionIds[i], msg.sender);
        }
    }

    /// Succeeds for a permission that was never enabled. A signature to enable it stays good: see
    /// `revokeEnableSignature`. What the policies have counted stays readable.
    function removeSession(bytes32 permissionId) external {
        _remove(permissionId, msg.sender);
    }

    /// Signatures made for the present nonce can enable no more. An enabled session goes on.
    function revokeEnableSignature(bytes32 permissionId) external {
        _iterateNonce(permissionId, msg.sender);
    }

    function setPermit4337Paymaster(bytes32 permissionId, bool enabled) external onlyEnabled(permissionId) {
        _permitPaymaster(permissionId, msg.sender, enabled);
    }

    function enableUserOpPolicies(bytes32 permissionId, PolicyData[] memory policies)
        external
        onlyEnabled(permissionId)
    {
        _enableUserOpPolicies(permissionId, policies, msg.sender);
    }

    function disableUserOpPolicies(bytes32 permissionId, address[] calldata policies) external {
        AccountSet.Set storage set = _userOpPolicies[permissionId];
        for (uint256 i = 0; i < policies.length; ++i) {
            set.remove(msg.sender, AccountSet.toWord(policies[i]));
            emit PolicyDisabled(permissionId, PolicyType.USER_OP, policies[i], msg.sender);
        }
    }

    function enableActionPolicies(bytes32 permissionId, ActionData[] memory actions)
        external
        onlyEnabled(permissionId)
    {
        _enableActions(permissionId, actions, msg.sender);
    }

    function disableActionPolicies(bytes32 permissionId, bytes32 actionId, address[] calldata policies) external {
        AccountSet.Set storage set = _actionPolicies[SessionIds.actionKey(permissionId, actionId)];
        for (uint256 i = 0; i < policies.length; ++i) {
            set.remove(msg.sender, AccountSet.toWord(policies[i]));
            emit PolicyDisabled(permissionId, PolicyType.ACTION, policies[i], msg.sender);
        }
    }

    function disableActionId(bytes32 permissionId, bytes32 actionId) external {
        _actions[permissionId].remove(msg.sender, actionId);
        _clear(_actionPolicies[SessionIds.actionKey(permissionId, actionId)], msg.sender);
    }

    function getNonce(bytes32 permissionId, address account) external view returns (uint256) {
        return _nonces[permissionId][account];
    }

    function getPermissionId(Session memory session) external pure returns (bytes32) {
        return SessionIds.permissionId(session);
    }

    function getPermissionIDs(address account) public view returns (bytes32[] memory) {
        return _enabled.words(account);
    }

    function getSessionDigest(bytes32 permissionId, address account, Session memory data, Mode mode)
        external
        view
        returns (bytes32)
    {
        return SessionHash.sessionDigest(data, account, _nonces[permissionId][account], mode);
    }

    function isPermissionEnabled(bytes32 permissionId, address account) external view returns (bool) {
        return _isEnabled(permissionId, account);
    }

    function isISessionValidatorSet(bytes32 permissionId, address account) external view returns (bool) {
        return _keys[permissionId][account].validator != address(0);
    }

    function getSessionValidatorAndConfig(address account, bytes32 permissionId)
        external
        view
        returns (address sessionValidator, bytes memory sessionValidatorData)
    {
        SessionKey storage key = _keys[permissionId][account];
        return (key.validator, key.data);
    }

    function getUserOpPolicies(address account, bytes32 permissionId) public view returns (address[] memory) {
        return _userOpPolicies[permissionId].addresses(account);
    }

    function getActionPolicies(address account, bytes32 permissionId, bytes32 actionId)
        public
        view
        returns (address[] memory)
    {
        return _actionPolicies[SessionIds.actionKey(permissionId, actionId)].addresses(account);
    }

    function getEnabledActions(address account, bytes32 permissionId) external view returns (bytes32[] memory) {
        return _actions[permissionId].words(account);
    }

    function isUserOpPolicyEnabled(address account, bytes32 permissionId, address policy)
        external
        view
        returns (bool)
    {
        return _userOpPolicies[permissionId].contains(account, AccountSet.toWord(policy));
    }

    function isActionPolicyEnabled(address account, bytes32 permissionId, bytes32 actionId, address policy)
        external
        view
        returns (bool)
    {
        return _actionPolicies[SessionIds.actionKey(permissionId, actionId)].contains(
            account, AccountSet.toWord(policy)
        );
    }

    function isActionIdEnabled(address account, bytes32 permissionId, bytes32 actionId) external view returns (bool) {
        return _actions[permissionId].contains(account, actionId);
    }
}
