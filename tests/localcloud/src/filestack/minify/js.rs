//! Scripts: the tokens of ECMAScript, written with as little between them as keeps their meaning. A line
//! break stays wherever a semicolon might be inserted for it.

use super::script::{Kind, Lexer, Token};
use crate::filestack::chain::Task;

pub(super) fn minify(source: &str, task: &Task) -> Result<String, String> {
    let mut tokens = Lexer::new(source).read()?;
    if task.flag("remove_console") {
        remove_console(&mut tokens);
    }
    if task.flag("removeDebugger") {
        remove_debugger(&mut tokens);
    }
    if task.flag("booleans") {
        shorten_booleans(&mut tokens);
    }
    let mut out = String::with_capacity(source.len());
    if let Some(first) = source.lines().next().filter(|line| line.starts_with("#!")) {
        out.push_str(first);
        out.push('\n');
    }
    let mut before: Option<&Token<'_>> = None;
    for token in &tokens {
        if let Some(before) = before {
            out.push_str(between(before, token));
        }
        out.push_str(token.text);
        before = Some(token);
    }
    Ok(out)
}

/// Marks behind which no statement can end.
const GOES_ON_AFTER: &[&str] = &[
    "{", "(", "[", ";", ",", ".", "?.", "...", "=>", "?", ":", "=", "+", "-", "*", "/", "%", "**", "==",
    "===", "!=", "!==", "<", ">", "<=", ">=", "&&", "||", "??", "!", "~", "&", "|", "^", "<<", ">>", ">>>",
    "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=", "^=", "&&=", "||=", "??=",
];

/// Marks that cannot begin a statement: no semicolon is inserted before them but for `}`, where it may be
/// missing anyway.
const GOES_ON_BEFORE: &[&str] = &[
    "}", ")", "]", ";", ",", ".", "?.", "?", ":", "=", "*", "%", "**", "==", "===", "!=", "!==", ">", "<=",
    ">=", "&&", "||", "??", "&", "|", "^", "<<", ">>", ">>>", "+=", "-=", "*=", "%=", "**=", "<<=", ">>=",
    ">>>=", "&=", "|=", "^=", "&&=", "||=", "??=",
];

/// Statements that end with the line, and words that mean something else at the end of one.
const ENDS_WITH_LINE: &[&str] =
    &["return", "break", "continue", "throw", "yield", "async", "get", "set", "static", "accessor"];

fn between(before: &Token<'_>, after: &Token<'_>) -> &'static str {
    let is_mark = |token: &Token<'_>, marks: &[&str]| token.kind == Kind::Mark && marks.contains(&token.text);
    if after.broken {
        let ends = before.kind == Kind::Word && ENDS_WITH_LINE.contains(&before.text);
        let goes_on = is_mark(before, GOES_ON_AFTER) || (is_mark(after, GOES_ON_BEFORE) && !ends);
        // A field of a class may be called `get` or begin with `*`.
        // A method of a class may begin with a `*`, behind a field without a semicolon.
        let is_method = is_mark(after, &["*"]);
        if !goes_on || is_method {
            return "\n";
        }
    }
    let is_wordy = |token: &Token<'_>| matches!(token.kind, Kind::Word | Kind::Regex);
    let number = before.kind == Kind::Word && before.text.starts_with(|c: char| c.is_ascii_digit());
    let doubles = |first: &str, second: &str| before.text.ends_with(first) && after.text.starts_with(second);
    let is_needed = (is_wordy(before) && after.kind == Kind::Word)
        || (number && after.text.starts_with('.'))
        || (before.kind == Kind::Mark
            && (doubles("+", "+") || doubles("-", "-") || doubles("/", "/") || doubles("<", "!")))
        || doubles("--", ">")
        || (after.kind == Kind::Mark && doubles("?", "."));
    if is_needed { " " } else { "" }
}

/// Whether a token is this mark or word.
fn is(token: Option<&Token<'_>>, texts: &[&str]) -> bool {
    token.is_some_and(|token| matches!(token.kind, Kind::Word | Kind::Mark) && texts.contains(&token.text))
}

/// What binds more tightly than `void 0` and `!0` do.
const BINDS: &[&str] = &[".", "?.", "[", "(", "**", "=", "++", "--"];

fn is_bound(next: Option<&Token<'_>>) -> bool {
    is(next, BINDS) || next.is_some_and(|next| next.kind == Kind::Text && next.text.starts_with('`'))
}

/// `console.log(…)` becomes `void 0`.
fn remove_console(tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at).copied() {
        let before = at.checked_sub(1).and_then(|place| tokens.get(place));
        let is_console = token.kind == Kind::Word && token.text == "console";
        if is_console
            && !is(before, &[".", "?.", "new", "extends"])
            && let Some(end) = end_of_call(tokens, at)
            && !is_bound(tokens.get(end))
        {
            tokens.splice(at..end, [Token { kind: Kind::Word, text: "void 0", ..token }]);
        }
        at += 1;
    }
}

/// The place behind `console.name(…)`.
fn end_of_call(tokens: &[Token<'_>], at: usize) -> Option<usize> {
    let is_call = is(tokens.get(at + 1), &["."])
        && tokens.get(at + 2).is_some_and(|token| token.kind == Kind::Word)
        && is(tokens.get(at + 3), &["("]);
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate().skip(at + 3).filter(|_| is_call) {
        match (token.kind, token.text) {
            (Kind::Mark, "(") => depth += 1,
            (Kind::Mark, ")") if depth == 1 => return Some(place + 1),
            (Kind::Mark, ")") => depth -= 1,
            _ => {}
        }
    }
    None
}

/// `debugger` becomes a statement that does nothing.
fn remove_debugger(tokens: &mut Vec<Token<'_>>) {
    let mut at = 0;
    while let Some(token) = tokens.get(at).copied() {
        let before = at.checked_sub(1).and_then(|place| tokens.get(place));
        let next = tokens.get(at + 1);
        let begins = token.broken || before.is_none() || is(before, &[";", "{", "}", ")", ":", "else", "do"]);
        let ends = next.is_none_or(|next| next.broken) || is(next, &[";", "}"]);
        if token.kind == Kind::Word && token.text == "debugger" && begins && ends && !is(before, &[".", "?."])
        {
            let written = usize::from(is(next, &[";"]));
            tokens.splice(at..=at + written, [Token { kind: Kind::Mark, text: ";", ..token }]);
        }
        at += 1;
    }
}

/// `true` becomes `!0`, where it is a value and no name.
fn shorten_booleans(tokens: &mut [Token<'_>]) {
    for at in 0..tokens.len() {
        let before = at.checked_sub(1).and_then(|place| tokens.get(place));
        let next = tokens.get(at + 1);
        let names = [".", "?.", "as", "get", "set", "static", "async", "function", "class", "extends", "new"];
        let is_name = is(before, &names) || is(next, &[":", "as"]) || is_bound(next);
        // At the start of a statement it does nothing, and in a class it is a field.
        let is_idle = before.is_none() || is(before, &["{", ";", "}"]);
        if let Some(token) =
            tokens.get_mut(at).filter(|token| token.kind == Kind::Word && !is_name && !is_idle)
        {
            token.text = match token.text {
                "true" => "!0",
                "false" => "!1",
                text => text,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filestack::chain::Value;

    fn with(params: &[&str], source: &str) -> Result<String, String> {
        let params = params.iter().map(|name| ((*name).to_owned(), Value::Text("true".to_owned())));
        minify(source, &Task::new("minify_js".to_owned(), params.collect()))
    }

    #[test]
    fn blanks_and_comments_go_where_they_say_nothing() {
        for (source, expected) in [
            ("var a = 1 ; // one\n/* two */ var b = a + 2 ;", "var a=1;var b=a+2;"),
            ("a = b\n( c )", "a=b\n(c)"),
            ("a\n++b", "a\n++b"),
            ("a + ++b - -c", "a+ ++b- -c"),
            ("return\na", "return\na"),
            ("if (a) {\n  b()\n} else {\n  c()\n}", "if(a){b()}else{c()}"),
            ("let s = 'a  // b' + \"c  /* d */\"", "let s='a  // b'+\"c  /* d */\""),
            ("f( ` a ${ b + `${ c }` } /* d */ ` )", "f(` a ${b+`${c}`} /* d */ `)"),
            ("x = a / b / c ; y = / \\/ [/] /g . test ( z )", "x=a/b/c;y=/ \\/ [/] /g.test(z)"),
            ("if (a) / b /.test(c)", "if(a)/ b /.test(c)"),
            ("(a) / b / c", "(a)/b/c"),
            ("f() \n / 2", "f()\n/2"),
            ("function f() { }\n/ b /.test(c)", "function f(){}\n/ b /.test(c)"),
            ("x = { a : 1 } / 2 / 3", "x={a:1}/2/3"),
            ("x = y ? { } / 2 / 1 : { } / 3 / 1", "x=y?{}/2/1:{}/3/1"),
            ("case1: { } / x  y /.test(z)", "case1:{}/ x  y /.test(z)"),
            ("a.return / b / c", "a.return/b/c"),
            ("return / b  c /", "return/ b  c /"),
            ("a = / b / in c", "a=/ b / in c"),
            ("5 . toString ( ) + 1.5 . x", "5 .toString()+1.5 .x"),
            ("a ?.5 : b", "a?.5:b"),
            ("a < ! --b", "a< !--b"),
            ("class A { x\n*y ( ) { }\nstatic #z = 1 }", "class A{x\n*y(){}\nstatic #z=1}"),
            ("a /* x\ny */ b", "a\nb"),
            ("let \\u{61} = 1 , ü = 2", "let \\u{61}=1,ü=2"),
            (
                "async ( ) => { for await ( const a of b ) / c /.test(a) }",
                "async()=>{for await(const a of b)/ c /.test(a)}",
            ),
            ("#!/usr/bin/env node\n a ( )", "#!/usr/bin/env node\na()"),
            ("a\n. b\n&& c", "a.b&&c"),
            ("0x1F + 1e-5 - .5", "0x1F+1e-5-.5"),
        ] {
            let small = with(&[], source).expect("a script");
            assert_eq!(small, expected, "{source}");
            assert_eq!(with(&[], &small).expect("a script"), expected, "a second time: {expected}");
        }
    }

    #[test]
    fn what_parameters_remove_is_removed_where_it_is_a_statement_or_a_value() {
        for (param, source, expected) in [
            ("remove_console", "console.log(f(1), `${g(2)}`); a()", "void 0;a()"),
            ("remove_console", "x && console.warn('a') , b", "x&&void 0,b"),
            (
                "remove_console",
                "a.console.log(1); console.log(1).b; console.log",
                "a.console.log(1);console.log(1).b;console.log",
            ),
            ("removeDebugger", "if (a) debugger; else b", "if(a);else b"),
            (
                "removeDebugger",
                "a()\ndebugger\nb({ debugger: 1 }, c.debugger)",
                "a();b({debugger:1},c.debugger)",
            ),
            (
                "booleans",
                "return true && { true : false , a : [ true ] } . true",
                "return !0&&{true:!1,a:[!0]}.true",
            ),
        ] {
            assert_eq!(with(&[param], source).expect("a script"), expected, "{source}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        for (source, part) in [
            ("a\n'b", "string that does not end in line 2"),
            ("`a ${ b", "never closed"),
            ("`a", "template that does not end"),
            ("/* a", "comment that does not end"),
            ("= /a", "expression that does not end"),
            ("a )", "closes what was not opened in line 1"),
            ("a <!-- b", "`<!--`"),
            ("x of / 2 /", "behind `of`"),
        ] {
            let error = with(&[], source).expect_err("no script");
            assert!(error.contains(part), "{source}: {error}");
        }
    }
}
