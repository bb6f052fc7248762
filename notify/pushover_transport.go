package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gregdel/pushover"
)

// The library takes no context, no client, no address of one's own, no tags,
// and hides the status of an answer (v1.3.1). Its only seams are two variables
// of the process: http.DefaultClient and pushover.APIEndpoint. So both are set
// once: the address to one that exists nowhere, the client's transport to a
// route that knows the requests to that address and carries them to the real
// one. What belongs to a single call travels in the form: the library is given
// a call's key in the place of the token and of the user, both of the form it
// demands, and the route puts the real ones in. So no library error can hold a
// secret, and if anybody replaces the transport, nothing leaves the machine.
const libraryEndpoint = "https://pushover.invalid/1" // RFC 2606: never resolves

// connections is how many requests may be under way to one service at a time:
// Pushover's rule of friendly use.
const connections = 2

// process is a package variable because what it guards is one for the process
// as well, and must be set exactly once, however many channels are opened and
// however often the configuration is read again.
var process route

// route is the RoundTripper on http.DefaultClient.
type route struct {
	install sync.Once
	others  http.RoundTripper // what the client had; nil: http.DefaultTransport

	mu       sync.Mutex
	last     uint64
	calls    map[string]*call
	services map[string]*service
}

// service is the program's conduct towards one address. It outlives channels,
// so that reading the configuration again forgets no rule.
type service struct {
	slots chan struct{} // holds one for each request under way
	turn  chan struct{} // holds one when a receipt may be read
}

// call is one call of the library's.
type call struct {
	ctx     context.Context
	channel *pushoverChannel
	key     string // in the place of token and user
	tags    string
	answer  *answer // nil: the library did not come to send
}

// service returns the one of this address, and sets the route up first.
func (r *route) service(api string) *service {
	r.install.Do(func() {
		r.calls, r.services = map[string]*call{}, map[string]*service{}
		r.others, http.DefaultClient.Transport = http.DefaultClient.Transport, r
		pushover.APIEndpoint = libraryEndpoint
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.services[api]
	if s == nil {
		s = &service{slots: make(chan struct{}, connections), turn: make(chan struct{}, 1)}
		s.turn <- struct{}{}
		r.services[api] = s
	}
	return s
}

// begin registers a call of the library's; end forgets it.
func (r *route) begin(ctx context.Context, p *pushoverChannel, tags string) *call {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	c := &call{ctx: ctx, channel: p, tags: tags, key: fmt.Sprintf("call%026d", r.last)}
	r.calls[c.key] = c
	return c
}

func (r *route) end(c *call) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, c.key)
}

// RoundTrip carries a request of the library's and leaves all others alone.
func (r *route) RoundTrip(req *http.Request) (*http.Response, error) {
	path, ours := strings.CutPrefix(req.URL.String(), libraryEndpoint)
	if !ours {
		if r.others != nil {
			return r.others.RoundTrip(req)
		}
		return http.DefaultTransport.RoundTrip(req)
	}
	form, err := formOf(req)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	c := r.calls[form.Get("token")]
	r.mu.Unlock()
	if c == nil {
		return nil, errors.New("this call of the Pushover library belongs to no channel")
	}
	form.Set("token", c.channel.token)
	if form.Has("user") {
		form.Set("user", c.channel.user)
	}
	if c.tags != "" {
		form.Set("tags", c.tags)
	}
	a := c.channel.exchange(c.ctx, http.MethodPost, c.channel.api+path, form)
	c.answer = &a
	if a.err != nil {
		return nil, a.err
	}
	if a.status >= 300 && a.status < 400 { // http.Client would follow it, with the token
		return nil, errors.New("redirected")
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)), Request: req,
	}, nil
}

// CloseIdleConnections is what http.Client looks for in a transport.
func (r *route) CloseIdleConnections() {
	if c, ok := r.others.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	} else if c, ok := http.DefaultTransport.(interface{ CloseIdleConnections() }); ok && r.others == nil {
		c.CloseIdleConnections()
	}
}

func formOf(req *http.Request) (url.Values, error) {
	if req.Body == nil {
		return url.Values{}, nil
	}
	defer req.Body.Close()
	text, err := io.ReadAll(io.LimitReader(req.Body, answerLimit))
	if err != nil {
		return nil, err
	}
	return url.ParseQuery(string(text))
}

// exchange makes one request when it is this one's turn.
func (p *pushoverChannel) exchange(ctx context.Context, method, address string, form url.Values) answer {
	if err := ctx.Err(); err != nil { // select would choose by chance
		return answer{err: err}
	}
	select {
	case p.service.slots <- struct{}{}:
		defer func() { <-p.service.slots }()
	case <-ctx.Done():
		return answer{err: ctx.Err()}
	}
	q := request{method: method, address: address}
	if form != nil {
		q.body, q.header = form.Encode(), map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	}
	return q.ask(ctx, p.pace.Request)
}

// takeTurn waits until a receipt may be read; what it returns must be called
// afterwards. The next reading is Pace.Receipts after the end of this one,
// measured by a timer so that a jump of the clock changes nothing.
func (p *pushoverChannel) takeTurn(ctx context.Context) (done func(), err error) {
	if err := ctx.Err(); err != nil { // select would choose by chance
		return nil, err
	}
	select {
	case <-p.service.turn:
		return func() {
			time.AfterFunc(p.pace.Receipts, func() { p.service.turn <- struct{}{} })
		}, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
