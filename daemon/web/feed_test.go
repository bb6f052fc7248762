package web_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"nightbell/daemon/web"
)

// open opens a stream of events.
func (h *house) open(headers ...string) *stream {
	return h.stream("/api/v1/events", headers...).(*stream)
}

func TestEvents(t *testing.T) {
	h := newHouse(t, "")
	one, two := h.open(), h.open()
	defer one.Close()
	defer two.Close()
	if _, err := h.daemon.Do(t.Context(), web.Request{What: web.Start}); err != nil {
		t.Fatal(err)
	}
	for _, s := range []*stream{one, two} {
		for {
			text, ok := strings.CutPrefix(s.next(t), "event: status\ndata: ")
			var doc web.StatusDoc
			if err := json.Unmarshal([]byte(text), &doc); !ok || err != nil {
				t.Fatalf("event %q: %v", text, err)
			}
			if doc.Last.Equal(*h.now.Load()) && doc.Reminder == nil {
				break // the session that was begun, in both
			}
		}
	}
	close(h.stop)
	for _, s := range []*stream{one, two} {
		for s.next(t) != "" { // it ends
		}
	}
}

func TestStreamsAreBounded(t *testing.T) {
	h := newHouse(t, "")
	var before, after runtime.MemStats
	for range 3 { // what pools and finalizers hold goes with the second and third
		runtime.GC()
	}
	runtime.ReadMemStats(&before)
	var all []*stream
	for range 50 {
		all = append(all, h.open())
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	// Both ends of each stream are in this process.
	if more := int64(after.HeapAlloc+after.StackInuse) - int64(before.HeapAlloc+before.StackInuse); more > 10<<20 {
		t.Errorf("50 streams take %d bytes; want at most 10 MiB", more)
	} else {
		t.Logf("50 streams take %d KiB", more>>10)
	}
	for range 14 {
		all = append(all, h.open())
	}
	h.ask("GET", "/api/v1/events", "").want(t, "one stream more than there may be", http.StatusTooManyRequests, "close a page")
	for _, s := range all {
		s.Close()
	}
	// Their places are free again as soon as the server has noticed.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, "GET", h.srv.URL+"/api/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal("the places stay taken:", err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return
		}
	}
}

func TestMetrics(t *testing.T) {
	h := newHouse(t, "")
	_, token := h.token("prometheus", "")
	if _, err := h.daemon.Do(t.Context(), web.Request{What: web.Snooze}); err != nil {
		t.Fatal(err)
	}
	h.set(h.now.Load().Add(time.Minute))
	got := h.ask("GET", "/metrics", "", token)
	got.want(t, "metrics", http.StatusOK, "")
	for _, line := range []string{
		"nightbell_last_session_age_seconds 10860",
		"nightbell_day_sessions 1",
		"nightbell_day_target_sessions 8",
		"nightbell_reminder_open 1",
		"nightbell_reminders_due_total{kind=\"session\"} 1",
		"nightbell_deliveries_queued{channel=\"here\"} ",
		"nightbell_channel_up{channel=\"here\"} 1",
		"nightbell_push_lateness_seconds_bucket{le=\"+Inf\"} ",
		"nightbell_journal_writable 1",
	} {
		if !strings.Contains(got.body, line) {
			t.Errorf("no %s in\n%s", line, got.body)
		}
	}
	problems, err := promlint.New(strings.NewReader(got.body)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("by Prometheus' conventions: %v %v", problems, err)
	}
	if !strings.HasPrefix(got.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Errorf("type %s", got.header.Get("Content-Type"))
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if families, err := parser.TextToMetricFamilies(strings.NewReader(got.body)); err != nil || len(families) < 12 {
		t.Errorf("read as Prometheus does: %d families, %v", len(families), err)
	}
	for _, telling := range []string{"pump", "milk", "note"} {
		if strings.Contains(got.body, telling) {
			t.Errorf("the metrics say %q", telling)
		}
	}
}
