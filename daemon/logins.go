package daemon

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

const (
	// pairLife is how long a pairing link opens: time to find the phone, and
	// too short to be found later in a terminal that was left open.
	pairLife = 10 * time.Minute
	// pairsMost is how many links may wait at once; a further one takes the
	// place of the oldest.
	pairsMost = 8
	// usedWithin is how exactly the last use of a login is kept. Each time it
	// is written costs an fsync, and nobody asks for minutes.
	usedWithin = time.Hour
)

// logins is who may come in over TCP. Of every secret only the hash is kept. A
// plain SHA-256 will do: the secrets are 256 random bits, so that there is
// nothing to guess that a slower hash would protect.
type logins struct {
	journal *journal.Journal
	log     *slog.Logger

	mu    sync.Mutex
	read  bool
	known []journal.Login
	pairs []pairing // in memory alone: a restart ends them
}

// pairing is a link that waits for its browser.
type pairing struct {
	hash  string
	until time.Time
}

func hashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// random is so many random bytes in base64url.
func random(bytes int) string {
	b := make([]byte, bytes)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// newSecret is what a login proves itself with: 256 random bits. What begins
// it lets people and scanners recognise one that was left lying around.
func newSecret() string { return "nb_" + random(32) }

// list is every login. The caller has the lock.
func (l *logins) list(ctx context.Context) ([]journal.Login, error) {
	if !l.read {
		known, err := l.journal.Logins(ctx)
		if err != nil {
			return nil, err
		}
		l.known, l.read = known, true
	}
	return l.known, nil
}

// find is the login of a secret. It looks at every one, whether or not one was
// found, so that the time it takes says nothing.
func (l *logins) find(ctx context.Context, kind, secret string, now time.Time) (id int64, known bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := l.list(ctx)
	if err != nil {
		return 0, false, err
	}
	hash, at := hashOf(secret), -1
	for i, e := range all {
		if subtle.ConstantTimeCompare([]byte(e.Hash), []byte(hash)) == 1 && e.Kind == kind {
			at = i
		}
	}
	if at < 0 {
		return 0, false, nil
	}
	if e := &all[at]; now.Sub(e.Used) >= usedWithin {
		e.Used = now
		if err := l.journal.UseLogin(ctx, e.ID, now); err != nil {
			l.log.Warn("noting the use of a login", keyErr, err)
		}
	}
	return all[at].ID, true, nil
}

// add makes a login and returns it with its secret.
func (l *logins) add(ctx context.Context, kind, name string, now time.Time) (journal.Login, string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	secret := newSecret()
	e := journal.Login{Kind: kind, Name: name, Hash: hashOf(secret), Created: now}
	all, err := l.list(ctx)
	if err != nil {
		return e, "", err
	}
	if kind != web.BrowserLogin && slices.ContainsFunc(all, func(other journal.Login) bool {
		return other.Kind != web.BrowserLogin && other.Name == name
	}) {
		return e, "", web.Conflict("there is a token %q already; choose another name, or revoke it first: nightbell token revoke %s", name, name)
	}
	if e.ID, err = l.journal.AddLogin(ctx, e); err != nil {
		return e, "", err
	}
	l.known = append(l.known, e)
	return e, secret, nil
}

func (l *logins) remove(ctx context.Context, id int64) (journal.Login, bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	all, err := l.list(ctx)
	if err != nil {
		return journal.Login{}, false, err
	}
	i := slices.IndexFunc(all, func(e journal.Login) bool { return e.ID == id })
	if i < 0 {
		return journal.Login{}, false, nil
	}
	gone := all[i]
	if _, err := l.journal.RemoveLogin(ctx, id); err != nil {
		return gone, false, err
	}
	l.known = slices.Delete(l.known, i, i+1)
	return gone, true, nil
}

// offer makes the code of a pairing link: 128 random bits, which keep the QR
// code small and outlast any guessing in ten minutes.
func (l *logins) offer(until, now time.Time) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	if len(l.pairs) >= pairsMost {
		l.pairs = l.pairs[1:]
	}
	code := random(16)
	l.pairs = append(l.pairs, pairing{hashOf(code), until})
	return code
}

func (l *logins) expire(now time.Time) {
	l.pairs = slices.DeleteFunc(l.pairs, func(p pairing) bool { return !now.Before(p.until) })
}

// pairs tells whether a code opens, and with taking uses it up.
func (l *logins) opens(code string, now time.Time, taking bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire(now)
	hash, at := hashOf(code), -1
	for i, p := range l.pairs {
		if subtle.ConstantTimeCompare([]byte(p.hash), []byte(hash)) == 1 {
			at = i
		}
	}
	if at >= 0 && taking {
		l.pairs = slices.Delete(l.pairs, at, at+1)
	}
	return at >= 0
}

// Logins lists who may come in over TCP.
func (c *core) Logins(ctx context.Context) (web.LoginsDoc, error) {
	c.logins.mu.Lock()
	defer c.logins.mu.Unlock()
	all, err := c.logins.list(ctx)
	doc := web.LoginsDoc{Logins: []web.LoginDoc{}}
	for _, e := range all {
		doc.Logins = append(doc.Logins, web.LoginDoc{
			ID: e.ID, Kind: e.Kind, Name: e.Name, Created: web.In(c.zone(), e.Created), Used: web.In(c.zone(), e.Used),
		})
	}
	return doc, err
}

// AddToken makes a token for a program, or a calendar's key.
func (c *core) AddToken(ctx context.Context, q web.TokenQuery) (web.TokenDoc, error) {
	if q.Kind == "" {
		q.Kind = web.TokenLogin
	}
	e, secret, err := c.logins.add(ctx, q.Kind, q.Name, c.now())
	if err != nil {
		return web.TokenDoc{}, err
	}
	doc := web.TokenDoc{ID: e.ID, Name: e.Name, Secret: secret}
	if base := c.base(); q.Kind == web.CalendarLogin && base != "" {
		doc.Link = base + "/api/v1/calendar.ics?key=" + url.QueryEscape(secret)
	}
	return doc, nil
}

// Revoke ends a login; whoever has its secret is let in no more.
func (c *core) Revoke(ctx context.Context, id int64) (web.Reply, error) {
	gone, found, err := c.logins.remove(ctx, id)
	if err != nil {
		return web.Reply{}, err
	}
	if !found {
		return web.Reply{}, web.NotFound("no login %d; see: nightbell token list, nightbell pair list", id)
	}
	return web.Reply{Text: fmt.Sprintf("%s is let in no more.", gone.Name)}, nil
}

// Pair makes a link that pairs one browser, once.
func (d *Daemon) Pair(_ context.Context, q web.PairQuery) (web.PairDoc, error) {
	base := strings.TrimRight(q.URL, "/")
	if base == "" {
		base = d.base()
	}
	if base == "" {
		return web.PairDoc{}, web.Conflict("no address leads to the page from a browser; set public_url in %s, or name the address with --url", d.view.Load().config.Path)
	}
	if err := d.Entrance().Check(base); err != nil {
		return web.PairDoc{}, err
	}
	now := d.now()
	until := now.Add(d.view.Load().state.meanwhile(pairLife))
	doc := web.PairDoc{Link: base + "/pair/" + d.logins.offer(until, now), Until: web.In(d.zone(), until)}
	var err error
	doc.QR, err = web.QR(doc.Link)
	return doc, err
}

// Pair says that a link would lead nowhere.
func (d *Direct) Pair(context.Context, web.PairQuery) (web.PairDoc, error) {
	return web.PairDoc{}, web.Unavailable("no daemon is running, so a link would open nothing; start it with: nightbell service start, or nightbell run")
}

// Known tells whether a secret is that of a login of this kind, and whose.
func (d *Daemon) Known(ctx context.Context, kind, secret string) (int64, bool, error) {
	id, known, err := d.logins.find(ctx, kind, secret, d.now())
	if err != nil {
		return 0, false, web.Unavailable("looking for a login: %w", err)
	}
	return id, known, nil
}

// Pairs tells whether a pairing link opens still.
func (d *Daemon) Pairs(code string) error {
	if !d.logins.opens(code, d.now(), false) {
		return errPairing()
	}
	return nil
}

func errPairing() error {
	return web.WrongKey("this link was used already, or has had its time; make a new one with: nightbell pair")
}

// Redeem takes a pairing link, for good, and makes the login of a browser.
func (d *Daemon) Redeem(ctx context.Context, code, browser string) (string, error) {
	if !d.logins.opens(code, d.now(), true) {
		return "", errPairing()
	}
	_, secret, err := d.logins.add(ctx, web.BrowserLogin, browser, d.now())
	if err != nil {
		return "", web.Unavailable("pairing could not be written down: %w", err)
	}
	d.log.Info("a browser was paired", "browser", browser)
	return secret, nil
}
