//! Typed clients over a Transport: node, bundler (ERC-7769), paymaster (ERC-7677), wallet (EIP-1193). Wire forms stay inside.
