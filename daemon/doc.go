// Package daemon is the running thing: it opens reminders when they are due,
// keeps them up until they are answered, and tells when it cannot.
//
// # Shape
//
// Step is the policy, a pure function: from the state (what the journal holds
// and what is configured) and an instant it makes what is to be written and
// when to look again. Answer, Undo and Acknowledge turn what people do into
// what is to be written, as purely. Daemon is the shell: one loop that reads
// what changed, steps, commits everything of that step in one transaction,
// hands the due deliveries to one sender a channel, and waits. Nothing is
// sent that is not on disk, and nothing is told a person that is not on disk.
//
// # A reminder's life
//
// A reminder is named by its kind, anchor and due instant, so that asking
// twice opens it once. It opens when its start is due, and closes as
//
//	logged    a counted session took the start, whoever logged it
//	skipped   the person said: not this one
//	lapsed    give_up after the first push that a service accepted
//	replaced  a newer plan moved the start before anyone answered
//	told      a line that wants no answer reached a service
//
// Skipped and lapsed starts become passed starts of the planner's history. A
// snooze or a pause begins a new burst of pushes at its end; the due instant
// stays. Each burst has a tag of its own at the services, so that taking one
// back can never take the next one with it.
//
// # Who is told, and when nobody is urged
//
// The partner's channels get an alarm that nobody has answered for
// partner.after, once for each reminder, and nothing else: no ordinary push, no
// push that another channel could not deliver, nothing parked. An answer from
// there stops the ringing; a session is logged only by a button that says so.
//
// While it hurts (the mark "pain", until the person clears it) every start is
// still pushed, once and at level normal at most. There is no repeat, no
// escalation, no nudge, no coach and no power session, and nothing louder is
// parked. What rings when it is noted is taken back, and nothing takes its place.
//
// The coach is one low reminder, due when a power session began by "starting";
// its rounds are the changes of the pattern. Any answer ends it.
//
// # Where the person is
//
// A mark "zone NAME" overrides the configuration's zone until another one, or
// one without a name, is newer. Deliveries keep the zone they were queued in,
// so that the next message can say that the clock on the wall has changed.
//
// # What a crash leaves
//
// The process can die between any two steps of a push. What the next start
// finds in the journal, and does; each row is the subtest of its name of a
// TestKilledAtEachPoint... of cmd/nightbell, which kill the real program there:
//
//	died                                      left                            then
//	before the step is committed              nothing                         the step is made again, the same
//	committed, before the request             a pending delivery              it is sent
//	about to request                          a pending delivery              it is sent
//	accepted, before the outcome is known     a pending delivery              it is sent once more, same key and tag
//	accepted, before the outcome is written   a pending delivery              it is sent once more, same key and tag
//	outcome written                           a sent delivery, its receipt    the receipt is read on
//	answer read, before its commit            an open receipt                 it is read again before anything is sent
//	answer committed, nothing taken back yet  a session, the reminder open    the reminder closes, the push is taken back
//	about to take back                        a pending withdrawal            it is made
//	taken back, before that is written        a pending withdrawal            it is made again, which changes nothing
//	taken back and written                    nothing                         nothing
//	failed, before that is written            a pending delivery              it is sent at once
//	failed and written                        a pending delivery              it is sent at its next try
//	refused, before that is written           a pending delivery              it is refused once more, then the next channel
//	refused and written                       a refused delivery              the next channel has it
//	a command answers, before its commit      the reminder open               who asked knows that it did not work; it rings on
//	a command answers and that is committed   a session, the reminder closed  the push is taken back; asked again: already logged
//	given up, before that is written          the reminder open               it is given up, once
//	given up and written                      a passed start                  nothing
//	a receipt ran out, before its commit      an open receipt                 it is read again
//	a receipt ran out and that is committed   nothing                         nothing
//	about to park                             a pending delivery              it is parked
//	parked, before that is written            a pending delivery              it is parked again, in the place of the first
//	parked and written                        a parked delivery               nothing, until it moves
//	moved: committed, before the old is back  a withdrawal and a delivery     the old is taken back, then the new is parked
//	moved: about to take the old back         a withdrawal and a delivery     the same
//	moved: the old is back, not written       a withdrawal and a delivery     the same
//	moved: the new is parked, not written     a pending delivery              it is parked again, in the place of the first
//	a reply is read, before its commit        the reply, at the server        it is read again
//	a reply is committed                      a session, what it closes       the push and the parked alarm are taken back
//	about to copy to Baby Buddy               a note that it is asked         it is not there, and is asked again
//	copied there, before that is written      a note that it is asked         it is found there, wherever either is by then
//	copied there and written                  both, and that they are one     what moved meanwhile moves on both sides
//	taken from there, before that is written  a session, by the entry's key   it is known by that key, and not taken twice
//	taken from there and written              both, and that they are one     what moved meanwhile moves on both sides
//
// The same is held in memory against random lives at every commit: the journal
// ends as if the process had not died (TestACrashChangesNothing).
//
// At start the open receipts and the replies that wait are read first, for at
// most 30 s, so that an alarm that was answered while the daemon was down does
// not ring again. What people ask for meanwhile is carried out as where no daemon
// runs, without a step: written down, and not followed by anything that is sent.
//
// What a service holds is held against the journal at the start and then every
// half hour. What a journal that was lost, or is older than what was parked, does
// not know is taken back, the keys of its buttons tell whose it is; so is what the
// service had refused to give back. What it holds no more is parked again.
//
// # A clock that was set
//
// What was sent stays sent: keys decide, not times. Set back, what waits for
// its next try waits no longer for it, a start that lapsed in what is now the
// future and that no service took is offered once it is due, and an alarm that
// lapsed there buys that night no quiet. Set back while nobody looked, the newest
// entry of the journal tells it: pushes are held until the machine says that its
// clock is kept right, at most two minutes, and what is so then counts.
//
// # A service that does not answer
//
// A delivery that did not get through is tried again after 5 s, then at
// doubling distances up to a minute, until its reminder closes. One exception:
// a request that went out whole and brought no answer may be on the phone
// already, and Pushover has no name under which the next would take its place.
// There the tries of everything but an alarm lie 1, 2, 5, 10 and then 20 min
// apart, so that a service that takes every push and loses every answer shows
// seven of them in an hour and not sixty. The price: where such a channel is
// the only one, a push may come up to 20 min after the service works again. A
// request that cannot be made, an error that the service itself answers, a
// service that folds by key (ntfy, a webhook, a browser) and a withdrawal keep
// the quick pace. Where another channel refused the push, that one is asked anew
// each give_up, and this one goes on at its pace. How many tries brought no
// answer is not in the journal: after a restart the next wait is kept, and those
// after it begin at 1 min.
//
// # An outage
//
// When the machine was off, asleep, or the process stopped for longer than a
// reminder's give_up, the starts that fell into that time lapse without a
// sound, one by one through the planner; then one message says what is due,
// or, by day, where things stand. A network that is gone is no outage: the
// reminder stays open and its delivery is tried until it gets through.
package daemon
