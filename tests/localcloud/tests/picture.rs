//! What the tasks do to pictures, by their pixels.

use std::io::Cursor;

use image::codecs::gif::{GifDecoder, GifEncoder, Repeat};
use image::codecs::webp::WebPDecoder;
use image::metadata::LoopCount;
use image::{AnimationDecoder, Delay, Frame, ImageFormat, Rgba, RgbaImage};
use serde_json::json;

use crate::client::{Answer, Client, cloud, stored};

const GREY: Rgba<u8> = Rgba([128, 128, 128, 255]);
const RED: Rgba<u8> = Rgba([255, 0, 0, 255]);
const GREEN: Rgba<u8> = Rgba([0, 255, 0, 255]);
const BLUE: Rgba<u8> = Rgba([0, 0, 255, 255]);

fn shade(shade: u8) -> Rgba<u8> {
    Rgba([shade, shade, shade, 255])
}

fn filled(width: u32, height: u32, colour: Rgba<u8>) -> RgbaImage {
    RgbaImage::from_pixel(width, height, colour)
}

fn keep(client: &Client, image: &RgbaImage) -> String {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    stored(client, &bytes.into_inner(), json!({}))
}

fn picture(answer: &Answer) -> RgbaImage {
    assert_eq!(answer.status, 200, "{}", answer.text());
    image::load_from_memory(&answer.body).expect("a picture").into_rgba8()
}

fn mean(image: &RgbaImage) -> [u32; 3] {
    [0, 1, 2].map(|channel| {
        image.pixels().map(|pixel| u32::from(pixel.0[channel])).sum::<u32>()
            / (image.width() * image.height())
    })
}

#[test]
fn enhance_uses_the_whole_range_of_shades() {
    let (cloud, made) = (cloud(), |client: &Client, tasks: &str, image: &RgbaImage| {
        picture(&client.get(&format!("/{tasks}/{}", keep(client, image))))
    });
    let client = Client::of(&cloud);
    let dim = RgbaImage::from_fn(64, 8, |x, _| Rgba([90 + x as u8 / 2, 80 + x as u8, 100, 255]));
    let range = |image: &RgbaImage| {
        let shades = || image.pixels().map(|pixel| pixel.0[1]);
        (shades().min().expect("pixels"), shades().max().expect("pixels"))
    };
    assert_eq!(range(&dim), (80, 143));
    let auto = made(&client, "enhance", &dim);
    let (least, most) = range(&auto);
    assert!(least < 10 && most > 240, "{least} to {most}");
    let flat = filled(8, 8, GREY);
    assert_eq!(made(&client, "enhance", &flat), flat);
    let colourful = |image: &RgbaImage| {
        image.pixels().map(|pixel| u64::from(pixel.0[1].abs_diff(pixel.0[2]))).sum::<u64>()
    };
    assert!(colourful(&made(&client, "enhance=preset:vivid", &dim)) > colourful(&auto));
    let dark = RgbaImage::from_fn(64, 8, |x, _| shade(if x < 60 { x as u8 / 2 } else { 255 }));
    assert!(mean(&made(&client, "enhance=preset:fix_dark", &dark))[0] > mean(&dark)[0] + 15);
    let tinted = RgbaImage::from_fn(64, 8, |x, _| Rgba([3 * x as u8, 2 * x as u8, x as u8, 255]));
    let [r, g, b] = mean(&made(&client, "enhance=preset:fix_tint", &tinted));
    assert!(r.abs_diff(g) < 8 && g.abs_diff(b) < 8, "{r} {g} {b}");
    let mut noisy = filled(9, 9, GREY);
    noisy.put_pixel(4, 4, RED);
    assert_eq!(made(&client, "enhance=preset:fix_noise", &noisy), filled(9, 9, GREY));
    let mut wrinkled = RgbaImage::from_fn(40, 40, |x, _| shade(120 + 8 * (x as u8 % 2)));
    wrinkled.put_pixel(0, 0, Rgba([0, 0, 0, 255]));
    let step = |image: &RgbaImage| image.get_pixel(20, 20).0[0].abs_diff(image.get_pixel(21, 20).0[0]);
    let (some, more) = (
        made(&client, "enhance=preset:beautify", &wrinkled),
        made(&client, "enhance=preset:beautify_plus", &wrinkled),
    );
    assert!(step(&more) < step(&some), "{} and {}", step(&more), step(&some));
}

#[test]
fn red_pupils_get_dark_and_other_red_things_stay() {
    let (cloud, skin) = (cloud(), Rgba([220, 170, 140, 255]));
    let client = Client::of(&cloud);
    let mut face = filled(120, 60, skin);
    let disc = |x: u32, y: u32, (a, b): (u32, u32)| x.abs_diff(a).pow(2) + y.abs_diff(b).pow(2) <= 16;
    for (x, y, pixel) in face.enumerate_pixels_mut() {
        if disc(x, y, (20, 20)) || disc(x, y, (60, 20)) {
            *pixel = Rgba([200, 40, 50, 255]); // pupils
        } else if y > 50 || disc(x, y, (100, 20)) {
            *pixel = Rgba([200, 40, 50, 255]); // a scarf, and a fold in a coat
        } else if x > 85 {
            *pixel = Rgba([220, 115, 80, 255]); // the coat
        }
    }
    let answer = client.get(&format!("/redeye/{}", keep(&client, &face)));
    let fixed = picture(&answer);
    for (x, y, pixel) in fixed.enumerate_pixels() {
        let pupil = disc(x, y, (20, 20)) || disc(x, y, (60, 20));
        let expected = if pupil { Rgba([45, 40, 50, 255]) } else { *face.get_pixel(x, y) };
        assert_eq!(*pixel, expected, "{x} {y}");
    }
    assert!(answer.header("x-local-cloud").contains("no faces are looked for"));
}

#[test]
fn smart_crop_takes_the_part_with_the_edges() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let checked = |x: u32, y: u32| (x / 2 + y / 2).is_multiple_of(2);
    let image =
        RgbaImage::from_fn(100, 40, |x, y| if (70..96).contains(&x) && checked(x, y) { RED } else { GREY });
    let handle = keep(&client, &image);
    let told = client.get(&format!("/smart_crop=width:40,height:40,coords:true/{handle}")).json();
    let coords = &told["coords"];
    let left = coords["x"].as_u64().expect("a number");
    assert!((56..=60).contains(&left), "{told}");
    assert_eq!((&coords["y"], &coords["width"], &coords["height"]), (&json!(0), &json!(40), &json!(40)));
    let cropped = picture(&client.get(&format!("/smart_crop=width:40,height:40/{handle}")));
    let part = image::imageops::crop_imm(&image, left as u32, 0, 40, 40).to_image();
    assert!(cropped == part, "another part");
    let small = picture(&client.get(&format!("/smart_crop=mode:auto,width:10,height:20/{handle}")));
    assert_eq!(small.dimensions(), (10, 20));
    let whole =
        picture(&client.get(&format!("/smart_crop=mode:fit,width:50,height:50,fill_color:00f/{handle}")));
    assert_eq!(
        (whole.dimensions(), *whole.get_pixel(25, 5), *whole.get_pixel(5, 25)),
        ((50, 50), BLUE, GREY)
    );
    let blind = client.get(&format!("/smart_crop=mode:face,width:10/{handle}"));
    assert_eq!(blind.status, 501);
    assert!(blind.text().contains("`smart_crop` with `mode:face`"), "{}", blind.text());
}

/// Frames with their delays, and how often they run (0: for ever).
fn frames<'a>(decoder: impl AnimationDecoder<'a>) -> (Vec<(RgbaImage, u32)>, u32) {
    let repeat = match decoder.loop_count() {
        LoopCount::Infinite => 0,
        LoopCount::Finite(times) => times.get(),
    };
    let frames = decoder.into_frames().collect_frames().expect("frames").into_iter();
    (frames.map(|frame| (frame.buffer().clone(), frame.delay().numer_denom_ms().0)).collect(), repeat)
}

fn gif(answer: &Answer) -> (Vec<(RgbaImage, u32)>, u32) {
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/gif"), "{}", answer.text());
    frames(GifDecoder::new(Cursor::new(&answer.body)).expect("a GIF"))
}

fn webp(answer: &Answer) -> (Vec<(RgbaImage, u32)>, u32) {
    assert_eq!((answer.status, answer.header("content-type")), (200, "image/webp"), "{}", answer.text());
    frames(WebPDecoder::new(Cursor::new(&answer.body)).expect("a WebP"))
}

#[test]
fn animate_makes_a_frame_of_each_source() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let sources = [filled(20, 10, RED), filled(10, 10, GREEN), filled(40, 10, BLUE)];
    let list = sources.each_ref().map(|image| keep(&client, image)).join(",");
    let get = |tasks: &str| client.get(&format!("/KEY/{tasks}/[{list}]"));
    let (frames, repeat) = gif(&get("animate"));
    let colours = |frames: &[(RgbaImage, u32)], x: u32, y: u32| {
        frames.iter().map(|(image, _)| *image.get_pixel(x, y)).collect::<Vec<_>>()
    };
    assert!(frames.iter().all(|(image, delay)| image.dimensions() == (20, 10) && *delay == 1000));
    assert_eq!((colours(&frames, 10, 5), repeat), (vec![RED, GREEN, BLUE], 0));
    // What the picture does not cover is clear, or has the colour that was asked for.
    assert_eq!(frames[1].0.get_pixel(1, 1).0[3], 0);
    let (frames, repeat) =
        gif(&get("animate=delay:250,loop:3,width:30,height:max,background:snow,align:left"));
    assert!(frames.iter().all(|(image, delay)| image.dimensions() == (30, 10) && *delay == 250));
    assert_eq!(repeat, 3);
    assert_eq!(
        (colours(&frames, 4, 5), colours(&frames, 29, 5)[1]),
        (vec![RED, GREEN, BLUE], Rgba([255, 250, 250, 255]))
    );
    for fit in ["scale", "crop"] {
        let (frames, _) = gif(&get(&format!("animate=width:8,height:30,fit:{fit}")));
        assert_eq!(colours(&frames, 0, 0), [RED, GREEN, BLUE], "{fit}");
        assert_eq!(frames[2].0.dimensions(), (8, 30));
    }
    // What comes before is done to every source, what comes after to every frame.
    let (frames, repeat) = webp(&get("negative/animate=loop:2,delay:70/border=width:2/output=format:webp"));
    assert_eq!(
        colours(&frames, 12, 7),
        [RED, GREEN, BLUE].map(|Rgba([r, g, b, a])| Rgba([255 - r, 255 - g, 255 - b, a]))
    );
    assert!(frames.iter().all(|(image, delay)| image.dimensions() == (24, 14) && *delay == 70));
    assert_eq!((colours(&frames, 1, 1), repeat), (vec![Rgba([0, 0, 0, 255]); 3], 2));
    assert_eq!(client.get(&format!("/KEY/flip/[{list}]")).status, 400);
}

#[test]
fn an_animation_stays_one() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new(&mut bytes);
    encoder.set_repeat(Repeat::Finite(5)).expect("a loop");
    // Left and right half change places; the last frame has a hole.
    for (left, right, delay) in [(RED, BLUE, 100), (BLUE, RED, 200), (GREEN, Rgba([0; 4]), 300)] {
        let image = RgbaImage::from_fn(40, 20, |x, _| if x < 20 { left } else { right });
        let frame = Frame::from_parts(image, 0, 0, Delay::from_numer_denom_ms(delay, 1));
        encoder.encode_frame(frame).expect("a frame");
    }
    drop(encoder);
    let handle = stored(&client, &bytes, json!({}));
    let get = |tasks: &str| client.get(&format!("/{tasks}/{handle}"));
    let ends = |(image, delay): &(RgbaImage, u32)| {
        (image.dimensions(), *image.get_pixel(1, 2), *image.get_pixel(image.width() - 2, 2), *delay)
    };
    let expected =
        |size, hole| [(size, RED, BLUE, 100), (size, BLUE, RED, 200), (size, GREEN, hole, 300)].to_vec();
    let (frames, repeat) = gif(&get("resize=width:20"));
    assert_eq!((frames.iter().map(ends).collect::<Vec<_>>(), repeat), (expected((20, 10), Rgba([0; 4])), 5));
    let (frames, repeat) = webp(&get("resize=width:20/output=format:webp"));
    assert_eq!((frames.iter().map(ends).collect::<Vec<_>>(), repeat), (expected((20, 10), Rgba([0; 4])), 5));
    // And from WebP back to GIF.
    let handle = stored(&client, &get("flop/output=format:webp").body, json!({}));
    let (frames, _) = gif(&client.get(&format!("/flop/crop=dim:[10,0,20,10]/output=format:gif/{handle}")));
    assert_eq!(frames.iter().map(ends).collect::<Vec<_>>(), expected((20, 10), Rgba([0; 4])));
    let still = picture(&client.get(&format!("/output=format:png/{handle}")));
    assert_eq!((*still.get_pixel(1, 1), *still.get_pixel(38, 1)), (BLUE, RED));
}

#[test]
fn shadow_and_polaroid_lay_the_picture_on_something() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = keep(&client, &filled(40, 20, GREY));
    let made = |tasks: &str| picture(&client.get(&format!("/{tasks}/{handle}")));
    let hard = made("shadow=blur:0,vector:[5,3],opacity:50,color:00f");
    assert_eq!(hard.dimensions(), (45, 23));
    assert_eq!((*hard.get_pixel(0, 0), *hard.get_pixel(39, 19)), (GREY, GREY));
    assert_eq!(*hard.get_pixel(44, 22), Rgba([0, 0, 255, 128]));
    assert_eq!((hard.get_pixel(44, 2).0[3], hard.get_pixel(4, 22).0[3]), (0, 0));
    let before = made("shadow=blur:0,vector:[-5,-3],background:snow");
    assert_eq!((*before.get_pixel(5, 3), before.dimensions()), (GREY, (45, 23)));
    assert_eq!(*before.get_pixel(44, 0), Rgba([255, 250, 250, 255]));
    assert_eq!(*before.get_pixel(0, 0), Rgba([101, 99, 99, 255]), "60 percent of black");
    let soft = made("shadow=blur:4,vector:[0,0]");
    let opacity = |x: u32| soft.get_pixel(x, soft.height() / 2).0[3];
    assert!(
        opacity(0) < opacity(4) && opacity(4) < opacity(7) && opacity(7) < 153,
        "{:?}",
        [0, 4, 7].map(opacity)
    );
    let photo = made("polaroid=color:0f0,background:00f");
    // The frame is 2 pixels wide, 8 below.
    let column: Vec<Rgba<u8>> = [1, 2, 21, 22, 28].map(|y| *photo.get_pixel(photo.width() / 2, y)).to_vec();
    assert_eq!(column, [GREEN, GREY, GREY, GREEN, GREEN]);
    assert_eq!(*made("polaroid").get_pixel(20, 1), Rgba([255, 250, 250, 255]));
    let turned = made("polaroid=rotate:45");
    assert!(turned.width() > 50 && turned.height() > 50, "{:?}", turned.dimensions());
    assert_eq!(turned.get_pixel(0, 0).0[3], 0);
    assert_eq!(*turned.get_pixel(turned.width() / 2, turned.height() / 2), GREY);
}

#[test]
fn torn_edges_are_within_their_spread() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let handle = keep(&client, &filled(60, 60, RED));
    let torn = picture(&client.get(&format!("/torn_edges=spread:[3,9]/{handle}")));
    let mut between = Vec::new();
    for (x, y, pixel) in torn.enumerate_pixels() {
        match x.min(y).min(59 - x).min(59 - y) {
            0..=1 => assert_eq!(pixel.0[3], 0, "{x} {y}"),
            2..=9 => between.push(pixel.0[3]),
            _ => assert_eq!(*pixel, RED, "{x} {y}"),
        }
    }
    assert!(between.contains(&0) && between.contains(&255));
    assert_eq!(torn, picture(&client.get(&format!("/torn_edges=spread:[3,9]/{handle}"))), "torn anew");
    let filled = picture(&client.get(&format!("/torn_edges=background:00f/{handle}")));
    assert_eq!((*filled.get_pixel(0, 0), *filled.get_pixel(30, 30)), (BLUE, RED));
}

#[test]
fn edges_of_corners_and_boxes_are_as_soft_as_asked() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let striped = RgbaImage::from_fn(40, 40, |x, _| if x % 2 == 0 { RED } else { BLUE });
    let handle = keep(&client, &striped);
    let made = |tasks: &str| picture(&client.get(&format!("/{tasks}/{handle}")));
    let between = |image: &RgbaImage| image.pixels().filter(|pixel| !matches!(pixel.0[3], 0 | 255)).count();
    let (hard, soft) = (made("rounded_corners=radius:15,blur:0"), made("rounded_corners=radius:15,blur:3"));
    assert!(
        between(&hard) > 0 && between(&soft) > 3 * between(&hard),
        "{} {}",
        between(&hard),
        between(&soft)
    );
    assert_eq!((soft.get_pixel(0, 0).0[3], *soft.get_pixel(20, 0)), (0, RED));
    let redness = |image: &RgbaImage, x: u32| image.get_pixel(x, 20).0[0];
    // Every point of the box would be purple; with a soft edge its outer points are less so.
    let boxed = made("partial_pixelate=objects:[10,10,20,20],amount:20");
    assert_eq!([8, 10, 20, 28].map(|x| redness(&boxed, x)), [255, 127, 127, 127]);
    let soft = made("partial_pixelate=objects:[10,10,20,20],amount:20,blur:8");
    assert_eq!(redness(&soft, 20), 127);
    assert!(redness(&soft, 10) > 240 && (140..200).contains(&redness(&soft, 14)), "{}", redness(&soft, 14));
    let oval = made("partial_pixelate=objects:[10,10,20,20],amount:20,type:oval");
    assert_eq!((*oval.get_pixel(10, 10), redness(&oval, 20)), (RED, 127));
    let white = keep(&client, &filled(41, 41, Rgba([255; 4])));
    let dark = |mode: &str| {
        let image = picture(&client.get(&format!("/vignette=amount:100,blurmode:{mode}/{white}")));
        [20, 30, 40].map(|x| image.get_pixel(x, 20).0[0])
    };
    let (gaussian, linear) = (dark("gaussian"), dark("linear"));
    assert!(gaussian[0] == 255 && linear[0] == 255 && linear[1] < gaussian[1], "{gaussian:?} {linear:?}");
}

#[test]
fn oil_paint_takes_the_most_frequent_colour() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let mut image = RgbaImage::from_fn(30, 20, |x, _| if x < 15 { RED } else { GREEN });
    for (x, y) in [(5, 5), (6, 5), (20, 10), (2, 17)] {
        image.put_pixel(x, y, BLUE);
    }
    let painted = picture(&client.get(&format!("/oil_paint=amount:3/{}", keep(&client, &image))));
    for (x, y, pixel) in painted.enumerate_pixels() {
        assert_eq!(*pixel, if x < 15 { RED } else { GREEN }, "{x} {y}");
    }
}

#[test]
fn upscale_doubles_and_cleans() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let mut image = RgbaImage::from_fn(20, 10, |x, _| if x < 10 { RED } else { BLUE });
    image.put_pixel(4, 4, GREEN);
    let handle = keep(&client, &image);
    let made = |tasks: &str| picture(&client.get(&format!("/{tasks}/{handle}")));
    let large = made("upscale");
    assert_eq!((large.dimensions(), *large.get_pixel(37, 2)), ((40, 20), BLUE));
    assert!(large.get_pixel(9, 9).0[1] > 200, "the green point stays");
    // Lanczos' method overshoots beside an edge, which lines of others do not.
    assert!(large.get_pixel(19, 2).0[2] > 0 && large.get_pixel(20, 2).0[0] > 0);
    let clean = made("upscale=upscale:false,noise:low");
    assert_eq!(clean, RgbaImage::from_fn(20, 10, |x, _| if x < 10 { RED } else { BLUE }));
    assert_eq!(made("upscale=upscale:false"), image);
    let grey =
        keep(&client, &RgbaImage::from_fn(20, 10, |x, _| Rgba([if x < 10 { 100 } else { 150 }, 0, 0, 255])));
    let darkest = |style: &str| {
        let large = picture(&client.get(&format!("/upscale=style:{style}/{grey}")));
        large.pixels().map(|pixel| pixel.0[0]).min()
    };
    assert!(darkest("artwork") < darkest("photo"));
}

#[test]
fn ascii_is_a_page_with_a_character_for_each_cell() {
    let cloud = cloud();
    let client = Client::of(&cloud);
    let image = RgbaImage::from_fn(60, 24, |x, _| if x < 30 { Rgba([0, 0, 0, 255]) } else { Rgba([255; 4]) });
    let handle = keep(&client, &image);
    let lines = |tasks: &str| {
        let answer = client.get(&format!("/{tasks}/{handle}"));
        assert_eq!((answer.status, answer.header("content-type")), (200, "text/html"), "{}", answer.text());
        let page = answer.text();
        let text =
            page.split_once("<pre>\n").expect("a text").1.split_once("</pre>").expect("its end").0.to_owned();
        (text.lines().map(str::to_owned).collect::<Vec<_>>(), page, answer.header("x-file-name").to_owned())
    };
    let (text, page, name) = lines("ascii=foreground:red,background:00f");
    assert_eq!((text, name.as_str()), (vec!["@@@@@     ".to_owned(); 2], "file.html"));
    assert!(page.contains("background:#0000ffff") && page.contains("color:#ff0000ff"), "{page}");
    assert_eq!(lines("ascii=reverse:true").0, ["     @@@@@"; 2]);
    assert_eq!(lines("ascii=size:50").0, ["@@=  "], "half as wide, half as high");
    let coloured = lines("resize=width:60/ascii=colored:true").0;
    assert_eq!(coloured[0], "<b style=\"color:#000000\">@@@@@</b><b style=\"color:#ffffff\">     </b>");
    assert_eq!(client.get(&format!("/ascii/flip/{handle}")).status, 400);
}
