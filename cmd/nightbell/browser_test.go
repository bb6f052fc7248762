package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// browser is a real Chromium without a screen.
type browser struct {
	t   *testing.T
	ctx context.Context
}

// newBrowser starts Chromium. Where CI says so its absence is an error; on a
// machine of one's own the tests that need it are left out, and say so.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		const how = "Chromium is not installed, so the page was not tried in a browser; with Debian: apt-get install chromium"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()))
	for _, flag := range []string{"no-sandbox", "disable-gpu", "disable-quic", "disable-component-update", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	all, endAll := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, end := chromedp.NewContext(all)
	t.Cleanup(func() {
		end()
		endAll()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return &browser{t, ctx}
}

// tab is one tab, the size of a phone unless it says otherwise.
type tab struct {
	t   *testing.T
	ctx context.Context
	at  string // the site's address
}

// device is how a tab is to look.
type device struct {
	width, height int64
	scale         float64
	zone          string
	language      string
	dark          bool
	noScript      bool
}

func phoneOf(zone string) device {
	return device{width: 390, height: 844, scale: 2, zone: zone, language: "en"}
}

// tab opens a tab with storage of its own.
func (b *browser) tab(t *testing.T, site string, d device) *tab {
	t.Helper()
	ctx, end := chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
	t.Cleanup(end)
	return prepared(t, ctx, site, d)
}

func prepared(t *testing.T, ctx context.Context, site string, d device) *tab {
	t.Helper()
	one := &tab{t, ctx, site}
	scheme := "light"
	if d.dark {
		scheme = "dark"
	}
	one.run("opening a tab")
	command(one, network.Enable, network.EnableParams{})
	command(one, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: d.width, Height: d.height, DeviceScaleFactor: d.scale, Mobile: true})
	command(one, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: d.zone})
	command(one, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	command(one, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": d.language}})
	command(one, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: d.noScript})
	return one
}

// tabWithin bounds whatever is asked of a tab: far more than anything takes.
const tabWithin = time.Minute

func (b *tab) run(what string, actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, tabWithin)
	defer end()
	if what == "opening a tab" {
		ctx = b.ctx // what bounds this would bound the whole tab
	}
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%s: %v; the page says:\n%s", what, err, b.text())
	}
}

// text is what the page says, for whoever reads why a test is red.
func (b *tab) text() string {
	ctx, end := context.WithTimeout(b.ctx, 2*time.Second)
	defer end()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// command sends one command of the browser's protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, tabWithin)
	defer end()
	if _, err := chromedp.Call(ctx, c, params); err != nil {
		b.t.Fatalf("%s: %v", c.Method, err)
	}
}

// open goes to a path of the site.
func (b *tab) open(path string) *tab {
	b.t.Helper()
	b.run("opening "+path, chromedp.Navigate(b.at+path))
	return b
}

// tap presses what a selector finds; whatever follows is awaited by awaiting
// what it shows.
func (b *tab) tap(selector string) *tab {
	b.t.Helper()
	b.truth(selector+" to be there", fmt.Sprintf(`(e => e && (e.scrollIntoView({block: "center"}), true))(document.querySelector(%q))`, selector))
	b.run("tapping "+selector, chromedp.Click(chromedp.CSS(selector)))
	return b
}

// fill puts a value into a field.
func (b *tab) fill(selector, value string) *tab {
	b.t.Helper()
	return b.truth(selector+" to be filled", fmt.Sprintf(`(e => e && (e.value = %[2]q, e.value === %[2]q))(document.querySelector(%[1]q))`, selector, value))
}

// truth waits until an expression holds.
func (b *tab) truth(what, expression string) *tab {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, tabWithin)
	defer end()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		// A page that is just going away answers with an error.
		if holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && holds {
			return b
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			b.t.Fatalf("waited in vain for %s; the page says:\n%s", what, b.text())
		}
	}
}

// says waits until what a selector finds holds a text.
func (b *tab) says(selector, text string) *tab {
	b.t.Helper()
	return b.truth(fmt.Sprintf("%s to say %q", selector, text),
		fmt.Sprintf(`[...document.querySelectorAll(%q)].some(e => e.checkVisibility() && e.innerText.includes(%q))`, selector, text))
}

// gone waits until a selector finds nothing that can be seen.
func (b *tab) gone(selector string) *tab {
	b.t.Helper()
	return b.truth(selector+" to be gone", fmt.Sprintf(`![...document.querySelectorAll(%q)].some(e => e.checkVisibility())`, selector))
}

// value is what an expression gives.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	ctx, end := context.WithTimeout(b.ctx, tabWithin)
	defer end()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("asking %.60s: %v", expression, err)
	}
	return v
}

// shot keeps a picture of the tab, where NIGHTBELL_SCREENSHOTS names a folder
// for them: they are for people to look at.
func (b *tab) shot(name string) *tab {
	b.t.Helper()
	return b.truth("the top", `(scrollTo(0, 0), true)`).keep(name+".png", chromedp.CaptureScreenshot())
}

// whole is a shot of the whole length of the page.
func (b *tab) whole(name string) *tab {
	b.t.Helper()
	return b.keep(name+".png", chromedp.FullScreenshot(100))
}

// print keeps the page as paper has it.
func (b *tab) print(name string, size chromedp.PaperSize) *tab {
	b.t.Helper()
	return b.keep(name+".pdf", chromedp.PrintToPDF(chromedp.PDFPaper(size), chromedp.PDFMargin(0.6)))
}

func (b *tab) keep(file string, take chromedp.Action[[]byte]) *tab {
	b.t.Helper()
	folder := os.Getenv("NIGHTBELL_SCREENSHOTS")
	if folder == "" {
		return b
	}
	ctx, end := context.WithTimeout(b.ctx, tabWithin)
	defer end()
	picture, err := chromedp.Run(ctx, take)
	if err != nil {
		b.t.Fatalf("taking %s: %v", file, err)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, file), picture, 0o644); err != nil {
		b.t.Fatal(err)
	}
	return b
}

// line cuts or mends the tab's connection.
func (b *tab) line(up bool) *tab {
	b.t.Helper()
	command(b, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: !up, DownloadThroughput: -1, UploadThroughput: -1})
	command(b, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Offline: !up, DownloadThroughput: -1, UploadThroughput: -1},
	}})
	return b
}

// pageAddress finds where a running daemon serves its page.
var pageAddress = regexp.MustCompile(`page at (http://127\.0\.0\.1:\d+)`)

// page is the address of a running daemon's page.
func (r *running) page() string {
	r.h.t.Helper()
	r.await("its page", func() bool { return pageAddress.MatchString(r.log.String()) })
	r.ready()
	return pageAddress.FindStringSubmatch(r.log.String())[1]
}

// household is a machine whose daemon serves a page, at a wall-clock time.
func household(t *testing.T, wall, more string, sessions ...string) (*home, *running) {
	t.Helper()
	h := newHome(t, wall, strings.Join([]string{"timezone: America/New_York", "listen: 127.0.0.1:0", "channels: [{name: here, type: console}]", more}, "\n"))
	for _, at := range sessions {
		h.must(append([]string{"log", "--at"}, strings.Fields(at)...)...)
	}
	return h, h.start()
}

// text is what a file of the machine's holds.
func (h *home) text(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, name))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}
