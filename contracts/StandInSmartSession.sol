// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    CALL_BATCH,
    CALL_SINGLE,
    decodeSingle,
    ERC1271_INVALID,
    ERC1271_VALID,
    EXEC_DEFAULT,
    Execution,
    IERC1271,
    IERC7579Execute,
    IStatelessValidator,
    IValidator,
    MODULE_VALIDATOR,
    PackedUserOperation,
    SIGNATURE_INVALID
} from "./Erc7579.sol";
import {FastLz} from "./FastLz.sol";
import {SessionHash} from "./SessionHash.sol";
import {SessionRegistry} from "./SessionRegistry.sol";
import {
    ADMIN_SELECTOR,
    EnableSession,
    FALLBACK_SELECTOR,
    IActionPolicy,
    IUserOpPolicy,
    Mode,
    Session,
    SessionIds,
    SPECIAL_TARGET,
    VALUE_SELECTOR
} from "./SessionTypes.sol";

/// Lets a session key act for an account within what the owner signed. Stands in for SmartSession, without
/// ERC-1271 rights.
contract StandInSmartSession is SessionRegistry, IValidator {
    error InvalidUserOpSender(address sender);
    error UnsupportedSmartSessionMode(uint8 mode);
    error InvalidData();
    error SmartSessionModuleAlreadyInstalled(address account);
    error ChainIdMismatch(uint64 providedChainId);
    error HashMismatch(bytes32 providedHash, bytes32 computedHash);
    error InvalidEnableSignature(address account, bytes32 hash);
    error SignerNotFound(bytes32 permissionId, address account);
    error PaymasterValidationNotEnabled(bytes32 permissionId);
    error NoPoliciesSet(bytes32 permissionId);
    error PolicyViolation(bytes32 permissionId, address policy);
    error PolicyCheckReverted(bytes32 result);
    error UnsupportedExecutionType();
    error UnsupportedCallType(bytes1 callType);
    error NoExecutionsInBatch();
    error InvalidSelfCall();
    error InvalidTarget();

    /// Empty, or `mode(1) ‖ abi.encode(Session[])` with mode 1 or 2.
    function onInstall(bytes calldata data) external {
        if (data.length == 0) {
            if (_hasSessions(msg.sender)) revert SmartSessionModuleAlreadyInstalled(msg.sender);
            return;
        }
        uint8 mode = uint8(data[0]);
        if (mode != uint8(Mode.ENABLE) && mode != uint8(Mode.UNSAFE_ENABLE)) revert UnsupportedSmartSessionMode(mode);
        enableSessions(abi.decode(data[1:], (Session[])));
    }

    /// Ends every session. Nonces stay, so unused enabling signatures do too.
    function onUninstall(bytes calldata) external {
        bytes32[] memory permissionIds = getPermissionIDs(msg.sender);
        for (uint256 i = permissionIds.length; i > 0; --i) {
            _remove(permissionIds[i - 1], msg.sender);
        }
    }

    /// Enables where the signature says so, then asks the policies of the operation, those of each call, and last
    /// the session key.
    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash)
        external
        returns (uint256 validationData)
    {
        address account = userOp.sender;
        if (account != msg.sender) revert InvalidUserOpSender(account);
        (bytes32 permissionId, bytes memory signature) = _open(userOp.signature, account);
        if (!_isEnabled(permissionId, account)) revert InvalidPermissionId(permissionId);

        validationData = _checkOperation(permissionId, account, userOp);
        validationData = _intersect(validationData, _checkCalls(permissionId, account, userOp.callData));

        SessionKey storage key = _keys[permissionId][account];
        if (key.validator == address(0)) revert SignerNotFound(permissionId, account);
        if (!IStatelessValidator(key.validator).validateSignatureWithData(userOpHash, signature, key.data)) {
            validationData |= SIGNATURE_INVALID;
        }
    }

    /// Sessions never speak for the account outside of operations.
    function isValidSignatureWithSender(address, bytes32, bytes calldata) external pure returns (bytes4) {
        return ERC1271_INVALID;
    }

    function isInitialized(address account) external view returns (bool) {
        return _hasSessions(account);
    }

    function isModuleType(uint256 moduleTypeId) external pure returns (bool) {
        return moduleTypeId == MODULE_VALIDATOR;
    }

    /// `0 ‖ permissionId(32) ‖ session signature`, or `1 or 2 ‖ FastLZ(abi.encode(EnableSession, session signature))`.
    function _open(bytes calldata packed, address account) private returns (bytes32 permissionId, bytes memory signature) {
        uint8 mode = uint8(packed[0]);
        if (mode > uint8(type(Mode).max)) revert UnsupportedSmartSessionMode(mode);
        if (mode == uint8(Mode.USE)) return (bytes32(packed[1:33]), packed[33:]);
        EnableSession memory enable;
        (enable, signature) = abi.decode(FastLz.decompress(packed[1:]), (EnableSession, bytes));
        permissionId = _enableSigned(enable, Mode(mode), account);
    }

    /// The digest of this session, at its present nonce, must stand in the signed list at the given index.
    function _enableSigned(EnableSession memory enable, Mode mode, address account)
        private
        returns (bytes32 permissionId)
    {
        permissionId = SessionIds.permissionId(enable.sessionToEnable);
        uint64 chainId = enable.hashesAndChainIds[enable.chainDigestIndex].chainId;
        if (chainId != block.chainid) revert ChainIdMismatch(chainId);

        bytes32 provided = enable.hashesAndChainIds[enable.chainDigestIndex].sessionDigest;
        bytes32 computed =
            SessionHash.sessionDigest(enable.sessionToEnable, account, _nonces[permissionId][account], mode);
        if (provided != computed) revert HashMismatch(provided, computed);

        bytes32 signed = SessionHash.multiChainDigest(enable.hashesAndChainIds);
        if (IERC1271(account).isValidSignature(signed, enable.permissionEnableSig) != ERC1271_VALID) {
            revert InvalidEnableSignature(account, signed);
        }
        _iterateNonce(permissionId, account);
        _enable(enable.sessionToEnable, account);
    }

    /// A sponsored operation needs the permission's leave, and at least one policy to bound what it may cost.
    function _checkOperation(bytes32 permissionId, address account, PackedUserOperation calldata userOp)
        private
        returns (uint256 validationData)
    {
        address[] memory policies = getUserOpPolicies(account, permissionId);
        if (userOp.paymasterAndData.length != 0) {
            if (!_keys[permissionId][account].permitsPaymaster) revert PaymasterValidationNotEnabled(permissionId);
            if (policies.length == 0) revert NoPoliciesSet(permissionId);
        }
        bytes32 configId = SessionIds.userOpConfigId(permissionId, account);
        bytes memory question = abi.encodeCall(IUserOpPolicy.checkUserOpPolicy, (configId, userOp));
        return _askAll(permissionId, policies, question);
    }

    /// Only plain `execute` is taken apart into calls; any other function of the account is a call to itself.
    function _checkCalls(bytes32 permissionId, address account, bytes calldata callData)
        private
        returns (uint256 validationData)
    {
        bytes4 selector = bytes4(callData[:4]);
        if (selector == IERC7579Execute.executeUserOp.selector) revert UnsupportedExecutionType();
        if (selector != IERC7579Execute.execute.selector) {
            bytes32 actionId = SessionIds.actionId(account, selector);
            return _checkAction(permissionId, account, actionId, Execution(account, 0, callData));
        }
        bytes32 mode = bytes32(callData[4:36]);
        if (bytes1(mode << 8) != EXEC_DEFAULT) revert UnsupportedExecutionType();

        // `execute(bytes32 mode, bytes executionCalldata)`: the second argument is where its offset says.
        uint256 at = 4 + uint256(bytes32(callData[36:68]));
        uint256 length = uint256(bytes32(callData[at:at + 32]));
        bytes calldata packed = callData[at + 32:at + 32 + length];

        bytes1 callType = bytes1(mode);
        if (callType == CALL_SINGLE) {
            (address target, uint256 value, bytes calldata data) = decodeSingle(packed);
            return _checkCall(permissionId, account, Execution(target, value, data));
        }
        if (callType != CALL_BATCH) revert UnsupportedCallType(callType);
        Execution[] memory calls = abi.decode(packed, (Execution[]));
        if (calls.length == 0) revert NoExecutionsInBatch();
        for (uint256 i = 0; i < calls.length; ++i) {
            validationData = _intersect(validationData, _checkCall(permissionId, account, calls[i]));
        }
    }

    /// Which action a call is. SmartSession itself is only reached through the admin action.
    function _checkCall(bytes32 permissionId, address account, Execution memory call) private returns (uint256) {
        bytes4 selector = call.callData.length < 4 ? VALUE_SELECTOR : bytes4(call.callData);
        address target = call.target;
        if (target == SPECIAL_TARGET) revert InvalidTarget();
        if (target == account && selector == IERC7579Execute.execute.selector) revert InvalidSelfCall();
        if (target == address(this)) {
            return _checkAction(permissionId, account, SessionIds.actionId(SPECIAL_TARGET, ADMIN_SELECTOR), call);
        }
        bytes32 actionId = SessionIds.actionId(target, selector);
        if (getActionPolicies(account, permissionId, actionId).length == 0) {
            actionId = SessionIds.actionId(SPECIAL_TARGET, FALLBACK_SELECTOR);
        }
        return _checkAction(permissionId, account, actionId, call);
    }

    function _checkAction(bytes32 permissionId, address account, bytes32 actionId, Execution memory call)
        private
        returns (uint256)
    {
        address[] memory policies = getActionPolicies(account, permissionId, actionId);
        if (policies.length == 0) revert NoPoliciesSet(permissionId);
        bytes32 configId = SessionIds.actionConfigId(permissionId, actionId, account);
        bytes memory question =
            abi.encodeCall(IActionPolicy.checkAction, (configId, account, call.target, call.value, call.callData));
        return _askAll(permissionId, policies, question);
    }

    /// Every policy must agree.
    function _askAll(bytes32 permissionId, address[] memory policies, bytes memory question)
        private
        returns (uint256 validationData)
    {
        for (uint256 i = 0; i < policies.length; ++i) {
            (bool success, bytes memory answer) = policies[i].call(question);
            if (!success) revert PolicyCheckReverted(bytes32(answer));
            uint256 verdict = abi.decode(answer, (uint256));
            if (uint160(verdict) != 0) revert PolicyViolation(permissionId, policies[i]);
            validationData = _intersect(validationData, verdict);
        }
    }

    /// ERC-4337 windows, `valid after(6) ‖ valid until(6) ‖ 20`: the later beginning and the earlier end, where an
    /// end of zero is no end.
    function _intersect(uint256 first, uint256 second) private pure returns (uint256) {
        uint256 after_ = first >> 208 > second >> 208 ? first >> 208 : second >> 208;
        uint48 untilFirst = uint48(first >> 160);
        uint48 untilSecond = uint48(second >> 160);
        uint48 until = untilFirst < untilSecond ? untilFirst : untilSecond;
        if (until == 0) until = untilFirst | untilSecond;
        return after_ << 208 | uint256(until) << 160;
    }
}
