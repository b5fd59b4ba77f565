// On every page: a print button where printing makes sense, and a form that is sent once however often it is pressed.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const isForTheBrowser = document.dispatchEvent(new Event("list-printed", { cancelable: true })); // see paper.js
    if (isForTheBrowser) window.print();
  });
}

// The server is what makes a second press harmless; this only shows that the first one was heard.
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-once]")) return;
  const form = event.target;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
});

// A page taken from the browser's memory by "back" must be usable again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// The phone's menu closes when one touches beside it.
document.addEventListener("click", (event) => {
  const menu = document.querySelector(".bar details[open]");
  if (menu && !menu.contains(event.target)) menu.removeAttribute("open");
});
