// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.28;

/// Sets of words, one for each account.
///
/// The account is the last key of every mapping and no dynamic array is used, so each slot is
/// `keccak256(account ‖ …)`, which ERC-7562 lets a module touch while it validates.
library AccountSet {
    struct Set {
        mapping(address account => uint256) length;
        mapping(uint256 index => mapping(address account => bytes32)) at;
        /// One more than the index; zero where the word is absent.
        mapping(bytes32 word => mapping(address account => uint256)) position;
    }

    function contains(Set storage set, address account, bytes32 word) internal view returns (bool) {
        return set.position[word][account] != 0;
    }

    function add(Set storage set, address account, bytes32 word) internal {
        if (contains(set, account, word)) return;
        uint256 length = set.length[account];
        set.at[length][account] = word;
        set.position[word][account] = length + 1;
        set.length[account] = length + 1;
    }

    /// The last word takes the place of the removed one.
    function remove(Set storage set, address account, bytes32 word) internal {
        uint256 position = set.position[word][account];
        if (position == 0) return;
        uint256 length = set.length[account];
        bytes32 last = set.at[length - 1][account];
        set.at[position - 1][account] = last;
        set.position[last][account] = position;
        delete set.at[length - 1][account];
        delete set.position[word][account];
        set.length[account] = length - 1;
    }

    function words(Set storage set, address account) internal view returns (bytes32[] memory list) {
        list = new bytes32[](set.length[account]);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = set.at[i][account];
        }
    }

    /// For sets of addresses.
    function addresses(Set storage set, address account) internal view returns (address[] memory list) {
        list = new address[](set.length[account]);
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = address(uint160(uint256(set.at[i][account])));
        }
    }

    function toWord(address value) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(value)));
    }
}
