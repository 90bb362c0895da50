// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IValidator, K1_VALIDATOR} from "./Erc7579.sol";
import {NexusValidators} from "./NexusValidators.sol";

/// Gives a new account its first modules. Runs by delegatecall inside the account that is being created.
/// Stands in for NexusBootstrap 1.2.1: validators only, every other module is refused.
contract StandInNexusBootstrap is NexusValidators {
    struct BootstrapConfig {
        address module;
        bytes data;
    }

    struct PreValidationHookConfig {
        uint256 hookType;
        address module;
        bytes data;
    }

    function initNexusWithDefaultValidatorAndOtherModulesNoRegistry(
        bytes calldata defaultValidatorInitData,
        BootstrapConfig[] calldata validators,
        BootstrapConfig[] calldata executors,
        BootstrapConfig calldata hook,
        BootstrapConfig[] calldata fallbacks,
        PreValidationHookConfig[] calldata preValidationHooks
    ) external payable {
        if (executors.length != 0) revert UnsupportedModuleType(2);
        if (fallbacks.length != 0) revert UnsupportedModuleType(3);
        if (hook.module != address(0)) revert UnsupportedModuleType(4);
        if (preValidationHooks.length != 0) revert UnsupportedModuleType(preValidationHooks[0].hookType);
        IValidator(K1_VALIDATOR).onInstall(defaultValidatorInitData);
        for (uint256 i = 0; i < validators.length; ++i) {
            _installValidator(validators[i].module, validators[i].data);
        }
    }
}
