package ferry

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// FactoryInfo is a factory as the service tells it. Any field of an object may be empty; Raw is the whole
// answer, which is also what the object becomes as JSON.
type FactoryInfo struct {
	ID                  string          `json:"id"`
	Name                string          `json:"name"`
	URL                 string          `json:"url"` // what the URLs of results begin with
	Bucket              string          `json:"s3_videos_bucket"`
	Private             bool            `json:"s3_private_access"`
	UploadOriginalVideo bool            `json:"upload_original_video"`
	CreatedAt           time.Time       `json:"-"`
	UpdatedAt           time.Time       `json:"-"`
	Raw                 json.RawMessage `json:"-"`
}

// Media is what videos and encodings have in common.
type Media struct {
	ID              string        `json:"id"`
	Status          string        `json:"status"` // "success", "fail" or "processing"
	Path            string        `json:"path"`
	Extname         string        `json:"extname"`
	MimeType        string        `json:"mime_type"`
	FileSize        int64         `json:"file_size"` // bytes
	Duration        time.Duration `json:"-"`
	Width           int           `json:"width"`  // pixels
	Height          int           `json:"height"` // pixels
	FPS             float64       `json:"fps"`
	VideoCodec      string        `json:"video_codec"`
	AudioCodec      string        `json:"audio_codec"`
	VideoBitrate    int           `json:"video_bitrate"` // kbit/s
	AudioBitrate    int           `json:"audio_bitrate"` // kbit/s
	AudioChannels   int           `json:"audio_channels"`
	AudioSampleRate int           `json:"audio_sample_rate"` // Hz
	ErrorClass      string        `json:"error_class"`
	ErrorMessage    string        `json:"error_message"`
	CreatedAt       time.Time     `json:"-"`
	UpdatedAt       time.Time     `json:"-"`
}

// Video is a file that was sent to a factory. Its status says nothing about its encodings.
type Video struct {
	Media
	OriginalFilename string          `json:"original_filename"`
	SourceURL        string          `json:"source_url"`
	Payload          string          `json:"payload"` // free text of yours
	Raw              json.RawMessage `json:"-"`
}

// Encoding is a video in the form that a profile asks for. A result's URL is that of the factory, and one of
// Files.
type Encoding struct {
	Media
	VideoID           string          `json:"video_id"`
	ProfileID         string          `json:"profile_id"`
	ProfileName       string          `json:"profile_name"`
	Progress          float64         `json:"encoding_progress"` // percent
	StartedEncodingAt time.Time       `json:"-"`
	Files             []string        `json:"files"`
	Screenshots       []string        `json:"screenshots"` // see [Encodings.FindScreenshots]
	LogfileURL        string          `json:"logfile_url"`
	Raw               json.RawMessage `json:"-"`
}

// Profile is how a factory encodes. More than the service tells of it is in Raw: see [Profiles.FindExpanded].
type Profile struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Title        string          `json:"title"`
	PresetName   string          `json:"preset_name"`
	Command      string          `json:"command"`
	Extname      string          `json:"extname"`
	Width        int             `json:"width"`  // pixels
	Height       int             `json:"height"` // pixels
	FPS          float64         `json:"fps"`
	VideoBitrate int             `json:"video_bitrate"` // kbit/s
	AudioBitrate int             `json:"audio_bitrate"` // kbit/s
	AspectMode   string          `json:"aspect_mode"`
	CreatedAt    time.Time       `json:"-"`
	UpdatedAt    time.Time       `json:"-"`
	Raw          json.RawMessage `json:"-"`
}

// Notifications are where a factory sends its notifications, and of which events.
type Notifications struct {
	URL              string             `json:"url"`
	Delay            time.Duration      `json:"-"`
	SendVideoPayload bool               `json:"send_video_payload"`
	Events           NotificationEvents `json:"events"`
	Raw              json.RawMessage    `json:"-"`
}

// NotificationEvents are the events that a factory tells of, or does not.
type NotificationEvents struct {
	VideoCreated      bool `json:"video_created"`
	VideoEncoded      bool `json:"video_encoded"`
	EncodingProgress  bool `json:"encoding_progress"`
	EncodingCompleted bool `json:"encoding_completed"`
}

// String returns the word "Factory" and the id. So do the other objects, each with its own word.
func (f FactoryInfo) String() string { return named("Factory", f.ID) }

// String returns the word "Video" and the id.
func (v Video) String() string { return named("Video", v.ID) }

// String returns the word "Encoding" and the id.
func (e Encoding) String() string { return named("Encoding", e.ID) }

// String returns the word "Profile" and the id.
func (p Profile) String() string { return named("Profile", p.ID) }

func named(kind, id string) string {
	if id == "" {
		id = "?"
	}
	return kind + " " + id
}

// stamp is a time as the service writes it: "2015/12/14 14:21:54 +0000". What is something else is the zero
// time.
type stamp time.Time

const stampLayout = "2006/01/02 15:04:05 -0700"

func (s *stamp) UnmarshalJSON(text []byte) error {
	*s = stamp{}
	for _, layout := range []string{stampLayout, time.RFC3339} {
		if at, err := time.Parse(layout, strings.Trim(string(text), `"`)); err == nil {
			*s = stamp(at)
		}
	}
	return nil
}

func (s stamp) MarshalJSON() ([]byte, error) {
	if time.Time(s).IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(time.Time(s).Format(stampLayout))
}

// stamped are times in JSON.
type stamped struct {
	CreatedAt stamp `json:"created_at"`
	UpdatedAt stamp `json:"updated_at"`
}

// stampedMedia are the fields of videos and encodings that JSON has in another form than Go.
type stampedMedia struct {
	stamped
	Duration  int64  `json:"duration"` // milliseconds
	StartedAt *stamp `json:"started_encoding_at,omitempty"`
}

func (m *Media) take(times stampedMedia) {
	m.CreatedAt, m.UpdatedAt = time.Time(times.CreatedAt), time.Time(times.UpdatedAt)
	m.Duration = time.Duration(times.Duration) * time.Millisecond
}

func (m Media) stamped() stampedMedia {
	times := stamped{stamp(m.CreatedAt), stamp(m.UpdatedAt)}
	return stampedMedia{stamped: times, Duration: m.Duration.Milliseconds()}
}

// delayed is the field of [Notifications] that JSON has in another form than Go.
type delayed struct {
	Delay int64 `json:"delay"` // seconds
}

// decodeAll reads an answer into each of these.
func decodeAll(answer json.RawMessage, into ...any) error {
	for _, it := range into {
		if err := decode(answer, it); err != nil {
			return err
		}
	}
	return nil
}

// encodeAll is the answer, or where there is none the fields and what has another form in JSON.
func encodeAll(raw json.RawMessage, fields, times any) ([]byte, error) {
	if raw != nil {
		return raw, nil
	}
	extra, err := members(times)
	if err != nil {
		return nil, err
	}
	return merged(fields, extra)
}

// UnmarshalJSON reads what the service answers.
func (f *FactoryInfo) UnmarshalJSON(answer []byte) error {
	type fields FactoryInfo
	*f = FactoryInfo{Raw: bytes.Clone(answer)}
	var times stamped
	err := decodeAll(answer, (*fields)(f), &times)
	f.CreatedAt, f.UpdatedAt = time.Time(times.CreatedAt), time.Time(times.UpdatedAt)
	return err
}

// MarshalJSON writes what the service answers.
func (f FactoryInfo) MarshalJSON() ([]byte, error) {
	type fields FactoryInfo
	return encodeAll(f.Raw, fields(f), stamped{stamp(f.CreatedAt), stamp(f.UpdatedAt)})
}

// UnmarshalJSON reads what the service answers.
func (v *Video) UnmarshalJSON(answer []byte) error {
	type fields Video
	*v = Video{Raw: bytes.Clone(answer)}
	var times stampedMedia
	err := decodeAll(answer, (*fields)(v), &times)
	v.take(times)
	return err
}

// MarshalJSON writes what the service answers.
func (v Video) MarshalJSON() ([]byte, error) {
	type fields Video
	return encodeAll(v.Raw, fields(v), v.stamped())
}

// UnmarshalJSON reads what the service answers.
func (e *Encoding) UnmarshalJSON(answer []byte) error {
	type fields Encoding
	*e = Encoding{Raw: bytes.Clone(answer)}
	var times stampedMedia
	err := decodeAll(answer, (*fields)(e), &times)
	e.take(times)
	if times.StartedAt != nil {
		e.StartedEncodingAt = time.Time(*times.StartedAt)
	}
	return err
}

// MarshalJSON writes what the service answers.
func (e Encoding) MarshalJSON() ([]byte, error) {
	type fields Encoding
	times, started := e.stamped(), stamp(e.StartedEncodingAt)
	times.StartedAt = &started
	return encodeAll(e.Raw, fields(e), times)
}

// UnmarshalJSON reads what the service answers.
func (p *Profile) UnmarshalJSON(answer []byte) error {
	type fields Profile
	*p = Profile{Raw: bytes.Clone(answer)}
	var times stamped
	err := decodeAll(answer, (*fields)(p), &times)
	p.CreatedAt, p.UpdatedAt = time.Time(times.CreatedAt), time.Time(times.UpdatedAt)
	return err
}

// MarshalJSON writes what the service answers.
func (p Profile) MarshalJSON() ([]byte, error) {
	type fields Profile
	return encodeAll(p.Raw, fields(p), stamped{stamp(p.CreatedAt), stamp(p.UpdatedAt)})
}

// UnmarshalJSON reads what the service answers.
func (n *Notifications) UnmarshalJSON(answer []byte) error {
	type fields Notifications
	*n = Notifications{Raw: bytes.Clone(answer)}
	var wait delayed
	err := decodeAll(answer, (*fields)(n), &wait)
	n.Delay = time.Duration(wait.Delay) * time.Second
	return err
}

// MarshalJSON writes what the service answers.
func (n Notifications) MarshalJSON() ([]byte, error) {
	type fields Notifications
	return encodeAll(n.Raw, fields(n), delayed{int64(n.Delay / time.Second)})
}
