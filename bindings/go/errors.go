package ferry

// #include <ferry.h>
import "C"

// Status is what kind of failure an [Error] is. It is an error itself, to be looked for with [errors.Is].
type Status int32

// The kinds of failures.
const (
	ErrInvalidArgument   Status = C.FERRY_INVALID_ARGUMENT   // an argument cannot be used; nothing was sent
	ErrInvalidState      Status = C.FERRY_INVALID_STATE      // the wrong state, e.g. it runs already
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

// Error is the name of the status, such as "FERRY_NETWORK".
func (s Status) Error() string { return C.GoString(C.ferry_status_name(C.ferry_status(s))) }

// Error is why a call failed. [errors.Is] finds its Status and what lies behind it: the error of a context, a
// callback, a reader or a writer.
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
	// busy service, a pause or an interrupt. It is false if the call may have created something that a
	// repetition would create twice, and if the context had ended before the call. After the end of a
	// context, the same call needs another context.
	Retryable bool

	cause error
}

// Error is the message, and behind it what a callback, a reader or a writer said.
func (e *Error) Error() string {
	if e.cause != nil {
		return "ferry: " + e.Message + ": " + e.cause.Error()
	}
	return "ferry: " + e.Message
}

// Is compares the status, so that errors.Is(err, ferry.ErrCancelled) works.
func (e *Error) Is(target error) bool {
	status, ok := target.(Status)
	return ok && status == e.Status
}

// Unwrap is the error of a context, a callback, a reader or a writer that ended the call; nil if there is
// none.
func (e *Error) Unwrap() error { return e.cause }

func invalid(message string) *Error { return &Error{Status: ErrInvalidArgument, Message: message} }

// takeError copies an error of the library and frees it.
func takeError(err *C.ferry_error) *Error {
	defer C.ferry_error_free(err)
	return &Error{
		Status:     Status(C.ferry_error_status(err)),
		Message:    C.GoString(C.ferry_error_message(err)),
		Step:       C.GoString(C.ferry_error_step(err)),
		HTTPStatus: int(C.ferry_error_http_status(err)),
		Body:       C.GoString(C.ferry_error_body(err)),
		Retryable:  bool(C.ferry_error_retryable(err)),
	}
}
