package main

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// weeks logs four weeks the way somebody lives them, and a note.
func weeks(h *home, last time.Time) {
	h.t.Helper()
	for day := 27; day >= 0; day-- {
		for i, hour := range []float64{7, 9.6, 12.3, 15, 17.5, 20, 23, 27} {
			if day == 11 || (day*7+i*5)%9 == 0 || day == 0 && i > 2 {
				continue
			}
			at := last.AddDate(0, 0, -day).Add(time.Duration(hour*60+float64((day*13+i*29)%50-25)) * time.Minute)
			args := []string{"log", "--at", at.Format(time.RFC3339), "--minutes", fmt.Sprint(12 + (day+i)%11)}
			if day < 9 && i%2 == 0 {
				args = append(args, "--ml", fmt.Sprint(10+(day*i)%35))
			}
			if day == 3 && i == 4 {
				args = append(args, "--note", "In the car, hand pump.", "--kind", "hand")
			}
			h.must(args...)
		}
	}
}

func reportPage(t *testing.T, b *browser) {
	h, r := household(t, "2027-06-10T13:10:00", "")
	day, err := time.Parse(time.RFC3339, "2027-06-10T00:00:00-04:00")
	if err != nil {
		t.Fatal(err)
	}
	site := r.page()
	weeks(h, day)
	p := b.tab(t, site, device{width: 900, height: 1200, scale: 1, zone: newYork, language: "en"}).open("/report?notes=1")
	p.says("h1", "Pumping log").says(".lead", "Fri 14 May 2027 to Thu 10 Jun 2027").says(".notes", "In the car").says(".foot", "When to get help").whole("report")
	p.open("/history").says("figcaption", "28 days").whole("history-wide")
	phone := b.tab(t, site, phoneOf(newYork)).open("/history")
	phone.says(".figures", "a day").whole("history")
	phone.tap("#milestones summary").says("#milestones", "Everyone differs")
	phone.open("/").whole("day-whole")
	file := filepath.Join(h.dir, "report.html")
	h.must("report", "--from", "2027-06-01", "--to", "2027-06-10", "--out", file, "--lang", "de")
	p.run("opening the file", chromedp.Navigate("file://"+file))
	p.says("h1", "Pump-Protokoll").says(".lead", "Di 1. Juni 2027 bis Do 10. Juni 2027").gone(".notes").whole("report-german")
	p.print("report-a4", chromedp.PaperA4).print("report-letter", chromedp.PaperLetter)
}
