package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// answerWithin is how long a daemon may take to answer (daemon.md, Service
// and permissions).
const answerWithin = 2 * time.Second

// errorMost bounds an answer that says what was wrong. That of an import names
// up to a thousand rows.
const errorMost = 1 << 20

// Client is a Desk in a running daemon, over its Unix socket.
type Client struct {
	socket string
	http   http.Client
}

// Dial makes a client of the daemon behind socket. It fails at once when
// nobody listens there.
func Dial(socket string) (*Client, error) {
	conn, err := net.DialTimeout("unix", socket, answerWithin)
	if err != nil {
		return nil, err
	}
	conn.Close()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: answerWithin}).DialContext(ctx, "unix", socket)
	}
	return &Client{socket: socket, http: http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}}, nil
}

// call sends one request and reads the document it answers with.
func (c *Client) call(ctx context.Context, method, path string, body, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	resp, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	return c.decode(resp, into)
}

func (c *Client) decode(resp *http.Response, into any) error {
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return c.silent(err)
	}
	return nil
}

// long sends one request that may take longer than a daemon has for an answer,
// to one that is known to give any: it hangs otherwise, and nobody knows for
// how long to wait.
func (c *Client) long(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	if _, err := c.Status(ctx); err != nil {
		return nil, err
	}
	return c.post(ctx, method, path, body)
}

// send sends one request; the answer is a success.
func (c *Client) send(ctx context.Context, method, path string, body any) (*http.Response, error) {
	text, err := encoded(body)
	if err != nil {
		return nil, err
	}
	return c.post(ctx, method, path, text)
}

// encoded is a body as JSON; nil: none.
func encoded(body any) (io.Reader, error) {
	var text bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return nil, fmt.Errorf("asking the daemon: %w", err)
		}
	}
	return &text, nil
}

// post sends one request with a body as it is; the answer is a success.
func (c *Client) post(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://nightbell"+path, body)
	if err != nil {
		return nil, fmt.Errorf("asking the daemon: %w", err)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, c.silent(err)
	}
	if resp.StatusCode < 300 {
		return resp, nil
	}
	defer resp.Body.Close()
	var doc ErrorDoc
	if err := json.NewDecoder(io.LimitReader(resp.Body, errorMost)).Decode(&doc); err != nil {
		return nil, fmt.Errorf("the daemon at %s answered %s", c.socket, resp.Status)
	}
	return nil, &Problem{doc.Error.Code, errors.New(doc.Error.Message)}
}

func (c *Client) silent(err error) error {
	if errors.Is(err, context.DeadlineExceeded) {
		return Unavailable("the daemon at %s did not answer within %s; it may hang: see its log, or restart it", c.socket, answerWithin)
	}
	return fmt.Errorf("asking the daemon at %s: %w", c.socket, err)
}

// Status asks for the daemon's status.
func (c *Client) Status(ctx context.Context) (StatusDoc, error) {
	var doc StatusDoc
	return doc, c.call(ctx, http.MethodGet, "/api/v1/status", nil, &doc)
}

// Plan asks for a plan.
func (c *Client) Plan(ctx context.Context, q PlanQuery) (PlanDoc, error) {
	v := url.Values{}
	if !q.Now.IsZero() {
		v.Set("now", q.Now.Format(time.RFC3339))
	}
	if q.Hours > 0 {
		v.Set("hours", strconv.FormatFloat(q.Hours, 'f', -1, 64))
	}
	if q.Explain {
		v.Set("explain", "true")
	}
	var doc PlanDoc
	return doc, c.call(ctx, http.MethodGet, "/api/v1/plan?"+v.Encode(), nil, &doc)
}

// Sessions asks for the log.
func (c *Client) Sessions(ctx context.Context, q SessionsQuery) (SessionsDoc, error) {
	v := url.Values{}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.Deleted {
		v.Set("deleted", "true")
	}
	var doc SessionsDoc
	return doc, c.call(ctx, http.MethodGet, "/api/v1/sessions?"+v.Encode(), nil, &doc)
}

// Report asks for the report.
func (c *Client) Report(ctx context.Context, q ReportQuery) (ReportDoc, error) {
	v := url.Values{}
	if !q.From.IsZero() {
		v.Set("from", q.From.String())
	}
	if !q.To.IsZero() {
		v.Set("to", q.To.String())
	}
	var doc ReportDoc
	return doc, c.call(ctx, http.MethodGet, "/api/v1/report?"+v.Encode(), nil, &doc)
}

// Do asks for a change.
func (c *Client) Do(ctx context.Context, q Request) (Reply, error) {
	path := "/api/v1/" + string(q.What)
	switch q.What {
	case Log:
		path = "/api/v1/sessions"
	case Start, Done, Snooze, Skip:
		id := q.Reminder
		if id == "" {
			id = OpenReminder
		}
		path = "/api/v1/reminders/" + url.PathEscape(id) + "/" + string(q.What)
	}
	var reply Reply
	session := "/api/v1/sessions/" + strconv.FormatInt(q.ID, 10)
	switch q.What {
	case Edit:
		return reply, c.call(ctx, http.MethodPatch, session, q.Edit, &reply)
	case Delete:
		return reply, c.call(ctx, http.MethodDelete, session, nil, &reply)
	}
	return reply, c.call(ctx, http.MethodPost, path, q, &reply)
}

// Test asks for a test push and passes each line of what happens on.
func (c *Client) Test(ctx context.Context, q TestQuery, say func(string)) error {
	body, err := encoded(q)
	if err != nil {
		return err
	}
	resp, err := c.long(ctx, http.MethodPost, "/api/v1/test", body)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		if text, failed := strings.CutPrefix(lines.Text(), testFailed); failed {
			return errors.New(text)
		}
		say(lines.Text())
	}
	return lines.Err()
}

// Backup asks for a consistent copy of the journal.
func (c *Client) Backup(ctx context.Context, w io.Writer) error {
	resp, err := c.long(ctx, http.MethodGet, "/api/v1/backup", nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("copying the journal from the daemon: %w", err)
	}
	return nil
}
