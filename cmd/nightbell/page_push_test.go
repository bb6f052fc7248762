package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"nightbell/notify/webpushtest"
)

// webpushRecord is the size to which every push is padded, in bytes.
const webpushRecord = 3072

// subscriber is a push service with one browser, whose pushes it reads.
type subscriber struct {
	keys   *webpushtest.Browser
	srv    *httptest.Server
	pushes chan string
}

func newSubscriber(t *testing.T) *subscriber {
	t.Helper()
	keys, err := webpushtest.New()
	if err != nil {
		t.Fatal(err)
	}
	s := &subscriber{keys: keys, pushes: make(chan string, 10)}
	s.srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
			return
		}
		text, err := keys.Read(body, webpushRecord)
		if err != nil {
			t.Error(err)
			return
		}
		w.WriteHeader(http.StatusCreated)
		s.pushes <- string(text)
	}))
	t.Cleanup(s.srv.Close)
	return s
}

// join subscribes the browser at a running daemon.
func (s *subscriber) join(r *running, site string) {
	r.h.t.Helper()
	body := fmt.Sprintf(`{"name":"phone","endpoint":"%s/push/1","keys":{"p256dh":"%s","auth":"%s"}}`, s.srv.URL, s.keys.Key(), s.keys.Auth())
	resp, err := http.Post(site+"/api/v1/browsers", "application/json", strings.NewReader(body))
	if err != nil {
		r.h.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		r.h.t.Fatalf("subscribing: %s", resp.Status)
	}
}

// next is the next push, as the browser is to show it.
func (s *subscriber) next(r *running) string {
	r.h.t.Helper()
	push := ""
	r.await("a push", func() bool {
		select {
		case push = <-s.pushes:
			return true
		default:
			return false
		}
	})
	return push
}

// notified lets notifications through and returns what hands a push to the
// page's worker.
func (b *tab) notified() func(push string) {
	b.t.Helper()
	command(b, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
		Permission: &cdpbrowser.PermissionDescriptor{Name: "notifications"}, Setting: cdpbrowser.PermissionSettingGranted, Origin: b.at,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.truth("the worker", `navigator.serviceWorker.controller`)
	registered := chromedp.Events(b.ctx, serviceworker.WorkerRegistrationUpdated)
	command(b, serviceworker.Enable, cdp.Empty{})
	var id serviceworker.RegistrationID
	for e, err := range registered { // ends with the tab, or the tests' time
		if err != nil {
			b.t.Fatal(err)
		}
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, b.at) && !r.IsDeleted {
				id = r.RegistrationID
			}
		}
		if id != "" {
			break
		}
	}
	return func(push string) {
		b.t.Helper()
		command(b, serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: b.at, RegistrationID: id, Data: push})
	}
}

// shownNotification is a notification that a phone shows.
type shownNotification struct {
	Title, Body, Tag string
	Stays, Silent    bool
	Buttons          []string
	Answers          []string
}

func (b *tab) shownNotifications() []shownNotification {
	b.t.Helper()
	return value[[]shownNotification](b, `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => all.map(n => ({
		Title: n.title, Body: n.body, Tag: n.tag, Stays: n.requireInteraction, Silent: n.silent === true,
		Buttons: n.actions.map(a => a.title), Answers: n.actions.map(a => a.action)})))`)
}

// What the daemon sends is what the phone shows: discreet, one notification a
// reminder however often it repeats, with buttons that answer.
func webPushNotification(t *testing.T, b *browser) {
	h := newHome(t, "2027-06-10T10:00:00", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: web, type: webpush, contact: \"mailto:ann@mail.example\"}]\n")
	r := h.start()
	site := r.page()
	phone := newSubscriber(t)
	phone.join(r, site)
	p := b.tab(t, site, phoneOf(newYork)).open("/")
	deliver := p.notified()

	h.must("log", "--at", "3h ago")
	push := phone.next(r)
	deliver(push)
	deliver(push) // what may have been taken is sent again
	var shown []shownNotification
	// A browser that is slow to start its worker drops what comes before that.
	comes := func(push string, count int) func() bool {
		again := time.Now().Add(5 * time.Second)
		return func() bool {
			if time.Now().After(again) {
				deliver(push)
				again = time.Now().Add(5 * time.Second)
			}
			shown = p.shownNotifications()
			return len(shown) >= count
		}
	}
	r.await("the notification", comes(push, 1))
	if len(shown) != 1 || shown[0].Title != "Reminder" || shown[0].Body != "Since 09:40. Starting or done?" || shown[0].Tag == "" || shown[0].Silent {
		t.Fatalf("the phone shows %+v; want one reminder", shown)
	}
	if got := strings.Join(shown[0].Buttons, ", "); got != "Starting, Done" {
		t.Errorf("its buttons are %q", got)
	}
	said := value[string](p, fmt.Sprintf(`fetch(%q, {method: "POST"}).then(r => r.text())`, "a/"+shown[0].Answers[0]))
	if got := h.sessions(); len(got) != 2 || got[0].Source != "answer:link" {
		t.Errorf("its first button logged %+v; the page said:\n%s", got, said)
	}
	deliver("no push of ours")
	r.await("what cannot be read", comes("no push of ours", 2))
	for _, n := range shown {
		if word := bodyWords.FindString(n.Title + " " + n.Body); word != "" {
			t.Errorf("a lock screen shows %q: %+v", word, n)
		}
	}
}

// bodyWords are words that no lock screen is to show (words.md).
var bodyWords = regexp.MustCompile(`(?i)body|baby|milk|breast|pump|lactat`)
