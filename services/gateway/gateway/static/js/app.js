// Looks at the phone before a family is offered its notifications: what can't work on it is not offered, and what is missing is
// said. Where it can, a press asks for the permission, and the form takes what the phone's push service gave.
"use strict";

const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const isInstalled = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
const isInside = / Line\/|FBAN|FBAV|Instagram|YJApp|; wv\)/.test(navigator.userAgent); // a page within another app
const GIVEN = "given-phone";
const hasPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function stateOfPhone() {
  if (isInside) return "inside";
  if (isApple && !isInstalled) return "install";
  if (!hasPush) return "unable";
  return Notification.permission === "denied" ? "blocked" : "ready";
}

function show(place, states) {
  for (const part of place.querySelectorAll("[data-state]")) part.hidden = !states.includes(part.dataset.state);
}

async function subscribe(place, form) {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") {
    show(place, permission === "denied" ? ["blocked"] : ["ready"]);
    return false;
  }
  await navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" });
  const worker = await navigator.serviceWorker.ready;
  const given = await window.subscribePhone(worker, place.dataset);
  for (const [name, value] of Object.entries(given.app)) form.elements[name].value = value;
  await followTo(given).catch(() => {}); // away for a moment: it registers as a new one
  if ("staff" in place.dataset) return true; // what follows a phone is a family's
  sessionStorage.setItem(GIVEN, JSON.stringify(given));
  return true;
}

// A phone that was registered otherwise before stays the same contact point, at every school.
async function followTo(given) {
  const kept = await keptPhone();
  if (kept && !isSameApp(kept.app, given.app)) await followPhone(kept, given);
}

// Firebase changes a token now and then, and gives the new one to who asks.
async function refreshToken(place) {
  const kept = await keptPhone();
  if (!kept || !kept.app.firebase_token || Notification.permission !== "granted") return;
  if (place.dataset.other) location.replace(place.dataset.other); // the page offers this phone what it could not use
  if (!place.dataset.scripts) return;
  const worker = await navigator.serviceWorker.ready;
  await followTo(await window.subscribePhone(worker, place.dataset));
}

// The school has taken the phone: only now is what it was registered by kept.
async function keepGiven(school) {
  const given = JSON.parse(sessionStorage.getItem(GIVEN) || "null");
  if (!given) return;
  sessionStorage.removeItem(GIVEN);
  const kept = await keptPhone();
  const schools = new Set([...(kept ? kept.schools : []), school]);
  await keepPhone({ ...given, schools: [...schools] });
}

for (const way of document.querySelectorAll("[data-app-way]")) way.hidden = ["unable", "inside"].includes(stateOfPhone());

for (const taken of document.querySelectorAll("[data-given-at]")) keepGiven(taken.dataset.givenAt).catch(() => {});

const place = document.getElementById("app");
if (place) {
  if (hasPush) refreshToken(place).catch(() => {});
  show(place, [stateOfPhone()]);
  const form = place.querySelector("form");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    form.setAttribute("aria-busy", "true");
    let isDone = false;
    try {
      isDone = await subscribe(place, form);
    } catch {
      show(place, ["failed", "ready"]);
    }
    if (isDone) {
      form.submit();
      return;
    }
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  });
}
