// Package simulate holds people who live with reminders, and what can go
// wrong around them. Both are values: a person says what somebody does about
// what a phone shows, faults say what works when. Neither reads a clock, and
// nothing here sends, plans or decides; package daemon lets them meet its
// policy (daemon.Live).
//
// # Chance
//
// Every chance is drawn by name from a seed (math/rand/v2, PCG): the same
// seed and the same push give the same answer, in whatever order the pushes
// come. One push more or less therefore changes nothing about the others,
// and a life can be compared with the same life after a crash.
//
// # Words
//
//	card   one push as a phone shows it
//	act    one thing a person does, at an instant
//	visit  one session with all the acts that tell of it
//	fault  a stretch in which a channel or the machine does not work
//
// # What it does not do
//
// People here neither learn nor tire, and have no opinion on amounts. They
// are for finding out what a routine is like to live with and whether the
// daemon keeps its promise, not for predicting anybody.
package simulate
