package ferrytest

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

func TestTimesOfTelestream(t *testing.T) {
	_, account := serve(t, func(r *http.Request) (int, string) {
		if strings.Contains(r.URL.Path, "notifications") {
			return 200, `{"url": "https://e.com", "delay": 13, "events": {"video_created": true}}`
		}
		return 200, `{"id": "x", "created_at": "2015/12/14 14:21:54 +0000", "updated_at": null,
			"duration": 14014,
			"started_encoding_at": "", "encoding_progress": 99.5, "new": [1]}`
	})
	factory := account.Factory("")
	made := time.Date(2015, 12, 14, 14, 21, 54, 0, time.UTC)
	video, err := factory.Videos().Find(background, "x")
	if err != nil || !video.CreatedAt.Equal(made) || !video.UpdatedAt.IsZero() ||
		video.Duration != 14014*time.Millisecond || fmt.Sprint(video) != "Video x" {
		t.Errorf("%v of %v, %v, %v", video, video.CreatedAt, video.Duration, err)
	}
	encoding, err := factory.Encodings().Find(background, "x")
	if err != nil || !encoding.CreatedAt.Equal(made) || !encoding.StartedEncodingAt.IsZero() ||
		fmt.Sprint(encoding) != "Encoding x" || encoding.Progress != 99.5 {
		t.Errorf("%v of %v, %v", encoding, encoding.CreatedAt, err)
	}
	profile, err := factory.Profiles().FindExpanded(background, "x")
	if err != nil || !profile.CreatedAt.Equal(made) || fmt.Sprint(profile) != "Profile x" {
		t.Errorf("%v of %v, %v", profile, profile.CreatedAt, err)
	}
	info, err := account.Factories().Find(background, "x")
	if err != nil || !info.CreatedAt.Equal(made) || fmt.Sprint(info) != "Factory x" {
		t.Errorf("%v of %v, %v", info, info.CreatedAt, err)
	}
	notifications, err := factory.Notifications(background)
	if err != nil || notifications.Delay != 13*time.Second || !notifications.Events.VideoCreated {
		t.Errorf("%+v, %v", notifications, err)
	}
	// What is stored is what the service said, with what this version does not know.
	if text := must(json.Marshal([]ferry.Video{video})); !strings.Contains(string(text), `"new":[1]`) {
		t.Errorf("%s", text)
	}
}

func TestDurationsAreRoundedUp(t *testing.T) {
	for delay, expect := range map[time.Duration]string{
		time.Nanosecond: `{"delay":1}`, time.Second: `{"delay":1}`, 1001 * time.Millisecond: `{"delay":2}`,
		math.MaxInt64: `{"delay":9223372037}`,
	} {
		if text := must(json.Marshal(ferry.NotificationsParams{Delay: delay})); string(text) != expect {
			t.Errorf("%s, not %s", text, expect)
		}
	}
}

// textOf sends a text in each of the places where it becomes a part of JSON.
func textOf(t *testing.T, client *ferry.Client, account *ferry.Telestream, text string) map[string]error {
	upload := func(option ferry.UploadOption) error {
		upload, err := client.NewUpload(file(t, []byte("x")), option)
		_, err = kept(t, upload, err)
		return err
	}
	factory, name := account.Factory("F"), ferry.WithFilename("a.mp4")
	video := func(params *ferry.VideoParams, options ...ferry.TelestreamUploadOption) error {
		upload, err := factory.NewUpload(file(t, []byte("x")), params, append(options, name)...)
		_, err = kept(t, upload, err)
		return err
	}
	sign := func(policy any) error {
		security, err := ferry.NewSecurityJSON(policy, secret)
		_, err = kept(t, security, err)
		return err
	}
	expiry := time.Unix(4102444800, 0)
	_, signed := account.SignedParams("GET", "/videos.json", ferry.Params{"a": []any{text}}, time.Time{})
	_, signedName := account.SignedParams("GET", "/videos.json", ferry.Params{text: 1}, time.Time{})
	_, listed := factory.Videos().List(background, &ferry.VideoList{Status: text})
	var all error
	factory.Videos().All(background, &ferry.VideoList{Status: text})(func(_ ferry.Video, err error) bool {
		all = err
		return true
	})
	chain := must(client.Transform(handle))
	defer chain.Close()
	corner := ferry.Position("top," + text)
	shot, shotErr := client.Screenshot("https://example.com", ferry.URLScreenshot{Agent: text})
	_, shotErr = kept(t, shot, shotErr)
	names := struct{ Names []*string }{[]*string{&text}}
	_, body := client.Request(background, "POST", "/file/"+handle, names)
	return map[string]error{
		"the name of a tag": upload(ferry.WithTags(map[string]string{"a" + text: "b"})),
		"a tag":             upload(ferry.WithTags(map[string]string{"a": text})),
		"a workflow":        upload(ferry.WithWorkflows("a" + text)),
		"an extra file":     video(nil, ferry.WithExtraFiles(map[string][]string{"a": {"b" + text}})),
		"a payload":         video(&ferry.VideoParams{Payload: text}),
		"beside a payload":  video(&ferry.VideoParams{Payload: text, Extra: ferry.Params{"a": "b"}}),
		"in Extra":          video(&ferry.VideoParams{Extra: ferry.Params{"a": text}}),
		"a policy":          sign(ferry.Policy{Expiry: expiry, Path: text}),
		"a policy as a map": sign(map[string]any{"expiry": expiry.Unix(), "path": text}),
		"a task":            chain.Add(ferry.Watermark{File: handle + text}),
		"a word of a task":  chain.Add(ferry.Watermark{File: handle, Position: corner}),
		"a screenshot":      shotErr,
		"a body":            body,
		"a task as a map":   chain.AddJSON("watermark", map[string]any{"file": handle + text}),
		"signed":            signed,
		"a signed name":     signedName,
		"a list":            listed,
		"a list of all":     all,
	}
}

func TestTextThatIsNotUTF8IsRefused(t *testing.T) {
	s, account := serve(t, func(*http.Request) (int, string) { return 200, "[]" })
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(base)))
	defer client.Close()
	for name, err := range textOf(t, client, account, "\xff") {
		mustBe(t, name, err, ferry.ErrInvalidArgument)
		if err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if asked := s.log(); len(asked) != 0 {
		t.Errorf("%q were sent", asked)
	}
	for name, err := range textOf(t, client, account, "\uFFFD") { // which JSON has in place of other bytes
		if err != nil && strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// There and back: JSON of a value that no service has said.
func again[T any](t *testing.T, value T, raw func(*T)) {
	t.Helper()
	text := must(json.Marshal(value))
	var same T
	if err := json.Unmarshal(text, &same); err != nil {
		t.Errorf("%s: %v", text, err)
	}
	if raw != nil {
		raw(&same)
	}
	if !reflect.DeepEqual(value, same) {
		t.Errorf("%+v\nhas become\n%+v\nby %s", value, same, text)
	}
}

func TestValuesAreStored(t *testing.T) {
	at := time.Date(2015, 12, 14, 14, 21, 54, 0, time.Local)
	media := ferry.Media{ID: "x", Duration: 1500 * time.Millisecond}
	again(t, ferry.Video{Media: media, Payload: "p"}, func(v *ferry.Video) { v.Raw = nil })
	again(t, ferry.Encoding{Media: media, VideoID: "v"}, func(e *ferry.Encoding) { e.Raw = nil })
	again(t, ferry.Profile{ID: "x", FPS: 29.97}, func(p *ferry.Profile) { p.Raw = nil })
	again(t, ferry.FactoryInfo{ID: "x", Private: true}, func(f *ferry.FactoryInfo) { f.Raw = nil })
	again(t, ferry.Notifications{Delay: 13 * time.Second}, func(n *ferry.Notifications) { n.Raw = nil })
	again(t, ferry.WebhookEvent{ID: 7, Text: json.RawMessage(`{}`), Timestamp: at},
		func(e *ferry.WebhookEvent) { e.Raw = nil })
	again(t, ferry.FileMetadata{Filename: "a", SourceURL: "https://e.com", Uploaded: at},
		func(m *ferry.FileMetadata) { m.Raw = nil })
	again(t, ferry.Job{ID: "j", Status: "Failed"}, func(j *ferry.Job) { j.Raw = nil })
	again(t, ferry.Policy{Expiry: at, Call: []string{"read"}, MaxSize: 5}, nil)
	for state := ferry.StateInitialized; state <= ferry.StateAborted; state++ {
		again(t, state, nil)
	}
	var state ferry.State
	if err := json.Unmarshal([]byte(`"dreaming"`), &state); err == nil {
		t.Error("there is a state too many")
	}
	var policy ferry.Policy
	if err := json.Unmarshal([]byte(`{"expiry": 5, "new": 1}`), &policy); err == nil {
		t.Error("a field that no policy has")
	}
	stamped := ferry.Video{Media: ferry.Media{CreatedAt: at}}
	var same ferry.Video
	if err := json.Unmarshal(must(json.Marshal(stamped)), &same); err != nil || !same.CreatedAt.Equal(at) {
		t.Errorf("%v has become %v, %v", at, same.CreatedAt, err)
	}
}

func TestValuesArePrinted(t *testing.T) {
	client := start(t)
	link, chain := must(client.Filelink(handle)), must(client.Transform(handle, ferry.Flip{}))
	defer link.Close()
	defer chain.Close()
	security := must(ferry.NewSecurity(ferry.Policy{Expiry: time.Unix(5, 0), Call: []string{"read"}}, secret))
	defer security.Close()
	if text := fmt.Sprint(security); strings.Contains(text, security.Signature()) {
		t.Errorf("%s has the signature", text)
	}
	if text := must(json.Marshal(link)); string(text) != `"`+handle+`"` {
		t.Errorf("the filelink is stored as %s", text)
	}
	for expect, value := range map[string]fmt.Stringer{
		link.URL(): link, must(chain.URL()): chain, "Video ?": ferry.Video{},
		"fallback": ferry.IntelligentFallback,
		"ranges":   ferry.ProtocolRanges, "system": ferry.TrustSystem, "background": ferry.MannersBackground,
		"unknown": ferry.Protocol(7), "paused": ferry.StatePaused, "retry": ferry.EventRetry,
		"Factory ?": ferry.Factory{}, `{"expiry":5,"call":["read"]}`: ferry.Policy{Expiry: time.Unix(5, 0),
			Call: []string{"read"}},
		"5 bytes, 3 a second, 2s left": ferry.Progress{BytesDone: 5, BytesPerSecond: 3,
			Left: 1900 * time.Millisecond},
		"5 of 9 bytes, 3 a second, 1 of 2 files": ferry.Progress{BytesDone: 5, BytesTotal: 9,
			BytesPerSecond: 3, Left: -1, FilesDone: 1, FilesTotal: 2},
		"attempt attempt=2 method=GET reused=false http_status=503 status=FERRY_HTTP": ferry.Event{
			Kind: ferry.EventAttempt, Attempt: 2, Method: "GET", HTTPStatus: 503, Status: ferry.ErrHTTP},
	} {
		if text := fmt.Sprint(value); text != expect {
			t.Errorf("%q, not %q", text, expect)
		}
	}
}
