package ferry

/*
#include <ferry.h>
#include <pthread.h>
#include <stdlib.h>

void ferryGoEvent(ferry_event *event, void *data);
void ferryGoEventFree(void *data);

static inline uintptr_t ferry_go_thread(void) { return (uintptr_t)pthread_self(); }
*/
import "C"

import (
	"context"
	"log/slog"
	"runtime"
	"runtime/cgo"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// The callbacks as C calls them.
var (
	onEvent   = C.ferry_event_fn(C.ferryGoEvent)
	eventFree = C.ferry_event_free_fn(C.ferryGoEventFree)
)

// EventKind is what an [Event] tells of. More may come: ignore what you do not know.
type EventKind int32

// The kinds of events.
const (
	// A request was sent and its answer read to the end, or that failed. A redirect that is followed makes
	// two attempts: one of each address, with the same number.
	EventAttempt EventKind = C.FERRY_EVENT_ATTEMPT
	// A connection was opened, or could not be. Comes before the attempt that it was opened for.
	EventConnection EventKind = C.FERRY_EVENT_CONNECTION
	// A request or a part has failed and is sent again after a pause, which begins now.
	EventRetry EventKind = C.FERRY_EVENT_RETRY
	// The service has forgotten an upload, which begins anew.
	EventRestart EventKind = C.FERRY_EVENT_RESTART
	// The number of parts or files that are sent at once has changed.
	EventConcurrency EventKind = C.FERRY_EVENT_CONCURRENCY
)

// String is the word for the kind, such as "attempt".
func (k EventKind) String() string { return C.GoString(C.ferry_event_kind_name(C.int32_t(k))) }

// MarshalText writes the word.
func (k EventKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// Event is something that has happened in a call. What does not apply to its kind is 0 or "". Nothing in it
// is secret.
type Event struct {
	Kind          EventKind
	Time          time.Time     // when it happened or ended; the callback comes up to 100 ms later
	Step          string        // the step, as in [Error]
	Part          int           // the part that it was for, from 1; 0 if for none
	Attempt       int           // which attempt it was, or has failed: 1, 2, …
	Method        string        // "GET", "POST", …
	URL           string        // as errors show it; of a connection "https://host:port"
	Remote        string        // where the bytes went, such as "192.0.2.1:443": a proxy, if there is one
	Reused        bool          // of an attempt: whether it went over a connection that was open
	HTTPStatus    int           // 0 if there was no answer
	Status        Status        // what failed, such as [ErrHTTP]; 0 if nothing
	Message       string        // what failed, in one line
	RequestID     string        // what the service calls the request
	Name          time.Duration // the look-up of the host's name; this and the next two are 0 if Reused
	Connect       time.Duration // the TCP connection
	TLS           time.Duration // the TLS handshakes
	FirstByte     time.Duration // from the beginning to the first byte of the answer; 0 if none came
	Whole         time.Duration // of an attempt: until the last byte of the answer was read
	BytesSent     int64         // head and body of the request, before TLS
	BytesReceived int64         // head and body of the answer, after TLS
	Wait          time.Duration // of a retry: the pause
	Concurrency   int           // of a change: parts or files sent at once from now on
}

// String returns the kind and the fields that are not empty, in one line.
func (e Event) String() string {
	texts := []string{e.Kind.String()}
	for _, field := range e.attributes() {
		texts = append(texts, field.String())
	}
	return strings.Join(texts, " ")
}

// WithOnEvent tells report of each attempt of each request, each connection, each retry, each restart of an
// upload, and each change of the number of parts sent at once: on the goroutine that made the call, in the
// order in which they happened, while the call runs and before it returns. Calls that several goroutines make
// at once call it at once. One that is slow slows the call down. If it panics, it is told nothing more of
// that call, which panics at its end; a call with a context that can end, or with progress, is interrupted.
// Without it nothing is recorded. [LogEvents] makes one.
func WithOnEvent(report func(Event)) ConnectionOption {
	return connectionOption(func(s *connectionSettings) { s.onEvent = report })
}

// LogEvents is a callback for [WithOnEvent] that writes to logger: what failed, retries and restarts as
// warnings, everything else as debug messages.
func LogEvents(logger *slog.Logger) func(Event) {
	return func(e Event) {
		level := slog.LevelDebug
		if e.Status != 0 || e.Kind == EventRetry || e.Kind == EventRestart {
			level = slog.LevelWarn
		}
		if !logger.Enabled(context.Background(), level) {
			return
		}
		record := slog.NewRecord(e.Time, level, "ferry: "+e.Kind.String(), 0)
		record.AddAttrs(e.attributes()...)
		_ = logger.Handler().Handle(context.Background(), record)
	}
}

// attributes are the fields that are not empty.
func (e Event) attributes() []slog.Attr {
	var all []slog.Attr
	text := func(name, value string) {
		if value != "" {
			all = append(all, slog.String(name, value))
		}
	}
	number := func(name string, value int64) {
		if value != 0 {
			all = append(all, slog.Int64(name, value))
		}
	}
	duration := func(name string, value time.Duration) {
		if value != 0 {
			all = append(all, slog.Duration(name, value))
		}
	}
	text("step", e.Step)
	number("part", int64(e.Part))
	number("attempt", int64(e.Attempt))
	text("method", e.Method)
	text("url", e.URL)
	text("remote", e.Remote)
	if e.Kind == EventAttempt {
		all = append(all, slog.Bool("reused", e.Reused))
	}
	number("http_status", int64(e.HTTPStatus))
	if e.Status != 0 {
		text("status", e.Status.Name())
	}
	text("message", e.Message)
	text("request_id", e.RequestID)
	duration("name", e.Name)
	duration("connect", e.Connect)
	duration("tls", e.TLS)
	duration("first_byte", e.FirstByte)
	duration("whole", e.Whole)
	number("bytes_sent", e.BytesSent)
	number("bytes_received", e.BytesReceived)
	duration("wait", e.Wait)
	number("concurrency", int64(e.Concurrency))
	return all
}

// listeners counts the clients that have an event callback.
var listeners atomic.Int64

// running has the call that each thread makes: an event callback is a client's, and its panic a call's.
var running sync.Map // of uintptr to *call

// enter notes that this thread makes the call, as long as any client has an event callback; the result ends
// that.
func (c *call) enter() func() {
	if listeners.Load() == 0 {
		return func() {}
	}
	runtime.LockOSThread()
	thread := uintptr(C.ferry_go_thread())
	outer, within := running.Swap(thread, c)
	return func() {
		if within {
			running.Store(thread, outer)
		} else {
			running.Delete(thread)
		}
		runtime.UnlockOSThread()
	}
}

// events sets the event callback of a connection. It is freed with the client, or by [call.end] if there is
// none.
func (c *call) events(with *C.ferry_connection_options, report func(Event)) {
	if report == nil {
		return
	}
	cell := (*C.uintptr_t)(C.malloc(C.sizeof_uintptr_t))
	*cell = C.uintptr_t(cgo.NewHandle(report))
	listeners.Add(1)
	with.on_event, with.event_data, with.event_free = onEvent, unsafe.Pointer(cell), eventFree
	c.unmade = func() { ferryGoEventFree(unsafe.Pointer(cell)) }
}

//export ferryGoEventFree
func ferryGoEventFree(data unsafe.Pointer) {
	cgo.Handle(*(*C.uintptr_t)(data)).Delete()
	C.free(data)
	listeners.Add(-1)
}

//export ferryGoEvent
func ferryGoEvent(event *C.ferry_event, data unsafe.Pointer) {
	report := cgo.Handle(*(*C.uintptr_t)(data)).Value().(func(Event))
	value, _ := running.Load(uintptr(C.ferry_go_thread()))
	c, ok := value.(*call)
	if !ok || c.deaf {
		return
	}
	c.deaf = true // unless it returns
	c.protect(func() {
		report(Event{
			Kind:          EventKind(event.kind),
			Time:          time.UnixMicro(int64(event.time_us)),
			Step:          C.GoString(event.step),
			Part:          int(event.part),
			Attempt:       int(event.attempt),
			Method:        C.GoString(event.method),
			URL:           C.GoString(event.url),
			Remote:        C.GoString(event.remote),
			Reused:        event.reused != 0,
			HTTPStatus:    int(event.http_status),
			Status:        Status(event.status),
			Message:       C.GoString(event.message),
			RequestID:     C.GoString(event.request_id),
			Name:          micros(event.name_us),
			Connect:       micros(event.connect_us),
			TLS:           micros(event.tls_us),
			FirstByte:     micros(event.first_byte_us),
			Whole:         micros(event.whole_us),
			BytesSent:     int64(event.bytes_sent),
			BytesReceived: int64(event.bytes_received),
			Wait:          time.Duration(event.wait_ms) * time.Millisecond,
			Concurrency:   int(event.concurrency),
		})
		c.deaf = false
	})
}

func micros(count C.uint64_t) time.Duration { return time.Duration(count) * time.Microsecond }
