//! Functions that Leash itself never calls, for trying to.

use alloy_sol_types::sol;

sol! {
    interface IOtherToken {
        function increaseAllowance(address spender, uint256 added) external;
    }

    interface IOtherRouter {
        struct ExactInputParams { bytes path; address recipient; uint256 amountIn; uint256 amountOutMinimum; }

        function exactInput(ExactInputParams params) external;
        function multicall(bytes[] data) external;
        function sweepToken(address token, uint256 amountMinimum, address recipient) external;
        function approveMax(address token) external;
    }

    interface IOtherAccount {
        function upgradeToAndCall(address newImplementation, bytes data) external;
    }

    interface IOtherSession {
        struct PolicyData { address policy; bytes initData; }
        struct ActionData { bytes4 actionTargetSelector; address actionTarget; PolicyData[] actionPolicies; }

        function enableActionPolicies(bytes32 permissionId, ActionData[] actions) external;
        function enableUserOpPolicies(bytes32 permissionId, PolicyData[] policies) external;
        function disableUserOpPolicies(bytes32 permissionId, address[] policies) external;
        function onInstall(bytes data) external;
        function onUninstall(bytes data) external;
    }
}
