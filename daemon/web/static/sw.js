// Lets the page open without a connection, as it was seen last. It answers
// nothing from memory while there is a line, and sends nothing by itself: what
// was tapped waits in the page (page.js).
'use strict'

const KEPT = 'nightbell-1'
const home = new URL('./', self.location).href
const shown = url => url.origin === self.location.origin && (url.href.split('?')[0] === home || url.pathname.includes('/static/'))

self.addEventListener('install', () => self.skipWaiting())
self.addEventListener('activate', event => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name)
  await self.clients.claim()
})()))

self.addEventListener('fetch', event => {
  const url = new URL(event.request.url)
  if (event.request.method !== 'GET' || !shown(url)) return
  event.respondWith((async () => {
    const kept = await caches.open(KEPT)
    const name = url.href.split('?')[0]
    try {
      const answer = await fetch(event.request)
      if (answer.ok) await kept.put(name, answer.clone())
      if (answer.status === 401 && name === home) await kept.delete(name)
      return answer
    } catch (err) {
      // A look for news is to find out that there is no line.
      const last = event.request.mode === 'navigate' || name !== home ? await kept.match(name) : null
      if (last) return last
      throw err
    }
  })())
})
