// While one tries the product, the simulated town stands in for the phone's push service. This browser's phone there carries its
// keys in its address, so that the town needs none; it stays the same phone as long as the browser keeps it.
"use strict";

const TOWN_PHONE = "town-phone";

function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function makePhone(town) {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const open = await crypto.subtle.exportKey("raw", pair.publicKey);
  const auth = crypto.getRandomValues(new Uint8Array(16));
  const name = textOf(new Uint8Array([...bytesOf(d), ...auth]));
  return { endpoint: `${town}/web.${name}`, p256dh: textOf(new Uint8Array(open)), auth: textOf(auth) };
}

window.subscribePhone = async (_worker, { key, town }) => {
  const kept = JSON.parse(localStorage.getItem(TOWN_PHONE) || "null");
  const app = kept && kept.endpoint.startsWith(`${town}/`) ? kept : await makePhone(town);
  localStorage.setItem(TOWN_PHONE, JSON.stringify(app));
  return { app, key, endpoint: app.endpoint };
};

window.currentPhone = async (_worker, kept) => {
  if (kept.app.firebase_token) return kept;
  const app = JSON.parse(localStorage.getItem(TOWN_PHONE) || "null");
  return app ? { ...kept, app, endpoint: app.endpoint } : null;
};
