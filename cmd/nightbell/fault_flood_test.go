package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/journal"
)

// sessionsAtOnce is how many sessions arrive while an alarm falls due: an
// import by a script that posts one after another and knows no measure.
//
//	go test ./cmd/nightbell -run SessionsArrive -sessions 10000
var sessionsAtOnce = flag.Int("sessions", 500, "how many sessions TestSessionsArriveWhileAnAlarmIsDue posts")

// Guests that post at a time: more than any household has.
const postersAtOnce = 64

func TestSessionsArriveWhileAnAlarmIsDue(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-11T02:50:00", leisurely)
	n.must("log", "--at", nightBefore)
	d := n.start().ready()
	socket := filepath.Join(n.folder(), socketName)
	client := http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: postersAtOnce,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socket)
		},
	}}
	defer client.CloseIdleConnections()
	// Each an hour before the one before it, from the evening back: none
	// answers the alarm.
	oldest := mustTime(t, "2027-06-10T20:00:00-04:00")
	var taken, refused atomic.Int64
	var rang atomic.Bool
	var next atomic.Int64
	begun := time.Now()
	var posters sync.WaitGroup
	for range postersAtOnce {
		posters.Go(func() {
			for {
				i := next.Add(1)
				if i > int64(*sessionsAtOnce) && rang.Load() { // the flood does not end before the alarm: it would ring after any
					return
				}
				body, err := json.Marshal(map[string]any{"at": oldest.Add(-time.Duration(i) * time.Hour)})
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := client.Post("http://nightbell/api/v1/sessions", "application/json", bytes.NewReader(body))
				if err != nil { // nobody is there any more
					refused.Add(1)
					return
				}
				resp.Body.Close()
				if resp.StatusCode == http.StatusOK {
					taken.Add(1)
				} else {
					refused.Add(1)
				}
			}
		})
	}
	d.await("the flood", func() bool { return taken.Load() > postersAtOnce })
	n.clock.jump(t, mustTime(t, "2027-06-11T03:00:00-04:00").Sub(n.now()))
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	rang.Store(true)
	late := n.srv.Messages()[0].At.Sub(mustTime(t, "2027-06-11T03:00:00-04:00"))
	during := next.Load()
	if late > 15*time.Second { // about 15 ms, and what a machine adds that is busy with the posters and other tests
		t.Errorf("the alarm came %s after its instant; want it not to wait for whoever posts", late)
	}
	posters.Wait()
	t.Logf("%d sessions in %s, %d before the alarm, which came %s after its instant", taken.Load(), time.Since(begun), during, late)
	d.stop()
	j, err := journal.OpenFolder(t.Context(), n.folder(), journal.Options{Now: daemon.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	if err := j.Check(t.Context()); err != nil {
		t.Errorf("the journal after the flood: %v", err)
	}
	all, err := j.Sessions(t.Context(), journal.Filter{Limit: int(next.Load()) + 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := int64(len(all)); got != taken.Load()+1 || refused.Load() != 0 {
		t.Errorf("%d sessions in the journal, %d taken and %d refused; want all that were taken, and the one before", got, taken.Load(), refused.Load())
	}
}
