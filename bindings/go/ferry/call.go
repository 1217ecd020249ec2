package ferry

/*
#include <ferry.h>
#include <stdlib.h>

int32_t ferryGoProgress(ferry_progress *progress, void *data);
int32_t ferryGoItem(size_t index, char *path, ferry_filelink *filelink, ferry_error *error, void *data);
int64_t ferryGoRead(void *buffer, size_t capacity, void *data);
int32_t ferryGoWrite(void *bytes, size_t len, void *data);
*/
import "C"

import (
	"context"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/cgo"
	"strings"
	"time"
	"unsafe"
)

// The callbacks as C calls them.
var (
	onProgress = C.ferry_progress_fn(C.ferryGoProgress)
	onItem     = C.ferry_item_fn(C.ferryGoItem)
	onRead     = C.ferry_read_fn(C.ferryGoRead)
	onWrite    = C.ferry_write_fn(C.ferryGoWrite)
)

// Progress is how far a call has come. While a reader of unknown size is read, BytesDone is the bytes read;
// it begins again at 0 when the size is known.
type Progress struct {
	BytesDone      uint64        // never goes down; BytesTotal only when everything is confirmed
	BytesTotal     uint64        // 0 while it is not known
	PartsDone      int           // parts confirmed by the storage
	PartsTotal     int           // how many parts there are
	Retries        int           // requests that had to be tried again
	BytesPerSecond uint64        // over the last five seconds
	Left           time.Duration // at that rate; less than 0 while it is not known
	FilesDone      int           // files of a batch that are stored
	FilesTotal     int           // how many files a batch has; 0 outside of a batch
}

// String returns it in one line, such as "3145728 of 20971520 bytes, 1048576 a second, 17s left".
func (p Progress) String() string {
	text := fmt.Sprint(p.BytesDone)
	if p.BytesTotal > 0 {
		text += fmt.Sprint(" of ", p.BytesTotal)
	}
	text += fmt.Sprintf(" bytes, %d a second", p.BytesPerSecond)
	if p.FilesTotal > 0 {
		text += fmt.Sprintf(", %d of %d files", p.FilesDone, p.FilesTotal)
	}
	if p.Left >= 0 {
		text += fmt.Sprintf(", %v left", p.Left.Round(time.Second))
	}
	return text
}

// call is one call of the library: what it borrows, and what its callbacks need.
type call struct {
	ctx      context.Context
	progress func(Progress) error
	onItem   func(int, BatchResult) error
	batch    *C.ferry_upload // whose items end
	reader   io.Reader
	writer   io.Writer

	badArgument error        // found before the call
	failed      error        // why a callback ended the call
	late        bool         // that was the end of the context
	readFailed  error        // came along with bytes, to be told with the next read
	panicked    any          // what a callback panicked with
	deaf        bool         // an event callback has panicked
	abandoned   bool         // a callback has ended the goroutine; the library may still use what it was lent
	unmade      func()       // frees what the client would have taken over
	cell        *C.uintptr_t // a cgo.Handle of this call, in C's memory: what callbacks are given
	memory      []unsafe.Pointer
	lent        []interface{ done() }
	pinner      runtime.Pinner
}

func begin(ctx context.Context) *call { return &call{ctx: ctx} }

// end gives back what the call has borrowed.
func (c *call) end() {
	if c.abandoned {
		return
	}
	if c.cell != nil {
		cgo.Handle(*c.cell).Delete()
	}
	for _, block := range c.memory {
		C.free(block)
	}
	for _, object := range c.lent {
		object.done()
	}
	if c.unmade != nil {
		c.unmade()
	}
	c.pinner.Unpin()
}

// lend borrows an object for a call, which fails if it is closed.
func lend[P any](c *call, o *owned[P]) P {
	object, lent := o.use()
	if lent {
		c.lent = append(c.lent, o)
	} else if c.badArgument == nil {
		c.badArgument = closed(nameOf[P](), o != nil)
	}
	return object
}

// text is a Go string in C.
func (c *call) text(name, text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 {
		c.refuse(name + " has a NUL character")
	}
	block := C.CString(text)
	c.memory = append(c.memory, unsafe.Pointer(block))
	return block
}

// optional is text, or NULL for "".
func (c *call) optional(name, text string) *C.char {
	if text == "" {
		return nil
	}
	return c.text(name, text)
}

// texts is a list of strings in C.
func (c *call) texts(name string, texts []string) **C.char {
	if len(texts) == 0 {
		return nil
	}
	list := make([]*C.char, len(texts))
	for i, text := range texts {
		list[i] = c.text(name, text)
	}
	return unsafe.SliceData(list)
}

// nonEmpty is data, or one byte if there is none, for an argument &data[0]: of such an argument cgo examines
// the bytes alone, which may lie in a struct that has pointers.
func nonEmpty(data []byte) []byte {
	if len(data) == 0 {
		return []byte{0}
	}
	return data
}

// json is a value as JSON; NULL for a map, list or pointer that is nil.
func (c *call) json(name string, value any) *C.char {
	text, err := encode(value)
	if err != nil {
		c.refuse(name + ": " + err.Error())
		return nil
	}
	if string(text) == "null" {
		return nil
	}
	return c.text(name, string(text))
}

// number is a whole number from 0 on.
func (c *call) number(name string, value int) C.uint32_t {
	if value < 0 || int64(value) > math.MaxUint32 {
		c.refuse(name + " is out of range")
	}
	return C.uint32_t(value)
}

// milliseconds are those of a duration, as many as C can be told.
func (c *call) milliseconds(name string, value time.Duration) C.uint32_t {
	return C.uint32_t(min(c.units(name, value, time.Millisecond), math.MaxUint32))
}

// units is roundUp of a duration that cannot be negative.
func (c *call) units(name string, value, unit time.Duration) int64 {
	if value < 0 {
		c.refuse(name + " is less than 0")
	}
	return roundUp(value, unit)
}

// roundUp is how many units a duration has. A part of one is a whole one, for 0 may mean something else.
func roundUp(value, unit time.Duration) int64 {
	units := int64(value / unit)
	if value%unit > 0 {
		units++
	}
	return units
}

func (c *call) refuse(message string) {
	if c.badArgument == nil {
		c.badArgument = invalid(message)
	}
}

// data is what callbacks are given to find this call.
func (c *call) data() unsafe.Pointer {
	if c.cell == nil {
		c.cell = (*C.uintptr_t)(C.malloc(C.sizeof_uintptr_t))
		*c.cell = C.uintptr_t(cgo.NewHandle(c))
		c.memory = append(c.memory, unsafe.Pointer(c.cell))
	}
	return unsafe.Pointer(c.cell)
}

// watcher is the progress callback of the call and its data. It is also what ends the call with its context:
// NULL if there is neither.
func (c *call) watcher() (C.ferry_progress_fn, unsafe.Pointer) {
	if c.progress == nil && c.ctx.Done() == nil {
		return nil, nil
	}
	return onProgress, c.data()
}

// do makes the call, unless its context has ended already. If a callback panicked, the panic goes on here.
func (c *call) do(run func(err **C.ferry_error) C.ferry_status) error {
	if c.badArgument != nil {
		return c.badArgument
	}
	if err := c.ctx.Err(); err != nil {
		return &Error{Status: ErrCancelled, Message: "nothing was sent, the context has ended", cause: err}
	}
	defer c.enter()()
	var err *C.ferry_error
	status := run(&err)
	if c.panicked != nil {
		C.ferry_error_free(err)
		panic(c.panicked)
	}
	if status == C.FERRY_OK {
		c.unmade = nil
		if c.failed != nil && !c.late { // by the last report, or that of the last file
			message := "the call has succeeded, but a callback has not"
			return &Error{Status: ErrCancelled, Message: message, cause: c.failed}
		}
		return nil
	}
	failure := takeError(err)
	failure.cause = c.failed
	if c.late {
		failure.Status = ErrCancelled // a read callback that ends the call is FERRY_IO to the library
	}
	return failure
}

// take makes a call that gives an object, and frees the object if the call fails all the same: a callback may
// fail or panic at the end of a call that has succeeded.
func take[P any](
	c *call, free func(P), run func(out *P, err **C.ferry_error) C.ferry_status,
) (object P, failed error) {
	taken := false
	defer func() {
		if !taken {
			free(object)
		}
	}()
	failed = c.do(func(err **C.ferry_error) C.ferry_status { return run(&object, err) })
	taken = failed == nil
	return object, failed
}

// guard runs the body of a callback, unless the context has ended. Every run of an upload begins with a
// callback, so a context that ends just before the run is noticed here. An error ends the call, which returns
// it.
func guard(data unsafe.Pointer, body func(*call) error) (ok bool) {
	c := callOf(data)
	if c.panicked != nil { // in an event callback
		return false
	}
	c.protect(func() {
		err := c.ctx.Err()
		late := err != nil
		if !late {
			err = body(c)
		}
		if err == nil { // the context may have ended meanwhile, and this may be the last report for 500 ms
			err = c.ctx.Err()
			late = err != nil
		}
		if err != nil && c.failed == nil {
			c.failed, c.late = err, late
		}
		ok = err == nil
	})
	return ok
}

func callOf(data unsafe.Pointer) *call { return cgo.Handle(*(*C.uintptr_t)(data)).Value().(*call) }

// protect runs what C calls. A panic must not cross C: it ends the call, and goes on in do. Nothing stops
// [runtime.Goexit], which drops the frames of C: the program ends by another panic.
func (c *call) protect(body func()) {
	returned := false
	defer func() {
		if value := recover(); value != nil {
			c.panicked = value
		} else if !returned {
			c.abandoned = true
			panic("ferry: a callback has ended its goroutine, by runtime.Goexit or t.FailNow: let it return")
		}
	}()
	body()
	returned = true
}

//export ferryGoProgress
func ferryGoProgress(progress *C.ferry_progress, data unsafe.Pointer) C.int32_t {
	goOn := guard(data, func(c *call) error {
		if c.progress == nil {
			return nil
		}
		return c.progress(Progress{
			BytesDone:      uint64(progress.bytes_done),
			BytesTotal:     uint64(progress.bytes_total),
			PartsDone:      int(progress.parts_done),
			PartsTotal:     int(progress.parts_total),
			Retries:        int(progress.retries),
			BytesPerSecond: uint64(progress.bytes_per_second),
			Left:           seconds(float64(progress.seconds_left)),
			FilesDone:      int(progress.files_done),
			FilesTotal:     int(progress.files_total),
		})
	})
	if goOn {
		return 0
	}
	return 1
}

// seconds is a duration, which is shorter than what a float64 can hold.
func seconds(value float64) time.Duration {
	if value*float64(time.Second) >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(value * float64(time.Second))
}

//export ferryGoRead
func ferryGoRead(buffer unsafe.Pointer, capacity C.size_t, data unsafe.Pointer) (n C.int64_t) {
	ok := guard(data, func(c *call) error {
		read, err := c.read(unsafe.Slice((*byte)(buffer), int(capacity)))
		n = C.int64_t(read)
		return err
	})
	if !ok && n == 0 { // bytes that were read are not lost, though the context has ended meanwhile
		return -1
	}
	return n
}

// read gives 0 bytes only at the end.
func (c *call) read(buffer []byte) (int, error) {
	const patience = 100 // as in bufio
	for i := 0; i < patience; i++ {
		n, err := 0, c.readFailed
		if err == nil {
			n, err = c.reader.Read(buffer)
		}
		switch {
		case n > 0:
			c.readFailed = err
			return n, nil
		case err == io.EOF: // and no error that wraps it
			return 0, nil
		case err != nil:
			c.readFailed = nil // it is told once: another run reads on
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}

//export ferryGoWrite
func ferryGoWrite(bytes unsafe.Pointer, length C.size_t, data unsafe.Pointer) C.int32_t {
	ok := guard(data, func(c *call) error {
		n, err := c.writer.Write(unsafe.Slice((*byte)(bytes), int(length)))
		if err == nil && n < int(length) {
			err = io.ErrShortWrite
		}
		return err
	})
	if ok {
		return 0
	}
	return 1
}
