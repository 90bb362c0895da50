// The same work as src/bin/bench/work.rs, by viem and, for FastLZ, which viem has not, by solady; the engine's is in
// engine.js, the chain's in chain.js.
import { LibZip } from "solady";
import { concatHex, encodeAbiParameters, encodeFunctionData, encodePacked, hashTypedData, hexToBytes, keccak256, pad, parseAbi, recoverAddress } from "viem";
import { getUserOperationHash } from "viem/account-abstraction";
import { sign } from "viem/accounts";

import grant from "../tests/vectors/two-permissions-1-00-grant.json";
import enable from "../tests/vectors/two-permissions-1-01-deploy-enable-buy.json";
import used from "../tests/vectors/two-permissions-1-03-use-buy.json";
import answers from "./answers.json";
import { chain } from "./chain.js";
import { engine } from "./engine.js";

const SAMPLE_MILLIS = 0.5;
const WARM_UP_MILLIS = 300;
const MOST_WARM_RUNS = 16;
const MOST_SAMPLES = 100;
const SAMPLING_MILLIS = 1500;
const LEAST_SAMPLES = 5;

const same = (ours, theirs, what) => {
  if (String(ours).toLowerCase() !== String(theirs).toLowerCase()) throw new Error(`${what} is wrong: ${ours}`);
};

const abi = parseAbi([
  "function approve(address spender, uint256 amount)",
  "function exactInputSingle((address tokenIn, address tokenOut, uint24 fee, address recipient, uint256 amountIn, uint256 amountOutMinimum, uint160 sqrtPriceLimitX96))",
  "function execute(bytes32 mode, bytes executionCalldata)",
]);
const { SwapRouter02: router, USDC: quote, WETH: base } = grant.addresses;
const lot = BigInt(grant.params.lotU);
const call = (functionName, args) => encodeFunctionData({ abi, functionName, args });

const { userOp } = used;
const numbers = ["nonce", "maxFeePerGas", "maxPriorityFeePerGas", "preVerificationGas", "verificationGasLimit", "callGasLimit", "paymasterVerificationGasLimit", "paymasterPostOpGasLimit"];
const operation = { ...userOp, ...Object.fromEntries(numbers.map((name) => [name, BigInt(userOp[name])])) };
const hashOf = (userOperation) =>
  getUserOperationHash({ chainId: 31337, entryPointAddress: used.entryPoint, entryPointVersion: "0.7", userOperation });
const signHash = (hash) => sign({ hash, privateKey: grant.sessionKey, to: "hex" });

const execution = { type: "tuple[]", components: [{ type: "address" }, { type: "uint256" }, { type: "bytes" }] };
const tick = async () => {
  const swap = { tokenIn: quote, tokenOut: base, fee: 500, recipient: userOp.sender, amountIn: lot, amountOutMinimum: BigInt(grant.params.floorW), sqrtPriceLimitX96: 0n };
  const calls = [
    [quote, 0n, call("approve", [router, lot])],
    [router, 0n, call("exactInputSingle", [swap])],
  ];
  const callData = call("execute", [pad("0x01", { dir: "right" }), encodeAbiParameters([execution], [calls])]);
  const signature = await signHash(hashOf({ ...operation, callData }));
  return { ...operation, callData, signature: encodePacked(["uint8", "bytes32", "bytes"], [0, grant.permissionIds.buy, signature]) };
};

const typedData = JSON.parse(grant.walletJson);
const payload = LibZip.flzDecompress(`0x${enable.userOp.signature.slice(4)}`);
const block = hexToBytes(payload).slice(0, 1024);
const ownSignature = `0x${userOp.signature.slice(68)}`;
const recover = () => recoverAddress({ hash: used.userOpHash, signature: ownSignature });

const signed = await tick();
same(signed.callData, userOp.callData, "callData");
same(signed.signature, userOp.signature, "tick");
same(hashOf(operation), used.userOpHash, "userOpHash");
same(hashTypedData(typedData), grant.typedDataHash, "grant digest");
same(LibZip.flzDecompress(LibZip.flzCompress(payload)), payload, "FastLZ");
same(concatHex([userOp.signature.slice(0, 68), await signHash(used.userOpHash)]), userOp.signature, "secp256k1");
same(await recover(), grant.sessionAddress, "secp256k1 recovery");

async function time(name, peer, run) {
  const timed = async (runs) => {
    const before = performance.now();
    for (let index = 0; index < runs; index++) {
      const result = run();
      if (result instanceof Promise) await result;
    }
    return performance.now() - before;
  };
  let warmMillis = 0;
  let warmRuns = 0;
  let nextRuns = 1;
  while (warmMillis < WARM_UP_MILLIS) {
    warmMillis += await timed(nextRuns);
    warmRuns += nextRuns;
    nextRuns = Math.min(2 * nextRuns, MOST_WARM_RUNS);
  }
  const runMillis = warmMillis / warmRuns;
  const runs = Math.ceil(SAMPLE_MILLIS / runMillis);
  const samples = Math.floor(Math.min(Math.max(SAMPLING_MILLIS / (runs * runMillis), LEAST_SAMPLES), MOST_SAMPLES));
  const micros = [];
  for (let index = 0; index < samples; index++) micros.push(((await timed(runs)) * 1000) / runs);
  const mean = micros.reduce((sum, one) => sum + one, 0) / samples;
  micros.sort((one, other) => one - other);
  const part = (percent) => micros[Math.floor((samples * percent) / 100)];
  return { name, peer, per_second: 1e6 / mean, p50_micros: part(50), p99_micros: part(99) };
}

const rows = [];
for (const [name, peer, run] of [
  ["tick_to_signed_op", "viem", tick],
  ["user_op_hash", "viem", () => hashOf(operation)],
  ["grant_digest", "viem", () => hashTypedData(typedData)],
  ["flz_compress_enable", "solady", () => LibZip.flzCompress(payload)],
  ["secp256k1_sign", "viem", () => signHash(used.userOpHash)],
  ["secp256k1_recover", "viem", recover],
  ["keccak256_1k", "viem", () => keccak256(block)],
  ...engine(answers, same),
  ...(await chain(await (await fetch("calls.json")).json(), same)),
]) {
  rows.push(await time(name, peer, run));
}
postMessage(JSON.stringify(rows));
