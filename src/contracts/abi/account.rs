//! ERC-4337 EntryPoint v0.7 and the ERC-7579 account Nexus 1.2.0 (MEE 2.0.0 set).

use alloy_sol_types::sol;

sol! {
    /// ERC-4337 v0.7: <https://eips.ethereum.org/EIPS/eip-4337>
    #[sol(all_derives)]
    interface IEntryPoint {
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
        struct DepositInfo { uint256 deposit; bool staked; uint112 stake; uint32 unstakeDelaySec; uint48 withdrawTime; }

        event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed);
        event UserOperationRevertReason(bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason);
        event BeforeExecution();
        event AccountDeployed(bytes32 indexed userOpHash, address indexed sender, address factory, address paymaster);

        error FailedOp(uint256 opIndex, string reason);
        error FailedOpWithRevert(uint256 opIndex, string reason, bytes inner);

        function handleOps(PackedUserOperation[] ops, address beneficiary) external;
        function getNonce(address sender, uint192 key) external view returns (uint256 nonce);
        function getUserOpHash(PackedUserOperation userOp) external view returns (bytes32);
        function getDepositInfo(address account) external view returns (DepositInfo info);
        function balanceOf(address account) external view returns (uint256);
        function withdrawTo(address withdrawAddress, uint256 withdrawAmount) external;
    }

    /// What the EntryPoint calls of an account.
    interface IAccount {
        function validateUserOp(IEntryPoint.PackedUserOperation userOp, bytes32 userOpHash, uint256 missingAccountFunds) external returns (uint256 validationData);
    }

    /// What the EntryPoint calls of a paymaster.
    interface IPaymaster {
        function validatePaymasterUserOp(IEntryPoint.PackedUserOperation userOp, bytes32 userOpHash, uint256 maxCost) external returns (bytes context, uint256 validationData);
        function postOp(uint8 mode, bytes context, uint256 actualGasCost, uint256 actualUserOpFeePerGas) external;
    }

    /// Pimlico's SingletonPaymaster v7: what its signer signs, with everything of `paymasterAndData` before the
    /// signature.
    interface ISingletonPaymaster {
        function getHash(uint8 mode, IEntryPoint.PackedUserOperation userOp) external view returns (bytes32);
    }

    /// ERC-7579 account: <https://eips.ethereum.org/EIPS/eip-7579>
    interface INexus {
        struct Execution { address target; uint256 value; bytes callData; }

        error ValidatorNotInstalled(address module);
        error AccountAccessUnauthorized();

        function execute(bytes32 mode, bytes executionCalldata) external;
        function initializeAccount(bytes initData) external;
        function accountId() external view returns (string);
        function installModule(uint256 moduleTypeId, address module, bytes initData) external;
        function uninstallModule(uint256 moduleTypeId, address module, bytes deInitData) external;
        function isModuleInstalled(uint256 moduleTypeId, address module, bytes additionalContext) external view returns (bool);
        function isValidSignature(bytes32 hash, bytes signature) external view returns (bytes4);
    }

    interface INexusFactory {
        function createAccount(bytes initData, bytes32 salt) external returns (address account);
        function computeAccountAddress(bytes initData, bytes32 salt) external view returns (address expectedAddress);
    }

    interface INexusBootstrap {
        struct BootstrapConfig { address module; bytes data; }
        struct PreValidationHookConfig { uint256 hookType; address module; bytes data; }

        function initNexusWithDefaultValidatorAndOtherModulesNoRegistry(bytes defaultValidatorInitData, BootstrapConfig[] validators, BootstrapConfig[] executors, BootstrapConfig hook, BootstrapConfig[] fallbacks, PreValidationHookConfig[] preValidationHooks) external;
    }

    interface IK1Validator {
        function getOwner(address smartAccount) external view returns (address);
        function isSafeSender(address sender, address smartAccount) external view returns (bool);
        function transferOwnership(address newOwner) external;
    }
}
