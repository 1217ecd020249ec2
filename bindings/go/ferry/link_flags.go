//go:build ferry_flags

package ferry

// #cgo LDFLAGS: -lferry
import "C"
