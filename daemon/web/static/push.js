// Switches the notifications of this browser on: asks for leave, subscribes
// with the daemon's key, and tells the daemon.
'use strict'

;(() => {
  const form = document.querySelector('#subscribe')
  if (!form) return
  const told = document.querySelector('#n-told')
  const say = text => { told.textContent = text; told.hidden = !text }
  if (!window.isSecureContext || !navigator.serviceWorker || !window.PushManager) {
    document.querySelector('#n-insecure').hidden = false
    return
  }
  form.hidden = false

  const bytes = text => Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), c => c.charCodeAt(0))

  form.addEventListener('submit', async event => {
    event.preventDefault()
    say('')
    form.inert = true
    try {
      if (await Notification.requestPermission() !== 'granted') return say(form.dataset.denied)
      await navigator.serviceWorker.register('sw.js')
      const worker = await navigator.serviceWorker.ready
      const { public_key: key } = await (await fetch('api/v1/browsers')).json()
      // One that was made with another key would be refused by its service.
      const old = await worker.pushManager.getSubscription()
      if (old) await old.unsubscribe()
      const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
      const answer = await fetch('api/v1/browsers', {
        method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ name: form.elements.name.value.trim(), ...made.toJSON() }),
      })
      if (!answer.ok) {
        await made.unsubscribe()
        return say(form.dataset.failed + ' ' + (await answer.json()).error.message)
      }
      location.reload()
    } catch (err) {
      say(form.dataset.failed + ' ' + err.message)
    } finally {
      form.inert = false
    }
  })
})()
