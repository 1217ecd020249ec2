package ferrytest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// service answers every request as told, and remembers what was asked, without what only signs it.
type service struct {
	mu     sync.Mutex
	answer func(*http.Request) (int, string)
	asked  []string
}

// answers sets how requests are answered from now on, and forgets those that came.
func (s *service) answers(answer func(*http.Request) (int, string)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer, s.asked = answer, nil
}

func (s *service) log() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.asked...)
}

// hear remembers a request and tells how it is answered.
func (s *service) hear(request string) func(*http.Request) (int, string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, request)
	return s.answer
}

func serve(t *testing.T, answer func(*http.Request) (int, string)) (*service, *ferry.Telestream) {
	t.Helper()
	leakless(t)
	s := &service{answer: answer}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		for _, name := range []string{"access_key", "signature", "timestamp"} {
			if query.Get(name) == "" {
				t.Errorf("%s %s has no %s", r.Method, r.URL, name)
			}
			query.Del(name)
		}
		answer := s.hear(strings.TrimSpace(r.Method + " " + strings.TrimPrefix(r.URL.Path,
			"/v3.0") + " " + query.Encode()))
		status, body := answer(r)
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	account, err := ferry.NewTelestream("access", "secret", ferry.WithBaseURL(server.URL),
		ferry.WithFactory("F"))
	if err != nil {
		t.Fatal(err)
	}
	closes(t, account)
	return s, account
}

func TestEveryRequestOfTelestream(t *testing.T) {
	s, account := serve(t, func(r *http.Request) (int, string) {
		if r.Method == http.MethodDelete {
			return 200, ""
		}
		if r.Method == http.MethodGet && (strings.HasSuffix(r.URL.Path, "s.json") &&
			!strings.HasSuffix(r.URL.Path, "notifications.json")) {
			return 200, `[{"id": "x", "width": 640}]`
		}
		return 200, `{"id": "x", "fps": "same_as_source", "title": "T", "events": {"video_created": true},
			"original_filename": "a.mp4", "more": 1}`
	})
	factory, other := account.Factory(""), account.Factory("G")
	check := func(err error, ok bool) {
		t.Helper()
		if err != nil || !ok {
			t.Errorf("after %s: %v, %v", s.log()[len(s.log())-1], err, ok)
		}
	}
	factories, err := account.Factories().List(background, nil)
	check(err, len(factories) == 1 && factories[0].ID == "x")
	videos, err := other.Videos().List(background, &ferry.VideoList{Status: "success", Page: 2})
	check(err, len(videos) == 1 && videos[0].Width == 640 && strings.Contains(string(videos[0].Raw), "640"))
	video, err := factory.Videos().Create(background,
		ferry.VideoParams{SourceURL: "https://e.com/a b.mp4", Profiles: []string{"h264", "webm"}})
	check(err, video.OriginalFilename == "a.mp4" && strings.Contains(string(video.Raw), "more"))
	video, err = factory.Videos().Find(background, "v")
	check(err, video.ID == "x")
	encodings, err := factory.Videos().Encodings(background, "v", &ferry.EncodingList{PerPage: 1})
	check(err, len(encodings) == 1)
	metadata, err := factory.Videos().Metadata(background, "v")
	check(err, metadata["title"] == "T")
	check(factory.Videos().DeleteSource(background, "v"), true)
	check(factory.Videos().Delete(background, "v"), true)
	encoding, err := factory.Encodings().Create(background,
		ferry.EncodingParams{VideoID: "v", ProfileName: "h264"})
	check(err, encoding.ID == "x")
	encoding, err = factory.Encodings().FindScreenshots(background, "e")
	check(err, encoding.ID == "x")
	check(factory.Encodings().Retry(background, "e"), true)
	check(factory.Encodings().Cancel(background, "e"), true)
	check(factory.Encodings().Delete(background, "e"), true)
	profile, err := other.Profiles().Create(background, ferry.ProfileParams{PresetName: "h264"})
	check(err, profile.Title == "T" && profile.FPS == 0)
	_, err = factory.Profiles().Update(background, "p",
		ferry.ProfileParams{FPS: 29.97, Upscale: ferry.Bool(false), WatermarkTop: "50%", WatermarkLeft: "7",
			Extra: ferry.Params{"title": "", "new": 1}})
	check(err, true)
	check(factory.Profiles().Delete(background, "p"), true)
	info, err := account.Factories().Create(background,
		ferry.FactoryParams{Name: "n", Private: ferry.Bool(false)})
	check(err, info.ID == "x")
	_, err = account.Factories().Update(background, "A", ferry.FactoryParams{Name: "n"})
	check(err, true)
	notifications, err := factory.Notifications(background)
	check(err, notifications.Events.VideoCreated)
	_, err = factory.UpdateNotifications(background,
		ferry.NotificationsParams{Delay: 13 * time.Second,
			Events: &ferry.EventSwitches{VideoCreated: ferry.Bool(false)}})
	check(err, true)
	response, err := account.Request(background, "GET", "/encodings/count.json", nil)
	check(err, response != nil && response.Status == 200 && json.Valid(response.Body))

	expect := []string{
		"GET /factories.json factory_id=F",
		"GET /videos.json factory_id=G&page=2&status=success",
		"POST /videos.json factory_id=F&profiles=h264%2Cwebm&source_url=https%3A%2F%2Fe.com%2Fa+b.mp4",
		"GET /videos/v.json factory_id=F",
		"GET /videos/v/encodings.json factory_id=F&per_page=1",
		"GET /videos/v/metadata.json factory_id=F",
		"DELETE /videos/v/source.json factory_id=F",
		"DELETE /videos/v.json factory_id=F",
		"POST /encodings.json factory_id=F&profile_name=h264&video_id=v",
		"GET /encodings/e.json factory_id=F&screenshots=true",
		"POST /encodings/e/retry.json factory_id=F",
		"POST /encodings/e/cancel.json factory_id=F",
		"DELETE /encodings/e.json factory_id=F",
		"POST /profiles.json factory_id=G&preset_name=h264",
		"PUT /profiles/p.json factory_id=F&fps=29.97&new=1&title=&upscale=false&watermark_left=7&" +
			"watermark_top=50%25",
		"DELETE /profiles/p.json factory_id=F",
		"POST /factories.json factory_id=F&name=n&s3_private_access=false",
		"PUT /factories/A.json factory_id=A&name=n",
		"GET /notifications.json factory_id=F",
		"PUT /notifications.json delay=13&events%5Bvideo_created%5D=false&factory_id=F",
		"GET /encodings/count.json factory_id=F",
	}
	if got := strings.Join(s.log(), "\n"); got != strings.Join(expect, "\n") {
		t.Errorf("asked was\n%s", got)
	}
}

// pages answers a list of so many videos.
func pages(total int) func(*http.Request) (int, string) {
	return func(r *http.Request) (int, string) {
		page, size := 1, 100
		if text := r.URL.Query().Get("page"); text != "" {
			page = must(strconv.Atoi(text))
		}
		if text := r.URL.Query().Get("per_page"); text != "" {
			size = must(strconv.Atoi(text))
		}
		videos := []map[string]string{}
		for i := (page - 1) * size; i < min(page*size, total); i++ {
			videos = append(videos, map[string]string{"id": fmt.Sprint(i)})
		}
		return 200, string(must(json.Marshal(videos)))
	}
}

func TestAllPages(t *testing.T) {
	s, account := serve(t, pages(250))
	seen := 0
	account.Factory("").Videos().All(background,
		&ferry.VideoList{Status: "success"})(func(video ferry.Video, err error) bool {
		if err != nil || video.ID != fmt.Sprint(seen) {
			t.Errorf("%d is %+v, %v", seen, video.ID, err)
		}
		seen++
		return true
	})
	if asked := s.log(); seen != 250 || len(asked) != 3 ||
		asked[2] != "GET /videos.json factory_id=F&page=3&per_page=100&status=success" {
		t.Errorf("%d after %q", seen, asked)
	}
	s.answers(pages(250))
	seen = 0
	account.Factory("").Videos().All(background,
		&ferry.VideoList{PerPage: 10, Page: 2})(func(ferry.Video, error) bool {
		seen++
		return seen < 15
	})
	if asked := s.log(); seen != 15 || len(asked) != 2 {
		t.Errorf("%d after %q", seen, asked)
	}
	s.answers(func(*http.Request) (int, string) {
		return 404,
			`{"error": "RecordNotFound", "message": "gone"}`
	})
	seen = 0
	account.Factory("").Videos().All(background, nil)(func(_ ferry.Video, err error) bool {
		var failed *ferry.Error
		if !errors.As(err, &failed) || failed.HTTPStatus != 404 {
			t.Errorf("%v, not 404", err)
		}
		seen++
		return true
	})
	if seen != 1 {
		t.Errorf("%d errors", seen)
	}
}

func TestPagesThatThereCannotBeAreRefused(t *testing.T) {
	s, account := serve(t, pages(250))
	const size, number = "per_page must be from 1 to 100", "page must be a whole number from 1 on"
	for _, it := range []struct {
		message string
		list    ferry.VideoList
	}{
		{size, ferry.VideoList{PerPage: 101}}, {size, ferry.VideoList{PerPage: -1}},
		{size, ferry.VideoList{Extra: ferry.Params{"per_page": 0}}},
		{size, ferry.VideoList{Extra: ferry.Params{"per_page": "50"}}},
		{size, ferry.VideoList{Extra: ferry.Params{"per_page": 1.5}}},
		{size, ferry.VideoList{Extra: ferry.Params{"per_page": nil}}},
		{number, ferry.VideoList{Page: -1}}, {number, ferry.VideoList{Extra: ferry.Params{"page": "2"}}},
	} {
		var errs []error
		account.Factory("").Videos().All(background, &it.list)(func(_ ferry.Video, err error) bool {
			errs = append(errs, err)
			return true
		})
		if asked := s.log(); len(errs) != 1 || !errors.Is(errs[0], ferry.ErrInvalidArgument) ||
			errs[0].Error() != "ferry: params: "+it.message || len(asked) != 0 {
			t.Errorf("%+v: %v after %q", it.list, errs, asked)
		}
	}
	seen := 0
	list := &ferry.VideoList{Extra: ferry.Params{"per_page": 50, "page": 2}}
	account.Factory("").Videos().All(background, list)(func(_ ferry.Video, err error) bool {
		if err != nil {
			t.Error(err)
		}
		seen++
		return true
	})
	if asked := s.log(); seen != 200 || len(asked) != 5 {
		t.Errorf("%d after %q", seen, asked)
	}
}

func TestSignedParams(t *testing.T) {
	_, account := serve(t, nil)
	at := time.Date(2016, 1, 4, 12, 10, 51, 42_000_999, time.FixedZone("", 3600))
	signed, err := account.SignedParams("POST", "/videos.json", ferry.Params{"profiles": "h264"},
		at)
	if err != nil || signed["profiles"] != "h264" || signed["access_key"] != "access" ||
		signed["timestamp"] != "2016-01-04T11:10:51.042000+00:00" ||
		signed["factory_id"] != "F" || signed["signature"] == "" {
		t.Errorf("%v, %v", signed, err)
	}
	again, err := account.SignedParams("POST", "/videos.json", ferry.Params{"profiles": "h264"},
		at)
	if err != nil || again["signature"] != signed["signature"] {
		t.Errorf("%v, %v", again, err)
	}
	_, err = account.SignedParams("BREW", "/tea", nil, time.Time{})
	if !errors.Is(err, ferry.ErrInvalidArgument) {
		t.Errorf("a method that is none: %v", err)
	}
}

func TestAnswersThatAreSomethingElse(t *testing.T) {
	_, account := serve(t, func(*http.Request) (int, string) { return 200, `{"id": 5}` })
	if _, err := account.Factory("").Videos().List(background, nil); !errors.Is(err, ferry.ErrProtocol) {
		t.Errorf("an object for a list: %v", err)
	}
	video, err := account.Factory("").Videos().Find(background, "v")
	if err != nil || video.ID != "" || string(video.Raw) != `{"id":5}` {
		t.Errorf("%+v, %v", video, err)
	}
}
