// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {bubble, NEXUS_IMPLEMENTATION} from "./Erc7579.sol";

interface INexusInitialize {
    function initializeAccount(bytes calldata initData) external payable;
}

/// ERC-1967 proxy: the account itself. Its code is the same for everyone, so its address commits to its owner
/// only by the constructor's arguments.
contract StandInNexusProxy {
    /// keccak256("eip1967.proxy.implementation") - 1
    bytes32 private constant SLOT = 0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc;

    event Upgraded(address indexed implementation);

    constructor(address implementation, bytes memory initialCall) payable {
        assembly ("memory-safe") {
            sstore(SLOT, implementation)
        }
        emit Upgraded(implementation);
        (bool success, bytes memory result) = implementation.delegatecall(initialCall);
        if (!success) bubble(result);
    }

    receive() external payable {}

    fallback() external payable {
        assembly {
            calldatacopy(0, 0, calldatasize())
            let success := delegatecall(gas(), sload(SLOT), 0, calldatasize(), 0, 0)
            returndatacopy(0, 0, returndatasize())
            if success { return(0, returndatasize()) }
            revert(0, returndatasize())
        }
    }
}

/// Creates accounts at addresses that are known before they exist.
/// Stands in for the MEE 2.0.0 account factory; addresses differ from production, because the proxy's code does.
contract StandInNexusFactory {
    event AccountCreated(address indexed account, bytes indexed initData, bytes32 indexed salt);

    /// An account that exists already is returned as it is.
    function createAccount(bytes calldata initData, bytes32 salt) external payable returns (address payable account) {
        account = computeAccountAddress(initData, salt);
        if (account.code.length != 0) {
            if (msg.value != 0) {
                (bool success, bytes memory result) = account.call{value: msg.value}("");
                if (!success) bubble(result);
            }
            return account;
        }
        new StandInNexusProxy{salt: salt, value: msg.value}(NEXUS_IMPLEMENTATION, _initialCall(initData));
        emit AccountCreated(account, initData, salt);
    }

    function computeAccountAddress(bytes calldata initData, bytes32 salt) public view returns (address payable) {
        bytes32 codeHash = keccak256(
            abi.encodePacked(
                type(StandInNexusProxy).creationCode, abi.encode(NEXUS_IMPLEMENTATION, _initialCall(initData))
            )
        );
        return payable(
            address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, codeHash)))))
        );
    }

    function _initialCall(bytes calldata initData) private pure returns (bytes memory) {
        return abi.encodeCall(INexusInitialize.initializeAccount, (initData));
    }
}
