// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {AccountSet} from "./AccountSet.sol";
import {IERC165, IStatelessValidator, MODULE_STATELESS_VALIDATOR} from "./Erc7579.sol";
import {
    ActionData,
    IActionPolicy,
    IPolicy,
    IUserOpPolicy,
    PolicyData,
    PolicyType,
    Session,
    SessionIds
} from "./SessionTypes.sol";

/// Which sessions each account has and what they allow: where that is kept, and what enabling and removing one means.
abstract contract SessionStore {
    using AccountSet for AccountSet.Set;

    struct SessionKey {
        address validator;
        bool permitsPaymaster;
        bytes data;
    }

    AccountSet.Set internal _enabled;
    mapping(bytes32 permissionId => mapping(address account => SessionKey)) internal _keys;
    mapping(bytes32 permissionId => mapping(address account => uint256)) internal _nonces;
    mapping(bytes32 permissionId => AccountSet.Set) internal _userOpPolicies;
    mapping(bytes32 permissionId => AccountSet.Set) internal _actions;
    mapping(bytes32 actionKey => AccountSet.Set) internal _actionPolicies;

    event SessionCreated(bytes32 permissionId, address account);
    event SessionRemoved(bytes32 permissionId, address smartAccount);
    event SessionValidatorEnabled(bytes32 permissionId, address sessionValidator, address smartAccount);
    event SessionValidatorDisabled(bytes32 permissionId, address sessionValidator, address smartAccount);
    event PolicyEnabled(bytes32 permissionId, PolicyType policyType, address policy, address smartAccount);
    event PolicyDisabled(bytes32 permissionId, PolicyType policyType, address policy, address smartAccount);
    event NonceIterated(bytes32 permissionId, address account, uint256 newValue);
    event PermissionIdPermit4337Paymaster(bytes32 permissionId, address smartAccount, bool enabled);

    error InvalidPermissionId(bytes32 permissionId);
    error InvalidActionId();
    error InvalidISessionValidator(address sessionValidator);
    error UnsupportedPolicy(address policy);
    /// The stand-in knows no ERC-1271 rights, which Leash never asks for.
    error ContentPoliciesUnsupported();

    function _isEnabled(bytes32 permissionId, address account) internal view returns (bool) {
        return _enabled.contains(account, permissionId);
    }

    function _hasSessions(address account) internal view returns (bool) {
        return _enabled.length[account] != 0;
    }

    function _iterateNonce(bytes32 permissionId, address account) internal {
        uint256 next = ++_nonces[permissionId][account];
        emit NonceIterated(permissionId, account, next);
    }

    /// Enabling again replaces the listed policies and leaves the others.
    function _enable(Session memory session, address account) internal returns (bytes32 permissionId) {
        if (
            session.erc7739Policies.allowedERC7739Content.length != 0
                || session.erc7739Policies.erc1271Policies.length != 0
        ) revert ContentPoliciesUnsupported();
        permissionId = SessionIds.permissionId(session);
        _enabled.add(account, permissionId);
        _enableUserOpPolicies(permissionId, session.userOpPolicies, account);
        _enableActions(permissionId, session.actions, account);

        address validator = session.sessionValidator;
        if (validator.code.length == 0 || !IStatelessValidator(validator).isModuleType(MODULE_STATELESS_VALIDATOR)) {
            revert InvalidISessionValidator(validator);
        }
        _keys[permissionId][account].validator = validator;
        _keys[permissionId][account].data = session.sessionValidatorInitData;
        emit SessionValidatorEnabled(permissionId, validator, account);
        _permitPaymaster(permissionId, account, session.permitERC4337Paymaster);
    }

    function _remove(bytes32 permissionId, address account) internal {
        _clear(_userOpPolicies[permissionId], account);
        AccountSet.Set storage actions = _actions[permissionId];
        bytes32[] memory actionIds = actions.words(account);
        for (uint256 i = actionIds.length; i > 0; --i) {
            _clear(_actionPolicies[SessionIds.actionKey(permissionId, actionIds[i - 1])], account);
            actions.remove(account, actionIds[i - 1]);
        }
        emit SessionValidatorDisabled(permissionId, _keys[permissionId][account].validator, account);
        delete _keys[permissionId][account];
        _enabled.remove(account, permissionId);
        emit SessionRemoved(permissionId, account);
    }

    function _permitPaymaster(bytes32 permissionId, address account, bool permitted) internal {
        _keys[permissionId][account].permitsPaymaster = permitted;
        emit PermissionIdPermit4337Paymaster(permissionId, account, permitted);
    }

    function _enableUserOpPolicies(bytes32 permissionId, PolicyData[] memory policies, address account) internal {
        bytes32 configId = SessionIds.userOpConfigId(permissionId, account);
        bytes4 kind = type(IUserOpPolicy).interfaceId;
        for (uint256 i = 0; i < policies.length; ++i) {
            _enablePolicy(_userOpPolicies[permissionId], policies[i], kind, configId, account);
            emit PolicyEnabled(permissionId, PolicyType.USER_OP, policies[i].policy, account);
        }
    }

    function _enableActions(bytes32 permissionId, ActionData[] memory actions, address account) internal {
        for (uint256 i = 0; i < actions.length; ++i) {
            ActionData memory action = actions[i];
            if (action.actionTarget == address(0) || action.actionTarget == address(this)) revert InvalidActionId();
            bytes32 actionId = SessionIds.actionId(action.actionTarget, action.actionTargetSelector);
            _actions[permissionId].add(account, actionId);

            AccountSet.Set storage policies = _actionPolicies[SessionIds.actionKey(permissionId, actionId)];
            bytes32 configId = SessionIds.actionConfigId(permissionId, actionId, account);
            for (uint256 j = 0; j < action.actionPolicies.length; ++j) {
                PolicyData memory policy = action.actionPolicies[j];
                _enablePolicy(policies, policy, type(IActionPolicy).interfaceId, configId, account);
                emit PolicyEnabled(permissionId, PolicyType.ACTION, policy.policy, account);
            }
        }
    }

    function _enablePolicy(
        AccountSet.Set storage set,
        PolicyData memory policy,
        bytes4 kind,
        bytes32 configId,
        address account
    ) private {
        if (!_supports(policy.policy, kind)) revert UnsupportedPolicy(policy.policy);
        set.add(account, AccountSet.toWord(policy.policy));
        IPolicy(policy.policy).initializeWithMultiplexer(account, configId, policy.initData);
    }

    function _supports(address policy, bytes4 kind) private view returns (bool) {
        (bool success, bytes memory answer) =
            policy.staticcall(abi.encodeCall(IERC165.supportsInterface, (kind)));
        return success && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }

    function _clear(AccountSet.Set storage set, address account) internal {
        bytes32[] memory list = set.words(account);
        for (uint256 i = list.length; i > 0; --i) {
            set.remove(account, list[i - 1]);
        }
    }
}
