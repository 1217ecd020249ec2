//go:build ferry_static && !ferry_flags

package ferry

// #cgo pkg-config: ferry-static
import "C"
