// Stands in for Firebase's own script while one tries the product: gives this browser's phone in the town a token, the same one as
// long as the browser keeps it. It asks for what the real one asks for.
const KEPT = "town-token";

export function getMessaging(app) {
  for (const name of ["projectId", "apiKey", "appId", "messagingSenderId"]) {
    if (!app.options[name]) throw new Error(`Missing App configuration value: "${name}"`);
  }
  return app;
}

export async function getToken(_messaging, { vapidKey, serviceWorkerRegistration }) {
  if (Notification.permission !== "granted") throw new Error("messaging/permission-blocked");
  if (!vapidKey || !serviceWorkerRegistration) throw new Error("messaging/invalid-sw-registration");
  const kept = localStorage.getItem(KEPT);
  if (kept) return kept;
  const made = `web-${crypto.randomUUID()}:APA91b${crypto.randomUUID()}`;
  localStorage.setItem(KEPT, made);
  return made;
}
