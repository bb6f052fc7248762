package simulate

import "time"

// People are the ready-made people, the everyday one first.
func People() []Person {
	soon := Spread{Mean: 4 * time.Minute, Share: 1}
	return []Person{
		{
			Name: "everyday", Late: Spread{Mean: 12 * time.Minute, Share: 1}, Ignore: 0.05, Skip: 0.04, Snooze: 0.06, SleepThrough: 0.1,
			Nap: 0.2, Afterwards: 0.05, OnlyDone: 0.2, Completes: 0.5, Twice: 0.03, Unasked: 0.4, Pause: 0.05, Tonight: 0.01,
		},
		{Name: "on-time", Late: soon},
		{Name: "hour-after", Late: Spread{Mean: time.Hour}},
		{Name: "skips", Late: soon, Skip: 0.3, Snooze: 0.1},
		{Name: "sleeps-through", Late: soon, SleepThrough: 0.7},
		{Name: "naps", Late: soon, Nap: 0.9},
		{Name: "logs-afterwards", Late: soon, Afterwards: 0.7},
		{Name: "unasked", Late: soon, Unasked: 4},
		{Name: "silent", Ignore: 1, SleepThrough: 1},
	}
}

// Find is the ready-made person of this name.
func Find(name string) (Person, bool) {
	for _, p := range People() {
		if p.Name == name {
			return p, true
		}
	}
	return Person{}, false
}
