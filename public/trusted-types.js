// The page's only Trusted Types policy: CSP lets no other be made, and the browser refuses markup and scripts
// from strings everywhere else. The scripts that may be named at run time are the workers' and the keeper of
// the page's files.
(() => {
  const own = ["trader_loader.js", "sandbox_loader.js", "lab_loader.js", "sw.js"].map((name) => new URL(name, document.baseURI).href);
  globalThis.trustedTypes?.createPolicy("default", {
    createScriptURL: (url) => {
      const script = own.find((href) => href === new URL(url, document.baseURI).href);
      if (script) return script;
      throw new TypeError("Leash runs no script but its own");
    },
  });
})();
