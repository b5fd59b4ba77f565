// While one tries the product, the simulated town stands in for the phone's push service. This browser's phone there carries its
// keys in its address, so that the town needs none; it stays the same phone as long as the browser keeps it.
"use strict";

const KEPT = "town-phone";

function textOf(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function bytesOf(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

async function makePhone(town) {
  const pair = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { d } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const open = await crypto.subtle.exportKey("raw", pair.publicKey);
  const auth = crypto.getRandomValues(new Uint8Array(16));
  const name = textOf(new Uint8Array([...bytesOf(d), ...auth]));
  return { endpoint: `${town}/web.${name}`, p256dh: textOf(new Uint8Array(open)), auth: textOf(auth) };
}

window.subscribePhone = async (_worker, _key, town) => {
  const kept = JSON.parse(localStorage.getItem(KEPT) || "null");
  if (kept && kept.endpoint.startsWith(`${town}/`)) return kept;
  const made = await makePhone(town);
  localStorage.setItem(KEPT, JSON.stringify(made));
  return made;
};
