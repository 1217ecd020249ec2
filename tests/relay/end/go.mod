module end

go 1.21

require github.com/libferry/ferry/bindings/go/ferry v0.0.0

replace github.com/libferry/ferry/bindings/go/ferry => ../../../bindings/go/ferry
