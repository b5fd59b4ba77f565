// Whether what this browser holds is still what the school knows, on each visit of My Page: one line above the list. A phone that
// was never registered at this school says nothing.
"use strict";

async function heldNow(kept) {
  const worker = await navigator.serviceWorker.getRegistration();
  if (!worker || Notification.permission !== "granted") return null;
  const now = await window.currentPhone(worker, kept);
  if (now && !isSameApp(now.app, kept.app)) await followPhone(kept, now);
  return now;
}

async function lookAtPhone(line) {
  const kept = await keptPhone();
  if (!kept || !kept.schools.includes(line.dataset.school)) return;
  const now = await heldNow(kept);
  const body = new URLSearchParams({ csrf_token: line.dataset.token, ...(now ? now.app : {}) });
  const answer = await fetch(line.dataset.url, { method: "POST", body, redirect: "error" });
  if (!answer.ok) return;
  if (answer.status === 204) {
    await keepPhone({ ...kept, schools: kept.schools.filter((school) => school !== line.dataset.school) });
    return; // it was taken away, by a press or by the school
  }
  line.innerHTML = await answer.text();
  document.getElementById("arrival")?.remove(); // one line stands above the list, unless another contact point is in trouble
}

const phoneLine = document.getElementById("phone");
if (phoneLine && "serviceWorker" in navigator && "Notification" in window) lookAtPhone(phoneLine).catch(() => {});
