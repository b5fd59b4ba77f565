// Makes the phone ready for the school's notifications, and leads on to a message whose notification was pressed where the phone
// opened another page of ours instead (WebKit bug 259212). The page is complete without it.
"use strict";

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => {});

const WANTED = { cache: "wanted", entry: "/app/wanted" }; // as in service-worker.js
const A_PRESS_AGO = 60_000; // milliseconds; an older wish was met long since

async function takeWish() {
  const cache = await caches.open(WANTED.cache);
  const left = await cache.match(WANTED.entry);
  if (!left) return;
  await cache.delete(WANTED.entry);
  const { address, at } = await left.json();
  const page = new URL(address);
  const isFresh = Date.now() - at < A_PRESS_AGO;
  const isElsewhere = page.origin === location.origin && page.pathname !== location.pathname;
  if (isFresh && isElsewhere) location.replace(page.href);
}

function look() {
  if ("caches" in window && !document.hidden) takeWish().catch(() => {});
}

look();
setTimeout(look, 1000); // the press may still be writing it
document.addEventListener("visibilitychange", look);
