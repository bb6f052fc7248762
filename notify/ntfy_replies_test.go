package notify

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

const replyTopic = ntfytest.Topic + "-r"

// listen opens a replying channel to a server of its own, with a keepalive each
// 10 ms.
func listen(t *testing.T, pace Pace) (ntfyReplier, *ntfytest.Server) {
	t.Helper()
	n := subscribe(t, ntfytest.Options{Scale: 0.01 / 45}, pace, Values{"replies": true})
	return ntfyReplier{n.ntfyChannel}, n.srv
}

// hear collects replies until there are n of them, then ends the stream.
func hear(t *testing.T, r ntfyReplier, since string, n int) ([]Reply, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	var got []Reply
	err := r.Replies(ctx, since, func(reply Reply) {
		if got = append(got, reply); len(got) == n {
			cancel()
		}
	})
	return got, err
}

func textsOf(replies []Reply) string {
	var all []string
	for _, r := range replies {
		all = append(all, r.Text)
	}
	return strings.Join(all, " ")
}

func TestReplies(t *testing.T) {
	r, srv := listen(t, Pace{Request: 5 * time.Second, Alive: time.Second})
	first := srv.Publish(replyTopic, "a/1")
	srv.Publish(replyTopic, "b/2")
	for _, c := range []struct{ rule, since, want string }{
		{"without since all that is kept", "", "a/1 b/2"},
		{"since an id what came after it", first.ID, "b/2"},
		{"since an id that is not kept all of it", "gone12345678", "a/1 b/2"},
		{"since something that is no id all of it", "x&y", "a/1 b/2"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			got, err := hear(t, r, c.since, strings.Count(c.want, " ")+1)
			if textsOf(got) != c.want || !errors.Is(err, context.Canceled) {
				t.Errorf("got %+v, %v", got, err)
			}
			waiting, err := r.Waiting(t.Context(), c.since)
			if err != nil || !reflect.DeepEqual(waiting, got) {
				t.Errorf("waiting %+v, %v", waiting, err)
			}
		})
	}
	t.Run("nothing waits", func(t *testing.T) {
		_, none := listen(t, brisk())
		r := ntfyReplier{openedNtfy(t, none.URL(), noon, brisk(), Values{"replies": true}, &logText{})}
		if got, err := r.Waiting(t.Context(), ""); err != nil || len(got) != 0 {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("what comes while listening is handed over as it comes", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan Reply)
		ended := make(chan error)
		go func() { ended <- r.Replies(ctx, "", func(r Reply) { got <- r }) }()
		<-got
		<-got
		sent := srv.Publish(replyTopic, "c/3")
		if reply := <-got; reply.Text != "c/3" || reply.ID != sent.ID || !reply.At.Equal(noon()) {
			t.Errorf("got %+v", reply)
		}
		cancel()
		wantFailure(t, <-ended, Unreached, "channel ntfy: listening for replies: given up: context canceled")
	})
	t.Run("an answer of 200 characters is handed over, what is none is passed over", func(t *testing.T) {
		r, srv := listen(t, brisk())
		for _, text := range []string{strings.Repeat("x", 201), "a\nb", "ü", "\x00", strings.Repeat("y", 200)} {
			srv.Publish(replyTopic, text)
		}
		srv.Publish("other", "z")
		if got, err := r.Waiting(t.Context(), ""); err != nil || textsOf(got) != strings.Repeat("y", 200) {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a token reads a topic that everyone may only write to", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Token: ntfytest.Token, Open: []string{replyTopic}}, brisk(), withToken(Values{"replies": true}))
		n.srv.Publish(replyTopic, "a")
		if got, err := hear(t, ntfyReplier{n.ntfyChannel}, "", 1); textsOf(got) != "a" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestStreamsEnd(t *testing.T) {
	const doing = "channel ntfy: listening for replies: "
	open := `{"id":"o","event":"open"}`
	reply := `{"id":"r","time":1,"event":"message","topic":"` + replyTopic + `","message":"a"}`
	for _, c := range []struct {
		rule  string
		fault ntfytest.Fault
		kind  FailureKind
		want  string
		texts string
	}{
		{"silence is noticed", ntfytest.Silence(open), Unreached, "no sign of life for 500ms", ""},
		{"silence after a reply too", ntfytest.Silence(open, reply), Unreached, "no sign of life for 500ms", "a"},
		{"bytes without a line are silence", ntfytest.EndlessBody(), Unreached, "no sign of life for 500ms", ""},
		{"headers that do not come", ntfytest.Hang(), Unreached, "no answer within 1s", ""},
		{"a page of somebody else", ntfytest.Status(200), Unreached, "the service answered 200, but not as ntfy does; is something in between, or server wrong?", ""},
		{"a refusal", ntfytest.Refuse(40301, "forbidden"), Refused, "the service answered 403: forbidden; the topic needs a token", ""},
		{"a limit", ntfytest.Refuse(42903, "too many active subscriptions"), Limited, "the service answered 429: too many requests: too many active subscriptions", ""},
		{"the end of the answer", ntfytest.Text(200, open+"\n"+reply+"\n"), Unreached, "the service ended the stream", "a"},
		{"half a line is none", ntfytest.Text(200, open+"\n"+reply), Unreached, "the service ended the stream", ""},
		{"events that are not known are passed over", ntfytest.Text(200, open+"\n"+`{"id":"x","event":"poll_request"}`+"\nnot JSON\n\n"+reply+"\n"), Unreached, "the service ended the stream", "a"},
		{"a line without measure is passed over", ntfytest.Text(200, open+"\n"+strings.Repeat("x", 200<<10)+"\n"+reply+"\n"), Unreached, "the service ended the stream", "a"},
		{"the end of such a line is no line", ntfytest.Text(200, open+"\n"+strings.Repeat("x", answerLimit)+reply+"\n"), Unreached, "the service ended the stream", ""},
		{"a reply without a good id is none", ntfytest.Text(200, open+"\n"+strings.Replace(reply, `"r"`, `"r/../x"`, 1)+"\n"), Unreached, "the service ended the stream", ""},
		{"a reply of another topic is none", ntfytest.Text(200, open+"\n"+strings.Replace(reply, replyTopic, "other", 1)+"\n"), Unreached, "the service ended the stream", ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			r, srv := listen(t, Pace{Request: time.Second, Alive: 250 * time.Millisecond})
			srv.Fail(c.fault, 1)
			got, err := hear(t, r, "", -1)
			wantFailure(t, err, c.kind, doing+c.want)
			if textsOf(got) != c.texts {
				t.Errorf("got %+v", got)
			}
		})
	}
	t.Run("keepalives keep it, and a restart of the server ends it", func(t *testing.T) {
		r, srv := listen(t, Pace{Request: time.Second, Alive: 500 * time.Millisecond})
		ended := make(chan error)
		go func() { ended <- r.Replies(t.Context(), "", func(Reply) {}) }()
		select {
		case err := <-ended:
			t.Fatalf("ended by itself: %v", err)
		case <-time.After(1300 * time.Millisecond): // more than Request and twice Alive
		}
		srv.Cut()
		wantFailure(t, <-ended, Unreached, doing+"the service ended the stream")
	})
	t.Run("whoever takes a reply may take long", func(t *testing.T) {
		r, srv := listen(t, Pace{Request: 5 * time.Second, Alive: 100 * time.Millisecond})
		srv.Publish(replyTopic, "a")
		ctx, cancel := context.WithCancel(t.Context())
		var got []Reply
		err := r.Replies(ctx, "", func(reply Reply) {
			if got = append(got, reply); len(got) == 2 {
				cancel()
				return
			}
			<-time.After(300 * time.Millisecond) // more than twice Alive
			srv.Publish(replyTopic, "b")
		})
		if textsOf(got) != "a b" {
			t.Errorf("got %+v, %v", got, err)
		}
	})
	t.Run("a poll has an end, however much there is", func(t *testing.T) {
		r, srv := listen(t, Pace{Request: 300 * time.Millisecond})
		srv.Fail(ntfytest.SlowBody(20*time.Millisecond), 1)
		srv.Publish(replyTopic, "a")
		_, err := r.Waiting(t.Context(), "")
		wantFailure(t, err, Unreached, "channel ntfy: reading replies: no answer within 300ms")
	})
}

// Whoever knows the reply topic can send what they like.
func FuzzReplyLines(f *testing.F) {
	f.Add([]byte(`{"id":"r","time":1,"event":"message","topic":"` + replyTopic + `","message":"a"}` + "\n"))
	f.Add([]byte("\n\n{\"id\":1}\nx\n" + strings.Repeat("y", 70<<10) + "\n{}\n"))
	n := ntfyReplier{&ntfyChannel{replyTopic: replyTopic, now: noon}}
	f.Fuzz(func(t *testing.T, text []byte) {
		lines := bufio.NewReaderSize(bytes.NewReader(text), answerLimit)
		for range len(text) + 1 {
			line, err := nextLine(lines)
			if err != nil {
				return
			}
			if len(line) > answerLimit {
				t.Fatalf("a line of %d bytes", len(line))
			}
			if r, ok := n.reply(ntfySay(line)); ok && (!replyID.MatchString(r.ID) || !answerForm.MatchString(r.Text) || r.At.IsZero()) {
				t.Fatalf("a reply %+v", r)
			}
		}
		t.Fatal("more lines than bytes")
	})
}
