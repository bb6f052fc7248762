package daemon

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"nightbell/daemon/web"
)

// WriteMetrics writes the daemon's metrics in Prometheus' text format. They
// are made when somebody asks: a daemon whose metrics nobody reads pays
// nothing for them.
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
	all := prometheus.NewRegistry()
	if err := all.Register(g); err != nil {
		return fmt.Errorf("making the metrics: %w", err)
	}
	families, err := all.Gather()
	if err != nil {
		return fmt.Errorf("making the metrics: %w", err)
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return fmt.Errorf("writing the metrics: %w", err)
		}
	}
	return nil
}

// gathered is one moment of the daemon, as a collector of metrics.
type gathered struct {
	doc    web.StatusDoc
	view   *view
	now    time.Time
	due    map[string]uint64
	pushes map[pushOf]uint64
	after  []uint64
	beyond uint64
	sum    time.Duration
}

// Describe says nothing: which metrics there are depends on the channels and
// on what has happened.
func (g *gathered) Describe(chan<- *prometheus.Desc) {}

// Collect makes the metrics.
func (g *gathered) Collect(to chan<- prometheus.Metric) {
	put := func(kind prometheus.ValueType, name, help string, value float64, labels ...string) {
		names, values := []string{}, []string{}
		for i := 0; i < len(labels); i += 2 {
			names, values = append(names, labels[i]), append(values, labels[i+1])
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc("nightbell_"+name, help, names, nil), kind, value, values...)
	}
	gauge := func(name, help string, value float64, labels ...string) {
		put(prometheus.GaugeValue, name, help, value, labels...)
	}
	g.person(gauge)
	g.health(gauge)
	for kind, n := range g.due {
		put(prometheus.CounterValue, "reminders_due_total", "Reminders that came due since the daemon started.", float64(n), "kind", kind)
	}
	for of, n := range g.pushes {
		put(prometheus.CounterValue, "pushes_total", "Pushes since the daemon started, by what became of each try.", float64(n),
			"kind", of.kind, "channel", of.channel, "outcome", of.outcome)
	}
	buckets, count := map[float64]uint64{}, uint64(0)
	for i, bound := range latenessBounds() {
		if i < len(g.after) {
			count += g.after[i]
		}
		buckets[bound.Seconds()] = count
	}
	to <- prometheus.MustNewConstHistogram(prometheus.NewDesc("nightbell_push_lateness_seconds",
		"From the instant a push was for until a service accepted it.", nil, nil), count+g.beyond, g.sum.Seconds(), buckets)
}

// person is how things stand with whom it is all for.
func (g *gathered) person(gauge func(name, help string, value float64, labels ...string)) {
	if !g.doc.Last.IsZero() {
		gauge("last_session_age_seconds", "Since the last counted session began.", g.now.Sub(g.doc.Last.Time).Seconds())
	}
	if g.doc.Next != nil {
		gauge("next_start_timestamp_seconds", "When the next start is planned, or has been due since.", instantSeconds(g.doc.Next.At))
	}
	if !g.doc.Limit.IsZero() {
		gauge("limit_timestamp_seconds", "By when the gap since the last session or offered start reaches the plan's limit.", instantSeconds(g.doc.Limit))
	}
	gauge("day_sessions", "Sessions counted in the present day of the routine.", float64(g.doc.Day.Done))
	gauge("day_target_sessions", "Sessions aimed at in the present day of the routine.", float64(g.doc.Day.Target))
	gauge("reminder_open", "Whether a reminder is open.", truth(g.doc.Reminder != nil))
	gauge("resting", "Whether reminders rest.", truth(g.view.state.resting()))
	gauge("paused", "Whether a pause lasts.", truth(!g.doc.PausedUntil.IsZero()))
}

// health is how the daemon itself does.
func (g *gathered) health(gauge func(name, help string, value float64, labels ...string)) {
	for _, ch := range g.doc.Channels {
		gauge("channel_up", "Whether a channel works.", truth(ch.OK), "channel", ch.Name)
		gauge("deliveries_queued", "Deliveries that wait to be sent.", float64(ch.Queued), "channel", ch.Name)
		if !ch.LastSuccess.IsZero() {
			gauge("channel_last_success_timestamp_seconds", "When a channel last took something.", instantSeconds(ch.LastSuccess), "channel", ch.Name)
		}
	}
	gauge("needs_person", "How many things need a person; status says which.", float64(len(g.doc.NeedsPerson)))
	gauge("journal_writable", "Whether the last write of the journal worked.", truth(g.view.failing == nil))
	if !g.view.turned.IsZero() {
		gauge("last_step_timestamp_seconds", "When the daemon last decided what is to be done.", float64(g.view.turned.Unix()))
	}
	if beat := g.doc.Heartbeat; beat != nil {
		gauge("heartbeat_up", "Whether the heartbeat to the watcher outside goes out.", truth(beat.OK))
		if !beat.Last.IsZero() {
			gauge("heartbeat_last_timestamp_seconds", "When the heartbeat last went out.", instantSeconds(beat.Last))
		}
	}
	if rate := g.view.state.Rate; cmp.Or(rate, 1) != 1 {
		gauge("time_lapse_rate_ratio", "How many times as fast as the real one the clock runs.", rate)
	}
}

func instantSeconds(t web.Instant) float64 { return float64(t.UnixMilli()) / 1000 }

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
