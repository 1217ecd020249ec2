package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// Two whole parts and a rest, plain and intelligent alike.
const size = 20<<20 + 4321

var base = os.Getenv("FERRY_TEST_URL")

func TestMain(m *testing.M) {
	if base == "" {
		fmt.Fprintln(os.Stderr, "FERRY_TEST_URL is not set: run this with `cargo test --test go`, which starts the local cloud")
		os.Exit(2)
	}
	os.Exit(m.Run())
}

// start gives a client and checks at the end that neither objects nor goroutines are left.
func start(t *testing.T) *Client {
	t.Helper()
	goroutines := runtime.NumGoroutine()
	client, err := NewClient("TESTKEY", base)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		if n := LiveObjects(); n != 0 {
			t.Errorf("%d objects are not freed", n)
		}
		http.DefaultClient.CloseIdleConnections()
		deadline := time.Now().Add(5 * time.Second)
		for runtime.NumGoroutine() > goroutines && time.Now().Before(deadline) {
			time.Sleep(10 * time.Millisecond)
		}
		if n := runtime.NumGoroutine(); n > goroutines {
			t.Errorf("%d goroutines, %d before", n, goroutines)
		}
	})
	return client
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

func setFaults(t *testing.T, rules string) {
	t.Helper()
	request, _ := http.NewRequest(http.MethodPut, base+"/_local/faults", strings.NewReader(rules))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		t.Fatalf("faults: %s", answer.Status)
	}
}

// slow makes the storage take bytes slowly until the test is over, so that there is time to interfere.
func slow(t *testing.T) {
	t.Helper()
	setFaults(t, `[{"class": "put", "action": {"slow_bytes_per_second": 2000000}}]`)
	t.Cleanup(func() { setFaults(t, `[]`) })
}

func mustEqual(t *testing.T, link *Filelink, data []byte) {
	t.Helper()
	defer link.Close()
	content, err := link.Content()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(content, data) {
		t.Fatalf("%d other bytes came back for %d", len(content), len(data))
	}
}

// watch returns a callback that goes on, and a check of what it has seen.
func watch(t *testing.T) (func(Progress) bool, func()) {
	var last Progress
	calls := 0
	see := func(p Progress) bool {
		if p.Done < last.Done {
			t.Errorf("progress went back from %d to %d", last.Done, p.Done)
		}
		last = p
		calls++
		return true
	}
	return see, func() {
		t.Helper()
		if calls < 2 || last.Done != size || last.Total != size || last.PartsDone != last.Parts {
			t.Errorf("after %d reports the last is %+v", calls, last)
		}
	}
}

func TestVersion(t *testing.T) {
	if !VersionsMatch() {
		t.Fatal("the library is not that of the header")
	}
}

func TestRoundTrip(t *testing.T) {
	data := noise(size)
	for _, intelligent := range []bool{false, true} {
		t.Run(fmt.Sprintf("path,intelligent=%v", intelligent), func(t *testing.T) {
			client := start(t)
			see, check := watch(t)
			link, err := client.UploadFile(file(t, data), Options{Intelligent: intelligent, OnProgress: see})
			if err != nil {
				t.Fatal(err)
			}
			check()
			mustEqual(t, link, data)
		})
		t.Run(fmt.Sprintf("memory,intelligent=%v", intelligent), func(t *testing.T) {
			client := start(t)
			see, check := watch(t)
			link, err := client.UploadBytes(data, Options{Filename: "memory.bin", Intelligent: intelligent, OnProgress: see})
			if err != nil {
				t.Fatal(err)
			}
			check()
			mustEqual(t, link, data)
		})
	}
}

func TestManyAtOnceWithOneClient(t *testing.T) {
	client := start(t)
	var all sync.WaitGroup
	for i := 1; i <= 8; i++ {
		data := noise(i * 100_000)
		all.Add(1)
		go func() {
			defer all.Done()
			link, err := client.UploadBytes(data, Options{OnProgress: func(Progress) bool { return true }})
			if err != nil {
				t.Error(err)
				return
			}
			defer link.Close()
			content, err := link.Content()
			if err != nil || !bytes.Equal(content, data) {
				t.Errorf("other bytes came back, or %v", err)
			}
		}()
	}
	all.Wait()
}

func TestCallbackCancels(t *testing.T) {
	client := start(t)
	slow(t)
	reports := 0
	_, err := client.UploadBytes(noise(size), Options{OnProgress: func(Progress) bool {
		reports++
		return reports < 3
	}})
	if !errors.Is(err, ErrCancelled) {
		t.Fatalf("%v, not cancelled", err)
	}
	if reports != 3 {
		t.Errorf("%d reports, 3 were to come", reports)
	}
}

func TestContextCancels(t *testing.T) {
	client := start(t)
	slow(t)
	upload, err := client.NewUpload(file(t, noise(size)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
	defer cancel()
	begin := time.Now()
	err = upload.Run(ctx)
	if !errors.Is(err, ErrCancelled) {
		t.Fatalf("%v, not cancelled", err)
	}
	if took := time.Since(begin); took > 1500*time.Millisecond {
		t.Errorf("it took %v to cancel after 500 ms", took)
	}
	if state := upload.State(); state != "aborted" {
		t.Errorf("the state is %q", state)
	}
	if err := upload.Run(context.Background()); !errors.Is(err, ErrInvalidState) {
		t.Errorf("%v, though it was cancelled", err)
	}
}

func TestPauseAndRunAgain(t *testing.T) {
	client := start(t)
	slow(t)
	data := noise(size)
	var upload *Upload
	paused := false
	upload, err := client.NewUpload(file(t, data), Options{OnProgress: func(p Progress) bool {
		if !paused && p.Done > 0 {
			paused = true
			upload.Pause()
		}
		return true
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(context.Background()); !errors.Is(err, ErrPaused) {
		t.Fatalf("%v, not paused", err)
	}
	if state := upload.State(); state != "paused" {
		t.Errorf("the state is %q", state)
	}
	setFaults(t, `[]`)
	if err := upload.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if state := upload.State(); state != "uploaded" {
		t.Errorf("the state is %q", state)
	}
	link, err := upload.Filelink()
	if err != nil {
		t.Fatal(err)
	}
	mustEqual(t, link, data)
}

func TestErrorsSayWhy(t *testing.T) {
	client := start(t)
	_, err := client.UploadFile(filepath.Join(t.TempDir(), "missing"), Options{})
	if err == nil || !strings.Contains(err.Error(), "missing") {
		t.Errorf("no file: %v", err)
	}
	_, err = NewClient("", base)
	if !errors.Is(err, ErrInvalidArgument) || !strings.Contains(err.Error(), "apikey") {
		t.Errorf("no key: %v", err)
	}
	setFaults(t, `[{"class": "start", "times": 1, "action": {"status": 400, "body": "{\"error\":\"no such thing\"}"}}]`)
	t.Cleanup(func() { setFaults(t, `[]`) })
	_, err = client.UploadBytes([]byte("x"), Options{})
	var failed *Error
	if !errors.As(err, &failed) || !errors.Is(err, ErrHTTP) || failed.HTTP != 400 || failed.Step != "start" || failed.Retryable {
		t.Errorf("refused: %+v", err)
	}
}
