package ferrytest_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/libferry/ferry/bindings/go/ferry/ferrytest"
)

// What the example has around it: a test. This one ends the process where it fails.
var (
	ctx            = context.Background()
	t   testing.TB = &program{}
)

type program struct {
	testing.TB
	cleanups []func()
}

func (p *program) Helper()              {}
func (p *program) Cleanup(clean func()) { p.cleanups = append(p.cleanups, clean) }

func (p *program) Fatal(values ...any) {
	fmt.Fprintln(os.Stderr, values...)
	os.Exit(1)
}

func (p *program) Fatalf(format string, values ...any) { p.Fatal(fmt.Sprintf(format, values...)) }

func ExampleNewCloud() {
	cloud := ferrytest.NewCloud(t) // t is the test's
	cloud.SetFaults(ferrytest.Fault{Class: "put", Times: 1, Action: map[string]any{"status": 503}})
	client := cloud.Client()

	if _, err := client.UploadBytes(ctx, []byte("some bytes")); err != nil {
		t.Fatal(err)
	}
	for _, request := range cloud.Requests("put") {
		fmt.Println(*request.Status)
	}
	for _, file := range cloud.Files() {
		fmt.Println(file.Size, cloud.Faults()[0].Fired)
	}
	// Output:
	// 503
	// 200
	// 10 1
}
