package main

import (
	"bytes"
	"encoding/base64"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// lockScreen draws what two pushes look like on a phone that is locked: its
// words and buttons are those that the stand-in of the service was sent. It is
// a drawing; no phone was photographed.
const lockScreen = `<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><style>
* { box-sizing: border-box; margin: 0 }
body { display: flex; gap: 24px; padding: 20px 31px; background: #fff; font: 15px/1.4 "DejaVu Sans", sans-serif }
section { flex: 1; height: 350px; border-radius: 22px; padding: 34px 16px 0; text-align: center; color: #2b2421; background: linear-gradient(#e9ded3, #d3bfae) }
section.night { color: #e3b48c; background: linear-gradient(#17100c, #2a1a11) }
.clock { font-size: 60px; font-weight: 200; line-height: 1.1 }
.card { margin-top: 34px; padding: 13px 15px; border-radius: 16px; text-align: left; background: #fffcf8e6 }
.night .card { background: #3b281cd9 }
.from { display: flex; justify-content: space-between; font-size: 12px; opacity: .7 }
b { display: block; margin-top: 5px }
.buttons { display: flex; gap: 20px; margin-top: 12px; font-size: 14px; color: #8b4a2b }
.night .buttons { color: #e3b48c }
</style>{{range .}}<section class="{{.Look}}">
<div class="clock">{{.At.Format "15:04"}}</div>{{.At.Format "Monday, 2 January"}}
<div class="card"><div class="from"><span>ntfy</span><span>now</span></div><b>{{.Push.Title}}</b>{{.Push.Text}}
<div class="buttons">{{range .Push.Actions}}<span>{{.Label}}</span>{{end}}</div></div>
</section>{{end}}`

// shown is one push as it stands on the screen of a phone.
type shown struct {
	Look string
	At   time.Time
	Push ntfytest.Notification
}

// The README says what a phone shows, and has a picture of it. Both are what
// the daemon sends.
func TestTheReadmeShowsTheRealPushes(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	said := strings.Join(strings.Fields(string(readme)), " ")
	var screens []shown
	for _, c := range []struct{ look, wall, sessions string }{
		{"day", "2027-06-11T12:19:59", "2027-06-11T03:05:00-04:00 2027-06-11T07:00:00-04:00 2027-06-11T09:40:00-04:00"},
		{"night", justBefore, ""},
	} {
		q := newQuiet(t, c.wall)
		q.write("config.yaml", q.text("config.yaml")+readmesRoutine)
		for _, at := range strings.Fields(c.sessions) {
			q.must("log", "--at", at)
		}
		d := q.start()
		push := q.alarm(d)
		d.stop()
		if quoted := `"` + push.Title + ": " + push.Text + `"`; !strings.Contains(said, quoted) {
			t.Errorf("by %s the phone shows %s, which the README does not say", c.look, quoted)
		}
		for _, button := range push.Actions {
			if !strings.Contains(said, button.Label) {
				t.Errorf("by %s there is a button %s, which the README does not name", c.look, button.Label)
			}
		}
		at := q.now().Round(time.Minute).In(newYorkZone(t))
		screens = append(screens, shown{c.look, at, push})
	}
	var page bytes.Buffer
	drawing, err := template.New("lock screen").Parse(lockScreen)
	if err != nil {
		t.Fatal(err)
	}
	if err := drawing.Execute(&page, screens); err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t)
	drawn := b.tab(t, "data:text/html;base64,"+base64.StdEncoding.EncodeToString(page.Bytes()), device{width: 820, height: 390, scale: 1, zone: newYork})
	drawn.open("").says(".night .card", screens[1].Push.Text).shot("push")
}

// readmesRoutine is the routine of the README's day.
const readmesRoutine = "routine: {busy: [{from: \"13:00\", to: \"15:00\"}], power_pump: {at: \"20:00\"}}\n"

func newYorkZone(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(newYork)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}
