// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IValidator, K1_VALIDATOR, MODULE_VALIDATOR} from "./Erc7579.sol";

/// The validators of one account, as a linked list, and the default one, which is in no list.
/// The account and its bootstrap share this layout, because the bootstrap runs inside the account.
abstract contract NexusValidators {
    /// Head and tail of the list.
    address internal constant SENTINEL = address(1);

    mapping(address validator => address next) internal _nextValidator;

    event ModuleInstalled(uint256 moduleTypeId, address module);
    event ModuleUninstalled(uint256 moduleTypeId, address module);

    error ModuleAlreadyInstalled(uint256 moduleTypeId, address module);
    error ModuleNotInstalled(uint256 moduleTypeId, address module);
    error MismatchModuleTypeId();
    error ModuleAddressCanNotBeZero();
    error UnsupportedModuleType(uint256 moduleTypeId);
    error DefaultValidatorAlreadyInstalled();
    error InvalidEntry(address entry);

    function _isListed(address validator) internal view returns (bool) {
        return validator != SENTINEL && _nextValidator[validator] != address(0);
    }

    function _installValidator(address validator, bytes memory data) internal {
        if (validator == address(0)) revert ModuleAddressCanNotBeZero();
        if (validator == K1_VALIDATOR) revert DefaultValidatorAlreadyInstalled();
        if (!IValidator(validator).isModuleType(MODULE_VALIDATOR)) revert MismatchModuleTypeId();
        if (validator == SENTINEL || _isListed(validator)) revert ModuleAlreadyInstalled(MODULE_VALIDATOR, validator);
        address first = _nextValidator[SENTINEL];
        _nextValidator[validator] = first == address(0) ? SENTINEL : first;
        _nextValidator[SENTINEL] = validator;
        IValidator(validator).onInstall(data);
        emit ModuleInstalled(MODULE_VALIDATOR, validator);
    }

    /// `data` is `(address previous, bytes deInitData)`. A module that refuses its own removal is removed all the same.
    function _uninstallValidator(address validator, bytes memory data) internal {
        if (!_isListed(validator)) revert ModuleNotInstalled(MODULE_VALIDATOR, validator);
        (address previous, bytes memory deInitData) = abi.decode(data, (address, bytes));
        if (_nextValidator[previous] != validator) revert InvalidEntry(validator);
        _nextValidator[previous] = _nextValidator[validator];
        delete _nextValidator[validator];
        try IValidator(validator).onUninstall(deInitData) {} catch {}
        emit ModuleUninstalled(MODULE_VALIDATOR, validator);
    }
}
