package ferrytest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestSecurity(t *testing.T) {
	leakless(t)
	expiry := ferry.ExpiryIn(time.Hour)
	security, err := ferry.NewSecurity(ferry.Policy{Expiry: expiry, Call: []string{"read"}, Handle: handle,
		MaxSize: 10}, secret)
	if err != nil {
		t.Fatal(err)
	}
	defer security.Close()
	policy := parse[map[string]any](t, []byte(security.PolicyJSON()))
	if policy["expiry"] != float64(expiry.Unix()) || policy["handle"] != handle ||
		len(security.Signature()) != 64 {
		t.Errorf("%v is signed with %q", policy, security.Signature())
	}
	if security.URLString() != fmt.Sprintf("security=p:%s,s:%s", security.Policy(), security.Signature()) {
		t.Error(security.URLString())
	}
	same, err := ferry.SecurityFromSigned(security.Policy(), security.Signature())
	if err != nil || same.PolicyJSON() != security.PolicyJSON() {
		t.Fatalf("%v", err)
	}
	defer same.Close()
	if err := security.Allows("read", ferry.Asked{Handle: handle}); err != nil {
		t.Error(err)
	}
	for name, asked := range map[string]ferry.Asked{"store": {},
		"read": {Handle: handle, Now: expiry.Add(time.Second)}} {
		if err := security.Allows(name, asked); !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Errorf("%s is allowed: %v", name, err)
		}
	}
	if _, err := ferry.NewSecurity(ferry.Policy{}, secret); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a policy for ever: %v", err)
	}
	if _, err := ferry.SecurityFromSigned("?", "?"); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a signature of nothing: %v", err)
	}
	unknown, err := ferry.NewSecurityUnchecked(map[string]any{"expiry": 1, "new": true}, secret)
	if err != nil || !strings.Contains(unknown.PolicyJSON(), "new") {
		t.Fatal(err)
	}
	unknown.Close()
	_, err = ferry.NewClient("K", ferry.WithSecurity(unknown))
	if !errors.Is(err, ferry.ErrInvalidState) {
		t.Errorf("a closed security: %v", err)
	}
}

func TestPoliciesThatTheServiceChecks(t *testing.T) {
	client := start(t, ferry.WithoutPolicyChecks())
	link := store(t, client, []byte("abc"))
	only := must(ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"store"}},
		secret))
	defer only.Close()
	_, err := link.Content(background, ferry.WithSecurity(only))
	if !errors.Is(err, ferry.ErrHTTP) {
		t.Errorf("read with a policy that does not allow it: %v", err)
	}
}

func TestAPolicyOfNoCallAllowsNothing(t *testing.T) {
	leakless(t)
	expiry := ferry.ExpiryIn(time.Hour)
	for _, calls := range [][]string{nil, {}} {
		policy := ferry.Policy{Expiry: expiry, Call: calls}
		security := must(ferry.NewSecurity(policy, secret))
		defer security.Close()
		if err := security.Allows("read", ferry.Asked{}); (err == nil) != (calls == nil) {
			t.Errorf("%v allows read: %v", policy, err)
		}
		var back ferry.Policy
		err := json.Unmarshal([]byte(policy.String()), &back)
		if err != nil || (back.Call == nil) != (calls == nil) {
			t.Errorf("%v is read as %v: %v", policy, back, err)
		}
	}
}

func TestSecurityOfOneCall(t *testing.T) {
	client := start(t)
	link := store(t, client, []byte("abc"))
	only := must(ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"store"}},
		secret))
	defer only.Close()
	_, err := link.Content(background, ferry.WithSecurity(only))
	if !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("read with a policy that does not allow it: %v", err)
	}
	other, err := client.UploadBytes(background, []byte("abc"), ferry.WithSecurity(only))
	if err != nil {
		t.Fatal(err)
	}
	other.Close()
}

func TestWebhooks(t *testing.T) {
	leakless(t)
	body := []byte(`{"id": 6844, "action": "fp.upload", "timestamp": 1559199901, "text": {"filename": "x"}}`)
	timestamp := fmt.Sprint(time.Now().Unix())
	signature := must(ferry.SignWebhook(body, timestamp, "new"))
	for _, expect := range []struct {
		err       error
		timestamp string
		signature string
		secrets   []string
	}{
		{nil, timestamp, signature, []string{"new"}},
		{nil, timestamp, signature, []string{"old", "new"}},
		{ferry.ErrSignatureMismatch, timestamp, signature, []string{"old"}},
		{ferry.ErrSignatureMismatch, timestamp, strings.Repeat("0", 64), []string{"new"}},
		{ferry.ErrSignatureExpired, "1", must(ferry.SignWebhook(body, "1", "new")), []string{"new"}},
		{ferry.ErrInvalidArgument, timestamp, signature, nil},
	} {
		err := ferry.VerifyWebhook(body, expect.timestamp, expect.signature, ferry.WebhookTolerance,
			expect.secrets...)
		if !errors.Is(err, expect.err) {
			t.Errorf("%v, not %v", err, expect.err)
		}
	}
	if err := ferry.VerifyWebhook(body, "1", must(ferry.SignWebhook(body, "1", "new")), 0,
		"new"); err != nil {
		t.Errorf("any age: %v", err)
	}
}

func TestTolerancesOfWebhooks(t *testing.T) {
	signature := must(ferry.SignWebhook([]byte("x"), "1", "secret"))
	for tolerance, expect := range map[time.Duration]error{
		math.MaxInt64: nil, 0: nil, time.Nanosecond: ferry.ErrSignatureExpired,
		-time.Nanosecond: ferry.ErrInvalidArgument, -time.Second: ferry.ErrInvalidArgument,
		math.MinInt64: ferry.ErrInvalidArgument,
	} {
		err := ferry.VerifyWebhook([]byte("x"), "1", signature, tolerance, "secret")
		if !errors.Is(err, expect) {
			t.Errorf("%d ns: %v, not %v", tolerance, err, expect)
		}
	}
}

func TestWebhookHandler(t *testing.T) {
	leakless(t)
	var got []ferry.WebhookEvent
	var refuse error
	hook := ferry.Webhook(func(_ context.Context, event ferry.WebhookEvent) error {
		got = append(got, event)
		return refuse
	}, ferry.WebhookTolerance, "webhook-secret")
	post := func(body, signature string) int {
		request := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		timestamp := fmt.Sprint(time.Now().Unix())
		if signature == "" {
			signature = must(ferry.SignWebhook([]byte(body), timestamp, "webhook-secret"))
		}
		request.Header.Set("FS-Timestamp", timestamp)
		request.Header.Set("FS-Signature", signature)
		answer := httptest.NewRecorder()
		hook.ServeHTTP(answer, request)
		return answer.Code
	}
	const event = `{"id": 1, "action": "fp.upload", "timestamp": 2, "text": {"filename": "x"}}`
	if status := post(event, ""); status != 204 || len(got) != 1 || got[0].Action != "fp.upload" ||
		string(got[0].Raw) != event {
		t.Errorf("%d after %+v", status, got)
	}
	refuse = errors.New("later")
	for status, body := range map[int]string{500: event, 413: strings.Repeat(" ", 1<<20+1)} {
		if got := post(body, ""); got != status {
			t.Errorf("%d, not %d", got, status)
		}
	}
	if status := post(event, strings.Repeat("0", 64)); status != 403 {
		t.Errorf("%d for a wrong signature", status)
	}
	unsigned := httptest.NewRecorder()
	hook.ServeHTTP(unsigned, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(event)))
	if unsigned.Code != 403 || len(got) != 2 {
		t.Errorf("%d for no signature, %d messages", unsigned.Code, len(got))
	}
}

func TestWebhooksOfTheCloud(t *testing.T) {
	client := start(t)
	events := make(chan ferry.WebhookEvent, 10)
	server := httptest.NewServer(ferry.Webhook(func(_ context.Context, event ferry.WebhookEvent) error {
		events <- event
		return nil
	}, ferry.WebhookTolerance, "webhook-secret"))
	defer server.Close()
	control(t, http.MethodPut, "settings", fmt.Sprintf(`{"webhook_url": %q}`, server.URL))
	defer control(t, http.MethodPut, "settings", `{"webhook_url": ""}`)
	link := store(t, client, []byte("abc"), ferry.WithFilename("abc.txt"))
	event := <-events
	if text := parse[struct{ URL, Filename string }](t, event.Text); event.Action != "fp.upload" ||
		text.Filename != "abc.txt" || text.URL != link.URL() {
		t.Errorf("%s", event.Raw)
	}
}
