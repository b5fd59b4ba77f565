// Writing a message: saves on its own, keeps the strip over the form true, and shows which blanks 〔 〕 are left.
// Without this script the form's own buttons do all of it.
"use strict";

const form = document.getElementById("compose");
const strip = form.querySelector("[data-strip]");
const saved = form.querySelector("[data-saved]");
const problem = form.querySelector("[data-problem]");
const AFTER_TYPING = 1500;
const AFTER_CHOOSING = 250;
let timer = 0;
let saving = false;
let again = false;
let leaving = false;

function saveSoon(delay) {
  clearTimeout(timer);
  timer = setTimeout(save, delay);
}

async function save() {
  if (leaving) return;
  if (saving) {
    again = true;
    return;
  }
  saving = true;
  const content = new FormData(form);
  content.set("do", "autosave");
  try {
    const answer = await fetch(form.action, { method: "POST", body: content, redirect: "manual" });
    if (answer.type === "opaqueredirect") {
      show("ログインが切れたため、保存できていません。本文を写し取ってから、もう一度ログインしてください。");
      return;
    }
    const told = await answer.json();
    if (answer.ok) keep(told);
    else show(told.error);
  } catch {
    saved.textContent = "まだ保存できていません";
  } finally {
    saving = false;
    if (again) {
      again = false;
      saveSoon(AFTER_CHOOSING);
    }
  }
}

function keep(told) {
  form.elements.version.value = told.version;
  if (!form.action.endsWith(told.action)) {
    form.action = told.action;
    for (const button of form.querySelectorAll("[formaction]")) {
      button.setAttribute("formaction", told.action + (new URL(button.formAction).hash || ""));
    }
    history.replaceState(null, "", told.action);
  }
  strip.textContent = told.strip;
  saved.textContent = told.saved;
  problem.hidden = true;
}

function show(sentence) {
  problem.textContent = sentence;
  problem.hidden = false;
  saved.textContent = "まだ保存できていません";
}

const BLANK = /〔[^〔〕]*〕|[〔〕]/g;
const blanks = form.querySelector("[data-blanks]");

function showBlanks() {
  const found = [];
  for (const field of [form.elements.subject, form.elements.body]) {
    for (const match of field.value.matchAll(BLANK)) found.push({ field, match });
  }
  blanks.hidden = found.length === 0;
  form.querySelector("[data-blank-count]").textContent = String(found.length);
  form.querySelector("[data-blank-list]").replaceChildren(...found.map(({ field, match }) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "blank";
    button.textContent = match[0];
    button.addEventListener("click", () => {
      field.focus();
      field.setSelectionRange(match.index, match.index + match[0].length);
    });
    return button;
  }));
}

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) {
    showBlanks();
    saved.textContent = "入力中…";
    saveSoon(AFTER_TYPING);
  }
});
form.addEventListener("change", (event) => {
  if (event.target.matches("[data-audience], [name=lane]")) saveSoon(AFTER_CHOOSING);
});
form.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  if (event.target.matches("[data-finder]")) {
    event.preventDefault();
    form.querySelector("button[value=find]").click();
  } else if (event.target.matches("input[data-text]")) {
    event.preventDefault();
  }
});
// The pressed button saves too: an autosave still on its way would change the version under it.
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (saving) {
    event.preventDefault();
    const pressed = event.submitter;
    setTimeout(() => form.requestSubmit(pressed), 120);
    return;
  }
  leaving = true;
});
window.addEventListener("pageshow", () => { leaving = false; });

showBlanks();
if (form.dataset.dirty) saveSoon(AFTER_CHOOSING);
