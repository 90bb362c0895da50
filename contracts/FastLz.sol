// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// FastLZ level 1, the form in which enabling signatures travel.
///
/// Each instruction starts with a byte whose upper three bits are its kind:
/// 0: copy the next `(byte & 31) + 1` bytes as they are;
/// 1 to 6: repeat `kind + 2` bytes from `((byte & 31) << 8 | next) + 1` back;
/// 7: repeat `9 + next` bytes from `((byte & 31) << 8 | the one after) + 1` back.
library FastLz {
    error MalformedCompression();

    /// A repetition may overlap what it writes. Unlike the production contract, which reads zeros there, an
    /// instruction that is cut off or reaches before the beginning is refused.
    function decompress(bytes calldata packed) internal pure returns (bytes memory plain) {
        bool sound = true;
        assembly ("memory-safe") {
            plain := mload(0x40)
            let start := add(plain, 0x20)
            let out := start
            let at := packed.offset
            let end := add(at, packed.length)
            for {} lt(at, end) {} {
                let first := byte(0, calldataload(at))
                let kind := shr(5, first)
                if iszero(kind) {
                    let length := add(first, 1)
                    at := add(at, 1)
                    if gt(add(at, length), end) {
                        sound := 0
                        break
                    }
                    calldatacopy(out, at, length)
                    out := add(out, length)
                    at := add(at, length)
                    continue
                }
                let long := eq(kind, 7)
                let length := add(kind, 2)
                if long { length := add(9, byte(1, calldataload(at))) }
                let distance := add(or(shl(8, and(first, 31)), byte(add(1, long), calldataload(at))), 1)
                at := add(at, add(2, long))
                let source := sub(out, distance)
                if or(gt(at, end), lt(source, start)) {
                    sound := 0
                    break
                }
                // What lies between source and out doubles with each copy, so short patterns fill quickly.
                for {} length {} {
                    let chunk := sub(out, source)
                    if gt(chunk, length) { chunk := length }
                    mcopy(out, source, chunk)
                    out := add(out, chunk)
                    length := sub(length, chunk)
                }
            }
            mstore(plain, sub(out, start))
            mstore(0x40, and(add(out, 0x3f), not(0x1f)))
        }
        if (!sound) revert MalformedCompression();
    }
}
