package ferrytest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
)

// Fault is a rule by which requests go wrong; the README of the local cloud lists classes and actions.
type Fault struct {
	Class       string         `json:"class"`
	Match       map[string]any `json:"match,omitempty"`
	Skip        int            `json:"skip,omitempty"`        // matching requests that pass first
	Times       int            `json:"times,omitempty"`       // how often it acts; 0: without end
	Probability float64        `json:"probability,omitempty"` // of each matching request; 0: each goes wrong
	Action      map[string]any `json:"action"`
	Seen        int            `json:"seen,omitempty"`  // counted by the cloud: requests that matched
	Fired       int            `json:"fired,omitempty"` // counted by the cloud: how often it acted
}

// Request is a request that the cloud has had. What does not apply is nil.
type Request struct {
	Class    string
	Method   string
	Path     string // and query, without secrets
	Scheme   string
	Part     *int
	Offset   *int64
	Size     *int64
	Handle   *string
	Status   *int  // nil: not answered
	Received int64 // bytes of the body
	Fault    bool
	TookMS   *int64 `json:"took_ms"`
	Headers  map[string]any
	Body     json.RawMessage
}

// File is a file that is stored. Digests are in hex, and empty where the cloud keeps no bytes.
type File struct {
	Handle, Filename, Mimetype string
	Size                       int64
	MD5, SHA256                string
	Location, Container, Key   string
}

// Upload is an upload to Filestack; Handle is empty until it is complete.
type Upload struct {
	UploadID              string `json:"upload_id"`
	URI, Region, Filename string
	Size                  int64
	FII                   bool
	Parts, Chunks         json.RawMessage
	Handle                string
}

// Session is an upload session of Telestream.
type Session struct {
	ID, Factory string
	MultiChunk  bool `json:"multi_chunk"`
	Video       string
	Files       []struct {
		Tag, Name string
		Size      int64
		PartSize  int64 `json:"part_size"`
		Parts     int64
		Stored    json.RawMessage
		Reached   int64
		Repeated  int64
	}
	MostAtOnce int `json:"most_at_once"`
}

// Webhook is an event; its State is "pending", "delivered" or "failed".
type Webhook struct {
	ID                 int64
	Action, URL, State string
	Attempts           int
	Status             int
	Error              string
	Event              json.RawMessage
}

// Repeated counts what came although it was there.
type Repeated struct {
	Filestack, Telestream struct{ Parts, Bytes int64 }
}

// SetFaults says what goes wrong from now on, in place of what did; without an argument all goes well. A test
// with a fault should check that it has fired: see [Cloud.Faults].
func (c *Cloud) SetFaults(faults ...Fault) {
	c.t.Helper()
	c.control(http.MethodPut, "faults", append([]Fault{}, faults...), nil)
}

// SetRandomFaults is SetFaults for those with a probability: the same seed chooses the same requests.
func (c *Cloud) SetRandomFaults(seed uint64, faults ...Fault) {
	c.t.Helper()
	plan := map[string]any{"seed": seed, "rules": append([]Fault{}, faults...)}
	c.control(http.MethodPut, "faults", plan, nil)
}

// Faults are the faults, with their counts.
func (c *Cloud) Faults() (faults []Fault) {
	c.t.Helper()
	c.control(http.MethodGet, "faults", nil, &faults)
	return faults
}

// Requests are the requests since the start or [Cloud.ForgetRequests], oldest first: those of these classes,
// such as "put" or "complete", or all.
func (c *Cloud) Requests(classes ...string) (requests []Request) {
	c.t.Helper()
	var all []Request
	c.control(http.MethodGet, "requests", nil, &all)
	if len(classes) == 0 {
		return all
	}
	for _, request := range all {
		for _, class := range classes {
			if request.Class == class {
				requests = append(requests, request)
				break
			}
		}
	}
	return requests
}

// Files are the files that are stored.
func (c *Cloud) Files() (files []File) {
	c.t.Helper()
	c.control(http.MethodGet, "files", nil, &files)
	return files
}

// Uploads are the uploads to Filestack, complete or not.
func (c *Cloud) Uploads() (uploads []Upload) {
	c.t.Helper()
	c.control(http.MethodGet, "uploads", nil, &uploads)
	return uploads
}

// Sessions are the upload sessions of Telestream.
func (c *Cloud) Sessions() (sessions []Session) {
	c.t.Helper()
	c.control(http.MethodGet, "sessions", nil, &sessions)
	return sessions
}

// Webhooks are the events that were sent or are to be, oldest first, once [Cloud.Set] has said where to.
func (c *Cloud) Webhooks() (webhooks []Webhook) {
	c.t.Helper()
	c.control(http.MethodGet, "webhooks", nil, &webhooks)
	return webhooks
}

// Settings are the settings that [Cloud.Set] changes.
func (c *Cloud) Settings() (settings map[string]any) {
	c.t.Helper()
	c.control(http.MethodGet, "settings", nil, &settings)
	return settings
}

// Set changes settings, such as intelligent, webhook_url and webhook_secret; the others stay.
func (c *Cloud) Set(settings map[string]any) {
	c.t.Helper()
	c.control(http.MethodPut, "settings", settings, nil)
}

// Repeated counts what came although it was there.
func (c *Cloud) Repeated() (repeated Repeated) {
	c.t.Helper()
	c.control(http.MethodGet, "repeated", nil, &repeated)
	return repeated
}

// ForgetRequests empties [Cloud.Requests].
func (c *Cloud) ForgetRequests() {
	c.t.Helper()
	c.forget("requests", nil)
}

// ForgetWebhooks empties [Cloud.Webhooks].
func (c *Cloud) ForgetWebhooks() {
	c.t.Helper()
	c.forget("webhooks", nil)
}

// ForgetUploads has the service forget these uploads, or all; files stay.
func (c *Cloud) ForgetUploads(ids ...string) {
	c.t.Helper()
	c.forget("uploads", ids)
}

// ForgetSessions has the service forget these upload sessions, or all; videos stay.
func (c *Cloud) ForgetSessions(ids ...string) {
	c.t.Helper()
	c.forget("sessions", ids)
}

func (c *Cloud) forget(name string, ids []string) {
	c.t.Helper()
	if len(ids) == 0 {
		c.control(http.MethodDelete, name, nil, nil)
	}
	for _, id := range ids {
		c.control(http.MethodDelete, name+"/"+id, nil, nil)
	}
}

// direct uses no proxy, and leaves no goroutine behind.
var direct = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

func (c *Cloud) control(method, name string, value, into any) {
	c.t.Helper()
	text := []byte{}
	if value != nil {
		var err error
		if text, err = json.Marshal(value); err != nil {
			c.t.Fatal(err)
		}
	}
	request, err := http.NewRequest(method, c.URL+"/_local/"+name, bytes.NewReader(text))
	if err != nil {
		c.t.Fatal(err)
	}
	answer, err := direct.Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	said, err := io.ReadAll(answer.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK {
		c.t.Fatalf("the local cloud refuses %s %s: %s", method, name, bytes.TrimSpace(said))
	}
	if into != nil {
		if err := json.Unmarshal(said, into); err != nil {
			c.t.Fatalf("%v: %s", err, said)
		}
	}
}
