package ferrytest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// Four parts.
var film = noise(20 << 20)

var errEnough = errors.New("two parts are there")

// hasStalled says whether the rule of stallAfterTwo has acted.
func hasStalled(t *testing.T) bool {
	type rule struct{ Fired int }
	return parse[[]rule](t, control(t, "GET", "faults", ""))[0].Fired > 0
}

// afterTwo ends a call once the service has confirmed two parts and has the third.
func afterTwo(t *testing.T) func(ferry.Progress) error {
	return func(p ferry.Progress) error {
		if p.PartsDone < 2 || !hasStalled(t) {
			return nil
		}
		return errEnough
	}
}

// stallAfterTwo lets two parts of that class pass; the function that it returns lets the others pass too.
func stallAfterTwo(t *testing.T, class string) (goOn func()) {
	t.Helper()
	control(t, "DELETE", "requests", "")
	faults(t, `[{"class": "`+class+`", "skip": 2, "action": {"stall_ms": 600000}}]`)
	return func() {
		t.Helper()
		if !hasStalled(t) {
			t.Fatal("nothing was stalled")
		}
		control(t, "PUT", "faults", "[]")
	}
}

// mustSendOnce checks that each part was confirmed once.
func mustSendOnce(t *testing.T, class string, first int) {
	t.Helper()
	type request struct {
		Class  string
		Status int
		Part   int
	}
	var parts [5]int
	for _, it := range parse[[]request](t, control(t, "GET", "requests", "")) {
		if it.Class == class && it.Status/100 == 2 {
			parts[it.Part-first]++
		}
	}
	if parts != [5]int{1, 1, 1, 1, 0} {
		t.Fatalf("the parts were confirmed %v times", parts)
	}
}

// The process that is killed: this test program once more, which only uploads.
func TestProcessThatIsKilled(t *testing.T) {
	path, folder := os.Getenv("FERRY_TEST_KILLED"), os.Getenv("FERRY_TEST_JOURNALS")
	if path == "" {
		return
	}
	client := start(t)
	_, err := client.UploadFile(background, path, ferry.WithJournal(folder), ferry.WithConcurrency(1),
		ferry.WithProgress(func(p ferry.Progress) error {
			if p.PartsDone == 2 {
				os.Stdout.WriteString("two parts are there\n")
			}
			return nil
		}))
	t.Fatal("not killed", err)
}

func killed(t *testing.T, path, folder string) {
	t.Helper()
	program := exec.Command(os.Args[0], "-test.run=^TestProcessThatIsKilled$")
	program.Env = append(os.Environ(), "FERRY_TEST_KILLED="+path, "FERRY_TEST_JOURNALS="+folder)
	out := must(program.StdoutPipe())
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, 20)
	if n, err := out.Read(said); err != nil || !strings.HasPrefix("two parts are there\n", string(said[:n])) {
		t.Fatalf("%q %v", said[:n], err)
	}
	if found := must(ferry.Journals(folder)); len(found) != 1 || !found[0].InUse {
		t.Errorf("%+v", found)
	}
	settles(t, "parts", func() bool { return hasStalled(t) })
	if err := program.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = program.Wait()
}

func TestUploadGoesOnAfterSIGKILL(t *testing.T) {
	client := start(t)
	path, folder := file(t, film), filepath.Join(t.TempDir(), "journals")
	goOn := stallAfterTwo(t, "put")
	killed(t, path, folder)
	goOn()
	found := must(ferry.Journals(folder))
	if len(found) != 1 {
		t.Fatalf("%+v", found)
	}
	it := found[0]
	if it.ID == "" || it.Service != "filestack" || it.Path != path || it.Size != 20<<20 ||
		it.BytesStored != 10<<20 || it.InUse || time.Since(it.Begun) > time.Hour ||
		it.Changed.Before(it.Begun) {
		t.Errorf("%+v", it)
	}
	if n := must(ferry.PruneJournals(folder, time.Hour)); n != 0 {
		t.Errorf("%d were removed", n)
	}
	link, err := client.UploadFile(background, path, ferry.WithJournal(folder))
	mustHold(t, link, err, film)
	mustSendOnce(t, "put", 1)
	if found := must(ferry.Journals(folder)); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestJournalsArePruned(t *testing.T) {
	start(t)
	path, folder := file(t, film), filepath.Join(t.TempDir(), "journals")
	goOn := stallAfterTwo(t, "put")
	killed(t, path, folder)
	goOn()
	if n := must(ferry.PruneJournals(folder, 0)); n != 1 {
		t.Errorf("%d were removed", n)
	}
	if found := must(ferry.Journals(folder)); len(found) != 0 {
		t.Errorf("%+v", found)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	client := start(t)
	path := file(t, film)
	for _, folder := range []string{"", "a\x00b", path} {
		_, err := client.UploadFile(background, path, ferry.WithJournal(folder))
		if !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Errorf("%q: %v", folder, err)
		}
	}
	for _, folder := range []string{"", "a\x00b"} {
		if _, err := ferry.Journals(folder); !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Errorf("%q: %v", folder, err)
		}
		if _, err := ferry.PruneJournals(folder, 0); !errors.Is(err, ferry.ErrInvalidArgument) {
			t.Errorf("%q: %v", folder, err)
		}
	}
	if _, err := ferry.PruneJournals(t.TempDir(), -time.Second); !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Error(err)
	}
	if found, err := ferry.Journals(filepath.Join(t.TempDir(), "none")); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	_, err := client.UploadBytes(background, film, ferry.WithJournal(t.TempDir()))
	if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), "the upload of a file") {
		t.Error(err)
	}
}

func TestUnknownOutcomeIsToldUnlessItMayStartAnew(t *testing.T) {
	client := start(t, ferry.WithMaxRetries(0))
	path, folder := file(t, film), filepath.Join(t.TempDir(), "journals")
	upload := func(status string, options ...ferry.UploadOption) (*ferry.Filelink, error) {
		faults(t, `[{"class": "complete", "times": 1, "action": {"status": `+status+`}}]`)
		return client.UploadFile(background, path, append(options, ferry.WithJournal(folder))...)
	}
	if _, err := upload("500"); !errors.Is(err, ferry.ErrHTTP) {
		t.Fatal(err)
	}
	if _, err := upload("404"); !errors.Is(err, ferry.ErrNotReady) {
		t.Fatal(err)
	}
	link, err := upload("404", ferry.WithRestart())
	mustHold(t, link, err, film)
}

func TestTokenGoesOnWithACopy(t *testing.T) {
	client := start(t)
	goOn := stallAfterTwo(t, "put")
	var inside string
	var upload *ferry.Upload
	upload = must(client.NewUpload(file(t, film), ferry.WithConcurrency(1),
		ferry.WithProgress(func(p ferry.Progress) error {
			inside = must(upload.Token())
			return afterTwo(t)(p)
		})))
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	goOn()
	token := must(upload.Token())
	if len(token) != len(inside) || strings.TrimSpace(token) != token {
		t.Errorf("%q, %q", token, inside)
	}
	copied := file(t, film)
	journals := filepath.Join(t.TempDir(), "journals")
	again := must(client.ResumeUpload(copied, token, ferry.WithJournal(journals)))
	defer again.Close()
	if err := again.Run(background); err != nil {
		t.Fatal(err)
	}
	link, err := again.Filelink()
	mustHold(t, link, err, film)
	mustSendOnce(t, "put", 1)
}

func TestTokensThatAreRefused(t *testing.T) {
	client := start(t)
	path := file(t, film)
	upload := must(client.NewUpload(path))
	defer upload.Close()
	token := must(upload.Token())
	other := must(ferry.NewClient("OTHERKEY", ferry.WithBaseURL(base)))
	defer other.Close()
	refused := func(words string, give func() (*ferry.Upload, error)) {
		t.Helper()
		_, err := give()
		if !errors.Is(err, ferry.ErrInvalidArgument) || !strings.Contains(err.Error(), words) {
			t.Errorf("%s: %v", words, err)
		}
	}
	refused("is none", func() (*ferry.Upload, error) { return client.ResumeUpload(path, "") })
	refused("is cut", func() (*ferry.Upload, error) { return client.ResumeUpload(path, token[:50]) })
	refused("was altered", func() (*ferry.Upload, error) { return client.ResumeUpload(path, token+"A") })
	refused("another account", func() (*ferry.Upload, error) { return other.ResumeUpload(path, token) })
	refused("the token says", func() (*ferry.Upload, error) {
		return client.ResumeUpload(path, token, ferry.WithFilename("x"))
	})
	refused("NUL", func() (*ferry.Upload, error) { return client.ResumeUpload(path, "a\x00b") })
	upload.Cancel()
	if _, err := upload.Token(); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
	again := must(client.ResumeUpload(path, token))
	again.Close()
	if _, err := again.Token(); !errors.Is(err, ferry.ErrInvalidState) {
		t.Error(err)
	}
}

func TestTokenOfTelestream(t *testing.T) {
	leakless(t)
	account := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(base)))
	defer account.Close()
	info := must(account.Factories().Create(background, ferry.FactoryParams{Name: "films"}))
	path, folder := file(t, film), filepath.Join(t.TempDir(), "journals")
	goOn := stallAfterTwo(t, "flip_part")
	upload := must(account.Factory(info.ID).NewUpload(path, &ferry.VideoParams{Profiles: []string{"none"}},
		ferry.WithConcurrency(1), ferry.WithJournal(folder), ferry.WithProgress(afterTwo(t))))
	defer upload.Close()
	if err := upload.Run(background); !errors.Is(err, errEnough) {
		t.Fatal(err)
	}
	goOn()
	if found := must(ferry.Journals(folder)); len(found) != 1 || found[0].Service != "telestream" {
		t.Errorf("%+v", found)
	}
	again := must(account.ResumeUpload(path, must(upload.Token())))
	defer again.Close()
	if err := again.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if video := must(again.Video()); video.ID == "" {
		t.Errorf("%s", video.Raw)
	}
	mustSendOnce(t, "flip_part", 0)
}
