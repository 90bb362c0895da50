// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IERC165, PackedUserOperation, SIGNATURE_INVALID, SIGNATURE_VALID} from "./Erc7579.sol";
import {IActionPolicy, IPolicy, IUserOpPolicy, PolicyNotInitialized} from "./SessionTypes.sol";

/// A number of uses: operations where it guards operations, calls where it guards an action.
/// Stands in for UsageLimitPolicy.
contract StandInUsageLimitPolicy is IPolicy, IUserOpPolicy, IActionPolicy, IERC165 {
    struct Usage {
        uint128 limit;
        uint128 used;
    }

    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => Usage))) private _usages;

    event PolicySet(bytes32 id, address multiplexer, address account);

    /// `initData` is the limit, 16 bytes.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        uint128 limit = uint128(bytes16(initData[:16]));
        if (limit == 0) revert PolicyNotInitialized(configId, msg.sender, account);
        _usages[configId][msg.sender][account] = Usage(limit, 0);
        emit PolicySet(configId, msg.sender, account);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp) external returns (uint256) {
        return _use(id, userOp.sender);
    }

    function checkAction(bytes32 id, address account, address, uint256, bytes calldata) external returns (uint256) {
        return _use(id, account);
    }

    function getUsageLimit(bytes32 id, address multiplexer, address account) external view returns (uint128) {
        return _usages[id][multiplexer][account].limit;
    }

    function getUsed(bytes32 id, address multiplexer, address account) external view returns (uint128) {
        return _usages[id][multiplexer][account].used;
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IUserOpPolicy).interfaceId
            || interfaceId == type(IActionPolicy).interfaceId;
    }

    function _use(bytes32 id, address account) private returns (uint256) {
        Usage storage usage = _usages[id][msg.sender][account];
        if (usage.limit == 0) revert PolicyNotInitialized(id, msg.sender, account);
        if (usage.used >= usage.limit) return SIGNATURE_INVALID;
        usage.used += 1;
        return SIGNATURE_VALID;
    }
}
