package ferry

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// word is what stands for a word in a field of numbers: no number that a task takes.
const word = math.MinInt32

// Position is where something is: "top", "middle", "bottom", "left", "center", "right", or a pair such as
// "top,left" or "[top,left]".
type Position string

// MarshalJSON writes a word, or a pair as a list.
func (p Position) MarshalJSON() ([]byte, error) {
	text := strings.TrimSpace(string(p))
	if inner, isList := strings.CutPrefix(text, "["); isList {
		text = strings.TrimSuffix(inner, "]")
	}
	words := strings.Split(text, ",")
	for i := range words {
		words[i] = strings.TrimSpace(words[i])
	}
	if len(words) > 1 {
		return encode(words)
	}
	return encode(words[0])
}

// Pages are pages of a document, from 1 on: "2", "1-3", "4-".
type Pages []string

// MarshalJSON writes single pages as numbers.
func (p Pages) MarshalJSON() ([]byte, error) {
	pages := make([]any, len(p))
	for i, page := range p {
		pages[i] = page
		if number, err := strconv.Atoi(page); err == nil && number > 0 {
			pages[i] = number
		}
	}
	return encode(pages)
}

// Degrees are an angle, clockwise, or [Upright].
type Degrees int

// Upright turns the picture as its EXIF orientation says.
const Upright Degrees = word

// MarshalJSON writes a number, or a word for [Upright].
func (d Degrees) MarshalJSON() ([]byte, error) { return numberOr("exif", d) }

// Pixels are a size in pixels, or [MaxPixels].
type Pixels int

// MaxPixels is the greatest size that the service makes of it.
const MaxPixels Pixels = word

// MarshalJSON writes a number, or a word for [MaxPixels].
func (p Pixels) MarshalJSON() ([]byte, error) { return numberOr("max", p) }

// Seconds are a length of time, or [MaxSeconds].
type Seconds float64

// MaxSeconds is as long as the service permits.
const MaxSeconds Seconds = word

// MarshalJSON writes a number, or a word for [MaxSeconds].
func (s Seconds) MarshalJSON() ([]byte, error) { return numberOr("max", s) }

// JPEGQuality is a quality in percent, or [InputQuality].
type JPEGQuality int

// InputQuality is the quality of the source.
const InputQuality JPEGQuality = word

// MarshalJSON writes a number, or a word for [InputQuality].
func (q JPEGQuality) MarshalJSON() ([]byte, error) { return numberOr("input", q) }

func numberOr[N ~int | ~float64](name string, number N) ([]byte, error) {
	if number == word {
		return json.Marshal(name)
	}
	return json.Marshal(float64(number))
}

// Faces are faces by their numbers, from 1 on, or [AllFaces].
type Faces []int

// AllFaces in place of a number is every face: Faces{AllFaces}.
const AllFaces = word

// MarshalJSON writes one number, a list of them, or a word for [AllFaces].
func (f Faces) MarshalJSON() ([]byte, error) {
	for _, face := range f {
		if face == AllFaces {
			return json.Marshal("all")
		}
	}
	if len(f) == 1 {
		return json.Marshal(f[0])
	}
	return json.Marshal([]int(f))
}

// Length is a number, such as of pixels or seconds, or a share such as "50%".
type Length string

// MarshalJSON writes numbers as such.
func (l Length) MarshalJSON() ([]byte, error) {
	if number, err := strconv.ParseFloat(string(l), 64); err == nil {
		return json.Marshal(number)
	}
	return encode(string(l))
}
