package main

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAHandlerThatBreaksIsSaidAndEndsNothing(t *testing.T) {
	tests := []struct {
		rule   string
		breaks any
		said   string // empty: nothing is logged
	}{
		{"the runtime's own words are said", nil, "index out of range"},
		{"another value shows its type alone", errors.New("POST https://hook.example/s3cretpath: broken"), "*errors.errorString"},
		{"a connection broken off on purpose is no fault", http.ErrAbortHandler, ""},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			var b bytes.Buffer
			log := slog.New(slog.NewTextHandler(&b, nil))
			mux := http.NewServeMux()
			mux.HandleFunc("/well", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
			mux.HandleFunc("/broken", func(http.ResponseWriter, *http.Request) {
				if tt.breaks != nil {
					panic(tt.breaks)
				}
				var none []int
				_ = none[len(tt.rule)]
			})
			server := httptest.NewServer(contained(mux, log))
			defer server.Close()
			if resp, err := server.Client().Get(server.URL + "/broken"); err == nil {
				resp.Body.Close()
				t.Errorf("the broken request was answered with %d", resp.StatusCode)
			}
			resp, err := server.Client().Get(server.URL + "/well")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			server.Close()
			said := b.String()
			if strings.Contains(said, "level=ERROR") != (tt.said != "") || !strings.Contains(said, tt.said) || strings.Contains(said, "s3cretpath") {
				t.Errorf("the log says %s; want %q and no text of the value's", said, tt.said)
			}
		})
	}
}
