// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Ecdsa} from "./Ecdsa.sol";
import {Erc7739} from "./Erc7739.sol";
import {
    ERC1271_INVALID,
    ERC1271_VALID,
    ERC7739_ANSWER,
    ERC7739_QUESTION,
    IValidator,
    MODULE_STATELESS_VALIDATOR,
    MODULE_VALIDATOR,
    PackedUserOperation,
    SIGNATURE_INVALID,
    SIGNATURE_VALID
} from "./Erc7579.sol";

/// The account's owner, and session keys: both are plain secp256k1 addresses.
/// Stands in for K1MeeValidator 1.0.1, without its MEE signature modes (prefix 0x177eee), which are refused.
contract StandInK1Validator is IValidator {
    /// The account is the last key of every mapping, as ERC-7562 wants storage of a module.
    mapping(address account => address) private _owner;
    mapping(address sender => mapping(address account => bool)) private _safe;
    /// For removal: the senders that were ever added, by position.
    mapping(uint256 index => mapping(address account => address)) private _safeAt;
    mapping(address account => uint256) private _safeCount;

    error ModuleAlreadyInitialized();
    error NotInitialized();
    error InvalidDataLength();
    error ZeroAddressNotAllowed();
    error NewOwnerIsContract();

    event OwnerSet(address indexed account, address indexed owner);
    event SafeSenderAdded(address indexed account, address indexed sender);
    event SafeSenderRemoved(address indexed account, address indexed sender);

    /// `owner(20) ‖ safe sender(20)*`
    function onInstall(bytes calldata data) external {
        if (data.length == 0 || data.length % 20 != 0) revert InvalidDataLength();
        if (_owner[msg.sender] != address(0)) revert ModuleAlreadyInitialized();
        _setOwner(address(bytes20(data[:20])));
        for (uint256 at = 20; at < data.length; at += 20) {
            _addSafeSender(address(bytes20(data[at:at + 20])));
        }
    }

    function onUninstall(bytes calldata) external {
        delete _owner[msg.sender];
        uint256 count = _safeCount[msg.sender];
        for (uint256 i = 0; i < count; ++i) {
            delete _safe[_safeAt[i][msg.sender]][msg.sender];
            delete _safeAt[i][msg.sender];
        }
        delete _safeCount[msg.sender];
        emit OwnerSet(msg.sender, address(0));
    }

    function transferOwnership(address newOwner) external {
        if (_owner[msg.sender] == address(0)) revert NotInitialized();
        _setOwner(newOwner);
    }

    function addSafeSender(address sender) external {
        _addSafeSender(sender);
    }

    function removeSafeSender(address sender) external {
        delete _safe[sender][msg.sender];
        emit SafeSenderRemoved(msg.sender, sender);
    }

    function validateUserOp(PackedUserOperation calldata userOp, bytes32 userOpHash) external view returns (uint256) {
        return _isPlain(_owner[userOp.sender], userOpHash, userOp.signature) ? SIGNATURE_VALID : SIGNATURE_INVALID;
    }

    /// The account asks on behalf of `sender`. A safe sender's hash already names the account, so a plain
    /// signature is enough; for everybody else the account must be named by ERC-7739.
    function isValidSignatureWithSender(address sender, bytes32 hash, bytes calldata signature)
        external
        view
        returns (bytes4)
    {
        if (hash == ERC7739_QUESTION && signature.length == 0) return ERC7739_ANSWER;
        if (signature.length < 64) return ERC1271_INVALID;
        // The second word is read as it stands, so the compact form with its parity bit set is refused.
        if (uint256(bytes32(signature[32:64])) > Ecdsa.HALF_ORDER) return ERC1271_INVALID;

        address account = msg.sender;
        address owner = _owner[account];
        if (_safe[sender][account] && _isPlain(owner, hash, signature)) return ERC1271_VALID;
        return Erc7739.isSignedBy(owner, account, hash, signature) ? ERC1271_VALID : ERC1271_INVALID;
    }

    /// The first 20 bytes of `data` are the signer.
    function validateSignatureWithData(bytes32 hash, bytes calldata signature, bytes calldata data)
        external
        pure
        returns (bool)
    {
        if (data.length < 20) revert InvalidDataLength();
        return _isPlain(address(bytes20(data[:20])), hash, signature);
    }

    /// An account without an owner here is its own.
    function getOwner(address account) external view returns (address) {
        address owner = _owner[account];
        return owner == address(0) ? account : owner;
    }

    function isSafeSender(address sender, address account) external view returns (bool) {
        return _safe[sender][account];
    }

    function isInitialized(address account) external view returns (bool) {
        return _owner[account] != address(0);
    }

    function isModuleType(uint256 moduleTypeId) external pure returns (bool) {
        return moduleTypeId == MODULE_VALIDATOR || moduleTypeId == MODULE_STATELESS_VALIDATOR;
    }

    function _isPlain(address signer, bytes32 hash, bytes calldata signature) private pure returns (bool) {
        if (signature.length >= 4 && bytes3(signature[:3]) == 0x177eee && uint8(signature[3]) <= 2) return false;
        return Ecdsa.isSignedBy(signer, hash, signature);
    }

    function _setOwner(address owner) private {
        if (owner == address(0)) revert ZeroAddressNotAllowed();
        if (owner.code.length != 0) revert NewOwnerIsContract();
        _owner[msg.sender] = owner;
        emit OwnerSet(msg.sender, owner);
    }

    function _addSafeSender(address sender) private {
        if (_safe[sender][msg.sender]) return;
        _safe[sender][msg.sender] = true;
        _safeAt[_safeCount[msg.sender]++][msg.sender] = sender;
        emit SafeSenderAdded(msg.sender, sender);
    }
}
