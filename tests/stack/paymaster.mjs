// The paymaster of the local stack: one URL for pm_* and, passed on to the bundler, for eth_*.
// usage: node paymaster.mjs NODE_URL BUNDLER_URL PORT

// prool 0.0.25 expects Node 22.
Promise.withResolvers ??= function () {
  let resolve, reject;
  const promise = new this((fulfil, refuse) => ((resolve = fulfil), (reject = refuse)));
  return { promise, resolve, reject };
};

const { paymaster } = await import("@pimlico/mock-paymaster");
const [anvilRpc, altoRpc, port] = process.argv.slice(2);
const service = paymaster({ anvilRpc, altoRpc, host: "127.0.0.1", port: Number(port) }, { timeout: 60_000 });
await service.start();
