// Parts of a page that change: asked again every so many seconds as the part itself says; the page does not jump.
// 0 seconds: it changes no more. data-rounds: so often at most, where each round keeps a session awake.
"use strict";

function startCountdown(part) {
  const shown = part.querySelector("[data-countdown]");
  if (!shown) return;
  const until = performance.now() + Number(shown.dataset.countdown) * 1000;
  const tick = () => {
    if (!shown.isConnected) return;
    shown.textContent = String(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
    setTimeout(tick, 200);
  };
  tick();
}

for (const part of document.querySelectorAll("[data-poll]")) {
  const wait = () => Number(part.querySelector("[data-every]")?.dataset.every ?? 15) * 1000;
  let seen = "";
  let tag = "";
  let rounds = Number(part.dataset.rounds ?? Infinity);

  const askLater = () => {
    if (wait() && rounds-- > 0) setTimeout(ask, wait());
  };

  const ask = async () => {
    // Somebody whose finger or keyboard is on a button of this part keeps it.
    const busy = part.querySelector("form[aria-busy], :focus-visible");
    if (!document.hidden && !busy) {
      try {
        const headers = { Accept: "text/html" };
        if (tag) headers["If-None-Match"] = tag;
        const answer = await fetch(part.dataset.poll, { headers, redirect: "error" });
        // 304: nothing has changed
        if (answer.ok) {
          tag = answer.headers.get("ETag") ?? "";
          const text = await answer.text();
          if (text !== seen) {
            seen = text;
            part.innerHTML = text;
            startCountdown(part);
            // What was waited for has a page of its own.
            const onward = part.querySelector("a[data-onward]");
            if (onward) location.replace(onward.href);
          }
        }
      } catch {
        // away for a moment: the next round asks again
      }
    }
    askLater();
  };

  startCountdown(part);
  askLater();
}
