package ferry_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

const someHandle = "0123456789abcdefghij"

func ExampleTransform_Add() {
	chain, err := client.Transform(someHandle)
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	for _, failed := range []error{
		chain.Add(ferry.Resize{Width: 300, Fit: "crop", Align: "top,left"}),
		chain.Add(ferry.Rotate{Deg: ferry.Upright}, ferry.RoundedCorners{Radius: ferry.MaxPixels}),
		chain.Add(ferry.PixelateFaces{Faces: ferry.Faces{1, 2}}, ferry.Output{Quality: ferry.InputQuality}),
		chain.AddJSON("sepia", json.RawMessage(`{"tone": 80}`)),
		chain.AddText("blur", "amount:2"),
		chain.AddRaw("new_task=word:yes"), // not checked: for what this version does not know
	} {
		if failed != nil {
			log.Fatal(failed)
		}
	}
	url, err := chain.URL()
	for _, task := range strings.Split(url, "/")[3:] {
		fmt.Println(task)
	}
	fmt.Println(err)
	// Output:
	// resize=align:%5Btop,left%5D,fit:crop,width:300
	// rotate=deg:exif
	// rounded_corners=radius:max
	// pixelate_faces=faces:%5B1,2%5D
	// output=quality:input
	// sepia=tone:80
	// blur=amount:2
	// new_task=word:yes
	// 0123456789abcdefghij
	// <nil>
}

func ExampleTransform_Clone() {
	chain, err := client.Transform(someHandle, ferry.Resize{Width: 300})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	grey, err := chain.Clone()
	if err != nil {
		log.Fatal(err)
	}
	defer grey.Close()
	if err := grey.Add(ferry.Monochrome{}); err != nil {
		log.Fatal(err)
	}
	fmt.Println(strings.Contains(chain.String(), "monochrome"), strings.Contains(grey.String(), "monochrome"))
	// Output: false true
}

func ExampleTransform_JSON() {
	link, err := client.UploadFile(ctx, picture)
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	chain, err := client.Transform(link.Handle(), ferry.ImageSize{})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	answer, err := chain.JSON(ctx) // of Tags, SFW, OCR, Caption and so on too
	if err != nil {
		log.Fatal(err)
	}
	var size struct{ Width, Height int }
	if err := json.Unmarshal(answer, &size); err != nil {
		log.Fatal(err)
	}
	fmt.Println(size.Width > 0, size.Height > 0)
	// Output: true true
}

func ExampleTransform_Stream() {
	link, err := client.UploadFile(ctx, picture)
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	chain, err := client.Transform(link.Handle(), ferry.Resize{Width: 40}, ferry.Output{Format: "png"})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	var result strings.Builder
	n, err := chain.Stream(ctx, &result)
	if err != nil {
		log.Fatal(err)
	}
	content, err := chain.Content(ctx)
	fmt.Println(n == int64(len(content)), result.String() == string(content), err)
	// Output: true true <nil>
}

func ExampleClient_Screenshot() {
	chain, err := client.Screenshot("https://example.com/", ferry.URLScreenshot{Agent: "mobile"},
		ferry.Resize{Width: 300})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	url, err := chain.SignedURL(nil)
	fmt.Println(strings.Contains(url, "urlscreenshot=agent:mobile/resize=width:300/"), err)
	// Output: true <nil>
}

func ExampleClient_TransformList() {
	chain, err := client.TransformList([]string{someHandle, "https://example.com/a.png"},
		ferry.Animate{Delay: ferry.Int(500), Width: 300})
	if err != nil {
		log.Fatal(err)
	}
	defer chain.Close()
	url, err := chain.Base64URL(nil)
	fmt.Println(strings.Contains(url, "/b64/"), err)
	// Output: true <nil>
}

func ExampleClient_RunWorkflow() {
	policy := ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"runWorkflow"}}
	security, err := ferry.NewSecurity(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	link := stored("some text")
	defer link.Close()
	job, err := client.RunWorkflow(ctx, "workflow-1", link.Handle(), ferry.WithSecurity(security))
	for err == nil && job.Status != "Finished" && job.Status != "Failed" { // with pauses, or a webhook
		job, err = client.WorkflowStatus(ctx, job.ID, ferry.WithSecurity(security))
	}
	fmt.Println(job.Status, err)
	// Output: Finished <nil>
}

func ExampleSecurity_Allows() {
	policy := ferry.Policy{Expiry: ferry.ExpiryIn(time.Hour), Call: []string{"read"}}
	security, err := ferry.NewSecurity(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	fmt.Println(security.Allows("read", ferry.Asked{}), security.Allows("remove", ferry.Asked{}) != nil)
	// Output: <nil> true
}

func ExampleSecurityFromSigned() {
	made, err := ferry.NewSecurityJSON(json.RawMessage(`{"expiry": 4102444800, "call": ["read"]}`), appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer made.Close()
	// What a server gives to a program that must not know the secret.
	security, err := ferry.SecurityFromSigned(made.Policy(), made.Signature())
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	fmt.Println(security.URLString() == made.URLString(), security)
	// Output: true {"call": ["read"], "expiry": 4102444800}
}

func ExampleVerifyWebhook() {
	body, timestamp := []byte(`{"id": 1}`), fmt.Sprint(time.Now().Unix())
	signature, err := ferry.SignWebhook(body, timestamp, "old secret")
	if err != nil {
		log.Fatal(err)
	}
	err = ferry.VerifyWebhook(body, timestamp, signature, ferry.WebhookTolerance, "old secret", "new secret")
	fmt.Println(err)
	// Output: <nil>
}

func ExampleLogEvents() {
	logger := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelDebug}))
	client, err := ferry.NewClient("APIKEY", ferry.WithBaseURL(baseURL),
		ferry.WithOnEvent(ferry.LogEvents(logger)), ferry.WithMaxRetries(2))
	if err != nil {
		log.Fatal(err)
	}
	defer client.Close()
	_, err = client.Request(ctx, "GET", "/file/"+someHandle+"/metadata", nil)
	fmt.Println(err != nil)
	// Output: true
}

func ExampleCheckVersion() {
	fmt.Println(ferry.CheckVersion(), ferry.Version() != "")
	// Output: <nil> true
}

// flip is an account of Telestream, and flipFactory a factory of it.
func flip() *ferry.Telestream {
	telestream, err := ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY",
		ferry.WithBaseURL(baseURL), ferry.WithFactory(flipFactory))
	if err != nil {
		log.Fatal(err)
	}
	return telestream
}

const flipFactory = "fac1fac1fac1fac1fac1fac1fac1fac1"

func ExampleVideos_Create() {
	telestream := flip()
	defer telestream.Close()
	videos := telestream.Factory("").Videos()
	video, err := videos.Create(ctx,
		ferry.VideoParams{File: picture, Profiles: []string{"h264"}, Payload: "mine"})
	if err != nil {
		log.Fatal(err)
	}
	if video, err = videos.Wait(ctx, video.ID); err != nil {
		log.Fatal(err)
	}
	metadata, err := videos.Metadata(ctx, video.ID)
	fmt.Println(video.Payload, time.Since(video.CreatedAt) < time.Hour, len(metadata) > 0, err)
	fmt.Println(videos.DeleteSource(ctx, video.ID), videos.Delete(ctx, video.ID))
	// Output:
	// mine true true <nil>
	// <nil> <nil>
}

func ExampleEncodings_Create() {
	telestream := flip()
	defer telestream.Close()
	factory := telestream.Factory("")
	video, err := factory.Videos().Create(ctx, ferry.VideoParams{File: picture, Profiles: []string{"none"}})
	if err != nil {
		log.Fatal(err)
	}
	encodings := factory.Encodings()
	encoding, err := encodings.Create(ctx, ferry.EncodingParams{VideoID: video.ID, ProfileName: "webm"})
	if err != nil {
		log.Fatal(err)
	}
	if encoding, err = encodings.Wait(ctx, encoding.ID); err != nil {
		log.Fatal(err)
	}
	encoding, err = encodings.FindScreenshots(ctx, encoding.ID)
	if err != nil {
		log.Fatal(err)
	}
	page, err := encodings.List(ctx, &ferry.EncodingList{VideoID: video.ID, PerPage: 10})
	fmt.Println(encoding.Status, len(page), err)
	fmt.Println(encodings.Delete(ctx, encoding.ID), factory.Videos().Delete(ctx, video.ID))
	// Output:
	// success 1 <nil>
	// <nil> <nil>
}

func ExampleProfiles_Create() {
	telestream := flip()
	defer telestream.Close()
	profiles := telestream.Factory("").Profiles()
	profile, err := profiles.Create(ctx, ferry.ProfileParams{PresetName: "h264", Name: "small", Width: 320})
	if err != nil {
		log.Fatal(err)
	}
	changes := ferry.ProfileParams{Upscale: ferry.Bool(false), Extra: ferry.Params{"title": "Small"}}
	if _, err = profiles.Update(ctx, profile.ID, changes); err != nil {
		log.Fatal(err)
	}
	if _, err = profiles.FindExpanded(ctx, profile.ID); err != nil { // Raw has every parameter
		log.Fatal(err)
	}
	profile, err = profiles.Find(ctx, "small")
	fmt.Println(profile.Title, profile.Width, err)
	fmt.Println(profiles.Delete(ctx, profile.ID))
	// Output:
	// Small 320 <nil>
	// <nil>
}

func ExampleFactory_UpdateNotifications() {
	telestream := flip()
	defer telestream.Close()
	factory := telestream.Factory("")
	_, err := factory.UpdateNotifications(ctx, ferry.NotificationsParams{
		URL: "https://example.com/flip", Delay: 10 * time.Second,
		Events: &ferry.EventSwitches{VideoCreated: ferry.Bool(true), EncodingProgress: ferry.Bool(false)},
	})
	if err != nil {
		log.Fatal(err)
	}
	notifications, err := factory.Notifications(ctx)
	fmt.Println(notifications.URL, notifications.Delay, notifications.Events.VideoCreated, err)
	// Output: https://example.com/flip 10s true <nil>
}

func ExampleTelestream_SignedParams() {
	telestream := flip()
	defer telestream.Close()
	params := ferry.Params{"source_url": "https://example.com/a.mp4"}
	signed, err := telestream.SignedParams("POST", "/videos.json", params, time.Time{}) // now
	fmt.Println(signed["factory_id"] == flipFactory, signed["signature"] != "", err)
	// Output: true true <nil>
}

func ExampleTelestream_Request() {
	telestream := flip()
	defer telestream.Close()
	response, err := telestream.Request(ctx, "GET", "/profiles.json", ferry.Params{"per_page": 1})
	if err != nil {
		log.Fatal(err)
	}
	var profiles []struct{ ID string }
	fmt.Println(response.JSON(&profiles), len(profiles))
	// Output: <nil> 1
}

func ExampleNewTelestreamWithAPIKey() {
	telestream, err := ferry.NewTelestreamWithAPIKey("LOCAL_API_KEY", ferry.WithBaseURL(baseURL))
	if err != nil {
		log.Fatal(err)
	}
	defer telestream.Close()
	factories, err := telestream.Factories().Collect(ctx, nil)
	fmt.Println(len(factories) > 0, err)
	// Output: true <nil>
}

func ExampleEncodings_Retry() {
	telestream := flip()
	defer telestream.Close()
	encodings := telestream.Factory("").Encodings()
	failed, err := encodings.List(ctx, &ferry.EncodingList{Status: "fail"})
	if err != nil {
		log.Fatal(err)
	}
	for _, encoding := range failed {
		if err := encodings.Retry(ctx, encoding.ID); err != nil {
			log.Print(encoding, ": ", err)
		}
	}
	fmt.Println(len(failed))
	// Output: 0
}

func ExampleFactory_NewUploadReader() {
	telestream := flip()
	defer telestream.Close()
	factory, film := telestream.Factory(""), "some film"
	fmt.Println(factory.ID() == "", telestream.Factory(flipFactory))
	none, name := &ferry.VideoParams{Profiles: []string{"none"}}, ferry.WithFilename("film.mp4")
	upload, err := factory.NewUploadReader(strings.NewReader(film), int64(len(film)), none, name)
	if err != nil {
		log.Fatal(err)
	}
	defer upload.Close()
	again, err := factory.NewUploadBytes([]byte(film), none, name)
	if err != nil {
		log.Fatal(err)
	}
	defer again.Close()
	fmt.Println(upload.Run(ctx), again.Run(ctx))
	// Output:
	// true Factory fac1fac1fac1fac1fac1fac1fac1fac1
	// <nil> <nil>
}

func ExampleNewSecurityUnchecked() {
	policy := json.RawMessage(`{"expiry": 4102444800, "new": true}`)
	_, err := ferry.NewSecurityJSON(policy, appSecret)
	fmt.Println(errors.Is(err, ferry.ErrInvalidArgument))
	security, err := ferry.NewSecurityUnchecked(policy, appSecret)
	if err != nil {
		log.Fatal(err)
	}
	defer security.Close()
	fmt.Println(security)
	// Output:
	// true
	// {"expiry": 4102444800, "new": true}
}

func ExampleWithSingleRequest() {
	link, err := client.UploadFile(ctx, picture, ferry.WithSingleRequest()) // for small files
	if err != nil {
		log.Fatal(err)
	}
	defer link.Close()
	fmt.Println(len(link.Handle()))
	// Output: 20
}
