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
  await keep().catch(() => {}) // the next look keeps it
})()))

// keep takes the page and its script into memory, so that the second opening
// needs no line; the first one was before this worker.
async function keep() {
  const kept = await caches.open(KEPT)
  const answer = await fetch(home)
  if (!answer.ok) return
  await kept.put(home, answer.clone())
  const script = /static\/page\.js\?v=\w+/.exec(await answer.text())
  if (script) await kept.put(new URL('static/page.js', home).href, await fetch(new URL(script[0], home)))
}

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

// A push becomes a notification; a later one of the same reminder takes its
// place, and sounds again.
self.addEventListener('push', event => {
  let push
  try { push = event.data.json() } catch { push = { title: 'Reminder', text: '', tag: 'reminder', level: 'normal', buttons: [] } }
  const most = (self.Notification && Notification.maxActions) || 2
  event.waitUntil(self.registration.showNotification(push.title, {
    body: push.text,
    tag: push.tag,
    renotify: push.level !== 'low' && Boolean(push.tag),
    silent: push.level === 'low',
    requireInteraction: push.level === 'alarm' || push.level === 'high',
    vibrate: push.level === 'alarm' ? [400, 200, 400, 200, 400, 200, 400] : undefined,
    timestamp: push.at ? push.at * 1000 : undefined,
    icon: new URL('static/icon.png', home).href,
    data: {},
    actions: push.buttons.slice(0, most).map(b => ({ action: b.answer, title: b.label })),
  }))
})

// A button answers the reminder; where that does not work, the page opens, so
// that nobody believes that it did.
self.addEventListener('notificationclick', event => {
  event.notification.close()
  event.waitUntil((async () => {
    if (event.action) {
      try {
        const answer = await fetch(new URL('a/' + event.action, home), { method: 'POST' })
        if (answer.ok) return
      } catch { /* no line: the page keeps the tap */ }
    }
    const open = await self.clients.matchAll({ type: 'window' })
    const page = open.find(c => c.url.split(/[?#]/)[0] === home)
    if (page && page.focus) return page.focus()
    return self.clients.openWindow(home)
  })())
})
