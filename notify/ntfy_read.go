package notify

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// waitingBytes bounds what is read of what a server keeps. 12 hours of answers,
// which is what servers keep, take some KiB.
const waitingBytes = 1 << 20

// ntfyReading asks for what stands in a topic, a line each.
type ntfyReading struct {
	topic, query string
	stays        bool // the answer has no end; what keeps coming is read until it stops
}

// read hands over every line of the server's in turn. Its error is nil only
// when the server ended the answer, which a reading that stays is not meant to
// see.
//
// The headers have to come within Pace.Request. After that a line has to end at
// least every two times Pace.Alive, whatever bytes come; where nothing stays,
// all of them within Pace.Request.
func (n *ntfyChannel) read(ctx context.Context, doing string, r ntfyReading, got func(ntfySaid)) error {
	if err := ctx.Err(); err != nil {
		return n.lost(ctx, doing, answer{err: err})
	}
	q := n.signed(request{method: http.MethodGet, address: n.server + "/" + r.topic + "/json?" + r.query})
	under, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watch := time.AfterFunc(n.pace.Request, func() { stop(fmt.Errorf("no answer within %s", n.pace.Request)) })
	defer watch.Stop()
	resp, err := q.open(under)
	if err != nil {
		return n.broken(ctx, under, doing, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, answerLimit)) // a status says enough by itself
		_, err := n.judge(ctx, doing, q, answer{status: resp.StatusCode, header: resp.Header, body: text})
		return err
	}
	body, quiet := io.LimitReader(resp.Body, waitingBytes), watch
	if r.stays {
		watch.Stop()
		body, quiet = resp.Body, time.AfterFunc(2*n.pace.Alive, func() { stop(fmt.Errorf("no sign of life for %s", 2*n.pace.Alive)) })
		defer quiet.Stop()
	}
	lines := bufio.NewReaderSize(body, answerLimit)
	for first := true; ; first = false {
		line, err := nextLine(lines)
		switch {
		case errors.Is(err, io.EOF), r.stays && err == errHalfLine:
			return nil
		case err != nil:
			return n.broken(ctx, under, doing, err)
		}
		s := ntfySay(line)
		if first && s.ID == "" { // a page of somebody else, not a stream
			_, err := n.judge(ctx, doing, q, answer{status: resp.StatusCode, header: resp.Header, body: line})
			return err
		}
		if r.stays {
			quiet.Stop() // whoever gets the line takes the time it takes
		}
		got(s)
		if r.stays {
			quiet.Reset(2 * n.pace.Alive)
		}
	}
}

// broken is the failure of a reading that ended by itself.
func (n *ntfyChannel) broken(ctx, under context.Context, doing string, err error) error {
	if why := context.Cause(under); why != nil {
		err = why
	}
	return n.lost(ctx, doing, answer{err: err})
}

// errHalfLine is the end of an answer within a line: who knows what else is
// missing.
var errHalfLine = errors.New("the answer ends within a line")

// nextLine reads a line of at most answerLimit bytes. Longer ones are passed
// over: one that was an error would come again each time, and block what
// follows it.
func nextLine(r *bufio.Reader) ([]byte, error) {
	for long := false; ; {
		part, err := r.ReadSlice('\n')
		switch {
		case errors.Is(err, io.EOF) && (long || len(part) > 0):
			return nil, errHalfLine
		case errors.Is(err, bufio.ErrBufferFull):
			long = true
		case err != nil:
			return nil, err
		case long || len(part) <= 1:
			long = false
		default:
			return part, nil
		}
	}
}
