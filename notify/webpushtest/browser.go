// Package webpushtest is the browser's side of a Web Push: keys to subscribe
// with, and reading what was sent to them as RFC 8188 and 8291 say, with
// nothing of the library that encrypts.
package webpushtest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// Browser holds the keys of one subscription.
type Browser struct {
	key    *ecdh.PrivateKey
	secret []byte
}

// New makes keys.
func New() (*Browser, error) {
	b := &Browser{secret: make([]byte, 16)} // RFC 8291, 3.2
	_, _ = rand.Read(b.secret)              // never fails (crypto/rand)
	var err error
	b.key, err = ecdh.P256().GenerateKey(rand.Reader)
	return b, err
}

// Key is the public key, as a browser gives it away: p256dh.
func (b *Browser) Key() string {
	return base64.RawURLEncoding.EncodeToString(b.key.PublicKey().Bytes())
}

// Auth is the secret of the subscription: auth.
func (b *Browser) Auth() string { return base64.RawURLEncoding.EncodeToString(b.secret) }

// Read is the text of a request's body (RFC 8291, 3.4 and RFC 8188, 2), in one
// record of so many bytes.
func (b *Browser) Read(body []byte, record uint32) ([]byte, error) {
	if len(body) < 21+65 {
		return nil, errors.New("the body is too short")
	}
	salt, size, length := body[:16], binary.BigEndian.Uint32(body[16:20]), int(body[20])
	if size != record {
		return nil, fmt.Errorf("a record of %d bytes", size)
	}
	sender, err := ecdh.P256().NewPublicKey(body[21 : 21+length])
	if err != nil {
		return nil, err
	}
	shared, err := b.key.ECDH(sender)
	if err != nil {
		return nil, err
	}
	info := "WebPush: info\x00" + string(b.key.PublicKey().Bytes()) + string(sender.Bytes())
	ikm, err := hkdf.Key(sha256.New, shared, b.secret, info, 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, ikm, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	text, err := gcm.Open(nil, nonce, body[21+length:], nil)
	if err != nil {
		return nil, err
	}
	end := strings.LastIndexByte(string(text), 2) // the delimiter of the last record, then zeros
	if end < 0 {
		return nil, errors.New("the record has no end")
	}
	return text[:end], nil
}
