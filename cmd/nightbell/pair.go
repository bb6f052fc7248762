package main

import (
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"nightbell/daemon/web"
)

// pairCommand pairs browsers with the page.
type pairCommand struct {
	New    pairNewCommand    `cmd:"" default:"withargs" help:"Print a link and a QR code that pair one browser, once, within ten minutes."`
	List   pairListCommand   `cmd:"" help:"List the browsers that are paired."`
	Revoke pairRevokeCommand `cmd:"" help:"Let a browser in no more."`
}

type pairNewCommand struct {
	URL  string `name:"url" placeholder:"URL" help:"What the link begins with, such as http://192.168.1.5:8787. Else public_url, or the address that is listened on."`
	JSON bool   `name:"json" help:"Print one JSON document."`
}

// Run prints the link.
func (p *pairNewCommand) Run(c *call) error {
	d, end, err := c.desk(changes)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.Pair(c.ctx, web.PairQuery{URL: p.URL})
	if err != nil {
		return err
	}
	if p.JSON {
		return printJSON(c.out, doc)
	}
	printQR(c.out, doc.QR, c.colour())
	fmt.Fprintf(c.out, "\n%s\n\nOpen this on the phone, or scan it, until %s. It pairs one browser, once.\n", doc.Link, doc.Until.Format("15:04"))
	if u, err := url.Parse(doc.Link); err == nil && loopback(u.Hostname()) {
		fmt.Fprintln(c.out, "Only this machine reaches that address. For a phone, set public_url or listen in the configuration first.")
	}
	return nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// margin is the light frame that readers of a QR code need: 4 modules
// (ISO/IEC 18004, 6.3.8).
const margin = 4

// printQR prints a QR code, two rows of it to a line. With colour it brings
// its own light ground; without, a light terminal shows it in negative, which
// phones read as well.
func printQR(w io.Writer, rows []string, colour bool) {
	dark := func(x, y int) bool {
		return y >= 0 && y < len(rows) && x >= 0 && x < len(rows[y]) && rows[y][x] == '1'
	}
	blocks := map[[2]bool]string{{false, false}: "█", {false, true}: "▀", {true, false}: "▄", {true, true}: " "}
	begin, end := "", ""
	if colour {
		begin, end = "\x1b[97;40m", "\x1b[0m" // light modules in white on black, whatever the terminal's own
	}
	for y := -margin; y < len(rows)+margin; y += 2 {
		var line strings.Builder
		for x := -margin; x < len(rows)+margin; x++ {
			line.WriteString(blocks[[2]bool{dark(x, y), dark(x, y+1)}])
		}
		fmt.Fprintln(w, begin+line.String()+end)
	}
}

type pairListCommand struct {
	JSON bool `name:"json" help:"Print one JSON document."`
}

// Run lists the browsers.
func (p *pairListCommand) Run(c *call) error {
	return c.listLogins(p.JSON, func(l web.LoginDoc) bool { return l.Kind == web.BrowserLogin },
		"no browser is paired; pair one with: nightbell pair")
}

type pairRevokeCommand struct {
	ID int64 `arg:"" help:"The number of the browser, as pair list shows it."`
}

// Run revokes it.
func (p *pairRevokeCommand) Run(c *call) error {
	return c.revoke(func(l web.LoginDoc) bool { return l.Kind == web.BrowserLogin && l.ID == p.ID },
		fmt.Sprintf("no paired browser has the number %d; see: nightbell pair list", p.ID))
}

// tokenCommand makes and revokes what programs come in with.
type tokenCommand struct {
	Create tokenCreateCommand `cmd:"" help:"Make a token for a program, or a key for a calendar. It is shown this once."`
	List   tokenListCommand   `cmd:"" help:"List the tokens and when each was last used."`
	Revoke tokenRevokeCommand `cmd:"" help:"Let a token in no more."`
}

type tokenCreateCommand struct {
	Name     string `arg:"" help:"What is going to use it, such as grafana."`
	Calendar bool   `help:"The key of a calendar's address; it opens nothing else."`
	JSON     bool   `name:"json" help:"Print one JSON document."`
}

// Run makes it.
func (t *tokenCreateCommand) Run(c *call) error {
	q := web.TokenQuery{Name: t.Name}
	if t.Calendar {
		q.Kind = web.CalendarLogin
	}
	if err := q.Check(); err != nil {
		return err
	}
	d, end, err := c.desk(changes)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.AddToken(c.ctx, q)
	if err != nil {
		return err
	}
	switch {
	case t.JSON:
		return printJSON(c.out, doc)
	case doc.Link != "":
		fmt.Fprintf(c.out, "%s\n\nSubscribe to this address; it is shown this once.\n", doc.Link)
	case t.Calendar:
		fmt.Fprintf(c.out, "%s\n\nThe key for /api/v1/calendar.ics?key=...; it is shown this once.\n", doc.Secret)
	default:
		fmt.Fprintf(c.out, "%s\n\nSend it as \"Authorization: Bearer ...\"; it is shown this once.\n", doc.Secret)
	}
	return nil
}

type tokenListCommand struct {
	JSON bool `name:"json" help:"Print one JSON document."`
}

// Run lists the tokens.
func (t *tokenListCommand) Run(c *call) error {
	return c.listLogins(t.JSON, func(l web.LoginDoc) bool { return l.Kind != web.BrowserLogin },
		"no tokens; make one with: nightbell token create NAME")
}

type tokenRevokeCommand struct {
	Name string `arg:"" help:"The name of the token, as token list shows it."`
}

// Run revokes it.
func (t *tokenRevokeCommand) Run(c *call) error {
	return c.revoke(func(l web.LoginDoc) bool { return l.Kind != web.BrowserLogin && l.Name == t.Name },
		fmt.Sprintf("no token is called %q; see: nightbell token list", t.Name))
}

// listLogins prints those logins that are wanted, or that there are none.
func (c *call) listLogins(asJSON bool, wanted func(web.LoginDoc) bool, none string) error {
	d, end, err := c.desk(reads)
	if err != nil {
		return err
	}
	defer end()
	all, err := d.Logins(c.ctx)
	if err != nil {
		return err
	}
	shown := web.LoginsDoc{Logins: []web.LoginDoc{}}
	rows := [][]string{{"id", "name", "kind", "since", "last used"}}
	for _, l := range all.Logins {
		if !wanted(l) {
			continue
		}
		shown.Logins = append(shown.Logins, l)
		used := "never"
		if !l.Used.IsZero() {
			used = l.Used.Format("2006-01-02 15:04")
		}
		rows = append(rows, []string{strconv.FormatInt(l.ID, 10), oneLine(l.Name), l.Kind, l.Created.Format("2006-01-02 15:04"), used})
	}
	switch {
	case asJSON:
		return printJSON(c.out, shown)
	case len(shown.Logins) == 0:
		fmt.Fprintln(c.out, none)
	default:
		printTable(c.out, rows)
	}
	return nil
}

// revoke ends the one login that is meant.
func (c *call) revoke(meant func(web.LoginDoc) bool, none string) error {
	d, end, err := c.desk(changes)
	if err != nil {
		return err
	}
	defer end()
	all, err := d.Logins(c.ctx)
	if err != nil {
		return err
	}
	for _, l := range all.Logins {
		if !meant(l) {
			continue
		}
		reply, err := d.Revoke(c.ctx, l.ID)
		if err == nil {
			fmt.Fprintln(c.out, reply.Text)
		}
		return err
	}
	return web.NotFound("%s", none)
}
