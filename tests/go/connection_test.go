package ferrytest

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestConnectionOptions(t *testing.T) {
	client := start(t, ferry.WithMaxRetries(0), ferry.WithStallTimeout(200*time.Millisecond),
		ferry.WithConnectTimeout(time.Second),
		ferry.WithDeadline(time.Minute), ferry.WithUserAgent("tester/1"))
	faults(t, `[{"class": "start", "times": 1, "action": {"status": 503}}]`)
	_, err := client.UploadBytes(background, []byte("x"))
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.HTTPStatus != 503 || !failed.Retryable {
		t.Errorf("not tried again: %+v", err)
	}
	faults(t, `[{"class": "start", "times": 1, "action": {"stall_ms": 60000}}]`)
	if _, err := client.UploadBytes(background, []byte("x")); !errors.Is(err, ferry.ErrTimeout) {
		t.Errorf("stalled: %v", err)
	}
	if !strings.Contains(string(control(t, "GET", "requests", "")), "tester/1") {
		t.Error("the user agent did not arrive")
	}
	if _, err := ferry.NewClient("K", ferry.WithStallTimeout(-1)); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a time before now: %v", err)
	}
	if _, err := ferry.NewClient("K", ferry.WithCAFile("/missing.pem")); err == nil {
		t.Error("no certificates, no error")
	}
}

func TestTrust(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	for _, trust := range []ferry.Trust{ferry.TrustPublic, ferry.TrustSystem} {
		client, err := ferry.NewClient("K", ferry.WithBaseURL(server.URL), ferry.WithTrust(trust),
			ferry.WithMaxRetries(0))
		if trust == ferry.TrustSystem && errors.Is(err, ferry.ErrIO) {
			continue // a system without a store
		}
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		if _, err := client.Request(background, "GET", "/", nil); !errors.Is(err, ferry.ErrNetwork) {
			t.Errorf("%v, though nobody knows who signed the certificate", err)
		}
	}
	_, err := ferry.NewClient("K", ferry.WithTrust(7))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "trust") {
		t.Errorf("an authority that is none: %v", err)
	}
}

func TestProxyFromTheEnvironment(t *testing.T) {
	leakless(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q", r.URL.String())
	}))
	defer proxy.Close()
	t.Setenv("http_proxy", proxy.URL)
	const host = "http://files.example.invalid"
	client := must(ferry.NewClient("K", ferry.WithBaseURL(host), ferry.WithProxyFromEnvironment()))
	defer client.Close()
	response, err := client.Request(background, "GET", "/thing", nil)
	if err != nil {
		t.Fatal(err)
	}
	var asked string
	if err := response.JSON(&asked); err != nil || asked != host+"/api/thing" {
		t.Errorf("the proxy was asked for %s, %v", response.Body, err)
	}
	direct := must(ferry.NewClient("K", ferry.WithBaseURL(host), ferry.WithMaxRetries(0)))
	defer direct.Close()
	if _, err := direct.Request(background, "GET", "/thing", nil); !errors.Is(err, ferry.ErrNetwork) {
		t.Errorf("%v, though the environment was not to be read", err)
	}
}
