package web_test

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"nightbell/daemon/web"
)

// A browser subscribes, is listed without its address, is shown when its
// service knows it no longer, and is forgotten.
func TestABrowserSubscribes(t *testing.T) {
	h := newHouse(t, "channels: [{name: browser, type: webpush, contact: \"mailto:ann@mail.example\"}]\n")
	var status, pushes atomic.Int64
	status.Store(http.StatusCreated)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		pushes.Add(1)
		w.WriteHeader(int(status.Load()))
	}))
	defer service.Close()
	var doc web.BrowsersDoc
	list := func() web.BrowsersDoc {
		t.Helper()
		got := h.ask("GET", "/api/v1/browsers", "")
		if err := json.Unmarshal([]byte(got.body), &doc); err != nil || strings.Contains(got.body, service.URL) {
			t.Fatalf("%v: %s", err, got.body)
		}
		return doc
	}
	if d := list(); d.PublicKey == nil || len(*d.PublicKey) != 87 || len(d.Browsers) != 0 { // 65 bytes in base64url
		t.Fatalf("at first: %+v", d)
	}
	h.ask("GET", "/notify", "").want(t, "the page", http.StatusOK, "Notify this device")

	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	body := fmt.Sprintf(`{"name":"Ann's phone","endpoint":"%s/push/1","expirationTime":null,"keys":{"p256dh":"%s","auth":"%s"}}`,
		service.URL, base64.RawURLEncoding.EncodeToString(key.PublicKey().Bytes()), base64.RawURLEncoding.EncodeToString(make([]byte, 16)))
	h.ask("POST", "/api/v1/browsers", body).want(t, "subscribing", http.StatusOK, "Reminders go to Ann's phone as well.")
	if d := list(); len(d.Browsers) != 1 || d.Browsers[0].Name != "Ann's phone" || !d.Browsers[0].Gone.IsZero() {
		t.Fatalf("subscribed: %+v", d)
	}
	h.ask("POST", "/api/v1/browsers", `{"name":"x","endpoint":"http://192.0.2.1/","keys":{"p256dh":"","auth":""}}`).want(t, "a wrong one", http.StatusBadRequest, "not an https address")

	status.Store(http.StatusGone)
	var said strings.Builder
	if err := h.daemon.Test(t.Context(), web.TestQuery{}, func(line string) { said.WriteString(line) }); err == nil {
		t.Errorf("a test push to nobody worked: %s", said.String())
	}
	if d := list(); pushes.Load() == 0 || d.Browsers[0].Gone.IsZero() {
		t.Errorf("%d pushes, gone: %+v", pushes.Load(), d)
	}
	h.ask("GET", "/notify", "").want(t, "the page of one that is gone", http.StatusOK, "takes none since")
	h.ask("GET", "/api/v1/status", "").want(t, "status", http.StatusOK, "takes no pushes since")

	h.ask("POST", "/notify", "id="+doc.Browsers[0].ID, "Content-Type: application/x-www-form-urlencoded").want(t, "forgetting", http.StatusSeeOther, "")
	if d := list(); len(d.Browsers) != 0 {
		t.Errorf("forgotten: %+v", d)
	}
}
