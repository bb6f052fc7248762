package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// statusCommand shows where things stand.
type statusCommand struct {
	JSON bool `name:"json" help:"Print one JSON document."`
}

// Run prints the status; exit 1 if something needs a person.
func (s *statusCommand) Run(c *call) error {
	d, end, err := c.desk(reads)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.Status(c.ctx)
	if err != nil {
		return err
	}
	if s.JSON {
		err = printJSON(c.out, doc)
	} else {
		err = printStatus(c, doc)
	}
	if err == nil && len(doc.NeedsPerson) > 0 {
		return errSaid
	}
	return err
}

func printStatus(c *call, doc web.StatusDoc) error {
	z, err := zone(doc)
	if err != nil {
		return err
	}
	now := doc.Now.Time
	at := func(t web.Instant) string { return dayAndTime(t.Time, now, z) }
	rows := [][]string{{"now", now.In(z).Format("Mon 15:04") + ", " + doc.Timezone}}
	if words := zoneWords(doc); words != "" {
		rows = append(rows, []string{"zone", words})
	}
	if doc.TimeLapse != nil {
		rows = append(rows, []string{"clock", lapseWords(*doc.TimeLapse)})
	}
	if doc.Starting != nil {
		rows = append(rows, []string{"starting", *doc.Starting})
	}
	last := "none in the last day"
	if !doc.Last.IsZero() {
		last = fmt.Sprintf("%s, %s ago", at(doc.Last), between(doc.Last.Time, now))
	}
	rows = append(rows, []string{"last", last}, []string{"next", nextWords(doc, now, z)})
	quiet := doc.State == "resting" || !doc.PausedUntil.IsZero()
	if !doc.Limit.IsZero() && !quiet {
		rows = append(rows, []string{"best by", at(doc.Limit)})
	}
	rows = append(rows, []string{"today", fmt.Sprintf("%d of %d", doc.Day.Done, doc.Day.Target)})
	if !doc.Pain.IsZero() {
		rows = append(rows, []string{"pain", "since " + at(doc.Pain) + "; each reminder comes once and quietly until: nightbell pain clear"})
	}
	for _, stretch := range quietWords(doc.PausedUntil, doc.Pauses, now, z) {
		rows = append(rows, []string{"quiet", stretch})
	}
	if r := doc.Reminder; r != nil {
		rows = append(rows, reminderRows(r, now, z)...)
	}
	for _, ch := range doc.Channels {
		rows = append(rows, []string{"channel", ch.Name + ": " + channelWords(ch, doc.NeedsPerson, now, z)})
	}
	if p := doc.Partner; p != nil {
		rows = append(rows, []string{"partner", fmt.Sprintf("told of an alarm that nobody answers for %s, on %s", stretch(time.Duration(p.After)*time.Second), strings.Join(p.Channels, ", "))})
	}
	if h := doc.Heartbeat; h != nil {
		rows = append(rows, []string{"heartbeat", heartbeatWords(h, now, z)})
	}
	rows = append(rows, []string{"data", doc.Data})
	printTable(c.out, rows)
	for i, need := range doc.NeedsPerson {
		if i == 0 {
			fmt.Fprintln(c.out, "\nNeeds a person:")
		}
		printFolded(c.out, "- ", need)
	}
	return nil
}

// quietWords are the pauses as people read them: the one that lasts, and each
// that has not begun.
func quietWords(until web.Instant, pauses []web.PauseDoc, now time.Time, z *time.Location) []string {
	var words []string
	if !until.IsZero() {
		words = append(words, "until "+dayAndTime(until.Time, now, z))
	}
	for _, p := range pauses {
		if p.From.After(now) && p.From.After(until.Time) {
			words = append(words, dayAndTime(p.From.Time, now, z)+" to "+dayAndTime(p.To.Time, now, z))
		}
	}
	return words
}

func nextWords(doc web.StatusDoc, now time.Time, z *time.Location) string {
	switch {
	case doc.State == "resting":
		return "resting, until a session or: nightbell resume"
	case doc.Next == nil:
		return "nothing planned"
	case !doc.Next.At.After(now):
		return "due since " + dayAndTime(doc.Next.At.Time, now, z) + " (" + kindWord(*doc.Next) + ")"
	}
	return fmt.Sprintf("%s, in %s (%s)", dayAndTime(doc.Next.At.Time, now, z), between(now, doc.Next.At.Time), kindWord(*doc.Next))
}

func reminderRows(r *web.ReminderDoc, now time.Time, z *time.Location) [][]string {
	text := r.Kind + ", due " + dayAndTime(r.Due.Time, now, z)
	if r.SnoozedUntil.After(now) {
		text += ", quiet until " + dayAndTime(r.SnoozedUntil.Time, now, z)
	}
	rows := [][]string{{"reminder", text}}
	for _, p := range r.Pushes {
		text := fmt.Sprintf("%s on %s, level %s, %s", p.Outcome, p.Channel, p.Level, dayAndTime(p.At.Time, now, z))
		if p.Tries > 1 {
			text += fmt.Sprintf(", after %d tries", p.Tries)
		}
		rows = append(rows, []string{"", text})
	}
	return rows
}

func heartbeatWords(h *web.HeartbeatDoc, now time.Time, z *time.Location) string {
	text := "not heard"
	if h.OK {
		text = "ok"
	}
	if !h.Last.IsZero() {
		text += "; last " + dayAndTime(h.Last.Time, now, z)
	}
	for _, p := range h.Problems {
		text += "; " + p
	}
	return text
}

// told tells whether one of the lines that need a person gives the cause of a
// channel's failure, which stands behind what was being done: "sending: ...".
func told(needs []string, failure string) bool {
	_, cause, ok := strings.Cut(failure, ": ")
	return ok && slices.ContainsFunc(needs, func(need string) bool { return strings.Contains(need, cause) })
}

func channelWords(ch web.ChannelDoc, needs []string, now time.Time, z *time.Location) string {
	var parts []string
	switch {
	case !ch.OK:
		parts = append(parts, "not working")
	case ch.LastSuccess.IsZero() && ch.LastError == nil:
		parts = append(parts, "not tried yet")
	default:
		parts = append(parts, "ok")
	}
	if !ch.LastSuccess.IsZero() {
		parts = append(parts, "last push "+dayAndTime(ch.LastSuccess.Time, now, z))
	}
	if ch.Queued > 0 {
		parts = append(parts, fmt.Sprintf("%d waiting", ch.Queued))
	}
	if ch.LastError != nil {
		text := strings.TrimPrefix(*ch.LastError, "channel "+ch.Name+": ")
		if told(needs, text) {
			text = "see below"
		}
		parts = append(parts, text)
	}
	if n := ch.RepliesIgnored; n != nil && n.Forged > 0 {
		parts = append(parts, fmt.Sprintf("%d without a true key ignored", n.Forged))
	}
	if ch.Partner {
		parts = append(parts, "the partner's")
	}
	if len(ch.Answers) > 0 {
		parts = append(parts, "can be acknowledged: "+strings.Join(ch.Answers, ", "))
	}
	return strings.Join(parts, "; ")
}
