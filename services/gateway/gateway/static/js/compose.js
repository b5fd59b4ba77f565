// Writing a message: saves on its own, keeps the strip over the form true, and counts the blanks 〔 〕 that are left.
// Without this script the form's own buttons do all of it.
"use strict";

const form = document.getElementById("compose");
const strip = form.querySelector("[data-strip]");
const saved = form.querySelector("[data-saved]");
const problem = form.querySelector("[data-problem]");
const foot = form.querySelector("[data-foot]");
const AFTER_TYPING = 1500;
const AFTER_CHOOSING = 250;
const AT_THE_LATEST = 5000; // whoever types without a pause is saved all the same
let timer = 0;
let dirtySince = 0;
let saving = false;
let again = false;
let leaving = false;

function saveSoon(delay) {
  const now = performance.now();
  dirtySince ||= now;
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(0, Math.min(delay, dirtySince + AT_THE_LATEST - now)));
}

async function save() {
  if (leaving) return;
  if (saving) {
    again = true;
    return;
  }
  saving = true;
  dirtySince = 0;
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
    else show(told.error, told.field);
  } catch {
    saved.textContent = "まだ保存できていません";
    saveSoon(AT_THE_LATEST);
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
  const path = new URL(form.action).pathname;
  if (path !== told.action) {
    form.action = `${told.action}#ask`;
    for (const button of form.querySelectorAll("[formaction]")) {
      button.setAttribute("formaction", told.action + (new URL(button.formAction).hash || ""));
    }
    history.replaceState(null, "", told.action);
  }
  strip.textContent = told.strip;
  foot.textContent = told.count || "宛先を選んでください";
  saved.textContent = told.saved;
  for (const note of [problem, ...form.querySelectorAll("[data-wrong]")]) note.hidden = true;
}

// A refusal stands beside its field, or in the strip, which is always in sight.
function show(sentence, field) {
  const beside = field ? form.querySelector(`[data-wrong="${field}"]`) : null;
  const note = beside ?? problem;
  note.textContent = sentence;
  note.hidden = false;
  saved.textContent = "まだ保存できていません";
}

const blanks = form.querySelector("[data-blanks]");

function countBlanks() {
  if (!blanks) return;
  const text = form.elements.subject.value + form.elements.body.value + form.elements.short_text.value;
  let open = 0;
  for (const field of blanks.querySelectorAll("[data-fill]")) {
    const stands = text.includes(field.dataset.fill);
    field.closest(".blank-row").hidden = !stands;
    if (stands && !field.value.trim()) open += 1;
  }
  blanks.querySelector("[data-blank-count]").textContent = String(open);
}

// Groups are found by a few letters; without this script they stand under their headings.
const filterBox = form.querySelector("[data-filter-box]");
if (filterBox) {
  filterBox.hidden = false;
  const folds = [...document.querySelectorAll("#audience details.fold")].filter((fold) => fold.querySelector(".tree"));
  const openAtFirst = new Map(folds.map((fold) => [fold, fold.open]));
  filterBox.querySelector("[data-filter]").addEventListener("input", (event) => {
    const words = event.target.value.normalize("NFKC").trim();
    for (const node of document.querySelectorAll("#audience .node")) {
      const name = node.querySelector(".name").textContent.normalize("NFKC");
      const fits = !words || name.includes(words) || node.querySelector("input").checked;
      node.hidden = !fits;
    }
    for (const fold of folds) fold.open = words ? Boolean(fold.querySelector(".node:not([hidden])")) : openAtFirst.get(fold);
  });
}

form.addEventListener("input", (event) => {
  if (event.target.matches("[data-text]")) {
    countBlanks();
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
  } else if (event.target.matches("input[data-text], [data-one-line]")) {
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
// Whoever leaves by a link, the back button or a closed tab loses nothing: what was typed last goes along.
window.addEventListener("pagehide", () => {
  if (leaving || !dirtySince) return;
  const content = new FormData(form);
  content.set("do", "autosave");
  if (saving) content.set("version", String(Number(form.elements.version.value) + 1));
  navigator.sendBeacon(form.action, content);
  dirtySince = 0;
});

countBlanks();
if (form.dataset.dirty) saveSoon(AFTER_CHOOSING);
