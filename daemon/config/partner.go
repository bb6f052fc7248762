package config

import (
	"fmt"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"nightbell/notify"
)

// Partner is who else is told of an alarm that nobody answers. The zero
// Partner is nobody.
type Partner struct {
	After    time.Duration // unanswered for this long, counted from the first push that a service accepted
	Channels []string      // the names of those in use, in the order of the file; they get nothing else
}

const (
	// The least and the most of partner.after. The person's own channels have
	// the first five minutes to themselves, after which an alarm goes to all of
	// them; no alarm is kept up for longer than 3 h (mostGiveUp).
	leastPartner, mostPartner = 5 * time.Minute, mostGiveUp
	// defaultPartner is three rounds of the default alarm: it has come, come
	// again after five minutes, and again after fifteen.
	defaultPartner = 15 * time.Minute
)

const examplePartner = "{after: 15m, channels: [ntfy-partner]}"

// partner reads who else is told; its channels are looked for once those are
// read (partners).
func (s section) partner(r Reminders) Partner {
	all, on := s.subOrOff("partner", examplePartner+" or off")
	if !on {
		return Partner{}
	}
	p := Partner{After: defaultPartner}
	all.lengthWithin("after", &p.After, leastPartner, mostPartner, false, "15m")
	entries, places := all.list("channels", "names of channels such as [ntfy-partner]")
	for i, n := range entries {
		if n.Kind != yaml.ScalarNode || isNull(n) {
			s.problem(places[i], "%s is not a channel's name; write one such as ntfy-partner", value(n))
			return Partner{}
		}
		if slices.Contains(p.Channels, n.Value) {
			s.problem(places[i], "%s stands in the list twice; keep one", value(n))
			continue
		}
		p.Channels = append(p.Channels, n.Value)
	}
	switch {
	case len(entries) == 0 && !s.wrong("partner.channels"):
		s.problem("partner.channels", "names nobody; write the channels that are the partner's, such as [ntfy-partner], or partner: off")
	case p.After >= r.Overnight.GiveUp && !s.wrong("partner.after"):
		s.problem("partner", "after %s the alarm has given up already, after %s; write a shorter one, or a longer give_up under reminders.overnight",
			lengthText(p.After), lengthText(r.Overnight.GiveUp))
	case max(r.Session.Level, r.Power.Level, r.Overnight.Level) < notify.Alarm:
		s.notice("partner", "no reminder is an alarm, so nobody is told; with reminders.overnight.level: alarm the night's would be")
	}
	return p
}

// partners marks the channels that are the partner's, by their names. written
// has the name of each channel of the file, those that are left out as well.
func (s section) partners(p *Partner, all []Channel, written map[string]int) {
	own := len(written)
	for i, name := range p.Channels {
		if written[name] == 0 {
			s.problem(fmt.Sprintf("partner.channels[%d]", i), "%s is the name of no channel; write one that stands under channels", quote(name))
		} else {
			own--
		}
	}
	if len(p.Channels) > 0 && len(written) > 0 && own == 0 {
		s.problem("partner.channels", "every channel is the partner's, who gets nothing but alarms; add one of your own under channels")
	}
	var used []string
	for i := range all {
		c := &all[i]
		if c.Partner = slices.Contains(p.Channels, c.Name); !c.Partner {
			continue
		}
		used = append(used, c.Name)
		if !c.Reaches {
			s.notice("partner.channels", "%s reaches no phone; what goes there is only printed", c.Name)
		}
	}
	if len(p.Channels) > 0 && len(used) == 0 {
		s.notice("partner", "none of its channels is in use, so nobody is told")
	}
	p.Channels = used
}
