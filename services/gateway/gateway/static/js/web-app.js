// Makes the phone ready for the school's notifications. The page is complete without it.
"use strict";

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/service-worker.js", { updateViaCache: "none" }).catch(() => {});
