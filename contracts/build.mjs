// Compiles the stand-ins and the demo token: `node contracts/build.mjs`.
// Writes contracts/out/<Name>.json with abi, bytecode (creation) and deployedBytecode (runtime), the same bytes
// on every machine. The compiler is npm's solc, locked in tests/stack.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const stack = join(here, "..", "tests", "stack");
const out = join(here, "out");
const solcVersion = "0.8.28";
/// EIP-170: the most runtime code that a chain accepts.
const codeLimit = 24576;

const contracts = [
  "DemoToken",
  "StandInK1Validator",
  "StandInNexus",
  "StandInNexusBootstrap",
  "StandInNexusFactory",
  "StandInSmartSession",
  "StandInTimeFramePolicy",
  "StandInUniActionPolicy",
  "StandInUsageLimitPolicy",
];

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

if (!existsSync(join(stack, "node_modules", "solc"))) {
  fail("The Solidity compiler is missing. Install it with `npm ci` in tests/stack, then build again.");
}
const solc = createRequire(join(stack, "package.json"))("solc");
if (!solc.version().startsWith(`${solcVersion}+`)) {
  fail(`The Solidity compiler is ${solc.version()}, but ${solcVersion} is needed. Run \`npm ci\` in tests/stack.`);
}

const sources = Object.fromEntries(
  readdirSync(here)
    .filter((name) => name.endsWith(".sol"))
    .sort()
    .map((name) => [name, { content: readFileSync(join(here, name), "utf8") }]),
);
const result = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        viaIR: true,
        optimizer: { enabled: true, runs: 200 },
        evmVersion: "cancun",
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: {
          "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object", "evm.deployedBytecode.immutableReferences"] },
        },
      },
    }),
  ),
);

const messages = result.errors ?? [];
for (const message of messages) console.error(message.formattedMessage);
if (messages.length > 0) fail("The contracts do not compile cleanly: see above.");

mkdirSync(out, { recursive: true });
for (const name of contracts) {
  const source = Object.values(result.contracts).find((file) => name in file);
  if (!source) fail(`No source declares ${name}.`);
  const { abi, evm } = source[name];
  const runtime = evm.deployedBytecode;
  const size = runtime.object.length / 2;
  if (size > codeLimit) fail(`${name} is ${size} bytes, more than the ${codeLimit} that a chain accepts.`);
  if (Object.keys(runtime.immutableReferences).length > 0) {
    fail(`${name} has immutables, which are empty where runtime code is put in place without a constructor.`);
  }
  const artifact = { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${runtime.object}` };
  // Renamed into place, so that whoever reads at the same time sees the old or the new, never a part.
  const path = join(out, `${name}.json`);
  writeFileSync(`${path}.part`, `${JSON.stringify(artifact, null, 2)}\n`);
  renameSync(`${path}.part`, path);
  console.log(`${name.padEnd(24)} ${String(size).padStart(6)} bytes`);
}
