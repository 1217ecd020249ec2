"""A method for each task of a chain. Written by `make bindings` from the table that the library checks every
task against; do not edit.
"""

from __future__ import annotations

from typing import Any, Dict, Generic, Optional, Protocol, Sequence, TypeVar, Union

from .policy import Security
from .progress import Reporter

Chained = TypeVar("Chained")
Job = TypeVar("Job")


class Stored(Protocol):
    """A Filelink."""

    @property
    def handle(self) -> str: ...


class Tasks(Generic[Chained, Job]):
    """The tasks. Each is added to the chain, which it returns (Chained); of a Filelink it begins a chain.
    Those that answer with JSON run at once and return the answer. Parameters that are None are left to the
    service.
    """

    def _add(self, task: str, parameters: Dict[str, Any]) -> Chained:
        raise NotImplementedError

    def _answer(
        self,
        task: str,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> Any:
        raise NotImplementedError

    def _av_convert(
        self,
        parameters: Dict[str, Any],
        security: Optional[Security],
        deadline: Optional[float],
        progress: Reporter,
    ) -> Job:
        raise NotImplementedError

    def resize(
        self,
        width: Optional[float] = None,
        height: Optional[float] = None,
        fit: Optional[str] = None,
        align: Optional[Union[str, Sequence[str]]] = None,
        filter: Optional[str] = None,
    ) -> Chained:
        """Changes the size of the picture.

        width: Width in pixels. Takes a number from 0 to 10000.
        height: Height in pixels. Takes a number from 0 to 10000.
        fit: How the picture is fitted into width and height. Takes one of clip, crop, scale, max. Default:
        clip.
        align: Which part stays when fit is crop. Takes one of top, middle, bottom, left, center, right,
        faces, or a pair of both kinds such as [top,left]. Default: center.
        filter: Name of the resampling filter. Takes a text that is not empty.
        At least one is needed of width, height.
        """
        return self._add("resize", {
            "width": width,
            "height": height,
            "fit": fit,
            "align": align,
            "filter": filter,
        })

    def crop(self, dim: Sequence[int]) -> Chained:
        """Cuts a box out of the picture.

        dim: The box [x,y,width,height] in pixels from the top left corner. Takes a list of 4 whole numbers: 0
        to 100000, 0 to 100000, 1 to 100000, 1 to 100000.
        """
        return self._add("crop", {"dim": dim})

    def rotate(
        self,
        deg: Optional[Union[int, str]] = None,
        exif: Optional[bool] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Turns the picture clockwise.

        deg: Angle in degrees, or exif to turn it upright by its EXIF orientation. Takes a whole number from 0
        to 359, or one of exif.
        exif: false ignores the EXIF orientation. Takes true or false.
        background: Colour of the corners that the turn lays bare. Takes a colour: 3, 6 or 8 hexadecimal
        digits without #, or a CSS or X11 name. Default: FFFFFFFF.
        """
        return self._add("rotate", {
            "deg": deg,
            "exif": exif,
            "background": background,
        })

    def flip(self) -> Chained:
        """Mirrors the picture top to bottom."""
        return self._add("flip", {})

    def flop(self) -> Chained:
        """Mirrors the picture left to right."""
        return self._add("flop", {})

    def smart_crop(
        self,
        mode: Optional[str] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        fill_color: Optional[str] = None,
        coords: Optional[Union[bool, Sequence[int]]] = None,
        object: Optional[str] = None,
    ) -> Chained:
        """Crops the picture to what matters in it.

        mode: What the service takes for the thing that matters. Takes one of auto, face, object, fit.
        Default: auto.
        width: Width in pixels. Takes a whole number from 0 to 10000.
        height: Height in pixels. Takes a whole number from 0 to 10000.
        fill_color: Colour of what lies outside the picture. Takes a colour: 3, 6 or 8 hexadecimal digits
        without #, or a CSS or X11 name.
        coords: true answers the coordinates as JSON; the Python SDK lets a pair of numbers pass too. Takes
        true or false, or a list of 2 whole numbers: 0 to 100000, 0 to 100000.
        object: What to look for when mode is object, such as dog. Takes a text that is not empty.
        With coords=True it answers JSON: go on with json().
        """
        return self._add("smart_crop", {
            "mode": mode,
            "width": width,
            "height": height,
            "fill_color": fill_color,
            "coords": coords,
            "object": object,
        })

    def circle(self, background: Optional[str] = None) -> Chained:
        """Cuts the picture to a circle.

        background: Colour around the circle. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS
        or X11 name.
        """
        return self._add("circle", {"background": background})

    def auto_image(self) -> Chained:
        """Delivers the picture in the best format the browser takes."""
        return self._add("auto_image", {})

    def imagesize(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers the picture's width and height in pixels."""
        return self._answer("imagesize", {}, security, deadline, progress)

    def detect_faces(
        self,
        minsize: Optional[float] = None,
        maxsize: Optional[float] = None,
        color: Optional[str] = None,
        export: Optional[bool] = None,
    ) -> Chained:
        """Draws a frame around every face, or answers where they are.

        minsize: The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        maxsize: The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        color: Colour of the frames. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
        name. Default: 000000FF.
        export: true answers the faces as JSON. Takes true or false. Default: false.
        With export=True it answers JSON: go on with json().
        """
        return self._add("detect_faces", {
            "minsize": minsize,
            "maxsize": maxsize,
            "color": color,
            "export": export,
        })

    def crop_faces(
        self,
        mode: Optional[str] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        faces: Optional[Union[int, str, Sequence[int]]] = None,
        buffer: Optional[int] = None,
        minsize: Optional[float] = None,
        maxsize: Optional[float] = None,
    ) -> Chained:
        """Crops the picture to its faces.

        mode: How the faces are cropped. Takes one of crop, thumb, fill. Default: thumb.
        width: Width in pixels. Takes a whole number from 1 to 10000.
        height: Height in pixels. Takes a whole number from 1 to 10000.
        faces: Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such
        numbers. Default: 1.
        buffer: Pixels added around each face. Takes a whole number from 0 to 10000.
        minsize: The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        maxsize: The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        """
        return self._add("crop_faces", {
            "mode": mode,
            "width": width,
            "height": height,
            "faces": faces,
            "buffer": buffer,
            "minsize": minsize,
            "maxsize": maxsize,
        })

    def pixelate_faces(
        self,
        faces: Optional[Union[int, str, Sequence[int]]] = None,
        minsize: Optional[float] = None,
        maxsize: Optional[float] = None,
        buffer: Optional[int] = None,
        amount: Optional[float] = None,
        blur: Optional[float] = None,
        type: Optional[str] = None,
    ) -> Chained:
        """Pixelates faces.

        faces: Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such
        numbers. Default: all.
        minsize: The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        maxsize: The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        buffer: Pixels added around each face. Takes a whole number from 0 to 10000.
        amount: Size of the squares in pixels. Takes a number from 2 to 100. Default: 10.
        blur: How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4.
        type: Shape of the covered area. Takes one of rect, oval. Default: rect.
        """
        return self._add("pixelate_faces", {
            "faces": faces,
            "minsize": minsize,
            "maxsize": maxsize,
            "buffer": buffer,
            "amount": amount,
            "blur": blur,
            "type": type,
        })

    def blur_faces(
        self,
        faces: Optional[Union[int, str, Sequence[int]]] = None,
        minsize: Optional[float] = None,
        maxsize: Optional[float] = None,
        buffer: Optional[int] = None,
        amount: Optional[float] = None,
        blur: Optional[float] = None,
        type: Optional[str] = None,
    ) -> Chained:
        """Blurs faces.

        faces: Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such
        numbers. Default: all.
        minsize: The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        maxsize: The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from
        0 to 10000. Default: 0.35.
        buffer: Pixels added around each face. Takes a whole number from 0 to 10000.
        amount: How strongly the faces are blurred. Takes a number from 0 to 20. Default: 10.
        blur: How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4.
        type: Shape of the covered area. Takes one of rect, oval. Default: rect.
        """
        return self._add("blur_faces", {
            "faces": faces,
            "minsize": minsize,
            "maxsize": maxsize,
            "buffer": buffer,
            "amount": amount,
            "blur": blur,
            "type": type,
        })

    def redeye(self) -> Chained:
        """Removes red eyes."""
        return self._add("redeye", {})

    def rounded_corners(
        self,
        radius: Optional[Union[int, str]] = None,
        blur: Optional[float] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Rounds the corners of the picture.

        radius: Radius in pixels, or max for the roundest corners. Takes a whole number from 1 to 10000, or
        one of max.
        blur: How softly the edge fades. Takes a number from 0 to 20. Default: 0.3.
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("rounded_corners", {
            "radius": radius,
            "blur": blur,
            "background": background,
        })

    round_corners = rounded_corners

    def vignette(
        self,
        amount: Optional[float] = None,
        blurmode: Optional[str] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Darkens the picture towards its edges.

        amount: Strength in percent. Takes a number from 0 to 100. Default: 20.
        blurmode: How the shade fades. Takes one of gaussian, linear. Default: gaussian.
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("vignette", {
            "amount": amount,
            "blurmode": blurmode,
            "background": background,
        })

    def polaroid(
        self,
        color: Optional[str] = None,
        rotate: Optional[int] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Frames the picture like an instant photo.

        color: Colour of the frame. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
        name. Default: snow.
        rotate: Angle of the photo in degrees. Takes a whole number from 0 to 359.
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("polaroid", {
            "color": color,
            "rotate": rotate,
            "background": background,
        })

    def torn_edges(
        self,
        spread: Optional[Sequence[int]] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Tears the edges of the picture.

        spread: The least and the most the edge is torn, in pixels. Takes a list of 2 whole numbers: 1 to
        10000, 1 to 10000. Default: [1,10].
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("torn_edges", {
            "spread": spread,
            "background": background,
        })

    def shadow(
        self,
        blur: Optional[float] = None,
        opacity: Optional[float] = None,
        vector: Optional[Sequence[int]] = None,
        color: Optional[str] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Lays a shadow behind the picture.

        blur: How softly the shadow fades. Takes a number from 0 to 20.
        opacity: Opacity in percent. Takes a number from 0 to 100. Default: 60.
        vector: Where the shadow falls: [x,y] in pixels, right and down. Takes a list of 2 whole numbers:
        -1000 to 1000, -1000 to 1000. Default: [4,4].
        color: Colour of the shadow. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
        name.
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("shadow", {
            "blur": blur,
            "opacity": opacity,
            "vector": vector,
            "color": color,
            "background": background,
        })

    def border(
        self,
        width: Optional[int] = None,
        color: Optional[str] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Draws a border around the picture.

        width: Width of the border in pixels. Takes a whole number from 0 to 1000.
        color: Colour of the border. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
        name.
        background: Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        """
        return self._add("border", {
            "width": width,
            "color": color,
            "background": background,
        })

    def sharpen(self, amount: Optional[float] = None) -> Chained:
        """Sharpens the picture.

        amount: Strength. Takes a number from 0 to 20. Default: 2.
        """
        return self._add("sharpen", {"amount": amount})

    def blur(self, amount: Optional[float] = None) -> Chained:
        """Blurs the picture.

        amount: Strength. Takes a number from 0 to 20. Default: 2.
        """
        return self._add("blur", {"amount": amount})

    def monochrome(self) -> Chained:
        """Turns the picture into shades of grey."""
        return self._add("monochrome", {})

    def blackwhite(self, threshold: Optional[float] = None) -> Chained:
        """Turns the picture into black and white.

        threshold: Brightness in percent from which a point is white. Takes a number from 0 to 100. Default:
        50.
        """
        return self._add("blackwhite", {"threshold": threshold})

    def sepia(self, tone: Optional[float] = None) -> Chained:
        """Tones the picture brown.

        tone: Strength in percent. Takes a number from 0 to 100. Default: 80.
        """
        return self._add("sepia", {"tone": tone})

    def pixelate(self, amount: Optional[float] = None) -> Chained:
        """Pixelates the picture.

        amount: Size of the squares in pixels. Takes a number from 2 to 100. Default: 2.
        """
        return self._add("pixelate", {"amount": amount})

    def oil_paint(self, amount: Optional[float] = None) -> Chained:
        """Makes the picture look painted.

        amount: Size of the brush in pixels. Takes a number from 2 to 100. Default: 2.
        """
        return self._add("oil_paint", {"amount": amount})

    def negative(self) -> Chained:
        """Inverts the colours."""
        return self._add("negative", {})

    def modulate(
        self,
        brightness: Optional[float] = None,
        hue: Optional[float] = None,
        saturation: Optional[float] = None,
    ) -> Chained:
        """Changes brightness, saturation and hue.

        brightness: Brightness in percent of the original. Takes a number from 0 to 10000. Default: 100.
        hue: Turn of the hue in degrees. Takes a number from 0 to 359. Default: 0.
        saturation: Saturation in percent of the original. Takes a number from 0 to 10000. Default: 100.
        """
        return self._add("modulate", {
            "brightness": brightness,
            "hue": hue,
            "saturation": saturation,
        })

    def partial_pixelate(
        self,
        amount: Optional[float] = None,
        blur: Optional[float] = None,
        type: Optional[str] = None,
        objects: Optional[Sequence[Sequence[int]]] = None,
    ) -> Chained:
        """Pixelates boxes of the picture.

        objects: The boxes [[x,y,width,height],…] in pixels. Takes a list of 1 to 50 boxes [x,y,width,height],
        x and y 0 to 10000, the others 1 to 10000.
        amount: Size of the squares in pixels. Takes a number from 2 to 100. Default: 10.
        blur: How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4.
        type: Shape of the covered area. Takes one of rect, oval. Default: rect.
        """
        return self._add("partial_pixelate", {
            "objects": objects,
            "amount": amount,
            "blur": blur,
            "type": type,
        })

    def partial_blur(
        self,
        amount: Optional[float] = None,
        blur: Optional[float] = None,
        type: Optional[str] = None,
        objects: Optional[Sequence[Sequence[int]]] = None,
    ) -> Chained:
        """Blurs boxes of the picture.

        objects: The boxes [[x,y,width,height],…] in pixels. Takes a list of 1 to 50 boxes [x,y,width,height],
        x and y 0 to 10000, the others 1 to 10000.
        amount: How strongly the boxes are blurred; most SDKs stop at 20. Takes a number from 0 to 100.
        blur: How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4.
        type: Shape of the covered area. Takes one of rect, oval. Default: rect.
        """
        return self._add("partial_blur", {
            "objects": objects,
            "amount": amount,
            "blur": blur,
            "type": type,
        })

    def enhance(self, preset: Optional[str] = None) -> Chained:
        """Improves the picture.

        preset: What kind of improvement. Takes one of auto, vivid, beautify, beautify_plus, fix_dark,
        fix_noise, fix_tint, outdoor, fireworks.
        """
        return self._add("enhance", {"preset": preset})

    def upscale(
        self,
        upscale: Optional[bool] = None,
        noise: Optional[str] = None,
        style: Optional[str] = None,
    ) -> Chained:
        """Enlarges the picture.

        noise: How much noise is removed. Takes one of none, low, medium, high. Default: none.
        upscale: Whether the picture is enlarged; false only removes the noise. Takes true or false. Default:
        true.
        style: What the picture is. Takes one of artwork, photo. Default: photo.
        """
        return self._add("upscale", {
            "noise": noise,
            "upscale": upscale,
            "style": style,
        })

    def ascii(
        self,
        background: Optional[str] = None,
        foreground: Optional[str] = None,
        colored: Optional[bool] = None,
        size: Optional[int] = None,
        reverse: Optional[bool] = None,
    ) -> Chained:
        """Turns the picture into an HTML page of characters.

        foreground: Colour of the characters. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS
        or X11 name. Default: 000000FF.
        background: Colour behind them. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or
        X11 name. Default: FFFFFFFF.
        colored: Whether the characters take the picture's colours. Takes true or false. Default: false.
        reverse: Whether dark and light are swapped. Takes true or false. Default: false.
        size: Size in percent of the picture. Takes a whole number from 10 to 100. Default: 100.
        """
        return self._add("ascii", {
            "foreground": foreground,
            "background": background,
            "colored": colored,
            "reverse": reverse,
            "size": size,
        })

    def watermark(
        self,
        file: Union[str, Stored],
        size: Optional[float] = None,
        position: Optional[Union[str, Sequence[str]]] = None,
    ) -> Chained:
        """Lays another picture over this one.

        file: The picture laid over it. Takes a file: a handle, an http(s) URL or src://alias/path.
        size: Its size in percent. Takes a number from 0 to 500. Default: 100.
        position: Where it is laid. Takes one of top, middle, bottom, left, center, right, or a pair of both
        kinds such as [top,left]. Default: center.
        """
        return self._add("watermark", {
            "file": file,
            "size": size,
            "position": position,
        })

    def collage(
        self,
        files: Sequence[Union[str, Stored]],
        margin: Optional[int] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        color: Optional[str] = None,
        fit: Optional[str] = None,
        autorotate: Optional[bool] = None,
    ) -> Chained:
        """Puts pictures side by side; the source is the first of them.

        files: The pictures beside the source. Takes a list of files: handles, http(s) URLs or
        src://alias/path.
        width: Width of the collage in pixels. Takes a whole number from 0 to 10000.
        height: Height of the collage in pixels. Takes a whole number from 0 to 10000.
        margin: Pixels between the pictures. Takes a whole number from 1 to 100. Default: 10.
        color: Colour between the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS
        or X11 name. Default: FFFFFFFF.
        fit: How the pictures are fitted into their places. Takes one of auto, crop. Default: auto.
        autorotate: Whether pictures may be turned to fit better. Takes true or false. Default: false.
        """
        return self._add("collage", {
            "files": files,
            "width": width,
            "height": height,
            "margin": margin,
            "color": color,
            "fit": fit,
            "autorotate": autorotate,
        })

    def animate(
        self,
        delay: Optional[int] = None,
        loop: Optional[int] = None,
        width: Optional[Union[int, str]] = None,
        height: Optional[Union[int, str]] = None,
        fit: Optional[str] = None,
        align: Optional[Union[str, Sequence[str]]] = None,
        background: Optional[str] = None,
    ) -> Chained:
        """Makes a GIF of the pictures in the source.

        delay: Milliseconds each picture is shown. Takes a whole number from 0 to 10000. Default: 1000.
        loop: How often it runs; 0 is for ever. Takes a whole number from 0 to 1000. Default: 0.
        width: Width in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one
        of max.
        height: Height in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one
        of max.
        fit: How the pictures are fitted into the frame. Takes one of clip, scale, crop. Default: clip.
        align: Which part stays when fit is crop. Takes one of top, middle, bottom, left, center, right,
        faces, or a pair of both kinds such as [top,left]. Default: center.
        background: Colour behind the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
        CSS or X11 name. Default: transparent.
        """
        return self._add("animate", {
            "delay": delay,
            "loop": loop,
            "width": width,
            "height": height,
            "fit": fit,
            "align": align,
            "background": background,
        })

    def output(
        self,
        format: Optional[str] = None,
        background: Optional[str] = None,
        page: Optional[int] = None,
        density: Optional[int] = None,
        compress: Optional[bool] = None,
        quality: Optional[Union[int, str]] = None,
        strip: Optional[bool] = None,
        colorspace: Optional[str] = None,
        secure: Optional[bool] = None,
        docinfo: Optional[bool] = None,
        pageformat: Optional[str] = None,
        pageorientation: Optional[str] = None,
    ) -> Chained:
        """Converts the file to another format.

        format: The format, as a file extension. Takes a word such as doc, docx, html, jpg, odp, ods, odt,
        pjpg, pdf, png, ppt, pptx, svg, txt, webp, xls, xlsx.
        background: Colour behind a transparent picture. Takes a colour: 3, 6 or 8 hexadecimal digits without
        #, or a CSS or X11 name.
        page: Which page of a document, from 1 on. Takes a whole number from 1 to 99999.
        density: Resolution of a page in dots per inch. Takes a whole number from 1 to 500.
        compress: Whether the picture is compressed. Takes true or false. Default: false.
        quality: Quality of a JPEG in percent, or input to keep the source's. Takes a whole number from 1 to
        100, or one of input. Default: 95.
        strip: Whether metadata is removed. Takes true or false. Default: false.
        colorspace: Colour space of the picture. Takes one of rgb, cmyk, input. Default: rgb.
        secure: Whether scripts are removed from HTML and SVG. Takes true or false. Default: false.
        docinfo: Whether the document is described as JSON instead. Takes true or false. Default: false.
        pageformat: Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
        pageorientation: Which way the paper lies. Takes one of portrait, landscape.
        With docinfo=True it answers JSON: go on with json().
        """
        return self._add("output", {
            "format": format,
            "background": background,
            "page": page,
            "density": density,
            "compress": compress,
            "quality": quality,
            "strip": strip,
            "colorspace": colorspace,
            "secure": secure,
            "docinfo": docinfo,
            "pageformat": pageformat,
            "pageorientation": pageorientation,
        })

    filetype_conversion = output

    def quality(self, value: int) -> Chained:
        """Sets the quality of a JPEG.

        value: Quality in percent. Takes a whole number from 1 to 100.
        """
        return self._add("quality", {"value": value})

    def pjpg(
        self,
        quality: Optional[int] = None,
        metadata: Optional[bool] = None,
    ) -> Chained:
        """Makes a progressive JPEG.

        quality: Quality in percent. Takes a whole number from 0 to 100.
        metadata: Whether metadata is kept. Takes true or false. Default: false.
        """
        return self._add("pjpg", {
            "quality": quality,
            "metadata": metadata,
        })

    def compress(self, metadata: Optional[bool] = None) -> Chained:
        """Compresses the picture.

        metadata: Whether metadata is kept. Takes true or false. Default: false.
        """
        return self._add("compress", {"metadata": metadata})

    def no_metadata(self) -> Chained:
        """Removes metadata from the picture."""
        return self._add("no_metadata", {})

    def cache(self, expiry: Optional[Union[float, str]] = None) -> Chained:
        """Sets how long the result is kept; false keeps none.

        expiry: Seconds the result is kept, or max. Takes a number from 1 to 31536000, or one of max.
        Without parameters: add("cache", "false").
        """
        return self._add("cache", {"expiry": expiry})

    def fallback(
        self,
        file: Union[str, Stored],
        cache: Optional[float] = None,
    ) -> Chained:
        """Delivers another file when the source cannot be had.

        file: The other file. Takes a file: a handle, an http(s) URL or src://alias/path.
        cache: Seconds the other file is kept in place of the source. Takes a number from 1 to 31536000.
        """
        return self._add("fallback", {
            "file": file,
            "cache": cache,
        })

    def pdfinfo(self, colorinfo: Optional[bool] = None) -> Chained:
        """Answers what a PDF is: pages, sizes, authors.

        colorinfo: Whether the answer says which pages have colour. Takes true or false.
        """
        return self._add("pdfinfo", {"colorinfo": colorinfo})

    pdf_info = pdfinfo

    def pdfconvert(
        self,
        pageorientation: Optional[str] = None,
        pageformat: Optional[str] = None,
        pages: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        metadata: Optional[str] = None,
    ) -> Chained:
        """Makes a new PDF from pages of a PDF.

        pageorientation: Which way the paper lies. Takes one of portrait, landscape.
        pageformat: Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid.
        pages: Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these.
        metadata: What becomes of the metadata. Takes a text that is not empty.
        """
        return self._add("pdfconvert", {
            "pageorientation": pageorientation,
            "pageformat": pageformat,
            "pages": pages,
            "metadata": metadata,
        })

    pdf_convert = pdfconvert

    def pdfcreate(self, engine: Optional[str] = None) -> Chained:
        """Makes a PDF of the files in the source.

        engine: Which program does it, such as mupdf. Takes a text that is not empty.
        """
        return self._add("pdfcreate", {"engine": engine})

    def doc_to_images(
        self,
        pages: Optional[Union[int, str, Sequence[Union[int, str]]]] = None,
        engine: Optional[str] = None,
        format: Optional[str] = None,
        quality: Optional[int] = None,
        density: Optional[int] = None,
        hidden_slides: Optional[bool] = None,
    ) -> Chained:
        """Turns the pages of a document into pictures, delivered as a ZIP file.

        pages: Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these.
        engine: Which program does it, such as imagemagick or mupdf. Takes a text that is not empty.
        format: Format of the pictures, such as png. Takes a text that is not empty.
        quality: Quality of the pictures in percent. Takes a whole number from 1 to 100.
        density: Resolution of a page in dots per inch. Takes a whole number from 1 to 500.
        hidden_slides: Whether hidden slides are included. Takes true or false.
        """
        return self._add("doc_to_images", {
            "pages": pages,
            "engine": engine,
            "format": format,
            "quality": quality,
            "density": density,
            "hidden_slides": hidden_slides,
        })

    def doc_detection(
        self,
        coords: Optional[bool] = None,
        preprocess: Optional[bool] = None,
    ) -> Chained:
        """Finds a document in a photo and straightens it; at most 2000 x 2000 pixels.

        coords: true answers where the document is as JSON. Takes true or false. Default: false.
        preprocess: Whether the picture is prepared for text recognition. Takes true or false. Default: true.
        With coords=True it answers JSON: go on with json().
        """
        return self._add("doc_detection", {
            "coords": coords,
            "preprocess": preprocess,
        })

    def slide(
        self,
        theme: Optional[str] = None,
        engine: Optional[str] = None,
    ) -> Chained:
        """Turns a document into a slide show page.

        theme: Name of the theme. Takes a text that is not empty.
        engine: Which program does it. Takes a text that is not empty.
        """
        return self._add("slide", {
            "theme": theme,
            "engine": engine,
        })

    def preview(self, css: Optional[str] = None) -> Chained:
        """Delivers an HTML page that shows the file.

        css: URL of a style sheet for the page. Takes a text that is not empty.
        """
        return self._add("preview", {"css": css})

    def content(
        self,
        filename: Optional[str] = None,
        type: Optional[str] = None,
    ) -> Chained:
        """Sets headers of the delivery.

        filename: File name in the Content-Disposition header. Takes a text that is not empty.
        type: MIME type in the Content-Type header. Takes a text that is not empty.
        """
        return self._add("content", {
            "filename": filename,
            "type": type,
        })

    def qr(
        self,
        version: Optional[int] = None,
        error_correction: Optional[str] = None,
        format: Optional[str] = None,
    ) -> Chained:
        """Makes a QR code.

        version: Version of the code, which sets how much it holds. Takes a whole number from 1 to 40.
        error_correction: Level of error correction. Takes a text that is not empty.
        format: Format of the picture, such as png. Takes a text that is not empty.
        """
        return self._add("qr", {
            "version": version,
            "error_correction": error_correction,
            "format": format,
        })

    def minify_css(
        self,
        level: Optional[int] = None,
        gzip: Optional[bool] = None,
    ) -> Chained:
        """Makes a style sheet smaller.

        level: How far it is rewritten. Takes a whole number from 1 to 2.
        gzip: Whether the answer is compressed with gzip. Takes true or false.
        """
        return self._add("minify_css", {
            "level": level,
            "gzip": gzip,
        })

    def minify_js(
        self,
        gzip: Optional[bool] = None,
        use_babel_polyfill: Optional[bool] = None,
        keep_fn_name: Optional[bool] = None,
        keep_class_name: Optional[bool] = None,
        mangle: Optional[bool] = None,
        merge_vars: Optional[bool] = None,
        remove_console: Optional[bool] = None,
        remove_undefined: Optional[bool] = None,
        targets: Optional[str] = None,
        booleans: Optional[bool] = None,
        builtIns: Optional[bool] = None,
        consecutiveAdds: Optional[bool] = None,
        deadcode: Optional[bool] = None,
        evaluate: Optional[bool] = None,
        flipComparisons: Optional[bool] = None,
        guards: Optional[bool] = None,
        infinity: Optional[bool] = None,
        memberExpressions: Optional[bool] = None,
        numericLiterals: Optional[bool] = None,
        propertyLiterals: Optional[bool] = None,
        regexpConstructors: Optional[bool] = None,
        removeDebugger: Optional[bool] = None,
        simplify: Optional[bool] = None,
        simplifyComparisons: Optional[bool] = None,
        typeConstructors: Optional[bool] = None,
        undefinedToVoid: Optional[bool] = None,
    ) -> Chained:
        """Makes a script smaller.

        gzip: Whether the answer is compressed with gzip. Takes true or false.
        use_babel_polyfill: Whether Babel's polyfill is put in. Takes true or false.
        keep_fn_name: Whether names of functions are kept. Takes true or false.
        keep_class_name: Whether names of classes are kept. Takes true or false.
        mangle: Whether local names are shortened. Takes true or false.
        merge_vars: Whether declarations are merged. Takes true or false.
        remove_console: Whether calls of console are removed. Takes true or false.
        remove_undefined: Whether undefined arguments are removed. Takes true or false.
        targets: The browsers it has to run in, in the words of browserslist. Takes a text that is not empty.
        booleans: Whether true and false are shortened. Takes true or false.
        builtIns: Whether built-in names are shortened. Takes true or false.
        consecutiveAdds: Whether consecutive additions to objects and lists are joined. Takes true or false.
        deadcode: Whether code that never runs is removed. Takes true or false.
        evaluate: Whether constant expressions are computed. Takes true or false.
        flipComparisons: Whether comparisons are turned round. Takes true or false.
        guards: Whether conditions are written as guards. Takes true or false.
        infinity: Whether Infinity is shortened. Takes true or false.
        memberExpressions: Whether members are written with a dot. Takes true or false.
        numericLiterals: Whether numbers are shortened. Takes true or false.
        propertyLiterals: Whether quotes around property names are removed. Takes true or false.
        regexpConstructors: Whether RegExp constructors become literals. Takes true or false.
        removeDebugger: Whether debugger statements are removed. Takes true or false.
        simplify: Whether statements are simplified. Takes true or false.
        simplifyComparisons: Whether comparisons are simplified. Takes true or false.
        typeConstructors: Whether constructors of built-in types are shortened. Takes true or false.
        undefinedToVoid: Whether undefined is written void 0. Takes true or false.
        """
        return self._add("minify_js", {
            "gzip": gzip,
            "use_babel_polyfill": use_babel_polyfill,
            "keep_fn_name": keep_fn_name,
            "keep_class_name": keep_class_name,
            "mangle": mangle,
            "merge_vars": merge_vars,
            "remove_console": remove_console,
            "remove_undefined": remove_undefined,
            "targets": targets,
            "booleans": booleans,
            "builtIns": builtIns,
            "consecutiveAdds": consecutiveAdds,
            "deadcode": deadcode,
            "evaluate": evaluate,
            "flipComparisons": flipComparisons,
            "guards": guards,
            "infinity": infinity,
            "memberExpressions": memberExpressions,
            "numericLiterals": numericLiterals,
            "propertyLiterals": propertyLiterals,
            "regexpConstructors": regexpConstructors,
            "removeDebugger": removeDebugger,
            "simplify": simplify,
            "simplifyComparisons": simplifyComparisons,
            "typeConstructors": typeConstructors,
            "undefinedToVoid": undefinedToVoid,
        })

    def zip(self) -> Chained:
        """Packs the source, or the files of a list, into a ZIP file."""
        return self._add("zip", {})

    def urlscreenshot(
        self,
        agent: Optional[str] = None,
        mode: Optional[str] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        delay: Optional[int] = None,
        orientation: Optional[str] = None,
        device: Optional[str] = None,
    ) -> Chained:
        """Takes a picture of a web page; the source is its URL.

        agent: What the page takes the visitor for. Takes one of desktop, mobile. Default: desktop.
        mode: The whole page or what a window shows. Takes one of all, window. Default: all.
        width: Width of the window in pixels; most SDKs stop at 1920. Takes a whole number from 1 to 10000.
        Default: 1024.
        height: Height of the window in pixels; most SDKs stop at 8000. Takes a whole number from 1 to 10000.
        Default: 768.
        delay: Milliseconds to wait before the picture is taken. Takes a whole number from 0 to 20000.
        Default: 1000.
        orientation: Which way the device is held. Takes one of portrait, landscape. Default: portrait.
        device: Name of the device. Takes a text that is not empty.
        """
        return self._add("urlscreenshot", {
            "agent": agent,
            "mode": mode,
            "width": width,
            "height": height,
            "delay": delay,
            "orientation": orientation,
            "device": device,
        })

    def tags(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers what is in the picture, with confidences in percent."""
        return self._answer("tags", {}, security, deadline, progress)

    def sfw(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers whether the picture is safe for work."""
        return self._answer("sfw", {}, security, deadline, progress)

    def ocr(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers the text in the picture and where it stands."""
        return self._answer("ocr", {}, security, deadline, progress)

    def caption(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers one sentence about the picture."""
        return self._answer("caption", {}, security, deadline, progress)

    def image_sentiment(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers the emotions in the picture, in percent."""
        return self._answer("image_sentiment", {}, security, deadline, progress)

    def text_sentiment(
        self,
        text: str,
        language: Optional[str] = None,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers the emotions in a text; needs no source.

        text: The text. Takes a text that is not empty.
        language: Language of the text. Takes one of auto, en, es, fr, de, it, pt, ar, hi, ja, ko, zh, zh-TW.
        """
        return self._answer("text_sentiment", {
            "text": text,
            "language": language,
        }, security, deadline, progress)

    def copyright(
        self,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Any:
        """Answers whether the picture is known to be under copyright."""
        return self._answer("copyright", {}, security, deadline, progress)

    def debug(self) -> Chained:
        """Answers how the chain would run; the first task of a chain."""
        return self._add("debug", {})

    def av_convert(
        self,
        preset: Optional[str] = None,
        force: Optional[bool] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        title: Optional[str] = None,
        extname: Optional[str] = None,
        filename: Optional[str] = None,
        location: Optional[str] = None,
        path: Optional[str] = None,
        container: Optional[str] = None,
        access: Optional[str] = None,
        upscale: Optional[bool] = None,
        aspect_mode: Optional[str] = None,
        two_pass: Optional[bool] = None,
        video_bitrate: Optional[int] = None,
        fps: Optional[int] = None,
        keyframe_interval: Optional[int] = None,
        audio_bitrate: Optional[int] = None,
        audio_sample_rate: Optional[int] = None,
        audio_channels: Optional[int] = None,
        audio_codec: Optional[str] = None,
        clip_length: Optional[str] = None,
        clip_offset: Optional[str] = None,
        watermark_url: Optional[str] = None,
        watermark_top: Optional[int] = None,
        watermark_right: Optional[int] = None,
        watermark_bottom: Optional[int] = None,
        watermark_left: Optional[int] = None,
        watermark_width: Optional[Union[int, str]] = None,
        watermark_height: Optional[Union[int, str]] = None,
        frame_count: Optional[int] = None,
        security: Optional[Security] = None,
        *,
        deadline: Optional[float] = None,
        progress: Reporter = None,
    ) -> Job:
        """Converts audio or video; the same URL asked again tells how far it is.

        preset: Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi,
        hls.variant, mp3, oga, m4a, aac, hls.variant.audio.
        force: Whether a job that is finished or under way runs again. Takes true or false.
        width: Width in pixels. Takes a whole number from 1 to 4096.
        height: Height in pixels. Takes a whole number from 1 to 4096.
        title: Title in the result's metadata. Takes a text that is not empty.
        extname: File extension of the result, such as .mp4. Takes a text that is not empty.
        filename: File name of the result. Takes a text that is not empty.
        location: The storage of the result, in either case. Takes a word such as S3, gcs, azure, rackspace,
        dropbox.
        path: Folder or key of the result. Takes a text that is not empty.
        container: Bucket of the result. Takes a text that is not empty.
        access: Who may read the result in its storage. Takes one of public, private. Default: public.
        upscale: Whether a small video is enlarged. Takes true or false. Default: true.
        aspect_mode: How the video is fitted into width and height. Takes one of preserve, constrain,
        letterbox, pad, crop. Default: letterbox.
        two_pass: Whether the video is encoded in two passes. Takes true or false. Default: false.
        video_bitrate: Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000.
        fps: Frames per second; the source's when not given. Takes a whole number from 1 to 300.
        keyframe_interval: Frames from one key frame to the next. Takes a whole number from 1 to 99999.
        Default: 250.
        audio_bitrate: Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999.
        audio_sample_rate: Sample rate of the audio in Hz. Takes a whole number from 1 to 99999. Default:
        44100.
        audio_channels: Number of audio channels. Takes a whole number from 1 to 12.
        audio_codec: Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le,
        mp2, ac3, eac3.
        clip_length: Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59.
        clip_offset: Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59.
        watermark_url: URL of a picture laid over the video. Takes an http or https URL.
        watermark_top: Its distance from the top in pixels. Takes a whole number from 0 to 9999.
        watermark_right: Its distance from the right in pixels. Takes a whole number from 0 to 9999.
        watermark_bottom: Its distance from the bottom in pixels. Takes a whole number from 0 to 9999.
        watermark_left: Its distance from the left in pixels. Takes a whole number from 0 to 9999.
        watermark_width: Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or
        a share such as 50%.
        watermark_height: Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999,
        or a share such as 50%.
        frame_count: Number of frames; only 1 is known. Takes a whole number from 1 to 1.
        """
        return self._av_convert({
            "preset": preset,
            "force": force,
            "width": width,
            "height": height,
            "title": title,
            "extname": extname,
            "filename": filename,
            "location": location,
            "path": path,
            "container": container,
            "access": access,
            "upscale": upscale,
            "aspect_mode": aspect_mode,
            "two_pass": two_pass,
            "video_bitrate": video_bitrate,
            "fps": fps,
            "keyframe_interval": keyframe_interval,
            "audio_bitrate": audio_bitrate,
            "audio_sample_rate": audio_sample_rate,
            "audio_channels": audio_channels,
            "audio_codec": audio_codec,
            "clip_length": clip_length,
            "clip_offset": clip_offset,
            "watermark_url": watermark_url,
            "watermark_top": watermark_top,
            "watermark_right": watermark_right,
            "watermark_bottom": watermark_bottom,
            "watermark_left": watermark_left,
            "watermark_width": watermark_width,
            "watermark_height": watermark_height,
            "frame_count": frame_count,
        }, security, deadline, progress)

    def video_playlist(
        self,
        preset: Optional[str] = None,
        force: Optional[bool] = None,
        width: Optional[int] = None,
        height: Optional[int] = None,
        title: Optional[str] = None,
        extname: Optional[str] = None,
        filename: Optional[str] = None,
        location: Optional[str] = None,
        path: Optional[str] = None,
        container: Optional[str] = None,
        access: Optional[str] = None,
        upscale: Optional[bool] = None,
        aspect_mode: Optional[str] = None,
        two_pass: Optional[bool] = None,
        video_bitrate: Optional[int] = None,
        fps: Optional[int] = None,
        keyframe_interval: Optional[int] = None,
        audio_bitrate: Optional[int] = None,
        audio_sample_rate: Optional[int] = None,
        audio_channels: Optional[int] = None,
        audio_codec: Optional[str] = None,
        clip_length: Optional[str] = None,
        clip_offset: Optional[str] = None,
        watermark_url: Optional[str] = None,
        watermark_top: Optional[int] = None,
        watermark_right: Optional[int] = None,
        watermark_bottom: Optional[int] = None,
        watermark_left: Optional[int] = None,
        watermark_width: Optional[Union[int, str]] = None,
        watermark_height: Optional[Union[int, str]] = None,
        frame_count: Optional[int] = None,
    ) -> Chained:
        """Converts a video to an HLS playlist; the same URL asked again tells how far it is.

        preset: Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi,
        hls.variant, mp3, oga, m4a, aac, hls.variant.audio.
        force: Whether a job that is finished or under way runs again. Takes true or false.
        width: Width in pixels. Takes a whole number from 1 to 4096.
        height: Height in pixels. Takes a whole number from 1 to 4096.
        title: Title in the result's metadata. Takes a text that is not empty.
        extname: File extension of the result, such as .mp4. Takes a text that is not empty.
        filename: File name of the result. Takes a text that is not empty.
        location: The storage of the result, in either case. Takes a word such as S3, gcs, azure, rackspace,
        dropbox.
        path: Folder or key of the result. Takes a text that is not empty.
        container: Bucket of the result. Takes a text that is not empty.
        access: Who may read the result in its storage. Takes one of public, private. Default: public.
        upscale: Whether a small video is enlarged. Takes true or false. Default: true.
        aspect_mode: How the video is fitted into width and height. Takes one of preserve, constrain,
        letterbox, pad, crop. Default: letterbox.
        two_pass: Whether the video is encoded in two passes. Takes true or false. Default: false.
        video_bitrate: Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000.
        fps: Frames per second; the source's when not given. Takes a whole number from 1 to 300.
        keyframe_interval: Frames from one key frame to the next. Takes a whole number from 1 to 99999.
        Default: 250.
        audio_bitrate: Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999.
        audio_sample_rate: Sample rate of the audio in Hz. Takes a whole number from 1 to 99999. Default:
        44100.
        audio_channels: Number of audio channels. Takes a whole number from 1 to 12.
        audio_codec: Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le,
        mp2, ac3, eac3.
        clip_length: Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59.
        clip_offset: Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59.
        watermark_url: URL of a picture laid over the video. Takes an http or https URL.
        watermark_top: Its distance from the top in pixels. Takes a whole number from 0 to 9999.
        watermark_right: Its distance from the right in pixels. Takes a whole number from 0 to 9999.
        watermark_bottom: Its distance from the bottom in pixels. Takes a whole number from 0 to 9999.
        watermark_left: Its distance from the left in pixels. Takes a whole number from 0 to 9999.
        watermark_width: Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or
        a share such as 50%.
        watermark_height: Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999,
        or a share such as 50%.
        frame_count: Number of frames; only 1 is known. Takes a whole number from 1 to 1.
        """
        return self._add("video_playlist", {
            "preset": preset,
            "force": force,
            "width": width,
            "height": height,
            "title": title,
            "extname": extname,
            "filename": filename,
            "location": location,
            "path": path,
            "container": container,
            "access": access,
            "upscale": upscale,
            "aspect_mode": aspect_mode,
            "two_pass": two_pass,
            "video_bitrate": video_bitrate,
            "fps": fps,
            "keyframe_interval": keyframe_interval,
            "audio_bitrate": audio_bitrate,
            "audio_sample_rate": audio_sample_rate,
            "audio_channels": audio_channels,
            "audio_codec": audio_codec,
            "clip_length": clip_length,
            "clip_offset": clip_offset,
            "watermark_url": watermark_url,
            "watermark_top": watermark_top,
            "watermark_right": watermark_right,
            "watermark_bottom": watermark_bottom,
            "watermark_left": watermark_left,
            "watermark_width": watermark_width,
            "watermark_height": watermark_height,
            "frame_count": frame_count,
        })
