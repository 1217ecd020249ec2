package ferry

// #include <ferry.h>
import "C"

import (
	"runtime"
	"sync"
)

// owned is an object of the library. It is freed by close, as soon as no call uses it, or else by the garbage
// collector.
type owned[P any] struct {
	mu     sync.Mutex
	object P
	users  int
	closed bool
	free   func(P)
}

func own[P any](object P, free func(P)) *owned[P] {
	o := &owned[P]{object: object, free: free}
	runtime.SetFinalizer(o, (*owned[P]).close)
	return o
}

// use lends the object until done is called; false if it is closed.
func (o *owned[P]) use() (object P, lent bool) {
	if o == nil {
		return object, false
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return object, false
	}
	o.users++
	return o.object, true
}

// with calls f with the object, unless it is closed.
func (o *owned[P]) with(f func(P)) {
	if object, lent := o.use(); lent {
		defer o.done()
		f(object)
	}
}

func (o *owned[P]) done() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.users--
	o.freeUnused()
}

// close never fails: it returns an error for [io.Closer].
func (o *owned[P]) close() error {
	if o == nil {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.closed {
		o.closed = true
		runtime.SetFinalizer(o, nil)
		o.freeUnused()
	}
	return nil
}

func (o *owned[P]) freeUnused() {
	if o.closed && o.users == 0 {
		o.free(o.object)
	}
}

// look reads something that no call changes. The library takes NULL for an object that is closed: texts are
// "" then.
func look[P any](o *owned[P], read func(P) *C.char) string {
	object, lent := o.use()
	if lent {
		defer o.done()
	}
	return C.GoString(read(object))
}

// nameOf is what an object of the library is called in errors.
func nameOf[P any]() string {
	var object P
	switch any(object).(type) {
	case *C.ferry_filestack, *C.ferry_telestream:
		return "client"
	case *C.ferry_filelink:
		return "filelink"
	case *C.ferry_transform:
		return "chain"
	case *C.ferry_av:
		return "conversion"
	case *C.ferry_security:
		return "security"
	case *C.ferry_upload:
		return "upload"
	}
	return "object"
}
