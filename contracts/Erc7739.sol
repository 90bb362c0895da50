// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

import {Ecdsa} from "./Ecdsa.sol";
import {IERC5267} from "./Erc7579.sol";

/// Signatures that name the account they are for, so that one account's cannot be replayed on another of the
/// same owner: https://eips.ethereum.org/EIPS/eip-7739
library Erc7739 {
    bytes32 private constant PERSONAL_SIGN_TYPE_HASH = keccak256("PersonalSign(bytes prefixed)");
    bytes32 private constant DOMAIN_TYPE_HASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    struct Domain {
        bytes32 nameHash;
        bytes32 versionHash;
        uint256 chainId;
        address verifyingContract;
        bytes32 salt;
    }

    function isSignedBy(address signer, address account, bytes32 hash, bytes calldata signature)
        internal
        view
        returns (bool)
    {
        Domain memory domain = _domainOf(account);
        return _isTypedDataSign(signer, domain, hash, signature) || _isPersonalSign(signer, domain, hash, signature);
    }

    function _domainOf(address account) private view returns (Domain memory domain) {
        (, string memory name, string memory version, uint256 chainId, address verifyingContract, bytes32 salt,) =
            IERC5267(account).eip712Domain();
        domain = Domain(keccak256(bytes(name)), keccak256(bytes(version)), chainId, verifyingContract, salt);
    }

    /// `signature ‖ domain separator(32) ‖ contents hash(32) ‖ description ‖ length of the description(2)`.
    function _isTypedDataSign(address signer, Domain memory domain, bytes32 hash, bytes calldata signature)
        private
        pure
        returns (bool)
    {
        if (signature.length < 66) return false;
        uint256 described = uint16(bytes2(signature[signature.length - 2:]));
        if (described == 0 || signature.length < 66 + described) return false;
        uint256 end = signature.length - 2 - described;
        bytes32 appDomain = bytes32(signature[end - 64:end - 32]);
        bytes32 contents = bytes32(signature[end - 32:end]);
        if (keccak256(abi.encodePacked(hex"1901", appDomain, contents)) != hash) return false;

        (bool valid, bytes memory name, bytes memory typeString) = _describe(signature[end:end + described]);
        if (!valid) return false;
        bytes32 typeHash = keccak256(
            abi.encodePacked(
                "TypedDataSign(",
                name,
                " contents,string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)",
                typeString
            )
        );
        bytes32 nested = keccak256(
            abi.encode(
                typeHash,
                contents,
                domain.nameHash,
                domain.versionHash,
                domain.chainId,
                domain.verifyingContract,
                domain.salt
            )
        );
        bytes32 signed = keccak256(abi.encodePacked(hex"1901", appDomain, nested));
        return Ecdsa.recover(signed, signature[:end - 64]) == signer && signer != address(0);
    }

    function _isPersonalSign(address signer, Domain memory domain, bytes32 hash, bytes calldata signature)
        private
        pure
        returns (bool)
    {
        bytes32 separator = keccak256(
            abi.encode(
                DOMAIN_TYPE_HASH, domain.nameHash, domain.versionHash, domain.chainId, domain.verifyingContract
            )
        );
        bytes32 nested = keccak256(abi.encode(PERSONAL_SIGN_TYPE_HASH, hash));
        bytes32 signed = keccak256(abi.encodePacked(hex"1901", separator, nested));
        return Ecdsa.recover(signed, signature) == signer && signer != address(0);
    }

    /// A description is the type of the contents, either ending in `)` (the name is what stands before the first
    /// bracket) or followed by the bare name (needed where the contents are not the first type by alphabet).
    function _describe(bytes calldata description)
        private
        pure
        returns (bool valid, bytes memory name, bytes memory typeString)
    {
        uint256 last = description.length - 1;
        if (description[last] == ")") {
            uint256 bracket = 0;
            while (description[bracket] != "(") {
                if (++bracket > last) return (false, name, typeString);
            }
            name = description[:bracket];
            typeString = description;
        } else {
            uint256 bracket = last;
            while (description[bracket] != ")") {
                if (bracket-- == 0) return (false, name, typeString);
            }
            name = description[bracket + 1:];
            typeString = description[:bracket + 1];
        }
        valid = _isTypeName(name);
    }

    /// No elementary type (they begin in lower case), no brackets, commas, spaces or zero bytes.
    function _isTypeName(bytes memory name) private pure returns (bool) {
        if (name.length == 0 || (name[0] >= "a" && name[0] <= "z") || name[0] == "(") return false;
        for (uint256 i = 0; i < name.length; ++i) {
            bytes1 letter = name[i];
            if (letter == "," || letter == " " || letter == ")" || letter == 0x00) return false;
        }
        return true;
    }
}
