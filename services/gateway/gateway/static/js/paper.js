// Some browsers number no sheets by themselves: for them the list on this page goes to the server and comes back as a PDF.
"use strict";

const NOT_ON_PAPER = ".no-print, .visually-hidden, button";

function wordsOf(element) {
  const copy = element.cloneNode(true);
  for (const part of copy.querySelectorAll(NOT_ON_PAPER)) part.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function cellsOf(row) {
  return [...row.children].filter((cell) => !cell.matches(NOT_ON_PAPER)).map(wordsOf);
}

function sectionOf(sheet) {
  const title = sheet.querySelector("h2");
  const heads = sheet.querySelector("thead tr");
  const rows = sheet.querySelectorAll("tbody tr, .roll > li");
  return { title: title ? wordsOf(title) : "", heads: heads ? cellsOf(heads) : [], rows: [...rows].map(cellsOf) };
}

function listOnThisPage() {
  const about = document.querySelectorAll("main > p:not(.no-print)");
  return {
    title: wordsOf(document.querySelector("h1")),
    about: [...about].map(wordsOf).join("　"),
    sections: [...document.querySelectorAll("main .sheet")].map(sectionOf).filter(({ rows }) => rows.length),
  };
}

const paper = document.getElementById("paper");

document.addEventListener("list-printed", (event) => {
  if ("CSSMarginRule" in window) return;
  event.preventDefault();
  paper.elements.list.value = JSON.stringify(listOnThisPage());
  paper.submit();
  paper.elements.which.value = ""; // The server has noted it; the same list again is no other one.
});

// By the button or by the browser's menu: the operation log keeps how many records went onto paper.
window.addEventListener("beforeprint", () => {
  const which = paper.elements.which.value;
  if (!which) return;
  const rows = listOnThisPage().sections.flatMap((section) => section.rows);
  const fields = new FormData();
  fields.set("csrf_token", paper.elements.csrf_token.value);
  fields.set("which", which);
  fields.set("count", rows.filter((row) => row.length > 1).length);
  fetch(paper.dataset.told, { method: "POST", body: fields, keepalive: true });
  paper.elements.which.value = "";
});
