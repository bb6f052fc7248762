// What the page does beyond plain forms: it stays up to date, keeps what is
// tapped without a connection and sends it once, with the instant of the tap,
// and holds the screen on through a power session. Without it every form works.
'use strict'

const page = document.body.dataset.page
const $ = (selector, root = document) => root.querySelector(selector)

// --- What was tapped without a connection ----------------------------------

// The taps wait in the browser's storage, each with a key of its own: one that
// is sent twice counts once.
const QUEUE = 'taps'
const queue = {
  read() { try { return JSON.parse(localStorage.getItem(QUEUE)) || [] } catch { return [] } },
  write(taps) { try { localStorage.setItem(QUEUE, JSON.stringify(taps)) } catch { return false } return true },
  add(tap) { return queue.write([...queue.read(), tap]) },
  drop(key) { queue.write(queue.read().filter(tap => new URLSearchParams(tap).get('key') !== key)) },
}

// crypto.randomUUID needs https; a home server often has none.
function newKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), b => b.toString(16).padStart(2, '0')).join('')
}

// bodyOf is what a form would send, with the instant of the tap.
function bodyOf(form, button) {
  const body = new URLSearchParams(new FormData(form))
  if (button && button.name) body.append(button.name, button.value)
  body.set('key', newKey())
  if (rate === 1) body.set('at', instant()) // in a time-lapse the server's clock is the better one
  return body
}

// post sends a form. Nothing that answered (no line, or a proxy without its
// daemon) is a connection that is gone.
async function post(body) {
  const answer = await fetch('do', { method: 'POST', body, headers: { 'Idempotency-Key': body.get('key') } })
  const text = await answer.text()
  const doc = new DOMParser().parseFromString(text, 'text/html')
  if (answer.status >= 500 && !$('main', doc)) throw new TypeError('no answer')
  return { answer, doc }
}

// Undoing and changing speak of what the page shows; later that may be
// something else, so they are not kept.
const keeps = body => !body.has('change') && !body.has('id')

async function submit(event) {
  const form = event.target
  if (form.method !== 'post' || event.defaultPrevented || 'plain' in form.dataset) return
  event.preventDefault()
  if (form.dataset.busy) return // a second tap of the same
  const body = bodyOf(form, event.submitter)
  form.dataset.busy = 'yes'
  try {
    if (queue.read().length) await flush()
    show(await post(body))
  } catch (err) {
    if (!(err instanceof TypeError)) throw err
    body.set('at', instant())
    const kept = keeps(body) && queue.add(body.toString())
    tell(kept ? 'kept' : 'unsent')
    watch()
  } finally {
    delete form.dataset.busy
  }
}

let flushing = false
async function flush() {
  if (flushing) return
  flushing = true
  try {
    const once = () => flushAll()
    await (navigator.locks ? navigator.locks.request(QUEUE, once) : once())
  } finally {
    flushing = false
  }
}

async function flushAll() {
  for (const tap of queue.read()) {
    const body = new URLSearchParams(tap)
    const got = await post(body)
    if (got.answer.status === 401) return // kept until this browser is paired again
    queue.drop(body.get('key'))
    if (page === 'now') swap(got.doc)
  }
}

// show puts an answer where it belongs.
function show({ answer, doc }) {
  tell('')
  if (answer.status === 401 || !$('main', doc)) return location.reload()
  if (page === 'now' && doc.body.dataset.page === 'now') return swap(doc)
  if (answer.ok) return location.assign(answer.url)
  $('main').replaceWith($('main', doc))
  const problem = $('.problem')
  if (problem) problem.scrollIntoView({ block: 'center' })
}

// --- Up to date --------------------------------------------------------------

const line = $('#offline')

function tell(what) {
  if (!line) {
    if (what === 'unsent' || what === 'kept') location.assign('./#' + what)
    return
  }
  line.hidden = !what
  line.textContent = what ? line.dataset[what] : ''
}

// swap takes over the parts of a newer page that changed. Focus, and what is
// folded open, stay.
function swap(doc) {
  const focused = document.activeElement && document.activeElement.id
  for (const part of document.querySelectorAll('[data-live]')) {
    const newer = doc.getElementById(part.id)
    if (!newer || plain(newer) === plain(part)) continue
    const open = [...part.querySelectorAll('details[open]')].map(e => e.id)
    for (const name of newer.getAttributeNames()) part.setAttribute(name, newer.getAttribute(name))
    for (const name of part.getAttributeNames()) if (!newer.hasAttribute(name)) part.removeAttribute(name)
    part.replaceChildren(...newer.childNodes)
    for (const id of open) if (id && document.getElementById(id)) document.getElementById(id).open = true
  }
  look(doc)
  if (focused && document.activeElement.id !== focused) {
    const again = document.getElementById(focused)
    if (again) again.focus({ preventScroll: true })
  }
  tick()
  awake()
}

const plain = part => part.outerHTML.replace(/name="key" value="[^"]*"/g, '')

// look takes over day or night.
function look(doc) {
  document.documentElement.className = doc.documentElement.className
  for (const name of ['color-scheme', 'theme-color']) {
    const newer = $(`meta[name=${name}]`, doc)
    if (newer) $(`meta[name=${name}]`).replaceWith(newer)
  }
}

let asking = null
let again = false
async function refresh() {
  if (page !== 'now') return
  if (asking) { // what is under way may be older than the news
    again = true
    return
  }
  asking = new AbortController()
  const limit = setTimeout(() => asking.abort(), 10000)
  try {
    if (queue.read().length) await flush()
    const answer = await fetch('./', { signal: asking.signal, cache: 'no-store' })
    if (answer.status === 401) return location.reload()
    if (!answer.ok) throw new TypeError('no answer')
    const doc = new DOMParser().parseFromString(await answer.text(), 'text/html')
    set(doc.body.dataset.at)
    swap(doc)
    if (!queue.read().length) tell('')
  } catch {
    tell(queue.read().length ? 'kept' : 'offline')
    watch()
  } finally {
    clearTimeout(limit)
    asking = null
  }
  if (again) {
    again = false
    refresh()
  }
}

// Once a connection was gone, look for it every few seconds until it is back.
let watching = 0
function watch() {
  clearTimeout(watching)
  watching = setTimeout(refresh, 5000)
}

let events = null
function listen() {
  if (page !== 'now' || events || document.hidden) return
  events = new EventSource('api/v1/events')
  // The first event says what the page was just made from, unless the page is
  // an old one; every later one is news.
  let first = fresh && performance.now() < 3000
  events.addEventListener('status', () => {
    if (!first) refresh()
    first = false
  })
}

// --- Between two looks --------------------------------------------------------

function gap(seconds) {
  const minutes = Math.max(0, Math.floor(seconds / 60))
  const { min, h, hmin } = line.dataset
  const fill = (form, ...args) => args.reduce((text, arg, i) => text.replace(`{${i}}`, arg), form)
  if (minutes < 60) return fill(min, minutes)
  if (minutes % 60 === 0) return fill(h, minutes / 60)
  return fill(hmin, Math.floor(minutes / 60), String(minutes % 60).padStart(2, '0'))
}

// The server's clock counts, not this device's. A page that the service worker
// kept is old, so what is between the two is remembered from a fresh one.
const CLOCK = 'clock'
const shown = document.body.dataset
const rate = Number(shown.rate || 1)
const fresh = !(performance.getEntriesByType('navigation')[0] || {}).workerStart
let clock = { server: Date.now() / 1000, here: Date.now() / 1000 }

function set(at) {
  clock = { server: Number(at), here: Date.now() / 1000 }
  try { localStorage.setItem(CLOCK, JSON.stringify(clock)) } catch { /* the device's own clock, then */ }
}

if (shown.at && fresh) set(shown.at)
else try { clock = JSON.parse(localStorage.getItem(CLOCK)) || clock } catch { /* the device's own clock, then */ }

// now is the server's clock, in seconds. Five seconds apart is the way there
// and back, not another clock.
function now() {
  const here = Date.now() / 1000
  if (rate === 1 && Math.abs(clock.server - clock.here) < 5) return here
  return clock.server + (here - clock.here) * rate
}

const instant = () => new Date(now() * 1000).toISOString()

function tick() {
  if (!line) return
  for (const e of document.querySelectorAll('[data-since]')) {
    const text = e.dataset.form.replace('{0}', gap(now() - e.dataset.since))
    if (e.textContent !== text) e.textContent = text
  }
  for (const e of document.querySelectorAll('[data-until]')) {
    const to = e.dataset.until - now()
    const text = e.dataset.form.replace('{0}', gap(to + 59))
    if (to > 0 && e.textContent !== text) e.textContent = text
  }
  for (const step of document.querySelectorAll('#coach li')) {
    const current = step.dataset.from <= now() && now() < step.dataset.to
    if (current !== step.hasAttribute('aria-current')) step.toggleAttribute('aria-current', current)
    if (current) step.setAttribute('aria-current', 'step')
    if (!current) continue
    const to = Math.max(0, Math.ceil(step.dataset.to - now()))
    $('.label').textContent = $('.step', step).textContent
    $('.big').textContent = `${Math.floor(to / 60)}:${String(to % 60).padStart(2, '0')}`
    $('.sub').textContent = $('time', step).textContent
  }
}

// awake holds the screen on while the coach is on the page, and only then.
let lock = null
async function awake() {
  const coach = $('#coach li')
  const note = $('#awake')
  if (!coach || document.hidden) {
    if (lock) lock.release()
    lock = null
    return
  }
  if (!lock && navigator.wakeLock) {
    lock = await navigator.wakeLock.request('screen').catch(() => null)
    if (lock) lock.addEventListener('release', () => { lock = null })
  }
  if (note) note.hidden = !lock
}

// --- Travelling ---------------------------------------------------------------

function zone() {
  const ask = $('#zone-ask')
  if (!ask) return
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone
  const same = offset => new Intl.DateTimeFormat('en', { timeZone: offset, timeZoneName: 'longOffset', hour: 'numeric' }).format(new Date())
  let kept = ''
  try { kept = localStorage.getItem('zone') } catch { kept = '' }
  if (!here || here === ask.dataset.zone || kept === here || same(here) === same(ask.dataset.zone)) return
  $('span', ask).textContent = ask.dataset.ask.replace('{0}', here).replace('{1}', ask.dataset.zone)
  $('input[name=zone]', ask).value = here
  const [go, keep] = ask.querySelectorAll('button')
  go.textContent = ask.dataset.go.replace('{0}', here)
  go.addEventListener('click', () => setTimeout(() => { ask.hidden = true }))
  keep.addEventListener('click', () => {
    ask.hidden = true
    try { localStorage.setItem('zone', here) } catch { /* it is asked again next time */ }
  })
  ask.hidden = false
}

// --- Begin ----------------------------------------------------------------------

document.addEventListener('submit', submit)
document.addEventListener('visibilitychange', () => {
  if (document.hidden) {
    if (events) events.close()
    events = null
  } else {
    listen()
    refresh()
  }
  awake()
})
addEventListener('online', refresh)
addEventListener('offline', () => tell(queue.read().length ? 'kept' : 'offline'))
if (page === 'now') {
  const told = location.hash.slice(1)
  if (told === 'kept' || told === 'unsent') {
    history.replaceState(null, '', './')
    tell(told)
  }
  listen()
  zone()
  tick()
  awake()
  setInterval(tick, 1000)
  setInterval(() => { if (!document.hidden) refresh() }, 60000)
  if (queue.read().length || !fresh) refresh()
}
const print = $('#print')
if (print) {
  print.hidden = false
  print.addEventListener('click', () => window.print())
}
addEventListener('load', () => {
  if (navigator.serviceWorker) navigator.serviceWorker.register('sw.js').catch(() => {})
})
