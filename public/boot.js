// Starts the page's program, or says in one sentence why it does not.
const status = document.getElementById("status");

const say = (sentence) => {
  if (status) status.textContent = sentence;
};

const start = async () => {
  if (window.top !== window.self) {
    say("Leash does not run inside another page, which could lead your clicks astray. Open it in a tab of its own.");
    return;
  }
  say("Loading the program.");
  try {
    const { default: init } = await import("./page.js");
    // Browsers check the integrity of scripts only; of the program it is checked here.
    const preload = document.querySelector('link[rel="preload"][as="fetch"]');
    const program = fetch(preload?.href ?? "./page_bg.wasm", { integrity: preload?.integrity ?? "" });
    await init({ module_or_path: program });
  } catch (error) {
    console.warn("Leash could not start:", error);
    say(
      "The program could not start: this browser is too old for it, or a file did not arrive as it was released. " +
        "Reload the page or use a current browser. How to end a session without this page is written below.",
    );
  }
};

start();
