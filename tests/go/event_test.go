package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// journal is the requests that the cloud has had since it was forgotten last.
func journal(t *testing.T) []struct{ Class string } {
	t.Helper()
	return parse[[]struct{ Class string }](t, control(t, "GET", "requests", ""))
}

func TestEveryAttemptHasItsEvent(t *testing.T) {
	var events []ferry.Event
	client := start(t, ferry.WithOnEvent(func(e ferry.Event) { events = append(events, e) }))
	control(t, "DELETE", "requests", "")
	faults(t, `[{"class": "put", "match": {"part": 2}, "times": 1, "action": {"status": 503}}]`)
	store(t, client, noise(size))
	counts := map[ferry.EventKind]int{}
	for _, e := range events {
		counts[e.Kind]++
		if e.Kind == ferry.EventAttempt && (e.Attempt < 1 || e.Method == "" || e.BytesSent == 0 ||
			e.Whole < e.FirstByte || e.Remote == "" || time.Since(e.Time) > time.Hour) {
			t.Errorf("an attempt without what it has to have: %+v", e)
		}
		if e.Kind == ferry.EventRetry && (e.Status != ferry.ErrHTTP || e.Step != "put" || e.Part != 2 ||
			e.HTTPStatus != 503 || e.Message == "") {
			t.Errorf("a retry that does not say why: %+v", e)
		}
		for _, text := range []string{e.URL, e.Message, e.RequestID} {
			if strings.Contains(text, "TESTKEY") || strings.Contains(text, "ignature=") {
				t.Errorf("a secret: %s", text)
			}
		}
	}
	if n := len(journal(t)); counts[ferry.EventAttempt] != n {
		t.Errorf("%d events of %d requests", counts[ferry.EventAttempt], n)
	}
	if counts[ferry.EventRetry] != 1 || counts[ferry.EventConnection] == 0 {
		t.Errorf("%v", counts)
	}
	if ferry.EventConcurrency.String() != "concurrency" || ferry.EventKind(99).String() != "unknown" {
		t.Error("a kind has another word")
	}
}

func TestEventsAreLogged(t *testing.T) {
	var text bytes.Buffer
	level := new(slog.LevelVar)
	logger := slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: level}))
	client := start(t, ferry.WithOnEvent(ferry.LogEvents(logger)))
	for level.Set(slog.LevelDebug); ; level.Set(slog.LevelWarn) {
		text.Reset()
		faults(t, `[{"class": "start", "times": 1, "action": {"status": 503}}]`)
		store(t, client, []byte("x"))
		lines := strings.Count(text.String(), "\n")
		warnings := strings.Count(text.String(), "level=WARN")
		if warnings != 2 || !strings.Contains(text.String(), `msg="ferry: retry" step=start attempt=1`) {
			t.Errorf("%d warnings: %s", warnings, &text)
		}
		if level.Level() == slog.LevelWarn {
			if lines != 2 {
				t.Errorf("%d lines: %s", lines, &text)
			}
			return
		}
		if !strings.Contains(text.String(), `level=DEBUG msg="ferry: attempt" step=put part=1 attempt=1`) {
			t.Errorf("no PUT: %s", &text)
		}
	}
}

func TestAPanicOfAnEventCallbackComesOutOfItsCall(t *testing.T) {
	var told atomic.Int64
	client := start(t, ferry.WithOnEvent(func(e ferry.Event) {
		if told.Add(1) == 1 {
			panic("no more")
		}
	}))
	faults(t, `[{"class": "put", "action": {"stall_ms": 60000}}]`)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	func() {
		defer func() {
			if value := recover(); value != "no more" {
				t.Errorf("%v, not the panic", value)
			}
		}()
		_, err := client.UploadBytes(ctx, noise(size))
		t.Errorf("%v, no panic", err)
	}()
	if told.Load() != 1 {
		t.Errorf("told %d times", told.Load())
	}
	link := must(client.Filelink("ABCDEFGHIJ0123456789"))
	defer link.Close()
	if _, err := link.Metadata(background, nil); !errors.Is(err, ferry.ErrHTTP) || told.Load() < 2 {
		t.Errorf("%v after %d events: the next call has its own", err, told.Load())
	}
}

func TestAnEventCallbackGoesWithTheLastUserOfItsClient(t *testing.T) {
	leakless(t)
	freed := make(chan struct{})
	link := func() *ferry.Filelink {
		state := new([1 << 10]byte)
		runtime.SetFinalizer(state, func(*[1 << 10]byte) { close(freed) })
		client := must(ferry.NewClient("K", ferry.WithBaseURL(open), ferry.WithOnEvent(func(ferry.Event) {
			state[0]++
		})))
		defer client.Close()
		return must(client.Filelink("ABCDEFGHIJ0123456789"))
	}()
	runtime.GC()
	select {
	case <-freed:
		t.Error("it went with the client, though a filelink uses it")
	default:
	}
	if _, err := link.Metadata(background, nil); !errors.Is(err, ferry.ErrHTTP) {
		t.Error(err)
	}
	link.Close()
	settles(t, "callbacks", func() bool {
		runtime.GC()
		select {
		case <-freed:
			return true
		default:
			return false
		}
	})
	if _, err := ferry.NewClient("", ferry.WithOnEvent(func(ferry.Event) {})); err == nil {
		t.Error("a client without a key")
	}
}
