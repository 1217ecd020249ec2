// Written by `make bindings` from the table that the library checks every task against; do not edit.

import { Owner } from "./handle.js";

/** @import { CallOptions } from "./options.js" */

/**
 * A stored file: a Filelink, or its handle.
 * @typedef {string | { readonly handle: string }} Stored
 */

/**
 * @typedef {object} ResizeParameters
 * @property {number} [width] Width in pixels. Takes a number from 0 to 10000.
 * @property {number} [height] Height in pixels. Takes a number from 0 to 10000.
 * @property {string} [fit] How the picture is fitted into width and height. Takes one of clip, crop, scale,
 *   max. Default: clip.
 * @property {string | readonly string[]} [align] Which part stays when fit is crop. Takes one of top, middle,
 *   bottom, left, center, right, faces, or a pair of both kinds such as [top,left]. Default: center.
 * @property {string} [filter] Name of the resampling filter. Takes a text that is not empty.
 */

/**
 * @typedef {object} CropParameters
 * @property {readonly number[]} dim The box [x,y,width,height] in pixels from the top left corner. Takes a
 *   list of 4 whole numbers: 0 to 100000, 0 to 100000, 1 to 100000, 1 to 100000.
 */

/**
 * @typedef {object} RotateParameters
 * @property {number | string} [deg] Angle in degrees, or exif to turn it upright by its EXIF orientation.
 *   Takes a whole number from 0 to 359, or one of exif.
 * @property {boolean} [exif] false ignores the EXIF orientation. Takes true or false.
 * @property {string} [background] Colour of the corners that the turn lays bare. Takes a colour: 3, 6 or 8
 *   hexadecimal digits without #, or a CSS or X11 name. Default: FFFFFFFF.
 */

/**
 * @typedef {object} SmartCropParameters
 * @property {string} [mode] What the service takes for the thing that matters. Takes one of auto, face,
 *   object, fit. Default: auto.
 * @property {number} [width] Width in pixels. Takes a whole number from 0 to 10000.
 * @property {number} [height] Height in pixels. Takes a whole number from 0 to 10000.
 * @property {string} [fillColor] Colour of what lies outside the picture. Takes a colour: 3, 6 or 8
 *   hexadecimal digits without #, or a CSS or X11 name.
 * @property {boolean | readonly number[]} [coords] true answers the coordinates as JSON; the Python SDK lets
 *   a pair of numbers pass too. Takes true or false, or a list of 2 whole numbers: 0 to 100000, 0 to 100000.
 * @property {string} [object] What to look for when mode is object, such as dog. Takes a text that is not
 *   empty.
 */

/**
 * @typedef {object} CircleParameters
 * @property {string} [background] Colour around the circle. Takes a colour: 3, 6 or 8 hexadecimal digits
 *   without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} DetectFacesParameters
 * @property {number} [minsize] The smallest face that counts: pixels, or below 1 a share of the picture.
 *   Takes a number from 0 to 10000. Default: 0.35.
 * @property {number} [maxsize] The largest face that counts: pixels, or below 1 a share of the picture. Takes
 *   a number from 0 to 10000. Default: 0.35.
 * @property {string} [color] Colour of the frames. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or
 *   a CSS or X11 name. Default: 000000FF.
 * @property {boolean} [export] true answers the faces as JSON. Takes true or false. Default: false.
 */

/**
 * @typedef {object} CropFacesParameters
 * @property {string} [mode] How the faces are cropped. Takes one of crop, thumb, fill. Default: thumb.
 * @property {number} [width] Width in pixels. Takes a whole number from 1 to 10000.
 * @property {number} [height] Height in pixels. Takes a whole number from 1 to 10000.
 * @property {number | string | readonly number[]} [faces] Which faces, by their numbers. Takes all, a whole
 *   number from 1 to 1000, or a list of such numbers. Default: 1.
 * @property {number} [buffer] Pixels added around each face. Takes a whole number from 0 to 10000.
 * @property {number} [minsize] The smallest face that counts: pixels, or below 1 a share of the picture.
 *   Takes a number from 0 to 10000. Default: 0.35.
 * @property {number} [maxsize] The largest face that counts: pixels, or below 1 a share of the picture. Takes
 *   a number from 0 to 10000. Default: 0.35.
 */

/**
 * @typedef {object} PixelateFacesParameters
 * @property {number | string | readonly number[]} [faces] Which faces, by their numbers. Takes all, a whole
 *   number from 1 to 1000, or a list of such numbers. Default: all.
 * @property {number} [minsize] The smallest face that counts: pixels, or below 1 a share of the picture.
 *   Takes a number from 0 to 10000. Default: 0.35.
 * @property {number} [maxsize] The largest face that counts: pixels, or below 1 a share of the picture. Takes
 *   a number from 0 to 10000. Default: 0.35.
 * @property {number} [buffer] Pixels added around each face. Takes a whole number from 0 to 10000.
 * @property {number} [amount] Size of the squares in pixels. Takes a number from 2 to 100. Default: 10.
 * @property {number} [blur] How softly the edges fade into the picture. Takes a number from 0 to 20. Default:
 *   4.
 * @property {string} [type] Shape of the covered area. Takes one of rect, oval. Default: rect.
 */

/**
 * @typedef {object} BlurFacesParameters
 * @property {number | string | readonly number[]} [faces] Which faces, by their numbers. Takes all, a whole
 *   number from 1 to 1000, or a list of such numbers. Default: all.
 * @property {number} [minsize] The smallest face that counts: pixels, or below 1 a share of the picture.
 *   Takes a number from 0 to 10000. Default: 0.35.
 * @property {number} [maxsize] The largest face that counts: pixels, or below 1 a share of the picture. Takes
 *   a number from 0 to 10000. Default: 0.35.
 * @property {number} [buffer] Pixels added around each face. Takes a whole number from 0 to 10000.
 * @property {number} [amount] How strongly the faces are blurred. Takes a number from 0 to 20. Default: 10.
 * @property {number} [blur] How softly the edges fade into the picture. Takes a number from 0 to 20. Default:
 *   4.
 * @property {string} [type] Shape of the covered area. Takes one of rect, oval. Default: rect.
 */

/**
 * @typedef {object} RoundedCornersParameters
 * @property {number | string} [radius] Radius in pixels, or max for the roundest corners. Takes a whole
 *   number from 1 to 10000, or one of max.
 * @property {number} [blur] How softly the edge fades. Takes a number from 0 to 20. Default: 0.3.
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} VignetteParameters
 * @property {number} [amount] Strength in percent. Takes a number from 0 to 100. Default: 20.
 * @property {string} [blurmode] How the shade fades. Takes one of gaussian, linear. Default: gaussian.
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} PolaroidParameters
 * @property {string} [color] Colour of the frame. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or
 *   a CSS or X11 name. Default: snow.
 * @property {number} [rotate] Angle of the photo in degrees. Takes a whole number from 0 to 359.
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} TornEdgesParameters
 * @property {readonly number[]} [spread] The least and the most the edge is torn, in pixels. Takes a list of
 *   2 whole numbers: 1 to 10000, 1 to 10000. Default: [1,10].
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} ShadowParameters
 * @property {number} [blur] How softly the shadow fades. Takes a number from 0 to 20.
 * @property {number} [opacity] Opacity in percent. Takes a number from 0 to 100. Default: 60.
 * @property {readonly number[]} [vector] Where the shadow falls: [x,y] in pixels, right and down. Takes a
 *   list of 2 whole numbers: -1000 to 1000, -1000 to 1000. Default: [4,4].
 * @property {string} [color] Colour of the shadow. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or
 *   a CSS or X11 name.
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} BorderParameters
 * @property {number} [width] Width of the border in pixels. Takes a whole number from 0 to 1000.
 * @property {string} [color] Colour of the border. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or
 *   a CSS or X11 name.
 * @property {string} [background] Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 */

/**
 * @typedef {object} SharpenParameters
 * @property {number} [amount] Strength. Takes a number from 0 to 20. Default: 2.
 */

/**
 * @typedef {object} BlurParameters
 * @property {number} [amount] Strength. Takes a number from 0 to 20. Default: 2.
 */

/**
 * @typedef {object} BlackwhiteParameters
 * @property {number} [threshold] Brightness in percent from which a point is white. Takes a number from 0 to
 *   100. Default: 50.
 */

/**
 * @typedef {object} SepiaParameters
 * @property {number} [tone] Strength in percent. Takes a number from 0 to 100. Default: 80.
 */

/**
 * @typedef {object} PixelateParameters
 * @property {number} [amount] Size of the squares in pixels. Takes a number from 2 to 100. Default: 2.
 */

/**
 * @typedef {object} OilPaintParameters
 * @property {number} [amount] Size of the brush in pixels. Takes a number from 2 to 100. Default: 2.
 */

/**
 * @typedef {object} ModulateParameters
 * @property {number} [brightness] Brightness in percent of the original. Takes a number from 0 to 10000.
 *   Default: 100.
 * @property {number} [hue] Turn of the hue in degrees. Takes a number from 0 to 359. Default: 0.
 * @property {number} [saturation] Saturation in percent of the original. Takes a number from 0 to 10000.
 *   Default: 100.
 */

/**
 * @typedef {object} PartialPixelateParameters
 * @property {readonly (readonly number[])[]} objects The boxes [[x,y,width,height],…] in pixels. Takes a list
 *   of 1 to 50 boxes [x,y,width,height], x and y 0 to 10000, the others 1 to 10000.
 * @property {number} [amount] Size of the squares in pixels. Takes a number from 2 to 100. Default: 10.
 * @property {number} [blur] How softly the edges fade into the picture. Takes a number from 0 to 20. Default:
 *   4.
 * @property {string} [type] Shape of the covered area. Takes one of rect, oval. Default: rect.
 */

/**
 * @typedef {object} PartialBlurParameters
 * @property {readonly (readonly number[])[]} objects The boxes [[x,y,width,height],…] in pixels. Takes a list
 *   of 1 to 50 boxes [x,y,width,height], x and y 0 to 10000, the others 1 to 10000.
 * @property {number} [amount] How strongly the boxes are blurred; most SDKs stop at 20. Takes a number from 0
 *   to 100.
 * @property {number} [blur] How softly the edges fade into the picture. Takes a number from 0 to 20. Default:
 *   4.
 * @property {string} [type] Shape of the covered area. Takes one of rect, oval. Default: rect.
 */

/**
 * @typedef {object} EnhanceParameters
 * @property {string} [preset] What kind of improvement. Takes one of auto, vivid, beautify, beautify_plus,
 *   fix_dark, fix_noise, fix_tint, outdoor, fireworks.
 */

/**
 * @typedef {object} UpscaleParameters
 * @property {string} [noise] How much noise is removed. Takes one of none, low, medium, high. Default: none.
 * @property {boolean} [upscale] Whether the picture is enlarged; false only removes the noise. Takes true or
 *   false. Default: true.
 * @property {string} [style] What the picture is. Takes one of artwork, photo. Default: photo.
 */

/**
 * @typedef {object} AsciiParameters
 * @property {string} [foreground] Colour of the characters. Takes a colour: 3, 6 or 8 hexadecimal digits
 *   without #, or a CSS or X11 name. Default: 000000FF.
 * @property {string} [background] Colour behind them. Takes a colour: 3, 6 or 8 hexadecimal digits without #,
 *   or a CSS or X11 name. Default: FFFFFFFF.
 * @property {boolean} [colored] Whether the characters take the picture's colours. Takes true or false.
 *   Default: false.
 * @property {boolean} [reverse] Whether dark and light are swapped. Takes true or false. Default: false.
 * @property {number} [size] Size in percent of the picture. Takes a whole number from 10 to 100. Default:
 *   100.
 */

/**
 * @typedef {object} WatermarkParameters
 * @property {Stored} file The picture laid over it. Takes a file: a handle, an http(s) URL or
 *   src://alias/path.
 * @property {number} [size] Its size in percent. Takes a number from 0 to 500. Default: 100.
 * @property {string | readonly string[]} [position] Where it is laid. Takes one of top, middle, bottom, left,
 *   center, right, or a pair of both kinds such as [top,left]. Default: center.
 */

/**
 * @typedef {object} CollageParameters
 * @property {readonly Stored[]} files The pictures beside the source. Takes a list of files: handles, http(s)
 *   URLs or src://alias/path.
 * @property {number} width Width of the collage in pixels. Takes a whole number from 0 to 10000.
 * @property {number} height Height of the collage in pixels. Takes a whole number from 0 to 10000.
 * @property {number} [margin] Pixels between the pictures. Takes a whole number from 1 to 100. Default: 10.
 * @property {string} [color] Colour between the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits
 *   without #, or a CSS or X11 name. Default: FFFFFFFF.
 * @property {string} [fit] How the pictures are fitted into their places. Takes one of auto, crop. Default:
 *   auto.
 * @property {boolean} [autorotate] Whether pictures may be turned to fit better. Takes true or false.
 *   Default: false.
 */

/**
 * @typedef {object} AnimateParameters
 * @property {number} [delay] Milliseconds each picture is shown. Takes a whole number from 0 to 10000.
 *   Default: 1000.
 * @property {number} [loop] How often it runs; 0 is for ever. Takes a whole number from 0 to 1000. Default:
 *   0.
 * @property {number | string} [width] Width in pixels, or max; most SDKs stop at 1800. Takes a whole number
 *   from 1 to 10000, or one of max.
 * @property {number | string} [height] Height in pixels, or max; most SDKs stop at 1800. Takes a whole number
 *   from 1 to 10000, or one of max.
 * @property {string} [fit] How the pictures are fitted into the frame. Takes one of clip, scale, crop.
 *   Default: clip.
 * @property {string | readonly string[]} [align] Which part stays when fit is crop. Takes one of top, middle,
 *   bottom, left, center, right, faces, or a pair of both kinds such as [top,left]. Default: center.
 * @property {string} [background] Colour behind the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits
 *   without #, or a CSS or X11 name. Default: transparent.
 */

/**
 * @typedef {object} OutputParameters
 * @property {string} [format] The format, as a file extension. Takes a word such as doc, docx, html, jpg,
 *   odp, ods, odt, pjpg, pdf, png, ppt, pptx, svg, txt, webp, xls, xlsx.
 * @property {string} [background] Colour behind a transparent picture. Takes a colour: 3, 6 or 8 hexadecimal
 *   digits without #, or a CSS or X11 name.
 * @property {number} [page] Which page of a document, from 1 on. Takes a whole number from 1 to 99999.
 * @property {number} [density] Resolution of a page in dots per inch. Takes a whole number from 1 to 500.
 * @property {boolean} [compress] Whether the picture is compressed. Takes true or false. Default: false.
 * @property {number | string} [quality] Quality of a JPEG in percent, or input to keep the source's. Takes a
 *   whole number from 1 to 100, or one of input. Default: 95.
 * @property {boolean} [strip] Whether metadata is removed. Takes true or false. Default: false.
 * @property {string} [colorspace] Colour space of the picture. Takes one of rgb, cmyk, input. Default: rgb.
 * @property {boolean} [secure] Whether scripts are removed from HTML and SVG. Takes true or false. Default:
 *   false.
 * @property {boolean} [docinfo] Whether the document is described as JSON instead. Takes true or false.
 *   Default: false.
 * @property {string} [pageformat] Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
 * @property {string} [pageorientation] Which way the paper lies. Takes one of portrait, landscape.
 */

/**
 * @typedef {object} QualityParameters
 * @property {number} value Quality in percent. Takes a whole number from 1 to 100.
 */

/**
 * @typedef {object} PjpgParameters
 * @property {number} [quality] Quality in percent. Takes a whole number from 0 to 100.
 * @property {boolean} [metadata] Whether metadata is kept. Takes true or false. Default: false.
 */

/**
 * @typedef {object} CompressParameters
 * @property {boolean} [metadata] Whether metadata is kept. Takes true or false. Default: false.
 */

/**
 * @typedef {object} CacheParameters
 * @property {number | string} [expiry] Seconds the result is kept, or max. Takes a number from 1 to 31536000,
 *   or one of max.
 */

/**
 * @typedef {object} FallbackParameters
 * @property {Stored} file The other file. Takes a file: a handle, an http(s) URL or src://alias/path.
 * @property {number} [cache] Seconds the other file is kept in place of the source. Takes a number from 1 to
 *   31536000.
 */

/**
 * @typedef {object} PdfinfoParameters
 * @property {boolean} [colorinfo] Whether the answer says which pages have colour. Takes true or false.
 */

/**
 * @typedef {object} PdfconvertParameters
 * @property {string} [pageorientation] Which way the paper lies. Takes one of portrait, landscape.
 * @property {string} [pageformat] Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
 * @property {number | string | readonly (number | string)[]} [pages] Which pages. Takes a page from 1 on, a
 *   range such as 1-3, 1- or -2, or a list of these.
 * @property {string} [metadata] What becomes of the metadata. Takes a text that is not empty.
 */

/**
 * @typedef {object} PdfcreateParameters
 * @property {string} [engine] Which program does it, such as mupdf. Takes a text that is not empty.
 */

/**
 * @typedef {object} DocToImagesParameters
 * @property {number | string | readonly (number | string)[]} [pages] Which pages. Takes a page from 1 on, a
 *   range such as 1-3, 1- or -2, or a list of these.
 * @property {string} [engine] Which program does it, such as imagemagick or mupdf. Takes a text that is not
 *   empty.
 * @property {string} [format] Format of the pictures, such as png. Takes a text that is not empty.
 * @property {number} [quality] Quality of the pictures in percent. Takes a whole number from 1 to 100.
 * @property {number} [density] Resolution of a page in dots per inch. Takes a whole number from 1 to 500.
 * @property {boolean} [hiddenSlides] Whether hidden slides are included. Takes true or false.
 */

/**
 * @typedef {object} DocDetectionParameters
 * @property {boolean} [coords] true answers where the document is as JSON. Takes true or false. Default:
 *   false.
 * @property {boolean} [preprocess] Whether the picture is prepared for text recognition. Takes true or false.
 *   Default: true.
 */

/**
 * @typedef {object} SlideParameters
 * @property {string} [theme] Name of the theme. Takes a text that is not empty.
 * @property {string} [engine] Which program does it. Takes a text that is not empty.
 */

/**
 * @typedef {object} PreviewParameters
 * @property {string} [css] URL of a style sheet for the page. Takes a text that is not empty.
 */

/**
 * @typedef {object} ContentParameters
 * @property {string} [filename] File name in the Content-Disposition header. Takes a text that is not empty.
 * @property {string} [type] MIME type in the Content-Type header. Takes a text that is not empty.
 */

/**
 * @typedef {object} QrParameters
 * @property {number} [version] Version of the code, which sets how much it holds. Takes a whole number from 1
 *   to 40.
 * @property {string} [errorCorrection] Level of error correction. Takes a text that is not empty.
 * @property {string} [format] Format of the picture, such as png. Takes a text that is not empty.
 */

/**
 * @typedef {object} MinifyCssParameters
 * @property {number} [level] How far it is rewritten. Takes a whole number from 1 to 2.
 * @property {boolean} [gzip] Whether the answer is compressed with gzip. Takes true or false.
 */

/**
 * @typedef {object} MinifyJsParameters
 * @property {boolean} [gzip] Whether the answer is compressed with gzip. Takes true or false.
 * @property {boolean} [useBabelPolyfill] Whether Babel's polyfill is put in. Takes true or false.
 * @property {boolean} [keepFnName] Whether names of functions are kept. Takes true or false.
 * @property {boolean} [keepClassName] Whether names of classes are kept. Takes true or false.
 * @property {boolean} [mangle] Whether local names are shortened. Takes true or false.
 * @property {boolean} [mergeVars] Whether declarations are merged. Takes true or false.
 * @property {boolean} [removeConsole] Whether calls of console are removed. Takes true or false.
 * @property {boolean} [removeUndefined] Whether undefined arguments are removed. Takes true or false.
 * @property {string} [targets] The browsers it has to run in, in the words of browserslist. Takes a text that
 *   is not empty.
 * @property {boolean} [booleans] Whether true and false are shortened. Takes true or false.
 * @property {boolean} [builtIns] Whether built-in names are shortened. Takes true or false.
 * @property {boolean} [consecutiveAdds] Whether consecutive additions to objects and lists are joined. Takes
 *   true or false.
 * @property {boolean} [deadcode] Whether code that never runs is removed. Takes true or false.
 * @property {boolean} [evaluate] Whether constant expressions are computed. Takes true or false.
 * @property {boolean} [flipComparisons] Whether comparisons are turned round. Takes true or false.
 * @property {boolean} [guards] Whether conditions are written as guards. Takes true or false.
 * @property {boolean} [infinity] Whether Infinity is shortened. Takes true or false.
 * @property {boolean} [memberExpressions] Whether members are written with a dot. Takes true or false.
 * @property {boolean} [numericLiterals] Whether numbers are shortened. Takes true or false.
 * @property {boolean} [propertyLiterals] Whether quotes around property names are removed. Takes true or
 *   false.
 * @property {boolean} [regexpConstructors] Whether RegExp constructors become literals. Takes true or false.
 * @property {boolean} [removeDebugger] Whether debugger statements are removed. Takes true or false.
 * @property {boolean} [simplify] Whether statements are simplified. Takes true or false.
 * @property {boolean} [simplifyComparisons] Whether comparisons are simplified. Takes true or false.
 * @property {boolean} [typeConstructors] Whether constructors of built-in types are shortened. Takes true or
 *   false.
 * @property {boolean} [undefinedToVoid] Whether undefined is written void 0. Takes true or false.
 */

/**
 * @typedef {object} UrlscreenshotParameters
 * @property {string} [agent] What the page takes the visitor for. Takes one of desktop, mobile. Default:
 *   desktop.
 * @property {string} [mode] The whole page or what a window shows. Takes one of all, window. Default: all.
 * @property {number} [width] Width of the window in pixels; most SDKs stop at 1920. Takes a whole number from
 *   1 to 10000. Default: 1024.
 * @property {number} [height] Height of the window in pixels; most SDKs stop at 8000. Takes a whole number
 *   from 1 to 10000. Default: 768.
 * @property {number} [delay] Milliseconds to wait before the picture is taken. Takes a whole number from 0 to
 *   20000. Default: 1000.
 * @property {string} [orientation] Which way the device is held. Takes one of portrait, landscape. Default:
 *   portrait.
 * @property {string} [device] Name of the device. Takes a text that is not empty.
 */

/**
 * @typedef {object} TextSentimentParameters
 * @property {string} text The text. Takes a text that is not empty.
 * @property {string} [language] Language of the text. Takes one of auto, en, es, fr, de, it, pt, ar, hi, ja,
 *   ko, zh, zh-TW.
 */

/**
 * @typedef {object} VideoConvertParameters
 * @property {string} [preset] Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg,
 *   ogg.hi, hls.variant, mp3, oga, m4a, aac, hls.variant.audio.
 * @property {boolean} [force] Whether a job that is finished or under way runs again. Takes true or false.
 * @property {number} [width] Width in pixels. Takes a whole number from 1 to 4096.
 * @property {number} [height] Height in pixels. Takes a whole number from 1 to 4096.
 * @property {string} [title] Title in the result's metadata. Takes a text that is not empty.
 * @property {string} [extname] File extension of the result, such as .mp4. Takes a text that is not empty.
 * @property {string} [filename] File name of the result. Takes a text that is not empty.
 * @property {string} [location] The storage of the result, in either case. Takes a word such as S3, gcs,
 *   azure, rackspace, dropbox.
 * @property {string} [path] Folder or key of the result. Takes a text that is not empty.
 * @property {string} [container] Bucket of the result. Takes a text that is not empty.
 * @property {string} [access] Who may read the result in its storage. Takes one of public, private. Default:
 *   public.
 * @property {boolean} [upscale] Whether a small video is enlarged. Takes true or false. Default: true.
 * @property {string} [aspectMode] How the video is fitted into width and height. Takes one of preserve,
 *   constrain, letterbox, pad, crop. Default: letterbox.
 * @property {boolean} [twoPass] Whether the video is encoded in two passes. Takes true or false. Default:
 *   false.
 * @property {number} [videoBitrate] Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000.
 * @property {number} [fps] Frames per second; the source's when not given. Takes a whole number from 1 to
 *   300.
 * @property {number} [keyframeInterval] Frames from one key frame to the next. Takes a whole number from 1 to
 *   99999. Default: 250.
 * @property {number} [audioBitrate] Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999.
 * @property {number} [audioSampleRate] Sample rate of the audio in Hz. Takes a whole number from 1 to 99999.
 *   Default: 44100.
 * @property {number} [audioChannels] Number of audio channels. Takes a whole number from 1 to 12.
 * @property {string} [audioCodec] Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac,
 *   dib_ac3, pcm_s16le, mp2, ac3, eac3.
 * @property {string} [clipLength] Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to
 *   23:59:59.
 * @property {string} [clipOffset] Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to
 *   23:59:59.
 * @property {string} [watermarkUrl] URL of a picture laid over the video. Takes an http or https URL.
 * @property {number} [watermarkTop] Its distance from the top in pixels. Takes a whole number from 0 to 9999.
 * @property {number} [watermarkRight] Its distance from the right in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number} [watermarkBottom] Its distance from the bottom in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number} [watermarkLeft] Its distance from the left in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number | string} [watermarkWidth] Its width in pixels, or a share of the video. Takes a whole
 *   number from 0 to 9999, or a share such as 50%.
 * @property {number | string} [watermarkHeight] Its height in pixels, or a share of the video. Takes a whole
 *   number from 0 to 9999, or a share such as 50%.
 * @property {number} [frameCount] Number of frames; only 1 is known. Takes a whole number from 1 to 1.
 */

/**
 * @typedef {object} VideoPlaylistParameters
 * @property {string} [preset] Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg,
 *   ogg.hi, hls.variant, mp3, oga, m4a, aac, hls.variant.audio.
 * @property {boolean} [force] Whether a job that is finished or under way runs again. Takes true or false.
 * @property {number} [width] Width in pixels. Takes a whole number from 1 to 4096.
 * @property {number} [height] Height in pixels. Takes a whole number from 1 to 4096.
 * @property {string} [title] Title in the result's metadata. Takes a text that is not empty.
 * @property {string} [extname] File extension of the result, such as .mp4. Takes a text that is not empty.
 * @property {string} [filename] File name of the result. Takes a text that is not empty.
 * @property {string} [location] The storage of the result, in either case. Takes a word such as S3, gcs,
 *   azure, rackspace, dropbox.
 * @property {string} [path] Folder or key of the result. Takes a text that is not empty.
 * @property {string} [container] Bucket of the result. Takes a text that is not empty.
 * @property {string} [access] Who may read the result in its storage. Takes one of public, private. Default:
 *   public.
 * @property {boolean} [upscale] Whether a small video is enlarged. Takes true or false. Default: true.
 * @property {string} [aspectMode] How the video is fitted into width and height. Takes one of preserve,
 *   constrain, letterbox, pad, crop. Default: letterbox.
 * @property {boolean} [twoPass] Whether the video is encoded in two passes. Takes true or false. Default:
 *   false.
 * @property {number} [videoBitrate] Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000.
 * @property {number} [fps] Frames per second; the source's when not given. Takes a whole number from 1 to
 *   300.
 * @property {number} [keyframeInterval] Frames from one key frame to the next. Takes a whole number from 1 to
 *   99999. Default: 250.
 * @property {number} [audioBitrate] Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999.
 * @property {number} [audioSampleRate] Sample rate of the audio in Hz. Takes a whole number from 1 to 99999.
 *   Default: 44100.
 * @property {number} [audioChannels] Number of audio channels. Takes a whole number from 1 to 12.
 * @property {string} [audioCodec] Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac,
 *   dib_ac3, pcm_s16le, mp2, ac3, eac3.
 * @property {string} [clipLength] Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to
 *   23:59:59.
 * @property {string} [clipOffset] Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to
 *   23:59:59.
 * @property {string} [watermarkUrl] URL of a picture laid over the video. Takes an http or https URL.
 * @property {number} [watermarkTop] Its distance from the top in pixels. Takes a whole number from 0 to 9999.
 * @property {number} [watermarkRight] Its distance from the right in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number} [watermarkBottom] Its distance from the bottom in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number} [watermarkLeft] Its distance from the left in pixels. Takes a whole number from 0 to
 *   9999.
 * @property {number | string} [watermarkWidth] Its width in pixels, or a share of the video. Takes a whole
 *   number from 0 to 9999, or a share such as 50%.
 * @property {number | string} [watermarkHeight] Its height in pixels, or a share of the video. Takes a whole
 *   number from 0 to 9999, or a share such as 50%.
 * @property {number} [frameCount] Number of frames; only 1 is known. Takes a whole number from 1 to 1.
 */

/**
 * How the service calls parameters that have another name here.
 * @internal
 * @type {Readonly<Record<string, string>>}
 */
export const WIRE_NAMES = {
  aspectMode: "aspect_mode",
  audioBitrate: "audio_bitrate",
  audioChannels: "audio_channels",
  audioCodec: "audio_codec",
  audioSampleRate: "audio_sample_rate",
  clipLength: "clip_length",
  clipOffset: "clip_offset",
  errorCorrection: "error_correction",
  fillColor: "fill_color",
  frameCount: "frame_count",
  hiddenSlides: "hidden_slides",
  keepClassName: "keep_class_name",
  keepFnName: "keep_fn_name",
  keyframeInterval: "keyframe_interval",
  mergeVars: "merge_vars",
  removeConsole: "remove_console",
  removeUndefined: "remove_undefined",
  twoPass: "two_pass",
  useBabelPolyfill: "use_babel_polyfill",
  videoBitrate: "video_bitrate",
  watermarkBottom: "watermark_bottom",
  watermarkHeight: "watermark_height",
  watermarkLeft: "watermark_left",
  watermarkRight: "watermark_right",
  watermarkTop: "watermark_top",
  watermarkUrl: "watermark_url",
  watermarkWidth: "watermark_width",
};

/**
 * The tasks. Each is added to the chain, which it returns; of a Filelink it begins a chain. Those that answer
 * with JSON run at once, with the chain as it is, and give the answer. Parameters that are undefined are left
 * to the service.
 * @template Chained, Job
 */
export class Tasks extends Owner {
  /**
   * @internal
   * @param {string} _task
   * @param {Record<string, any>} _parameters
   * @returns {Chained}
   */
  _add(_task, _parameters) {
    throw new Error("a chain has this method");
  }

  /**
   * @internal
   * @param {string} _task
   * @param {Record<string, any>} _parameters
   * @param {CallOptions} [_options]
   * @returns {Promise<any>}
   */
  async _answer(_task, _parameters, _options) {
    throw new Error("a chain has this method");
  }

  /**
   * @internal
   * @param {Record<string, any>} _parameters
   * @param {CallOptions} [_options]
   * @returns {Promise<Job>}
   */
  async _convert(_parameters, _options) {
    throw new Error("a chain has this method");
  }

  /**
   * Changes the size of the picture. At least one is needed of width, height.
   * @param {ResizeParameters} parameters
   * @returns {Chained}
   */
  resize(parameters) {
    return this._add("resize", parameters);
  }

  /**
   * Cuts a box out of the picture.
   * @param {CropParameters} parameters
   * @returns {Chained}
   */
  crop(parameters) {
    return this._add("crop", parameters);
  }

  /**
   * Turns the picture clockwise.
   * @param {RotateParameters} [parameters]
   * @returns {Chained}
   */
  rotate(parameters = {}) {
    return this._add("rotate", parameters);
  }

  /**
   * Mirrors the picture top to bottom.
   * @returns {Chained}
   */
  flip() {
    return this._add("flip", {});
  }

  /**
   * Mirrors the picture left to right.
   * @returns {Chained}
   */
  flop() {
    return this._add("flop", {});
  }

  /**
   * Crops the picture to what matters in it. With coords: true it answers JSON: go on with json().
   * @param {SmartCropParameters} [parameters]
   * @returns {Chained}
   */
  smartCrop(parameters = {}) {
    return this._add("smart_crop", parameters);
  }

  /**
   * Cuts the picture to a circle.
   * @param {CircleParameters} [parameters]
   * @returns {Chained}
   */
  circle(parameters = {}) {
    return this._add("circle", parameters);
  }

  /**
   * Delivers the picture in the best format the browser takes.
   * @returns {Chained}
   */
  autoImage() {
    return this._add("auto_image", {});
  }

  /**
   * Answers the picture's width and height in pixels.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  imagesize(options) {
    return this._answer("imagesize", {}, options);
  }

  /**
   * Draws a frame around every face, or answers where they are. With export: true it answers JSON: go on with
   * json().
   * @param {DetectFacesParameters} [parameters]
   * @returns {Chained}
   */
  detectFaces(parameters = {}) {
    return this._add("detect_faces", parameters);
  }

  /**
   * Crops the picture to its faces.
   * @param {CropFacesParameters} [parameters]
   * @returns {Chained}
   */
  cropFaces(parameters = {}) {
    return this._add("crop_faces", parameters);
  }

  /**
   * Pixelates faces.
   * @param {PixelateFacesParameters} [parameters]
   * @returns {Chained}
   */
  pixelateFaces(parameters = {}) {
    return this._add("pixelate_faces", parameters);
  }

  /**
   * Blurs faces.
   * @param {BlurFacesParameters} [parameters]
   * @returns {Chained}
   */
  blurFaces(parameters = {}) {
    return this._add("blur_faces", parameters);
  }

  /**
   * Removes red eyes.
   * @returns {Chained}
   */
  redeye() {
    return this._add("redeye", {});
  }

  /**
   * Rounds the corners of the picture.
   * @param {RoundedCornersParameters} [parameters]
   * @returns {Chained}
   */
  roundedCorners(parameters = {}) {
    return this._add("rounded_corners", parameters);
  }

  /**
   * Darkens the picture towards its edges.
   * @param {VignetteParameters} [parameters]
   * @returns {Chained}
   */
  vignette(parameters = {}) {
    return this._add("vignette", parameters);
  }

  /**
   * Frames the picture like an instant photo.
   * @param {PolaroidParameters} [parameters]
   * @returns {Chained}
   */
  polaroid(parameters = {}) {
    return this._add("polaroid", parameters);
  }

  /**
   * Tears the edges of the picture.
   * @param {TornEdgesParameters} [parameters]
   * @returns {Chained}
   */
  tornEdges(parameters = {}) {
    return this._add("torn_edges", parameters);
  }

  /**
   * Lays a shadow behind the picture.
   * @param {ShadowParameters} [parameters]
   * @returns {Chained}
   */
  shadow(parameters = {}) {
    return this._add("shadow", parameters);
  }

  /**
   * Draws a border around the picture.
   * @param {BorderParameters} [parameters]
   * @returns {Chained}
   */
  border(parameters = {}) {
    return this._add("border", parameters);
  }

  /**
   * Sharpens the picture.
   * @param {SharpenParameters} [parameters]
   * @returns {Chained}
   */
  sharpen(parameters = {}) {
    return this._add("sharpen", parameters);
  }

  /**
   * Blurs the picture.
   * @param {BlurParameters} [parameters]
   * @returns {Chained}
   */
  blur(parameters = {}) {
    return this._add("blur", parameters);
  }

  /**
   * Turns the picture into shades of grey.
   * @returns {Chained}
   */
  monochrome() {
    return this._add("monochrome", {});
  }

  /**
   * Turns the picture into black and white.
   * @param {BlackwhiteParameters} [parameters]
   * @returns {Chained}
   */
  blackwhite(parameters = {}) {
    return this._add("blackwhite", parameters);
  }

  /**
   * Tones the picture brown.
   * @param {SepiaParameters} [parameters]
   * @returns {Chained}
   */
  sepia(parameters = {}) {
    return this._add("sepia", parameters);
  }

  /**
   * Pixelates the picture.
   * @param {PixelateParameters} [parameters]
   * @returns {Chained}
   */
  pixelate(parameters = {}) {
    return this._add("pixelate", parameters);
  }

  /**
   * Makes the picture look painted.
   * @param {OilPaintParameters} [parameters]
   * @returns {Chained}
   */
  oilPaint(parameters = {}) {
    return this._add("oil_paint", parameters);
  }

  /**
   * Inverts the colours.
   * @returns {Chained}
   */
  negative() {
    return this._add("negative", {});
  }

  /**
   * Changes brightness, saturation and hue.
   * @param {ModulateParameters} [parameters]
   * @returns {Chained}
   */
  modulate(parameters = {}) {
    return this._add("modulate", parameters);
  }

  /**
   * Pixelates boxes of the picture.
   * @param {PartialPixelateParameters} parameters
   * @returns {Chained}
   */
  partialPixelate(parameters) {
    return this._add("partial_pixelate", parameters);
  }

  /**
   * Blurs boxes of the picture.
   * @param {PartialBlurParameters} parameters
   * @returns {Chained}
   */
  partialBlur(parameters) {
    return this._add("partial_blur", parameters);
  }

  /**
   * Improves the picture.
   * @param {EnhanceParameters} [parameters]
   * @returns {Chained}
   */
  enhance(parameters = {}) {
    return this._add("enhance", parameters);
  }

  /**
   * Enlarges the picture.
   * @param {UpscaleParameters} [parameters]
   * @returns {Chained}
   */
  upscale(parameters = {}) {
    return this._add("upscale", parameters);
  }

  /**
   * Turns the picture into an HTML page of characters.
   * @param {AsciiParameters} [parameters]
   * @returns {Chained}
   */
  ascii(parameters = {}) {
    return this._add("ascii", parameters);
  }

  /**
   * Lays another picture over this one.
   * @param {WatermarkParameters} parameters
   * @returns {Chained}
   */
  watermark(parameters) {
    return this._add("watermark", parameters);
  }

  /**
   * Puts pictures side by side; the source is the first of them.
   * @param {CollageParameters} parameters
   * @returns {Chained}
   */
  collage(parameters) {
    return this._add("collage", parameters);
  }

  /**
   * Makes a GIF of the pictures in the source.
   * @param {AnimateParameters} [parameters]
   * @returns {Chained}
   */
  animate(parameters = {}) {
    return this._add("animate", parameters);
  }

  /**
   * Converts the file to another format. With docinfo: true it answers JSON: go on with json().
   * @param {OutputParameters} [parameters]
   * @returns {Chained}
   */
  output(parameters = {}) {
    return this._add("output", parameters);
  }

  /**
   * Sets the quality of a JPEG.
   * @param {QualityParameters} parameters
   * @returns {Chained}
   */
  quality(parameters) {
    return this._add("quality", parameters);
  }

  /**
   * Makes a progressive JPEG.
   * @param {PjpgParameters} [parameters]
   * @returns {Chained}
   */
  pjpg(parameters = {}) {
    return this._add("pjpg", parameters);
  }

  /**
   * Compresses the picture.
   * @param {CompressParameters} [parameters]
   * @returns {Chained}
   */
  compress(parameters = {}) {
    return this._add("compress", parameters);
  }

  /**
   * Removes metadata from the picture.
   * @returns {Chained}
   */
  noMetadata() {
    return this._add("no_metadata", {});
  }

  /**
   * Sets how long the result is kept; false keeps none. Without parameters: add("cache", "false").
   * @param {CacheParameters} [parameters]
   * @returns {Chained}
   */
  cache(parameters = {}) {
    return this._add("cache", parameters);
  }

  /**
   * Delivers another file when the source cannot be had.
   * @param {FallbackParameters} parameters
   * @returns {Chained}
   */
  fallback(parameters) {
    return this._add("fallback", parameters);
  }

  /**
   * Answers what a PDF is: pages, sizes, authors.
   * @param {PdfinfoParameters} [parameters]
   * @returns {Chained}
   */
  pdfinfo(parameters = {}) {
    return this._add("pdfinfo", parameters);
  }

  /**
   * Makes a new PDF from pages of a PDF.
   * @param {PdfconvertParameters} [parameters]
   * @returns {Chained}
   */
  pdfconvert(parameters = {}) {
    return this._add("pdfconvert", parameters);
  }

  /**
   * Makes a PDF of the files in the source.
   * @param {PdfcreateParameters} [parameters]
   * @returns {Chained}
   */
  pdfcreate(parameters = {}) {
    return this._add("pdfcreate", parameters);
  }

  /**
   * Turns the pages of a document into pictures, delivered as a ZIP file.
   * @param {DocToImagesParameters} [parameters]
   * @returns {Chained}
   */
  docToImages(parameters = {}) {
    return this._add("doc_to_images", parameters);
  }

  /**
   * Finds a document in a photo and straightens it; at most 2000 x 2000 pixels. With coords: true it answers
   * JSON: go on with json().
   * @param {DocDetectionParameters} [parameters]
   * @returns {Chained}
   */
  docDetection(parameters = {}) {
    return this._add("doc_detection", parameters);
  }

  /**
   * Turns a document into a slide show page.
   * @param {SlideParameters} [parameters]
   * @returns {Chained}
   */
  slide(parameters = {}) {
    return this._add("slide", parameters);
  }

  /**
   * Delivers an HTML page that shows the file.
   * @param {PreviewParameters} [parameters]
   * @returns {Chained}
   */
  preview(parameters = {}) {
    return this._add("preview", parameters);
  }

  /**
   * Sets headers of the delivery.
   * @param {ContentParameters} [parameters]
   * @returns {Chained}
   */
  content(parameters = {}) {
    return this._add("content", parameters);
  }

  /**
   * Makes a QR code.
   * @param {QrParameters} [parameters]
   * @returns {Chained}
   */
  qr(parameters = {}) {
    return this._add("qr", parameters);
  }

  /**
   * Makes a style sheet smaller.
   * @param {MinifyCssParameters} [parameters]
   * @returns {Chained}
   */
  minifyCss(parameters = {}) {
    return this._add("minify_css", parameters);
  }

  /**
   * Makes a script smaller.
   * @param {MinifyJsParameters} [parameters]
   * @returns {Chained}
   */
  minifyJs(parameters = {}) {
    return this._add("minify_js", parameters);
  }

  /**
   * Packs the source, or the files of a list, into a ZIP file.
   * @returns {Chained}
   */
  zip() {
    return this._add("zip", {});
  }

  /**
   * Takes a picture of a web page; the source is its URL.
   * @param {UrlscreenshotParameters} [parameters]
   * @returns {Chained}
   */
  urlscreenshot(parameters = {}) {
    return this._add("urlscreenshot", parameters);
  }

  /**
   * Answers what is in the picture, with confidences in percent.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  tags(options) {
    return this._answer("tags", {}, options);
  }

  /**
   * Answers whether the picture is safe for work.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  sfw(options) {
    return this._answer("sfw", {}, options);
  }

  /**
   * Answers the text in the picture and where it stands.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  ocr(options) {
    return this._answer("ocr", {}, options);
  }

  /**
   * Answers one sentence about the picture.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  caption(options) {
    return this._answer("caption", {}, options);
  }

  /**
   * Answers the emotions in the picture, in percent.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  imageSentiment(options) {
    return this._answer("image_sentiment", {}, options);
  }

  /**
   * Answers the emotions in a text; needs no source.
   * @param {TextSentimentParameters} parameters
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  textSentiment(parameters, options) {
    return this._answer("text_sentiment", parameters, options);
  }

  /**
   * Answers whether the picture is known to be under copyright.
   * @param {CallOptions} [options]
   * @returns {Promise<any>}
   */
  copyright(options) {
    return this._answer("copyright", {}, options);
  }

  /**
   * Answers how the chain would run; the first task of a chain.
   * @returns {Chained}
   */
  debug() {
    return this._add("debug", {});
  }

  /**
   * Converts audio or video; the same URL asked again tells how far it is.
   * @param {VideoConvertParameters} [parameters]
   * @param {CallOptions} [options]
   * @returns {Promise<Job>}
   */
  avConvert(parameters = {}, options) {
    return this._convert(parameters, options);
  }

  /**
   * Converts a video to an HLS playlist; the same URL asked again tells how far it is.
   * @param {VideoPlaylistParameters} [parameters]
   * @returns {Chained}
   */
  videoPlaylist(parameters = {}) {
    return this._add("video_playlist", parameters);
  }
}
