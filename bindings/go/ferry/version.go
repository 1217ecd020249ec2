package ferry

// #include <ferry.h>
import "C"

import "fmt"

// Version returns the version of the library that the program runs with, such as "0.1.0".
func Version() string { return C.GoString(C.ferry_version()) }

// CheckVersion returns an error if the program was compiled for another version of the library than it
// runs with.
func CheckVersion() error {
	if C.ferry_version_number() == C.FERRY_VERSION_NUMBER {
		return nil
	}
	compiled := fmt.Sprintf("%d.%d.%d", C.FERRY_VERSION_MAJOR, C.FERRY_VERSION_MINOR, C.FERRY_VERSION_PATCH)
	message := "compiled for libferry " + compiled + ", run with " + Version()
	return &Error{Status: ErrInvalidState, Message: message}
}

// LiveObjects returns how many objects of the library are not freed yet. A test that closes all it has
// made ends with 0.
func LiveObjects() uint64 { return uint64(C.ferry_live_objects()) }
