package journal

import (
	"reflect"
	"testing"
	"time"
)

func TestLogins(t *testing.T) {
	j := open(t, t.TempDir())
	ctx := t.Context()
	add := func(l Login) int64 {
		t.Helper()
		return must[int64](t)(j.AddLogin(ctx, l))
	}
	phone := Login{Kind: "browser", Name: "Firefox on Android", Hash: "a1", Created: cut(noon)}
	script := Login{Kind: "token", Name: "grafana", Hash: "b2", Created: cut(noon.Add(time.Hour))}
	phone.ID, script.ID = add(phone), add(script)
	if err := j.UseLogin(ctx, script.ID, noon.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	script.Used = cut(noon.Add(2 * time.Hour))
	if got := must[[]Login](t)(j.Logins(ctx)); !reflect.DeepEqual(got, []Login{phone, script}) {
		t.Errorf("logins %+v; want each as it was added, one of them used", got)
	}
	if _, err := j.AddLogin(ctx, Login{Kind: "token", Name: "again", Hash: "b2", Created: noon}); err == nil {
		t.Error("two logins with one hash; want an error")
	}
	if gone := must[bool](t)(j.RemoveLogin(ctx, script.ID)); !gone {
		t.Error("the login was not there to remove")
	}
	if gone := must[bool](t)(j.RemoveLogin(ctx, script.ID)); gone {
		t.Error("a login was removed twice")
	}
	if next := add(Login{Kind: "token", Name: "next", Hash: "c3", Created: noon}); next <= script.ID {
		t.Errorf("number %d after %d was removed; want one that was never given", next, script.ID)
	}
}

func TestRequestsAreForgottenAfterThreeDays(t *testing.T) {
	j := open(t, t.TempDir())
	b := Batch{Requests: []Request{{Key: "old", Hash: "h", At: noon}, {Key: "new", Hash: "h", At: noon.Add(time.Hour)}}}
	if err := j.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	if err := j.Tidy(t.Context(), noon.Add(requestsKept+time.Minute)); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]bool{"old": false, "new": true, "never": false} {
		if _, known, err := j.Request(t.Context(), key); err != nil || known != want {
			t.Errorf("request %q known: %v, %v; want %v", key, known, err, want)
		}
	}
}
