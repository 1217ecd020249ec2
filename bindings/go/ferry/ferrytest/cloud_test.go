package ferrytest_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
	"github.com/libferry/ferry/bindings/go/ferry/ferrytest"
)

// alone runs the rest of a test in a process of its own, where this says that it is that process.
const alone = "FERRYTEST_ALONE"

// again runs the test t in a process of its own.
func again(t *testing.T) *exec.Cmd {
	command := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), alone+"=1")
	return command
}

func isThere(url string) bool {
	answer, err := http.Get(url + "/_local/stats")
	if err == nil {
		answer.Body.Close()
	}
	return err == nil
}

func ends(t *testing.T, url string) {
	t.Helper()
	for i := 0; isThere(url); i++ {
		if i == 1000 {
			t.Fatal("it is still there")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestItEndsWithItsTest(t *testing.T) {
	var url string
	goroutines := runtime.NumGoroutine()
	t.Run("a test", func(t *testing.T) {
		cloud := ferrytest.NewCloud(t)
		url = cloud.URL
		link, err := cloud.Client().UploadBytes(ctx, []byte("bytes"))
		if err != nil {
			t.Fatal(err)
		}
		content, err := link.Content(ctx)
		if err != nil || string(content) != "bytes" {
			t.Fatalf("%q, %v", content, err)
		}
		link.Close()
	})
	if isThere(url) {
		t.Error("it is still there")
	}
	for i := 0; runtime.NumGoroutine() > goroutines; i++ {
		if i == 1000 {
			t.Fatal("goroutines are left")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestItEndsWhenItsProcessIsKilled(t *testing.T) {
	if os.Getenv(alone) != "" {
		fmt.Println(ferrytest.NewCloud(t).URL)
		time.Sleep(10 * time.Minute)
	}
	command := again(t)
	output, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	url := ""
	for lines := bufio.NewScanner(output); url == "" && lines.Scan(); {
		url = regexp.MustCompile(`http://[\d.:]+`).FindString(lines.Text())
	}
	if !isThere(url) {
		t.Fatalf("nothing at %q", url)
	}
	if err := command.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = command.Wait()
	ends(t, url)
}

func TestWhatItSaw(t *testing.T) {
	cloud := ferrytest.NewCloud(t)
	link, err := cloud.Client().UploadBytes(ctx, []byte("some bytes"), ferry.WithFilename("a.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	all, some := cloud.Requests(), cloud.Requests("start", "put")
	if all[0].Class != "start" || len(all) < 4 || len(some) != 2 {
		t.Errorf("%+v, %+v", all, some)
	}
	if files := cloud.Files(); len(files) != 1 || files[0].Handle != link.Handle() {
		t.Errorf("%+v", files)
	}
	uploads := cloud.Uploads()
	if len(uploads) != 1 || uploads[0].Handle != link.Handle() || uploads[0].Filename != "a.txt" {
		t.Fatalf("%+v", uploads)
	}
	cloud.ForgetRequests()
	cloud.ForgetUploads(uploads[0].UploadID)
	cloud.ForgetUploads()
	if len(cloud.Requests())+len(cloud.Uploads()) != 0 {
		t.Error("it forgets nothing")
	}
	if repeated := cloud.Repeated(); repeated != (ferrytest.Repeated{}) {
		t.Errorf("%+v", repeated)
	}
}

func TestASeedChoosesTheSameRequests(t *testing.T) {
	cloud := ferrytest.NewCloud(t)
	link, err := cloud.Client(ferry.WithMaxRetries(0)).UploadBytes(ctx, []byte("some bytes"))
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	var seen [2]string
	for i := range seen {
		action := map[string]any{"status": 503}
		cloud.SetRandomFaults(7, ferrytest.Fault{Class: "deliver", Probability: 0.5, Action: action})
		cloud.ForgetRequests()
		for j := 0; j < 20; j++ {
			_, _ = link.Content(ctx)
		}
		for _, request := range cloud.Requests("deliver") {
			seen[i] += fmt.Sprint(*request.Status, " ")
		}
	}
	cloud.SetFaults()
	if seen[0] != seen[1] || !strings.Contains(seen[0], "503") || !strings.Contains(seen[0], "200") {
		t.Error(seen)
	}
	if len(cloud.Faults()) != 0 {
		t.Error("faults are left")
	}
}

func TestSignedCallsAndTelestream(t *testing.T) {
	cloud := ferrytest.NewCloud(t, ferrytest.WithAppSecret("a secret"), ferrytest.WithFlags("--polls", "1"))
	link, err := cloud.Client().UploadBytes(ctx, []byte("signed"))
	if err != nil {
		t.Fatal(err)
	}
	link.Close()
	if _, err := cloud.Client(ferry.WithSecurity(nil)).UploadBytes(ctx, []byte("not signed")); err == nil {
		t.Error("a call without a signature is fine")
	}
	factories, err := cloud.Telestream().Factories().List(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	film := filepath.Join(t.TempDir(), "a.mp4")
	if err := os.WriteFile(film, make([]byte, 4000), 0o600); err != nil {
		t.Fatal(err)
	}
	params := &ferry.VideoParams{Profiles: []string{"h264"}}
	upload, err := cloud.Telestream().Factory(factories[0].ID).NewUpload(film, params)
	if err != nil {
		t.Fatal(err)
	}
	defer upload.Close()
	if err := upload.Run(ctx); err != nil {
		t.Fatal(err)
	}
	sessions := cloud.Sessions()
	if len(sessions) != 1 || sessions[0].Files[0].Size != 4000 {
		t.Fatalf("%+v", sessions)
	}
	cloud.ForgetSessions(sessions[0].ID)
	cloud.ForgetSessions()
	if len(cloud.Sessions()) != 0 {
		t.Error("it forgets nothing")
	}
}

func TestWebhooks(t *testing.T) {
	cloud := ferrytest.NewCloud(t)
	posted := make(chan error, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		at, signature := r.Header.Get("FS-Timestamp"), r.Header.Get("FS-Signature")
		posted <- ferry.VerifyWebhook(body, at, signature, ferry.WebhookTolerance, "S")
	}))
	defer server.Close()
	cloud.Set(map[string]any{"webhook_url": server.URL, "webhook_secret": "S"})
	if cloud.Settings()["webhook_url"] != server.URL {
		t.Error(cloud.Settings())
	}
	link, err := cloud.Client().UploadBytes(ctx, []byte("some bytes"))
	if err != nil {
		t.Fatal(err)
	}
	link.Close()
	if err := <-posted; err != nil {
		t.Error(err)
	}
	if webhooks := cloud.Webhooks(); len(webhooks) != 1 || webhooks[0].Action != "fp.upload" {
		t.Errorf("%+v", webhooks)
	}
	cloud.ForgetWebhooks()
	if len(cloud.Webhooks()) != 0 {
		t.Error("it forgets nothing")
	}
}

// Each case ends a test, so it is one in another process.
func TestWhatIsWrongIsTold(t *testing.T) {
	cases := map[string]func(*testing.T){
		"install the local cloud with `cargo install": func(t *testing.T) {
			ferrytest.NewCloud(t, ferrytest.WithProgram("/no/such"))
		},
		`"localcloud": executable file not found`: func(t *testing.T) {
			t.Setenv("FERRY_LOCALCLOUD", "")
			t.Setenv("PATH", t.TempDir())
			ferrytest.NewCloud(t)
		},
		"did not say that it is ready: error: unexpected argument '--no-such-flag'": func(t *testing.T) {
			ferrytest.NewCloud(t, ferrytest.WithFlags("--no-such-flag"))
		},
		"refuses PUT faults: ": func(t *testing.T) {
			action := map[string]any{"no_such_action": 1}
			ferrytest.NewCloud(t).SetFaults(ferrytest.Fault{Class: "put", Action: action})
		},
		"uploads has no x": func(t *testing.T) { ferrytest.NewCloud(t).ForgetUploads("x") },
	}
	if os.Getenv(alone) != "" {
		for name, run := range cases {
			t.Run(name, run)
		}
		return
	}
	report, _ := again(t).CombinedOutput()
	if failed := bytes.Count(report, []byte("--- FAIL: "+t.Name()+"/")); failed != len(cases) {
		t.Errorf("%d of %d fail:\n%s", failed, len(cases), report)
	}
	for text := range cases {
		if !bytes.Contains(report, []byte(text)) {
			t.Errorf("nothing says %q:\n%s", text, report)
		}
	}
}
