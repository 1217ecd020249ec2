package ferry

// #include <ferry.h>
import "C"

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// Status is what kind of failure an [Error] is. It is an error itself, to be looked for with [errors.Is].
type Status int32

// The kinds of failures.
const (
	ErrInvalidArgument   Status = C.FERRY_INVALID_ARGUMENT   // an argument cannot be used; nothing was sent
	ErrInvalidState      Status = C.FERRY_INVALID_STATE      // closed, or in use: it runs already
	ErrIO                Status = C.FERRY_IO                 // a local file, a reader or a writer failed
	ErrNetwork           Status = C.FERRY_NETWORK            // the connection failed or was cut
	ErrTimeout           Status = C.FERRY_TIMEOUT            // a timeout or a deadline has passed
	ErrHTTP              Status = C.FERRY_HTTP               // the service refused; see HTTPStatus and Body
	ErrProtocol          Status = C.FERRY_PROTOCOL           // the answer was not understood
	ErrIntegrity         Status = C.FERRY_INTEGRITY          // what was stored differs from what was sent
	ErrFileChanged       Status = C.FERRY_FILE_CHANGED       // the source or the file fetched has changed
	ErrCancelled         Status = C.FERRY_CANCELLED          // cancelled, or interrupted, e.g. by a context
	ErrPaused            Status = C.FERRY_PAUSED             // paused; run it again to go on
	ErrNotReady          Status = C.FERRY_NOT_READY          // there is no result yet
	ErrSignatureMismatch Status = C.FERRY_SIGNATURE_MISMATCH // the signature does not belong to the message
	ErrSignatureExpired  Status = C.FERRY_SIGNATURE_EXPIRED  // the signature is right but too old
	ErrOutOfMemory       Status = C.FERRY_OUT_OF_MEMORY      // memory or threads have run out
	ErrInternal          Status = C.FERRY_INTERNAL           // a bug in the library
)

// words say what kind of failure it is, where its name in C does not.
var words = map[Status]string{
	ErrIO:       "input or output failed",
	ErrNetwork:  "the connection failed",
	ErrTimeout:  "timeout",
	ErrHTTP:     "the service refused",
	ErrProtocol: "the answer was not understood",
	ErrInternal: "a bug in the library",
}

// Error says what kind of failure it is, such as "ferry: invalid argument".
func (s Status) Error() string {
	text, special := words[s]
	if !special {
		text = strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(s.Name(), "FERRY_"), "_", " "))
	}
	return "ferry: " + text
}

// Name returns the name that the status has in C and in every other language, such as "FERRY_NETWORK";
// "unknown" for a number that is none.
func (s Status) Name() string { return C.GoString(C.ferry_status_name(C.ferry_status(s))) }

// MarshalText writes the name.
func (s Status) MarshalText() ([]byte, error) { return []byte(s.Name()), nil }

// UnmarshalText reads a name.
func (s *Status) UnmarshalText(name []byte) error {
	for candidate := Status(C.FERRY_OK); candidate <= ErrInternal; candidate++ {
		if candidate.Name() == string(name) {
			*s = candidate
			return nil
		}
	}
	return invalid(fmt.Sprintf("%q is no status", name))
}

// Error is why a call failed. [errors.Is] finds its Status, and what lies behind it: the error of a context,
// a callback, a reader or a writer, and the system's error of a local file or a connection. It also finds
//
//   - [fs.ErrNotExist]: there is no such local file, or the service answered 404 or 410.
//   - [fs.ErrPermission]: the local file may not be used, or the service answered 401 or 403.
//   - [fs.ErrClosed]: the object is closed.
//   - [os.ErrDeadlineExceeded]: a time limit has passed, also that of a context.
//
// [errors.As] finds a [net.Error] if the network failed or a time limit has passed.
type Error struct {
	// Status is the kind of failure, such as [ErrHTTP].
	Status Status
	// Message says what was being done, to what, what came back and what to do, in one line. It holds no
	// secret.
	Message string
	// Step is the step of an upload or a request that failed, such as "start" or "commit"; "" if there is
	// none.
	Step string
	// HTTPStatus is the status of the service's answer; 0 if there was none.
	HTTPStatus int
	// Body is the first 16 KiB of the service's answer, secrets replaced.
	Body string
	// Retryable says whether the same call can succeed later without a change: after a network failure, a
	// busy service or an interrupt. It is false after a pause, which is no failure, if the call may have
	// created something that a repetition would create twice, and if the context had ended before the call.
	// After the end of a context, the same call needs another context.
	Retryable bool

	cause  error
	system syscall.Errno // 0: none
	closed bool
}

// Error is the message, and behind it what a callback, a reader or a writer said.
func (e *Error) Error() string {
	if e.cause != nil {
		return "ferry: " + e.Message + ": " + e.cause.Error()
	}
	return "ferry: " + e.Message
}

// Is says whether the error is of that kind: see [Error].
func (e *Error) Is(target error) bool {
	answered := func(statuses ...int) bool {
		for _, status := range statuses {
			if e.Status == ErrHTTP && e.HTTPStatus == status {
				return true
			}
		}
		return false
	}
	switch target {
	case fs.ErrNotExist:
		return answered(404, 410)
	case fs.ErrPermission:
		return answered(401, 403)
	case fs.ErrClosed:
		return e.closed
	case os.ErrDeadlineExceeded:
		return e.Timeout()
	}
	status, ok := target.(Status)
	return ok && status == e.Status
}

// As makes a [net.Error] of it if the network failed or a time limit has passed.
func (e *Error) As(target any) bool {
	failure, ok := target.(*net.Error)
	if ok = ok && (e.Status == ErrNetwork || e.Timeout()); ok {
		*failure = networkError{e}
	}
	return ok
}

// Timeout says whether a time limit has passed: a timeout, a deadline, or the deadline of a context.
func (e *Error) Timeout() bool {
	return e.Status == ErrTimeout || errors.Is(e.cause, context.DeadlineExceeded)
}

// Unwrap is the error of a context, a callback, a reader or a writer that ended the call, or the system's
// error; nil if there is none.
func (e *Error) Unwrap() error {
	if e.cause == nil && e.system != 0 {
		return e.system
	}
	return e.cause
}

// networkError is an Error as a [net.Error].
type networkError struct{ failure *Error }

func (e networkError) Error() string   { return e.failure.Error() }
func (e networkError) Timeout() bool   { return e.failure.Timeout() }
func (e networkError) Temporary() bool { return e.failure.Retryable }
func (e networkError) Unwrap() error   { return e.failure }

func invalid(message string) *Error { return &Error{Status: ErrInvalidArgument, Message: message} }

// closed is the error of a call on an object that is closed, or was never made.
func closed(name string, made bool) *Error {
	if made {
		return &Error{Status: ErrInvalidState, Message: "the " + name + " is closed", closed: true}
	}
	message := "the " + name + " is empty: make it with a function of this package"
	return &Error{Status: ErrInvalidState, Message: message}
}

// inGo puts what the library calls by a name of C into a word of this package.
var inGo = strings.NewReplacer("params_json", "params")

// takeError copies an error of the library and frees it.
func takeError(err *C.ferry_error) *Error {
	defer C.ferry_error_free(err)
	failure := &Error{
		Status:     Status(C.ferry_error_status(err)),
		Message:    inGo.Replace(C.GoString(C.ferry_error_message(err))),
		Step:       C.GoString(C.ferry_error_step(err)),
		HTTPStatus: int(C.ferry_error_http_status(err)),
		Body:       C.GoString(C.ferry_error_body(err)),
		Retryable:  bool(C.ferry_error_retryable(err)),
	}
	if failure.Status == ErrIO || failure.Status == ErrNetwork {
		failure.system = syscall.Errno(C.ferry_error_errno(err))
	}
	return failure
}
