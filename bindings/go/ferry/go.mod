module github.com/libferry/ferry/bindings/go/ferry

go 1.21
