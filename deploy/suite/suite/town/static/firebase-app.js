// Stands in for Firebase's own script while one tries the product: a project is what its page says of it.
const apps = [];

export function initializeApp(options) {
  const app = { options };
  apps.push(app);
  return app;
}

export function getApps() {
  return apps;
}
