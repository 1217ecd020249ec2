/// Every task that a chain can have, and its parameters. A parameter that is not set is not sent.
///
/// Written by `make bindings` from `src/filestack/tasks`, which the library checks every task against. Do not
/// edit.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json.hpp"

namespace ferry::tasks {

// Size, crop, orientation

/// Changes the size of the picture. At least one is needed of width, height.
struct resize {
    /// Width in pixels. A number from 0 to 10000.
    std::optional<double> width = {};
    /// Height in pixels. A number from 0 to 10000.
    std::optional<double> height = {};
    /// How the picture is fitted into width and height. One of clip, crop, scale, max. Default: clip.
    std::optional<std::string> fit = {};
    /// Which part stays when fit is crop. One of top, middle, bottom, left, center, right, faces, or a pair
    /// of both kinds such as [top,left]. Default: center.
    json align = {};
    /// Name of the resampling filter. A text that is not empty.
    std::optional<std::string> filter = {};
};

/// Cuts a box out of the picture.
struct crop {
    /// The box [x,y,width,height] in pixels from the top left corner. A list of 4 whole numbers: 0 to 100000,
    /// 0 to 100000, 1 to 100000, 1 to 100000. Required.
    std::vector<int> dim = {};
};

/// Turns the picture clockwise.
struct rotate {
    /// Angle in degrees, or exif to turn it upright by its EXIF orientation. A whole number from 0 to 359, or
    /// one of exif.
    json deg = {};
    /// false ignores the EXIF orientation. True or false.
    std::optional<bool> exif = {};
    /// Colour of the corners that the turn lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a
    /// CSS or X11 name. Default: FFFFFFFF.
    std::optional<std::string> background = {};
};

/// Crops the picture to what matters in it. Answers JSON if coords is true.
struct smart_crop {
    /// What the service takes for the thing that matters. One of auto, face, object, fit. Default: auto.
    std::optional<std::string> mode = {};
    /// Width in pixels. A whole number from 0 to 10000.
    std::optional<int> width = {};
    /// Height in pixels. A whole number from 0 to 10000.
    std::optional<int> height = {};
    /// Colour of what lies outside the picture. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or
    /// X11 name.
    std::optional<std::string> fill_color = {};
    /// true answers the coordinates as JSON; the Python SDK lets a pair of numbers pass too. True or false,
    /// or a list of 2 whole numbers: 0 to 100000, 0 to 100000.
    json coords = {};
    /// What to look for when mode is object, such as dog. A text that is not empty.
    std::optional<std::string> object = {};
};

/// Cuts the picture to a circle.
struct circle {
    /// Colour around the circle. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    std::optional<std::string> background = {};
};

// Faces

/// Draws a frame around every face, or answers where they are. Answers JSON if export_ is true.
struct detect_faces {
    /// The smallest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> minsize = {};
    /// The largest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> maxsize = {};
    /// Colour of the frames. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name. Default:
    /// 000000FF.
    std::optional<std::string> color = {};
    /// true answers the faces as JSON. True or false. Default: false.
    std::optional<bool> export_ = {};
};

/// Crops the picture to its faces.
struct crop_faces {
    /// How the faces are cropped. One of crop, thumb, fill. Default: thumb.
    std::optional<std::string> mode = {};
    /// Width in pixels. A whole number from 1 to 10000.
    std::optional<int> width = {};
    /// Height in pixels. A whole number from 1 to 10000.
    std::optional<int> height = {};
    /// Which faces, by their numbers. All, a whole number from 1 to 1000, or a list of such numbers. Default:
    /// 1.
    json faces = {};
    /// Pixels added around each face. A whole number from 0 to 10000.
    std::optional<int> buffer = {};
    /// The smallest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> minsize = {};
    /// The largest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> maxsize = {};
};

/// Pixelates faces.
struct pixelate_faces {
    /// Which faces, by their numbers. All, a whole number from 1 to 1000, or a list of such numbers. Default:
    /// all.
    json faces = {};
    /// The smallest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> minsize = {};
    /// The largest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> maxsize = {};
    /// Pixels added around each face. A whole number from 0 to 10000.
    std::optional<int> buffer = {};
    /// Size of the squares in pixels. A number from 2 to 100. Default: 10.
    std::optional<double> amount = {};
    /// How softly the edges fade into the picture. A number from 0 to 20. Default: 4.
    std::optional<double> blur = {};
    /// Shape of the covered area. One of rect, oval. Default: rect.
    std::optional<std::string> type = {};
};

/// Blurs faces.
struct blur_faces {
    /// Which faces, by their numbers. All, a whole number from 1 to 1000, or a list of such numbers. Default:
    /// all.
    json faces = {};
    /// The smallest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> minsize = {};
    /// The largest face that counts: pixels, or below 1 a share of the picture. A number from 0 to 10000.
    /// Default: 0.35.
    std::optional<double> maxsize = {};
    /// Pixels added around each face. A whole number from 0 to 10000.
    std::optional<int> buffer = {};
    /// How strongly the faces are blurred. A number from 0 to 20. Default: 10.
    std::optional<double> amount = {};
    /// How softly the edges fade into the picture. A number from 0 to 20. Default: 4.
    std::optional<double> blur = {};
    /// Shape of the covered area. One of rect, oval. Default: rect.
    std::optional<std::string> type = {};
};

// Effects

/// Rounds the corners of the picture.
struct rounded_corners {
    /// Radius in pixels, or max for the roundest corners. A whole number from 1 to 10000, or one of max.
    json radius = {};
    /// How softly the edge fades. A number from 0 to 20. Default: 0.3.
    std::optional<double> blur = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Darkens the picture towards its edges.
struct vignette {
    /// Strength in percent. A number from 0 to 100. Default: 20.
    std::optional<double> amount = {};
    /// How the shade fades. One of gaussian, linear. Default: gaussian.
    std::optional<std::string> blurmode = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Frames the picture like an instant photo.
struct polaroid {
    /// Colour of the frame. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name. Default:
    /// snow.
    std::optional<std::string> color = {};
    /// Angle of the photo in degrees. A whole number from 0 to 359.
    std::optional<int> rotate = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Tears the edges of the picture.
struct torn_edges {
    /// The least and the most the edge is torn, in pixels. A list of 2 whole numbers: 1 to 10000, 1 to 10000.
    /// Default: [1,10].
    std::vector<int> spread = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Lays a shadow behind the picture.
struct shadow {
    /// How softly the shadow fades. A number from 0 to 20.
    std::optional<double> blur = {};
    /// Opacity in percent. A number from 0 to 100. Default: 60.
    std::optional<double> opacity = {};
    /// Where the shadow falls: [x,y] in pixels, right and down. A list of 2 whole numbers: -1000 to 1000,
    /// -1000 to 1000. Default: [4,4].
    std::vector<int> vector = {};
    /// Colour of the shadow. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    std::optional<std::string> color = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Draws a border around the picture.
struct border {
    /// Width of the border in pixels. A whole number from 0 to 1000.
    std::optional<int> width = {};
    /// Colour of the border. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    std::optional<std::string> color = {};
    /// Colour of what the effect lays bare. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
};

/// Sharpens the picture.
struct sharpen {
    /// Strength. A number from 0 to 20. Default: 2.
    std::optional<double> amount = {};
};

/// Blurs the picture.
struct blur {
    /// Strength. A number from 0 to 20. Default: 2.
    std::optional<double> amount = {};
};

/// Turns the picture into black and white.
struct blackwhite {
    /// Brightness in percent from which a point is white. A number from 0 to 100. Default: 50.
    std::optional<double> threshold = {};
};

/// Tones the picture brown.
struct sepia {
    /// Strength in percent. A number from 0 to 100. Default: 80.
    std::optional<double> tone = {};
};

/// Pixelates the picture.
struct pixelate {
    /// Size of the squares in pixels. A number from 2 to 100. Default: 2.
    std::optional<double> amount = {};
};

/// Makes the picture look painted.
struct oil_paint {
    /// Size of the brush in pixels. A number from 2 to 100. Default: 2.
    std::optional<double> amount = {};
};

/// Changes brightness, saturation and hue.
struct modulate {
    /// Brightness in percent of the original. A number from 0 to 10000. Default: 100.
    std::optional<double> brightness = {};
    /// Turn of the hue in degrees. A number from 0 to 359. Default: 0.
    std::optional<double> hue = {};
    /// Saturation in percent of the original. A number from 0 to 10000. Default: 100.
    std::optional<double> saturation = {};
};

/// Pixelates boxes of the picture.
struct partial_pixelate {
    /// The boxes [[x,y,width,height],…] in pixels. A list of 1 to 50 boxes [x,y,width,height], x and y 0 to
    /// 10000, the others 1 to 10000. Required.
    std::vector<std::array<int, 4>> objects = {};
    /// Size of the squares in pixels. A number from 2 to 100. Default: 10.
    std::optional<double> amount = {};
    /// How softly the edges fade into the picture. A number from 0 to 20. Default: 4.
    std::optional<double> blur = {};
    /// Shape of the covered area. One of rect, oval. Default: rect.
    std::optional<std::string> type = {};
};

/// Blurs boxes of the picture.
struct partial_blur {
    /// The boxes [[x,y,width,height],…] in pixels. A list of 1 to 50 boxes [x,y,width,height], x and y 0 to
    /// 10000, the others 1 to 10000. Required.
    std::vector<std::array<int, 4>> objects = {};
    /// How strongly the boxes are blurred; most SDKs stop at 20. A number from 0 to 100.
    std::optional<double> amount = {};
    /// How softly the edges fade into the picture. A number from 0 to 20. Default: 4.
    std::optional<double> blur = {};
    /// Shape of the covered area. One of rect, oval. Default: rect.
    std::optional<std::string> type = {};
};

/// Improves the picture.
struct enhance {
    /// What kind of improvement. One of auto, vivid, beautify, beautify_plus, fix_dark, fix_noise, fix_tint,
    /// outdoor, fireworks.
    std::optional<std::string> preset = {};
};

/// Enlarges the picture.
struct upscale {
    /// How much noise is removed. One of none, low, medium, high. Default: none.
    std::optional<std::string> noise = {};
    /// Whether the picture is enlarged; false only removes the noise. True or false. Default: true.
    std::optional<bool> upscale = {};
    /// What the picture is. One of artwork, photo. Default: photo.
    std::optional<std::string> style = {};
};

/// Turns the picture into an HTML page of characters.
struct ascii {
    /// Colour of the characters. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    /// Default: 000000FF.
    std::optional<std::string> foreground = {};
    /// Colour behind them. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name. Default:
    /// FFFFFFFF.
    std::optional<std::string> background = {};
    /// Whether the characters take the picture's colours. True or false. Default: false.
    std::optional<bool> colored = {};
    /// Whether dark and light are swapped. True or false. Default: false.
    std::optional<bool> reverse = {};
    /// Size in percent of the picture. A whole number from 10 to 100. Default: 100.
    std::optional<int> size = {};
};

// Composition

/// Lays another picture over this one.
struct watermark {
    /// The picture laid over it. A file: a handle, an http(s) URL or src://alias/path. Required.
    std::optional<std::string> file = {};
    /// Its size in percent. A number from 0 to 500. Default: 100.
    std::optional<double> size = {};
    /// Where it is laid. One of top, middle, bottom, left, center, right, or a pair of both kinds such as
    /// [top,left]. Default: center.
    json position = {};
};

/// Puts pictures side by side; the source is the first of them.
struct collage {
    /// The pictures beside the source. A list of files: handles, http(s) URLs or src://alias/path. Required.
    std::vector<std::string> files = {};
    /// Width of the collage in pixels. A whole number from 0 to 10000. Required.
    std::optional<int> width = {};
    /// Height of the collage in pixels. A whole number from 0 to 10000. Required.
    std::optional<int> height = {};
    /// Pixels between the pictures. A whole number from 1 to 100. Default: 10.
    std::optional<int> margin = {};
    /// Colour between the pictures. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    /// Default: FFFFFFFF.
    std::optional<std::string> color = {};
    /// How the pictures are fitted into their places. One of auto, crop. Default: auto.
    std::optional<std::string> fit = {};
    /// Whether pictures may be turned to fit better. True or false. Default: false.
    std::optional<bool> autorotate = {};
};

/// Makes a GIF of the pictures in the source.
struct animate {
    /// Milliseconds each picture is shown. A whole number from 0 to 10000. Default: 1000.
    std::optional<int> delay = {};
    /// How often it runs; 0 is for ever. A whole number from 0 to 1000. Default: 0.
    std::optional<int> loop = {};
    /// Width in pixels, or max; most SDKs stop at 1800. A whole number from 1 to 10000, or one of max.
    json width = {};
    /// Height in pixels, or max; most SDKs stop at 1800. A whole number from 1 to 10000, or one of max.
    json height = {};
    /// How the pictures are fitted into the frame. One of clip, scale, crop. Default: clip.
    std::optional<std::string> fit = {};
    /// Which part stays when fit is crop. One of top, middle, bottom, left, center, right, faces, or a pair
    /// of both kinds such as [top,left]. Default: center.
    json align = {};
    /// Colour behind the pictures. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
    /// Default: transparent.
    std::optional<std::string> background = {};
};

// Format, documents, delivery

/// Converts the file to another format. Answers JSON if docinfo is true.
struct output {
    /// The format, as a file extension. A word such as doc, docx, html, jpg, odp, ods, odt, pjpg, pdf, png,
    /// ppt, pptx, svg, txt, webp, xls, xlsx.
    std::optional<std::string> format = {};
    /// Colour behind a transparent picture. A colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
    /// name.
    std::optional<std::string> background = {};
    /// Which page of a document, from 1 on. A whole number from 1 to 99999.
    std::optional<int> page = {};
    /// Resolution of a page in dots per inch. A whole number from 1 to 500.
    std::optional<int> density = {};
    /// Whether the picture is compressed. True or false. Default: false.
    std::optional<bool> compress = {};
    /// Quality of a JPEG in percent, or input to keep the source's. A whole number from 1 to 100, or one of
    /// input. Default: 95.
    json quality = {};
    /// Whether metadata is removed. True or false. Default: false.
    std::optional<bool> strip = {};
    /// Colour space of the picture. One of rgb, cmyk, input. Default: rgb.
    std::optional<std::string> colorspace = {};
    /// Whether scripts are removed from HTML and SVG. True or false. Default: false.
    std::optional<bool> secure = {};
    /// Whether the document is described as JSON instead. True or false. Default: false.
    std::optional<bool> docinfo = {};
    /// Paper size. One of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
    std::optional<std::string> pageformat = {};
    /// Which way the paper lies. One of portrait, landscape.
    std::optional<std::string> pageorientation = {};
};

/// Sets the quality of a JPEG.
struct quality {
    /// Quality in percent. A whole number from 1 to 100. Required.
    std::optional<int> value = {};
};

/// Makes a progressive JPEG.
struct pjpg {
    /// Quality in percent. A whole number from 0 to 100.
    std::optional<int> quality = {};
    /// Whether metadata is kept. True or false. Default: false.
    std::optional<bool> metadata = {};
};

/// Compresses the picture.
struct compress {
    /// Whether metadata is kept. True or false. Default: false.
    std::optional<bool> metadata = {};
};

/// Sets how long the result is kept; false keeps none. In place of parameters `add` takes false.
struct cache {
    /// Seconds the result is kept, or max. A number from 1 to 31536000, or one of max.
    json expiry = {};
};

/// Delivers another file when the source cannot be had.
struct fallback {
    /// The other file. A file: a handle, an http(s) URL or src://alias/path. Required.
    std::optional<std::string> file = {};
    /// Seconds the other file is kept in place of the source. A number from 1 to 31536000.
    std::optional<double> cache = {};
};

/// Answers what a PDF is: pages, sizes, authors. Answers JSON.
struct pdfinfo {
    /// Whether the answer says which pages have colour. True or false.
    std::optional<bool> colorinfo = {};
};

/// Makes a new PDF from pages of a PDF.
struct pdfconvert {
    /// Which way the paper lies. One of portrait, landscape.
    std::optional<std::string> pageorientation = {};
    /// Paper size. One of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
    std::optional<std::string> pageformat = {};
    /// Which pages. A page from 1 on, a range such as 1-3, 1- or -2, or a list of these.
    json pages = {};
    /// What becomes of the metadata. A text that is not empty.
    std::optional<std::string> metadata = {};
};

/// Makes a PDF of the files in the source.
struct pdfcreate {
    /// Which program does it, such as mupdf. A text that is not empty.
    std::optional<std::string> engine = {};
};

/// Turns the pages of a document into pictures, delivered as a ZIP file.
struct doc_to_images {
    /// Which pages. A page from 1 on, a range such as 1-3, 1- or -2, or a list of these.
    json pages = {};
    /// Which program does it, such as imagemagick or mupdf. A text that is not empty.
    std::optional<std::string> engine = {};
    /// Format of the pictures, such as png. A text that is not empty.
    std::optional<std::string> format = {};
    /// Quality of the pictures in percent. A whole number from 1 to 100.
    std::optional<int> quality = {};
    /// Resolution of a page in dots per inch. A whole number from 1 to 500.
    std::optional<int> density = {};
    /// Whether hidden slides are included. True or false.
    std::optional<bool> hidden_slides = {};
};

/// Finds a document in a photo and straightens it; at most 2000 x 2000 pixels. Answers JSON if coords is
/// true.
struct doc_detection {
    /// true answers where the document is as JSON. True or false. Default: false.
    std::optional<bool> coords = {};
    /// Whether the picture is prepared for text recognition. True or false. Default: true.
    std::optional<bool> preprocess = {};
};

/// Turns a document into a slide show page.
struct slide {
    /// Name of the theme. A text that is not empty.
    std::optional<std::string> theme = {};
    /// Which program does it. A text that is not empty.
    std::optional<std::string> engine = {};
};

/// Delivers an HTML page that shows the file.
struct preview {
    /// URL of a style sheet for the page. A text that is not empty.
    std::optional<std::string> css = {};
};

/// Sets headers of the delivery.
struct content {
    /// File name in the Content-Disposition header. A text that is not empty.
    std::optional<std::string> filename = {};
    /// MIME type in the Content-Type header. A text that is not empty.
    std::optional<std::string> type = {};
};

/// Makes a QR code.
struct qr {
    /// Version of the code, which sets how much it holds. A whole number from 1 to 40.
    std::optional<int> version = {};
    /// Level of error correction. A text that is not empty.
    std::optional<std::string> error_correction = {};
    /// Format of the picture, such as png. A text that is not empty.
    std::optional<std::string> format = {};
};

/// Makes a style sheet smaller.
struct minify_css {
    /// How far it is rewritten. A whole number from 1 to 2.
    std::optional<int> level = {};
    /// Whether the answer is compressed with gzip. True or false.
    std::optional<bool> gzip = {};
};

/// Makes a script smaller.
struct minify_js {
    /// Whether the answer is compressed with gzip. True or false.
    std::optional<bool> gzip = {};
    /// Whether Babel's polyfill is put in. True or false.
    std::optional<bool> use_babel_polyfill = {};
    /// Whether names of functions are kept. True or false.
    std::optional<bool> keep_fn_name = {};
    /// Whether names of classes are kept. True or false.
    std::optional<bool> keep_class_name = {};
    /// Whether local names are shortened. True or false.
    std::optional<bool> mangle = {};
    /// Whether declarations are merged. True or false.
    std::optional<bool> merge_vars = {};
    /// Whether calls of console are removed. True or false.
    std::optional<bool> remove_console = {};
    /// Whether undefined arguments are removed. True or false.
    std::optional<bool> remove_undefined = {};
    /// The browsers it has to run in, in the words of browserslist. A text that is not empty.
    std::optional<std::string> targets = {};
    /// Whether true and false are shortened. True or false.
    std::optional<bool> booleans = {};
    /// Whether built-in names are shortened. True or false.
    std::optional<bool> builtIns = {};
    /// Whether consecutive additions to objects and lists are joined. True or false.
    std::optional<bool> consecutiveAdds = {};
    /// Whether code that never runs is removed. True or false.
    std::optional<bool> deadcode = {};
    /// Whether constant expressions are computed. True or false.
    std::optional<bool> evaluate = {};
    /// Whether comparisons are turned round. True or false.
    std::optional<bool> flipComparisons = {};
    /// Whether conditions are written as guards. True or false.
    std::optional<bool> guards = {};
    /// Whether Infinity is shortened. True or false.
    std::optional<bool> infinity = {};
    /// Whether members are written with a dot. True or false.
    std::optional<bool> memberExpressions = {};
    /// Whether numbers are shortened. True or false.
    std::optional<bool> numericLiterals = {};
    /// Whether quotes around property names are removed. True or false.
    std::optional<bool> propertyLiterals = {};
    /// Whether RegExp constructors become literals. True or false.
    std::optional<bool> regexpConstructors = {};
    /// Whether debugger statements are removed. True or false.
    std::optional<bool> removeDebugger = {};
    /// Whether statements are simplified. True or false.
    std::optional<bool> simplify = {};
    /// Whether comparisons are simplified. True or false.
    std::optional<bool> simplifyComparisons = {};
    /// Whether constructors of built-in types are shortened. True or false.
    std::optional<bool> typeConstructors = {};
    /// Whether undefined is written void 0. True or false.
    std::optional<bool> undefinedToVoid = {};
};

/// Takes a picture of a web page; the source is its URL.
struct urlscreenshot {
    /// What the page takes the visitor for. One of desktop, mobile. Default: desktop.
    std::optional<std::string> agent = {};
    /// The whole page or what a window shows. One of all, window. Default: all.
    std::optional<std::string> mode = {};
    /// Width of the window in pixels; most SDKs stop at 1920. A whole number from 1 to 10000. Default: 1024.
    std::optional<int> width = {};
    /// Height of the window in pixels; most SDKs stop at 8000. A whole number from 1 to 10000. Default: 768.
    std::optional<int> height = {};
    /// Milliseconds to wait before the picture is taken. A whole number from 0 to 20000. Default: 1000.
    std::optional<int> delay = {};
    /// Which way the device is held. One of portrait, landscape. Default: portrait.
    std::optional<std::string> orientation = {};
    /// Name of the device. A text that is not empty.
    std::optional<std::string> device = {};
};

// Intelligence, storage, control

/// Answers the emotions in a text; needs no source. Answers JSON.
struct text_sentiment {
    /// The text. A text that is not empty. Required.
    std::optional<std::string> text = {};
    /// Language of the text. One of auto, en, es, fr, de, it, pt, ar, hi, ja, ko, zh, zh-TW.
    std::optional<std::string> language = {};
};

/// Stores the result as a new file; the last task of a chain. Answers JSON.
struct store {
    /// Name of the new file. A text that is not empty.
    std::optional<std::string> filename = {};
    /// The storage, in either case. A word such as S3, gcs, azure, rackspace, dropbox.
    std::optional<std::string> location = {};
    /// Folder, with a slash at its end, or full key. A text that is not empty.
    std::optional<std::string> path = {};
    /// Bucket. A text that is not empty.
    std::optional<std::string> container = {};
    /// Region of the bucket. A text that is not empty.
    std::optional<std::string> region = {};
    /// Who may read the file in its storage. One of public, private. Default: private.
    std::optional<std::string> access = {};
    /// Whether the file is decoded from base64 first. True or false. Default: false.
    std::optional<bool> base64decode = {};
    /// Ids of the workflows that start with the file. A list of texts.
    std::vector<std::string> workflows = {};
};

/// Starts a workflow with the source. Answers JSON.
struct run_workflow {
    /// Id of the workflow. A text that is not empty. Required.
    std::optional<std::string> id = {};
};

/// Answers how far a workflow is; needs no source. Answers JSON.
struct workflow_status {
    /// Id of the job, from the answer of run_workflow. A text that is not empty. Required.
    std::optional<std::string> job_id = {};
};

// Audio and video

/// Converts audio or video; the same URL asked again tells how far it is. Answers JSON.
struct video_convert {
    /// Format of the result. A word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi, hls.variant, mp3, oga,
    /// m4a, aac, hls.variant.audio.
    std::optional<std::string> preset = {};
    /// Whether a job that is finished or under way runs again. True or false.
    std::optional<bool> force = {};
    /// Width in pixels. A whole number from 1 to 4096.
    std::optional<int> width = {};
    /// Height in pixels. A whole number from 1 to 4096.
    std::optional<int> height = {};
    /// Title in the result's metadata. A text that is not empty.
    std::optional<std::string> title = {};
    /// File extension of the result, such as .mp4. A text that is not empty.
    std::optional<std::string> extname = {};
    /// File name of the result. A text that is not empty.
    std::optional<std::string> filename = {};
    /// The storage of the result, in either case. A word such as S3, gcs, azure, rackspace, dropbox.
    std::optional<std::string> location = {};
    /// Folder or key of the result. A text that is not empty.
    std::optional<std::string> path = {};
    /// Bucket of the result. A text that is not empty.
    std::optional<std::string> container = {};
    /// Who may read the result in its storage. One of public, private. Default: public.
    std::optional<std::string> access = {};
    /// Whether a small video is enlarged. True or false. Default: true.
    std::optional<bool> upscale = {};
    /// How the video is fitted into width and height. One of preserve, constrain, letterbox, pad, crop.
    /// Default: letterbox.
    std::optional<std::string> aspect_mode = {};
    /// Whether the video is encoded in two passes. True or false. Default: false.
    std::optional<bool> two_pass = {};
    /// Bit rate of the video in kbit/s. A whole number from 1 to 5000.
    std::optional<int> video_bitrate = {};
    /// Frames per second; the source's when not given. A whole number from 1 to 300.
    std::optional<int> fps = {};
    /// Frames from one key frame to the next. A whole number from 1 to 99999. Default: 250.
    std::optional<int> keyframe_interval = {};
    /// Bit rate of the audio in kbit/s. A whole number from 0 to 999.
    std::optional<int> audio_bitrate = {};
    /// Sample rate of the audio in Hz. A whole number from 1 to 99999. Default: 44100.
    std::optional<int> audio_sample_rate = {};
    /// Number of audio channels. A whole number from 1 to 12.
    std::optional<int> audio_channels = {};
    /// Codec of the audio. One of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le, mp2, ac3, eac3.
    std::optional<std::string> audio_codec = {};
    /// Length of the part to convert. A time HH, HH:MM or HH:MM:SS up to 23:59:59.
    std::optional<std::string> clip_length = {};
    /// Where the part to convert begins. A time HH, HH:MM or HH:MM:SS up to 23:59:59.
    std::optional<std::string> clip_offset = {};
    /// URL of a picture laid over the video. An http or https URL.
    std::optional<std::string> watermark_url = {};
    /// Its distance from the top in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_top = {};
    /// Its distance from the right in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_right = {};
    /// Its distance from the bottom in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_bottom = {};
    /// Its distance from the left in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_left = {};
    /// Its width in pixels, or a share of the video. A whole number from 0 to 9999, or a share such as 50%.
    json watermark_width = {};
    /// Its height in pixels, or a share of the video. A whole number from 0 to 9999, or a share such as 50%.
    json watermark_height = {};
    /// Number of frames; only 1 is known. A whole number from 1 to 1.
    std::optional<int> frame_count = {};
};

/// Converts a video to an HLS playlist; the same URL asked again tells how far it is. Answers JSON.
struct video_playlist {
    /// Format of the result. A word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi, hls.variant, mp3, oga,
    /// m4a, aac, hls.variant.audio.
    std::optional<std::string> preset = {};
    /// Whether a job that is finished or under way runs again. True or false.
    std::optional<bool> force = {};
    /// Width in pixels. A whole number from 1 to 4096.
    std::optional<int> width = {};
    /// Height in pixels. A whole number from 1 to 4096.
    std::optional<int> height = {};
    /// Title in the result's metadata. A text that is not empty.
    std::optional<std::string> title = {};
    /// File extension of the result, such as .mp4. A text that is not empty.
    std::optional<std::string> extname = {};
    /// File name of the result. A text that is not empty.
    std::optional<std::string> filename = {};
    /// The storage of the result, in either case. A word such as S3, gcs, azure, rackspace, dropbox.
    std::optional<std::string> location = {};
    /// Folder or key of the result. A text that is not empty.
    std::optional<std::string> path = {};
    /// Bucket of the result. A text that is not empty.
    std::optional<std::string> container = {};
    /// Who may read the result in its storage. One of public, private. Default: public.
    std::optional<std::string> access = {};
    /// Whether a small video is enlarged. True or false. Default: true.
    std::optional<bool> upscale = {};
    /// How the video is fitted into width and height. One of preserve, constrain, letterbox, pad, crop.
    /// Default: letterbox.
    std::optional<std::string> aspect_mode = {};
    /// Whether the video is encoded in two passes. True or false. Default: false.
    std::optional<bool> two_pass = {};
    /// Bit rate of the video in kbit/s. A whole number from 1 to 5000.
    std::optional<int> video_bitrate = {};
    /// Frames per second; the source's when not given. A whole number from 1 to 300.
    std::optional<int> fps = {};
    /// Frames from one key frame to the next. A whole number from 1 to 99999. Default: 250.
    std::optional<int> keyframe_interval = {};
    /// Bit rate of the audio in kbit/s. A whole number from 0 to 999.
    std::optional<int> audio_bitrate = {};
    /// Sample rate of the audio in Hz. A whole number from 1 to 99999. Default: 44100.
    std::optional<int> audio_sample_rate = {};
    /// Number of audio channels. A whole number from 1 to 12.
    std::optional<int> audio_channels = {};
    /// Codec of the audio. One of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le, mp2, ac3, eac3.
    std::optional<std::string> audio_codec = {};
    /// Length of the part to convert. A time HH, HH:MM or HH:MM:SS up to 23:59:59.
    std::optional<std::string> clip_length = {};
    /// Where the part to convert begins. A time HH, HH:MM or HH:MM:SS up to 23:59:59.
    std::optional<std::string> clip_offset = {};
    /// URL of a picture laid over the video. An http or https URL.
    std::optional<std::string> watermark_url = {};
    /// Its distance from the top in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_top = {};
    /// Its distance from the right in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_right = {};
    /// Its distance from the bottom in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_bottom = {};
    /// Its distance from the left in pixels. A whole number from 0 to 9999.
    std::optional<int> watermark_left = {};
    /// Its width in pixels, or a share of the video. A whole number from 0 to 9999, or a share such as 50%.
    json watermark_width = {};
    /// Its height in pixels, or a share of the video. A whole number from 0 to 9999, or a share such as 50%.
    json watermark_height = {};
    /// Number of frames; only 1 is known. A whole number from 1 to 1.
    std::optional<int> frame_count = {};
};

} // namespace ferry::tasks

namespace ferry::detail {

template <class T> void add(object &params, std::string_view name, const std::optional<T> &given) {
    if (given) {
        params.set(name, *given);
    }
}
template <class T> void add(object &params, std::string_view name, const std::vector<T> &given) {
    if (!given.empty()) {
        params.set(name, given);
    }
}
inline void add(object &params, std::string_view name, const json &given) {
    params.set(name, given);
}

inline object params(const tasks::resize &of) {
    object params;
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "fit", of.fit);
    add(params, "align", of.align);
    add(params, "filter", of.filter);
    return params;
}

inline object params(const tasks::crop &of) {
    object params;
    add(params, "dim", of.dim);
    return params;
}

inline object params(const tasks::rotate &of) {
    object params;
    add(params, "deg", of.deg);
    add(params, "exif", of.exif);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::smart_crop &of) {
    object params;
    add(params, "mode", of.mode);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "fill_color", of.fill_color);
    add(params, "coords", of.coords);
    add(params, "object", of.object);
    return params;
}

inline object params(const tasks::circle &of) {
    object params;
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::detect_faces &of) {
    object params;
    add(params, "minsize", of.minsize);
    add(params, "maxsize", of.maxsize);
    add(params, "color", of.color);
    add(params, "export", of.export_);
    return params;
}

inline object params(const tasks::crop_faces &of) {
    object params;
    add(params, "mode", of.mode);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "faces", of.faces);
    add(params, "buffer", of.buffer);
    add(params, "minsize", of.minsize);
    add(params, "maxsize", of.maxsize);
    return params;
}

inline object params(const tasks::pixelate_faces &of) {
    object params;
    add(params, "faces", of.faces);
    add(params, "minsize", of.minsize);
    add(params, "maxsize", of.maxsize);
    add(params, "buffer", of.buffer);
    add(params, "amount", of.amount);
    add(params, "blur", of.blur);
    add(params, "type", of.type);
    return params;
}

inline object params(const tasks::blur_faces &of) {
    object params;
    add(params, "faces", of.faces);
    add(params, "minsize", of.minsize);
    add(params, "maxsize", of.maxsize);
    add(params, "buffer", of.buffer);
    add(params, "amount", of.amount);
    add(params, "blur", of.blur);
    add(params, "type", of.type);
    return params;
}

inline object params(const tasks::rounded_corners &of) {
    object params;
    add(params, "radius", of.radius);
    add(params, "blur", of.blur);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::vignette &of) {
    object params;
    add(params, "amount", of.amount);
    add(params, "blurmode", of.blurmode);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::polaroid &of) {
    object params;
    add(params, "color", of.color);
    add(params, "rotate", of.rotate);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::torn_edges &of) {
    object params;
    add(params, "spread", of.spread);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::shadow &of) {
    object params;
    add(params, "blur", of.blur);
    add(params, "opacity", of.opacity);
    add(params, "vector", of.vector);
    add(params, "color", of.color);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::border &of) {
    object params;
    add(params, "width", of.width);
    add(params, "color", of.color);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::sharpen &of) {
    object params;
    add(params, "amount", of.amount);
    return params;
}

inline object params(const tasks::blur &of) {
    object params;
    add(params, "amount", of.amount);
    return params;
}

inline object params(const tasks::blackwhite &of) {
    object params;
    add(params, "threshold", of.threshold);
    return params;
}

inline object params(const tasks::sepia &of) {
    object params;
    add(params, "tone", of.tone);
    return params;
}

inline object params(const tasks::pixelate &of) {
    object params;
    add(params, "amount", of.amount);
    return params;
}

inline object params(const tasks::oil_paint &of) {
    object params;
    add(params, "amount", of.amount);
    return params;
}

inline object params(const tasks::modulate &of) {
    object params;
    add(params, "brightness", of.brightness);
    add(params, "hue", of.hue);
    add(params, "saturation", of.saturation);
    return params;
}

inline object params(const tasks::partial_pixelate &of) {
    object params;
    add(params, "objects", of.objects);
    add(params, "amount", of.amount);
    add(params, "blur", of.blur);
    add(params, "type", of.type);
    return params;
}

inline object params(const tasks::partial_blur &of) {
    object params;
    add(params, "objects", of.objects);
    add(params, "amount", of.amount);
    add(params, "blur", of.blur);
    add(params, "type", of.type);
    return params;
}

inline object params(const tasks::enhance &of) {
    object params;
    add(params, "preset", of.preset);
    return params;
}

inline object params(const tasks::upscale &of) {
    object params;
    add(params, "noise", of.noise);
    add(params, "upscale", of.upscale);
    add(params, "style", of.style);
    return params;
}

inline object params(const tasks::ascii &of) {
    object params;
    add(params, "foreground", of.foreground);
    add(params, "background", of.background);
    add(params, "colored", of.colored);
    add(params, "reverse", of.reverse);
    add(params, "size", of.size);
    return params;
}

inline object params(const tasks::watermark &of) {
    object params;
    add(params, "file", of.file);
    add(params, "size", of.size);
    add(params, "position", of.position);
    return params;
}

inline object params(const tasks::collage &of) {
    object params;
    add(params, "files", of.files);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "margin", of.margin);
    add(params, "color", of.color);
    add(params, "fit", of.fit);
    add(params, "autorotate", of.autorotate);
    return params;
}

inline object params(const tasks::animate &of) {
    object params;
    add(params, "delay", of.delay);
    add(params, "loop", of.loop);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "fit", of.fit);
    add(params, "align", of.align);
    add(params, "background", of.background);
    return params;
}

inline object params(const tasks::output &of) {
    object params;
    add(params, "format", of.format);
    add(params, "background", of.background);
    add(params, "page", of.page);
    add(params, "density", of.density);
    add(params, "compress", of.compress);
    add(params, "quality", of.quality);
    add(params, "strip", of.strip);
    add(params, "colorspace", of.colorspace);
    add(params, "secure", of.secure);
    add(params, "docinfo", of.docinfo);
    add(params, "pageformat", of.pageformat);
    add(params, "pageorientation", of.pageorientation);
    return params;
}

inline object params(const tasks::quality &of) {
    object params;
    add(params, "value", of.value);
    return params;
}

inline object params(const tasks::pjpg &of) {
    object params;
    add(params, "quality", of.quality);
    add(params, "metadata", of.metadata);
    return params;
}

inline object params(const tasks::compress &of) {
    object params;
    add(params, "metadata", of.metadata);
    return params;
}

inline object params(const tasks::cache &of) {
    object params;
    add(params, "expiry", of.expiry);
    return params;
}

inline object params(const tasks::fallback &of) {
    object params;
    add(params, "file", of.file);
    add(params, "cache", of.cache);
    return params;
}

inline object params(const tasks::pdfinfo &of) {
    object params;
    add(params, "colorinfo", of.colorinfo);
    return params;
}

inline object params(const tasks::pdfconvert &of) {
    object params;
    add(params, "pageorientation", of.pageorientation);
    add(params, "pageformat", of.pageformat);
    add(params, "pages", of.pages);
    add(params, "metadata", of.metadata);
    return params;
}

inline object params(const tasks::pdfcreate &of) {
    object params;
    add(params, "engine", of.engine);
    return params;
}

inline object params(const tasks::doc_to_images &of) {
    object params;
    add(params, "pages", of.pages);
    add(params, "engine", of.engine);
    add(params, "format", of.format);
    add(params, "quality", of.quality);
    add(params, "density", of.density);
    add(params, "hidden_slides", of.hidden_slides);
    return params;
}

inline object params(const tasks::doc_detection &of) {
    object params;
    add(params, "coords", of.coords);
    add(params, "preprocess", of.preprocess);
    return params;
}

inline object params(const tasks::slide &of) {
    object params;
    add(params, "theme", of.theme);
    add(params, "engine", of.engine);
    return params;
}

inline object params(const tasks::preview &of) {
    object params;
    add(params, "css", of.css);
    return params;
}

inline object params(const tasks::content &of) {
    object params;
    add(params, "filename", of.filename);
    add(params, "type", of.type);
    return params;
}

inline object params(const tasks::qr &of) {
    object params;
    add(params, "version", of.version);
    add(params, "error_correction", of.error_correction);
    add(params, "format", of.format);
    return params;
}

inline object params(const tasks::minify_css &of) {
    object params;
    add(params, "level", of.level);
    add(params, "gzip", of.gzip);
    return params;
}

inline object params(const tasks::minify_js &of) {
    object params;
    add(params, "gzip", of.gzip);
    add(params, "use_babel_polyfill", of.use_babel_polyfill);
    add(params, "keep_fn_name", of.keep_fn_name);
    add(params, "keep_class_name", of.keep_class_name);
    add(params, "mangle", of.mangle);
    add(params, "merge_vars", of.merge_vars);
    add(params, "remove_console", of.remove_console);
    add(params, "remove_undefined", of.remove_undefined);
    add(params, "targets", of.targets);
    add(params, "booleans", of.booleans);
    add(params, "builtIns", of.builtIns);
    add(params, "consecutiveAdds", of.consecutiveAdds);
    add(params, "deadcode", of.deadcode);
    add(params, "evaluate", of.evaluate);
    add(params, "flipComparisons", of.flipComparisons);
    add(params, "guards", of.guards);
    add(params, "infinity", of.infinity);
    add(params, "memberExpressions", of.memberExpressions);
    add(params, "numericLiterals", of.numericLiterals);
    add(params, "propertyLiterals", of.propertyLiterals);
    add(params, "regexpConstructors", of.regexpConstructors);
    add(params, "removeDebugger", of.removeDebugger);
    add(params, "simplify", of.simplify);
    add(params, "simplifyComparisons", of.simplifyComparisons);
    add(params, "typeConstructors", of.typeConstructors);
    add(params, "undefinedToVoid", of.undefinedToVoid);
    return params;
}

inline object params(const tasks::urlscreenshot &of) {
    object params;
    add(params, "agent", of.agent);
    add(params, "mode", of.mode);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "delay", of.delay);
    add(params, "orientation", of.orientation);
    add(params, "device", of.device);
    return params;
}

inline object params(const tasks::text_sentiment &of) {
    object params;
    add(params, "text", of.text);
    add(params, "language", of.language);
    return params;
}

inline object params(const tasks::store &of) {
    object params;
    add(params, "filename", of.filename);
    add(params, "location", of.location);
    add(params, "path", of.path);
    add(params, "container", of.container);
    add(params, "region", of.region);
    add(params, "access", of.access);
    add(params, "base64decode", of.base64decode);
    add(params, "workflows", of.workflows);
    return params;
}

inline object params(const tasks::run_workflow &of) {
    object params;
    add(params, "id", of.id);
    return params;
}

inline object params(const tasks::workflow_status &of) {
    object params;
    add(params, "job_id", of.job_id);
    return params;
}

inline object params(const tasks::video_convert &of) {
    object params;
    add(params, "preset", of.preset);
    add(params, "force", of.force);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "title", of.title);
    add(params, "extname", of.extname);
    add(params, "filename", of.filename);
    add(params, "location", of.location);
    add(params, "path", of.path);
    add(params, "container", of.container);
    add(params, "access", of.access);
    add(params, "upscale", of.upscale);
    add(params, "aspect_mode", of.aspect_mode);
    add(params, "two_pass", of.two_pass);
    add(params, "video_bitrate", of.video_bitrate);
    add(params, "fps", of.fps);
    add(params, "keyframe_interval", of.keyframe_interval);
    add(params, "audio_bitrate", of.audio_bitrate);
    add(params, "audio_sample_rate", of.audio_sample_rate);
    add(params, "audio_channels", of.audio_channels);
    add(params, "audio_codec", of.audio_codec);
    add(params, "clip_length", of.clip_length);
    add(params, "clip_offset", of.clip_offset);
    add(params, "watermark_url", of.watermark_url);
    add(params, "watermark_top", of.watermark_top);
    add(params, "watermark_right", of.watermark_right);
    add(params, "watermark_bottom", of.watermark_bottom);
    add(params, "watermark_left", of.watermark_left);
    add(params, "watermark_width", of.watermark_width);
    add(params, "watermark_height", of.watermark_height);
    add(params, "frame_count", of.frame_count);
    return params;
}

inline object params(const tasks::video_playlist &of) {
    object params;
    add(params, "preset", of.preset);
    add(params, "force", of.force);
    add(params, "width", of.width);
    add(params, "height", of.height);
    add(params, "title", of.title);
    add(params, "extname", of.extname);
    add(params, "filename", of.filename);
    add(params, "location", of.location);
    add(params, "path", of.path);
    add(params, "container", of.container);
    add(params, "access", of.access);
    add(params, "upscale", of.upscale);
    add(params, "aspect_mode", of.aspect_mode);
    add(params, "two_pass", of.two_pass);
    add(params, "video_bitrate", of.video_bitrate);
    add(params, "fps", of.fps);
    add(params, "keyframe_interval", of.keyframe_interval);
    add(params, "audio_bitrate", of.audio_bitrate);
    add(params, "audio_sample_rate", of.audio_sample_rate);
    add(params, "audio_channels", of.audio_channels);
    add(params, "audio_codec", of.audio_codec);
    add(params, "clip_length", of.clip_length);
    add(params, "clip_offset", of.clip_offset);
    add(params, "watermark_url", of.watermark_url);
    add(params, "watermark_top", of.watermark_top);
    add(params, "watermark_right", of.watermark_right);
    add(params, "watermark_bottom", of.watermark_bottom);
    add(params, "watermark_left", of.watermark_left);
    add(params, "watermark_width", of.watermark_width);
    add(params, "watermark_height", of.watermark_height);
    add(params, "frame_count", of.frame_count);
    return params;
}

/// The methods of a chain that add tasks.
template <class Chain> class task_methods {
public:
    /// Changes the size of the picture. At least one is needed of width, height.
    Chain &resize(const tasks::resize &params = {}) & { return add_task("resize", detail::params(params)); }
    Chain resize(const tasks::resize &params = {}) && { return std::move(resize(params)); }
    /// Cuts a box out of the picture.
    Chain &crop(const tasks::crop &params = {}) & { return add_task("crop", detail::params(params)); }
    Chain crop(const tasks::crop &params = {}) && { return std::move(crop(params)); }
    /// Turns the picture clockwise.
    Chain &rotate(const tasks::rotate &params = {}) & { return add_task("rotate", detail::params(params)); }
    Chain rotate(const tasks::rotate &params = {}) && { return std::move(rotate(params)); }
    /// Mirrors the picture top to bottom.
    Chain &flip() & { return add_task("flip"); }
    Chain flip() && { return std::move(flip()); }
    /// Mirrors the picture left to right.
    Chain &flop() & { return add_task("flop"); }
    Chain flop() && { return std::move(flop()); }
    /// Crops the picture to what matters in it. Answers JSON if coords is true.
    Chain &smart_crop(const tasks::smart_crop &params = {}) & {
        return add_task("smart_crop", detail::params(params));
    }
    Chain smart_crop(const tasks::smart_crop &params = {}) && { return std::move(smart_crop(params)); }
    /// Cuts the picture to a circle.
    Chain &circle(const tasks::circle &params = {}) & { return add_task("circle", detail::params(params)); }
    Chain circle(const tasks::circle &params = {}) && { return std::move(circle(params)); }
    /// Delivers the picture in the best format the browser takes.
    Chain &auto_image() & { return add_task("auto_image"); }
    Chain auto_image() && { return std::move(auto_image()); }
    /// Answers the picture's width and height in pixels. Answers JSON.
    Chain &imagesize() & { return add_task("imagesize"); }
    Chain imagesize() && { return std::move(imagesize()); }
    /// Draws a frame around every face, or answers where they are. Answers JSON if export_ is true.
    Chain &detect_faces(const tasks::detect_faces &params = {}) & {
        return add_task("detect_faces", detail::params(params));
    }
    Chain detect_faces(const tasks::detect_faces &params = {}) && { return std::move(detect_faces(params)); }
    /// Crops the picture to its faces.
    Chain &crop_faces(const tasks::crop_faces &params = {}) & {
        return add_task("crop_faces", detail::params(params));
    }
    Chain crop_faces(const tasks::crop_faces &params = {}) && { return std::move(crop_faces(params)); }
    /// Pixelates faces.
    Chain &pixelate_faces(const tasks::pixelate_faces &params = {}) & {
        return add_task("pixelate_faces", detail::params(params));
    }
    Chain pixelate_faces(const tasks::pixelate_faces &params = {}) && {
        return std::move(pixelate_faces(params));
    }
    /// Blurs faces.
    Chain &blur_faces(const tasks::blur_faces &params = {}) & {
        return add_task("blur_faces", detail::params(params));
    }
    Chain blur_faces(const tasks::blur_faces &params = {}) && { return std::move(blur_faces(params)); }
    /// Removes red eyes.
    Chain &redeye() & { return add_task("redeye"); }
    Chain redeye() && { return std::move(redeye()); }
    /// Rounds the corners of the picture.
    Chain &rounded_corners(const tasks::rounded_corners &params = {}) & {
        return add_task("rounded_corners", detail::params(params));
    }
    Chain rounded_corners(const tasks::rounded_corners &params = {}) && {
        return std::move(rounded_corners(params));
    }
    /// Darkens the picture towards its edges.
    Chain &vignette(const tasks::vignette &params = {}) & {
        return add_task("vignette", detail::params(params));
    }
    Chain vignette(const tasks::vignette &params = {}) && { return std::move(vignette(params)); }
    /// Frames the picture like an instant photo.
    Chain &polaroid(const tasks::polaroid &params = {}) & {
        return add_task("polaroid", detail::params(params));
    }
    Chain polaroid(const tasks::polaroid &params = {}) && { return std::move(polaroid(params)); }
    /// Tears the edges of the picture.
    Chain &torn_edges(const tasks::torn_edges &params = {}) & {
        return add_task("torn_edges", detail::params(params));
    }
    Chain torn_edges(const tasks::torn_edges &params = {}) && { return std::move(torn_edges(params)); }
    /// Lays a shadow behind the picture.
    Chain &shadow(const tasks::shadow &params = {}) & { return add_task("shadow", detail::params(params)); }
    Chain shadow(const tasks::shadow &params = {}) && { return std::move(shadow(params)); }
    /// Draws a border around the picture.
    Chain &border(const tasks::border &params = {}) & { return add_task("border", detail::params(params)); }
    Chain border(const tasks::border &params = {}) && { return std::move(border(params)); }
    /// Sharpens the picture.
    Chain &sharpen(const tasks::sharpen &params = {}) & {
        return add_task("sharpen", detail::params(params));
    }
    Chain sharpen(const tasks::sharpen &params = {}) && { return std::move(sharpen(params)); }
    /// Blurs the picture.
    Chain &blur(const tasks::blur &params = {}) & { return add_task("blur", detail::params(params)); }
    Chain blur(const tasks::blur &params = {}) && { return std::move(blur(params)); }
    /// Turns the picture into shades of grey.
    Chain &monochrome() & { return add_task("monochrome"); }
    Chain monochrome() && { return std::move(monochrome()); }
    /// Turns the picture into black and white.
    Chain &blackwhite(const tasks::blackwhite &params = {}) & {
        return add_task("blackwhite", detail::params(params));
    }
    Chain blackwhite(const tasks::blackwhite &params = {}) && { return std::move(blackwhite(params)); }
    /// Tones the picture brown.
    Chain &sepia(const tasks::sepia &params = {}) & { return add_task("sepia", detail::params(params)); }
    Chain sepia(const tasks::sepia &params = {}) && { return std::move(sepia(params)); }
    /// Pixelates the picture.
    Chain &pixelate(const tasks::pixelate &params = {}) & {
        return add_task("pixelate", detail::params(params));
    }
    Chain pixelate(const tasks::pixelate &params = {}) && { return std::move(pixelate(params)); }
    /// Makes the picture look painted.
    Chain &oil_paint(const tasks::oil_paint &params = {}) & {
        return add_task("oil_paint", detail::params(params));
    }
    Chain oil_paint(const tasks::oil_paint &params = {}) && { return std::move(oil_paint(params)); }
    /// Inverts the colours.
    Chain &negative() & { return add_task("negative"); }
    Chain negative() && { return std::move(negative()); }
    /// Changes brightness, saturation and hue.
    Chain &modulate(const tasks::modulate &params = {}) & {
        return add_task("modulate", detail::params(params));
    }
    Chain modulate(const tasks::modulate &params = {}) && { return std::move(modulate(params)); }
    /// Pixelates boxes of the picture.
    Chain &partial_pixelate(const tasks::partial_pixelate &params = {}) & {
        return add_task("partial_pixelate", detail::params(params));
    }
    Chain partial_pixelate(const tasks::partial_pixelate &params = {}) && {
        return std::move(partial_pixelate(params));
    }
    /// Blurs boxes of the picture.
    Chain &partial_blur(const tasks::partial_blur &params = {}) & {
        return add_task("partial_blur", detail::params(params));
    }
    Chain partial_blur(const tasks::partial_blur &params = {}) && { return std::move(partial_blur(params)); }
    /// Improves the picture.
    Chain &enhance(const tasks::enhance &params = {}) & {
        return add_task("enhance", detail::params(params));
    }
    Chain enhance(const tasks::enhance &params = {}) && { return std::move(enhance(params)); }
    /// Enlarges the picture.
    Chain &upscale(const tasks::upscale &params = {}) & {
        return add_task("upscale", detail::params(params));
    }
    Chain upscale(const tasks::upscale &params = {}) && { return std::move(upscale(params)); }
    /// Turns the picture into an HTML page of characters.
    Chain &ascii(const tasks::ascii &params = {}) & { return add_task("ascii", detail::params(params)); }
    Chain ascii(const tasks::ascii &params = {}) && { return std::move(ascii(params)); }
    /// Lays another picture over this one.
    Chain &watermark(const tasks::watermark &params = {}) & {
        return add_task("watermark", detail::params(params));
    }
    Chain watermark(const tasks::watermark &params = {}) && { return std::move(watermark(params)); }
    /// Puts pictures side by side; the source is the first of them.
    Chain &collage(const tasks::collage &params = {}) & {
        return add_task("collage", detail::params(params));
    }
    Chain collage(const tasks::collage &params = {}) && { return std::move(collage(params)); }
    /// Makes a GIF of the pictures in the source.
    Chain &animate(const tasks::animate &params = {}) & {
        return add_task("animate", detail::params(params));
    }
    Chain animate(const tasks::animate &params = {}) && { return std::move(animate(params)); }
    /// Converts the file to another format. Answers JSON if docinfo is true.
    Chain &output(const tasks::output &params = {}) & { return add_task("output", detail::params(params)); }
    Chain output(const tasks::output &params = {}) && { return std::move(output(params)); }
    /// Sets the quality of a JPEG.
    Chain &quality(const tasks::quality &params = {}) & {
        return add_task("quality", detail::params(params));
    }
    Chain quality(const tasks::quality &params = {}) && { return std::move(quality(params)); }
    /// Makes a progressive JPEG.
    Chain &pjpg(const tasks::pjpg &params = {}) & { return add_task("pjpg", detail::params(params)); }
    Chain pjpg(const tasks::pjpg &params = {}) && { return std::move(pjpg(params)); }
    /// Compresses the picture.
    Chain &compress(const tasks::compress &params = {}) & {
        return add_task("compress", detail::params(params));
    }
    Chain compress(const tasks::compress &params = {}) && { return std::move(compress(params)); }
    /// Removes metadata from the picture.
    Chain &no_metadata() & { return add_task("no_metadata"); }
    Chain no_metadata() && { return std::move(no_metadata()); }
    /// Sets how long the result is kept; false keeps none. In place of parameters `add` takes false.
    Chain &cache(const tasks::cache &params = {}) & { return add_task("cache", detail::params(params)); }
    Chain cache(const tasks::cache &params = {}) && { return std::move(cache(params)); }
    /// Delivers another file when the source cannot be had.
    Chain &fallback(const tasks::fallback &params = {}) & {
        return add_task("fallback", detail::params(params));
    }
    Chain fallback(const tasks::fallback &params = {}) && { return std::move(fallback(params)); }
    /// Answers what a PDF is: pages, sizes, authors. Answers JSON.
    Chain &pdfinfo(const tasks::pdfinfo &params = {}) & {
        return add_task("pdfinfo", detail::params(params));
    }
    Chain pdfinfo(const tasks::pdfinfo &params = {}) && { return std::move(pdfinfo(params)); }
    /// Makes a new PDF from pages of a PDF.
    Chain &pdfconvert(const tasks::pdfconvert &params = {}) & {
        return add_task("pdfconvert", detail::params(params));
    }
    Chain pdfconvert(const tasks::pdfconvert &params = {}) && { return std::move(pdfconvert(params)); }
    /// Makes a PDF of the files in the source.
    Chain &pdfcreate(const tasks::pdfcreate &params = {}) & {
        return add_task("pdfcreate", detail::params(params));
    }
    Chain pdfcreate(const tasks::pdfcreate &params = {}) && { return std::move(pdfcreate(params)); }
    /// Turns the pages of a document into pictures, delivered as a ZIP file.
    Chain &doc_to_images(const tasks::doc_to_images &params = {}) & {
        return add_task("doc_to_images", detail::params(params));
    }
    Chain doc_to_images(const tasks::doc_to_images &params = {}) && {
        return std::move(doc_to_images(params));
    }
    /// Finds a document in a photo and straightens it; at most 2000 x 2000 pixels. Answers JSON if coords is
    /// true.
    Chain &doc_detection(const tasks::doc_detection &params = {}) & {
        return add_task("doc_detection", detail::params(params));
    }
    Chain doc_detection(const tasks::doc_detection &params = {}) && {
        return std::move(doc_detection(params));
    }
    /// Turns a document into a slide show page.
    Chain &slide(const tasks::slide &params = {}) & { return add_task("slide", detail::params(params)); }
    Chain slide(const tasks::slide &params = {}) && { return std::move(slide(params)); }
    /// Delivers an HTML page that shows the file.
    Chain &preview(const tasks::preview &params = {}) & {
        return add_task("preview", detail::params(params));
    }
    Chain preview(const tasks::preview &params = {}) && { return std::move(preview(params)); }
    /// Sets headers of the delivery.
    Chain &content_task(const tasks::content &params = {}) & {
        return add_task("content", detail::params(params));
    }
    Chain content_task(const tasks::content &params = {}) && { return std::move(content_task(params)); }
    /// Makes a QR code.
    Chain &qr(const tasks::qr &params = {}) & { return add_task("qr", detail::params(params)); }
    Chain qr(const tasks::qr &params = {}) && { return std::move(qr(params)); }
    /// Makes a style sheet smaller.
    Chain &minify_css(const tasks::minify_css &params = {}) & {
        return add_task("minify_css", detail::params(params));
    }
    Chain minify_css(const tasks::minify_css &params = {}) && { return std::move(minify_css(params)); }
    /// Makes a script smaller.
    Chain &minify_js(const tasks::minify_js &params = {}) & {
        return add_task("minify_js", detail::params(params));
    }
    Chain minify_js(const tasks::minify_js &params = {}) && { return std::move(minify_js(params)); }
    /// Packs the source, or the files of a list, into a ZIP file.
    Chain &zip() & { return add_task("zip"); }
    Chain zip() && { return std::move(zip()); }
    /// Takes a picture of a web page; the source is its URL.
    Chain &urlscreenshot(const tasks::urlscreenshot &params = {}) & {
        return add_task("urlscreenshot", detail::params(params));
    }
    Chain urlscreenshot(const tasks::urlscreenshot &params = {}) && {
        return std::move(urlscreenshot(params));
    }
    /// Answers what is in the picture, with confidences in percent. Answers JSON.
    Chain &tags() & { return add_task("tags"); }
    Chain tags() && { return std::move(tags()); }
    /// Answers whether the picture is safe for work. Answers JSON.
    Chain &sfw() & { return add_task("sfw"); }
    Chain sfw() && { return std::move(sfw()); }
    /// Answers the text in the picture and where it stands. Answers JSON.
    Chain &ocr() & { return add_task("ocr"); }
    Chain ocr() && { return std::move(ocr()); }
    /// Answers one sentence about the picture. Answers JSON.
    Chain &caption() & { return add_task("caption"); }
    Chain caption() && { return std::move(caption()); }
    /// Answers the emotions in the picture, in percent. Answers JSON.
    Chain &image_sentiment() & { return add_task("image_sentiment"); }
    Chain image_sentiment() && { return std::move(image_sentiment()); }
    /// Answers the emotions in a text; needs no source. Answers JSON.
    Chain &text_sentiment(const tasks::text_sentiment &params = {}) & {
        return add_task("text_sentiment", detail::params(params));
    }
    Chain text_sentiment(const tasks::text_sentiment &params = {}) && {
        return std::move(text_sentiment(params));
    }
    /// Answers whether the picture is known to be under copyright. Answers JSON.
    Chain &copyright() & { return add_task("copyright"); }
    Chain copyright() && { return std::move(copyright()); }
    /// Answers the file's metadata. Answers JSON.
    Chain &metadata() & { return add_task("metadata"); }
    Chain metadata() && { return std::move(metadata()); }
    /// Stores the result as a new file; the last task of a chain. Answers JSON.
    Chain &store_task(const tasks::store &params = {}) & {
        return add_task("store", detail::params(params));
    }
    Chain store_task(const tasks::store &params = {}) && { return std::move(store_task(params)); }
    /// Starts a workflow with the source. Answers JSON.
    Chain &run_workflow(const tasks::run_workflow &params = {}) & {
        return add_task("run_workflow", detail::params(params));
    }
    Chain run_workflow(const tasks::run_workflow &params = {}) && { return std::move(run_workflow(params)); }
    /// Answers how far a workflow is; needs no source. Answers JSON.
    Chain &workflow_status(const tasks::workflow_status &params = {}) & {
        return add_task("workflow_status", detail::params(params));
    }
    Chain workflow_status(const tasks::workflow_status &params = {}) && {
        return std::move(workflow_status(params));
    }
    /// Answers how the chain would run; the first task of a chain. Answers JSON.
    Chain &debug() & { return add_task("debug"); }
    Chain debug() && { return std::move(debug()); }
    /// Converts audio or video; the same URL asked again tells how far it is. Answers JSON.
    Chain &video_convert(const tasks::video_convert &params = {}) & {
        return add_task("video_convert", detail::params(params));
    }
    Chain video_convert(const tasks::video_convert &params = {}) && {
        return std::move(video_convert(params));
    }
    /// Converts a video to an HLS playlist; the same URL asked again tells how far it is. Answers JSON.
    Chain &video_playlist(const tasks::video_playlist &params = {}) & {
        return add_task("video_playlist", detail::params(params));
    }
    Chain video_playlist(const tasks::video_playlist &params = {}) && {
        return std::move(video_playlist(params));
    }

private:
    Chain &add_task(std::string_view name, const object &params = {}) {
        return static_cast<Chain &>(*this).add_json(name, params);
    }
};

} // namespace ferry::detail
