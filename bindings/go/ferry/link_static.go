//go:build ferry_static && !ferry_flags

package ferry

// The archive is named first, so that the shared library beside it has nothing left to give and is not
// needed.

// #cgo LDFLAGS: -l:libferry.a -Wl,--as-needed
// #cgo pkg-config: --static ferry
import "C"
