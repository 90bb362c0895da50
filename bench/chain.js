// The same bundles as src/bin/bench/chain.rs on the same state, by @ethereumjs/evm with its own simple state, which
// keeps everything in maps: no trie is hashed on either side.
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createEVM, getActivePrecompiles } from "@ethereumjs/evm";
import { SimpleStateManager } from "@ethereumjs/statemanager";
import { Account, createAddressFromString, createZeroAddress, hexToBytes, setLengthLeft } from "@ethereumjs/util";

const TRANSACTION_GAS = 21_000n;
const ZERO_BYTE_GAS = 4n;
const BYTE_GAS = 16n;
// EIP-3529: at most a fifth of what was used is given back.
const REFUND_SHARE = 5n;

const word = (number) => setLengthLeft(hexToBytes(number.length % 2 ? `0x0${number.slice(2)}` : number), 32);

// Without leading zeros, as the machine writes them.
const stored = (number) => {
  const bytes = word(number);
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0));
};

const stateOf = async (accounts, common) => {
  const state = new SimpleStateManager({ common });
  for (const [text, { balance, nonce, code, storage }] of Object.entries(accounts)) {
    const address = createAddressFromString(text);
    await state.putAccount(address, new Account(BigInt(nonce), BigInt(balance)));
    if (code !== "0x") await state.putCode(address, hexToBytes(code));
    for (const [slot, value] of storage) await state.putStorage(address, word(slot), stored(value));
  }
  return state;
};

// What a transaction costs before it begins (EIP-2028).
const intrinsicGas = (data) => data.reduce((sum, byte) => sum + (byte === 0 ? ZERO_BYTE_GAS : BYTE_GAS), TRANSACTION_GAS);

const headerOf = ({ number, timestamp, gas_limit, prev_randao }) => ({
  number: BigInt(number),
  timestamp: BigInt(timestamp),
  gasLimit: BigInt(gas_limit),
  prevRandao: hexToBytes(prev_randao),
  coinbase: createZeroAddress(),
  difficulty: 0n,
  baseFeePerGas: 0n,
  getBlobGasPrice: () => 1n,
});

// Runs a bundle as a transaction would be run, takes everything back, and tells the gas.
const runner = (evm, header, { from, to, data, gas_limit }) => {
  const [caller, target, bytes] = [createAddressFromString(from), createAddressFromString(to), hexToBytes(data)];
  const intrinsic = intrinsicGas(bytes);
  // EIP-2929 and EIP-3651.
  const warm = [caller, target, header.coinbase].map(String).concat([...getActivePrecompiles(evm.common).keys()]);
  return async () => {
    const { journal, stateManager } = evm;
    await journal.checkpoint();
    for (const address of warm) journal.addAlwaysWarmAddress(address);
    const { execResult } = await evm.runCall({ caller, to: target, data: bytes, gasLimit: BigInt(gas_limit) - intrinsic, block: { header } });
    if (execResult.exceptionError !== undefined) throw new Error(`the bundle failed: ${execResult.exceptionError.error}`);
    await journal.revert();
    journal.cleanJournal();
    stateManager.originalStorageCache.clear();
    const used = intrinsic + execResult.executionGasUsed;
    const refund = execResult.gasRefund ?? 0n;
    return used - (refund < used / REFUND_SHARE ? refund : used / REFUND_SHARE);
  };
};

// Each with its name and its peer; it must use as much gas as the sandbox's chain.
export const chain = async ({ block, calls, accounts }, same) => {
  const common = createCustomCommon({ chainId: block.chain_id }, Mainnet, { hardfork: Hardfork.Prague });
  const evm = await createEVM({ common, stateManager: await stateOf(accounts, common) });
  const header = headerOf(block);
  const works = [];
  for (const call of calls) {
    const run = runner(evm, header, call);
    // Twice: nothing is left of the first run.
    for (const time of ["first", "second"]) same(await run(), call.gas_used, `${call.name}'s gas, the ${time} time,`);
    works.push([call.name, "ethereumjs", run]);
  }
  return works;
};
