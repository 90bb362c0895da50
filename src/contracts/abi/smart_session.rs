//! SmartSession (erc7579/smartsessions) and its policies.

use alloy_sol_types::sol;

sol! {
    #[sol(all_derives)]
    interface ISmartSession {
        struct PolicyData { address policy; bytes initData; }
        struct ActionData { bytes4 actionTargetSelector; address actionTarget; PolicyData[] actionPolicies; }
        struct ERC7739Context { bytes32 appDomainSeparator; string[] contentNames; }
        struct ERC7739Data { ERC7739Context[] allowedERC7739Content; PolicyData[] erc1271Policies; }
        struct Session {
            address sessionValidator;
            bytes sessionValidatorInitData;
            bytes32 salt;
            PolicyData[] userOpPolicies;
            ERC7739Data erc7739Policies;
            ActionData[] actions;
            bool permitERC4337Paymaster;
        }
        struct ChainDigest { uint64 chainId; bytes32 sessionDigest; }
        struct EnableSession {
            uint8 chainDigestIndex;
            ChainDigest[] hashesAndChainIds;
            Session sessionToEnable;
            bytes permissionEnableSig;
        }

        event SessionRemoved(bytes32 permissionId, address smartAccount);
        event NonceIterated(bytes32 permissionId, address account, uint256 newValue);

        error InvalidPermissionId(bytes32 permissionId);
        error PolicyViolation(bytes32 permissionId, address policy);
        error PolicyCheckReverted(bytes32 result);
        error NoPoliciesSet(bytes32 permissionId);
        error PaymasterValidationNotEnabled(bytes32 permissionId);
        error InvalidEnableSignature(address account, bytes32 hash);
        error HashMismatch(bytes32 providedHash, bytes32 computedHash);
        error ChainIdMismatch(uint64 providedChainId);
        error SignerNotFound(bytes32 permissionId, address account);
        error UnsupportedExecutionType();
        error UnsupportedCallType(bytes1 callType);
        error InvalidSelfCall();
        error InvalidTarget();
        error InvalidActionId();
        error UnsupportedPolicy(address policy);
        error NoExecutionsInBatch();
        error InvalidISessionValidator(address sessionValidator);
        error InvalidUserOpSender(address sender);
        error PolicyNotInitialized(bytes32 id, address multiplexer, address account);
        error ValueLimitExceeded(bytes32 id, uint256 value, uint256 limit);

        function enableSessions(Session[] sessions) external returns (bytes32[] permissionIds);
        function removeSession(bytes32 permissionId) external;
        function revokeEnableSignature(bytes32 permissionId) external;
        function setPermit4337Paymaster(bytes32 permissionId, bool enabled) external;
        function getNonce(bytes32 permissionId, address account) external view returns (uint256);
        function getPermissionId(Session session) external pure returns (bytes32 permissionId);
        function getPermissionIDs(address account) external view returns (bytes32[] permissionIds);
        function getSessionDigest(bytes32 permissionId, address account, Session data, uint8 mode) external view returns (bytes32);
        function isPermissionEnabled(bytes32 permissionId, address account) external view returns (bool);
    }

    interface ITimeFramePolicy {
        /// `validUntil << 48 | validAfter`.
        function getTimeFrameConfig(bytes32 id, address multiplexer, address smartAccount) external view returns (uint256);
    }

    interface IUsageLimitPolicy {
        function getUsageLimit(bytes32 id, address multiplexer, address smartAccount) external view returns (uint128);
        function getUsed(bytes32 id, address multiplexer, address smartAccount) external view returns (uint128);
    }

    #[sol(all_derives)]
    interface IUniActionPolicy {
        struct LimitUsage { uint256 limit; uint256 used; }
        struct ParamRule { uint8 condition; uint64 offset; bool isLimited; bytes32 ref; LimitUsage usage; }
        struct ParamRules { uint256 length; ParamRule[16] rules; }
        struct ActionConfig { uint256 valueLimitPerUse; ParamRules paramRules; }

        function actionConfigs(bytes32 id, address multiplexer, address smartAccount) external view returns (ActionConfig config);
    }
}

/// The ENABLE parameters as a tuple type.
pub type EnableSignature = (ISmartSession::EnableSession, alloy_sol_types::sol_data::Bytes);
