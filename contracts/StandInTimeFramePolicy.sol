// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IERC165, PackedUserOperation} from "./Erc7579.sol";
import {IActionPolicy, IPolicy, IUserOpPolicy, PolicyNotInitialized} from "./SessionTypes.sol";

/// A beginning and an end in time. Stands in for TimeFramePolicy.
contract StandInTimeFramePolicy is IPolicy, IUserOpPolicy, IActionPolicy, IERC165 {
    /// `valid until << 48 | valid after`, in seconds.
    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => uint256))) private _frames;

    event PolicySet(bytes32 id, address multiplexer, address account);

    /// `initData` is `valid until(6) ‖ valid after(6)`; until 0 means no end.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        uint256 frame = uint96(bytes12(initData[:12]));
        if (frame == 0) revert PolicyNotInitialized(configId, msg.sender, account);
        _frames[configId][msg.sender][account] = frame;
        emit PolicySet(configId, msg.sender, account);
    }

    function checkUserOpPolicy(bytes32 id, PackedUserOperation calldata userOp) external view returns (uint256) {
        return _window(id, userOp.sender);
    }

    function checkAction(bytes32 id, address account, address, uint256, bytes calldata)
        external
        view
        returns (uint256)
    {
        return _window(id, account);
    }

    function getTimeFrameConfig(bytes32 id, address multiplexer, address account) external view returns (uint256) {
        return _frames[id][multiplexer][account];
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IUserOpPolicy).interfaceId
            || interfaceId == type(IActionPolicy).interfaceId;
    }

    /// The EntryPoint compares with the clock, not the policy: validation may not read it (ERC-7562).
    function _window(bytes32 id, address account) private view returns (uint256) {
        uint256 frame = _frames[id][msg.sender][account];
        if (frame == 0) revert PolicyNotInitialized(id, msg.sender, account);
        return uint256(uint48(frame)) << 208 | (frame >> 48) << 160;
    }
}
