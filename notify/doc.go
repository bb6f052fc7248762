// Package notify carries messages to people and answers back. It knows
// nothing of routines: who wants to say something makes a [Message], a
// [Channel] takes it to a service, and what the service knows of it afterwards
// can be asked.
//
// # Words
//
// A channel is one configured way out, of one of the types that [Types] lists.
// A message has a [Level], from low to alarm; what that means is the channel's
// business. A burst is one ringing of one reminder: its messages share a Tag,
// by which [Withdrawer] takes back whatever of them is still out, and are
// counted by Round, so that a repeat can be told from a second try. A receipt
// is the service's name for a message that it repeats by itself until the phone
// acknowledges it. A reply is a tap on a [Button] that came back through the
// service. Parked is what the service holds, to deliver it later by itself.
//
// # What a channel can do
//
// Every channel sends. The rest are abilities, found by a type assertion:
//
//   - [Withdrawer] takes back what is out.
//   - [Receipter] reads whether a phone acknowledged.
//   - [Repeater] says which levels the service repeats by itself.
//   - [Adder] says whether what is sent twice is shown twice.
//   - [Checker] tries the credentials without a push.
//   - [Replier] brings replies.
//   - [Parker] parks a message and takes it back.
//   - [Holder] says what is parked.
//   - [Prober] finds out what the service's version can do.
//
// # Guarantees
//
//   - A nil error of Send means that the service accepted the message. The
//     opposite is not so: an [Unreached] message may have been accepted, its
//     answer lost; [Failure].Unanswered tells where that is likely. A second try
//     carries the same Key and Tag.
//   - No call makes the same request twice. Whoever calls decides on the next
//     try, by the [FailureKind]; nothing here repeats anything. To Pushover and
//     a webhook a call is one request; to ntfy it may be several, of which at
//     most one shows something.
//   - A call ends with its context, and one request never takes longer than
//     [Pace].Request from the dial to the last byte. Answers are read up to
//     64 KiB, redirects are not followed. A stream of replies is bounded by its
//     signs of life instead, [Pace].Alive, and a line of it has 64 KiB at most.
//   - Pushover's rules are kept for the whole process, however many channels
//     and goroutines there are: two requests at a time, and one reading of a
//     receipt each [Pace].Receipts.
//   - Every error is a [*Failure]. No error text and no log line holds a
//     secret, whoever wrote it.
//
// # What it does not do
//
// It keeps no state that outlives the process, repeats nothing, chooses no
// channel and writes no words but those of a probe: the daemon does. It logs at
// Debug only, because every outcome is returned.
//
// # The console
//
// Type console prints each message as a framed block with the commands that
// answer it. It has no settings. It reaches no phone, so it never counts as
// having reached anyone.
//
// # Pushover
//
// Type pushover sends through github.com/gregdel/pushover. Its settings:
//
//	token          required, secret   the application's token, 30 letters and digits
//	user           required, secret   the user's or group's key, 30 letters and digits
//	device         all devices        a name, or several joined by commas
//	sounds         the app's own      level to sound: {alarm: persistent}
//	api            Pushover's own     a relay, or a test; plain http only to loopback
//	insecure_http  false              allows plain http to anywhere
//	answerable     [alarm]            levels sent with emergency priority, which a phone can acknowledge
//	acknowledge    log                or awake; read by the daemon from Values["acknowledge"]
//
// Levels low, normal and high are priorities -1, 0 and 1, an alarm is 1 too.
// An answerable level is 2, emergency, when its message wants repeats; an
// alarm of an answerable level always is. An emergency message rings each
// Repeat.Every (at least 30 s, and seldom enough that the service's 50 retries
// last) for Repeat.For (30 s to 3 h).
//
// The library can be reached only through two variables of the process,
// http.DefaultClient and pushover.APIEndpoint. Opening the first Pushover
// channel sets both, once: open it before other goroutines use
// http.DefaultClient. Requests of others pass through untouched.
//
// Package notify/pushovertest is a Pushover service for tests.
//
// # ntfy
//
// Type ntfy publishes to a topic of an ntfy server, ntfy.sh or one's own. Its
// settings:
//
//	server         https://ntfy.sh    its root
//	topic          required, secret   what the phone subscribes to; at least 22 characters where strangers reach the server
//	token          none, secret       an access token (tk_...), sent to the server alone
//	replies        false              buttons come back through the server: no open port at home
//	reply_topic    topic + "-r"       secret; where they come back
//	phone_server   server             the server as phones reach it, for the buttons of replies
//	prearm         false              read by the daemon from Values["prearm"]: park the next alarm
//	insecure_http  false              allows plain http to anywhere
//
// Levels low to alarm are priorities 2 to 5. Android can ring for priority 5
// until it is dismissed ("keep alerting", a setting of the app or of the
// subscription) and pass Do Not Disturb if the person allows it; iOS has no
// such level.
//
// A topic is a password: whoever knows it reads the pushes and what their
// buttons say. The reply topic made of it is as secret as it is. The token is
// in no push, for the same reason, so buttons post replies as anybody: where
// the server asks for tokens, let everyone write to the reply topic, and only
// the token read it (ntfy access everyone REPLY_TOPIC write-only). What stands
// there is believed by nobody: a reply carries a key of its own.
//
// The Android app (from 1.22 on, with a server from 2.16 on) rings only for
// what it is not showing, so that a repeat that replaces would come without a
// sound. Therefore the pushes of a burst go by two names in turn, Tag-0 and
// Tag-1 by the Round; the one before is deleted once the next is accepted. A
// second try of the same Round replaces silently. What is parked is Tag-p.
// Withdraw deletes both names, Unpark deletes Tag-p, each also from the phone;
// neither needs to know whether something is there. An older server or an
// iPhone shows each push by itself: Sent.Withdrawable is false with such a
// server, and [Prober] tells before. Nobody can ask for the phone's kind.
//
// A 429 without Retry-After is to be tried again after 10 s; where the day's
// messages are used up, after an hour or at midnight UTC, whichever comes first.
//
// Replies hands over a reply again when its since is not kept any more (12 h by
// default): Reply.ID tells. Waiting reads what came while nobody listened.
//
// Package notify/ntfytest is an ntfy server for tests, and the phone behind it.
//
// # Webhook
//
// Type webhook posts each push as JSON to an address of one's own. Its settings:
//
//	url            required, secret   where; secret because many hold a key in their path
//	secret         required, secret   at least 16 characters; signs each post
//	insecure_http  false              allows plain http to anywhere
//
// The body, all keys always there, is one line that ends in a newline:
//
//	{"key":"r1","tag":"nb-r1-0","level":"alarm","title":"Reminder","text":"03:00. Starting or done?",
//	 "at":"2027-03-04T03:00:00Z","link":"","buttons":[{"label":"Done","url":"https://..."}],"withdraw":false}
//
// Repeats have the same key and tag. With "withdraw" true everything that came
// with this tag is to go; key, level and texts are empty. A POST without a body
// to a button's url answers. Any 2xx is an acceptance.
//
// Two headers go with it: Nightbell-Timestamp, Unix seconds, and
// Nightbell-Signature, "v1=" and in hexadecimal the HMAC-SHA256, keyed with the
// secret, of the timestamp, a full stop and the body as it came. A receiver
// refuses what is more than five minutes off its clock, either way, and
// compares in constant time; in Go, [VerifyWebhook] does. With the secret
// correct-horse-battery, the timestamp 1804161600 and the body {"key":"r1"}
// (no newline) the signature is
//
//	v1=e634c9a75f13cdf20f7067f2ba275048770f1ab75ca59f163c26d30ff12ef367
//
// # Adding a channel
//
// A channel type is one file, one row in [Types], one entry in
// config.example.yaml. The file holds a function that returns the [Type]: the
// settings with an example each, and Open, which reads its [Values], returns
// every problem at once, and does no I/O. Values arrive checked for kind, with
// secrets read. ExampleType shows the whole of it.
package notify
