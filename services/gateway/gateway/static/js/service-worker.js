// My Page's service worker: shows what the school pushes, and opens the message when it is pressed.
// When the browser changes the address of notifications, it tells the school, so that the phone stays the same contact point.
// It has no fetch handler on purpose: nothing that a family reads is kept on the device.
"use strict";

const WITHOUT_WORDS = { title: "学校からの連絡", body: "くわしくは開いてください" };
const START = "/app";
// By what the phone was registered; phone.js keeps it, the names belong together.
const PHONE = { cache: "phone", entry: "/app/phone" };
// Where web-app.js looks for the address that a press asked for; the two names belong together.
const WANTED = { cache: "wanted", entry: "/app/wanted" };

function readPush(event) {
  try {
    return event.data.json() || {}; // FCM hands on { notification: { title, body }, data: { link, message } }
  } catch {
    return {}; // a push must show something, or the browser takes the permission away
  }
}

function ownAddress(link) {
  try {
    const address = new URL(link, self.location.origin);
    if (link && address.origin === self.location.origin) return address.href;
  } catch {
    // no address at all: fall through
  }
  return new URL(START, self.location.origin).href;
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { notification = {}, data = {} } = readPush(event);
  const shown = self.registration.showNotification(notification.title || WITHOUT_WORDS.title, {
    body: notification.body || WITHOUT_WORDS.body,
    tag: data.message || "", // the same message twice stands on the screen once
    renotify: Boolean(data.message && data.renotify), // a wanted re-send rings again, a double does not
    icon: "/static/icons/app-192.png",
    badge: "/static/icons/badge-96.png",
    lang: "ja",
    data: { link: data.link || "" },
  });
  event.waitUntil(shown);
});

// Some iPhones open the start page instead of the address (WebKit bug 259212): the wish is left where that page finds it.
async function leaveWish(address) {
  const cache = await self.caches.open(WANTED.cache);
  await cache.put(WANTED.entry, new Response(JSON.stringify({ address, at: Date.now() })));
}

async function forgetWish() {
  await self.caches.delete(WANTED.cache);
}

async function focusOn(page) {
  try {
    await page.focus();
    return true;
  } catch {
    return false; // the phone had put the page to sleep for good: a new window takes its place
  }
}

async function open(link) {
  const address = ownAddress(link);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.url.split("#")[0] === address);
  if (page && await focusOn(page)) return;
  const left = leaveWish(address).catch(() => {}); // beside opening: a phone allows a window only right after the press
  const opened = await self.clients.openWindow(address);
  await left;
  if (opened && opened.url === address) await forgetWish();
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

// Firefox says neither the old nor the new one: what was kept is the old one, and a new one is asked for by the same key.
async function follow(given) {
  const cache = await self.caches.open(PHONE.cache);
  const found = await cache.match(PHONE.entry);
  if (!found) return; // it was never registered here
  const kept = await found.json();
  if (kept.app.firebase_token) return; // Firebase alone gives a new token: My Page says so, and leads there
  const wanted = { userVisibleOnly: true, applicationServerKey: bytesOf(kept.key) };
  const made = given || await self.registration.pushManager.subscribe(wanted);
  const { endpoint, keys } = made.toJSON();
  const app = { endpoint, p256dh: keys.p256dh, auth: keys.auth };
  const told = { ...app, before: JSON.stringify(kept.app), schools: kept.schools.join(" ") };
  const answer = await fetch("/app/renewals", { method: "POST", body: new URLSearchParams(told), redirect: "error" });
  if (answer.ok) await cache.put(PHONE.entry, new Response(JSON.stringify({ ...kept, app, endpoint })));
}

self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(follow(event.newSubscription)));
