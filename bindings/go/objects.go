package ferry

import (
	"bytes"
	"encoding/json"
)

// FactoryInfo is a factory as the service tells it. Any field of an object may be empty; Raw is the whole
// answer. Times are texts such as "2015/12/14 14:21:54 +0000".
type FactoryInfo struct {
	ID                  string          `json:"id"`
	Name                string          `json:"name"`
	URL                 string          `json:"url"` // what the URLs of results begin with
	Bucket              string          `json:"s3_videos_bucket"`
	Private             bool            `json:"s3_private_access"`
	UploadOriginalVideo bool            `json:"upload_original_video"`
	CreatedAt           string          `json:"created_at"`
	UpdatedAt           string          `json:"updated_at"`
	Raw                 json.RawMessage `json:"-"`
}

// Media is what videos and encodings have in common.
type Media struct {
	ID              string  `json:"id"`
	Status          string  `json:"status"` // "success", "fail" or "processing"
	Path            string  `json:"path"`
	Extname         string  `json:"extname"`
	MimeType        string  `json:"mime_type"`
	FileSize        int64   `json:"file_size"` // bytes
	Duration        int64   `json:"duration"`  // milliseconds
	Width           int     `json:"width"`     // pixels
	Height          int     `json:"height"`    // pixels
	FPS             float64 `json:"fps"`
	VideoCodec      string  `json:"video_codec"`
	AudioCodec      string  `json:"audio_codec"`
	VideoBitrate    int     `json:"video_bitrate"` // kbit/s
	AudioBitrate    int     `json:"audio_bitrate"` // kbit/s
	AudioChannels   int     `json:"audio_channels"`
	AudioSampleRate int     `json:"audio_sample_rate"` // Hz
	ErrorClass      string  `json:"error_class"`
	ErrorMessage    string  `json:"error_message"`
	CreatedAt       string  `json:"created_at"`
	UpdatedAt       string  `json:"updated_at"`
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
	StartedEncodingAt string          `json:"started_encoding_at"`
	Files             []string        `json:"files"`
	Screenshots       []string        `json:"screenshots"` // if "screenshots" was asked for
	LogfileURL        string          `json:"logfile_url"`
	Raw               json.RawMessage `json:"-"`
}

// Profile is how a factory encodes. More than the service tells of it is in Raw, for "expand" in the params.
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
	CreatedAt    string          `json:"created_at"`
	UpdatedAt    string          `json:"updated_at"`
	Raw          json.RawMessage `json:"-"`
}

// Notifications are where a factory sends its notifications, and of which events.
type Notifications struct {
	URL              string `json:"url"`
	Delay            int    `json:"delay"` // seconds
	SendVideoPayload bool   `json:"send_video_payload"`
	Events           struct {
		VideoCreated      bool `json:"video_created"`
		VideoEncoded      bool `json:"video_encoded"`
		EncodingProgress  bool `json:"encoding_progress"`
		EncodingCompleted bool `json:"encoding_completed"`
	} `json:"events"`
	Raw json.RawMessage `json:"-"`
}

// UnmarshalJSON reads what the service answers.
func (f *FactoryInfo) UnmarshalJSON(answer []byte) error {
	type fields FactoryInfo
	f.Raw = bytes.Clone(answer)
	return decode(answer, (*fields)(f))
}

// UnmarshalJSON reads what the service answers.
func (v *Video) UnmarshalJSON(answer []byte) error {
	type fields Video
	v.Raw = bytes.Clone(answer)
	return decode(answer, (*fields)(v))
}

// UnmarshalJSON reads what the service answers.
func (e *Encoding) UnmarshalJSON(answer []byte) error {
	type fields Encoding
	e.Raw = bytes.Clone(answer)
	return decode(answer, (*fields)(e))
}

// UnmarshalJSON reads what the service answers.
func (p *Profile) UnmarshalJSON(answer []byte) error {
	type fields Profile
	p.Raw = bytes.Clone(answer)
	return decode(answer, (*fields)(p))
}

// UnmarshalJSON reads what the service answers.
func (n *Notifications) UnmarshalJSON(answer []byte) error {
	type fields Notifications
	n.Raw = bytes.Clone(answer)
	return decode(answer, (*fields)(n))
}
