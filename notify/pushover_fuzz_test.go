package notify

import (
	"net/http"
	"testing"
	"unicode"

	"nightbell/notify/pushovertest"
)

// FuzzReceipts holds whatever a service may say of a receipt against this: at
// most one of its ends, an instant that can be written down, a device's name
// that can be printed.
func FuzzReceipts(f *testing.F) {
	for _, body := range []string{
		`{"status":1,"acknowledged":1,"acknowledged_at":1424305421,"acknowledged_by_device":"iphone","expired":1}`,
		`{"status":1,"acknowledged":0,"expired":"1"}`, `{"acknowledged":true,"acknowledged_at":1e300}`, `{"acknowledged":true,"acknowledged_at":1e15}`, `{"acknowledged":"NaN"}`,
		`{"acknowledged":[1]}`, `{"acknowledged":1,"acknowledged_at":-1,"acknowledged_by_device":"\u001b[2J"}`, `[]`, `null`, ``, `{"acknowledged":1}{"acknowledged":0}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r, err := lifeOf(body, noon())
		if err != nil {
			if r != (Receipt{}) {
				t.Fatalf("an error with a receipt %+v", r)
			}
			return
		}
		switch {
		case r.Gone, r.Acknowledged && r.Expired:
			t.Fatalf("%+v", r)
		case r.Acknowledged && (r.At.Year() < 1970 || r.At.Year() > 9999):
			t.Fatalf("acknowledged in the year %d", r.At.Year())
		case len([]rune(r.By)) > deviceMost:
			t.Fatalf("a device %q", r.By)
		}
		for _, c := range r.By {
			if unicode.IsControl(c) {
				t.Fatalf("a device %q", r.By)
			}
		}
	})
}

// FuzzPushoverAnswers holds any answer against this: it is an acceptance only
// with a status of 2xx and the service's own 1; what is said of another is
// short and holds no secret.
func FuzzPushoverAnswers(f *testing.F) {
	for _, body := range []string{`{"status":1,"receipt":"r"}`, `{"status":0,"errors":["x"]}`, `{"errors":{"a":1},"status":null}`, `<h1>`, "", `{"status":1e300}`, `{"token":"invalid","errors":"` + pushovertest.Token + `"}`} {
		for _, status := range []int{200, 302, 400, 429, 503} {
			f.Add(status, []byte(body), "0", "1")
		}
	}
	p := &pushoverChannel{scrubber: newScrubber("p", pushovertest.Token, "[token]"), now: noon}
	f.Fuzz(func(t *testing.T, status int, body []byte, remaining, reset string) {
		if status < 100 || status > 999 { // net/http lets no other pass
			return
		}
		header := http.Header{"X-Limit-App-Remaining": {remaining}, "X-Limit-App-Reset": {reset}, "Retry-After": {reset}}
		said, err := p.judge(t.Context(), "sending", answer{status: status, header: header, body: body})
		if err == nil {
			if status < 200 || status > 299 || said.Status == nil || *said.Status != 1 {
				t.Fatalf("%d %q is an acceptance", status, body)
			}
			return
		}
		checkText(t, "the failure", err.Error(), []string{pushovertest.Token})
	})
}
