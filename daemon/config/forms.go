package config

import (
	"fmt"
	"maps"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

// object is one part of a JSON Schema.
type object = map[string]any

// form is what a key takes.
type form struct {
	what        string // a line for whoever hovers over the key
	takes       object // its constraints
	preset      any    // the default as it is written; nil: none, or it follows from another key
	off         bool   // a section that may be off
	least, most any    // the bounds, where the key has its own: time.Duration or int
}

func (f form) schema() object { return f.of(f.takes) }

// of is a schema with what the form says added.
func (f form) of(takes object) object {
	s := maps.Clone(takes)
	if s == nil {
		s = object{}
	}
	text := f.what
	if l, ok := f.least.(time.Duration); ok {
		text += " " + lengthText(l) + " to " + lengthText(f.most.(time.Duration)) + "."
	}
	if n, ok := f.least.(int); ok {
		s["minimum"], s["maximum"] = n, f.most
	}
	s["description"] = text
	if f.preset != nil {
		s["default"] = f.preset
	}
	return s
}

// The kinds of value. The patterns are those of the parsers.
const (
	timePattern  = `([01][0-9]|2[0-3]):[0-5][0-9]`
	cronField    = `[0-9A-Za-z*/,?-]+` // so none begins with TZ=
	cronPattern  = `@(yearly|annually|monthly|weekly|daily|midnight|hourly)|\s*` + cronField + `(\s+` + cronField + `){4}\s*`
	datePattern  = `^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$`
	dayPattern   = `([Mm][Oo][Nn]|[Tt][Uu][Ee]|[Ww][Ee][Dd]|[Tt][Hh][Uu]|[Ff][Rr][Ii]|[Ss][Aa][Tt]|[Ss][Uu][Nn])`
	daysItem     = ` *` + dayPattern + `(-` + dayPattern + `)? *`
	daysPattern  = `^(` + daysItem + `(,` + daysItem + `)*)?$` // empty: every day
	zonePattern  = `^[A-Za-z][A-Za-z0-9_+/-]*$`
	rangePattern = timePattern + "-" + timePattern
)

func anyText() object { return object{"type": "string"} }

func matching(p string) object { return object{"type": "string", "pattern": p} }

func wholeNumber() object { return object{"type": "integer"} }

func lengthValue() object {
	return object{"anyOf": []object{{"type": "string", "minLength": 1, "pattern": lengthPattern.String()}, {"const": 0}}}
}

func listOf(of object) object { return object{"type": []string{"array", "null"}, "items": of} }

func oneOf(w ...string) object { return object{"enum": w} }

// orOff adds the word off.
func orOff(takes object) object { return object{"anyOf": []object{takes, {"const": "off"}}} }

// lengths writes offsets as a file does.
func lengths(all []time.Duration) []string {
	list := []string{}
	for _, d := range all {
		list = append(list, lengthText(d))
	}
	return list
}

// forms says what each key takes, by its full name.
func forms() map[string]form {
	all := map[string]form{}
	maps.Copy(all, routineForms(planner.Default(time.UTC)))
	maps.Copy(all, reminderForms(DefaultReminders()))
	maps.Copy(all, watchingForms())
	maps.Copy(all, houseForms())
	maps.Copy(all, buddyForms())
	maps.Copy(all, map[string]form{
		"timezone": {what: "The zone you live in, a name of the IANA list such as Europe/Berlin.",
			takes: object{"type": "string", "pattern": zonePattern, "not": object{"const": "Local"}}},
		"routine":       {what: "What you want of a day: how often, how far apart, when to sleep."},
		"data":          {what: "Where the journal lives: the full path of a folder.", takes: object{"type": []string{"string", "null"}}},
		"listen":        {what: "Where the page is: an address and a port, or unix: and the full path of a socket.", takes: anyText(), preset: DefaultListen},
		"public_url":    {what: "What links in pushes begin with, such as https://home.example/r; empty: no links.", takes: object{"type": []string{"string", "null"}}, preset: ""},
		"hosts":         {what: "Further names of this machine that the page may be asked for by, such as nas.local.", takes: listOf(anyText())},
		"login":         {what: "always: the page asks for a login on this machine too.", takes: object{"enum": []any{"always", "off", "", false, nil}}, preset: ""},
		"privacy":       {what: "What a lock screen may show.", takes: oneOf(string(Discreet), string(Plain)), preset: string(Discreet)},
		"units":         {what: "How you type and read amounts.", takes: oneOf(string(Millilitres), string(Ounces)), preset: string(Millilitres)},
		"words":         {what: "Your own words."},
		"words.session": {what: "Your own word for a session, used with privacy: plain.", takes: object{"type": []string{"string", "null"}, "maxLength": maxName}, preset: ""},
		"rest_after":    {what: "Reminders rest after this long without a session or an answer; off: never by themselves.", takes: orOff(lengthValue()), preset: lengthText(DefaultRestAfter), least: leastRest, most: mostRest},
		"partner":       {what: "Who else is told of an alarm that nobody answers, such as " + examplePartner + "; or off.", preset: "off", off: true},
		"partner.after": {what: "Told once an alarm is unanswered for this long.", takes: lengthValue(), least: leastPartner, most: mostPartner},
		"partner.channels": {what: "The channels that are the partner's. They get nothing else.",
			takes: object{"type": "array", "minItems": 1, "items": matching(channelName.String())}},
		"channels":        {what: "How reminders reach you, the first one first."},
		"channels[].name": {what: "A name of your own.", takes: matching(channelName.String())},
		"channels[].type": {what: "The type of channel.", takes: anyText()},
		"channels[].optional": {what: "Leave the channel out while its variables are not set.",
			takes: object{"type": "boolean"}, preset: false},
		"delivery":     {what: "Which channels a push goes to."},
		"delivery.use": {what: "first: the next channel when one does not work; all: every channel.", takes: oneOf(string(UseFirst), string(UseAll)), preset: string(UseFirst)},
		"wake_system":  {what: "Wake a machine that sleeps when a reminder is due (Linux).", takes: object{"enum": []any{true, false, "off"}}, preset: false},
		"log":          {what: "What the daemon logs."},
		"log.level":    {what: "From this level on.", takes: oneOf("debug", "info", "warn", "error"), preset: "info"},
		"log.format":   {what: "text, or json: one object a line.", takes: oneOf("text", "json"), preset: "text"},
	})
	return all
}

// routineForms are those of the routine, with the defaults of r.
func routineForms(r planner.Routine) map[string]form {
	const minute, hour = time.Minute, time.Hour
	night := planner.Date{Year: 2026, Month: time.January, Day: 31}
	return map[string]form{
		"routine.target":             {what: "Sessions in a pumping day.", takes: wholeNumber(), preset: r.Target, least: 1, most: 14},
		"routine.session":            {what: "How long a session is.", takes: lengthValue(), preset: lengthText(r.Session), least: 5 * minute, most: 90 * minute},
		"routine.min_gap":            {what: "Two sessions never begin closer together than this.", takes: lengthValue(), preset: lengthText(r.MinGap), least: hour, most: 4 * hour},
		"routine.max_gap":            {what: "The gap that is better not reached by day: min_gap + nudge_before + 5m to 12h.", takes: lengthValue(), preset: lengthText(r.MaxGap)},
		"routine.nudge_before":       {what: "A nudge comes this long before max_gap is reached.", takes: lengthValue(), preset: lengthText(r.NudgeBefore), least: 0 * minute, most: hour},
		"routine.sleep":              {what: "When you sleep: a range of at most 12h, or off.", takes: matching("^(" + rangePattern + "|off)$"), preset: r.Sleep.String()},
		"routine.night_gap":          {what: "The longest gap while you sleep: max_gap - nudge_before to 9h.", takes: lengthValue()},
		"routine.wake_grace":         {what: "A waking this little before the end of sleep waits for it.", takes: lengthValue(), preset: lengthText(r.WakeGrace), least: 0 * minute, most: 2 * hour},
		"routine.overnight":          {what: "The starts that the night should have."},
		"routine.overnight.window":   {what: "The hours in which prolactin is highest: a range of 30m to 8h, or off.", takes: matching("^(" + rangePattern + "|off)$"), preset: r.Overnight.Window.String()},
		"routine.overnight.sessions": {what: "Starts in them each night.", takes: wholeNumber(), preset: r.Overnight.Sessions, least: 1, most: 3},
		"routine.power_pump":         {what: "A power session: pump, rest, pump, ... once a day."},
		"routine.power_pump.at":      {what: `When, such as "20:00", a cron line such as "0 20 * * mon-fri", or off.`, takes: matching("^(" + timePattern + "|off|" + cronPattern + ")$"), preset: "off"},
		"routine.power_pump.flex":    {what: "How far from that time it may move.", takes: lengthValue(), preset: lengthText(planner.DefaultPower(0).Flex), least: 0 * minute, most: 3 * hour},
		"routine.power_pump.pattern": {what: "Minutes of pumping and resting in turn, 3 to 9 numbers, 30 to 90 in all.",
			takes: object{"anyOf": []object{{"type": "array", "minItems": 3, "maxItems": 9, "items": object{"type": "integer", "minimum": 1, "maximum": 90}},
				{"type": []string{"array", "null"}, "maxItems": 0}}}},
		"routine.power_pump.starting": {what: "Not before this day, such as " + night.String() + ".",
			takes: object{"type": []string{"string", "null"}, "pattern": datePattern}},
		"routine.busy":        {what: "When no session may be in the way."},
		"routine.busy[].from": {what: `Such as "09:00".`, takes: matching("^" + timePattern + "$")},
		"routine.busy[].to":   {what: `Such as "10:30"; before from: it crosses midnight.`, takes: matching("^" + timePattern + "$")},
		"routine.busy[].days": {what: "Such as mon-fri or sat,sun; every day when left out.", takes: object{"type": []string{"string", "null"}, "pattern": daysPattern}},
		"routine.busy[].name": {what: "What it is, for you alone.", takes: object{"type": []string{"string", "null"}, "maxLength": maxName}},
		"routine.day_start":   {what: "Where one pumping day ends and the next begins; an hour before the end of sleep when left out.", takes: matching("^" + timePattern + "$")},
		"routine.catch_up":    {what: "How many passed starts of a day are made up for later that day.", takes: wholeNumber(), preset: r.CatchUp, least: 0, most: 14},
		"routine.merge":       {what: "Starts closer together than this are one session.", takes: lengthValue(), preset: lengthText(r.Merge), least: 0 * minute, most: hour},
		"routine.ramp":        {what: "Dated changes of the target, in any order."},
		"routine.ramp[].from": {what: "The first pumping day with it, such as " + night.String() + ".", takes: matching(datePattern)},
		"routine.ramp[].target": {what: "The target from then on, until the next change.",
			takes: object{"type": "integer", "minimum": 1, "maximum": 14}},
		"routine.times": {what: `A fixed timetable instead of even gaps: times of day such as "07:00" and cron lines, in any order.`,
			takes: orOff(listOf(matching("^(" + timePattern + "|" + cronPattern + ")$")))},
	}
}

// watchingForms are those of the lines that want no answer, and of the
// heartbeat.
func watchingForms() map[string]form {
	lines := oneOf(notify.Low.String(), notify.Normal.String(), notify.High.String())
	low := notify.Low.String()
	return map[string]form{
		"reminders.digest":               {what: "A line each morning: yesterday in figures, and what comes.", off: true, preset: "off"},
		"reminders.digest.at":            {what: `When, such as "08:00"; off: not each morning, with help: true.`, takes: matching("^(" + timePattern + "|off)$"), preset: digestAt.String()},
		"reminders.digest.level":         {what: "How loud it is.", takes: lines, preset: low},
		"reminders.digest.help":          {what: "Once: whom to ask, when two weeks had 8 sessions a day and every amount you logged is 0.", takes: object{"type": "boolean"}, preset: false},
		"reminders.bedtime_check":        {what: "A line before bed: whether and where the night's alarm is set.", off: true, preset: "off"},
		"reminders.bedtime_check.before": {what: "How long before bed.", takes: lengthValue(), preset: lengthText(bedtimeBefore), least: leastBefore, most: mostBefore},
		"reminders.bedtime_check.level":  {what: "How loud it is.", takes: lines, preset: low},
		"heartbeat":                      {what: "A sign of life for a watcher outside, sent while all is well.", off: true, preset: "off"},
		"heartbeat.url":                  {what: "The address that is called; it is a secret.", takes: anyText()},
		"heartbeat.url_file":             {what: "The path of a file that holds it.", takes: anyText()},
		"heartbeat.every":                {what: "How often.", takes: lengthValue(), preset: lengthText(heartbeatEvery), least: leastEvery, most: mostEvery},
		"heartbeat.insecure_http":        {what: "Plain http to another machine shows the address to everyone between.", takes: object{"type": "boolean"}, preset: false},
	}
}

// reminderForms are those of the reminders, with their defaults.
func reminderForms(r Reminders) map[string]form {
	var levels []string
	for l := notify.Low; l <= notify.Alarm; l++ {
		levels = append(levels, l.String())
	}
	all := map[string]form{
		"reminders":         {what: "How each kind of reminder is kept up."},
		"reminders.session": {what: "A planned session by day, the first one, and the one after a pause."},
		"reminders.power":   {what: "A power session."},
		"reminders.power.coach": {what: "Low pushes at each change of the pattern, once you said that you are starting.",
			takes: object{"type": "boolean"}, preset: false},
		"reminders.overnight":   {what: "The start at night, and any other that wakes you."},
		"reminders.nudge":       {what: "The nudge before max_gap."},
		"reminders.nudge.level": {what: "How loud it is.", takes: oneOf(levels...), preset: r.Nudge.Level.String()},
	}
	for kind, p := range map[string]Policy{"session": r.Session, "power": r.Power, "overnight": r.Overnight} {
		name := "reminders." + kind + "."
		all[name+"level"] = form{what: "How loud it is.", takes: oneOf(levels...), preset: p.Level.String()}
		all[name+"give_up"] = form{what: "When it stops, counted from the first push.", takes: lengthValue(), preset: lengthText(p.GiveUp), least: leastGiveUp, most: mostGiveUp}
		repeats := listOf(lengthValue())
		repeats["maxItems"] = maxAgain
		all[name+"again"] = form{what: fmt.Sprintf("When it is repeated, counted from the first push, up to %d times.", maxAgain), takes: repeats, preset: lengths(p.Again)}
	}
	return all
}
