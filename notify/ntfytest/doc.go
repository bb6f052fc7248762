// Package ntfytest is an ntfy server for tests, on loopback. It is as strict
// as the real one about what it is sent, and plays the phone: [Server.Shown] is
// what lies on its screen and how often it rang, [Server.Tap] presses a button
// and makes the button's request for real. Faults are scripted with
// [Server.Fail].
//
//	srv := ntfytest.Start(ntfytest.Options{Now: time.Now})
//	defer srv.Close()
//	// give the program server: srv.URL(), topic: ntfytest.Topic
//	srv.Fail(ntfytest.Status(503), 2)
//	...
//	for _, n := range srv.Shown(ntfytest.Topic) { srv.Tap(ctx, n, "Starting") }
//	for _, v := range srv.Violations() { t.Error(v) }
//
// What it knows of ntfy: publishing as JSON and as plain text, delay, sequence
// ids (what is shown is replaced without a sound; what is scheduled is not
// replaced, only deleted), clear, DELETE, access tokens, since, poll, scheduled,
// streams with keepalives, 4096 bytes, three actions, the limit of requests.
// With Options.Old it is a server before 2.16, which has no sequence ids.
//
// Its state lives as long as the Server, so a client may be killed and started
// again meanwhile.
package ntfytest
