// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// secp256k1 signatures of plain addresses.
library Ecdsa {
    /// Half of the group order: a larger `s` is the other spelling of the same signature (EIP-2).
    uint256 internal constant HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    /// Whether `signer` signed the hash itself, or its EIP-191 form (`personal_sign` of the 32 bytes).
    function isSignedBy(address signer, bytes32 hash, bytes memory signature) internal pure returns (bool) {
        if (signer == address(0)) return false;
        return recover(hash, signature) == signer || recover(personal(hash), signature) == signer;
    }

    /// Zero unless the form is `r ‖ s ‖ v` with v 27 or 28, or the 64 bytes of EIP-2098.
    function recover(bytes32 hash, bytes memory signature) internal pure returns (address) {
        bytes32 r;
        bytes32 s;
        assembly ("memory-safe") {
            r := mload(add(signature, 0x20))
            s := mload(add(signature, 0x40))
        }
        uint8 v;
        if (signature.length == 65) {
            v = uint8(signature[64]);
        } else if (signature.length == 64) {
            v = uint8(uint256(s) >> 255) + 27;
            s = bytes32(uint256(s) & (type(uint256).max >> 1));
        }
        if ((v != 27 && v != 28) || uint256(s) > HALF_ORDER) return address(0);
        return ecrecover(hash, v, r, s);
    }

    function personal(bytes32 hash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked("\x19Ethereum Signed Message:\n32", hash));
    }
}
