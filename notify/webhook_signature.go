package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The headers that a webhook's receiver checks.
const (
	WebhookTimestamp = "Nightbell-Timestamp" // Unix seconds
	WebhookSignature = "Nightbell-Signature" // v1=, then 64 hexadecimal digits
)

// webhookWindow is how far the clocks of both ends may be apart, and how long
// a push that somebody overheard could be played again. Five minutes is what
// others in the field allow, and every clock that is set at all keeps it.
const webhookWindow = 5 * time.Minute

const webhookVersion = "v1="

// signWebhook is the signature of a body: HMAC-SHA256 over the timestamp as it
// stands in its header, a full stop and the body as it came.
func signWebhook(secret, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return webhookVersion + hex.EncodeToString(mac.Sum(nil))
}

// VerifyWebhook says what is wrong with a post, given both headers and the body
// as it came, byte for byte; nil: it is genuine and fresh. It is for receivers
// written in Go. A receiver that must not act twice keeps the signatures of
// the last five minutes.
func VerifyWebhook(secret, timestamp, signature string, body []byte, now time.Time) error {
	given, ok := strings.CutPrefix(signature, webhookVersion)
	if !ok {
		return fmt.Errorf("the signature is not one; %s is v1= and 64 hexadecimal digits", WebhookSignature)
	}
	if want := signWebhook(secret, timestamp, body); !hmac.Equal([]byte(webhookVersion+given), []byte(want)) {
		return errors.New("the signature does not fit; check that both ends have the same secret, and that the body is read as it came")
	}
	// Only now, so that nobody learns from the answer what time it is here.
	at, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return fmt.Errorf("the timestamp is not one; %s is Unix seconds", WebhookTimestamp)
	}
	if apart := now.Sub(time.Unix(at, 0)).Abs(); apart > webhookWindow {
		return fmt.Errorf("the timestamp is %s from this clock, more than %s; set both clocks", apart.Truncate(time.Second), webhookWindow)
	}
	return nil
}
