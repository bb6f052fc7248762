package main

import "fmt"

// What the daemon wants of the machine, and a reminder's whole life was seen to
// work with. Below it may start or not, and what dies of it says little: so it
// is said beforehand.
const (
	// wantsFiles: it lives beside a hundred guests with 32 (TestLittleOfEverything);
	// from 15 on it started.
	wantsFiles = 32
	// wantsGroup is of a control group, which counts what is really used: it
	// started from 12 MiB on. Twice that is room for an import and a report.
	wantsGroup = 24 << 20
	// wantsData is of RLIMIT_DATA, which counts what could be used: some 64 MiB
	// are tables that Go sets up and never fills. It started from 96 MiB on.
	wantsData = 128 << 20
	// wantsSpace is of RLIMIT_AS, which counts addresses that are only kept
	// free, too: Go takes up to 1.4 GiB of them, at places drawn at random.
	wantsSpace = 2 << 30
)

// limit is one limit that this process runs under.
type limit struct {
	most, wants uint64
	what, raise string // what it is of, and how it is raised
	memory      bool   // both are bytes
}

// tight says of each limit that may be too low what it is, what would do and
// how to get there. A limit of 0 is none.
func tight(limits []limit) []string {
	var list []string
	for _, l := range limits {
		if l.most == 0 || l.most >= l.wants {
			continue
		}
		most, wants := fmt.Sprint(l.most), fmt.Sprint(l.wants)
		if l.memory {
			most, wants = fmt.Sprintf("%d MiB", l.most>>20), fmt.Sprintf("%d MiB", l.wants>>20)
		}
		list = append(list, fmt.Sprintf("%s may have %s, and below %s reminders may stop; raise %s", l.what, most, wants, l.raise))
	}
	return list
}
