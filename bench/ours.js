import start from "./bench.js";
await start();
