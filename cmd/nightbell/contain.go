package main

import (
	"log/slog"
	"net/http"
	"runtime/debug"

	"nightbell/daemon"
)

// contained ends a request whose handler broke, and says so where it is read:
// the server by itself would say it where nobody looks, and with whatever text
// the panic carries.
func contained(h http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p != http.ErrAbortHandler { // which is how a handler breaks a connection off
				log.Error("answering a request broke; this is a fault of nightbell's", "fault", daemon.Fault(p), "stack", string(debug.Stack()))
			}
			panic(http.ErrAbortHandler)
		}()
		h.ServeHTTP(w, r)
	})
}
