// A service worker that answers in the origin's name, without the origin's headers.

const page = '<!doctype html><html lang="en"><body><script type="module" src="/app.js"></script></body></html>';

addEventListener('install', () => skipWaiting());
addEventListener('activate', (event) => event.waitUntil(clients.claim()));
addEventListener('fetch', (event) => {
  if (new URL(event.request.url).pathname !== '/made-up') return;
  event.respondWith(new Response(page, { headers: { 'Content-Type': 'text/html' } }));
});
