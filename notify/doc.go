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
// by which [Withdrawer] takes back whatever of them is still out. A receipt is
// the service's name for a message that it repeats by itself until the phone
// acknowledges it.
//
// # What a channel can do
//
// Every channel sends. The rest are abilities, found by a type assertion:
//
//   - [Withdrawer] takes back what is out.
//   - [Receipter] reads whether a phone acknowledged.
//   - [Repeater] says which levels the service repeats by itself.
//   - [Checker] tries the credentials without a push.
//
// # Guarantees
//
//   - A nil error of Send means that the service accepted the message. The
//     opposite is not so: an [Unreached] message may have been accepted, its
//     answer lost. A second try carries the same Key and Tag.
//   - One call is one request at most. Whoever calls decides on the next try,
//     by the [FailureKind]; nothing here repeats anything.
//   - A call ends with its context, and one request never takes longer than
//     [Pace].Request from the dial to the last byte. Answers are read up to
//     64 KiB, redirects are not followed.
//   - A service's rules are kept for the whole process, however many channels
//     and goroutines there are: two requests at a time, and one reading of a
//     receipt each [Pace].Receipts.
//   - Every error is a [*Failure]. No error text and no log line holds a
//     secret, whoever wrote it.
//
// # What it does not do
//
// It keeps no state that outlives the process, repeats nothing, chooses no
// channel and writes no words: the daemon does. It logs at Debug only, because
// every outcome is returned.
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
// # Adding a channel
//
// A channel type is one file, one row in [Types], one entry in
// config.example.yaml. The file holds a function that returns the [Type]: the
// settings with an example each, and Open, which reads its [Values], returns
// every problem at once, and does no I/O. Values arrive checked for kind, with
// secrets read. ExampleType shows the whole of it.
package notify
