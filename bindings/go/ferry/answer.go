package ferry

/*
#include <ferry.h>
#include <string.h>
*/
import "C"

import (
	"encoding/json"
	"errors"
	"unsafe"
)

// string makes a call that gives a text.
func (c *call) string(run func(out **C.char, err **C.ferry_error) C.ferry_status) (string, error) {
	free := func(t *C.char) { C.ferry_string_free(t) }
	text, err := take(c, free, run)
	if err != nil {
		return "", err
	}
	defer free(text)
	return C.GoString(text), nil
}

// bytes makes a call that gives a buffer, which the library keeps below 2 GiB.
func (c *call) bytes(run func(out **C.ferry_bytes, err **C.ferry_error) C.ferry_status) ([]byte, error) {
	free := func(b *C.ferry_bytes) { C.ferry_bytes_free(b) }
	bytes, err := take(c, free, run)
	if err != nil {
		return nil, err
	}
	defer free(bytes)
	return C.GoBytes(C.ferry_bytes_data(bytes), C.int(C.ferry_bytes_len(bytes))), nil
}

// value makes a call that gives an answer.
func (c *call) value(
	run func(out **C.ferry_value, err **C.ferry_error) C.ferry_status,
) (json.RawMessage, error) {
	free := func(v *C.ferry_value) { C.ferry_value_free(v) }
	value, err := take(c, free, run)
	if err != nil {
		return nil, err
	}
	defer free(value)
	text := C.ferry_value_json(value)
	return C.GoBytes(unsafe.Pointer(text), C.int(C.strlen(text))), nil
}

// length makes a call that gives a number of bytes.
func (c *call) length(run func(out *C.uint64_t, err **C.ferry_error) C.ferry_status) (int64, error) {
	var length C.uint64_t
	err := c.do(func(err **C.ferry_error) C.ferry_status { return run(&length, err) })
	return int64(length), err
}

// decode reads what is understood of an answer. A field of an unexpected type stays empty, for the answer
// itself is kept beside it; an answer that is something else as a whole is an error.
func decode(answer json.RawMessage, into any) error {
	err := json.Unmarshal(answer, into)
	var mismatch *json.UnmarshalTypeError
	if err == nil || errors.As(err, &mismatch) && mismatch.Field != "" {
		return nil
	}
	return &Error{Status: ErrProtocol, Message: "cannot read the answer", cause: err}
}
