module github.com/libferry/ferry/bindings/go

go 1.21
