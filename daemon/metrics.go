package daemon

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// WriteMetrics writes the daemon's metrics in Prometheus' text format, version
// 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats). They
// are made when somebody asks: a daemon whose metrics nobody reads pays
// nothing for them. The format is so small that it is written here: its
// library would make the program larger by a tenth. The tests read what is
// written with that library.
func (d *Daemon) WriteMetrics(w io.Writer) error {
	doc, err := d.Status(context.Background())
	if err != nil {
		return err
	}
	g := &gathered{doc: doc, view: d.view.Load(), now: d.now()}
	d.tally.mu.Lock()
	g.due, g.pushes = maps.Clone(d.tally.due), maps.Clone(d.tally.pushes)
	g.after, g.beyond, g.sum = slices.Clone(d.tally.after), d.tally.beyond, d.tally.sum
	d.tally.mu.Unlock()
	g.person()
	g.health()
	g.counted()
	text := bufio.NewWriter(w)
	for _, f := range g.families {
		fmt.Fprintf(text, "# HELP nightbell_%s %s\n# TYPE nightbell_%[1]s %[3]s\n", f.name, f.help, f.kind)
		for _, line := range f.lines {
			fmt.Fprintf(text, "nightbell_%s%s\n", f.name, line)
		}
	}
	if err := text.Flush(); err != nil {
		return fmt.Errorf("writing the metrics: %w", err)
	}
	return nil
}

// gathered is one moment of the daemon, and the metrics that are made of it.
type gathered struct {
	doc    web.StatusDoc
	view   *view
	now    time.Time
	due    map[string]uint64
	pushes map[pushOf]uint64
	after  []uint64
	beyond uint64
	sum    time.Duration

	families []family
}

// family is all of one metric. A line is what follows its name.
type family struct {
	name, help, kind string
	lines            []string
}

// add adds a line to the last family, or begins a new one.
func (g *gathered) add(kind, name, help, line string) {
	i := slices.IndexFunc(g.families, func(f family) bool { return f.name == name })
	if i < 0 {
		i = len(g.families)
		g.families = append(g.families, family{name: name, help: help, kind: kind})
	}
	g.families[i].lines = append(g.families[i].lines, line)
}

// gauge adds a value that goes up and down. The labels are names and values in
// turn.
func (g *gathered) gauge(name, help string, value float64, labels ...string) {
	g.add("gauge", name, help, labelled(labels)+" "+number(value))
}

// number is a value as the format has it: what any program reads as a float.
func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// labelled are labels in braces; "" without any.
func labelled(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	var pairs []string
	for i := 0; i+1 < len(labels); i += 2 {
		pairs = append(pairs, labels[i]+`="`+escape.Replace(labels[i+1])+`"`)
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// counted is what was counted since the daemon started.
func (g *gathered) counted() {
	for _, kind := range slices.Sorted(maps.Keys(g.due)) {
		g.add("counter", "reminders_due_total", "Reminders that came due since the daemon started.",
			labelled([]string{"kind", kind})+" "+strconv.FormatUint(g.due[kind], 10))
	}
	all := slices.SortedFunc(maps.Keys(g.pushes), func(a, b pushOf) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.channel, b.channel), cmp.Compare(a.outcome, b.outcome))
	})
	for _, of := range all {
		g.add("counter", "pushes_total", "Pushes since the daemon started, by what became of each try.",
			labelled([]string{"kind", of.kind, "channel", of.channel, "outcome", of.outcome})+" "+strconv.FormatUint(g.pushes[of], 10))
	}
	for _, ch := range g.doc.Channels {
		if n := ch.RepliesIgnored; n != nil {
			g.ignored(ch.Name, "forged", n.Forged)
			g.ignored(ch.Name, "expired", n.Expired)
			g.ignored(ch.Name, "repeated", n.Repeated)
		}
	}
	const name, help = "push_lateness_seconds", "From the instant a push was for until a service accepted it."
	count := uint64(0)
	for i, bound := range latenessBounds() {
		if i < len(g.after) {
			count += g.after[i]
		}
		g.add("histogram", name, help, fmt.Sprintf("_bucket{le=%q} %d", number(bound.Seconds()), count))
	}
	count += g.beyond
	g.add("histogram", name, help, fmt.Sprintf(`_bucket{le="+Inf"} %d`, count))
	g.add("histogram", name, help, "_sum "+number(g.sum.Seconds()))
	g.add("histogram", name, help, fmt.Sprintf("_count %d", count))
}

// ignored is how many replies on a channel changed nothing, and why.
func (g *gathered) ignored(channel, why string, n int) {
	g.add("counter", "replies_ignored_total", "Replies through a service that changed nothing since the daemon started, by why.",
		labelled([]string{"channel", channel, "why", why})+" "+strconv.Itoa(n))
}

// person is how things stand with whom it is all for.
func (g *gathered) person() {
	if !g.doc.Last.IsZero() {
		g.gauge("last_session_age_seconds", "Since the last counted session began.", g.now.Sub(g.doc.Last.Time).Seconds())
	}
	if g.doc.Next != nil {
		g.gauge("next_start_timestamp_seconds", "When the next start is planned, or has been due since.", instantSeconds(g.doc.Next.At))
	}
	if !g.doc.Limit.IsZero() {
		g.gauge("limit_timestamp_seconds", "By when the gap since the last session or offered start reaches the plan's limit.", instantSeconds(g.doc.Limit))
	}
	g.gauge("day_sessions", "Sessions counted in the present day of the routine.", float64(g.doc.Day.Done))
	g.gauge("day_target_sessions", "Sessions aimed at in the present day of the routine.", float64(g.doc.Day.Target))
	g.gauge("reminder_open", "Whether a reminder is open.", truth(g.doc.Reminder != nil))
	g.gauge("resting", "Whether reminders rest.", truth(g.view.state.resting()))
	g.gauge("paused", "Whether a pause lasts.", truth(!g.doc.PausedUntil.IsZero()))
}

// health is how the daemon itself does.
func (g *gathered) health() {
	for _, ch := range g.doc.Channels {
		g.gauge("channel_up", "Whether a channel works.", truth(ch.OK), "channel", ch.Name)
		g.gauge("deliveries_queued", "Deliveries that wait to be sent.", float64(ch.Queued), "channel", ch.Name)
		if !ch.LastSuccess.IsZero() {
			g.gauge("channel_last_success_timestamp_seconds", "When a channel last took something.", instantSeconds(ch.LastSuccess), "channel", ch.Name)
		}
	}
	g.gauge("needs_person", "How many things need a person; status says which.", float64(len(g.doc.NeedsPerson)))
	g.gauge("journal_writable", "Whether the last write of the journal worked.", truth(g.view.failing == nil))
	if !g.view.turned.IsZero() {
		g.gauge("last_step_timestamp_seconds", "When the daemon last decided what is to be done.", float64(g.view.turned.Unix()))
	}
	if beat := g.doc.Heartbeat; beat != nil {
		g.gauge("heartbeat_up", "Whether the heartbeat to the watcher outside goes out.", truth(beat.OK))
		if !beat.Last.IsZero() {
			g.gauge("heartbeat_last_timestamp_seconds", "When the heartbeat last went out.", instantSeconds(beat.Last))
		}
	}
	if rate := g.view.state.Rate; cmp.Or(rate, 1) != 1 {
		g.gauge("time_lapse_rate_ratio", "How many times as fast as the real one the clock runs.", rate)
	}
}

func instantSeconds(t web.Instant) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
