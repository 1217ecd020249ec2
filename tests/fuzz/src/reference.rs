//! How HTTP/1.1 reads an answer (RFC 9112), without a network and without haste: what a client may make of
//! bytes, all of which have come. Where the standard lets a recipient choose, any choice is none.

/// The final answer in some bytes.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

/// `None` for what is no whole answer. `is_over`: nothing comes after these bytes.
pub fn answer(mut bytes: &[u8], is_head: bool, is_over: bool) -> Option<Answer> {
    loop {
        let (version, status, headers, rest) = head(bytes)?;
        if matches!(status, 100 | 102..200) {
            bytes = rest;
            continue;
        }
        let body = if is_head || status == 101 || status == 204 || status == 304 {
            Vec::new()
        } else {
            body(version, &headers, rest, is_over)?
        };
        return Some(Answer { status, headers, body });
    }
}

/// The status of the final answer, of which the head has come.
pub fn status(mut bytes: &[u8]) -> Option<u16> {
    loop {
        match head(bytes)? {
            (_, 100 | 102..200, _, rest) => bytes = rest,
            (_, status, _, _) => return Some(status),
        }
    }
}

type Head<'a> = (u8, u16, Vec<(String, Vec<u8>)>, &'a [u8]);

/// The minor version, the status, the headers, and what comes after them.
fn head(bytes: &[u8]) -> Option<Head<'_>> {
    let mut rest = bytes;
    // Empty lines before a message are none of it.
    let first = loop {
        let line = line(&mut rest)?;
        if !line.is_empty() {
            break line;
        }
    };
    let text = first.strip_prefix(b"HTTP/1.")?;
    let (version, text) = text.split_first()?;
    let version = version.checked_sub(b'0').filter(|version| *version <= 1)?;
    let digits = text.strip_prefix(b" ")?;
    let (status, reason) = digits.split_at_checked(3)?;
    if !(reason.is_empty() || reason[0] == b' ') || !status.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let status = std::str::from_utf8(status).ok()?.parse().ok()?;
    let mut headers = Vec::new();
    loop {
        let line = line(&mut rest)?;
        if line.is_empty() {
            return Some((version, status, headers, rest));
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        if name.is_empty() || !name.iter().all(|byte| is_token(*byte)) || value.contains(&0) {
            return None;
        }
        headers.push((String::from_utf8(name.to_ascii_lowercase()).ok()?, value.trim_ascii().to_vec()));
    }
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The next line without its end, which is LF or CR and LF.
fn line<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let end = rest.iter().position(|byte| *byte == b'\n')?;
    let line = &rest[..end];
    *rest = &rest[end + 1..];
    Some(line.strip_suffix(b"\r").unwrap_or(line))
}

fn body(version: u8, headers: &[(String, Vec<u8>)], rest: &[u8], is_over: bool) -> Option<Vec<u8>> {
    let all = |name: &str| {
        let named = headers.iter().filter(|(own, _)| own == name).map(|(_, value)| value.as_slice());
        named.flat_map(|value| value.split(|byte| *byte == b',')).map(<[u8]>::trim_ascii).collect::<Vec<_>>()
    };
    let encodings = all("transfer-encoding");
    // An empty element of a list is none (RFC 9110, 5.6.1).
    let is_one = |name: &&&[u8]| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity");
    let encodings: Vec<_> = encodings.iter().filter(is_one).collect();
    match encodings.as_slice() {
        [] => {}
        // HTTP/1.0 has no encodings of a transfer: where its body ends nobody can say.
        [only] if only.eq_ignore_ascii_case(b"chunked") && version == 1 => return dechunked(rest),
        _ => return None,
    }
    let lengths = all("content-length");
    let Some(length) = lengths.first() else { return is_over.then(|| rest.to_vec()) };
    let is_number = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
    let number = std::str::from_utf8(length).ok().filter(|_| is_number)?.parse::<usize>().ok()?;
    let is_same = |other: &&[u8]| {
        let other = std::str::from_utf8(other).unwrap_or_default();
        other.bytes().all(|byte| byte.is_ascii_digit()) && other.parse() == Ok(number)
    };
    lengths.iter().all(is_same).then(|| rest.get(..number).map(<[u8]>::to_vec)).flatten()
}

/// The data of a chunked body (RFC 9112, 7.1). Its last chunk ends it; that the trailer is whole is not asked
/// for, for no byte of the data depends on it. Nor does one on white space around a size and a plus before
/// it, which ureq takes and others refuse.
pub fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut data = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n")?;
        let line = &rest[..end];
        let size = std::str::from_utf8(line.split(|byte| *byte == b';').next()?).ok()?.trim();
        let digits = size.strip_prefix('+').unwrap_or(size);
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let size = usize::from_str_radix(digits, 16).ok()?;
        rest = &rest[end + 2..];
        if size == 0 {
            return Some(data);
        }
        data.extend_from_slice(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
