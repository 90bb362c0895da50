// The page's only Trusted Types policy: CSP lets no other be made, and the browser refuses markup and scripts
// from strings everywhere else. The one script that may be named at run time is the trader's worker.
(() => {
  const trader = new URL("trader_loader.js", document.baseURI).href;
  globalThis.trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => {
      if (new URL(url, document.baseURI).href === trader) return trader;
      throw new TypeError("Leash runs no script but its own");
    },
  });
})();
