use std::collections::BTreeMap;

use super::STYLE;

/// The colours of the block that begins after `from`, by name.
fn colours(from: &str) -> BTreeMap<&'static str, [f64; 3]> {
    let block = STYLE.split_once(from).and_then(|(_, rest)| rest.split_once(":root {")).and_then(|(_, rest)| rest.split_once('}'));
    let declarations = block.expect("a block of colours").0.split(';').filter_map(|it| it.trim().split_once(": "));
    let colours = declarations.filter_map(|(name, value)| Some((name.strip_prefix("--")?, value.strip_prefix('#')?)));
    colours
        .map(|(name, digits)| {
            let wide = if digits.len() == 3 { digits.chars().flat_map(|it| [it, it]).collect() } else { digits.to_owned() };
            let part = |at: usize| f64::from(u8::from_str_radix(&wide[at..at + 2], 16).expect("a colour"));
            (name, [part(0), part(2), part(4)])
        })
        .collect()
}

/// Relative luminance (WCAG 2.2).
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = |it: f64| {
        let it = it / 255.0;
        if it <= 0.04045 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) }
    };
    let [red, green, blue] = colour.map(linear);
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[test]
fn every_text_stands_out_from_what_it_stands_on_in_every_scheme() {
    let on = [
        ("text", &["page", "card", "plain-back", "code-back", "good-back", "bad-back", "doubt-back"][..]),
        ("faint", &["page", "card", "code-back", "good-back", "bad-back", "doubt-back"]),
        ("link", &["page", "card", "code-back"]),
        ("good", &["page", "card", "good-back"]),
        ("bad", &["page", "card", "bad-back"]),
        ("doubt", &["page", "card", "doubt-back"]),
    ];
    for scheme in ["", "@media (prefers-color-scheme: dark)", "@media print"] {
        let colours = colours(scheme);
        for (front, backs) in on {
            for back in backs {
                let [light, dark] = [colours[front], colours[back]].map(luminance);
                let contrast = (light.max(dark) + 0.05) / (light.min(dark) + 0.05);
                assert!(contrast >= 4.5, "{front} on {back} in `{scheme}`: {contrast:.2} of 4.5");
            }
        }
    }
}
