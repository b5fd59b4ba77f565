// My Page's service worker: shows what the school pushes, and opens the message when it is pressed.
// It has no fetch handler on purpose: nothing that a family reads is kept on the device.
"use strict";

const WITHOUT_WORDS = { title: "学校からの連絡", body: "くわしくは開いてください" };

function readPush(event) {
  try {
    return event.data.json() || {}; // FCM hands on { notification: { title, body }, data: { link, message } }
  } catch {
    return {}; // a push must show something, or the browser takes the permission away
  }
}

function ownAddress(link) {
  try {
    const address = new URL(link, self.location.origin);
    if (link && address.origin === self.location.origin) return address.href;
  } catch {
    // no address at all: fall through
  }
  return new URL("/help/guardians", self.location.origin).href;
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => {
  const { notification = {}, data = {} } = readPush(event);
  const shown = self.registration.showNotification(notification.title || WITHOUT_WORDS.title, {
    body: notification.body || WITHOUT_WORDS.body,
    tag: data.message || "", // the same message twice stands on the screen once
    icon: "/static/logo.svg",
    lang: "ja",
    data: { link: data.link || "" },
  });
  event.waitUntil(shown);
});

async function open(link) {
  const address = ownAddress(link);
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.url.split("#")[0] === address);
  return page ? page.focus() : self.clients.openWindow(address);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.link));
});
