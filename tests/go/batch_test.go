package ferrytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

const (
	batchFiles = 30
	batchLong  = 7 // has two parts
)

// batchFile is what a file of a batch has in it.
func batchFile(index int) []byte {
	if index == batchLong {
		return noise(5<<20 + 1)
	}
	return noise(1000 + index)
}

// batchOf writes so many files, and gives their paths.
func batchOf(t *testing.T, count int) []string {
	t.Helper()
	folder := t.TempDir()
	paths := make([]string, count)
	for i := range paths {
		paths[i] = filepath.Join(folder, fmt.Sprintf("%d.bin", i))
		if err := os.WriteFile(paths[i], batchFile(i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return paths
}

// mustBeStored compares all files with what is stored, and closes the results.
func mustBeStored(t *testing.T, paths []string, results ferry.BatchResults) {
	t.Helper()
	defer results.Close()
	if len(results) != len(paths) {
		t.Fatalf("%d results for %d files", len(results), len(paths))
	}
	handles := map[string]bool{}
	for i, result := range results {
		if result.Path != paths[i] || result.Filelink == nil || result.Err != nil {
			t.Fatalf("file %d: %+v", i, result)
		}
		handles[result.Filelink.Handle()] = true
		if content, err := result.Filelink.Content(background); !bytes.Equal(content, batchFile(i)) {
			t.Fatalf("file %d: %d other bytes, %v", i, len(content), err)
		}
	}
	if len(handles) != len(paths) {
		t.Fatalf("%d handles for %d files", len(handles), len(paths))
	}
}

// countStored gives a function that counts the files that the cloud has stored since.
func countStored(t *testing.T) func() int {
	count := func() int { return len(parse[[]struct{}](t, control(t, "GET", "files", ""))) }
	before := count()
	return func() int { return count() - before }
}

func TestBatchIsStoredInOrder(t *testing.T) {
	client := start(t)
	paths := batchOf(t, batchFiles)
	control(t, "DELETE", "requests", "")
	stored := countStored(t)
	told, filesDone := map[int]string{}, 0
	results, err := client.UploadMany(background, ferry.Files(paths...),
		ferry.WithTags(map[string]string{"album": "ferries"}),
		ferry.WithProgress(func(p ferry.Progress) error {
			if p.FilesTotal != batchFiles || p.FilesDone < filesDone {
				t.Errorf("%d of %d files after %d", p.FilesDone, p.FilesTotal, filesDone)
			}
			filesDone = p.FilesDone
			return nil
		}),
		ferry.WithOnItem(func(index int, result ferry.BatchResult) error {
			if _, twice := told[index]; twice || result.Path != paths[index] || result.Err != nil {
				t.Errorf("%d: %+v", index, result)
			}
			told[index] = result.Filelink.Handle() // no lock: it is the goroutine of the call
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != batchFiles || filesDone != batchFiles {
		t.Errorf("%d files were told, %d done", len(told), filesDone)
	}
	for i, result := range results {
		if told[i] != result.Filelink.Handle() {
			t.Errorf("%d: %q was told of %q", i, told[i], result.Filelink.Handle())
		}
	}
	mustBeStored(t, paths, results)
	if count := stored(); count != batchFiles {
		t.Errorf("%d files were stored", count)
	}
	if log := control(t, "GET", "requests", ""); !bytes.Contains(log, []byte(`{"album":"ferries"}`)) {
		t.Error("the tags did not arrive")
	}
}

// goroutine is the name of the one that calls, as a stack begins with it: "goroutine 7".
func goroutine() string {
	stack := make([]byte, 64)
	name, _, _ := strings.Cut(string(stack[:runtime.Stack(stack, false)]), " [")
	return name
}

func TestBatchTellsOnTheGoroutineOfTheCall(t *testing.T) {
	client := start(t)
	paths := batchOf(t, 5)
	caller := goroutine()
	results, err := client.UploadMany(background, ferry.Files(paths...),
		ferry.WithOnItem(func(int, ferry.BatchResult) error {
			if now := goroutine(); now != caller {
				t.Errorf("told on %q, the call is on %q", now, caller)
			}
			return nil
		}))
	if err != nil {
		t.Fatal(err)
	}
	mustBeStored(t, paths, results)
}

func TestBatchItemsHaveNamesOfTheirOwn(t *testing.T) {
	client := start(t)
	path := batchOf(t, 1)[0]
	results, err := client.UploadMany(background, []ferry.BatchItem{
		{Path: path},
		{Path: path, Options: []ferry.UploadOption{ferry.WithFilename("first.txt")}},
		{Path: path, Options: []ferry.UploadOption{ferry.WithFilename("second.txt")}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer results.Close()
	var names []string
	for _, result := range results {
		answer := parse[struct{ Filename string }](t, must(result.Filelink.Answer()))
		names = append(names, answer.Filename)
	}
	if !reflect.DeepEqual(names, []string{"0.bin", "first.txt", "second.txt"}) {
		t.Errorf("stored are %q", names)
	}
}

func TestBatchWithAFileThatFails(t *testing.T) {
	client := start(t, ferry.WithMaxRetries(0))
	paths := batchOf(t, batchFiles)
	paths[3] += ".gone"
	faults(t, `[{"class": "start", "match": {"filename": "5.bin"}, "times": 9, "action": {"status": 503}}]`)
	told := map[int]error{}
	results, err := client.UploadMany(background, ferry.Files(paths...),
		ferry.WithOnItem(func(index int, result ferry.BatchResult) error {
			if (result.Filelink == nil) != (result.Err != nil) {
				t.Errorf("%d: %+v", index, result)
			}
			told[index] = result.Err
			return nil
		}))
	defer results.Close()
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.Status != ferry.ErrIO || !failed.Retryable ||
		!strings.Contains(failed.Message, "2 of 30 files are not stored") ||
		!strings.Contains(failed.Message, "3.bin.gone") {
		t.Errorf("%#v", err)
	}
	if len(told) != batchFiles || len(results) != batchFiles {
		t.Fatalf("%d files were told, %d results", len(told), len(results))
	}
	for i, result := range results {
		isStored := i != 3 && i != 5
		if result.Path != paths[i] || (result.Filelink != nil) != isStored ||
			(result.Err == nil) != isStored {
			t.Errorf("%d: %+v", i, result)
		}
		if !reflect.DeepEqual(result.Err, told[i]) {
			t.Errorf("%d: %v was told of %v", i, told[i], result.Err)
		}
	}
	if !errors.As(results[3].Err, &failed) || failed.Status != ferry.ErrIO || failed.Retryable ||
		!strings.Contains(failed.Message, "3.bin.gone") {
		t.Errorf("%#v", results[3].Err)
	}
	if !errors.As(results[5].Err, &failed) || failed.Status != ferry.ErrHTTP || failed.HTTPStatus != 503 ||
		failed.Step != "start" || !failed.Retryable {
		t.Errorf("%#v", results[5].Err)
	}
}

// mustBeInterrupted is what a run that was stopped says.
func mustBeInterrupted(t *testing.T, err, cause error) {
	t.Helper()
	var failed *ferry.Error
	if !errors.As(err, &failed) || failed.Status != ferry.ErrCancelled || !failed.Retryable ||
		cause != nil && !errors.Is(err, cause) {
		t.Fatalf("%#v, not interrupted by %v", err, cause)
	}
}

// TestBatchIsStoppedAndRunAgain stops a batch after ten files, and runs it again: no file is sent twice.
func TestBatchIsStoppedAndRunAgain(t *testing.T) {
	type stop = func(it *ferry.Upload, end func()) error
	for name, how := range map[string]struct {
		stop   stop
		cause  error
		isTold bool // of what is stored all the same
	}{
		"error":     {func(*ferry.Upload, func()) error { return errEnough }, errEnough, false},
		"interrupt": {func(it *ferry.Upload, _ func()) error { it.Interrupt(); return nil }, nil, true},
		"context":   {func(_ *ferry.Upload, end func()) error { end(); return nil }, context.Canceled, true},
		"pause":     {func(it *ferry.Upload, _ func()) error { it.Pause(); return nil }, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			client := start(t)
			paths := batchOf(t, batchFiles)
			count := countStored(t)
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			told := map[int]int{}
			var upload *ferry.Upload
			upload = must(client.NewUploadMany(ferry.Files(paths...),
				ferry.WithOnItem(func(index int, result ferry.BatchResult) error {
					told[index]++
					if len(told) == 10 {
						return how.stop(upload, cancel)
					}
					return nil
				})))
			defer upload.Close()
			if _, err := upload.ItemFilelink(0); !errors.Is(err, ferry.ErrNotReady) {
				t.Error(err)
			}
			err := upload.Run(ctx)
			if name == "pause" {
				if !errors.Is(err, ferry.ErrPaused) || upload.State() != ferry.StatePaused {
					t.Fatalf("%v, the state is %q", err, upload.State())
				}
			} else {
				mustBeInterrupted(t, err, how.cause)
				if state := upload.State(); state != ferry.StateInterrupted {
					t.Errorf("the state is %q", state)
				}
			}
			before := must(upload.Results())
			defer before.Close()
			stored := map[int]int{}
			for i, result := range before {
				if result.Err != nil {
					t.Errorf("%d: %v", i, result.Err)
				}
				if result.Filelink != nil {
					stored[i] = 1
				}
			}
			if len(before) != batchFiles || len(stored) < 10 || len(stored) == batchFiles {
				t.Errorf("%d of %d files are stored", len(stored), len(before))
			}
			if how.isTold && !reflect.DeepEqual(told, stored) || len(told) < 10 {
				t.Errorf("told are %v, stored %v", told, stored)
			}
			if err := upload.Run(background); err != nil || upload.State() != ferry.StateUploaded {
				t.Fatalf("%v, the state is %q", err, upload.State())
			}
			link, err := upload.ItemFilelink(batchLong)
			mustHold(t, link, err, batchFile(batchLong))
			after := must(upload.Results())
			for i, result := range before {
				if result.Filelink != nil && result.Filelink.URL() != after[i].Filelink.URL() {
					t.Errorf("%d is stored again", i)
				}
			}
			mustBeStored(t, paths, after)
			if count := count(); count != batchFiles {
				t.Errorf("%d files were stored", count)
			}
			for index, times := range told {
				if times != 1 {
					t.Errorf("file %d was told %d times", index, times)
				}
			}
		})
	}
}

func TestBatchEndsWithItsContext(t *testing.T) {
	client := start(t)
	paths := batchOf(t, batchFiles)
	faults(t, `[{"class": "put", "skip": 3, "action": {"stall_ms": 600000}}]`)
	for name, option := range map[string]ferry.BatchOption{
		"told":     ferry.WithOnItem(func(int, ferry.BatchResult) error { return nil }),
		"not told": ferry.WithConcurrency(8),
	} {
		ctx, cancel := context.WithCancel(background)
		var cancelled time.Time
		time.AfterFunc(500*time.Millisecond, func() { cancelled = time.Now(); cancel() })
		results, err := client.UploadMany(ctx, ferry.Files(paths...), option)
		if took := time.Since(cancelled); took > time.Second {
			t.Errorf("%s: it took %v to end", name, took)
		}
		mustBeInterrupted(t, err, context.Canceled)
		if len(results) != batchFiles {
			t.Errorf("%s: %d results", name, len(results))
		}
		for i, result := range results {
			if result.Path != paths[i] || result.Err != nil {
				t.Errorf("%s: %+v", name, result)
			}
		}
		results.Close()
		results, err = client.UploadMany(ctx, ferry.Files(paths...), option)
		var failed *ferry.Error
		if !errors.As(err, &failed) || !errors.Is(err, context.Canceled) || failed.Retryable {
			t.Errorf("%s: %v, though the context had ended before", name, err)
		}
		for _, result := range results {
			if result.Filelink != nil || result.Err != nil {
				t.Errorf("%s: %+v, though nothing was sent", name, result)
			}
		}
	}
}

func TestBatchGoesOnWithAJournal(t *testing.T) {
	paths, folder := batchOf(t, batchFiles), filepath.Join(t.TempDir(), "journals")
	client := start(t)
	count := countStored(t)
	ctx, cancel := context.WithCancel(background)
	defer cancel()
	told := 0
	onItem := ferry.WithOnItem(func(int, ferry.BatchResult) error {
		if told++; told == batchFiles/2 {
			cancel()
		}
		return nil
	})
	results, err := client.UploadMany(ctx, ferry.Files(paths...), ferry.WithJournal(folder), onItem)
	mustBeInterrupted(t, err, context.Canceled)
	results.Close()
	stored, isListed := count(), false
	for _, it := range must(ferry.Journals(folder)) {
		if it.Files == 0 {
			continue
		}
		isListed = true
		if it.Files != batchFiles || it.FilesStored < batchFiles/2 || it.FilesStored > stored ||
			it.Path != "" || it.Service != "filestack" || it.InUse {
			t.Errorf("%+v", it)
		}
	}
	if !isListed || stored >= batchFiles {
		t.Errorf("%d files are stored, a journal: %v", stored, isListed)
	}
	// The same call of another client, as in another process.
	security := must(ferry.NewSecurity(ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: everything},
		secret))
	defer security.Close()
	other := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(base), ferry.WithSecurity(security)))
	defer other.Close()
	told = batchFiles
	results, err = other.UploadMany(background, ferry.Files(paths...), ferry.WithJournal(folder), onItem)
	if err != nil {
		t.Fatal(err)
	}
	mustBeStored(t, paths, results)
	if told != 2*batchFiles {
		t.Errorf("%d files were told, not those that were stored before", told-batchFiles)
	}
	if count := count(); count != batchFiles {
		t.Errorf("%d files were stored", count)
	}
	if left := must(ferry.Journals(folder)); len(left) != 0 {
		t.Errorf("%+v", left)
	}
}

func TestBatchPanicsWhereItsCallbackDoes(t *testing.T) {
	client := start(t)
	paths := batchOf(t, batchFiles)
	told := 0
	upload := must(client.NewUploadMany(ferry.Files(paths...),
		ferry.WithOnItem(func(int, ferry.BatchResult) error {
			if told++; told == 5 {
				panic("enough")
			}
			return nil
		})))
	defer upload.Close()
	func() {
		defer func() {
			if value := recover(); value != "enough" {
				t.Errorf("recovered %v", value)
			}
		}()
		t.Error("no panic", upload.Run(background))
	}()
	if told != 5 {
		t.Errorf("%d files were told", told)
	}
	if err := upload.Run(background); err != nil {
		t.Fatal(err)
	}
	mustBeStored(t, paths, must(upload.Results()))
	func() {
		defer func() { _ = recover() }()
		_, err := client.UploadMany(background, ferry.Files(paths...),
			ferry.WithOnItem(func(int, ferry.BatchResult) error { panic("enough") }))
		t.Error("no panic", err)
	}()
}

func TestBatchLendsFilelinks(t *testing.T) {
	client := start(t)
	var kept *ferry.Filelink
	results, err := client.UploadMany(background, ferry.Files(batchOf(t, 1)...),
		ferry.WithOnItem(func(_ int, result ferry.BatchResult) error {
			kept = result.Filelink
			_, err := kept.Content(background)
			return err
		}))
	if err != nil {
		t.Fatal(err)
	}
	results.Close()
	results.Close()
	if _, err := kept.Content(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
}

func TestBatchIsCancelledForGood(t *testing.T) {
	client := start(t)
	faults(t, `[{"class": "put", "action": {"stall_ms": 600000}}]`)
	upload := must(client.NewUploadMany(ferry.Files(batchOf(t, batchFiles)...)))
	defer upload.Close()
	time.AfterFunc(300*time.Millisecond, upload.Cancel)
	var failed *ferry.Error
	if err := upload.Run(background); !errors.As(err, &failed) || failed.Status != ferry.ErrCancelled ||
		failed.Retryable || upload.State() != ferry.StateAborted {
		t.Errorf("%v, the state is %q", err, upload.State())
	}
	if err := upload.Run(background); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
}

func TestBatchKeepsItsDeadline(t *testing.T) {
	client := start(t)
	faults(t, `[{"class": "put", "action": {"stall_ms": 600000}}]`)
	results, err := client.UploadMany(background, ferry.Files(batchOf(t, 3)...),
		ferry.WithDeadline(300*time.Millisecond))
	defer results.Close()
	if !errors.Is(err, ferry.ErrTimeout) || len(results) != 3 {
		t.Errorf("%v, %d results", err, len(results))
	}
}

func TestBatchOfManySmallFiles(t *testing.T) {
	client := start(t)
	const count = 500
	folder := t.TempDir()
	var items []ferry.BatchItem
	content := func(i int) []byte { return noise(200 + i) }
	for i := 0; i < count; i++ {
		path := filepath.Join(folder, fmt.Sprintf("small-%d", i))
		if err := os.WriteFile(path, content(i), 0o600); err != nil {
			t.Fatal(err)
		}
		items = append(items, ferry.BatchItem{Path: path})
	}
	told := 0
	results, err := client.UploadMany(background, items, ferry.WithConcurrency(20),
		ferry.WithOnItem(func(int, ferry.BatchResult) error { told++; return nil }))
	defer results.Close()
	if err != nil || told != count || len(results) != count {
		t.Fatalf("%v, %d were told, %d results", err, told, len(results))
	}
	for i, result := range results {
		if got, err := result.Filelink.Content(background); !bytes.Equal(got, content(i)) {
			t.Errorf("file %d: %d other bytes, %v", i, len(got), err)
		}
	}
}

func TestBatchesThatAreRefused(t *testing.T) {
	client := start(t)
	paths := batchOf(t, 2)
	control(t, "DELETE", "requests", "")
	own := func(options ...ferry.UploadOption) []ferry.BatchItem {
		return []ferry.BatchItem{{Path: paths[0]}, {Path: paths[1], Options: options}}
	}
	nothing := func(ferry.Progress) error { return nil }
	for words, give := range map[string]struct {
		items   []ferry.BatchItem
		options []ferry.BatchOption
	}{
		"no items":                                  {nil, nil},
		"items[1]: path is empty":                   {ferry.Files(paths[0], ""), nil},
		"items[1]: path has a NUL":                  {ferry.Files(paths[0], "a\x00b"), nil},
		"items[2]: ":                                {ferry.Files(paths[0], paths[1], paths[0]), nil},
		"items[1]: on_progress is for the batch":    {own(ferry.WithProgress(nothing)), nil},
		"items[1]: journal is for the batch":        {own(ferry.WithJournal(t.TempDir())), nil},
		"items[1]: concurrency is for the batch":    {own(ferry.WithConcurrency(2)), nil},
		"filename would be that of every file":      {own(), []ferry.BatchOption{ferry.WithFilename("x")}},
		"concurrency is out of range":               {own(), []ferry.BatchOption{ferry.WithConcurrency(-1)}},
		"part size is less than 0":                  {own(ferry.WithPartSize(-1)), nil},
		"path \"key\" would be that of every file:": {own(), []ferry.BatchOption{ferry.WithPath("key")}},
	} {
		results, err := client.UploadMany(background, give.items, give.options...)
		if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), words) ||
			results != nil {
			t.Errorf("%s: %v %v", words, err, results)
		}
	}
	if log := control(t, "GET", "requests", ""); string(bytes.TrimSpace(log)) != "[]" {
		t.Errorf("sent were %s", log)
	}
	one := must(client.NewUpload(paths[0]))
	defer one.Close()
	if _, err := one.ItemFilelink(0); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
	if results, err := one.Results(); !errors.Is(err, ferry.ErrInvalidState) || results != nil {
		t.Error(results, err)
	}
	many := must(client.NewUploadMany(ferry.Files(paths...)))
	for _, index := range []int{-1, 2} {
		if _, err := many.ItemFilelink(index); !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Error(index, err)
		}
	}
	if _, err := many.Token(); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
	if _, err := many.Filelink(); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
	results := must(many.Results())
	if len(results) != 2 || results[0] != (ferry.BatchResult{Path: paths[0]}) {
		t.Error(results)
	}
	many.Close()
	if _, err := many.Results(); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
}
