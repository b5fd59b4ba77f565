// By what this phone was registered, kept on it alone. Who can name that is this phone: where its browser changes it, the contact
// point follows. It has no words of the school's and nobody's name.
"use strict";

const PHONE = { cache: "phone", entry: "/app/phone" }; // as in service-worker.js

async function keptPhone() {
  const cache = await caches.open(PHONE.cache);
  const found = await cache.match(PHONE.entry);
  return found ? found.json() : null; // { app, key, endpoint, schools }
}

async function keepPhone(phone) {
  const cache = await caches.open(PHONE.cache);
  await cache.put(PHONE.entry, new Response(JSON.stringify(phone)));
}

function isSameApp(one, other) {
  return ["endpoint", "p256dh", "auth", "firebase_token"].every((name) => one[name] === other[name]);
}

// Tells the schools at which it is registered; where that fails, the next visit tries again.
async function followPhone(kept, now) {
  const told = { ...now.app, before: JSON.stringify(kept.app), schools: kept.schools.join(" ") };
  const answer = await fetch("/app/renewals", { method: "POST", body: new URLSearchParams(told), redirect: "error" });
  if (answer.ok) await keepPhone({ ...now, schools: kept.schools });
}

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

// A browser holds one subscription: of another key it must be given up, or that one would be used on.
async function leaveOtherKeys(worker, key) {
  const held = await worker.pushManager.getSubscription();
  if (!held) return;
  const wanted = bytesOf(key);
  const bytes = new Uint8Array(held.options.applicationServerKey || []);
  const isSame = bytes.length === wanted.length && bytes.every((byte, at) => byte === wanted[at]);
  if (!isSame) await held.unsubscribe();
}
