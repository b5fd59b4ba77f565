// Passkeys: asks the server what is to be signed, has the browser sign it, and sends the form with the answer.
// Without this script, or in a browser without passkeys, the forms stay hidden; codes are typed instead.
"use strict";

const WORDS = {
  away: "いま、つながりにくくなっています。少し待って、もう一度押してください。",
  ended: "ログインが切れました。画面を開き直してください。",
  left: "パスキーは使われませんでした。もう一度押すか、ほかの方法を使ってください。",
  known: "この端末のパスキーは、もう登録してあります。",
  waiting: "端末の案内にそって進めてください。",
};

function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// The options come as JSON, where bytes are text.
function read(options) {
  const listed = (known) => known?.map((each) => ({ ...each, id: toBytes(each.id) }));
  const given = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) given.user = { ...options.user, id: toBytes(options.user.id) };
  if (options.excludeCredentials) given.excludeCredentials = listed(options.excludeCredentials);
  if (options.allowCredentials) given.allowCredentials = listed(options.allowCredentials);
  return given;
}

function write(credential) {
  const response = {};
  for (const part of ["clientDataJSON", "attestationObject", "authenticatorData", "signature"]) {
    if (credential.response[part]) response[part] = toText(credential.response[part]);
  }
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response });
}

// Returns the options, or the sentence that says why there are none.
async function ask(form) {
  const answer = await fetch(form.dataset.challenge, { method: "POST", body: new FormData(form), redirect: "manual" });
  if (answer.type === "opaqueredirect") return { sentence: WORDS.ended };
  const told = await answer.json();
  return answer.ok ? { options: told } : { sentence: told.error };
}

async function use(form) {
  const { options, sentence } = await ask(form);
  if (sentence) return sentence;
  const publicKey = read(options);
  const isNew = form.dataset.passkey === "create";
  const credential = isNew ? await navigator.credentials.create({ publicKey }) : await navigator.credentials.get({ publicKey });
  form.elements.credential.value = write(credential);
  form.submit();
  return "";
}

function explain(error) {
  if (error.name === "InvalidStateError") return WORDS.known;
  return error instanceof DOMException ? WORDS.left : WORDS.away;
}

for (const form of window.PublicKeyCredential ? document.querySelectorAll("form[data-passkey]") : []) {
  const said = form.querySelector("[role=status]");
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.dataset.busy) return;
    form.dataset.busy = "1";
    said.textContent = WORDS.waiting;
    said.textContent = await use(form).catch(explain);
    delete form.dataset.busy;
  });
}
