package ferrytest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/libferry/ferry/bindings/go/ferry"
)

// parityCase is one of those that every binding runs alike; tests/vectors/README.md says what each of them
// is.
type parityCase struct {
	Name, Do    string
	With, Gives json.RawMessage
	Fails       *struct {
		Status, Message string
		HTTPStatus      int `json:"http_status"`
	}
}

// operation does what a case says; it gives what becomes the JSON of the case.
type operation func(t *testing.T, with json.RawMessage) (any, error)

// of is an operation with these arguments, all of which it knows.
func of[A any](do func(t *testing.T, with A) (any, error)) operation {
	return func(t *testing.T, with json.RawMessage) (any, error) {
		var arguments A
		if err := strict(with, &arguments); err != nil {
			t.Fatal(err)
		}
		return do(t, arguments)
	}
}

// strict reads JSON that has nothing else in it, with its numbers as they are written.
func strict(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	decoder.UseNumber()
	return decoder.Decode(into)
}

var operations = map[string]operation{
	"transform_url":  of(transformURL),
	"sign_policy":    of(signPolicy),
	"verify_webhook": of(verifyWebhook),
	"sign_request":   of(signRequest),
	"upload_bytes":   of(uploadBytes),
	"upload_events":  of(uploadEvents),
	"upload_file":    of(uploadFile),
	"metadata":       of(metadata),
	"image_size":     of(imageSize),
	"upload_video":   of(uploadVideo),
	"find_video":     of(findVideo),
}

// kept closes at the end of the test what a call gives.
func kept[T io.Closer](t *testing.T, value T, err error) (T, error) {
	if err == nil {
		closes(t, value)
	}
	return value, err
}

// account is a client of the cloud that asks for no signatures.
func account(t *testing.T) *ferry.Client {
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(open)))
	closes(t, client)
	return client
}

// firstFactory is the one that the cloud has from the beginning.
func firstFactory(t *testing.T) ferry.Factory {
	telestream := must(ferry.NewTelestream("LOCAL_ACCESS_KEY", "LOCAL_SECRET_KEY", ferry.WithBaseURL(open)))
	closes(t, telestream)
	factories, err := telestream.Factories().List(background, nil)
	if err != nil || len(factories) == 0 {
		t.Fatalf("%d factories, %v", len(factories), err)
	}
	return telestream.Factory(factories[0].ID)
}

// namedTask is a task as the cases write it.
type namedTask struct {
	Task   string
	Params json.RawMessage
}

// tasks are the structs of those that the cases use.
var tasks = map[string]func(json.RawMessage) (ferry.Task, bool){
	"ascii":   read[ferry.ASCII],
	"enhance": read[ferry.Enhance],
	"flip":    read[ferry.Flip],
	"resize":  read[ferry.Resize],
	"rotate":  read[ferry.Rotate],
}

// read makes a struct of parameters, if it can say all of them: false where that is the default is what it
// cannot say, for instance.
func read[T ferry.Task](params json.RawMessage) (ferry.Task, bool) {
	var task T
	if err := strict(params, &task); err != nil {
		return nil, false
	}
	return task, same(must(json.Marshal(task)), params)
}

// same compares JSON.
func same(a, b []byte) bool {
	var values [2]any
	for i, text := range [][]byte{a, b} {
		if err := strict(text, &values[i]); err != nil {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

// add adds tasks: by their structs where these can say it, else as JSON.
func add(chain *ferry.Transform, named []namedTask) error {
	for _, it := range named {
		var err error
		if task, ok := typed(it); ok {
			err = chain.Add(task)
		} else {
			err = chain.AddJSON(it.Task, it.Params)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func typed(it namedTask) (ferry.Task, bool) {
	read, known := tasks[it.Task]
	if !known {
		return nil, false
	}
	return read(it.Params)
}

func transformURL(t *testing.T, with struct {
	Source string
	Tasks  []namedTask
}) (any, error) {
	client := must(ferry.NewClient("TESTKEY"))
	closes(t, client)
	made, err := client.Transform(with.Source)
	chain, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	if err := add(chain, with.Tasks); err != nil {
		return nil, err
	}
	url, err := chain.URL()
	return map[string]string{"url": url}, err
}

func signPolicy(t *testing.T, with struct {
	Policy json.RawMessage
	Secret string
}) (any, error) {
	made, err := sign(with.Policy, with.Secret)
	security, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	return map[string]string{"policy_b64": security.Policy(), "signature": security.Signature()}, nil
}

// sign signs a policy: as the struct that it is, else as JSON.
func sign(policy json.RawMessage, secret string) (*ferry.Security, error) {
	fields, err := readPolicy(policy)
	if err != nil {
		return ferry.NewSecurityJSON(policy, secret)
	}
	return ferry.NewSecurity(fields, secret)
}

func readPolicy(policy json.RawMessage) (ferry.Policy, error) {
	var fields ferry.Policy
	err := strict(policy, &fields)
	return fields, err
}

func verifyWebhook(_ *testing.T, with struct {
	Secret, Body, Timestamp, Signature string
	Tolerance                          int
}) (any, error) {
	tolerance := time.Duration(with.Tolerance) * time.Second
	return struct{}{}, ferry.VerifyWebhook([]byte(with.Body), with.Timestamp, with.Signature, tolerance,
		with.Secret)
}

func signRequest(t *testing.T, with struct {
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	APIHost   string `json:"api_host"`
	FactoryID string `json:"factory_id"`
	Method    string
	Path      string
	Params    ferry.Params
	Timestamp string
}) (any, error) {
	made, err := ferry.NewTelestream(with.AccessKey, with.SecretKey, ferry.WithAPIHost(with.APIHost),
		ferry.WithFactory(with.FactoryID))
	telestream, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	at := must(time.Parse(time.RFC3339, with.Timestamp))
	signed, err := telestream.SignedParams(with.Method, with.Path, with.Params, at)
	return map[string]any{"signature": signed["signature"]}, err
}

func uploadBytes(t *testing.T, with struct{ Text, Filename string }) (any, error) {
	made, err := account(t).UploadBytes(background, []byte(with.Text), ferry.WithFilename(with.Filename))
	link, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	if content, err := link.Content(background); err != nil || string(content) != with.Text {
		t.Errorf("%q came back for %q: %v", content, with.Text, err)
	}
	metadata, err := link.Metadata(background, []string{"filename", "size", "mimetype"})
	if err != nil {
		return nil, err
	}
	return map[string]any{"filename": metadata.Filename, "size": metadata.Size,
		"mimetype": metadata.Mimetype}, nil
}

func uploadEvents(t *testing.T, with struct{ Text, Filename string }) (any, error) {
	var attempts []string
	client := must(ferry.NewClient("TESTKEY", ferry.WithBaseURL(open), ferry.WithOnEvent(func(e ferry.Event) {
		if e.Kind == ferry.EventAttempt {
			attempts = append(attempts, fmt.Sprintf("%s %s %d part %d attempt %d", e.Step, e.Method,
				e.HTTPStatus, e.Part, e.Attempt))
		}
	})))
	closes(t, client)
	link, err := client.UploadBytes(background, []byte(with.Text), ferry.WithFilename(with.Filename))
	if _, err := kept(t, link, err); err != nil {
		return nil, err
	}
	return map[string]string{"attempts": strings.Join(attempts, "; ")}, nil
}

func uploadFile(t *testing.T, with struct{ Path string }) (any, error) {
	link, err := account(t).UploadFile(background, with.Path)
	return kept(t, link, err)
}

func metadata(t *testing.T, with struct{ Handle string }) (any, error) {
	made, err := account(t).Filelink(with.Handle)
	link, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	return link.Metadata(background, nil)
}

func imageSize(t *testing.T, with struct {
	Data  string
	Tasks []namedTask
}) (any, error) {
	client := account(t)
	stored, err := client.UploadFile(background, filepath.Join("../data", with.Data))
	link, err := kept(t, stored, err)
	if err != nil {
		return nil, err
	}
	made, err := client.Transform(link.Handle())
	chain, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	if err := add(chain, with.Tasks); err != nil {
		return nil, err
	}
	if err := chain.Add(ferry.ImageSize{}); err != nil {
		return nil, err
	}
	return chain.JSON(background)
}

func uploadVideo(t *testing.T, with struct {
	Text, Filename string
	Params         ferry.Params
	Concurrency    int
}) (any, error) {
	path := filepath.Join(t.TempDir(), with.Filename)
	if err := os.WriteFile(path, []byte(with.Text), 0o600); err != nil {
		t.Fatal(err)
	}
	var options []ferry.TelestreamUploadOption
	if with.Concurrency > 0 {
		options = append(options, ferry.WithConcurrency(with.Concurrency))
	}
	made, err := firstFactory(t).NewUpload(path, &ferry.VideoParams{Extra: with.Params}, options...)
	upload, err := kept(t, made, err)
	if err != nil {
		return nil, err
	}
	err = upload.Run(background)
	return map[string]any{"state": upload.State().String()}, err
}

func findVideo(t *testing.T, with struct{ ID string }) (any, error) {
	return firstFactory(t).Videos().Find(background, with.ID)
}

func parityCases(t *testing.T) (cases []parityCase) {
	t.Helper()
	if err := strict(must(os.ReadFile("../vectors/parity.json")), &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) < 20 {
		t.Errorf("there are only %d cases", len(cases))
	}
	return cases
}

func TestParity(t *testing.T) {
	for _, it := range parityCases(t) {
		t.Run(it.Name, func(t *testing.T) {
			leakless(t)
			do, known := operations[it.Do]
			if !known {
				t.Fatalf("no such operation: %s", it.Do)
			}
			got, err := do(t, it.With)
			if it.Fails == nil {
				if err != nil || !same(must(json.Marshal(got)), it.Gives) {
					t.Errorf("%s, %v, not %s", must(json.Marshal(got)), err, it.Gives)
				}
				return
			}
			var failed *ferry.Error
			if !errors.As(err, &failed) {
				t.Fatalf("%v is no failure of the library", err)
			}
			if failed.Status.Name() != it.Fails.Status ||
				!strings.Contains(failed.Message, it.Fails.Message) ||
				failed.HTTPStatus != it.Fails.HTTPStatus {
				t.Errorf("%v %d %q, not %+v", failed.Status, failed.HTTPStatus, failed.Message, *it.Fails)
			}
		})
	}
}

// The structs say what they can say, so that JSON is not all that is tried.
func TestCasesGoThroughStructs(t *testing.T) {
	for params, expect := range map[string]bool{
		`{"width": 5, "fit": "crop"}`: true, `{"align": ["top", "left"]}`: false, `{"height": 0}`: false,
		`{"new": 1}`: false,
	} {
		if _, ok := typed(namedTask{"resize", json.RawMessage(params)}); ok != expect {
			t.Errorf("%s: %v", params, ok)
		}
	}
	for _, it := range parityCases(t) {
		if it.Do != "sign_policy" {
			continue
		}
		with := parse[struct{ Policy json.RawMessage }](t, it.With)
		if _, err := readPolicy(with.Policy); (err == nil) != (it.Fails == nil) {
			t.Errorf("%s: %v", it.Name, err)
		}
	}
}
