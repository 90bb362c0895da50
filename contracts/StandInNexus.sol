// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {
    bubble,
    CALL_BATCH,
    CALL_DELEGATE,
    CALL_SINGLE,
    decodeSingle,
    ENTRY_POINT,
    ERC7739_QUESTION,
    EXEC_DEFAULT,
    EXEC_TRY,
    Execution,
    IERC5267,
    IValidator,
    K1_VALIDATOR,
    MODULE_VALIDATOR,
    PackedUserOperation
} from "./Erc7579.sol";
import {NexusValidators} from "./NexusValidators.sol";

/// The implementation behind every account. Stands in for Nexus 1.2.0 (MEE 2.0.0): validators only; executors,
/// hooks, fallback handlers and the module-enable and PREP nonce modes are refused.
contract StandInNexus is NexusValidators, IERC5267 {
    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant IMPLEMENTATION_SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);
    event TryExecuteUnsuccessful(bytes callData, bytes result);

    error AccountAccessUnauthorized();
    error ValidatorNotInstalled(address module);
    error AccountAlreadyInitialized();
    error NexusInitializationFailed();
    error UnsupportedCallType(bytes1 callType);
    error UnsupportedExecType(bytes1 execType);
    error UnsupportedValidationMode(uint8 mode);
    error InvalidImplementationAddress();

    modifier onlyEntryPoint() {
        if (msg.sender != ENTRY_POINT) revert AccountAccessUnauthorized();
        _;
    }

    modifier onlyEntryPointOrSelf() {
        if (msg.sender != ENTRY_POINT && msg.sender != address(this)) revert AccountAccessUnauthorized();
        _;
    }

    receive() external payable {}

    /// Only while the proxy is being constructed, when it has no code yet: once, and by nobody else.
    /// `initData` is `(address bootstrap, bytes call)`.
    function initializeAccount(bytes calldata initData) external payable {
        if (address(this).code.length != 0) revert AccountAlreadyInitialized();
        (address bootstrap, bytes memory call) = abi.decode(initData, (address, bytes));
        (bool success, bytes memory result) = bootstrap.delegatecall(call);
        if (!success) bubble(result);
        if (!IValidator(K1_VALIDATOR).isInitialized(address(this))) revert NexusInitializationFailed();
    }

    /// The validator stands in the nonce: `lane(3) ‖ mode(1) ‖ validator(20) ‖ sequence(8)`, zero for the default one.
    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash, uint256 missingAccountFunds)
        external
        payable
        onlyEntryPoint
        returns (uint256 validationData)
    {
        uint8 mode = uint8(userOp.nonce >> 224);
        if (mode != 0) revert UnsupportedValidationMode(mode);
        address validator = _validatorAt(address(uint160(userOp.nonce >> 64)));
        validationData = IValidator(validator).validateUserOp(userOp, userOpHash);
        if (missingAccountFunds == 0) return validationData;
        // The EntryPoint looks at what it received, so a failed payment is its to refuse.
        assembly ("memory-safe") {
            pop(call(gas(), caller(), missingAccountFunds, 0, 0, 0, 0))
        }
    }

    /// ERC-7579: `mode` is `call type(1) ‖ exec type(1) ‖ …`.
    function execute(bytes32 mode, bytes calldata executionCalldata) external payable onlyEntryPointOrSelf {
        bytes1 callType = bytes1(mode);
        bytes1 execType = bytes1(mode << 8);
        if (execType != EXEC_DEFAULT && execType != EXEC_TRY) revert UnsupportedExecType(execType);
        bool mayFail = execType == EXEC_TRY;
        if (callType == CALL_SINGLE) {
            (address target, uint256 value, bytes calldata data) = decodeSingle(executionCalldata);
            _call(target, value, data, mayFail);
        } else if (callType == CALL_BATCH) {
            Execution[] memory calls = abi.decode(executionCalldata, (Execution[]));
            for (uint256 i = 0; i < calls.length; ++i) {
                _call(calls[i].target, calls[i].value, calls[i].callData, mayFail);
            }
        } else if (callType == CALL_DELEGATE) {
            bytes memory data = executionCalldata[20:];
            (bool success, bytes memory result) = address(bytes20(executionCalldata[:20])).delegatecall(data);
            _settle(success, data, result, mayFail);
        } else {
            revert UnsupportedCallType(callType);
        }
    }

    /// ERC-4337: the call data after the selector is called on the account itself.
    function executeUserOp(PackedUserOperation calldata userOp, bytes32) external payable onlyEntryPoint {
        (bool success, bytes memory result) = address(this).delegatecall(userOp.callData[4:]);
        if (!success) bubble(result);
    }

    function installModule(uint256 moduleTypeId, address module, bytes calldata initData)
        external
        payable
        onlyEntryPointOrSelf
    {
        if (moduleTypeId != MODULE_VALIDATOR) revert UnsupportedModuleType(moduleTypeId);
        _installValidator(module, initData);
    }

    function uninstallModule(uint256 moduleTypeId, address module, bytes calldata deInitData)
        external
        payable
        onlyEntryPointOrSelf
    {
        if (moduleTypeId != MODULE_VALIDATOR) revert UnsupportedModuleType(moduleTypeId);
        _uninstallValidator(module, deInitData);
    }

    function upgradeToAndCall(address implementation, bytes calldata data) external payable onlyEntryPointOrSelf {
        if (implementation.code.length == 0) revert InvalidImplementationAddress();
        assembly ("memory-safe") {
            sstore(IMPLEMENTATION_SLOT, implementation)
        }
        emit Upgraded(implementation);
        if (data.length == 0) return;
        (bool success, bytes memory result) = implementation.delegatecall(data);
        if (!success) bubble(result);
    }

    /// ERC-1271: the first 20 bytes select the validator, zero for the default one.
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4) {
        if (hash == ERC7739_QUESTION && signature.length == 0) {
            return IValidator(K1_VALIDATOR).isValidSignatureWithSender(msg.sender, hash, signature);
        }
        address validator = _validatorAt(address(bytes20(signature[:20])));
        return IValidator(validator).isValidSignatureWithSender(msg.sender, hash, signature[20:]);
    }

    function isModuleInstalled(uint256 moduleTypeId, address module, bytes calldata) external view returns (bool) {
        if (moduleTypeId != MODULE_VALIDATOR) return false;
        if (module == K1_VALIDATOR) return IValidator(K1_VALIDATOR).isInitialized(address(this));
        return _isListed(module);
    }

    /// Validators from `cursor` (0x1 for the first page), and where the next page starts.
    function getValidatorsPaginated(address cursor, uint256 size)
        external
        view
        returns (address[] memory page, address next)
    {
        page = new address[](size);
        uint256 count = 0;
        next = _nextValidator[cursor];
        while (next != address(0) && next != SENTINEL && count < size) {
            page[count++] = next;
            next = _nextValidator[next];
        }
        if (next != SENTINEL && count > 0) next = page[count - 1];
        assembly ("memory-safe") {
            mstore(page, count)
        }
    }

    function supportsModule(uint256 moduleTypeId) external pure returns (bool) {
        return moduleTypeId == MODULE_VALIDATOR;
    }

    function supportsExecutionMode(bytes32 mode) external pure returns (bool) {
        bytes1 callType = bytes1(mode);
        bytes1 execType = bytes1(mode << 8);
        return (callType == CALL_SINGLE || callType == CALL_BATCH || callType == CALL_DELEGATE)
            && (execType == EXEC_DEFAULT || execType == EXEC_TRY);
    }

    function accountId() external pure returns (string memory) {
        return "biconomy.nexus.1.2.0";
    }

    function entryPoint() external pure returns (address) {
        return ENTRY_POINT;
    }

    /// Name, version, chain and account: ERC-5267 field mask 0x0f.
    function eip712Domain()
        external
        view
        returns (
            bytes1 fields,
            string memory name,
            string memory version,
            uint256 chainId,
            address verifyingContract,
            bytes32 salt,
            uint256[] memory extensions
        )
    {
        return (0x0f, "Nexus", "1.2.0", block.chainid, address(this), bytes32(0), new uint256[](0));
    }

    function _validatorAt(address named) private view returns (address) {
        if (named == address(0)) return K1_VALIDATOR;
        if (!_isListed(named)) revert ValidatorNotInstalled(named);
        return named;
    }

    function _call(address target, uint256 value, bytes memory data, bool mayFail) private {
        (bool success, bytes memory result) = target.call{value: value}(data);
        _settle(success, data, result, mayFail);
    }

    function _settle(bool success, bytes memory data, bytes memory result, bool mayFail) private {
        if (success) return;
        if (!mayFail) bubble(result);
        emit TryExecuteUnsuccessful(data, result);
    }
}
