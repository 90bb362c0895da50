// The wallet of the browser tests: walletless, which is not ours, behind EIP-6963 announcements. Every request
// is told to the test through the binding `walletAsked`; `testWallets[rdns]` are the levers.
import { defineChain } from "viem";
import { createE2EProvider } from "./node_modules/@wonderland/walletless/dist/src/provider.js";

const NODE = "http://127.0.0.1:8545";
const chain = (id, name) =>
  defineChain({
    id,
    name,
    nativeCurrency: { name: "Ether", symbol: "ETH", decimals: 18 },
    rpcUrls: { default: { http: [NODE] } },
  });
const CHAINS = [chain(31337, "Local"), chain(1, "Elsewhere")];

/** Makes a wallet of `key`; it announces itself at once and whenever it is asked, or, `late`, only by lever. */
export const install = ({ key, name, rdns, uuid, late = false }) => {
  const wallet = createE2EProvider({ chains: CHAINS, account: key });
  const answer = wallet.request;
  // What is asked for waits at its gate, if it has one, as for a person who takes her time.
  const levers = { wallet, answers: {}, gates: {} };
  wallet.request = async (asked) => {
    globalThis.walletAsked?.(JSON.stringify({ rdns, method: asked.method }));
    if (asked.method in levers.answers) return levers.answers[asked.method];
    await levers.gates[asked.method];
    return answer(asked);
  };
  const icon =
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='8' fill='%23586a8a'/><circle cx='22' cy='16' r='4' fill='%23fff'/></svg>";
  levers.announce = () => {
    const detail = Object.freeze({ info: Object.freeze({ uuid, name, rdns, icon }), provider: wallet });
    window.dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  (globalThis.testWallets ??= {})[rdns] = levers;
  if (!late) {
    window.addEventListener("eip6963:requestProvider", levers.announce);
    levers.announce();
  }
};
