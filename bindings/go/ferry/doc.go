// Package ferry carries files to media clouds: Filestack (upload, transform, store, sign, receive webhooks)
// and Telestream Cloud Flip. It is a cgo binding of the C library libferry.
//
// # Building
//
// Plain builds ask pkg-config for the installed library. The build tag ferry_static links it statically (GNU
// ld and its kin), and with ferry_flags nothing is asked: CGO_CFLAGS and CGO_LDFLAGS say where the header and
// the library are. cgo needs a C compiler.
//
// # Calls
//
// Calls that send something take a [context.Context] and return within a second of its end. The error is both
// [ErrCancelled] and the context's own. No request goes on in the background, and no goroutine is left
// behind. What ends is the call: an [Upload] whose context ended can be run again and goes on, and only
// [Upload.Cancel] ends it for good. A request that makes something may have arrived all the same; then the
// error is not Retryable.
//
// Callbacks, readers and writers run on the goroutine that makes the call, one at a time, though parts go up
// in parallel. An error or a panic of theirs ends the call, which returns it. They must not end the
// goroutine, as [runtime.Goexit] and t.FailNow of a test do: that ends the program. Each call under way holds
// a thread of the system.
//
// Text is UTF-8, also in paths and in what becomes JSON. Any other is [ErrInvalidArgument], and nothing is
// sent.
//
// # Errors
//
// Every error is an [*Error] with a [Status] to be found by [errors.Is]:
//
//	var failed *ferry.Error
//	if errors.Is(err, ferry.ErrHTTP) && errors.As(err, &failed) {
//		log.Print(failed.HTTPStatus, failed.Body)
//	}
//
// The standard library's own are found too where they fit, such as [fs.ErrNotExist], [fs.ErrPermission],
// [os.ErrDeadlineExceeded], [context.Canceled] and [net.Error]: see [Error].
//
// Requests that can be repeated have been by then, see [WithMaxRetries]; Retryable says whether the same call
// can succeed later all the same.
//
// # Closing
//
// What has a Close method belongs to the library. Close frees it as soon as no call uses it, and may be
// called more than once, at any time and in any order; calls on a closed object are [ErrInvalidState] and
// [fs.ErrClosed]. What is forgotten is freed by the garbage collector, which does not know how big it is:
// close what you make many of.
package ferry
