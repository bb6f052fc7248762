package notify

// levelWords are the levels as people write them, by Level; the zero Level has none.
func levelWords() [Alarm + 1]string { return [...]string{"", "low", "normal", "high", "alarm"} }

// String is the level's word in configuration, JSON and log: low, normal, high, alarm.
func (l Level) String() string {
	if l < Low || l > Alarm {
		return "none"
	}
	return levelWords()[l]
}

// ParseLevel reads a level's word and says whether it is one.
func ParseLevel(word string) (Level, bool) {
	for l := Low; l <= Alarm; l++ {
		if l.String() == word {
			return l, true
		}
	}
	return 0, false
}
