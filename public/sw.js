// Keeps one release of the page for times without a network: exactly the files below, each checked by its hash,
// and nothing else. `cargo xtask dist` writes both constants. A newer release waits until every tab of the old
// one is closed, or until the page asks for it: a live session never finds other files under it.
const RELEASE = "";
const FILES = {};

const CACHE = `leash-${RELEASE}`;

const keep = async () => {
  const cache = await caches.open(CACHE);
  const keepFile = async ([name, integrity]) => {
    const answer = await fetch(name, { integrity, cache: "no-cache" });
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
    await cache.put(name, answer);
  };
  await Promise.all(Object.entries(FILES).map(keepFile));
};

const forgetOthers = async () => {
  const others = (await caches.keys()).filter((name) => name.startsWith("leash-") && name !== CACHE);
  await Promise.all(others.map((name) => caches.delete(name)));
};

const answer = async (name, request) => {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
};

addEventListener("install", (event) => event.waitUntil(keep()));
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
addEventListener("message", (event) => {
  if (event.data === "take over") skipWaiting();
});
addEventListener("fetch", (event) => {
  const scope = registration.scope;
  const url = event.request.url.split(/[?#]/)[0];
  if (event.request.method !== "GET" || !url.startsWith(scope)) return;
  const name = url.slice(scope.length) || "index.html";
  if (Object.hasOwn(FILES, name)) event.respondWith(answer(name, event.request));
});
