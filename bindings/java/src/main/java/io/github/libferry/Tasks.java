// Written by `make bindings` from the table that the library checks every task against; do not edit.
package io.github.libferry;

/**
 * The tasks of a chain, for {@link Client#transform} and {@link Transform#add}: {@code
 * Tasks.resize().width(200).fit("crop")}. A parameter that is not set is left to the service.
 */
public final class Tasks {
    private Tasks() {}

    /** Changes the size of the picture. At least one is needed of width, height. */
    public static Resize resize() {
        return new Resize();
    }

    /** See {@link Tasks#resize}. */
    public static final class Resize extends Task {
        Resize() {
            super("resize");
        }

        /** Width in pixels. Takes a number from 0 to 10000. */
        public Resize width(double width) {
            put("width", width);
            return this;
        }

        /** Height in pixels. Takes a number from 0 to 10000. */
        public Resize height(double height) {
            put("height", height);
            return this;
        }

        /**
         * How the picture is fitted into width and height. Takes one of clip, crop, scale, max. Default:
         * clip.
         */
        public Resize fit(String fit) {
            put("fit", fit);
            return this;
        }

        /**
         * Which part stays when fit is crop. Takes one of top, middle, bottom, left, center, right, faces, or
         * a pair of both kinds such as [top,left]. Default: center.
         */
        public Resize align(String... align) {
            put("align", Task.oneOrList(Call.list("align", align)));
            return this;
        }

        /** Name of the resampling filter. Takes a text that is not empty. */
        public Resize filter(String filter) {
            put("filter", filter);
            return this;
        }
    }

    /**
     * Cuts a box out of the picture. dim: The box [x,y,width,height] in pixels from the top left corner.
     * Takes a list of 4 whole numbers: 0 to 100000, 0 to 100000, 1 to 100000, 1 to 100000.
     */
    public static Crop crop(int... dim) {
        Crop task = new Crop();
        task.put("dim", Task.numbers("dim", dim));
        return task;
    }

    /** See {@link Tasks#crop}. */
    public static final class Crop extends Task {
        Crop() {
            super("crop");
        }
    }

    /** Turns the picture clockwise. */
    public static Rotate rotate() {
        return new Rotate();
    }

    /** See {@link Tasks#rotate}. */
    public static final class Rotate extends Task {
        Rotate() {
            super("rotate");
        }

        /**
         * Angle in degrees, or exif to turn it upright by its EXIF orientation. Takes a whole number from 0
         * to 359, or one of exif.
         */
        public Rotate deg(int deg) {
            put("deg", deg);
            return this;
        }

        /**
         * Angle in degrees, or exif to turn it upright by its EXIF orientation. Takes a whole number from 0
         * to 359, or one of exif.
         */
        public Rotate deg(String deg) {
            put("deg", deg);
            return this;
        }

        /** false ignores the EXIF orientation. Takes true or false. */
        public Rotate exif(boolean exif) {
            put("exif", exif);
            return this;
        }

        /**
         * Colour of the corners that the turn lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without
         * #, or a CSS or X11 name. Default: FFFFFFFF.
         */
        public Rotate background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Mirrors the picture top to bottom. */
    public static Flip flip() {
        return new Flip();
    }

    /** See {@link Tasks#flip}. */
    public static final class Flip extends Task {
        Flip() {
            super("flip");
        }
    }

    /** Mirrors the picture left to right. */
    public static Flop flop() {
        return new Flop();
    }

    /** See {@link Tasks#flop}. */
    public static final class Flop extends Task {
        Flop() {
            super("flop");
        }
    }

    /** Crops the picture to what matters in it. The answer is JSON if coords is true. */
    public static SmartCrop smartCrop() {
        return new SmartCrop();
    }

    /** See {@link Tasks#smartCrop}. */
    public static final class SmartCrop extends Task {
        SmartCrop() {
            super("smart_crop");
        }

        /**
         * What the service takes for the thing that matters. Takes one of auto, face, object, fit. Default:
         * auto.
         */
        public SmartCrop mode(String mode) {
            put("mode", mode);
            return this;
        }

        /** Width in pixels. Takes a whole number from 0 to 10000. */
        public SmartCrop width(int width) {
            put("width", width);
            return this;
        }

        /** Height in pixels. Takes a whole number from 0 to 10000. */
        public SmartCrop height(int height) {
            put("height", height);
            return this;
        }

        /**
         * Colour of what lies outside the picture. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or
         * a CSS or X11 name.
         */
        public SmartCrop fillColor(String fillColor) {
            put("fill_color", fillColor);
            return this;
        }

        /**
         * true answers the coordinates as JSON; the Python SDK lets a pair of numbers pass too. Takes true or
         * false, or a list of 2 whole numbers: 0 to 100000, 0 to 100000.
         */
        public SmartCrop coords(boolean coords) {
            put("coords", coords);
            return this;
        }

        /**
         * true answers the coordinates as JSON; the Python SDK lets a pair of numbers pass too. Takes true or
         * false, or a list of 2 whole numbers: 0 to 100000, 0 to 100000.
         */
        public SmartCrop coords(int... coords) {
            put("coords", Task.numbers("coords", coords));
            return this;
        }

        /** What to look for when mode is object, such as dog. Takes a text that is not empty. */
        public SmartCrop object(String object) {
            put("object", object);
            return this;
        }
    }

    /** Cuts the picture to a circle. */
    public static Circle circle() {
        return new Circle();
    }

    /** See {@link Tasks#circle}. */
    public static final class Circle extends Task {
        Circle() {
            super("circle");
        }

        /**
         * Colour around the circle. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
         * name.
         */
        public Circle background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Delivers the picture in the best format the browser takes. */
    public static AutoImage autoImage() {
        return new AutoImage();
    }

    /** See {@link Tasks#autoImage}. */
    public static final class AutoImage extends Task {
        AutoImage() {
            super("auto_image");
        }
    }

    /**
     * Answers the picture's width and height in pixels. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Imagesize imagesize() {
        return new Imagesize();
    }

    /** See {@link Tasks#imagesize}. */
    public static final class Imagesize extends Task {
        Imagesize() {
            super("imagesize");
        }
    }

    /** Draws a frame around every face, or answers where they are. The answer is JSON if export is true. */
    public static DetectFaces detectFaces() {
        return new DetectFaces();
    }

    /** See {@link Tasks#detectFaces}. */
    public static final class DetectFaces extends Task {
        DetectFaces() {
            super("detect_faces");
        }

        /**
         * The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public DetectFaces minsize(double minsize) {
            put("minsize", minsize);
            return this;
        }

        /**
         * The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public DetectFaces maxsize(double maxsize) {
            put("maxsize", maxsize);
            return this;
        }

        /**
         * Colour of the frames. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
         * Default: 000000FF.
         */
        public DetectFaces color(String color) {
            put("color", color);
            return this;
        }

        /** true answers the faces as JSON. Takes true or false. Default: false. */
        public DetectFaces export(boolean export) {
            put("export", export);
            return this;
        }
    }

    /** Crops the picture to its faces. */
    public static CropFaces cropFaces() {
        return new CropFaces();
    }

    /** See {@link Tasks#cropFaces}. */
    public static final class CropFaces extends Task {
        CropFaces() {
            super("crop_faces");
        }

        /** How the faces are cropped. Takes one of crop, thumb, fill. Default: thumb. */
        public CropFaces mode(String mode) {
            put("mode", mode);
            return this;
        }

        /** Width in pixels. Takes a whole number from 1 to 10000. */
        public CropFaces width(int width) {
            put("width", width);
            return this;
        }

        /** Height in pixels. Takes a whole number from 1 to 10000. */
        public CropFaces height(int height) {
            put("height", height);
            return this;
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: 1.
         */
        public CropFaces faces(int... faces) {
            put("faces", Task.oneOrList(Task.numbers("faces", faces)));
            return this;
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: 1.
         */
        public CropFaces faces(String faces) {
            put("faces", faces);
            return this;
        }

        /** Pixels added around each face. Takes a whole number from 0 to 10000. */
        public CropFaces buffer(int buffer) {
            put("buffer", buffer);
            return this;
        }

        /**
         * The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public CropFaces minsize(double minsize) {
            put("minsize", minsize);
            return this;
        }

        /**
         * The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public CropFaces maxsize(double maxsize) {
            put("maxsize", maxsize);
            return this;
        }
    }

    /** Pixelates faces. */
    public static PixelateFaces pixelateFaces() {
        return new PixelateFaces();
    }

    /** See {@link Tasks#pixelateFaces}. */
    public static final class PixelateFaces extends Task {
        PixelateFaces() {
            super("pixelate_faces");
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: all.
         */
        public PixelateFaces faces(int... faces) {
            put("faces", Task.oneOrList(Task.numbers("faces", faces)));
            return this;
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: all.
         */
        public PixelateFaces faces(String faces) {
            put("faces", faces);
            return this;
        }

        /**
         * The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public PixelateFaces minsize(double minsize) {
            put("minsize", minsize);
            return this;
        }

        /**
         * The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public PixelateFaces maxsize(double maxsize) {
            put("maxsize", maxsize);
            return this;
        }

        /** Pixels added around each face. Takes a whole number from 0 to 10000. */
        public PixelateFaces buffer(int buffer) {
            put("buffer", buffer);
            return this;
        }

        /** Size of the squares in pixels. Takes a number from 2 to 100. Default: 10. */
        public PixelateFaces amount(double amount) {
            put("amount", amount);
            return this;
        }

        /** How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4. */
        public PixelateFaces blur(double blur) {
            put("blur", blur);
            return this;
        }

        /** Shape of the covered area. Takes one of rect, oval. Default: rect. */
        public PixelateFaces type(String type) {
            put("type", type);
            return this;
        }
    }

    /** Blurs faces. */
    public static BlurFaces blurFaces() {
        return new BlurFaces();
    }

    /** See {@link Tasks#blurFaces}. */
    public static final class BlurFaces extends Task {
        BlurFaces() {
            super("blur_faces");
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: all.
         */
        public BlurFaces faces(int... faces) {
            put("faces", Task.oneOrList(Task.numbers("faces", faces)));
            return this;
        }

        /**
         * Which faces, by their numbers. Takes all, a whole number from 1 to 1000, or a list of such numbers.
         * Default: all.
         */
        public BlurFaces faces(String faces) {
            put("faces", faces);
            return this;
        }

        /**
         * The smallest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public BlurFaces minsize(double minsize) {
            put("minsize", minsize);
            return this;
        }

        /**
         * The largest face that counts: pixels, or below 1 a share of the picture. Takes a number from 0 to
         * 10000. Default: 0.35.
         */
        public BlurFaces maxsize(double maxsize) {
            put("maxsize", maxsize);
            return this;
        }

        /** Pixels added around each face. Takes a whole number from 0 to 10000. */
        public BlurFaces buffer(int buffer) {
            put("buffer", buffer);
            return this;
        }

        /** How strongly the faces are blurred. Takes a number from 0 to 20. Default: 10. */
        public BlurFaces amount(double amount) {
            put("amount", amount);
            return this;
        }

        /** How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4. */
        public BlurFaces blur(double blur) {
            put("blur", blur);
            return this;
        }

        /** Shape of the covered area. Takes one of rect, oval. Default: rect. */
        public BlurFaces type(String type) {
            put("type", type);
            return this;
        }
    }

    /** Removes red eyes. */
    public static Redeye redeye() {
        return new Redeye();
    }

    /** See {@link Tasks#redeye}. */
    public static final class Redeye extends Task {
        Redeye() {
            super("redeye");
        }
    }

    /** Rounds the corners of the picture. */
    public static RoundedCorners roundedCorners() {
        return new RoundedCorners();
    }

    /** See {@link Tasks#roundedCorners}. */
    public static final class RoundedCorners extends Task {
        RoundedCorners() {
            super("rounded_corners");
        }

        /**
         * Radius in pixels, or max for the roundest corners. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public RoundedCorners radius(int radius) {
            put("radius", radius);
            return this;
        }

        /**
         * Radius in pixels, or max for the roundest corners. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public RoundedCorners radius(String radius) {
            put("radius", radius);
            return this;
        }

        /** How softly the edge fades. Takes a number from 0 to 20. Default: 0.3. */
        public RoundedCorners blur(double blur) {
            put("blur", blur);
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public RoundedCorners background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Darkens the picture towards its edges. */
    public static Vignette vignette() {
        return new Vignette();
    }

    /** See {@link Tasks#vignette}. */
    public static final class Vignette extends Task {
        Vignette() {
            super("vignette");
        }

        /** Strength in percent. Takes a number from 0 to 100. Default: 20. */
        public Vignette amount(double amount) {
            put("amount", amount);
            return this;
        }

        /** How the shade fades. Takes one of gaussian, linear. Default: gaussian. */
        public Vignette blurmode(String blurmode) {
            put("blurmode", blurmode);
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public Vignette background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Frames the picture like an instant photo. */
    public static Polaroid polaroid() {
        return new Polaroid();
    }

    /** See {@link Tasks#polaroid}. */
    public static final class Polaroid extends Task {
        Polaroid() {
            super("polaroid");
        }

        /**
         * Colour of the frame. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
         * Default: snow.
         */
        public Polaroid color(String color) {
            put("color", color);
            return this;
        }

        /** Angle of the photo in degrees. Takes a whole number from 0 to 359. */
        public Polaroid rotate(int rotate) {
            put("rotate", rotate);
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public Polaroid background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Tears the edges of the picture. */
    public static TornEdges tornEdges() {
        return new TornEdges();
    }

    /** See {@link Tasks#tornEdges}. */
    public static final class TornEdges extends Task {
        TornEdges() {
            super("torn_edges");
        }

        /**
         * The least and the most the edge is torn, in pixels. Takes a list of 2 whole numbers: 1 to 10000, 1
         * to 10000. Default: [1,10].
         */
        public TornEdges spread(int... spread) {
            put("spread", Task.numbers("spread", spread));
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public TornEdges background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Lays a shadow behind the picture. */
    public static Shadow shadow() {
        return new Shadow();
    }

    /** See {@link Tasks#shadow}. */
    public static final class Shadow extends Task {
        Shadow() {
            super("shadow");
        }

        /** How softly the shadow fades. Takes a number from 0 to 20. */
        public Shadow blur(double blur) {
            put("blur", blur);
            return this;
        }

        /** Opacity in percent. Takes a number from 0 to 100. Default: 60. */
        public Shadow opacity(double opacity) {
            put("opacity", opacity);
            return this;
        }

        /**
         * Where the shadow falls: [x,y] in pixels, right and down. Takes a list of 2 whole numbers: -1000 to
         * 1000, -1000 to 1000. Default: [4,4].
         */
        public Shadow vector(int... vector) {
            put("vector", Task.numbers("vector", vector));
            return this;
        }

        /**
         * Colour of the shadow. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
         */
        public Shadow color(String color) {
            put("color", color);
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public Shadow background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Draws a border around the picture. */
    public static Border border() {
        return new Border();
    }

    /** See {@link Tasks#border}. */
    public static final class Border extends Task {
        Border() {
            super("border");
        }

        /** Width of the border in pixels. Takes a whole number from 0 to 1000. */
        public Border width(int width) {
            put("width", width);
            return this;
        }

        /**
         * Colour of the border. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
         */
        public Border color(String color) {
            put("color", color);
            return this;
        }

        /**
         * Colour of what the effect lays bare. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public Border background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Sharpens the picture. */
    public static Sharpen sharpen() {
        return new Sharpen();
    }

    /** See {@link Tasks#sharpen}. */
    public static final class Sharpen extends Task {
        Sharpen() {
            super("sharpen");
        }

        /** Strength. Takes a number from 0 to 20. Default: 2. */
        public Sharpen amount(double amount) {
            put("amount", amount);
            return this;
        }
    }

    /** Blurs the picture. */
    public static Blur blur() {
        return new Blur();
    }

    /** See {@link Tasks#blur}. */
    public static final class Blur extends Task {
        Blur() {
            super("blur");
        }

        /** Strength. Takes a number from 0 to 20. Default: 2. */
        public Blur amount(double amount) {
            put("amount", amount);
            return this;
        }
    }

    /** Turns the picture into shades of grey. */
    public static Monochrome monochrome() {
        return new Monochrome();
    }

    /** See {@link Tasks#monochrome}. */
    public static final class Monochrome extends Task {
        Monochrome() {
            super("monochrome");
        }
    }

    /** Turns the picture into black and white. */
    public static Blackwhite blackwhite() {
        return new Blackwhite();
    }

    /** See {@link Tasks#blackwhite}. */
    public static final class Blackwhite extends Task {
        Blackwhite() {
            super("blackwhite");
        }

        /** Brightness in percent from which a point is white. Takes a number from 0 to 100. Default: 50. */
        public Blackwhite threshold(double threshold) {
            put("threshold", threshold);
            return this;
        }
    }

    /** Tones the picture brown. */
    public static Sepia sepia() {
        return new Sepia();
    }

    /** See {@link Tasks#sepia}. */
    public static final class Sepia extends Task {
        Sepia() {
            super("sepia");
        }

        /** Strength in percent. Takes a number from 0 to 100. Default: 80. */
        public Sepia tone(double tone) {
            put("tone", tone);
            return this;
        }
    }

    /** Pixelates the picture. */
    public static Pixelate pixelate() {
        return new Pixelate();
    }

    /** See {@link Tasks#pixelate}. */
    public static final class Pixelate extends Task {
        Pixelate() {
            super("pixelate");
        }

        /** Size of the squares in pixels. Takes a number from 2 to 100. Default: 2. */
        public Pixelate amount(double amount) {
            put("amount", amount);
            return this;
        }
    }

    /** Makes the picture look painted. */
    public static OilPaint oilPaint() {
        return new OilPaint();
    }

    /** See {@link Tasks#oilPaint}. */
    public static final class OilPaint extends Task {
        OilPaint() {
            super("oil_paint");
        }

        /** Size of the brush in pixels. Takes a number from 2 to 100. Default: 2. */
        public OilPaint amount(double amount) {
            put("amount", amount);
            return this;
        }
    }

    /** Inverts the colours. */
    public static Negative negative() {
        return new Negative();
    }

    /** See {@link Tasks#negative}. */
    public static final class Negative extends Task {
        Negative() {
            super("negative");
        }
    }

    /** Changes brightness, saturation and hue. */
    public static Modulate modulate() {
        return new Modulate();
    }

    /** See {@link Tasks#modulate}. */
    public static final class Modulate extends Task {
        Modulate() {
            super("modulate");
        }

        /** Brightness in percent of the original. Takes a number from 0 to 10000. Default: 100. */
        public Modulate brightness(double brightness) {
            put("brightness", brightness);
            return this;
        }

        /** Turn of the hue in degrees. Takes a number from 0 to 359. Default: 0. */
        public Modulate hue(double hue) {
            put("hue", hue);
            return this;
        }

        /** Saturation in percent of the original. Takes a number from 0 to 10000. Default: 100. */
        public Modulate saturation(double saturation) {
            put("saturation", saturation);
            return this;
        }
    }

    /**
     * Pixelates boxes of the picture. objects: The boxes [[x,y,width,height],…] in pixels. Takes a list of 1
     * to 50 boxes [x,y,width,height], x and y 0 to 10000, the others 1 to 10000.
     */
    public static PartialPixelate partialPixelate(int[]... objects) {
        PartialPixelate task = new PartialPixelate();
        task.put("objects", Call.list("objects", objects));
        return task;
    }

    /** See {@link Tasks#partialPixelate}. */
    public static final class PartialPixelate extends Task {
        PartialPixelate() {
            super("partial_pixelate");
        }

        /** Size of the squares in pixels. Takes a number from 2 to 100. Default: 10. */
        public PartialPixelate amount(double amount) {
            put("amount", amount);
            return this;
        }

        /** How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4. */
        public PartialPixelate blur(double blur) {
            put("blur", blur);
            return this;
        }

        /** Shape of the covered area. Takes one of rect, oval. Default: rect. */
        public PartialPixelate type(String type) {
            put("type", type);
            return this;
        }
    }

    /**
     * Blurs boxes of the picture. objects: The boxes [[x,y,width,height],…] in pixels. Takes a list of 1 to
     * 50 boxes [x,y,width,height], x and y 0 to 10000, the others 1 to 10000.
     */
    public static PartialBlur partialBlur(int[]... objects) {
        PartialBlur task = new PartialBlur();
        task.put("objects", Call.list("objects", objects));
        return task;
    }

    /** See {@link Tasks#partialBlur}. */
    public static final class PartialBlur extends Task {
        PartialBlur() {
            super("partial_blur");
        }

        /** How strongly the boxes are blurred; most SDKs stop at 20. Takes a number from 0 to 100. */
        public PartialBlur amount(double amount) {
            put("amount", amount);
            return this;
        }

        /** How softly the edges fade into the picture. Takes a number from 0 to 20. Default: 4. */
        public PartialBlur blur(double blur) {
            put("blur", blur);
            return this;
        }

        /** Shape of the covered area. Takes one of rect, oval. Default: rect. */
        public PartialBlur type(String type) {
            put("type", type);
            return this;
        }
    }

    /** Improves the picture. */
    public static Enhance enhance() {
        return new Enhance();
    }

    /** See {@link Tasks#enhance}. */
    public static final class Enhance extends Task {
        Enhance() {
            super("enhance");
        }

        /**
         * What kind of improvement. Takes one of auto, vivid, beautify, beautify_plus, fix_dark, fix_noise,
         * fix_tint, outdoor, fireworks.
         */
        public Enhance preset(String preset) {
            put("preset", preset);
            return this;
        }
    }

    /** Enlarges the picture. */
    public static Upscale upscale() {
        return new Upscale();
    }

    /** See {@link Tasks#upscale}. */
    public static final class Upscale extends Task {
        Upscale() {
            super("upscale");
        }

        /** How much noise is removed. Takes one of none, low, medium, high. Default: none. */
        public Upscale noise(String noise) {
            put("noise", noise);
            return this;
        }

        /**
         * Whether the picture is enlarged; false only removes the noise. Takes true or false. Default: true.
         */
        public Upscale upscale(boolean upscale) {
            put("upscale", upscale);
            return this;
        }

        /** What the picture is. Takes one of artwork, photo. Default: photo. */
        public Upscale style(String style) {
            put("style", style);
            return this;
        }
    }

    /** Turns the picture into an HTML page of characters. */
    public static Ascii ascii() {
        return new Ascii();
    }

    /** See {@link Tasks#ascii}. */
    public static final class Ascii extends Task {
        Ascii() {
            super("ascii");
        }

        /**
         * Colour of the characters. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
         * name. Default: 000000FF.
         */
        public Ascii foreground(String foreground) {
            put("foreground", foreground);
            return this;
        }

        /**
         * Colour behind them. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11 name.
         * Default: FFFFFFFF.
         */
        public Ascii background(String background) {
            put("background", background);
            return this;
        }

        /** Whether the characters take the picture's colours. Takes true or false. Default: false. */
        public Ascii colored(boolean colored) {
            put("colored", colored);
            return this;
        }

        /** Whether dark and light are swapped. Takes true or false. Default: false. */
        public Ascii reverse(boolean reverse) {
            put("reverse", reverse);
            return this;
        }

        /** Size in percent of the picture. Takes a whole number from 10 to 100. Default: 100. */
        public Ascii size(int size) {
            put("size", size);
            return this;
        }
    }

    /**
     * Lays another picture over this one. file: The picture laid over it. Takes a file: a handle, an http(s)
     * URL or src://alias/path.
     */
    public static Watermark watermark(String file) {
        Watermark task = new Watermark();
        task.put("file", file);
        return task;
    }

    /**
     * Lays another picture over this one. file: The picture laid over it. Takes a file: a handle, an http(s)
     * URL or src://alias/path.
     */
    public static Watermark watermark(Filelink file) {
        Watermark task = new Watermark();
        task.put("file", Task.handles("file", file).get(0));
        return task;
    }

    /** See {@link Tasks#watermark}. */
    public static final class Watermark extends Task {
        Watermark() {
            super("watermark");
        }

        /** Its size in percent. Takes a number from 0 to 500. Default: 100. */
        public Watermark size(double size) {
            put("size", size);
            return this;
        }

        /**
         * Where it is laid. Takes one of top, middle, bottom, left, center, right, or a pair of both kinds
         * such as [top,left]. Default: center.
         */
        public Watermark position(String... position) {
            put("position", Task.oneOrList(Call.list("position", position)));
            return this;
        }
    }

    /**
     * Puts pictures side by side; the source is the first of them. width: Width of the collage in pixels.
     * Takes a whole number from 0 to 10000. height: Height of the collage in pixels. Takes a whole number
     * from 0 to 10000. files: The pictures beside the source. Takes a list of files: handles, http(s) URLs or
     * src://alias/path.
     */
    public static Collage collage(int width, int height, String... files) {
        Collage task = new Collage();
        task.put("width", width);
        task.put("height", height);
        task.put("files", Call.list("files", files));
        return task;
    }

    /**
     * Puts pictures side by side; the source is the first of them. width: Width of the collage in pixels.
     * Takes a whole number from 0 to 10000. height: Height of the collage in pixels. Takes a whole number
     * from 0 to 10000. files: The pictures beside the source. Takes a list of files: handles, http(s) URLs or
     * src://alias/path.
     */
    public static Collage collage(int width, int height, Filelink... files) {
        Collage task = new Collage();
        task.put("width", width);
        task.put("height", height);
        task.put("files", Task.handles("files", files));
        return task;
    }

    /** See {@link Tasks#collage}. */
    public static final class Collage extends Task {
        Collage() {
            super("collage");
        }

        /** Pixels between the pictures. Takes a whole number from 1 to 100. Default: 10. */
        public Collage margin(int margin) {
            put("margin", margin);
            return this;
        }

        /**
         * Colour between the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or
         * X11 name. Default: FFFFFFFF.
         */
        public Collage color(String color) {
            put("color", color);
            return this;
        }

        /** How the pictures are fitted into their places. Takes one of auto, crop. Default: auto. */
        public Collage fit(String fit) {
            put("fit", fit);
            return this;
        }

        /** Whether pictures may be turned to fit better. Takes true or false. Default: false. */
        public Collage autorotate(boolean autorotate) {
            put("autorotate", autorotate);
            return this;
        }
    }

    /** Makes a GIF of the pictures in the source. */
    public static Animate animate() {
        return new Animate();
    }

    /** See {@link Tasks#animate}. */
    public static final class Animate extends Task {
        Animate() {
            super("animate");
        }

        /** Milliseconds each picture is shown. Takes a whole number from 0 to 10000. Default: 1000. */
        public Animate delay(int delay) {
            put("delay", delay);
            return this;
        }

        /** How often it runs; 0 is for ever. Takes a whole number from 0 to 1000. Default: 0. */
        public Animate loop(int loop) {
            put("loop", loop);
            return this;
        }

        /**
         * Width in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public Animate width(int width) {
            put("width", width);
            return this;
        }

        /**
         * Width in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public Animate width(String width) {
            put("width", width);
            return this;
        }

        /**
         * Height in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public Animate height(int height) {
            put("height", height);
            return this;
        }

        /**
         * Height in pixels, or max; most SDKs stop at 1800. Takes a whole number from 1 to 10000, or one of
         * max.
         */
        public Animate height(String height) {
            put("height", height);
            return this;
        }

        /** How the pictures are fitted into the frame. Takes one of clip, scale, crop. Default: clip. */
        public Animate fit(String fit) {
            put("fit", fit);
            return this;
        }

        /**
         * Which part stays when fit is crop. Takes one of top, middle, bottom, left, center, right, faces, or
         * a pair of both kinds such as [top,left]. Default: center.
         */
        public Animate align(String... align) {
            put("align", Task.oneOrList(Call.list("align", align)));
            return this;
        }

        /**
         * Colour behind the pictures. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a CSS or X11
         * name. Default: transparent.
         */
        public Animate background(String background) {
            put("background", background);
            return this;
        }
    }

    /** Converts the file to another format. The answer is JSON if docinfo is true. */
    public static Output output() {
        return new Output();
    }

    /** See {@link Tasks#output}. */
    public static final class Output extends Task {
        Output() {
            super("output");
        }

        /**
         * The format, as a file extension. Takes a word such as doc, docx, html, jpg, odp, ods, odt, pjpg,
         * pdf, png, ppt, pptx, svg, txt, webp, xls, xlsx.
         */
        public Output format(String format) {
            put("format", format);
            return this;
        }

        /**
         * Colour behind a transparent picture. Takes a colour: 3, 6 or 8 hexadecimal digits without #, or a
         * CSS or X11 name.
         */
        public Output background(String background) {
            put("background", background);
            return this;
        }

        /** Which page of a document, from 1 on. Takes a whole number from 1 to 99999. */
        public Output page(int page) {
            put("page", page);
            return this;
        }

        /** Resolution of a page in dots per inch. Takes a whole number from 1 to 500. */
        public Output density(int density) {
            put("density", density);
            return this;
        }

        /** Whether the picture is compressed. Takes true or false. Default: false. */
        public Output compress(boolean compress) {
            put("compress", compress);
            return this;
        }

        /**
         * Quality of a JPEG in percent, or input to keep the source's. Takes a whole number from 1 to 100, or
         * one of input. Default: 95.
         */
        public Output quality(int quality) {
            put("quality", quality);
            return this;
        }

        /**
         * Quality of a JPEG in percent, or input to keep the source's. Takes a whole number from 1 to 100, or
         * one of input. Default: 95.
         */
        public Output quality(String quality) {
            put("quality", quality);
            return this;
        }

        /** Whether metadata is removed. Takes true or false. Default: false. */
        public Output strip(boolean strip) {
            put("strip", strip);
            return this;
        }

        /** Colour space of the picture. Takes one of rgb, cmyk, input. Default: rgb. */
        public Output colorspace(String colorspace) {
            put("colorspace", colorspace);
            return this;
        }

        /** Whether scripts are removed from HTML and SVG. Takes true or false. Default: false. */
        public Output secure(boolean secure) {
            put("secure", secure);
            return this;
        }

        /** Whether the document is described as JSON instead. Takes true or false. Default: false. */
        public Output docinfo(boolean docinfo) {
            put("docinfo", docinfo);
            return this;
        }

        /** Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid. */
        public Output pageformat(String pageformat) {
            put("pageformat", pageformat);
            return this;
        }

        /** Which way the paper lies. Takes one of portrait, landscape. */
        public Output pageorientation(String pageorientation) {
            put("pageorientation", pageorientation);
            return this;
        }
    }

    /** Sets the quality of a JPEG. value: Quality in percent. Takes a whole number from 1 to 100. */
    public static Quality quality(int value) {
        Quality task = new Quality();
        task.put("value", value);
        return task;
    }

    /** See {@link Tasks#quality}. */
    public static final class Quality extends Task {
        Quality() {
            super("quality");
        }
    }

    /** Makes a progressive JPEG. */
    public static Pjpg pjpg() {
        return new Pjpg();
    }

    /** See {@link Tasks#pjpg}. */
    public static final class Pjpg extends Task {
        Pjpg() {
            super("pjpg");
        }

        /** Quality in percent. Takes a whole number from 0 to 100. */
        public Pjpg quality(int quality) {
            put("quality", quality);
            return this;
        }

        /** Whether metadata is kept. Takes true or false. Default: false. */
        public Pjpg metadata(boolean metadata) {
            put("metadata", metadata);
            return this;
        }
    }

    /** Compresses the picture. */
    public static Compress compress() {
        return new Compress();
    }

    /** See {@link Tasks#compress}. */
    public static final class Compress extends Task {
        Compress() {
            super("compress");
        }

        /** Whether metadata is kept. Takes true or false. Default: false. */
        public Compress metadata(boolean metadata) {
            put("metadata", metadata);
            return this;
        }
    }

    /** Removes metadata from the picture. */
    public static NoMetadata noMetadata() {
        return new NoMetadata();
    }

    /** See {@link Tasks#noMetadata}. */
    public static final class NoMetadata extends Task {
        NoMetadata() {
            super("no_metadata");
        }
    }

    /** Sets how long the result is kept; false keeps none. */
    public static Cache cache() {
        return new Cache();
    }

    /** See {@link Tasks#cache}. */
    public static final class Cache extends Task {
        Cache() {
            super("cache");
        }

        /** Seconds the result is kept, or max. Takes a number from 1 to 31536000, or one of max. */
        public Cache expiry(double expiry) {
            put("expiry", expiry);
            return this;
        }

        /** Seconds the result is kept, or max. Takes a number from 1 to 31536000, or one of max. */
        public Cache expiry(String expiry) {
            put("expiry", expiry);
            return this;
        }

        /** In place of parameters: false. */
        public Cache bare(String word) {
            setBare(word);
            return this;
        }
    }

    /**
     * Delivers another file when the source cannot be had. file: The other file. Takes a file: a handle, an
     * http(s) URL or src://alias/path.
     */
    public static Fallback fallback(String file) {
        Fallback task = new Fallback();
        task.put("file", file);
        return task;
    }

    /**
     * Delivers another file when the source cannot be had. file: The other file. Takes a file: a handle, an
     * http(s) URL or src://alias/path.
     */
    public static Fallback fallback(Filelink file) {
        Fallback task = new Fallback();
        task.put("file", Task.handles("file", file).get(0));
        return task;
    }

    /** See {@link Tasks#fallback}. */
    public static final class Fallback extends Task {
        Fallback() {
            super("fallback");
        }

        /** Seconds the other file is kept in place of the source. Takes a number from 1 to 31536000. */
        public Fallback cache(double cache) {
            put("cache", cache);
            return this;
        }
    }

    /**
     * Answers what a PDF is: pages, sizes, authors. The answer is JSON: go on with {@link Transform#json}.
     */
    public static Pdfinfo pdfinfo() {
        return new Pdfinfo();
    }

    /** See {@link Tasks#pdfinfo}. */
    public static final class Pdfinfo extends Task {
        Pdfinfo() {
            super("pdfinfo");
        }

        /** Whether the answer says which pages have colour. Takes true or false. */
        public Pdfinfo colorinfo(boolean colorinfo) {
            put("colorinfo", colorinfo);
            return this;
        }
    }

    /** Makes a new PDF from pages of a PDF. */
    public static Pdfconvert pdfconvert() {
        return new Pdfconvert();
    }

    /** See {@link Tasks#pdfconvert}. */
    public static final class Pdfconvert extends Task {
        Pdfconvert() {
            super("pdfconvert");
        }

        /** Which way the paper lies. Takes one of portrait, landscape. */
        public Pdfconvert pageorientation(String pageorientation) {
            put("pageorientation", pageorientation);
            return this;
        }

        /** Paper size. Takes one of a2, a3, a4, a5, b4, b5, letter, legal, tabloid. */
        public Pdfconvert pageformat(String pageformat) {
            put("pageformat", pageformat);
            return this;
        }

        /** Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these. */
        public Pdfconvert pages(int... pages) {
            put("pages", Task.oneOrList(Task.numbers("pages", pages)));
            return this;
        }

        /** Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these. */
        public Pdfconvert pages(String... pages) {
            put("pages", Task.oneOrList(Call.list("pages", pages)));
            return this;
        }

        /** What becomes of the metadata. Takes a text that is not empty. */
        public Pdfconvert metadata(String metadata) {
            put("metadata", metadata);
            return this;
        }
    }

    /** Makes a PDF of the files in the source. */
    public static Pdfcreate pdfcreate() {
        return new Pdfcreate();
    }

    /** See {@link Tasks#pdfcreate}. */
    public static final class Pdfcreate extends Task {
        Pdfcreate() {
            super("pdfcreate");
        }

        /** Which program does it, such as mupdf. Takes a text that is not empty. */
        public Pdfcreate engine(String engine) {
            put("engine", engine);
            return this;
        }
    }

    /** Turns the pages of a document into pictures, delivered as a ZIP file. */
    public static DocToImages docToImages() {
        return new DocToImages();
    }

    /** See {@link Tasks#docToImages}. */
    public static final class DocToImages extends Task {
        DocToImages() {
            super("doc_to_images");
        }

        /** Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these. */
        public DocToImages pages(int... pages) {
            put("pages", Task.oneOrList(Task.numbers("pages", pages)));
            return this;
        }

        /** Which pages. Takes a page from 1 on, a range such as 1-3, 1- or -2, or a list of these. */
        public DocToImages pages(String... pages) {
            put("pages", Task.oneOrList(Call.list("pages", pages)));
            return this;
        }

        /** Which program does it, such as imagemagick or mupdf. Takes a text that is not empty. */
        public DocToImages engine(String engine) {
            put("engine", engine);
            return this;
        }

        /** Format of the pictures, such as png. Takes a text that is not empty. */
        public DocToImages format(String format) {
            put("format", format);
            return this;
        }

        /** Quality of the pictures in percent. Takes a whole number from 1 to 100. */
        public DocToImages quality(int quality) {
            put("quality", quality);
            return this;
        }

        /** Resolution of a page in dots per inch. Takes a whole number from 1 to 500. */
        public DocToImages density(int density) {
            put("density", density);
            return this;
        }

        /** Whether hidden slides are included. Takes true or false. */
        public DocToImages hiddenSlides(boolean hiddenSlides) {
            put("hidden_slides", hiddenSlides);
            return this;
        }
    }

    /**
     * Finds a document in a photo and straightens it; at most 2000 x 2000 pixels. The answer is JSON if
     * coords is true.
     */
    public static DocDetection docDetection() {
        return new DocDetection();
    }

    /** See {@link Tasks#docDetection}. */
    public static final class DocDetection extends Task {
        DocDetection() {
            super("doc_detection");
        }

        /** true answers where the document is as JSON. Takes true or false. Default: false. */
        public DocDetection coords(boolean coords) {
            put("coords", coords);
            return this;
        }

        /** Whether the picture is prepared for text recognition. Takes true or false. Default: true. */
        public DocDetection preprocess(boolean preprocess) {
            put("preprocess", preprocess);
            return this;
        }
    }

    /** Turns a document into a slide show page. */
    public static Slide slide() {
        return new Slide();
    }

    /** See {@link Tasks#slide}. */
    public static final class Slide extends Task {
        Slide() {
            super("slide");
        }

        /** Name of the theme. Takes a text that is not empty. */
        public Slide theme(String theme) {
            put("theme", theme);
            return this;
        }

        /** Which program does it. Takes a text that is not empty. */
        public Slide engine(String engine) {
            put("engine", engine);
            return this;
        }
    }

    /** Delivers an HTML page that shows the file. */
    public static Preview preview() {
        return new Preview();
    }

    /** See {@link Tasks#preview}. */
    public static final class Preview extends Task {
        Preview() {
            super("preview");
        }

        /** URL of a style sheet for the page. Takes a text that is not empty. */
        public Preview css(String css) {
            put("css", css);
            return this;
        }
    }

    /** Sets headers of the delivery. */
    public static Content content() {
        return new Content();
    }

    /** See {@link Tasks#content}. */
    public static final class Content extends Task {
        Content() {
            super("content");
        }

        /** File name in the Content-Disposition header. Takes a text that is not empty. */
        public Content filename(String filename) {
            put("filename", filename);
            return this;
        }

        /** MIME type in the Content-Type header. Takes a text that is not empty. */
        public Content type(String type) {
            put("type", type);
            return this;
        }
    }

    /** Makes a QR code. */
    public static Qr qr() {
        return new Qr();
    }

    /** See {@link Tasks#qr}. */
    public static final class Qr extends Task {
        Qr() {
            super("qr");
        }

        /** Version of the code, which sets how much it holds. Takes a whole number from 1 to 40. */
        public Qr version(int version) {
            put("version", version);
            return this;
        }

        /** Level of error correction. Takes a text that is not empty. */
        public Qr errorCorrection(String errorCorrection) {
            put("error_correction", errorCorrection);
            return this;
        }

        /** Format of the picture, such as png. Takes a text that is not empty. */
        public Qr format(String format) {
            put("format", format);
            return this;
        }
    }

    /** Makes a style sheet smaller. */
    public static MinifyCss minifyCss() {
        return new MinifyCss();
    }

    /** See {@link Tasks#minifyCss}. */
    public static final class MinifyCss extends Task {
        MinifyCss() {
            super("minify_css");
        }

        /** How far it is rewritten. Takes a whole number from 1 to 2. */
        public MinifyCss level(int level) {
            put("level", level);
            return this;
        }

        /** Whether the answer is compressed with gzip. Takes true or false. */
        public MinifyCss gzip(boolean gzip) {
            put("gzip", gzip);
            return this;
        }
    }

    /** Makes a script smaller. */
    public static MinifyJs minifyJs() {
        return new MinifyJs();
    }

    /** See {@link Tasks#minifyJs}. */
    public static final class MinifyJs extends Task {
        MinifyJs() {
            super("minify_js");
        }

        /** Whether the answer is compressed with gzip. Takes true or false. */
        public MinifyJs gzip(boolean gzip) {
            put("gzip", gzip);
            return this;
        }

        /** Whether Babel's polyfill is put in. Takes true or false. */
        public MinifyJs useBabelPolyfill(boolean useBabelPolyfill) {
            put("use_babel_polyfill", useBabelPolyfill);
            return this;
        }

        /** Whether names of functions are kept. Takes true or false. */
        public MinifyJs keepFnName(boolean keepFnName) {
            put("keep_fn_name", keepFnName);
            return this;
        }

        /** Whether names of classes are kept. Takes true or false. */
        public MinifyJs keepClassName(boolean keepClassName) {
            put("keep_class_name", keepClassName);
            return this;
        }

        /** Whether local names are shortened. Takes true or false. */
        public MinifyJs mangle(boolean mangle) {
            put("mangle", mangle);
            return this;
        }

        /** Whether declarations are merged. Takes true or false. */
        public MinifyJs mergeVars(boolean mergeVars) {
            put("merge_vars", mergeVars);
            return this;
        }

        /** Whether calls of console are removed. Takes true or false. */
        public MinifyJs removeConsole(boolean removeConsole) {
            put("remove_console", removeConsole);
            return this;
        }

        /** Whether undefined arguments are removed. Takes true or false. */
        public MinifyJs removeUndefined(boolean removeUndefined) {
            put("remove_undefined", removeUndefined);
            return this;
        }

        /** The browsers it has to run in, in the words of browserslist. Takes a text that is not empty. */
        public MinifyJs targets(String targets) {
            put("targets", targets);
            return this;
        }

        /** Whether true and false are shortened. Takes true or false. */
        public MinifyJs booleans(boolean booleans) {
            put("booleans", booleans);
            return this;
        }

        /** Whether built-in names are shortened. Takes true or false. */
        public MinifyJs builtIns(boolean builtIns) {
            put("builtIns", builtIns);
            return this;
        }

        /** Whether consecutive additions to objects and lists are joined. Takes true or false. */
        public MinifyJs consecutiveAdds(boolean consecutiveAdds) {
            put("consecutiveAdds", consecutiveAdds);
            return this;
        }

        /** Whether code that never runs is removed. Takes true or false. */
        public MinifyJs deadcode(boolean deadcode) {
            put("deadcode", deadcode);
            return this;
        }

        /** Whether constant expressions are computed. Takes true or false. */
        public MinifyJs evaluate(boolean evaluate) {
            put("evaluate", evaluate);
            return this;
        }

        /** Whether comparisons are turned round. Takes true or false. */
        public MinifyJs flipComparisons(boolean flipComparisons) {
            put("flipComparisons", flipComparisons);
            return this;
        }

        /** Whether conditions are written as guards. Takes true or false. */
        public MinifyJs guards(boolean guards) {
            put("guards", guards);
            return this;
        }

        /** Whether Infinity is shortened. Takes true or false. */
        public MinifyJs infinity(boolean infinity) {
            put("infinity", infinity);
            return this;
        }

        /** Whether members are written with a dot. Takes true or false. */
        public MinifyJs memberExpressions(boolean memberExpressions) {
            put("memberExpressions", memberExpressions);
            return this;
        }

        /** Whether numbers are shortened. Takes true or false. */
        public MinifyJs numericLiterals(boolean numericLiterals) {
            put("numericLiterals", numericLiterals);
            return this;
        }

        /** Whether quotes around property names are removed. Takes true or false. */
        public MinifyJs propertyLiterals(boolean propertyLiterals) {
            put("propertyLiterals", propertyLiterals);
            return this;
        }

        /** Whether RegExp constructors become literals. Takes true or false. */
        public MinifyJs regexpConstructors(boolean regexpConstructors) {
            put("regexpConstructors", regexpConstructors);
            return this;
        }

        /** Whether debugger statements are removed. Takes true or false. */
        public MinifyJs removeDebugger(boolean removeDebugger) {
            put("removeDebugger", removeDebugger);
            return this;
        }

        /** Whether statements are simplified. Takes true or false. */
        public MinifyJs simplify(boolean simplify) {
            put("simplify", simplify);
            return this;
        }

        /** Whether comparisons are simplified. Takes true or false. */
        public MinifyJs simplifyComparisons(boolean simplifyComparisons) {
            put("simplifyComparisons", simplifyComparisons);
            return this;
        }

        /** Whether constructors of built-in types are shortened. Takes true or false. */
        public MinifyJs typeConstructors(boolean typeConstructors) {
            put("typeConstructors", typeConstructors);
            return this;
        }

        /** Whether undefined is written void 0. Takes true or false. */
        public MinifyJs undefinedToVoid(boolean undefinedToVoid) {
            put("undefinedToVoid", undefinedToVoid);
            return this;
        }
    }

    /** Packs the source, or the files of a list, into a ZIP file. */
    public static Zip zip() {
        return new Zip();
    }

    /** See {@link Tasks#zip}. */
    public static final class Zip extends Task {
        Zip() {
            super("zip");
        }
    }

    /** Takes a picture of a web page; the source is its URL. */
    public static Urlscreenshot urlscreenshot() {
        return new Urlscreenshot();
    }

    /** See {@link Tasks#urlscreenshot}. */
    public static final class Urlscreenshot extends Task {
        Urlscreenshot() {
            super("urlscreenshot");
        }

        /** What the page takes the visitor for. Takes one of desktop, mobile. Default: desktop. */
        public Urlscreenshot agent(String agent) {
            put("agent", agent);
            return this;
        }

        /** The whole page or what a window shows. Takes one of all, window. Default: all. */
        public Urlscreenshot mode(String mode) {
            put("mode", mode);
            return this;
        }

        /**
         * Width of the window in pixels; most SDKs stop at 1920. Takes a whole number from 1 to 10000.
         * Default: 1024.
         */
        public Urlscreenshot width(int width) {
            put("width", width);
            return this;
        }

        /**
         * Height of the window in pixels; most SDKs stop at 8000. Takes a whole number from 1 to 10000.
         * Default: 768.
         */
        public Urlscreenshot height(int height) {
            put("height", height);
            return this;
        }

        /**
         * Milliseconds to wait before the picture is taken. Takes a whole number from 0 to 20000. Default:
         * 1000.
         */
        public Urlscreenshot delay(int delay) {
            put("delay", delay);
            return this;
        }

        /** Which way the device is held. Takes one of portrait, landscape. Default: portrait. */
        public Urlscreenshot orientation(String orientation) {
            put("orientation", orientation);
            return this;
        }

        /** Name of the device. Takes a text that is not empty. */
        public Urlscreenshot device(String device) {
            put("device", device);
            return this;
        }
    }

    /**
     * Answers what is in the picture, with confidences in percent. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Tags tags() {
        return new Tags();
    }

    /** See {@link Tasks#tags}. */
    public static final class Tags extends Task {
        Tags() {
            super("tags");
        }
    }

    /**
     * Answers whether the picture is safe for work. The answer is JSON: go on with {@link Transform#json}.
     */
    public static Sfw sfw() {
        return new Sfw();
    }

    /** See {@link Tasks#sfw}. */
    public static final class Sfw extends Task {
        Sfw() {
            super("sfw");
        }
    }

    /**
     * Answers the text in the picture and where it stands. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Ocr ocr() {
        return new Ocr();
    }

    /** See {@link Tasks#ocr}. */
    public static final class Ocr extends Task {
        Ocr() {
            super("ocr");
        }
    }

    /** Answers one sentence about the picture. The answer is JSON: go on with {@link Transform#json}. */
    public static Caption caption() {
        return new Caption();
    }

    /** See {@link Tasks#caption}. */
    public static final class Caption extends Task {
        Caption() {
            super("caption");
        }
    }

    /**
     * Answers the emotions in the picture, in percent. The answer is JSON: go on with {@link Transform#json}.
     */
    public static ImageSentiment imageSentiment() {
        return new ImageSentiment();
    }

    /** See {@link Tasks#imageSentiment}. */
    public static final class ImageSentiment extends Task {
        ImageSentiment() {
            super("image_sentiment");
        }
    }

    /**
     * Answers the emotions in a text; needs no source. text: The text. Takes a text that is not empty. The
     * answer is JSON: go on with {@link Transform#json}.
     */
    public static TextSentiment textSentiment(String text) {
        TextSentiment task = new TextSentiment();
        task.put("text", text);
        return task;
    }

    /** See {@link Tasks#textSentiment}. */
    public static final class TextSentiment extends Task {
        TextSentiment() {
            super("text_sentiment");
        }

        /** Language of the text. Takes one of auto, en, es, fr, de, it, pt, ar, hi, ja, ko, zh, zh-TW. */
        public TextSentiment language(String language) {
            put("language", language);
            return this;
        }
    }

    /**
     * Answers whether the picture is known to be under copyright. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Copyright copyright() {
        return new Copyright();
    }

    /** See {@link Tasks#copyright}. */
    public static final class Copyright extends Task {
        Copyright() {
            super("copyright");
        }
    }

    /** Answers the file's metadata. The answer is JSON: go on with {@link Transform#json}. */
    public static Metadata metadata() {
        return new Metadata();
    }

    /** See {@link Tasks#metadata}. */
    public static final class Metadata extends Task {
        Metadata() {
            super("metadata");
        }
    }

    /**
     * Stores the result as a new file; the last task of a chain. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Store store() {
        return new Store();
    }

    /** See {@link Tasks#store}. */
    public static final class Store extends Task {
        Store() {
            super("store");
        }

        /** Name of the new file. Takes a text that is not empty. */
        public Store filename(String filename) {
            put("filename", filename);
            return this;
        }

        /** The storage, in either case. Takes a word such as S3, gcs, azure, rackspace, dropbox. */
        public Store location(String location) {
            put("location", location);
            return this;
        }

        /** Folder, with a slash at its end, or full key. Takes a text that is not empty. */
        public Store path(String path) {
            put("path", path);
            return this;
        }

        /** Bucket. Takes a text that is not empty. */
        public Store container(String container) {
            put("container", container);
            return this;
        }

        /** Region of the bucket. Takes a text that is not empty. */
        public Store region(String region) {
            put("region", region);
            return this;
        }

        /** Who may read the file in its storage. Takes one of public, private. Default: private. */
        public Store access(String access) {
            put("access", access);
            return this;
        }

        /** Whether the file is decoded from base64 first. Takes true or false. Default: false. */
        public Store base64decode(boolean base64decode) {
            put("base64decode", base64decode);
            return this;
        }

        /** Ids of the workflows that start with the file. Takes a list of texts. */
        public Store workflows(String... workflows) {
            put("workflows", Call.list("workflows", workflows));
            return this;
        }
    }

    /**
     * Starts a workflow with the source. id: Id of the workflow. Takes a text that is not empty. The answer
     * is JSON: go on with {@link Transform#json}.
     */
    public static RunWorkflow runWorkflow(String id) {
        RunWorkflow task = new RunWorkflow();
        task.put("id", id);
        return task;
    }

    /** See {@link Tasks#runWorkflow}. */
    public static final class RunWorkflow extends Task {
        RunWorkflow() {
            super("run_workflow");
        }
    }

    /**
     * Answers how far a workflow is; needs no source. jobId: Id of the job, from the answer of run_workflow.
     * Takes a text that is not empty. The answer is JSON: go on with {@link Transform#json}.
     */
    public static WorkflowStatus workflowStatus(String jobId) {
        WorkflowStatus task = new WorkflowStatus();
        task.put("job_id", jobId);
        return task;
    }

    /** See {@link Tasks#workflowStatus}. */
    public static final class WorkflowStatus extends Task {
        WorkflowStatus() {
            super("workflow_status");
        }
    }

    /**
     * Answers how the chain would run; the first task of a chain. The answer is JSON: go on with {@link
     * Transform#json}.
     */
    public static Debug debug() {
        return new Debug();
    }

    /** See {@link Tasks#debug}. */
    public static final class Debug extends Task {
        Debug() {
            super("debug");
        }
    }

    /**
     * Converts audio or video; the same URL asked again tells how far it is. The answer is JSON: go on with
     * {@link Transform#json}.
     */
    public static VideoConvert videoConvert() {
        return new VideoConvert();
    }

    /** See {@link Tasks#videoConvert}. */
    public static final class VideoConvert extends Task {
        VideoConvert() {
            super("video_convert");
        }

        /**
         * Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi, hls.variant,
         * mp3, oga, m4a, aac, hls.variant.audio.
         */
        public VideoConvert preset(String preset) {
            put("preset", preset);
            return this;
        }

        /** Whether a job that is finished or under way runs again. Takes true or false. */
        public VideoConvert force(boolean force) {
            put("force", force);
            return this;
        }

        /** Width in pixels. Takes a whole number from 1 to 4096. */
        public VideoConvert width(int width) {
            put("width", width);
            return this;
        }

        /** Height in pixels. Takes a whole number from 1 to 4096. */
        public VideoConvert height(int height) {
            put("height", height);
            return this;
        }

        /** Title in the result's metadata. Takes a text that is not empty. */
        public VideoConvert title(String title) {
            put("title", title);
            return this;
        }

        /** File extension of the result, such as .mp4. Takes a text that is not empty. */
        public VideoConvert extname(String extname) {
            put("extname", extname);
            return this;
        }

        /** File name of the result. Takes a text that is not empty. */
        public VideoConvert filename(String filename) {
            put("filename", filename);
            return this;
        }

        /**
         * The storage of the result, in either case. Takes a word such as S3, gcs, azure, rackspace, dropbox.
         */
        public VideoConvert location(String location) {
            put("location", location);
            return this;
        }

        /** Folder or key of the result. Takes a text that is not empty. */
        public VideoConvert path(String path) {
            put("path", path);
            return this;
        }

        /** Bucket of the result. Takes a text that is not empty. */
        public VideoConvert container(String container) {
            put("container", container);
            return this;
        }

        /** Who may read the result in its storage. Takes one of public, private. Default: public. */
        public VideoConvert access(String access) {
            put("access", access);
            return this;
        }

        /** Whether a small video is enlarged. Takes true or false. Default: true. */
        public VideoConvert upscale(boolean upscale) {
            put("upscale", upscale);
            return this;
        }

        /**
         * How the video is fitted into width and height. Takes one of preserve, constrain, letterbox, pad,
         * crop. Default: letterbox.
         */
        public VideoConvert aspectMode(String aspectMode) {
            put("aspect_mode", aspectMode);
            return this;
        }

        /** Whether the video is encoded in two passes. Takes true or false. Default: false. */
        public VideoConvert twoPass(boolean twoPass) {
            put("two_pass", twoPass);
            return this;
        }

        /** Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000. */
        public VideoConvert videoBitrate(int videoBitrate) {
            put("video_bitrate", videoBitrate);
            return this;
        }

        /** Frames per second; the source's when not given. Takes a whole number from 1 to 300. */
        public VideoConvert fps(int fps) {
            put("fps", fps);
            return this;
        }

        /** Frames from one key frame to the next. Takes a whole number from 1 to 99999. Default: 250. */
        public VideoConvert keyframeInterval(int keyframeInterval) {
            put("keyframe_interval", keyframeInterval);
            return this;
        }

        /** Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999. */
        public VideoConvert audioBitrate(int audioBitrate) {
            put("audio_bitrate", audioBitrate);
            return this;
        }

        /** Sample rate of the audio in Hz. Takes a whole number from 1 to 99999. Default: 44100. */
        public VideoConvert audioSampleRate(int audioSampleRate) {
            put("audio_sample_rate", audioSampleRate);
            return this;
        }

        /** Number of audio channels. Takes a whole number from 1 to 12. */
        public VideoConvert audioChannels(int audioChannels) {
            put("audio_channels", audioChannels);
            return this;
        }

        /**
         * Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le, mp2, ac3,
         * eac3.
         */
        public VideoConvert audioCodec(String audioCodec) {
            put("audio_codec", audioCodec);
            return this;
        }

        /** Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59. */
        public VideoConvert clipLength(String clipLength) {
            put("clip_length", clipLength);
            return this;
        }

        /** Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59. */
        public VideoConvert clipOffset(String clipOffset) {
            put("clip_offset", clipOffset);
            return this;
        }

        /** URL of a picture laid over the video. Takes an http or https URL. */
        public VideoConvert watermarkUrl(String watermarkUrl) {
            put("watermark_url", watermarkUrl);
            return this;
        }

        /** Its distance from the top in pixels. Takes a whole number from 0 to 9999. */
        public VideoConvert watermarkTop(int watermarkTop) {
            put("watermark_top", watermarkTop);
            return this;
        }

        /** Its distance from the right in pixels. Takes a whole number from 0 to 9999. */
        public VideoConvert watermarkRight(int watermarkRight) {
            put("watermark_right", watermarkRight);
            return this;
        }

        /** Its distance from the bottom in pixels. Takes a whole number from 0 to 9999. */
        public VideoConvert watermarkBottom(int watermarkBottom) {
            put("watermark_bottom", watermarkBottom);
            return this;
        }

        /** Its distance from the left in pixels. Takes a whole number from 0 to 9999. */
        public VideoConvert watermarkLeft(int watermarkLeft) {
            put("watermark_left", watermarkLeft);
            return this;
        }

        /**
         * Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoConvert watermarkWidth(int watermarkWidth) {
            put("watermark_width", watermarkWidth);
            return this;
        }

        /**
         * Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoConvert watermarkWidth(String watermarkWidth) {
            put("watermark_width", watermarkWidth);
            return this;
        }

        /**
         * Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoConvert watermarkHeight(int watermarkHeight) {
            put("watermark_height", watermarkHeight);
            return this;
        }

        /**
         * Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoConvert watermarkHeight(String watermarkHeight) {
            put("watermark_height", watermarkHeight);
            return this;
        }

        /** Number of frames; only 1 is known. Takes a whole number from 1 to 1. */
        public VideoConvert frameCount(int frameCount) {
            put("frame_count", frameCount);
            return this;
        }
    }

    /**
     * Converts a video to an HLS playlist; the same URL asked again tells how far it is. The answer is JSON:
     * go on with {@link Transform#json}.
     */
    public static VideoPlaylist videoPlaylist() {
        return new VideoPlaylist();
    }

    /** See {@link Tasks#videoPlaylist}. */
    public static final class VideoPlaylist extends Task {
        VideoPlaylist() {
            super("video_playlist");
        }

        /**
         * Format of the result. Takes a word such as h264, h264.hi, webm, webm.hi, ogg, ogg.hi, hls.variant,
         * mp3, oga, m4a, aac, hls.variant.audio.
         */
        public VideoPlaylist preset(String preset) {
            put("preset", preset);
            return this;
        }

        /** Whether a job that is finished or under way runs again. Takes true or false. */
        public VideoPlaylist force(boolean force) {
            put("force", force);
            return this;
        }

        /** Width in pixels. Takes a whole number from 1 to 4096. */
        public VideoPlaylist width(int width) {
            put("width", width);
            return this;
        }

        /** Height in pixels. Takes a whole number from 1 to 4096. */
        public VideoPlaylist height(int height) {
            put("height", height);
            return this;
        }

        /** Title in the result's metadata. Takes a text that is not empty. */
        public VideoPlaylist title(String title) {
            put("title", title);
            return this;
        }

        /** File extension of the result, such as .mp4. Takes a text that is not empty. */
        public VideoPlaylist extname(String extname) {
            put("extname", extname);
            return this;
        }

        /** File name of the result. Takes a text that is not empty. */
        public VideoPlaylist filename(String filename) {
            put("filename", filename);
            return this;
        }

        /**
         * The storage of the result, in either case. Takes a word such as S3, gcs, azure, rackspace, dropbox.
         */
        public VideoPlaylist location(String location) {
            put("location", location);
            return this;
        }

        /** Folder or key of the result. Takes a text that is not empty. */
        public VideoPlaylist path(String path) {
            put("path", path);
            return this;
        }

        /** Bucket of the result. Takes a text that is not empty. */
        public VideoPlaylist container(String container) {
            put("container", container);
            return this;
        }

        /** Who may read the result in its storage. Takes one of public, private. Default: public. */
        public VideoPlaylist access(String access) {
            put("access", access);
            return this;
        }

        /** Whether a small video is enlarged. Takes true or false. Default: true. */
        public VideoPlaylist upscale(boolean upscale) {
            put("upscale", upscale);
            return this;
        }

        /**
         * How the video is fitted into width and height. Takes one of preserve, constrain, letterbox, pad,
         * crop. Default: letterbox.
         */
        public VideoPlaylist aspectMode(String aspectMode) {
            put("aspect_mode", aspectMode);
            return this;
        }

        /** Whether the video is encoded in two passes. Takes true or false. Default: false. */
        public VideoPlaylist twoPass(boolean twoPass) {
            put("two_pass", twoPass);
            return this;
        }

        /** Bit rate of the video in kbit/s. Takes a whole number from 1 to 5000. */
        public VideoPlaylist videoBitrate(int videoBitrate) {
            put("video_bitrate", videoBitrate);
            return this;
        }

        /** Frames per second; the source's when not given. Takes a whole number from 1 to 300. */
        public VideoPlaylist fps(int fps) {
            put("fps", fps);
            return this;
        }

        /** Frames from one key frame to the next. Takes a whole number from 1 to 99999. Default: 250. */
        public VideoPlaylist keyframeInterval(int keyframeInterval) {
            put("keyframe_interval", keyframeInterval);
            return this;
        }

        /** Bit rate of the audio in kbit/s. Takes a whole number from 0 to 999. */
        public VideoPlaylist audioBitrate(int audioBitrate) {
            put("audio_bitrate", audioBitrate);
            return this;
        }

        /** Sample rate of the audio in Hz. Takes a whole number from 1 to 99999. Default: 44100. */
        public VideoPlaylist audioSampleRate(int audioSampleRate) {
            put("audio_sample_rate", audioSampleRate);
            return this;
        }

        /** Number of audio channels. Takes a whole number from 1 to 12. */
        public VideoPlaylist audioChannels(int audioChannels) {
            put("audio_channels", audioChannels);
            return this;
        }

        /**
         * Codec of the audio. Takes one of libmp3lame, libvorbis, libfdk_aac, dib_ac3, pcm_s16le, mp2, ac3,
         * eac3.
         */
        public VideoPlaylist audioCodec(String audioCodec) {
            put("audio_codec", audioCodec);
            return this;
        }

        /** Length of the part to convert. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59. */
        public VideoPlaylist clipLength(String clipLength) {
            put("clip_length", clipLength);
            return this;
        }

        /** Where the part to convert begins. Takes a time HH, HH:MM or HH:MM:SS up to 23:59:59. */
        public VideoPlaylist clipOffset(String clipOffset) {
            put("clip_offset", clipOffset);
            return this;
        }

        /** URL of a picture laid over the video. Takes an http or https URL. */
        public VideoPlaylist watermarkUrl(String watermarkUrl) {
            put("watermark_url", watermarkUrl);
            return this;
        }

        /** Its distance from the top in pixels. Takes a whole number from 0 to 9999. */
        public VideoPlaylist watermarkTop(int watermarkTop) {
            put("watermark_top", watermarkTop);
            return this;
        }

        /** Its distance from the right in pixels. Takes a whole number from 0 to 9999. */
        public VideoPlaylist watermarkRight(int watermarkRight) {
            put("watermark_right", watermarkRight);
            return this;
        }

        /** Its distance from the bottom in pixels. Takes a whole number from 0 to 9999. */
        public VideoPlaylist watermarkBottom(int watermarkBottom) {
            put("watermark_bottom", watermarkBottom);
            return this;
        }

        /** Its distance from the left in pixels. Takes a whole number from 0 to 9999. */
        public VideoPlaylist watermarkLeft(int watermarkLeft) {
            put("watermark_left", watermarkLeft);
            return this;
        }

        /**
         * Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoPlaylist watermarkWidth(int watermarkWidth) {
            put("watermark_width", watermarkWidth);
            return this;
        }

        /**
         * Its width in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoPlaylist watermarkWidth(String watermarkWidth) {
            put("watermark_width", watermarkWidth);
            return this;
        }

        /**
         * Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoPlaylist watermarkHeight(int watermarkHeight) {
            put("watermark_height", watermarkHeight);
            return this;
        }

        /**
         * Its height in pixels, or a share of the video. Takes a whole number from 0 to 9999, or a share such
         * as 50%.
         */
        public VideoPlaylist watermarkHeight(String watermarkHeight) {
            put("watermark_height", watermarkHeight);
            return this;
        }

        /** Number of frames; only 1 is known. Takes a whole number from 1 to 1. */
        public VideoPlaylist frameCount(int frameCount) {
            put("frame_count", frameCount);
            return this;
        }
    }
}
