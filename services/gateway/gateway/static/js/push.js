// The phone's own push service: gives an address for notifications and the keys that only this phone reads with.
"use strict";

function bytesOf(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function isSame(held, wanted) {
  const bytes = new Uint8Array(held || []);
  return bytes.length === wanted.length && bytes.every((byte, at) => byte === wanted[at]);
}

window.subscribePhone = async (worker, key) => {
  const wanted = bytesOf(key);
  const held = await worker.pushManager.getSubscription();
  if (held && !isSame(held.options.applicationServerKey, wanted)) await held.unsubscribe(); // of a key that was replaced
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: wanted });
  const { endpoint, keys } = made.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
};
