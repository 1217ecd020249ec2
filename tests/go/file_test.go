package ferrytest

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// noTemporaryFile checks at the end of the test that none is left.
func noTemporaryFile(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	t.Cleanup(func() {
		if left := must(filepath.Glob(filepath.Join(folder, "*"))); len(left) != 0 {
			t.Errorf("%v are left", left)
		}
	})
}

func TestFilesAreRead(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	data := noise(300_000)
	link := store(t, client, data)
	reports := 0
	opened := link.Open(background, ferry.WithProgress(func(ferry.Progress) error { reports++; return nil }))
	if err := iotest.TestReader(struct{ io.Reader }{opened}, data); err != nil {
		t.Error(err)
	}
	opened.Close()
	if reports == 0 {
		t.Error("there was no progress")
	}

	opened = link.Open(background)
	head := make([]byte, 1000)
	must(io.ReadFull(opened, head))
	var rest bytes.Buffer
	n, err := io.Copy(&rest, opened) // by WriteTo
	if err != nil || n != int64(len(data)-len(head)) || !bytes.Equal(append(head, rest.Bytes()...), data) {
		t.Errorf("%d bytes after the first, %v", n, err)
	}
	opened.Close()

	opened = link.Open(background)
	rest.Reset()
	if n, err := opened.WriteTo(&rest); err != nil || n != int64(len(data)) ||
		!bytes.Equal(rest.Bytes(), data) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if n, err := opened.Read(head); n != 0 || err != io.EOF {
		t.Errorf("%d bytes after the end, %v", n, err)
	}
	opened.Close()

	rest.Reset()
	if n, err := link.Stream(background, &rest); err != nil || n != int64(len(data)) ||
		!bytes.Equal(rest.Bytes(), data) {
		t.Errorf("%d bytes are streamed, %v", n, err)
	}
	full := errors.New("the disk is full")
	_, err = link.Stream(background, writerFunc(func([]byte) (int, error) { return 0, full }))
	mustBe(t, "a writer", err, full, ferry.ErrIO)
}

func TestFilesAreReadAnywhere(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	var archive bytes.Buffer
	writer := zip.NewWriter(&archive)
	for _, name := range []string{"a.txt", "b.txt"} {
		must(must(writer.Create(name)).Write([]byte("text of " + name)))
	}
	writer.Close()
	opened := store(t, client, archive.Bytes(), ferry.WithFilename("texts.zip")).Open(background)
	defer opened.Close()
	size, err := opened.Size()
	if err != nil || size != int64(archive.Len()) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	reader := must(zip.NewReader(opened, size))
	text := must(io.ReadAll(must(reader.Open("b.txt"))))
	if string(text) != "text of b.txt" {
		t.Errorf("%q", text)
	}
	var all sync.WaitGroup
	for at := int64(0); at < 4; at++ {
		all.Add(1)
		go func(at int64) {
			defer all.Done()
			piece := make([]byte, 10)
			_, err := opened.ReadAt(piece, at)
			if err != nil || !bytes.Equal(piece, archive.Bytes()[at:at+10]) {
				t.Errorf("at %d: %v", at, err)
			}
		}(at)
	}
	all.Wait()
	if _, err := opened.ReadAt(make([]byte, 1), size); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

func TestForgottenFilesAreClosed(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	link := store(t, client, noise(300_000))
	before := runtime.NumGoroutine()
	for range [5]int{} {
		must(io.ReadFull(link.Open(background), make([]byte, 10)))
	}
	settles(t, "goroutines", func() bool {
		runtime.GC()
		return runtime.NumGoroutine() <= before
	})
}

// collected waits until what nothing refers to has been found, and its finalizer has run.
func collected(t *testing.T) {
	t.Helper()
	ran := make(chan struct{})
	runtime.SetFinalizer(new([1 << 10]byte), func(*[1 << 10]byte) { close(ran) })
	settles(t, "finalizers", func() bool {
		runtime.GC()
		select {
		case <-ran:
			return true
		default:
			return false
		}
	})
}

func TestFilesAreNotForgottenWhileTheyAreWritten(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	data := noise(3_000_000)
	link := store(t, client, data)
	var all bytes.Buffer
	n, err := link.Open(background).WriteTo(writerFunc(func(piece []byte) (int, error) {
		if all.Len() < 1_000_000 {
			collected(t)
		}
		return all.Write(piece)
	}))
	if err != nil || n != int64(len(data)) || !bytes.Equal(all.Bytes(), data) {
		t.Errorf("%d bytes, %v", n, err)
	}
	collected(t) // closes it
}

func TestFilesAreClosedByTheirCallbacks(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	link := store(t, client, noise(3_000_000))
	var opened *ferry.File
	report := ferry.WithProgress(func(ferry.Progress) error { return opened.Close() })
	for name, use := range map[string]func() error{
		"Read":    func() error { _, err := io.Copy(io.Discard, struct{ io.Reader }{opened}); return err },
		"ReadAt":  func() error { _, err := opened.ReadAt(make([]byte, 1), 0); return err },
		"WriteTo": func() error { _, err := opened.WriteTo(io.Discard); return err },
	} {
		opened = link.Open(background, report)
		if err := use(); err == nil {
			t.Errorf("%s: it was closed by its progress callback, and no error", name)
		}
		opened.Close()
	}
	opened = link.Open(background)
	closing := writerFunc(func(piece []byte) (int, error) { return len(piece), opened.Close() })
	_, err := opened.WriteTo(closing)
	mustBe(t, "closed by the writer", err, ferry.ErrCancelled, context.Canceled)
}

// A callback that waits for another goroutine, which closes the file, must not wait for ever.
func TestFilesAreClosedWhileTheirCallbacksRun(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	link := store(t, client, noise(3_000_000))
	var opened *ferry.File
	elsewhere := func() error {
		done := make(chan error)
		go func() { done <- opened.Close() }()
		return <-done
	}
	opened = link.Open(background, ferry.WithProgress(func(ferry.Progress) error { return elsewhere() }))
	_, err := opened.Size()
	mustBe(t, "closed by the progress callback", err, ferry.ErrCancelled)
	opened = link.Open(background)
	_, err = opened.WriteTo(writerFunc(func(piece []byte) (int, error) { return len(piece), elsewhere() }))
	mustBe(t, "closed by the writer", err, ferry.ErrCancelled)
}

func TestReadsEnd(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	link := store(t, client, noise(300_000))
	ctx, cancel := context.WithCancel(background)
	opened := link.Open(ctx)
	must(io.ReadFull(opened, make([]byte, 10)))
	cancel() // nobody reads
	_, err := io.Copy(io.Discard, opened)
	mustBe(t, "the end of the context", err, ferry.ErrCancelled, context.Canceled)
	opened.Close()

	opened = link.Open(background)
	must(io.ReadFull(opened, make([]byte, 10)))
	opened.Close()
	for range [2]int{} {
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
	_, read := opened.Read(make([]byte, 1))
	_, readAt := opened.ReadAt(make([]byte, 1), 0)
	_, written := opened.WriteTo(io.Discard)
	for how, err := range map[string]error{"Read": read, "ReadAt": readAt, "WriteTo": written} {
		mustBe(t, how, err, ferry.ErrInvalidState, fs.ErrClosed)
	}

	gone := must(client.Filelink(handle))
	defer gone.Close()
	opened = gone.Open(background)
	defer opened.Close()
	_, err = opened.Read(make([]byte, 1))
	mustBe(t, "no such file", err, fs.ErrNotExist, ferry.ErrHTTP)
	_, err = opened.Size()
	mustBe(t, "no such file", err, fs.ErrNotExist, ferry.ErrHTTP)
}

func TestFilesAreOverwrittenPieceByPiece(t *testing.T) {
	noTemporaryFile(t)
	client := start(t)
	link := store(t, client, []byte("first"))
	holds := func(text string) {
		t.Helper()
		if content, err := link.Content(background); string(content) != text {
			t.Errorf("%q is stored, not %q, %v", content, text, err)
		}
	}
	slowly := iotest.OneByteReader(strings.NewReader("second"))
	if err := link.OverwriteReader(background, slowly); err != nil {
		t.Error(err)
	}
	holds("second")
	broken := errors.New("of the reader")
	err := link.OverwriteReader(background, io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken)))
	mustBe(t, "a reader", err, broken, ferry.ErrIO)
	holds("second")

	writer := link.NewWriter(background)
	fmt.Fprint(writer, "th")
	fmt.Fprint(writer, "ird")
	holds("second")
	if err := writer.Close(); err != nil {
		t.Error(err)
	}
	holds("third")
	_, err = writer.Write([]byte("x"))
	mustBe(t, "a closed writer", err, ferry.ErrInvalidState, fs.ErrClosed)
	if err := writer.Close(); err != nil {
		t.Error(err)
	}

	writer = link.NewWriter(background)
	fmt.Fprint(writer, "fourth")
	writer.Discard()
	ctx, cancel := context.WithCancel(background)
	ended := link.NewWriter(ctx)
	fmt.Fprint(ended, "fifth")
	cancel()
	_, err = ended.Write([]byte("x"))
	mustBe(t, "an ended context", err, ferry.ErrCancelled, context.Canceled)
	mustBe(t, "an ended context", ended.Close(), ferry.ErrCancelled, context.Canceled)
	holds("third")

	t.Setenv("TMPDIR", filepath.Join(os.DevNull, "none"))
	_, err = link.NewWriter(background).Write([]byte("x"))
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.Status != ferry.ErrIO {
		t.Errorf("no place for a temporary file: %v", err)
	}
}
