// Looks at the phone before a family is offered its notifications: what can't work on it is not offered, and what is missing is
// said. Where it can, a press asks for the permission, and the form takes what the phone's push service gave.
"use strict";

const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);
const isInstalled = navigator.standalone === true || matchMedia("(display-mode: standalone)").matches;
const isInside = / Line\/|FBAN|FBAV|Instagram|YJApp|; wv\)/.test(navigator.userAgent); // a page within another app
const hasPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function lookAtPhone() {
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
  const given = await window.subscribePhone(worker, place.dataset.key, place.dataset.town);
  for (const name of ["endpoint", "p256dh", "auth"]) form.elements[name].value = given[name];
  return true;
}

for (const way of document.querySelectorAll("[data-app-way]")) way.hidden = ["unable", "inside"].includes(lookAtPhone());

const place = document.getElementById("app");
if (place) {
  show(place, [lookAtPhone()]);
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
