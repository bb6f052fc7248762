package daemon

import (
	"errors"
	"testing"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// When every channel was out of reach and is back, the phone hears once of
// what waited meanwhile.
func TestAnOutageOfEveryChannelEndsInOneMessage(t *testing.T) {
	for _, c := range []struct{ rule, until, end, want string }{
		{"before the nudge, the start", "10T09:47", "10T09:49", "10T09:47 session normal"},
		{"the nudge fell into it: one push, at its level", "10T10:40", "10T10:49", "10T10:40 session high"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00", func(s *Settings) {
				s.Channels = append(s.Channels, Facts{Name: "second", Reaches: true}, Facts{Name: "third", Reaches: true})
			}).log("10T07:00")
			w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
				return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
			}
			w.to(c.until)
			w.answer = nil
			w.to(c.end)
			w.expect(c.want)
			for _, d := range w.state.Deliveries {
				if d.State == journal.Pending {
					t.Errorf("%s is still tried on %s", d.ID, d.Channel)
				}
			}
		})
	}
}
