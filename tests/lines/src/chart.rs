//! The figures as a picture: for each line the share of bare TCP's speed that everybody reaches, as bars
//! (SVG).

use std::fmt::Write;

/// One line and what was reached on it: names, and shares of bare TCP's speed.
pub struct Group {
    pub name: String,
    pub bars: Vec<(String, f64)>,
}

const WIDTH: usize = 760;
/// Where bars begin, and how long the longest is; one of 100 % has at most that length.
const LEFT: usize = 200;
const LONGEST: f64 = 390.0;
const BAR: usize = 16;
const GAP: usize = 14;
const TOP: usize = 64;

/// Light and dark, as the reader has it.
const STYLE: &str = "\
text { font: 13px system-ui, sans-serif; fill: #24292f } .title { font-weight: 600; font-size: 15px }
.faint { fill: #57606a } line { stroke: #8c959f; stroke-dasharray: 3 3 }
.bar0 { fill: #0969da } .bar1 { fill: #8c959f } .bar2 { fill: #c6cbd1 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .faint { fill: #9198a1 }
.bar0 { fill: #4493f8 } .bar1 { fill: #8b949e } .bar2 { fill: #545d68 } }";

pub fn svg(title: &str, note: &str, groups: &[Group]) -> String {
    let shares = groups.iter().flat_map(|group| group.bars.iter().map(|(_, share)| *share));
    let full = LONGEST / shares.fold(1.0, f64::max);
    let mut body = String::new();
    let mut y = TOP;
    for group in groups {
        let middle = y + (group.bars.len() * BAR) / 2 + 5;
        text(&mut body, 12, middle, "", &group.name);
        for (index, (name, share)) in group.bars.iter().enumerate() {
            let length = share * full;
            let height = BAR - 3;
            let _ = writeln!(
                body,
                r#"<rect class="bar{}" x="{LEFT}" y="{y}" width="{length:.0}" height="{height}" rx="2"/>"#,
                index.min(2)
            );
            let label = format!("{name} {:.0} %", 100.0 * share);
            text(&mut body, LEFT + 6 + length as usize, y + 11, "faint", &label);
            y += BAR;
        }
        y += GAP;
    }
    let all = LEFT + full as usize;
    let _ = writeln!(body, r#"<line x1="{all}" y1="{}" x2="{all}" y2="{}"/>"#, TOP - 8, y - GAP);
    text(&mut body, 12, 26, "title", title);
    text(&mut body, 12, 46, "faint", note);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" width=\"{WIDTH}\" height=\"{y}\" \
         role=\"img\">\n<title>{}</title>\n<style>\n{STYLE}\n</style>\n{body}</svg>\n",
        escaped(title)
    )
}

fn text(body: &mut String, x: usize, y: usize, class: &str, text: &str) {
    let _ = writeln!(body, r#"<text class="{class}" x="{x}" y="{y}">{}</text>"#, escaped(text));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bar_is_drawn_to_its_length() {
        let bars = vec![("Ferry".to_owned(), 0.9), ("a < b".to_owned(), 0.25)];
        let picture = svg("Title", "note", &[Group { name: "100 Mbit/s".to_owned(), bars }]);
        assert!(picture.contains(r#"width="351""#) && picture.contains(r#"width="98""#), "{picture}");
        assert!(picture.contains("a &lt; b 25 %") && picture.contains("Ferry 90 %"), "{picture}");
    }
}
