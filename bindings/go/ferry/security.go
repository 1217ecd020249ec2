package ferry

// #include <ferry.h>
import "C"

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// Policy says what may be done, until when and with what. Empty fields say nothing, but a Call that is empty
// and not nil allows nothing.
type Policy struct {
	Expiry time.Time // when it ends; needed
	// Call is what may be done: "pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove",
	// "exif", "runWorkflow".
	Call      []string
	Handle    string // the file it is for
	URL       string // a regular expression of the URLs it is for
	MaxSize   int64  // bytes of what is stored, at most
	MinSize   int64  // bytes of what is stored, at least
	Path      string // a regular expression of the path in the storage
	Container string // a regular expression of the container
}

// Security is a policy and its signature. It may be used by any number of goroutines at once.
type Security struct {
	security *owned[*C.ferry_security]
}

// policyFields is a policy as JSON.
type policyFields struct {
	Expiry    int64     `json:"expiry,omitempty"` // Unix seconds
	Call      *[]string `json:"call,omitempty"`   // an empty one allows nothing, none at all everything
	Handle    string    `json:"handle,omitempty"`
	URL       string    `json:"url,omitempty"`
	MaxSize   int64     `json:"maxSize,omitempty"`
	MinSize   int64     `json:"minSize,omitempty"`
	Path      string    `json:"path,omitempty"`
	Container string    `json:"container,omitempty"`
}

// MarshalJSON writes the policy as the service takes it.
func (p Policy) MarshalJSON() ([]byte, error) { return encode(p.fields()) }

func (p Policy) fields() policyFields {
	fields := policyFields{0, nil, p.Handle, p.URL, p.MaxSize, p.MinSize, p.Path, p.Container}
	if p.Call != nil {
		fields.Call = &p.Call
	}
	if !p.Expiry.IsZero() {
		fields.Expiry = p.Expiry.Unix()
	}
	return fields
}

// UnmarshalJSON reads a policy as the service takes it, in which a field that no policy has is an error.
func (p *Policy) UnmarshalJSON(text []byte) error {
	var fields policyFields
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&fields); err != nil {
		return err
	}
	*p = Policy{
		Handle: fields.Handle, URL: fields.URL, MaxSize: fields.MaxSize, MinSize: fields.MinSize,
		Path: fields.Path, Container: fields.Container,
	}
	if fields.Call != nil {
		p.Call = *fields.Call
	}
	if fields.Expiry != 0 {
		p.Expiry = time.Unix(fields.Expiry, 0)
	}
	return nil
}

// String returns the policy as JSON.
func (p Policy) String() string {
	text, _ := json.Marshal(p.fields()) // texts and numbers always can be written
	return string(text)
}

// NewSecurity signs a policy. The secret of the application is not kept.
func NewSecurity(policy Policy, appSecret string) (*Security, error) {
	return NewSecurityJSON(policy, appSecret)
}

// NewSecurityJSON is [NewSecurity] for a policy that is JSON already, as from a file of settings. policy
// becomes a JSON object: a [json.RawMessage], a map[string]any with "expiry" in Unix seconds, or the like. It
// is checked: a field that no policy has is [ErrInvalidArgument].
func NewSecurityJSON(policy any, appSecret string) (*Security, error) {
	sign := func(policy, secret *C.char, out **C.ferry_security, err **C.ferry_error) C.ferry_status {
		return C.ferry_security_new(policy, secret, out, err)
	}
	return newSecurity(policy, appSecret, sign)
}

// NewSecurityUnchecked is [NewSecurityJSON] with any fields, for what the service knows and this version of
// the library does not.
func NewSecurityUnchecked(policy any, appSecret string) (*Security, error) {
	sign := func(policy, secret *C.char, out **C.ferry_security, err **C.ferry_error) C.ferry_status {
		return C.ferry_security_new_unchecked(policy, secret, out, err)
	}
	return newSecurity(policy, appSecret, sign)
}

// SecurityFromSigned takes a policy (base64) and its signature (hexadecimal) that somebody with the secret
// has made.
func SecurityFromSigned(policy, signature string) (*Security, error) {
	call := begin(context.Background())
	defer call.end()
	text, digits := call.text("policy", policy), call.text("signature", signature)
	var security *C.ferry_security
	err := call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_security_from_signed(text, digits, &security, err)
	})
	return takeSecurity(security), err
}

type signer func(policy, secret *C.char, out **C.ferry_security, err **C.ferry_error) C.ferry_status

func newSecurity(policy any, appSecret string, sign signer) (*Security, error) {
	call := begin(context.Background())
	defer call.end()
	text, secret := call.json("policy", policy), call.text("app secret", appSecret)
	var security *C.ferry_security
	err := call.do(func(err **C.ferry_error) C.ferry_status { return sign(text, secret, &security, err) })
	return takeSecurity(security), err
}

// takeSecurity takes over a security; nil after a failure.
func takeSecurity(security *C.ferry_security) *Security {
	if security == nil {
		return nil
	}
	return &Security{own(security, func(s *C.ferry_security) { C.ferry_security_free(s) })}
}

// security lends a security to the call; NULL for nil.
func (c *call) security(security *Security) *C.ferry_security {
	if security == nil {
		return nil
	}
	return lend(c, security.security)
}

// Close frees the security. Clients and uploads made with it keep what they need.
func (s *Security) Close() error { return s.security.close() }

// ExpiryIn is the moment so long from now, in whole seconds, for [Policy.Expiry].
func ExpiryIn(d time.Duration) time.Time {
	return time.Unix(int64(C.ferry_security_expiry_in(C.uint64_t(max(d, 0)/time.Second))), 0)
}

// Asked is what a policy may look at; see [Security.Allows].
type Asked struct {
	Handle    string    `json:"handle,omitempty"`
	Size      *int64    `json:"size,omitempty"`
	Path      string    `json:"path,omitempty"`
	Container string    `json:"container,omitempty"`
	URL       string    `json:"url,omitempty"`
	Now       time.Time `json:"-"` // instead of the clock
}

// Allows asks without the service whether the policy lets a call pass: nil, or [ErrInvalidArgument] with the
// reason. name is "read", "store", "convert" and so on.
func (s *Security) Allows(name string, asked Asked) error {
	details := struct {
		Asked
		Now int64 `json:"now,omitempty"`
	}{Asked: asked}
	if !asked.Now.IsZero() {
		details.Now = asked.Now.Unix()
	}
	call := begin(context.Background())
	defer call.end()
	security, what, with := lend(call, s.security), call.text("call", name), call.json("details", details)
	return call.do(func(err **C.ferry_error) C.ferry_status {
		return C.ferry_security_allows(security, what, with, err)
	})
}

// PolicyJSON is the policy as the JSON text that was signed.
func (s *Security) PolicyJSON() string {
	return look(s.security, func(s *C.ferry_security) *C.char { return C.ferry_security_policy_json(s) })
}

// String returns the policy as JSON, without the signature.
func (s *Security) String() string { return s.PolicyJSON() }

// Policy is the policy in URL-safe base64, as the service takes it.
func (s *Security) Policy() string {
	return look(s.security, func(s *C.ferry_security) *C.char { return C.ferry_security_policy_b64(s) })
}

// Signature is 64 hexadecimal digits.
func (s *Security) Signature() string {
	return look(s.security, func(s *C.ferry_security) *C.char { return C.ferry_security_signature(s) })
}

// URLString is both as the element of a URL: "security=p:POLICY,s:SIGNATURE".
func (s *Security) URLString() string {
	return look(s.security, func(s *C.ferry_security) *C.char { return C.ferry_security_url_string(s) })
}
