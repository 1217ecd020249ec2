package ferrytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// mustBe fails the test unless the error is each of these.
func mustBe(t *testing.T, what string, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("%s: %v is not %v", what, err, target)
		}
	}
}

func mustNotBe(t *testing.T, what string, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if errors.Is(err, target) {
			t.Errorf("%s: %v is %v", what, err, target)
		}
	}
}

func TestErrorsOfLocalFiles(t *testing.T) {
	client := start(t)
	gone := filepath.Join(t.TempDir(), "no folder", "a.png")
	_, err := client.UploadFile(background, gone)
	mustBe(t, "an upload", err, ferry.ErrIO, fs.ErrNotExist, syscall.ENOENT)
	mustNotBe(t, "an upload", err, fs.ErrPermission, fs.ErrClosed, os.ErrDeadlineExceeded)
	_, err = store(t, client, []byte("x")).Download(background, gone)
	mustBe(t, "a download", err, ferry.ErrIO, fs.ErrNotExist)
	_, err = client.UploadFile(background, file(t, []byte("x"))+"/a.png")
	mustBe(t, "a file as a folder", err, ferry.ErrIO, syscall.ENOTDIR)
	mustNotBe(t, "a file as a folder", err, fs.ErrNotExist)
}

func TestErrorsOfAnswers(t *testing.T) {
	leakless(t)
	var status atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no: No such file or directory", int(status.Load()))
	}))
	defer server.Close()
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(server.URL)))
	defer client.Close()
	for _, it := range []struct {
		status    int
		is, isNot error
	}{
		{404, fs.ErrNotExist, fs.ErrPermission}, {410, fs.ErrNotExist, fs.ErrPermission},
		{401, fs.ErrPermission, fs.ErrNotExist}, {403, fs.ErrPermission, fs.ErrNotExist},
		{400, ferry.ErrHTTP, fs.ErrNotExist}, {400, ferry.ErrHTTP, syscall.ENOENT},
	} {
		status.Store(int32(it.status))
		_, err := client.Request(background, "GET", "/file/HANDLE", nil)
		mustBe(t, fmt.Sprint(it.status), err, ferry.ErrHTTP, it.is)
		mustNotBe(t, fmt.Sprint(it.status), err, it.isNot)
		if failure := net.Error(nil); errors.As(err, &failure) {
			t.Errorf("%v is a network error", err)
		}
	}
}

func TestErrorsOfTheNetwork(t *testing.T) {
	leakless(t)
	// A port that is taken, and where nobody listens.
	taken := must(syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0))
	defer syscall.Close(taken)
	if err := syscall.Bind(taken, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprint("http://127.0.0.1:", must(syscall.Getsockname(taken)).(*syscall.SockaddrInet4).Port)
	refused := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(url), ferry.WithMaxRetries(0)))
	defer refused.Close()
	_, err := refused.Request(background, "GET", "/file/HANDLE", nil)
	mustBe(t, "refused", err, ferry.ErrNetwork, syscall.ECONNREFUSED)
	var failure net.Error
	if !errors.As(err, &failure) || failure.Timeout() || !strings.Contains(failure.Error(), "refused") {
		t.Errorf("%v is no network error, or a timeout", err)
	}
	mustBe(t, "as a network error", failure, ferry.ErrNetwork)

	_, url = stall(t)
	slow := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(url)))
	defer slow.Close()
	limit := ferry.WithDeadline(50 * time.Millisecond)
	_, err = slow.Request(background, "GET", "/file/HANDLE", nil, limit)
	mustBe(t, "a deadline", err, ferry.ErrTimeout, os.ErrDeadlineExceeded)
	mustNotBe(t, "a deadline", err, context.DeadlineExceeded)
	if !errors.As(err, &failure) || !failure.Timeout() || !os.IsTimeout(err) {
		t.Errorf("%v is no timeout", err)
	}
	ctx, cancel := context.WithTimeout(background, 50*time.Millisecond)
	defer cancel()
	_, err = slow.Request(ctx, "GET", "/file/HANDLE", nil)
	mustBe(t, "a context", err, ferry.ErrCancelled, context.DeadlineExceeded, os.ErrDeadlineExceeded)
	if !errors.As(err, &failure) || !failure.Timeout() {
		t.Errorf("%v is no timeout", err)
	}
	ended, end := context.WithCancel(background)
	end()
	_, err = slow.Request(ended, "GET", "/file/HANDLE", nil)
	mustBe(t, "an ended context", err, ferry.ErrCancelled, context.Canceled)
	mustNotBe(t, "an ended context", err, os.ErrDeadlineExceeded)
}

func TestErrorsOfClosedObjects(t *testing.T) {
	leakless(t)
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(base)))
	telestream := must(ferry.NewTelestream("access", "secret", ferry.WithBaseURL(base)))
	link, chain := must(client.Filelink(handle)), must(client.Transform(handle))
	security := must(ferry.SecurityFromSigned("eyJleHBpcnkiOjQxMDI0NDQ4MDB9", strings.Repeat("0", 64)))
	upload := must(client.NewUpload(file(t, []byte("x"))))
	for _, object := range []interface{ Close() error }{client, telestream, link, chain, security, upload} {
		for range [2]int{} {
			if err := object.Close(); err != nil {
				t.Errorf("%T: %v", object, err)
			}
		}
	}
	_, ofClient := client.UploadBytes(background, []byte("x"))
	_, ofTelestream := telestream.Factories().List(background, nil)
	_, ofLink := link.Content(background)
	_, ofChain := chain.URL()
	_, ofSecurity := ferry.NewClient("TESTKEY", ferry.WithSecurity(security))
	for message, err := range map[string]error{
		"the client is closed": ofClient, "the client is closed ": ofTelestream,
		"the filelink is closed": ofLink, "the chain is closed": ofChain,
		"the security is closed": ofSecurity, "the upload is closed": upload.Run(background),
	} {
		mustBe(t, message, err, ferry.ErrInvalidState, fs.ErrClosed)
		if err.Error() != "ferry: "+strings.TrimSpace(message) {
			t.Errorf("%q, not %q", err, message)
		}
	}
	_, err := new(ferry.Client).Filelink(handle)
	mustBe(t, "nobody made it", err, ferry.ErrInvalidState)
	mustNotBe(t, "nobody made it", err, fs.ErrClosed)
}

func TestStatusesHaveWords(t *testing.T) {
	for status := ferry.ErrInvalidArgument; status <= ferry.ErrOutOfMemory; status++ {
		text := must(json.Marshal(status))
		var same ferry.Status
		if err := json.Unmarshal(text, &same); err != nil || same != status {
			t.Errorf("%s is %v, %v", text, same, err)
		}
		message := status.Error()
		if !strings.HasPrefix(message, "ferry: ") || strings.Contains(message, "_") {
			t.Errorf("%s says %q", text, message)
		}
	}
	if ferry.ErrInvalidState.Error() != "ferry: invalid state" || ferry.ErrHTTP.Name() != "FERRY_HTTP" {
		t.Errorf("%v, %s", ferry.ErrInvalidState, ferry.ErrHTTP.Name())
	}
	var none ferry.Status
	if err := none.UnmarshalText([]byte("FERRY_NONE")); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("no status: %v", err)
	}
}
