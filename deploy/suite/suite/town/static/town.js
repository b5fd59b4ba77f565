// Keeps lists fresh: every two seconds while the page is seen, the part named by data-refresh is fetched again.
// A list is left alone while the keyboard is inside it, so that nobody loses the place.
"use strict";

const EVERY_MS = 2000;

async function refresh(part) {
  if (document.hidden || part.contains(document.activeElement)) return;
  const asked = part.dataset.refresh;
  const response = await fetch(asked, { headers: { Accept: "text/html" } });
  if (!response.ok) return;
  const fresh = await response.text();
  if (asked !== part.dataset.refresh) return; // the filter has changed meanwhile: a later answer counts
  if (fresh !== part.dataset.shown) {
    part.dataset.shown = fresh;
    part.innerHTML = fresh;
  }
}

for (const part of document.querySelectorAll("[data-refresh]")) {
  setInterval(() => refresh(part).catch(() => {}), EVERY_MS); // the town may be starting again: the next round asks anew
}

// A filter box: what is typed narrows its list at once; without this script the button does it.
for (const form of document.querySelectorAll("[data-filter]")) {
  const part = document.getElementById(form.dataset.filter);
  form.elements.q.addEventListener("input", () => {
    const address = new URL(part.dataset.refresh, location.href);
    address.searchParams.set("q", form.elements.q.value);
    part.dataset.refresh = address.pathname + address.search;
    refresh(part).catch(() => {});
  });
}

for (const output of document.querySelectorAll("output[data-unit]")) {
  const input = document.getElementById(output.htmlFor.value);
  input.addEventListener("input", () => { output.textContent = input.value + output.dataset.unit; });
}
