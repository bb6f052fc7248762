package notify

import (
	"context"
	"errors"
	"regexp"
	"time"
)

// replyID is the form of a message's name.
var replyID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ntfyReplier is an ntfyChannel whose buttons post to the reply topic.
type ntfyReplier struct{ *ntfyChannel }

// Replies listens to the reply topic.
func (n ntfyReplier) Replies(ctx context.Context, since string, got func(Reply)) error {
	const doing = "listening for replies"
	err := n.read(ctx, doing, ntfyReading{topic: n.replyTopic, query: "since=" + sinceOf(since), stays: true}, func(s ntfySaid) {
		if r, ok := n.reply(s); ok {
			got(r)
		}
	})
	if err != nil {
		return err
	}
	return n.failure(Unreached, doing, errors.New("the service ended the stream"))
}

// Waiting reads what the server keeps of the reply topic.
func (n ntfyReplier) Waiting(ctx context.Context, since string) ([]Reply, error) {
	var all []Reply
	err := n.read(ctx, "reading replies", ntfyReading{topic: n.replyTopic, query: "poll=1&since=" + sinceOf(since)}, func(s ntfySaid) {
		if r, ok := n.reply(s); ok {
			all = append(all, r)
		}
	})
	return all, err
}

// sinceOf is the parameter for what came after a reply.
func sinceOf(id string) string {
	if !replyID.MatchString(id) {
		return "all"
	}
	return id
}

// reply makes a Reply of what stood in the topic, if it is one. What has not
// the form of an answer was not sent by a button.
func (n ntfyReplier) reply(s ntfySaid) (Reply, bool) {
	if s.Event != "message" || s.Topic != n.replyTopic || !replyID.MatchString(s.ID) || !answerForm.MatchString(s.Message) {
		return Reply{}, false
	}
	at := n.now()
	if s.Time > 0 {
		at = time.Unix(s.Time, 0)
	}
	return Reply{ID: s.ID, At: at, Text: s.Message}, true
}
