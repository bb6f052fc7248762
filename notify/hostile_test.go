package notify

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode"

	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// hostile is a server of somebody else's: it reads a request, and then does to
// the connection what it likes.
func hostile(t *testing.T, does func(conn net.Conn, request []byte)) (address string) {
	t.Helper()
	return "http://" + stranger(t, func(conn net.Conn) {
		request := make([]byte, 64<<10)
		n, _ := conn.Read(request)
		does(conn, request[:n])
	})
}

// endless writes text until the other side has had enough.
func endless(conn net.Conn, text string) {
	for bytes := []byte(text); ; {
		if _, err := conn.Write(bytes); err != nil {
			return
		}
	}
}

// says is a whole answer.
func says(header, body string) func(net.Conn, []byte) {
	return func(conn net.Conn, _ []byte) {
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s", header, len(body), body)
	}
}

// bomb is 64 MiB of spaces, in 64 KiB.
func bomb() string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	for range 1024 {
		_, _ = z.Write(bytes.Repeat([]byte(" "), 64<<10))
	}
	_ = z.Close()
	return b.String()
}

func attacks() map[string]func(net.Conn, []byte) {
	const ok = "HTTP/1.1 200 OK\r\n"
	large, headers, full := []byte(ok+"X: "+strings.Repeat("x", 10<<20)+"\r\n\r\n{}"), strings.Repeat("X-A: b\r\n", 1000), strings.Repeat("x", 64<<10)
	chunk := "10000\r\n" + strings.Repeat("x", 0x10000) + "\r\n"
	return map[string]func(net.Conn, []byte){
		"a body without end": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, ok+"\r\n")
			endless(c, full)
		},
		"chunks without end": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, ok+"Transfer-Encoding: chunked\r\n\r\n")
			endless(c, chunk)
		},
		"lines without end and sense": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, ok+"\r\n")
			endless(c, strings.Repeat("{}\n", 1000))
		},
		"a header of 10 MB": func(c net.Conn, _ []byte) {
			_, _ = c.Write(large)
		},
		"headers without end": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, ok)
			endless(c, headers)
		},
		"early hints without end":    func(c net.Conn, _ []byte) { endless(c, "HTTP/1.1 103 Early Hints\r\nX: y\r\n\r\n") },
		"a status line without end":  func(c net.Conn, _ []byte) { endless(c, full) },
		"a status of 60,000 letters": func(c net.Conn, _ []byte) { _, _ = io.WriteString(c, "HTTP/1.1 "+full[:60000]+"\r\n\r\n") },
		"a status of control codes":  func(c net.Conn, _ []byte) { _, _ = io.WriteString(c, "HTTP/1.1 \x1b[2J\x1b]0;x\x07 no\r\n\r\n") },
		"an echo as the status line": func(c net.Conn, q []byte) {
			_, _ = c.Write(append(bytes.ReplaceAll(q, []byte("\n"), nil), '\r', '\n', '\r', '\n'))
		},
		"an echo as the header": func(c net.Conn, q []byte) { _, _ = c.Write(append([]byte(ok), append(q, "\r\n\r\n"...)...)) },
		"an echo as the chunk's size": func(c net.Conn, q []byte) {
			_, _ = c.Write(append([]byte(ok+"Transfer-Encoding: chunked\r\n\r\n"), q...))
		},
		"a byte now and then":        func(c net.Conn, _ []byte) { _, _ = io.WriteString(c, ok+"\r\n"); drip(c) },
		"a header byte now and then": func(c net.Conn, _ []byte) { _, _ = io.WriteString(c, ok+"X: "); drip(c) },
		"a gzip bomb":                says("Content-Encoding: gzip\r\n", bomb()),
		"a redirect to a file": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, "HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")
		},
		"a redirect to itself": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, "HTTP/1.1 308 Again\r\nLocation: /\r\nContent-Length: 0\r\n\r\n")
		},
		"another protocol": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n")
			endless(c, "zzzz")
		},
		"wrong types":                 says("", `{"status":{"a":[1]},"id":5,"time":"x","event":{},"topic":[],"message":7,"errors":{"a":{"b":[]}},"receipt":[1],"sequence_id":{}}`),
		"a hundred thousand brackets": says("", strings.Repeat("[", 60<<10)),
		"a deep object":               says("", strings.Repeat(`{"a":`, 10<<10)),
		"a length beyond all numbers": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, ok+"Content-Length: 99999999999999999999\r\n\r\n")
		},
		"a wait of a thousand years": func(c net.Conn, _ []byte) {
			_, _ = io.WriteString(c, "HTTP/1.1 429 Wait\r\nRetry-After: 31536000000\r\nX-Limit-App-Remaining: 0\r\nX-Limit-App-Reset: 9223372036854775807\r\nContent-Length: 2\r\n\r\n{}")
		},
		"the line broken off at once":  func(net.Conn, []byte) {},
		"TLS where none was asked for": func(c net.Conn, _ []byte) { _, _ = c.Write([]byte{0x15, 3, 1, 0, 2, 2, 70}) },
	}
}

// drip writes a byte every 20 ms, until the other side has had enough.
func drip(c net.Conn) {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for range tick.C {
		if _, err := io.WriteString(c, " "); err != nil {
			return
		}
	}
}

// What an answer may cost at most: allocated in all, which is far more than is
// ever held at once; and the length of a text that goes to journal and status.
const (
	answerCost = 4 << 20
	textMost   = failureMost + len("channel pushover: ")
)

// TestHostileServers: whatever a server does, each call ends within its time
// and memory with a short failure that holds no secret.
func TestHostileServers(t *testing.T) {
	const limit = 120 * time.Millisecond
	pace := Pace{Request: limit, Receipts: time.Millisecond, Alive: limit / 2}
	secrets := []string{ntfytest.Topic, ntfytest.Token, pushovertest.Token, pushovertest.User, "key-in-the-path", hookSecret}
	for rule, does := range attacks() {
		t.Run(rule, func(t *testing.T) {
			address, log := hostile(t, does), &logText{}
			n := openedNtfy(t, address, noon, pace, withToken(Values{"replies": true, "insecure_http": true}), log)
			r := ntfyReplier{n}
			p := dial(t, address+"/1", pace, nil, log)
			w := openedHook(t, address+"/key-in-the-path", pace, log)
			calls := map[string]func(context.Context) error{
				"send":             func(ctx context.Context) error { _, err := n.Send(ctx, night()); return err },
				"withdraw":         func(ctx context.Context) error { return n.Withdraw(ctx, "a") },
				"park":             func(ctx context.Context) error { return n.Park(ctx, night(), noon().Add(time.Hour)) },
				"probe":            func(ctx context.Context) error { _, err := n.Probe(ctx); return err },
				"check":            n.Check,
				"waiting":          func(ctx context.Context) error { _, err := r.Waiting(ctx, ""); return err },
				"replies":          func(ctx context.Context) error { return r.Replies(ctx, "", func(Reply) { t.Error("a reply") }) },
				"Pushover's send":  func(ctx context.Context) error { _, err := p.Send(ctx, alarm()); return err },
				"its withdraw":     func(ctx context.Context) error { return p.Withdraw(ctx, "a") },
				"its receipt":      func(ctx context.Context) error { _, err := p.Receipt(ctx, "r"); return err },
				"its check":        p.Check,
				"the webhook":      func(ctx context.Context) error { _, err := w.Send(ctx, night()); return err },
				"the webhook back": func(ctx context.Context) error { return w.Withdraw(ctx, "a") },
			}
			for name, call := range calls {
				ctx, cancel := context.WithTimeout(t.Context(), 20*limit)
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				begin := time.Now()
				err := call(ctx)
				took := time.Since(begin)
				runtime.ReadMemStats(&after)
				cancel()
				var f *Failure
				switch {
				case strings.HasPrefix(name, "the webhook") && err == nil: // any 2xx is an acceptance
				case !errors.As(err, &f):
					t.Errorf("%s: got %v; want a failure", name, err)
					continue
				case errors.Is(err, context.DeadlineExceeded), took > 4*limit+5*time.Second: // four requests at most, on a loaded machine
					t.Errorf("%s took %s", name, took)
				}
				if cost := after.TotalAlloc - before.TotalAlloc; cost > answerCost && name != "replies" { // lines keep coming; what is held is bounded below
					t.Errorf("%s cost %d bytes", name, cost)
				}
				if f != nil {
					checkText(t, name, f.Error(), secrets)
					if f.RetryAfter > longestWait {
						t.Errorf("%s: waits %s", name, f.RetryAfter)
					}
				}
			}
			for line := range strings.Lines(log.String()) {
				checkText(t, "the log", strings.TrimSuffix(line, "\n"), secrets)
			}
		})
	}
}

// checkText: one short line that can be printed, without a secret.
func checkText(t *testing.T, name, text string, secrets []string) {
	t.Helper()
	if len([]rune(text)) > textMost || strings.ContainsFunc(text, unicode.IsControl) {
		t.Errorf("%s: %d bytes of text, %.80q...", name, len(text), text)
	}
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds a secret: %.200q", name, text)
		}
	}
}

// TestTheEchoesHoldSecrets: what the echoes above send back does hold secrets.
func TestTheEchoesHoldSecrets(t *testing.T) {
	seen := make(chan []byte, 1)
	address := hostile(t, func(_ net.Conn, q []byte) { seen <- q })
	n := openedNtfy(t, address, noon, brisk(), withToken(Values{"insecure_http": true}), &logText{})
	_ = n.Withdraw(t.Context(), "a")
	if q := <-seen; !bytes.Contains(q, []byte(ntfytest.Topic)) || !bytes.Contains(q, []byte(http.CanonicalHeaderKey("authorization"))) {
		t.Errorf("the request was %q", q)
	}
}

// TestAStreamWithoutEndHoldsNothing: whatever stands in the reply topic, for
// however long, no more is held than a line.
func TestAStreamWithoutEndHoldsNothing(t *testing.T) {
	line := `{"id":"m","time":1,"event":"message","topic":"` + ntfytest.Topic + `-r","message":"abcdefghijklmnop/start/AAAAAAAAAAAAAAAAAAAAAA"}` + "\n"
	for rule, text := range map[string]string{
		"forged replies": strings.Repeat(line, 500), "one line": line[:len(line)-1] + strings.Repeat("x", 64<<10), "keepalives": strings.Repeat(`{"id":"k","event":"keepalive"}`+"\n", 500),
	} {
		t.Run(rule, func(t *testing.T) {
			var most atomic.Uint64
			look := func() uint64 {
				least := uint64(math.MaxUint64)
				for range 3 { // what is read while a collection runs is counted as held, and gone with the next
					runtime.GC()
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					least = min(least, m.HeapAlloc)
				}
				return least
			}
			before := look()
			var sent atomic.Int64
			address := hostile(t, func(c net.Conn, _ []byte) {
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n"+line)
				for looked := int64(0); sent.Load() < 16<<20; {
					n, err := io.WriteString(c, text)
					if sent.Add(int64(n)); err != nil {
						return
					}
					if sent.Load()-looked >= 1<<20 {
						looked = sent.Load()
						most.Store(max(most.Load(), look()))
					}
				}
			})
			n := openedNtfy(t, address, noon, Pace{Request: 5 * time.Second, Alive: 5 * time.Second}, Values{"replies": true, "insecure_http": true}, &logText{})
			heard := 0
			if err := (ntfyReplier{n}).Replies(t.Context(), "", func(Reply) { heard++ }); err == nil {
				t.Error("the stream ended without an error")
			}
			held := max(most.Load(), before) - before
			t.Logf("%d MiB of stream, %d replies heard, %d KiB more in use at most", sent.Load()>>20, heard, held>>10)
			if held > 8<<20 {
				t.Errorf("%d bytes more in use", held)
			}
		})
	}
}
