package daemon

import (
	"fmt"

	sys "golang.org/x/sys/unix"
)

// Synchronised asks the kernel whether something (timesyncd, chrony, ntpd, a
// hypervisor) keeps its clock right. It only reads; a sandbox must allow
// adjtimex. A program that steps the clock without telling the kernel is not
// seen, which is why nobody waits for this without an end.
func Synchronised() (bool, error) {
	var t sys.Timex
	state, err := sys.Adjtimex(&t)
	if err != nil {
		return false, fmt.Errorf("ask whether the clock is synchronised: %w", err)
	}
	return state != sys.TIME_ERROR && t.Status&sys.STA_UNSYNC == 0, nil
}
