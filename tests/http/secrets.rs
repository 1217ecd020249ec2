//! No error shows a secret, however a service echoes it.

use std::sync::{Arc, Mutex};

use ferry::error::{Error, ErrorKind};
use ferry::http::{Connection, EventHandler, Http, Method, Request, Response, Secrets};

use crate::server::{Server, answer, bounds, get, request, send, texts};
use crate::support::nobody;

/// A policy in base64 with the characters that every encoding treats differently.
const POLICY: &str = "eyJ+/-ab\"c d&e\\<fé==";

/// `POLICY` as services and proxies write it. Made by hand and by Python, not by the code under test.
const FORMS: [&str; 12] = [
    POLICY,
    "eyJ%2B%2F-ab%22c%20d%26e%5C%3Cf%C3%A9%3D%3D",
    "eyJ%2b%2f-ab%22c%20d%26e%5c%3cf%c3%a9%3d%3d",
    "eyJ%2B%2f-ab%22c%20d%26e%5c%3Cf%C3%A9%3d%3D",
    "eyJ%252B%252F-ab%2522c%2520d%2526e%255C%253Cf%25C3%25A9%253D%253D",
    "eyJ%252b%252f-ab%2522c%2520d%2526e%255c%253cf%25c3%25a9%253d%253d",
    "eyJ%2B%2F-ab%22c+d%26e%5C%3Cf%C3%A9%3D%3D",
    r#"eyJ+/-ab\"c d&e\\<f\u00e9=="#,
    r#"eyJ+\/-ab\"c d\u0026e\\\u003cf\u00E9\u003d\u003d"#,
    "eyJ+/-ab&quot;c d&amp;e\\&lt;f&#233;==",
    "eyJ&#43;&#x2F;-ab&#34;c d&#38;e&#92;&#60;f&#xe9;&#61;&#61;",
    "eyJ+/-ab\"c d&e\\<fé",
];

#[test]
fn a_secret_is_hidden_in_every_form_a_service_may_echo_it() {
    for form in FORMS {
        for status in ["403 Forbidden", "200 OK"] {
            let server = Server::start(move |_, _| answer(status, "", &format!("bad <{form}> seen")));
            let secrets = Secrets::new([POLICY]);
            let url = server.url("/x");
            let result = send(Request { secrets, ..request(Method::GET, &url) });
            let error = result.and_then(Response::success).and_then(|a| a.json()).expect_err("not JSON");
            assert!(error.body() == "bad <***> seen", "{form}: {}", error.body());
            assert!(!error.message().contains("eyJ"), "{form}: {}", error.message());
        }
    }
}

#[test]
fn base64_is_hidden_in_both_alphabets_with_and_without_padding() {
    let secrets = Secrets::new(["eyJjYWxsIjpb+/8ifQ=="]);
    let text = "eyJjYWxsIjpb+/8ifQ== eyJjYWxsIjpb-_8ifQ== eyJjYWxsIjpb-_8ifQ eyJjYWxsIjpb-_8ifQ%3D%3D.";
    assert_eq!(secrets.clean(text), "*** *** *** ***.");
}

/// PHP writes JSON with `\/`, and so do gateways that are written in it.
#[test]
fn slashes_escaped_as_php_does_hide_nothing() {
    let secrets = Secrets::new(["hush1/K7MD/hush2+x"]);
    for text in [r"hush1\/K7MD\/hush2+x", r"hush1\\\/K7MD\\\/hush2+x", r"hush1%5C\/K7MD%5c%2Fhush2%2bx"] {
        assert_eq!(secrets.clean(&format!("<{text}>")), "<***>", "{text}");
    }
    let body = r#"{"message": "no", "url": "https:\/\/h\/k?X-Amz-Signature=hush3\/4&partNumber=1"}"#;
    let server = Server::start(move |_, _| answer("403 Forbidden", "", body));
    let error = get(&server.url("/")).and_then(Response::success).expect_err("refused");
    assert!(!error.body().contains("hush"), "{}", error.body());
    assert!(error.body().ends_with(r#"\/k?X-Amz-Signature=***&partNumber=1"}"#), "{}", error.body());
}

#[test]
fn what_a_storage_echoes_of_a_signature_is_hidden_though_nobody_named_it() {
    let body = "<Error><Code>SignatureDoesNotMatch</Code><Message>no match</Message>\
        <AWSAccessKeyId>AKIDEXAMPLE1</AWSAccessKeyId><StringToSign>AWS4\n2026 hush2</StringToSign>\
        <SignatureProvided>hush3</SignatureProvided><StringToSignBytes>hush4 57</StringToSignBytes>\
        <CanonicalRequest>PUT\n/x\nX-Amz-Security-Token=hush5</CanonicalRequest>\
        <CanonicalRequestBytes>hush6</CanonicalRequestBytes><RequestId>R1</RequestId>\
        <Resource>/b?X-Amz-Signature=hush7&amp;X-Amz-Credential=hush8%2F2026&amp;partNumber=3</Resource>\
        <More>https%3A%2F%2Fs%2Fb%3FX-Amz-Security-Token%3Dhush9%26X-Amz-Signature%3Dhush10%26p%3D1</More>\
        </Error>";
    let server = Server::start(move |_, _| answer("403 Forbidden", "", body));
    let error = get(&server.url("/")).and_then(Response::success).expect_err("refused");
    assert!(!texts(&error).contains("hush") && !texts(&error).contains("AKID"), "{}", error.body());
    assert!(error.message().contains("SignatureDoesNotMatch: no match"), "{}", error.message());
    assert!(
        error.body().contains("partNumber=3") && error.body().contains("<RequestId>R1<"),
        "{}",
        error.body()
    );
}

#[test]
fn no_part_of_a_secret_is_left_where_a_body_is_cut() {
    let signature = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
    let secrets = Secrets::new([signature]);
    for visible in [1, 5, 32, 63] {
        let body = format!("{}{signature} tail", "x".repeat((16 << 10) - visible));
        let error = Error::new(ErrorKind::Protocol, "no").with_answer(200, body.clone());
        let error = secrets.clean_error(error);
        assert!(error.body().len() <= 16 << 10, "{} bytes", error.body().len());
        assert!(!error.body().contains("01234"), "{visible} digits stay");
        let server = Server::start(move |_, _| answer("403 Forbidden", "", &body));
        let url = server.url("/");
        let result = send(Request { secrets: secrets.clone(), ..request(Method::GET, &url) });
        let error = result.and_then(Response::success).expect_err("refused");
        assert!(error.body().len() <= 16 << 10 && !error.body().contains("01234"), "{visible} digits stay");
    }
}

#[test]
fn an_unreachable_address_is_shown_without_what_is_secret_in_it() {
    let (_taken, closed) = nobody();
    let sources = [
        "https%3A%2F%2Fhush1%3Ahush2%40host.example%2Fdir%2Fa.jpg%3Ftoken%3Dhush3%26X-Amz-Signature%3Dhush4",
        "https%3a%2f%2fhush1%3ahush2%40host.example%2fdir%2fa.jpg%3ftoken%3dhush3",
        "https%253A%252F%252Fhush1%253Ahush2%2540host.example%252Fdir%252Fa.jpg%253Ftoken%253Dhush3",
        "https://hush1:hush2@host.example/dir/a.jpg?token=hush3",
        "https%3A%2F%2Fhush1%3Ahu%252Fsh2%40host.example%2Fdir%2Fa.jpg%23hush3",
    ];
    for source in sources {
        let url = format!("http://{closed}/HUSHKEY/security=p:hush5,s:hush6/resize=width:10/{source}");
        let secrets = Secrets::new(["HUSHKEY"]);
        let error = send(Request { secrets, ..request(Method::GET, &url) }).expect_err("refused");
        let text = texts(&error);
        assert!(!text.to_lowercase().contains("hu"), "{text}");
        assert!(text.contains(&format!("http://{closed}/***/security=***/resize=width:10/http")), "{text}");
        assert!(text.contains("host.example"), "{text}");
    }
}

#[test]
fn the_debug_form_of_a_client_and_an_answer_shows_no_secret() {
    let connection = Connection {
        proxy: Some("http://user:hush1@127.0.0.1:1".into()),
        user_agent: Some("agent".into()),
        ..Connection::default()
    };
    let filestack = ferry::filestack::ClientOptions { connection: connection.clone(), ..Default::default() };
    let telestream =
        ferry::telestream::ClientOptions { connection: connection.clone(), ..Default::default() };
    let forms = [format!("{connection:?}"), format!("{filestack:?}"), format!("{telestream:?}")];
    for shown in forms {
        assert!(!shown.contains("hush") && shown.contains("http://127.0.0.1:1"), "{shown}");
    }
    let shown = format!("{:?}", Http::new(connection).expect("a client"));
    assert!(!shown.contains("hush"), "{shown}");
    let server = Server::start(|_, _| answer("200 OK", "x-token: hush2\r\n", "{\"a\": \"hush3\"}"));
    let shown = format!("{:?}", get(&server.url("/?token=hush4")).expect("an answer"));
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("200"), "{shown}");
}

/// What a proxy that forwards may echo: the password as it is, as the URL has it, and all that it was sent.
const ECHOES: [&str; 4] =
    ["pa+ss/w@rd", "pa%2Bss%2Fw%40rd", "pa%252bss%252fw%2540rd", "dXNlcjpwYStzcy93QHJk"];

#[test]
fn the_password_of_a_proxy_is_hidden_however_it_echoes_it_and_after_a_redirect_too() {
    for (echo, status) in ECHOES.into_iter().flat_map(|echo| [(echo, "403 No"), (echo, "407 Who?")]) {
        let proxy = Server::start(move |head, _| match head.contains("/from ") {
            true => answer("302 Found", "location: http://b.example/to\r\n", ""),
            false => answer(status, &format!("x-request-id: {echo}\r\n"), &format!("no <{echo}> here")),
        });
        let told = Arc::new(Mutex::new(String::new()));
        let events = Arc::clone(&told);
        let handler =
            EventHandler::new(move |event| *events.lock().expect("a lock") += &format!("{event:?}"));
        let proxy_url = Some(format!("http://user:pa%2Bss%2Fw%40rd@{}", proxy.address));
        let connection = Connection { proxy: proxy_url, on_event: Some(handler), ..Connection::default() };
        let http = Http::new(connection).expect("a client");
        for path in ["to", "from", &format!("to/{echo}")] {
            let bounds = bounds(&http);
            let asked = request(Method::GET, &format!("http://a.example/{path}"));
            let error = http.send(asked, &bounds).and_then(Response::success).expect_err("refused");
            while bounds.events().expect("a handler").deliver() {}
            let texts = texts(&error) + &told.lock().expect("a lock");
            assert!(!ECHOES.iter().any(|echo| texts.contains(echo)), "{path} {status}: {texts}");
            assert!(status != "403 No" || error.body() == "no <***> here", "{texts}");
        }
        assert_eq!(proxy.heads().len(), 4);
        assert!(told.lock().expect("a lock").contains("***"), "events are told");
    }
}

/// Some services take a token in place of the user.
#[test]
fn a_user_of_a_proxy_without_a_password_is_hidden() {
    let proxy = Server::start(|_, _| answer("403 No", "", "no token-1 here"));
    let connection =
        Connection { proxy: Some(format!("http://token-1@{}", proxy.address)), ..Connection::default() };
    let http = Http::new(connection).expect("a client");
    let asked = request(Method::GET, "http://a.example/");
    let error = http.send(asked, &bounds(&http)).and_then(Response::success).expect_err("refused");
    assert_eq!(error.body(), "no *** here");
}
