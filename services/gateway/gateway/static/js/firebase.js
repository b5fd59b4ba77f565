// Registers this phone with Firebase, whose scripts are loaded by the press alone. They would go on with any subscription that the
// browser holds, of whatever key.
"use strict";

window.subscribePhone = async (worker, { key, scripts, project }) => {
  const [app, messaging] = await Promise.all([import(`${scripts}firebase-app.js`), import(`${scripts}firebase-messaging.js`)]);
  await leaveOtherKeys(worker, key);
  const made = app.getApps()[0] || app.initializeApp(JSON.parse(project));
  const token = await messaging.getToken(messaging.getMessaging(made), { vapidKey: key, serviceWorkerRegistration: worker });
  const held = await worker.pushManager.getSubscription();
  return { app: { firebase_token: token }, key, endpoint: held ? held.endpoint : "" };
};
