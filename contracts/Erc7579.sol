// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

// What the account, its modules and the EntryPoint say to one another.
// https://eips.ethereum.org/EIPS/eip-4337 (v0.7), https://eips.ethereum.org/EIPS/eip-7579

// The EntryPoint v0.7 and the MEE 2.0.0 set stand at these addresses on every chain.
address constant ENTRY_POINT = 0x0000000071727De22E5E9d8BAf0edAc6f37da032;
address constant NEXUS_IMPLEMENTATION = 0x000000004F43C49e93C970E84001853a70923B03;
address constant K1_VALIDATOR = 0x00000000d12897DDAdC2044614A9677B191A2d95;

bytes4 constant ERC1271_VALID = 0x1626ba7e;
bytes4 constant ERC1271_INVALID = 0xffffffff;
// What `isValidSignature(ERC7739_QUESTION, "")` answers when nested typed data is understood.
bytes4 constant ERC7739_ANSWER = 0x77390001;
bytes32 constant ERC7739_QUESTION = 0x7739773977397739773977397739773977397739773977397739773977397739;

uint256 constant SIGNATURE_VALID = 0;
uint256 constant SIGNATURE_INVALID = 1;

uint256 constant MODULE_VALIDATOR = 1;
uint256 constant MODULE_STATELESS_VALIDATOR = 7;

bytes1 constant CALL_SINGLE = 0x00;
bytes1 constant CALL_BATCH = 0x01;
bytes1 constant CALL_DELEGATE = 0xff;
bytes1 constant EXEC_DEFAULT = 0x00;
bytes1 constant EXEC_TRY = 0x01;

struct PackedUserOperation {
    address sender;
    uint256 nonce;
    bytes initCode;
    bytes callData;
    bytes32 accountGasLimits;
    uint256 preVerificationGas;
    bytes32 gasFees;
    bytes paymasterAndData;
    bytes signature;
}

struct Execution {
    address target;
    uint256 value;
    bytes callData;
}

interface IModule {
    function onInstall(bytes calldata data) external;
    function onUninstall(bytes calldata data) external;
    function isModuleType(uint256 moduleTypeId) external view returns (bool);
    function isInitialized(address account) external view returns (bool);
}

interface IValidator is IModule {
    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash) external returns (uint256);
    function isValidSignatureWithSender(address sender, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4);
}

/// Module type 7: checks a signature against data that the caller brings (ERC-7780).
interface IStatelessValidator {
    function isModuleType(uint256 moduleTypeId) external view returns (bool);
    function validateSignatureWithData(bytes32 hash, bytes calldata signature, bytes calldata data)
        external
        view
        returns (bool);
}

interface IERC1271 {
    function isValidSignature(bytes32 hash, bytes calldata signature) external view returns (bytes4);
}

interface IERC165 {
    function supportsInterface(bytes4 interfaceId) external view returns (bool);
}

interface IERC5267 {
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
        );
}

interface IERC7579Execute {
    function execute(bytes32 mode, bytes calldata executionCalldata) external payable;
    function executeUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash) external payable;
}

/// Ends the call with the revert data of an inner one, unchanged.
function bubble(bytes memory revertData) pure {
    assembly ("memory-safe") {
        revert(add(revertData, 0x20), mload(revertData))
    }
}

/// `target(20) ‖ value(32) ‖ data`: the packed form of one call.
function decodeSingle(bytes calldata packed) pure returns (address target, uint256 value, bytes calldata data) {
    target = address(bytes20(packed[:20]));
    value = uint256(bytes32(packed[20:52]));
    data = packed[52:];
}
