package notify_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"nightbell/notify"
)

// A channel type of its own: settings with an example each, Open, and Send.
// In the package it stands in a file of its own and has a row in Types.
func ExampleType() {
	pager := notify.Type{
		Name:     "pager",
		Settings: []notify.Setting{{Key: "number", Kind: notify.Text, Required: true, Example: "555-0100"}},
		Reaches:  true,
		Open: func(name string, v notify.Values, t notify.Tools) (notify.Channel, []notify.Problem) {
			number, _ := v["number"].(string)
			if number == "" {
				return nil, []notify.Problem{{Key: "number", Text: "is missing; write the pager's number: 555-0100"}}
			}
			return page{number, t.Out}, nil
		},
	}
	_, problems := pager.Open("mine", notify.Values{}, notify.Tools{})
	fmt.Println(problems[0].Key, problems[0].Text)

	channel, _ := pager.Open("mine", notify.Values{"number": "555-0100"}, notify.Tools{Out: os.Stdout, Now: time.Now})
	_, err := channel.Send(context.Background(), notify.Message{Level: notify.Low, Text: "Logged."})
	fmt.Println(err)
	// Output:
	// number is missing; write the pager's number: 555-0100
	// 555-0100: Logged.
	// <nil>
}

type page struct {
	number string
	out    io.Writer
}

func (p page) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	if _, err := fmt.Fprintf(p.out, "%s: %s\n", p.number, m.Text); err != nil {
		return notify.Sent{}, &notify.Failure{Kind: notify.Unreached, Err: err}
	}
	return notify.Sent{}, nil
}

// What becomes of a failure is for the caller to decide, by its kind.
func ExampleFailure() {
	for _, err := range []*notify.Failure{
		{Kind: notify.Unreached, Err: fmt.Errorf("no answer within 10s")},
		{Kind: notify.Limited, RetryAfter: time.Minute, Err: fmt.Errorf("the service answered 429")},
		{Kind: notify.Refused, Status: 400, Err: fmt.Errorf("the service answered 400")},
	} {
		switch err.Kind {
		case notify.Unreached:
			fmt.Println("again, soon:", err)
		case notify.Limited:
			fmt.Println("again after", err.RetryAfter, "and another channel now:", err)
		case notify.Refused:
			fmt.Println("another channel:", err)
		}
	}
	// Output:
	// again, soon: no answer within 10s
	// again after 1m0s and another channel now: the service answered 429
	// another channel: the service answered 400
}
