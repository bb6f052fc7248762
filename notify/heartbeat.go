package notify

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

const heartbeatExample = "https://watcher.example/ping/ID"

// HeartbeatSettings are what a Heartbeat takes in the configuration.
func HeartbeatSettings() []Setting {
	return []Setting{
		{Key: "url", Kind: Text, Secret: true, Required: true, Example: heartbeatExample}, // whoever knows it can speak in its place
		{Key: "insecure_http", Kind: Flag, Example: "false"},
	}
}

// Heartbeat is the sign of life for a watcher outside, one that tells somebody
// when it stays away. It is safe for concurrent use.
type Heartbeat struct {
	scrubber
	url  string
	pace Pace
}

// OpenHeartbeat makes one of valid settings. It does no I/O.
func OpenHeartbeat(v Values, t Tools) (*Heartbeat, []Problem) {
	text, _ := v["url"].(string)
	insecure, _ := v["insecure_http"].(bool)
	if wrong := hookURLProblem(text, heartbeatExample, "its key", insecure); wrong != "" {
		return nil, []Problem{{Key: "url", Text: strings.TrimSuffix(wrong, " on this channel")}}
	}
	u, _ := url.Parse(text) // it was one
	pairs := []string{text, "[url]", u.RequestURI(), "[path]", u.EscapedPath(), "[path]", u.Path, "[path]"}
	return &Heartbeat{newScrubber("", pairs...), text, t.Pace.withDefaults()}, nil
}

// Beat gives the sign: one GET, which every such watcher takes, bounded from
// the dial to the last byte. Any 2xx will do, whatever the body says; no
// redirect is followed. The error is a *Failure without the address.
func (h *Heartbeat) Beat(ctx context.Context) error {
	const doing = "calling the watcher"
	a := request{method: http.MethodGet, address: h.url, enough: func([]byte) bool { return true }}.ask(ctx, h.pace.Request)
	if f := h.lost(ctx, doing, a); f != nil {
		return f
	}
	if kind, text := meaning(a, "heartbeat.url", ""); kind != 0 {
		f := h.failure(kind, doing, errors.New(text))
		f.Status = a.status
		return f
	}
	return nil
}
