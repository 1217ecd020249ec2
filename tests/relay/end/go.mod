module end

go 1.21

require github.com/libferry/ferry/bindings/go v0.0.0

replace github.com/libferry/ferry/bindings/go => ../../../bindings/go
