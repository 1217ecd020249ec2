//! Which words are colours (`specs/filestack.md` 6.6).

/// Whether this is 3, 6 or 8 hexadecimal digits, or the name of a colour in any case. The SDKs document 3 and
/// 6 digits; the service's own defaults have 8, the last two for opacity.
pub(crate) fn is_colour(word: &str) -> bool {
    if matches!(word.len(), 3 | 6 | 8) && word.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return true;
    }
    let lower;
    let word = if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        lower = word.to_ascii_lowercase();
        &lower
    } else {
        word
    };
    let known = |list: &[&str], name: &str| list.binary_search(&name).is_ok();
    let (name, number) = word.split_at(word.trim_end_matches(|last: char| last.is_ascii_digit()).len());
    match number {
        "" => known(NAMES, name),
        "1" | "2" | "3" | "4" if known(NUMBERED, name) => true,
        _ if name == "gray" || name == "grey" => {
            // One way of writing: no zero in front.
            number.parse::<u8>().is_ok_and(|shade| shade <= 100 && shade.to_string() == number)
        }
        _ => false,
    }
}

/// The names of CSS, and those that X11 and ImageMagick add; sorted.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "aliceblue", "antiquewhite", "aqua", "aquamarine", "azure", "beige", "bisque", "black",
    "blanchedalmond", "blue", "blueviolet", "brown", "burlywood", "cadetblue", "chartreuse", "chocolate",
    "coral", "cornflowerblue", "cornsilk", "crimson", "cyan", "darkblue", "darkcyan", "darkgoldenrod",
    "darkgray", "darkgreen", "darkgrey", "darkkhaki", "darkmagenta", "darkolivegreen", "darkorange",
    "darkorchid", "darkred", "darksalmon", "darkseagreen", "darkslateblue", "darkslategray",
    "darkslategrey", "darkturquoise", "darkviolet", "deeppink", "deepskyblue", "dimgray", "dimgrey",
    "dodgerblue", "firebrick", "floralwhite", "forestgreen", "fractal", "fuchsia", "gainsboro",
    "ghostwhite", "gold", "goldenrod", "gray", "green", "greenyellow", "grey", "honeydew", "hotpink",
    "indianred", "indigo", "ivory", "khaki", "lavender", "lavenderblush", "lawngreen", "lemonchiffon",
    "lightblue", "lightcoral", "lightcyan", "lightgoldenrod", "lightgoldenrodyellow", "lightgray",
    "lightgreen", "lightgrey", "lightpink", "lightsalmon", "lightseagreen", "lightskyblue",
    "lightslateblue", "lightslategray", "lightslategrey", "lightsteelblue", "lightyellow", "lime",
    "limegreen", "linen", "magenta", "maroon", "mediumaquamarine", "mediumblue", "mediumforestgreen",
    "mediumgoldenrod", "mediumorchid", "mediumpurple", "mediumseagreen", "mediumslateblue",
    "mediumspringgreen", "mediumturquoise", "mediumvioletred", "midnightblue", "mintcream", "mistyrose",
    "moccasin", "navajowhite", "navy", "navyblue", "none", "oldlace", "olive", "olivedrab", "orange",
    "orangered", "orchid", "palegoldenrod", "palegreen", "paleturquoise", "palevioletred", "papayawhip",
    "peachpuff", "peru", "pink", "plum", "powderblue", "purple", "rebeccapurple", "red", "rosybrown",
    "royalblue", "saddlebrown", "salmon", "sandybrown", "seagreen", "seashell", "sienna", "silver",
    "skyblue", "slateblue", "slategray", "slategrey", "snow", "springgreen", "steelblue", "tan", "teal",
    "thistle", "tomato", "transparent", "turquoise", "violet", "violetred", "wheat", "white", "whitesmoke",
    "yellow", "yellowgreen",
];

/// The names that X11 knows in four shades, 1 to 4; sorted.
#[rustfmt::skip]
const NUMBERED: &[&str] = &[
    "antiquewhite", "aquamarine", "azure", "bisque", "blue", "brown", "burlywood", "cadetblue",
    "chartreuse", "chocolate", "coral", "cornsilk", "cyan", "darkgoldenrod", "darkolivegreen", "darkorange",
    "darkorchid", "darkseagreen", "darkslategray", "deeppink", "deepskyblue", "dodgerblue", "firebrick",
    "gold", "goldenrod", "green", "honeydew", "hotpink", "indianred", "ivory", "khaki", "lavenderblush",
    "lemonchiffon", "lightblue", "lightcyan", "lightgoldenrod", "lightpink", "lightsalmon", "lightskyblue",
    "lightsteelblue", "lightyellow", "magenta", "maroon", "mediumorchid", "mediumpurple", "mistyrose",
    "navajowhite", "olivedrab", "orange", "orangered", "orchid", "palegreen", "paleturquoise",
    "palevioletred", "peachpuff", "pink", "plum", "purple", "red", "rosybrown", "royalblue", "salmon",
    "seagreen", "seashell", "sienna", "skyblue", "slateblue", "slategray", "snow", "springgreen",
    "steelblue", "tan", "thistle", "tomato", "turquoise", "violetred", "wheat", "yellow",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_sorted() {
        assert!(NAMES.is_sorted() && NUMBERED.is_sorted());
    }

    #[test]
    fn knows_colours() {
        for colour in
            ["FAB", "a1b2c3", "FFFFFFFF", "red", "Snow", "transparent", "gray0", "grey100", "snow4", "none"]
        {
            assert!(is_colour(colour), "{colour}");
        }
        for other in ["", "#fff", "ffff", "reddish", "gray101", "gray007", "snow5", "4", "12", "rot", "ü"] {
            assert!(!is_colour(other), "{other}");
        }
    }
}
