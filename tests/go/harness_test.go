// Package ferrytest uses the Go binding as a program would: from a module of its own, over real sockets,
// against the local cloud.
package ferrytest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// Two whole parts and a rest, plain and intelligent alike.
const size = 20<<20 + 4321

// secret is the local cloud's.
const secret = "a secret of the application"

var (
	base       = os.Getenv("FERRY_TEST_URL")
	open       = os.Getenv("FERRY_TEST_OPEN_URL") // a cloud of its own that asks for no signatures
	background = context.Background()
)

func TestMain(m *testing.M) {
	if base == "" || open == "" {
		fmt.Fprintln(os.Stderr,
			"no FERRY_TEST_URL or FERRY_TEST_OPEN_URL: run `cargo test --test go`, which starts local clouds")
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// leakless checks at the end of a test that neither objects nor goroutines are left.
func leakless(t *testing.T) {
	t.Helper()
	leaklessBut(t, 0)
}

// leaklessBut is leakless where so many objects live longer than the test.
func leaklessBut(t *testing.T, objects uint64) {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	t.Cleanup(func() {
		if n := ferry.LiveObjects(); n != objects {
			t.Errorf("%d objects are not freed", n)
		}
		http.DefaultClient.CloseIdleConnections()
		settles(t, "goroutines", func() bool { return runtime.NumGoroutine() <= goroutines })
	})
}

// settles waits for what ends a moment after the call.
func settles(t *testing.T, what string, done func() bool) {
	t.Helper()
	for i := 0; !done(); i++ {
		if i == 1000 {
			t.Errorf("%s are left", what)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// start gives a client that may do everything, and checks at the end that nothing is left.
func start(t *testing.T, options ...ferry.ClientOption) *ferry.Client {
	t.Helper()
	leakless(t)
	security := must(ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: everything},
		secret))
	defer security.Close()
	options = append([]ferry.ClientOption{ferry.WithBaseURL(base), ferry.WithSecurity(security)}, options...)
	client := must(ferry.NewClient("TESTKEY", options...))
	closes(t, client)
	return client
}

var everything = []string{"pick", "read", "stat", "write", "writeUrl", "store", "convert", "remove", "exif",
	"runWorkflow"}

// must is for what only a broken test setup can refuse.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func noise(n int) []byte {
	data := make([]byte, n)
	rand.New(rand.NewSource(int64(n))).Read(data)
	return data
}

func file(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip of a ferry ⛴.bin")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// control speaks to the local cloud's own switches.
func control(t *testing.T, method, path, body string) []byte {
	t.Helper()
	request := must(http.NewRequest(method, base+"/_local/"+path, strings.NewReader(body)))
	answer := must(http.DefaultClient.Do(request))
	defer answer.Body.Close()
	var text bytes.Buffer
	must(text.ReadFrom(answer.Body))
	if answer.StatusCode/100 != 2 {
		t.Fatalf("%s %s: %s %s", method, path, answer.Status, &text)
	}
	return text.Bytes()
}

// faults holds until the test is over.
func faults(t *testing.T, rules string) {
	t.Helper()
	control(t, http.MethodPut, "faults", rules)
	t.Cleanup(func() { control(t, http.MethodPut, "faults", "[]") })
}

// slow makes the storage take bytes slowly, so that there is time to interfere.
func slow(t *testing.T) {
	t.Helper()
	faults(t, `[{"class": "put", "action": {"slow_bytes_per_second": 2000000}}]`)
}

// closes closes an object at the end of the test.
func closes(t *testing.T, object io.Closer) {
	t.Helper()
	t.Cleanup(func() {
		if err := object.Close(); err != nil {
			t.Error(err)
		}
	})
}

// mustHold compares a stored file with what was sent, and closes its filelink.
func mustHold(t *testing.T, link *ferry.Filelink, err error, data []byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	content, err := link.Content(background)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, data) {
		t.Fatalf("%d other bytes came back for %d", len(content), len(data))
	}
}

// store uploads a small file; its filelink is closed at the end of the test.
func store(t *testing.T, client *ferry.Client, data []byte, options ...ferry.UploadOption) *ferry.Filelink {
	t.Helper()
	link, err := client.UploadBytes(background, data, options...)
	if err != nil {
		t.Fatal(err)
	}
	closes(t, link)
	return link
}

func parse[T any](t *testing.T, text []byte) (value T) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return value
}
