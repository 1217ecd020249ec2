package ferry

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"reflect"
	"time"
	"unicode/utf8"
)

// Params are the parameters of a request to Telestream by their names: texts, numbers, booleans; lists and
// objects where the service takes them. They are for what has no struct: [Telestream.Request], and Extra of
// each struct, which adds to its fields and wins over them.
type Params map[string]any

// FactoryList says which factories to list. Here and in all lists, Page counts from 1, and PerPage is at most
// 100, which is the default.
type FactoryList struct {
	Page    int    `json:"page,omitempty"`
	PerPage int    `json:"per_page,omitempty"`
	Extra   Params `json:"-"`
}

// VideoList says which videos to list.
type VideoList struct {
	Page    int    `json:"page,omitempty"`
	PerPage int    `json:"per_page,omitempty"`
	Status  string `json:"status,omitempty"` // "success", "fail" or "processing"
	Extra   Params `json:"-"`
}

// EncodingList says which encodings to list.
type EncodingList struct {
	Page        int    `json:"page,omitempty"`
	PerPage     int    `json:"per_page,omitempty"`
	Status      string `json:"status,omitempty"` // "success", "fail" or "processing"
	VideoID     string `json:"video_id,omitempty"`
	ProfileID   string `json:"profile_id,omitempty"`
	ProfileName string `json:"profile_name,omitempty"`
	Screenshots bool   `json:"screenshots,omitempty"` // fills [Encoding.Screenshots]
	Extra       Params `json:"-"`
}

// ProfileList says which profiles to list.
type ProfileList struct {
	Page    int    `json:"page,omitempty"`
	PerPage int    `json:"per_page,omitempty"`
	Expand  bool   `json:"expand,omitempty"` // Raw has every parameter, also defaults
	Extra   Params `json:"-"`
}

// FactoryParams make or change a factory. Fields that are empty are not sent, here and in all parameters; see
// [Bool].
type FactoryParams struct {
	Name                string `json:"name,omitempty"`
	Bucket              string `json:"s3_videos_bucket,omitempty"`
	Private             *bool  `json:"s3_private_access,omitempty"`
	UploadOriginalVideo *bool  `json:"upload_original_video,omitempty"`
	AWSAccessKey        string `json:"aws_access_key,omitempty"`
	AWSSecretKey        string `json:"aws_secret_key,omitempty"`
	Priority            int    `json:"priority,omitempty"` // 2 to 200; lower runs first

	// The rest is for API 3.1.

	Region                 string `json:"factory_region,omitempty"`
	OutputBucket           string `json:"output_bucket_name,omitempty"`
	ACL                    string `json:"acl,omitempty"` // "public" or "private"
	InputBucket            string `json:"input_bucket_name,omitempty"`
	InputBucketWatch       *bool  `json:"input_bucket_watch,omitempty"`
	InputBucketRecursive   *bool  `json:"input_bucket_recursive,omitempty"`
	InputBucketFilePattern string `json:"input_bucket_file_pattern,omitempty"`
	InputBucketSyncMinutes int    `json:"input_bucket_sync_every_n_min,omitempty"`
	StorageProvider        *int   `json:"storage_provider,omitempty"` // 0: S3, 1: GCS, 2: FTP, 7: Flip, …
	ServerSideEncryption   *bool  `json:"server_side_encryption,omitempty"`
	OutputsPathFormat      string `json:"outputs_path_format,omitempty"`
	StoreID                string `json:"store_id,omitempty"`
	// StorageCredentials are "host", "port", "username" and "password".
	StorageCredentials Params `json:"storage_credential_attributes,omitempty"`

	Extra Params `json:"-"`
}

// VideoParams make a video ([Videos.Create], [Factory.NewUpload]).
type VideoParams struct {
	// SourceURL is what the service fetches. It or File is needed to create a video, and neither is for an
	// upload.
	SourceURL string `json:"source_url,omitempty"`
	// File is the path of a local file that is sent in this one request (API 3.0 only).
	File string `json:"file,omitempty"`
	// Profiles are names or ids of profiles to encode it with; "none": none yet. Without it all profiles of
	// the factory.
	Profiles []string `json:"profiles,omitempty"`
	// UseAllProfiles is for uploads.
	UseAllProfiles bool `json:"use_all_profiles,omitempty"`
	// PathFormat is where results are stored, without extension, such as ":date/:id". ":id" is needed; there
	// are ":video_id", ":original", ":date", ":profile", ":type" and ":resolution" too.
	PathFormat string `json:"path_format,omitempty"`
	// Payload is text of yours, at most 256 characters.
	Payload string `json:"payload,omitempty"`
	// Pipeline becomes JSON. The service says what it may be.
	Pipeline any `json:"pipeline,omitempty"`

	// The rest is for API 3.1.

	SubtitleFiles     []string            `json:"subtitle_files,omitempty"` // URLs
	ExtraFiles        map[string][]string `json:"extra_files,omitempty"`    // URLs for each tag
	ExtraVariables    Params              `json:"extra_variables,omitempty"`
	ClipOffset        string              `json:"clip_offset,omitempty"` // "HH:MM:SS", as the next two
	ClipLength        string              `json:"clip_length,omitempty"`
	ClipEnd           string              `json:"clip_end,omitempty"`
	StartingTimecode  string              `json:"starting_timecode,omitempty"`
	UseSourceTimecode bool                `json:"use_source_timecode,omitempty"`
	StoreID           string              `json:"store_id,omitempty"`

	Extra Params `json:"-"`
}

// EncodingParams make or change an encoding: of a video, with a profile that its id or its name tells.
type EncodingParams struct {
	VideoID     string `json:"video_id,omitempty"`
	ProfileID   string `json:"profile_id,omitempty"`
	ProfileName string `json:"profile_name,omitempty"`
	Extra       Params `json:"-"`
}

// ProfileParams make or change a profile. PresetName, or Command and Extname, are needed to create one. Where
// the service has more, there is Extra.
type ProfileParams struct {
	Name       string `json:"name,omitempty"` // unique, for programs
	Title      string `json:"title,omitempty"`
	PresetName string `json:"preset_name,omitempty"` // such as "h264", "webm.hi", "hls.variant", "thumbnail"
	Command    string `json:"command,omitempty"`
	Stack      string `json:"stack,omitempty"`   // "corepack-1" to "corepack-3"
	Extname    string `json:"extname,omitempty"` // with its dot, such as ".mp4"
	Priority   int    `json:"priority,omitempty"`

	Width               int      `json:"width,omitempty"`        // pixels
	Height              int      `json:"height,omitempty"`       // pixels
	Upscale             *bool    `json:"upscale,omitempty"`      // default true
	AspectMode          string   `json:"aspect_mode,omitempty"`  // such as "letterbox", the default
	AspectRatio         string   `json:"aspect_ratio,omitempty"` // such as "16:9"
	VideoBitrate        int      `json:"video_bitrate,omitempty"`
	MaxRate             int      `json:"max_rate,omitempty"`
	BufferSize          int      `json:"buffer_size,omitempty"`
	CBR                 *bool    `json:"cbr,omitempty"`
	FPS                 float64  `json:"fps,omitempty"`               // default: the source's
	KeyframeInterval    *int     `json:"keyframe_interval,omitempty"` // frames; default 250
	KeyframeRate        *float64 `json:"keyframe_rate,omitempty"`
	TwoPass             *bool    `json:"two_pass,omitempty"`
	Deinterlace         string   `json:"deinterlace,omitempty"` // "keep_fps" or "double_fps"
	Interlace           string   `json:"interlace,omitempty"`   // "top" or "bottom"
	MotionCompensateFPS *bool    `json:"motion_compensate_fps,omitempty"`
	TimeCode            *bool    `json:"time_code,omitempty"`
	H264CRF             *int     `json:"h264_crf,omitempty"`
	H264Profile         string   `json:"h264_profile,omitempty"`
	H264Level           string   `json:"h264_level,omitempty"`
	H264Tune            string   `json:"h264_tune,omitempty"`
	X264Options         string   `json:"x264_options,omitempty"`
	X265Options         string   `json:"x265_options,omitempty"`

	AudioBitrate      int   `json:"audio_bitrate,omitempty"`
	AudioSampleRate   int   `json:"audio_sample_rate,omitempty"` // Hz; default 44100
	AudioChannels     int   `json:"audio_channels,omitempty"`
	MergeAudioStreams *bool `json:"merge_audio_streams,omitempty"`

	ClipOffset string `json:"clip_offset,omitempty"` // "HH:MM:SS"
	ClipLength string `json:"clip_length,omitempty"` // "HH:MM:SS"

	FrameCount    int    `json:"frame_count,omitempty"`    // pictures; default 7
	FrameOffsets  string `json:"frame_offsets,omitempty"`  // such as "2s, 10s, 250f"
	FrameInterval string `json:"frame_interval,omitempty"` // such as "300f"

	WatermarkURL    string `json:"watermark_url,omitempty"`
	WatermarkTop    Length `json:"watermark_top,omitempty"` // pixels, or a share of the video
	WatermarkBottom Length `json:"watermark_bottom,omitempty"`
	WatermarkLeft   Length `json:"watermark_left,omitempty"`
	WatermarkRight  Length `json:"watermark_right,omitempty"`
	WatermarkWidth  Length `json:"watermark_width,omitempty"`
	WatermarkHeight Length `json:"watermark_height,omitempty"`

	Variants         string `json:"variants,omitempty"` // of HLS; default "hls.*"
	Encryption       *bool  `json:"encryption,omitempty"`
	EncryptionKeyURL string `json:"encryption_key_url,omitempty"`
	EncryptionKey    string `json:"encryption_key,omitempty"`  // base64 of 16 bytes
	EncryptionIV     string `json:"encryption_iv,omitempty"`   // base64 of 16 bytes
	ClosedCaptions   string `json:"closed_captions,omitempty"` // "burn" or "add"
	DASHProfile      string `json:"dash_profile,omitempty"`    // "live" or "on-demand"
	SegmentTime      int    `json:"segment_time,omitempty"`    // seconds

	Extra Params `json:"-"`
}

// NotificationsParams say where a factory sends its notifications, and of which events.
type NotificationsParams struct {
	URL              string         `json:"url,omitempty"`
	Delay            time.Duration  `json:"-"` // before a message is sent again; whole seconds
	SendVideoPayload *bool          `json:"send_video_payload,omitempty"`
	Events           *EventSwitches `json:"events,omitempty"`
	Extra            Params         `json:"-"`
}

// EventSwitches say of which events a factory tells. nil leaves one as it is.
type EventSwitches struct {
	VideoCreated      *bool `json:"video_created,omitempty"`
	VideoEncoded      *bool `json:"video_encoded,omitempty"`
	EncodingProgress  *bool `json:"encoding_progress,omitempty"`
	EncodingCompleted *bool `json:"encoding_completed,omitempty"`
}

// MarshalJSON writes what the service takes.
func (p FactoryList) MarshalJSON() ([]byte, error) {
	type fields FactoryList
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p VideoList) MarshalJSON() ([]byte, error) {
	type fields VideoList
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p EncodingList) MarshalJSON() ([]byte, error) {
	type fields EncodingList
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p ProfileList) MarshalJSON() ([]byte, error) {
	type fields ProfileList
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p FactoryParams) MarshalJSON() ([]byte, error) {
	type fields FactoryParams
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p VideoParams) MarshalJSON() ([]byte, error) {
	type fields VideoParams
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p EncodingParams) MarshalJSON() ([]byte, error) {
	type fields EncodingParams
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p ProfileParams) MarshalJSON() ([]byte, error) {
	type fields ProfileParams
	return merged(fields(p), p.Extra)
}

// MarshalJSON writes what the service takes.
func (p NotificationsParams) MarshalJSON() ([]byte, error) {
	type fields NotificationsParams
	return merged(struct {
		fields
		Delay int64 `json:"delay,omitempty"`
	}{fields(p), roundUp(p.Delay, time.Second)}, p.Extra)
}

// merged is a struct as JSON with more members.
func merged(fields any, extra Params) ([]byte, error) {
	text, err := encode(fields)
	if err != nil || len(extra) == 0 {
		return text, err
	}
	all, err := members(json.RawMessage(text))
	if err != nil {
		return nil, err
	}
	for name, value := range extra {
		all[name] = value
	}
	return encode(all)
}

// members are the members of what becomes a JSON object; none for nil.
func members(value any) (Params, error) {
	text, err := encode(value)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	all := Params{}
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	if all == nil { // null
		all = Params{}
	}
	return all, nil
}

// encode is [json.Marshal], but refuses text that is not UTF-8, which that would change.
func encode(value any) ([]byte, error) {
	text, err := json.Marshal(value)
	if err == nil && !isUTF8(reflect.ValueOf(value)) {
		err = errors.New("a text is not UTF-8")
	}
	return text, err
}

var (
	marshaler     = reflect.TypeOf((*json.Marshaler)(nil)).Elem()
	textMarshaler = reflect.TypeOf((*encoding.TextMarshaler)(nil)).Elem()
)

// isUTF8 looks at all text that becomes JSON, but for that of values with a method of their own for it: the
// methods of this package look themselves.
func isUTF8(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.String, reflect.Slice, reflect.Array, reflect.Map, reflect.Struct:
		itself := reflect.PointerTo(value.Type())
		if itself.Implements(marshaler) || itself.Implements(textMarshaler) {
			return true
		}
	}
	switch value.Kind() {
	case reflect.String:
		return utf8.ValidString(value.String())
	case reflect.Interface, reflect.Pointer:
		return isUTF8(value.Elem())
	case reflect.Slice, reflect.Array:
		for i := 0; i < value.Len(); i++ {
			if !isUTF8(value.Index(i)) {
				return false
			}
		}
	case reflect.Map:
		for entry := value.MapRange(); entry.Next(); {
			if !isUTF8(entry.Key()) || !isUTF8(entry.Value()) {
				return false
			}
		}
	case reflect.Struct:
		for i := 0; i < value.NumField(); i++ {
			field := value.Type().Field(i)
			isWritten := (field.IsExported() || field.Anonymous) && field.Tag.Get("json") != "-"
			if isWritten && !isUTF8(value.Field(i)) {
				return false
			}
		}
	}
	return true
}
