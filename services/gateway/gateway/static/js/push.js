// The phone's own push service: gives an address for notifications and the keys that only this phone reads with.
"use strict";

function appOf(subscription) {
  const { endpoint, keys } = subscription.toJSON();
  return { endpoint, p256dh: keys.p256dh, auth: keys.auth };
}

window.subscribePhone = async (worker, { key }) => {
  await leaveOtherKeys(worker, key);
  const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
  return { app: appOf(made), key, endpoint: made.endpoint };
};

// What the browser holds now; null: nothing comes to this phone any more. A token of Firebase's stands as long as the
// subscription does for which it was given.
window.currentPhone = async (worker, kept) => {
  const held = await worker.pushManager.getSubscription();
  if (!held) return null;
  if (kept.app.firebase_token) return held.endpoint === kept.endpoint ? kept : null;
  return { app: appOf(held), key: kept.key, endpoint: held.endpoint };
};
