package main

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"strings"

	"nightbell/daemon/config"
	"nightbell/notify"
)

// channels asks each service whether it knows our credentials, and says what
// its phones do not do by themselves.
func (d *doctor) channels() {
	const check = "channels"
	switch {
	case d.cfg == nil:
		return
	case d.mute:
		d.add(check, notice, "", "not looked at, because the configuration cannot be read in full here; a service's variables are in its own environment")
		return
	}
	opened, err := d.cfg.Open(d.tools(d.cfg, slog.New(slog.DiscardHandler), io.Discard))
	if err != nil {
		d.add(check, needs, "", "%v", err)
		return
	}
	reaches := false
	var types []string
	for _, o := range opened {
		reaches = reaches || o.Reaches && !o.Partner
		d.channel(o)
		if !slices.Contains(types, o.Type) {
			types = append(types, o.Type)
		}
	}
	said := d.status != nil && slices.ContainsFunc(d.status.NeedsPerson, func(need string) bool { return strings.HasPrefix(need, "no channel reaches a phone") })
	if !reaches && !said {
		d.add(check, needs, "add one: nightbell init --force asks for it", "none reaches a phone")
	}
	if p := d.cfg.Partner; len(p.Channels) > 0 {
		d.add("partner", sound, "", "told of an alarm that nobody answers for %s, on %s, which gets nothing else", stretch(p.After), strings.Join(p.Channels, ", "))
	}
	for _, t := range notify.Types() {
		for _, sentence := range t.Phones {
			if slices.Contains(types, t.Name) {
				d.add("phones, "+t.Name, notice, "", "%s", sentence)
			}
		}
	}
}

// channel asks one. Nothing of it shows on a phone.
func (d *doctor) channel(o config.Opened) {
	check := "channel " + o.Name
	c, ok := o.Channel.(notify.Checker)
	if !ok {
		if !o.Reaches {
			d.add(check, notice, "", "prints only; it reaches no phone")
			return
		}
		d.add(check, notice, "", "cannot be asked without sending: nightbell test %s", o.Name)
		return
	}
	ctx, cancel := context.WithTimeout(d.ctx, checkWithin)
	defer cancel()
	if err := c.Check(ctx); err != nil {
		text := strings.TrimPrefix(err.Error(), "channel "+o.Name+": ")
		if d.status == nil || !told(d.status.NeedsPerson, text) {
			d.add(check, needs, "mend its settings, then: nightbell test "+o.Name, "%s", text)
		}
		return
	}
	d.add(check, sound, "", "the service knows these credentials")
	d.holds(ctx, o)
	d.strangers(o.Name)
}

// strangers says that somebody else writes where the answers of a channel come
// in. It opens nothing, but tells that the topic is known.
func (d *doctor) strangers(name string) {
	if d.status == nil {
		return
	}
	for _, ch := range d.status.Channels {
		if n := ch.RepliesIgnored; ch.Name == name && n != nil && n.Forged > 0 {
			d.add("channel "+name, notice, "choose another one if that was not you: openssl rand -hex 16",
				"replies without a true key, ignored since the daemon started: %d; who sends them knows the reply topic", n.Forged)
		}
	}
}

// prearmed tells whether a channel is to hold the next alarm.
func (d *doctor) prearmed(name string) bool {
	for _, c := range d.cfg.Channels {
		if c.Name == name {
			return c.Values["prearm"] == true && !c.Partner
		}
	}
	return false
}

// holds asks a server that is to hold alarms whether it can. That schedules a
// message without a sound and deletes it again.
func (d *doctor) holds(ctx context.Context, o config.Opened) {
	p, ok := o.Channel.(notify.Prober)
	if !ok || !d.prearmed(o.Name) {
		return
	}
	check := "channel " + o.Name
	switch has, err := p.Probe(ctx); {
	case err != nil:
		d.add(check, needs, "try again, or set prearm: false", "whether it can hold an alarm could not be asked: %s", strings.TrimPrefix(err.Error(), "channel "+o.Name+": "))
	case !has.Parks:
		d.add(check, needs, "update the ntfy server to 2.16 or newer, or set prearm: false", "the server cannot hold an alarm for prearm: what is parked there could not be taken back")
	case !has.Withdraws:
		d.add(check, notice, "", "the server holds alarms; it cannot take a push off the phone")
	default:
		d.add(check, sound, "", "the server holds the next alarm and gives it back")
	}
}

// answers says what can be answered from the phone, and how.
func (d *doctor) answers() {
	const check = "answers"
	if d.cfg == nil || d.mute {
		return
	}
	if d.cfg.PublicURL == "" {
		d.add("public_url", notice, "", "not set: pushes carry no links; buttons answer where the channel has a way back (Pushover's alarms, ntfy with replies: true)")
	} else {
		d.add("public_url", sound, "", "links in pushes begin with %s; whether the phone reaches that from outside, only the phone can tell", d.cfg.PublicURL)
	}
	for _, c := range d.cfg.Channels {
		replies := c.Values["replies"] == true
		if c.Reaches && c.Type == "ntfy" && !replies && d.cfg.PublicURL == "" {
			d.add(check, notice, "", "%s: nothing can be answered on the phone; set replies: true, or public_url", c.Name)
		}
		if levels, given := c.Values["answerable"].([]string); c.Type == "pushover" && given && len(levels) == 0 && d.cfg.PublicURL == "" {
			d.add(check, notice, "", "%s: nothing can be answered on the phone; set answerable: [alarm], or public_url", c.Name)
		}
	}
}

// outside says what becomes of a night when this machine stops.
func (d *doctor) outside() {
	if d.cfg == nil || d.mute {
		return
	}
	holder := slices.IndexFunc(d.cfg.Channels, func(c config.Channel) bool { return c.Values["prearm"] == true && !c.Partner })
	if holder < 0 {
		d.add("prearm", notice, "", "no channel holds the next alarm: when this machine or its line stops at night, nothing rings; ntfy with prearm: true does")
	} else {
		d.add("prearm", sound, "", "%s holds the next alarm, so that it rings without this machine", d.cfg.Channels[holder].Name)
	}
	switch {
	case d.cfg.Heartbeat.Every == 0:
		d.add("heartbeat", notice, "", "off: nobody outside would see that this machine stopped; see heartbeat: in the configuration")
	case d.status == nil || d.status.Heartbeat == nil:
		d.add("heartbeat", notice, "", "every %s, once the daemon runs", d.cfg.Heartbeat.Every)
	case d.status.Heartbeat.OK:
		d.add("heartbeat", sound, "", "every %s; the last one at %s", d.cfg.Heartbeat.Every, d.status.Heartbeat.Last.Format("15:04"))
	default:
		d.add("heartbeat", needs, "see: nightbell status", "the last one did not get through")
	}
}
