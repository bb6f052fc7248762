package daemon

import (
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
)

// contain calls a channel's code, which speaks to strangers through libraries
// of others, and makes an error of a panic in it: that try is lost, the next
// one and every other channel go on. A panic of the daemon's own loop is not
// contained: the process ends, and whoever started it starts it anew from the
// journal, which is whole.
func contain(log *slog.Logger, channel string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			text := Fault(p)
			log.Error("a channel's code broke; this is a fault of nightbell's", keyChannel, channel, keyFault, text, keyStack, string(debug.Stack()))
			err = fmt.Errorf("channel %s: nightbell's own code broke (%s); please report it with the log", channel, text)
		}
	}()
	return do()
}

// Fault is what may be said of a panic. The runtime's own words hold no
// content of the program's; any other value might, an address with its key for
// example, so only its type is said. Stacks hold names and numbers, no texts.
func Fault(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("%T", p)
}
