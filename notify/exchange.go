package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// answerLimit bounds a body: real answers have under 1 KiB, and 64 KiB leaves
// room for a proxy's page.
const answerLimit = 64 << 10

// request is one request of a channel. It carries whole bodies, because a
// request that is a stream could not be bounded as a whole.
type request struct {
	method, address string
	header          map[string]string
	body            string
	// enough tells whether what was read of an answer's body will do although
	// the rest did not come; nil: a whole JSON object will.
	enough func(text []byte) bool
}

// answer is what came back over the wire.
type answer struct {
	status int
	header http.Header
	body   []byte
	err    error // nil: there is a status; else: why there is none
	gone   bool  // the whole request went out, so that whoever is there may have done what it asks
}

// ask makes the request and reads its answer, within limit from the dial to
// the last byte. It follows no redirect.
//
// Each request has a connection of its own: one kept over a suspend or a change
// of network is dead, a POST on it would hang, and it could not be repeated
// without ringing twice. So ending ctx may close the connection, which bounds
// every phase, also a dial or a handshake that net/http would let go on.
func (q request) ask(ctx context.Context, limit time.Duration) answer {
	if err := ctx.Err(); err != nil {
		return answer{err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var gone atomic.Bool // told by the goroutine that writes
	resp, err := q.open(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(wrote httptrace.WroteRequestInfo) {
		gone.Store(wrote.Err == nil)
	}}))
	if err != nil {
		return answer{err: cause(ctx, limit, err), gone: gone.Load()}
	}
	defer resp.Body.Close()
	enough := q.enough
	if enough == nil {
		enough = complete
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, answerLimit))
	if err != nil && !enough(text) {
		return answer{err: cause(ctx, limit, err), gone: true}
	}
	return answer{status: resp.StatusCode, header: resp.Header, body: text, gone: true}
}

// open makes the request and returns when the answer's headers are there. The
// connection dies with ctx.
func (q request) open(ctx context.Context) (*http.Response, error) {
	body := io.Reader(http.NoBody)
	if q.body != "" {
		body = strings.NewReader(q.body)
	}
	req, err := http.NewRequestWithContext(ctx, q.method, q.address, body)
	if err != nil {
		return nil, errors.New("the address of the request is not one")
	}
	req.Header.Set("User-Agent", "nightbell")
	for key, value := range q.header {
		req.Header.Set(key, value)
	}
	return transport(ctx).RoundTrip(req)
}

// proxy is the one of the environment. What is wrong with it is said without
// its value, which may hold a password.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, errors.New("HTTP_PROXY or HTTPS_PROXY is not an address; write http://host:port")
	}
	return u, nil
}

// transport is for one connection, which dies with ctx.
func transport(ctx context.Context) *http.Transport {
	// Without a deadline to see, the dialer cannot be a moment ahead of ctx with
	// its own time-out, and whether ctx ended is one question with one answer.
	dialing, stop := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, stop)
	return &http.Transport{
		Proxy:                  proxy,
		DisableKeepAlives:      true,
		DisableCompression:     true,
		MaxResponseHeaderBytes: answerLimit,
		DialContext: func(_ context.Context, network, address string) (net.Conn, error) { // net/http's own would outlive ctx
			conn, err := new(net.Dialer).DialContext(dialing, network, address)
			if err == nil {
				context.AfterFunc(ctx, func() { conn.Close() })
			}
			return conn, err
		},
	}
}

// complete tells whether text begins with a whole JSON object: an answer that
// has been said is taken, whatever the connection does afterwards.
func complete(text []byte) bool {
	var object map[string]json.RawMessage
	return json.NewDecoder(bytes.NewReader(text)).Decode(&object) == nil
}

// firstObject is the JSON object that text begins with; empty: it does not.
func firstObject(text []byte) []byte {
	var object json.RawMessage
	if json.NewDecoder(bytes.NewReader(text)).Decode(&object) != nil || len(object) == 0 || object[0] != '{' {
		return nil
	}
	return object
}

// cause names why there was no answer. What ended because of the time-out
// says so, whatever the phase called it.
func cause(ctx context.Context, limit time.Duration, err error) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("no answer within %s", limit)
	}
	return err
}
