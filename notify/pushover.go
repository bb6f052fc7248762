package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/gregdel/pushover"
)

// The bounds of an emergency push (https://pushover.net/api#priority). The
// service also stops after 50 retries, which its page does not say: at one in
// 30 s an alarm would end after 25 min, so long alarms ring less often.
const (
	leastRetry  = 30 * time.Second
	leastExpire = 30 * time.Second // chosen: an expiry before the first retry means nothing
	mostExpire  = 10800 * time.Second
	mostRetries = 50
)

// receiptBytes bounds what is kept of a receipt's name: real ones have 30.
const receiptBytes = 200

// The keys of the log lines, all of them at Debug.
const (
	keyChannel    = "channel"
	keyLevel      = "level"
	keyEmergency  = "emergency"
	keyRemaining  = "remaining"  // of the month's quota, as the service says
	keyCharacters = "characters" // of a link that is too long
	keyReplaces   = "replaces"   // a later push can take its place
	keyLabel      = "label"      // of a button
	keyError      = "error"
	keyAt         = "at" // when it comes
)

// pushoverChannel sends through Pushover, or a relay that speaks like it.
type pushoverChannel struct {
	scrubber
	token, user string
	device, api string
	sounds      map[Level]string
	answerable  map[Level]bool
	log         *slog.Logger
	now         func() time.Time
	pace        Pace
	service     *service
}

// Repeats tells whether a message of this level goes out with emergency
// priority, which the phone can acknowledge.
func (p *pushoverChannel) Repeats(l Level) bool { return p.answerable[l] }

// Adds is always so: the service has no name under which one push takes the
// place of another.
func (p *pushoverChannel) Adds() bool { return true }

// Send gives m to the service. Exactly one request leaves the machine, or none.
func (p *pushoverChannel) Send(ctx context.Context, m Message) (Sent, error) {
	const doing = "sending"
	one := *p // for this message alone
	one.scrubber, p = p.about(m), &one
	push, err := p.compose(m)
	if err != nil {
		return Sent{}, p.failure(Refused, doing, err)
	}
	c := process.begin(ctx, p, "")
	if push.Priority == pushover.PriorityEmergency {
		c.tags = m.Tag
	}
	defer process.end(c)
	_, err = pushover.New(c.key).SendMessage(push, pushover.NewRecipient(c.key))
	// What the service said counts, and the library's view of it only where
	// there was no request: where a relay leaves the quota headers out, the
	// library makes an error of an accepted message and drops its receipt.
	said, err := p.judgeCall(c, doing, err)
	if err != nil {
		return Sent{}, err
	}
	sent := Sent{}
	if push.Priority == pushover.PriorityEmergency {
		sent.RepeatsUntil = p.now().Add(push.Expire)
		sent.Withdrawable = m.Tag != ""
		if len(said.Receipt) <= receiptBytes {
			sent.Receipt = said.Receipt
		}
	}
	p.log.Debug("push accepted", keyChannel, p.name, keyLevel, m.Level.String(),
		keyEmergency, push.Priority == pushover.PriorityEmergency, keyRemaining, c.answer.header.Get("X-Limit-App-Remaining"))
	return sent, nil
}

// compose turns m into what the service takes: text is cut to its limits by
// characters. A link that is too long is left out, because a cut one would
// lead somewhere else.
func (p *pushoverChannel) compose(m Message) (*pushover.Message, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	text, title := cut(m.Text, pushover.MessageMaxLength), cut(m.Title, pushover.MessageTitleMaxLength)
	if text == "" {
		text, title = title, "" // the service takes no message without text
	}
	push := &pushover.Message{
		Message: text, Title: title, DeviceName: p.device, Sound: p.sounds[m.Level],
		Priority: map[Level]int{Low: pushover.PriorityLow, Normal: pushover.PriorityNormal, High: pushover.PriorityHigh, Alarm: pushover.PriorityHigh}[m.Level],
	}
	if !m.Time.IsZero() {
		push.Timestamp = m.Time.Unix()
	}
	if m.Link != "" && len([]rune(m.Link)) <= pushover.MessageURLMaxLength {
		push.URL, push.URLTitle = strings.ToValidUTF8(m.Link, ""), cut(m.LinkTitle, pushover.MessageURLTitleMaxLength)
	} else if m.Link != "" {
		p.log.Debug("link left out", keyChannel, p.name, keyCharacters, len([]rune(m.Link)))
	}
	// A line that wants no repeats wants no answer either: only an alarm rings all the same.
	if p.answerable[m.Level] && (m.Repeat.For > 0 || m.Level == Alarm) {
		push.Priority = pushover.PriorityEmergency
		push.Retry, push.Expire = emergency(m.Repeat)
	}
	return push, nil
}

// emergency fits the wanted repeats to what the service does, in whole seconds.
func emergency(r Repeat) (retry, expire time.Duration) {
	expire = seconds(min(max(r.For, leastExpire), mostExpire))
	return max(seconds(r.Every), leastRetry, seconds(expire/mostRetries)), expire
}

// seconds rounds d up to whole seconds.
func seconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// Withdraw cancels every emergency push with this tag. It works without a
// receipt, so also where the answer that held it was lost.
func (p *pushoverChannel) Withdraw(ctx context.Context, tag string) error {
	const doing = "withdrawing"
	if err := checkTag(tag); err != nil {
		return p.failure(Refused, doing, err)
	}
	a := p.exchange(ctx, http.MethodPost, p.api+"/receipts/cancel_by_tag/"+tag+".json", url.Values{"token": {p.token}})
	said, err := p.judge(ctx, doing, a)
	if a.status == http.StatusNotFound && said.Status != nil {
		return nil // the service itself says that nothing is out; a page of some proxy does not
	}
	return err
}

// Receipt reads a receipt, not earlier than Pace.Receipts after the last
// reading of any receipt of this service in the process. It is not the
// library's: that one panics on every answer that is not a receipt.
func (p *pushoverChannel) Receipt(ctx context.Context, receipt string) (Receipt, error) {
	const doing = "reading a receipt"
	if receipt == "" {
		return Receipt{}, p.failure(Refused, doing, errors.New("there is none"))
	}
	done, err := p.takeTurn(ctx)
	if err != nil {
		return Receipt{}, p.failure(Unreached, doing, err)
	}
	defer done()
	address := p.api + "/receipts/" + url.PathEscape(receipt) + ".json?token=" + p.token
	a := p.exchange(ctx, http.MethodGet, address, nil)
	said, err := p.judge(ctx, doing, a)
	// Both say that the service does not know it, unless it is the token that is refused.
	if (a.status == http.StatusNotFound || a.status == http.StatusBadRequest) && said.Token != "invalid" {
		return Receipt{Gone: true}, nil
	}
	if err != nil {
		return Receipt{}, err
	}
	life, err := lifeOf(a.body, p.now())
	if err != nil {
		return Receipt{}, p.failure(Unreached, doing, err)
	}
	return life, nil
}

// deviceMost is the longest name of a device (https://pushover.net/api#identifiers).
const deviceMost = 25

// lifeOf reads a receipt's life at now.
func lifeOf(body []byte, now time.Time) (Receipt, error) {
	var life struct {
		Acknowledged   number `json:"acknowledged"`
		AcknowledgedAt number `json:"acknowledged_at"`
		Device         string `json:"acknowledged_by_device"` // acknowledged_by is a user key: a secret
		Expired        number `json:"expired"`
	}
	if err := json.Unmarshal(firstObject(body), &life); err != nil {
		return Receipt{}, errors.New("the answer is not a receipt")
	}
	switch {
	case life.Acknowledged != 0: // first: an acknowledged one may be expired as well
		at := now
		if life.AcknowledgedAt > 0 {
			at = time.Unix(int64(life.AcknowledgedAt), 0)
		}
		return Receipt{Acknowledged: true, At: at, By: cut(printable(life.Device), deviceMost)}, nil
	case life.Expired != 0:
		return Receipt{Expired: true}, nil
	}
	return Receipt{}, nil
}

// Check asks the service whether token, user and device are known to it.
func (p *pushoverChannel) Check(ctx context.Context) error {
	const doing = "checking token and user"
	c := process.begin(ctx, p, "")
	defer process.end(c)
	details, err := pushover.New(c.key).GetRecipientDetails(pushover.NewRecipient(c.key))
	if _, err := p.judgeCall(c, doing, err); err != nil {
		return err
	}
	if p.device == "" || details == nil || len(details.Devices) == 0 { // a group names none
		return nil
	}
	for d := range strings.SplitSeq(p.device, ",") {
		if !slices.Contains(details.Devices, d) {
			return p.failure(Refused, doing, fmt.Errorf("the account has no device %q; it has %s",
				d, cut(p.secrets.Replace(printable(strings.Join(details.Devices, ", "))), 300)))
		}
	}
	return nil
}
