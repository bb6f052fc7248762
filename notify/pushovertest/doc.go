// Package pushovertest is a Pushover service for tests, on loopback. It is as
// strict as the real one about what it is sent, keeps receipts, and plays the
// phone: [Server.Ringing] is what a person would hear, [Server.Acknowledge] is
// the tap that ends it. Faults are scripted with [Server.Fail].
//
//	srv := pushovertest.Start(pushovertest.Options{Now: time.Now})
//	defer srv.Close()
//	// give the program api: srv.API(), token: pushovertest.Token, user: pushovertest.User
//	srv.Fail(pushovertest.Status(503), 2)
//	...
//	for _, v := range srv.Violations() { t.Error(v) }
//
// It also watches how it is treated. Violations are breaches of Pushover's
// rules of friendly use, none of which the service answers with an error at
// first: a request repeated after a 4xx, repeated less than 5 s after a 5xx or
// before Retry-After has passed, more than two requests at a time, receipts
// read faster than one in 5 s, and fields that Pushover does not know.
//
// Its state lives as long as the Server, so a client may be killed and started
// again meanwhile.
package pushovertest
