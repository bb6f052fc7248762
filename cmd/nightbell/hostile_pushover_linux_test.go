package main

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// impostor stands where Pushover should. To each kind of request it does, one
// after the other, what it was told to do; then it is a Pushover whose pushes
// nobody acknowledges, unless lies says another receipt.
type impostor struct {
	*httptest.Server
	mu     sync.Mutex
	does   map[string][]func(net.Conn)
	lies   string
	counts map[string]int
}

// The kinds of requests.
const (
	asksPush    = "messages.json"
	asksReceipt = "receipts"
	asksCancel  = "cancel_by_tag"
)

func newImpostor(t *testing.T) *impostor {
	t.Helper()
	i := &impostor{does: map[string][]func(net.Conn){}, counts: map[string]int{}}
	i.Server = httptest.NewServer(i)
	t.Cleanup(func() { i.CloseClientConnections(); i.Close() })
	return i
}

func (i *impostor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, 64<<10))
	kind := asksReceipt
	for _, k := range []string{asksPush, asksCancel} {
		if strings.Contains(r.URL.Path, k) {
			kind = k
		}
	}
	i.mu.Lock()
	i.counts[kind]++
	var does func(net.Conn)
	if list := i.does[kind]; len(list) > 0 {
		does, i.does[kind] = list[0], list[1:]
	}
	text := map[string]string{asksPush: `{"status":1,"request":"q","receipt":"rTheOnlyReceiptOf30Characters1"}`, asksCancel: `{"status":1,"request":"q","canceled":1}`}[kind]
	if kind == asksReceipt {
		text = `{"status":1,"request":"q",` + cmp.Or(i.lies, `"acknowledged":0,"acknowledged_at":0`) + `,"expired":0}`
	}
	i.mu.Unlock()
	if does == nil {
		_, _ = io.WriteString(w, text)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	does(conn)
}

// tell adds what it is to do to requests of a kind.
func (i *impostor) tell(kind string, does ...func(net.Conn)) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.does[kind] = append(i.does[kind], does...)
}

// lie is what receipts say from now on, in the place of what is true.
func (i *impostor) lie(text string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.lies = text
}

// left is what it has not done yet to a kind; asked, how often it was asked.
func (i *impostor) left(kind string) (left, asked int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.does[kind]), i.counts[kind]
}

// writes is a server that writes first, and then more without end.
func writes(first, more string) func(net.Conn) {
	return func(c net.Conn) {
		_, err := io.WriteString(c, first)
		for err == nil && more != "" {
			_, err = io.WriteString(c, more)
		}
	}
}

// drips is a server that writes first, and then a byte now and then.
func drips(first string) func(net.Conn) {
	return func(c net.Conn) {
		_, err := io.WriteString(c, first)
		for err == nil {
			wait(20)
			_, err = io.WriteString(c, " ")
		}
	}
}

const ok200 = "HTTP/1.1 200 OK\r\n"

func whole(header, body string) func(net.Conn) {
	return writes(fmt.Sprintf("%s%sContent-Length: %d\r\n\r\n%s", ok200, header, len(body), body), "")
}

// assaults is what a server can do that is tried again after it, the slow last.
func assaults() []func(net.Conn) {
	var packed bytes.Buffer // 64 MiB of spaces, in 64 KiB
	z := gzip.NewWriter(&packed)
	for range 1024 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 64<<10))
	}
	_ = z.Close()
	full := strings.Repeat("x", 64<<10)
	return []func(net.Conn){
		writes(ok200+"\r\n", full), // a body without end
		writes(ok200+"Transfer-Encoding: chunked\r\n\r\n", "10000\r\n"+full+"\r\n"),
		writes(ok200+"X: "+strings.Repeat(full, 160)+"\r\n\r\n{}", ""), // a header of 10 MB
		writes(ok200, strings.Repeat("X-A: b\r\n", 1000)),
		writes("", "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n"),
		writes("", full), // a status line without end
		whole("Content-Encoding: gzip\r\n", packed.String()),
		whole("", `{"status":{"a":[1]},"errors":{"a":{"b":[]}},"receipt":[1],"acknowledged":[1],"expired":{}}`),
		whole("", `{"status":1,"acknowledged":"maybe","receipt":7}`[:20]),
		whole("", strings.Repeat("[", 60<<10)),
		whole("", "<html>acknowledged</html>"),
		writes(ok200+"Content-Length: 99999999999999999999\r\n\r\n", ""),
		writes("HTTP/1.1 \x1b[2J\x1b]0;x\x07 no\r\n\r\n", ""),
		writes("", ""), // broken off at once
		writes("\x15\x03\x01\x00\x02\x02\x46", ""),
		drips(ok200 + "\r\n"),
		drips(ok200 + "X: "),
	}
}

// refusals is what it can do that ends a push: it is not asked again.
func refusals(elsewhere string) []func(net.Conn) {
	to := func(code int, where string) func(net.Conn) {
		return writes(fmt.Sprintf("HTTP/1.1 %d Go\r\nLocation: %s\r\nContent-Length: 0\r\n\r\n", code, where), "")
	}
	return []func(net.Conn){
		to(302, "file:///etc/passwd"), to(307, elsewhere), to(308, elsewhere), to(301, "/1/messages.json"),
		whole("", `{"status":0,"acknowledged":1,"acknowledged_at":1}`),
	}
}

// Whatever stands in Pushover's place does to a push, to a receipt and to what
// is to be taken back: the other channel rings in time, nothing is logged that
// nobody answered, no other server hears of it, and the daemon stays small.
func TestAHostilePushoverBreaksNothing(t *testing.T) {
	t.Parallel()
	const (
		memoryMost = 64 << 10 // KiB, three times what it needs at rest
		rate       = 600
	)
	i := newImpostor(t)
	var strayed atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	t.Cleanup(elsewhere.Close)
	h := onSetClock(t, "2027-06-11T02:59:00", "", leisurely)
	phone := ntfytest.Start(ntfytest.Options{Now: h.now, Requests: -1})
	t.Cleanup(phone.Close)
	h.write("config.yaml", strings.Replace(withPushover(i.URL+"/1"), "channels:", "delivery: {use: all}\nreminders: {overnight: {give_up: 3h}}\nchannels:", 1)+
		fmt.Sprintf("  - {name: ntfy, type: ntfy, server: %q, topic: %s}\n", phone.URL(), ntfytest.Topic))
	h.must("log", "--at", nightBefore)
	d := h.start().ready()
	i.tell(asksPush, refusals(elsewhere.URL)...)
	for left, _ := i.left(asksPush); left > 0; left, _ = i.left(asksPush) {
		if out, code := h.run("test", "pushover"); code != exitNot || len(out) > 2000 {
			t.Fatalf("test of a channel that refuses: exit code %d, %d letters\n%.2000s", code, len(out), out)
		}
	}
	i.tell(asksPush, assaults()...)
	const slow = 2 // assaults, of two seconds each
	i.tell(asksReceipt, append(refusals(elsewhere.URL), assaults()[:len(assaults())-slow+1]...)...)
	i.tell(asksCancel, assaults()[:len(assaults())-slow]...)
	h.clock.run(t, rate)
	d.await("the alarm on the channel that is well", func() bool { return len(phone.Shown(ntfytest.Topic)) == 1 })
	if late := phone.Requests()[0].At.Sub(mustTime(t, "2027-06-11T03:00:00-04:00")) / rate; late > 5*time.Second { // a loaded machine; alone it takes milliseconds
		t.Errorf("the alarm came %s after its instant", late)
	}
	done := func(kind string) func() bool {
		return func() bool { left, _ := i.left(kind); return left == 0 }
	}
	d.await("all that can be done to a push", done(asksPush))
	d.await("all that can be done to a receipt", done(asksReceipt))
	begin := time.Now()
	if got := h.sessions(); len(got) != 1 || time.Since(begin) > 5*time.Second {
		t.Errorf("%d sessions, told within %s; want the one before, for nobody has answered", len(got), time.Since(begin))
	}
	h.must("done")
	d.await("all that can be done to what is taken back", done(asksCancel))
	d.await("nothing to do for anybody", func() bool { _, code := h.run("status"); return code == exitDone })
	peak := d.memory("VmHWM")
	t.Logf("at most %d KiB resident", peak)
	if peak > memoryMost && !raceDetector() {
		t.Errorf("it held %d KiB", peak)
	}
	d.stop()
	if n := len(h.sessions()); n != 2 || strayed.Load() != 0 || len(phone.Shown(ntfytest.Topic)) != 0 {
		t.Errorf("%d sessions, %d requests went elsewhere, the phone shows %d; want 2, none, nothing", n, strayed.Load(), len(phone.Shown(ntfytest.Topic)))
	}
	if log := d.log.String(); len(log) > 256<<10 || strings.Contains(log, pushovertest.Token) || strings.Contains(log, pushovertest.User) {
		t.Errorf("a log of %d bytes; want a short one without a secret", len(log))
	}
}

// A receipt that says when it was acknowledged, and lies: that is a session at
// an instant that can be. One that another push has says nothing of this one.
func TestReceiptsThatLie(t *testing.T) {
	t.Parallel()
	for rule, at := range map[string]string{
		"acknowledged in the future":           "4102444800", // 2100
		"acknowledged at a negative instant":   "-5",
		"acknowledged before anybody was born": "1",
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			h, i := newHome(t, justBefore, ""), newImpostor(t)
			h.write("config.yaml", withPushover(i.URL+"/1"))
			h.must("log", "--at", nightBefore)
			i.lie(`"acknowledged":1,"acknowledged_at":` + at)
			d := h.start().ready()
			d.await("the session", func() bool { return len(h.sessions()) == 2 })
			if got := h.sessions()[0].Start; got.Before(mustTime(t, "2027-06-11T03:00:00-04:00")) || got.After(h.now()) {
				t.Errorf("a session at %s; want it between the push and now", got)
			}
			d.stop()
		})
	}
	t.Run("the receipt of the night before", func(t *testing.T) {
		t.Parallel()
		h, i := onSetClock(t, "2027-06-11T02:59:50", "", leisurely), newImpostor(t)
		h.write("config.yaml", withPushover(i.URL+"/1"))
		h.must("log", "--at", nightBefore)
		d := h.start().ready()
		h.clock.run(t, hurried)
		d.await("the alarm", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
		i.lie(fmt.Sprintf(`"acknowledged":1,"acknowledged_at":%d`, h.now().Unix()))
		d.await("the session", func() bool { return len(h.sessions()) == 2 })
		d.stop()
		h.clock.run(t, leisurely)
		h.clock.jump(t, mustTime(t, "2027-06-12T02:59:50-04:00").Sub(h.now()))
		h.must("log", "--at", "2027-06-11T23:00:00-04:00")
		_, before := i.left(asksPush)
		d = h.start().ready()
		h.clock.run(t, hurried)
		d.await("the next alarm", func() bool {
			_, n := i.left(asksPush)
			return n > before && strings.Contains(d.log.String(), "kind=sent")
		})
		back := h.now()
		d.await("two minutes more", func() bool { return h.now().Sub(back) > 2*time.Minute })
		if got := h.sessions(); len(got) != 3 {
			t.Errorf("%d sessions, the newest at %s; nobody has answered the second alarm", len(got), got[0].Start)
		}
		h.must("done")
		d.stop()
	})
}
