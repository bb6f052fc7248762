package daemon

import (
	"context"
	"log/slog"
	"time"

	"nightbell/daemon/journal"
)

// troubles are the channels on which the last try did not get through. The
// log says so when it begins and when it ends; the tries between are for who
// asks for everything.
type troubles map[string]bool

// begins notes a try that did not get through, and how loud to say so.
func (t troubles) begins(channel string) slog.Level {
	if t[channel] {
		return slog.LevelDebug
	}
	t[channel] = true
	return slog.LevelWarn
}

// ends tells whether this is the end of trouble.
func (t troubles) ends(channel string) bool {
	was := t[channel]
	delete(t, channel)
	return was
}

// note logs what a user would notice.
func (d *Daemon) note(b journal.Batch) {
	d.tally.count(b, &d.state)
	for _, e := range b.Events {
		args := []any{keyKind, e.Kind}
		if r := d.state.reminder(e.Reminder); r != nil {
			args = append(args, keyReminder, r.Kind, "due", r.Due.In(d.state.Routine.Location).Format(time.RFC3339))
		}
		if e.Channel != "" {
			args = append(args, keyChannel, e.Channel)
		}
		switch e.Kind {
		case "failed":
			d.log.Log(context.Background(), d.trouble.begins(e.Channel), "reminder", append(args, keyErr, e.Text)...)
		case "refused":
			d.log.Warn("reminder", append(args, keyErr, e.Text)...)
		case "sent", "parked", "withdrawn":
			d.log.Info("reminder", args...)
			if d.trouble.ends(e.Channel) {
				d.log.Info("the channel works again", keyChannel, e.Channel)
			}
		default:
			d.log.Info("reminder", args...)
		}
	}
}
