// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {IERC165, SIGNATURE_INVALID, SIGNATURE_VALID} from "./Erc7579.sol";
import {IActionPolicy, IPolicy, PolicyNotInitialized} from "./SessionTypes.sol";

/// Rules on the arguments of one function. Stands in for UniActionPolicy.
contract StandInUniActionPolicy is IPolicy, IActionPolicy, IERC165 {
    /// All compare words as unsigned numbers. `IN_RANGE` reads `least(16) ‖ most(16)`, both included.
    enum ParamCondition {
        EQUAL,
        GREATER_THAN,
        LESS_THAN,
        GREATER_THAN_OR_EQUAL,
        LESS_THAN_OR_EQUAL,
        NOT_EQUAL,
        IN_RANGE
    }

    struct LimitUsage {
        uint256 limit;
        uint256 used;
    }

    /// On the word at `offset` after the selector.
    struct ParamRule {
        ParamCondition condition;
        uint64 offset;
        bool isLimited;
        bytes32 ref;
        LimitUsage usage;
    }

    struct ParamRules {
        uint256 length;
        ParamRule[16] rules;
    }

    struct ActionConfig {
        uint256 valueLimitPerUse;
        ParamRules paramRules;
    }

    mapping(bytes32 id => mapping(address multiplexer => mapping(address account => ActionConfig))) private _configs;

    event PolicySet(bytes32 id, address multiplexer, address account);

    error ValueLimitExceeded(bytes32 id, uint256 value, uint256 limit);

    /// `initData` is one static `ActionConfig` of 3136 bytes.
    function initializeWithMultiplexer(address account, bytes32 configId, bytes calldata initData) external {
        ActionConfig memory given = abi.decode(initData, (ActionConfig));
        uint256 length = given.paramRules.length;
        if (length == 0 || length > 16) revert PolicyNotInitialized(configId, msg.sender, account);
        ActionConfig storage config = _configs[configId][msg.sender][account];
        config.valueLimitPerUse = given.valueLimitPerUse;
        // Slots that stay zero cost nothing to leave alone, so rules of an earlier, longer list are cleared here.
        uint256 before = config.paramRules.length;
        config.paramRules.length = length;
        for (uint256 i = 0; i < length || i < before; ++i) {
            config.paramRules.rules[i] = given.paramRules.rules[i];
        }
        emit PolicySet(configId, msg.sender, account);
    }

    /// Amounts are counted here, while validating: a call that reverts afterwards has spent them.
    function checkAction(bytes32 id, address account, address, uint256 value, bytes calldata data)
        external
        returns (uint256)
    {
        ActionConfig storage config = _configs[id][msg.sender][account];
        uint256 length = config.paramRules.length;
        if (length == 0) revert PolicyNotInitialized(id, msg.sender, account);
        if (value > config.valueLimitPerUse) revert ValueLimitExceeded(id, value, config.valueLimitPerUse);
        for (uint256 i = 0; i < length; ++i) {
            if (!_passes(config.paramRules.rules[i], data)) return SIGNATURE_INVALID;
        }
        return SIGNATURE_VALID;
    }

    function actionConfigs(bytes32 id, address multiplexer, address account)
        external
        view
        returns (ActionConfig memory)
    {
        return _configs[id][multiplexer][account];
    }

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IERC165).interfaceId || interfaceId == type(IActionPolicy).interfaceId;
    }

    /// Reverts without data where the call is too short to hold the word.
    function _passes(ParamRule storage rule, bytes calldata data) private returns (bool) {
        uint256 from = 4 + uint256(rule.offset);
        uint256 word = uint256(bytes32(data[from:from + 32]));
        if (!_compares(rule.condition, word, uint256(rule.ref))) return false;
        if (!rule.isLimited) return true;
        uint256 used = rule.usage.used;
        uint256 limit = rule.usage.limit;
        if (word > limit || used > limit - word) return false;
        rule.usage.used = used + word;
        return true;
    }

    function _compares(ParamCondition condition, uint256 word, uint256 ref) private pure returns (bool) {
        if (condition == ParamCondition.EQUAL) return word == ref;
        if (condition == ParamCondition.GREATER_THAN) return word > ref;
        if (condition == ParamCondition.LESS_THAN) return word < ref;
        if (condition == ParamCondition.GREATER_THAN_OR_EQUAL) return word >= ref;
        if (condition == ParamCondition.LESS_THAN_OR_EQUAL) return word <= ref;
        if (condition == ParamCondition.NOT_EQUAL) return word != ref;
        return word >= ref >> 128 && word <= uint128(ref);
    }
}
