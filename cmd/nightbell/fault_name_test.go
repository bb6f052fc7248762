package main

import (
	"net"
	"strings"
	"sync"
	"testing"

	"nightbell/notify/pushovertest"
)

// How a name server answers.
const (
	nameKnown   = "known"
	nameUnknown = "unknown" // NXDOMAIN
	nameTrouble = "trouble" // SERVFAIL, as a router without its uplink says
	nameSilent  = "silent"
)

// names is a name server on loopback, where every name is this machine.
type names struct {
	conn net.PacketConn

	mu    sync.Mutex
	mode  string
	asked int
}

func newNames(t *testing.T, mode string) *names {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	n := &names{conn: conn, mode: mode}
	var all sync.WaitGroup
	all.Go(n.serve)
	t.Cleanup(func() {
		conn.Close()
		all.Wait()
	})
	return n
}

func (n *names) set(mode string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.mode = mode
}

func (n *names) count() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.asked
}

func (n *names) serve() {
	for b := make([]byte, 512); ; {
		size, from, err := n.conn.ReadFrom(b)
		if err != nil {
			return
		}
		n.mu.Lock()
		n.asked++
		mode := n.mode
		n.mu.Unlock()
		if answer := nameAnswer(b[:size], mode); answer != nil {
			_, _ = n.conn.WriteTo(answer, from)
		}
	}
}

// nameAnswer answers a question by RFC 1035: the twelve bytes of its header,
// the question, and for an A (type 1) the address 127.0.0.1.
func nameAnswer(question []byte, mode string) []byte {
	if mode == nameSilent || len(question) < 12 {
		return nil
	}
	end := 12
	for end < len(question) && question[end] != 0 {
		end += int(question[end]) + 1
	}
	if end += 5; end > len(question) { // the root's empty label, type and class
		return nil
	}
	asksA := question[end-3] == 1
	answer := append([]byte(nil), question[:end]...)
	answer[2], answer[3] = 0x81, 0x80 // an answer, recursion wanted and had
	copy(answer[6:12], make([]byte, 6))
	switch {
	case mode == nameUnknown:
		answer[3] |= 3
	case mode == nameTrouble:
		answer[3] |= 2
	case asksA:
		answer[7] = 1
		answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1) // the question's name, A, IN, no time to live
	}
	return answer
}

// The service's name leads nowhere, and some minutes later it does again: the
// alarm comes then, by itself.
func TestTheNameOfTheServiceIsGone(t *testing.T) {
	t.Parallel()
	for mode, says := range map[string]string{
		nameUnknown: "lookup push.example",
		nameTrouble: "lookup push.example",
		nameSilent:  "no answer within 2s",
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			h := onSetClock(t, "2027-06-11T02:59:30", "", leisurely)
			srv := pushovertest.Start(pushovertest.Options{Now: h.now})
			t.Cleanup(srv.Close)
			_, port, err := net.SplitHostPort(srv.Addr())
			if err != nil {
				t.Fatal(err)
			}
			h.write("config.yaml", strings.Replace(withPushover("http://push.example:"+port+"/1"), "api:", "insecure_http: true, api:", 1))
			dns := newNames(t, mode)
			h.env = append(h.env, askingAt+"="+dns.conn.LocalAddr().String())
			h.must("log", "--at", nightBefore)
			d := h.start().ready()
			h.clock.run(t, hurried)
			d.await("questions for the name", func() bool { return dns.count() > 0 && strings.Contains(d.log.String(), "kind=failed") })
			d.needs("channel pushover has not taken a push since 03:0", says, "it is tried again every minute")
			if out := h.must("plan"); !strings.Contains(out, "Fri 03:00") {
				t.Errorf("plan beside a name that is gone:\n%s", out)
			}
			dns.set(nameKnown)
			d.await("the alarm", func() bool { return len(srv.Messages()) > 0 })
			d.await("its outcome", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
			h.well()
			h.must("done")
			d.await("silence", func() bool { return len(srv.Ringing()) == 0 })
			d.stop()
			if n := len(srv.Messages()); n != 1 {
				t.Errorf("%d alarms; want one", n)
			}
		})
	}
}
