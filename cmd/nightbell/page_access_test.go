package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func narrow(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T12:25:00", "routine: {power_pump: {at: \"20:00\"}}", morning...)
	site := r.page()
	for name, d := range map[string]device{
		"320": {width: 320, height: 568, scale: 2, zone: newYork, language: "en"},
		// A browser's zoom leaves half the pixels of the style sheet.
		"zoom-200":    {width: 195, height: 422, scale: 4, zone: newYork, language: "en"},
		"german":      {width: 390, height: 844, scale: 2, zone: newYork, language: "de-DE"},
		"german-320":  {width: 320, height: 568, scale: 2, zone: newYork, language: "de"},
		"desktop":     {width: 1280, height: 800, scale: 1, zone: newYork, language: "en"},
		"dark-by-day": {width: 390, height: 844, scale: 2, zone: newYork, language: "en", dark: true},
	} {
		p := b.tab(t, site, d)
		for _, path := range []string{"/", "/log", "/history", "/report"} {
			p.open(path)
			if wide := value[float64](p, `document.documentElement.scrollWidth - innerWidth`); wide > 0 {
				t.Errorf("%s at %s is %.0f px wider than the screen", path, name, wide)
			}
			if path != "/" {
				continue
			}
			p.says(".big", "12:").shot(name).whole(name + "-whole")
			if small := value[[]string](p, `[...document.querySelectorAll("button, nav a, summary")].filter(e => e.checkVisibility() && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 24)).map(e => e.textContent.trim())`); len(small) > 0 {
				t.Errorf("at %s too small for a thumb: %q; want 44 px", name, small)
			}
		}
	}
}

// unfold opens whatever is folded.
const unfold = `(document.querySelectorAll("details").forEach(e => { e.open = true }), true)`

// accessible runs axe-core over every page. The file comes from npm, and CI
// fetches it; NIGHTBELL_AXE names it.
func accessible(t *testing.T, b *browser) {
	path := os.Getenv("NIGHTBELL_AXE")
	if path == "" {
		const how = "NIGHTBELL_AXE names no axe.min.js, so the page was not held against axe-core; npm pack axe-core has it"
		if os.Getenv("CI") == "true" {
			t.Fatal(how)
		}
		t.Skip(how)
	}
	axe, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for look, wall := range map[string]string{"day": "2027-06-10T12:25:00", "night": "2027-06-11T03:05:00"} {
		h, r := household(t, wall, "routine: {power_pump: {at: \"12:20\"}}", append([]string{"2027-06-10T23:00:00-04:00"}, morning...)[map[string]int{"day": 1, "night": 0}[look]:]...)
		site := r.page()
		p := b.tab(t, site, phoneOf(newYork))
		check := func(name string) {
			t.Helper()
			found := value[string](p, string(axe)+`; axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map(n => n.html + " " + (n.any[0] || {message: ""}).message).slice(0, 3)}))))`)
			var faults []struct {
				ID, Impact, Help string
				Nodes            []string
			}
			if err := json.Unmarshal([]byte(found), &faults); err != nil {
				t.Fatal(err)
			}
			for _, f := range faults {
				t.Errorf("%s by %s: %s (%s): %s\n%s", name, look, f.ID, f.Impact, f.Help, strings.Join(f.Nodes, "\n"))
			}
		}
		p.open("/").says("#later, .later", "")
		check("the page")
		p.tap("#start").says("#coach, #now", "")
		p.truth("the started session", `document.querySelector("#undo") !== null`)
		p.truth("what is folded", unfold)
		check("a started session")
		for _, path := range []string{"/log", "/history", "/report", "/?lang=de", "/session?id=" + fmt.Sprint(h.sessions()[0].ID)} {
			p.open(path).truth("what is folded", unfold)
			check(path)
		}
	}
}

func keyboard(t *testing.T, b *browser) {
	_, r := household(t, "2027-06-10T12:25:00", "", morning...)
	p := b.tab(t, r.page(), phoneOf(newYork)).open("/").says(".big", "12:20")
	p.run("tabbing to the link to the answers", chromedp.KeyEvent("\t"), chromedp.KeyEvent("\r"))
	p.truth("the answers", `location.hash === "#thumb"`)
	for range 4 { // undo of the log, later, 30 min, not this one
		p.run("tabbing on", chromedp.KeyEvent("\t"))
		if value[string](p, `document.activeElement.id`) == "snooze" {
			break
		}
	}
	if got := value[string](p, `document.activeElement.id`); got != "snooze" {
		t.Fatalf("tabbing from the answers leads to %q; want snooze", got)
	}
	p.run("answering with the keyboard", chromedp.KeyEvent("\r"))
	p.says("#bar", "Quiet until")
	if got := value[string](p, `document.activeElement.id`); got != "snooze" {
		t.Errorf("after an answer the focus is on %q; want where it was", got)
	}
}
