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
const SMALL = 60_000; // bytes; a browser lets no larger request outlive its page
let timer = 0;
let changes = 0; // how often something was typed or chosen
let kept = 0; // up to which of these changes the draft is stored
let waitingSince = 0;
let saving = false;
let leaving = false;

function saveSoon(delay) {
  const now = performance.now();
  waitingSince ||= now;
  clearTimeout(timer);
  timer = setTimeout(save, Math.max(0, Math.min(delay, waitingSince + AT_THE_LATEST - now)));
}

function content() {
  const fields = new FormData(form);
  fields.set("do", "autosave");
  return fields;
}

function isSmall(fields) {
  let bytes = 0;
  for (const [name, value] of fields) bytes += 120 + name.length + 3 * value.length;
  return bytes < SMALL;
}

async function save() {
  if (leaving || saving) return;
  saving = true;
  waitingSince = 0;
  const upTo = changes;
  const fields = content();
  let again = 0;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, redirect: "manual", keepalive: isSmall(fields) });
    if (answer.type === "opaqueredirect") {
      show("ログインが切れたため、保存できていません。本文を写し取ってから、もう一度ログインしてください。");
      return;
    }
    const told = await answer.json();
    if (answer.ok) {
      kept = upTo;
      keep(told);
    } else {
      show(told.error, told.field);
      if (answer.status >= 429) again = AT_THE_LATEST; // busy or away: it will be there again
    }
  } catch {
    saved.textContent = "まだ保存できていません";
    again = AT_THE_LATEST;
  } finally {
    saving = false;
    if (changes > upTo) saveSoon(AFTER_CHOOSING);
    else if (again) saveSoon(again);
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
  if (told.strip) {
    strip.textContent = told.strip;
    foot.textContent = told.count || "宛先を選んでください";
  }
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
    changes += 1;
    saved.textContent = "入力中…";
    saveSoon(AFTER_TYPING);
  }
});
form.addEventListener("change", (event) => {
  if (!event.target.matches("[data-audience], [name=lane]")) return;
  changes += 1;
  saveSoon(AFTER_CHOOSING);
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
  if (leaving || changes === kept) return;
  const fields = content();
  if (saving) fields.set("version", String(Number(form.elements.version.value) + 1));
  navigator.sendBeacon(form.action, fields);
  kept = changes;
});

countBlanks();
if (form.dataset.dirty) {
  changes += 1;
  saveSoon(AFTER_CHOOSING);
}
