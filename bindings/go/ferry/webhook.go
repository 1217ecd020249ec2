package ferry

// #include <ferry.h>
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"net/http"
	"time"
	"unsafe"
)

// WebhookTolerance is the usual greatest age of a message.
const WebhookTolerance = 5 * time.Minute

// maxWebhook is how long a message may be that [Webhook] reads, in bytes.
const maxWebhook = 1 << 20

// WebhookEvent is a message of the service. Every field may be empty; an ID comes again if the first delivery
// seemed lost.
type WebhookEvent struct {
	ID        int64     `json:"id"`
	Action    string    `json:"action"` // such as "fp.upload"; an unknown one is no error
	Timestamp time.Time `json:"-"`
	// Text is what happened; its shape goes by the action.
	Text json.RawMessage `json:"text"`
	// Raw is the whole message.
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads what the service sends.
func (e *WebhookEvent) UnmarshalJSON(message []byte) error {
	type fields WebhookEvent
	*e = WebhookEvent{Raw: bytes.Clone(message)}
	var sent struct{ Timestamp int64 }
	err := decodeAll(message, (*fields)(e), &sent)
	if sent.Timestamp != 0 {
		e.Timestamp = time.Unix(sent.Timestamp, 0)
	}
	return err
}

// MarshalJSON writes what the service sends.
func (e WebhookEvent) MarshalJSON() ([]byte, error) {
	type fields WebhookEvent
	sent := struct {
		Timestamp int64 `json:"timestamp,omitempty"`
	}{}
	if !e.Timestamp.IsZero() {
		sent.Timestamp = e.Timestamp.Unix()
	}
	return encodeAll(e.Raw, fields(e), sent)
}

// VerifyWebhook tells whether a message comes from the service: nil, [ErrSignatureMismatch] or
// [ErrSignatureExpired]. body is the raw body of the request, before any parsing; timestamp and signature are
// its headers FS-Timestamp and FS-Signature. tolerance is the greatest age (and the greatest lead of the
// service's clock) of a message, in whole seconds; 0: any age. While secrets change, give the old and the new
// one.
func VerifyWebhook(
	body []byte, timestamp, signature string, tolerance time.Duration, secrets ...string,
) error {
	call := begin(context.Background())
	defer call.end()
	seconds := C.uint32_t(min(call.units("tolerance", tolerance, time.Second), math.MaxUint32))
	when, signed := call.text("timestamp", timestamp), call.text("signature", signature)
	data, length := nonEmpty(body), C.size_t(len(body))
	if len(secrets) == 1 {
		secret := call.text("secret", secrets[0])
		return call.do(func(err **C.ferry_error) C.ferry_status {
			return C.ferry_webhook_verify(
				secret, unsafe.Pointer(&data[0]), length, when, signed, seconds, err)
		})
	}
	list := call.texts("secrets", secrets)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_webhook_verify_any(list, C.size_t(len(secrets)),
			unsafe.Pointer(&data[0]), length, when, signed, seconds, err)
	})
}

// SignWebhook signs a message as the service does, to test a receiver.
func SignWebhook(body []byte, timestamp, secret string) (string, error) {
	call := begin(context.Background())
	defer call.end()
	key, when := call.text("secret", secret), call.text("timestamp", timestamp)
	return call.string(func(out **C.char, err **C.ferry_error) C.ferry_status {
		data := nonEmpty(body)
		return C.ferry_webhook_sign(key, unsafe.Pointer(&data[0]), C.size_t(len(body)), when, out, err)
	})
}

// Webhook receives messages: receive gets those that were signed with one of the secrets at most tolerance
// ago. The answer is 204, or 500 if receive fails, so that the message comes again; 403 if the signature is
// wrong or too old, 413 for more than 1 MiB.
func Webhook(
	receive func(context.Context, WebhookEvent) error, tolerance time.Duration, secrets ...string,
) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		status := http.StatusNoContent
		if err := receiveWebhook(w, r, receive, tolerance, secrets); err != nil {
			status = webhookStatus(err)
		}
		w.WriteHeader(status)
	})
}

func receiveWebhook(
	w http.ResponseWriter, r *http.Request, receive func(context.Context, WebhookEvent) error,
	tolerance time.Duration, secrets []string,
) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWebhook))
	if err != nil {
		return err
	}
	timestamp, signature := r.Header.Get("FS-Timestamp"), r.Header.Get("FS-Signature")
	if timestamp == "" || signature == "" {
		return ErrSignatureMismatch
	}
	if err := VerifyWebhook(body, timestamp, signature, tolerance, secrets...); err != nil {
		return err
	}
	var event WebhookEvent
	if err := event.UnmarshalJSON(body); err != nil {
		return err
	}
	return receive(r.Context(), event)
}

func webhookStatus(err error) int {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, ErrSignatureMismatch), errors.Is(err, ErrSignatureExpired):
		return http.StatusForbidden
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}
