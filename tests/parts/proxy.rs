//! squid and tinyproxy between Ferry and the local cloud, as proxies that Ferry is told of: they tunnel https
//! and forward plain http.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use ferry::error::ErrorKind;
use ferry::filestack::Client;
use ferry::http::Connection;
use ferry::telestream;
use localcloud::Options;

use crate::program::{Found, Program, folder, port, until};
use crate::support::{TestCloud, flip};
use crate::trip::{PARTS, Told, client, films, refused, round_trip};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Squid,
    Tinyproxy,
}

/// Who may go through it.
#[derive(Clone, Copy, PartialEq)]
enum Access {
    All,
    /// The user `user` with `right-password`.
    Password,
    Nobody,
}

struct Proxy {
    kind: Kind,
    program: Program,
}

/// `openssl passwd -1 -salt ferry right-password`
const HASH: &str = "$1$ferry$8EJL1POQ0PLdip/V6FRXY.";

impl Proxy {
    /// None where the program is not there.
    fn start(kind: Kind, access: Access) -> Option<Proxy> {
        let name = if kind == Kind::Squid { "squid" } else { "tinyproxy" };
        let found = Found::look_for(name, &format!("what goes through {name}"))?;
        let (folder, port) = (folder(), port());
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).expect("written");
        write("passwords", &format!("user:{HASH}\n"));
        let mut command = found.command();
        match kind {
            Kind::Squid => {
                write("proxy.conf", &squid(&found, port, access));
                command.args(["-N", "-f", "proxy.conf"]);
            }
            Kind::Tinyproxy => {
                write("proxy.conf", &tinyproxy(port, access));
                command.args(["-d", "-c", "proxy.conf"]);
            }
        }
        Some(Proxy { kind, program: Program::start(&mut command, folder, port) })
    }

    /// `user` is empty or ends with `@`.
    fn connection(&self, user: &str) -> Connection {
        let proxy = format!("http://{user}127.0.0.1:{}", self.program.port);
        Connection { proxy: Some(proxy), ..Connection::default() }
    }

    /// How many requests of that method it has taken.
    fn count(&self, method: &str) -> usize {
        let log = self.program.text("access.log");
        let is_one = |line: &&str| match self.kind {
            Kind::Squid => line.split_whitespace().nth(5) == Some(method),
            Kind::Tinyproxy => line.contains(&format!("): {method} ")),
        };
        log.lines().filter(is_one).count()
    }
}

fn squid(found: &Found, port: u16, access: Access) -> String {
    let helper = found.file("usr/lib/squid/basic_ncsa_auth");
    let share = found.file("usr/share/squid");
    let access = match access {
        Access::All => "http_access allow all\n".to_owned(),
        Access::Nobody => "http_access deny all\n".to_owned(),
        Access::Password => format!(
            "auth_param basic program {} passwords\n\
             auth_param basic children 2 startup=1 idle=1\n\
             auth_param basic realm parts\n\
             acl known proxy_auth REQUIRED\n\
             http_access allow known\n\
             http_access deny all\n",
            helper.display()
        ),
    };
    let (share, unlinkd) = (share.display(), found.file("usr/lib/squid/unlinkd"));
    let unlinkd = unlinkd.display();
    format!(
        "http_port 127.0.0.1:{port}\n\
         visible_hostname parts\n\
         {access}\
         cache deny all\n\
         cache_mem 1 MB\n\
         max_filedescriptors 1024\n\
         access_log stdio:access.log\n\
         buffered_logs off\n\
         cache_log cache.log\n\
         pid_filename none\n\
         netdb_filename none\n\
         pinger_enable off\n\
         coredump_dir .\n\
         unlinkd_program {unlinkd}\n\
         mime_table {share}/mime.conf\n\
         icon_directory {share}/icons\n\
         error_directory {share}/errors/templates\n"
    )
}

fn tinyproxy(port: u16, access: Access) -> String {
    let access = match access {
        Access::All => "",
        Access::Nobody => "Allow 192.0.2.1\n",
        Access::Password => "BasicAuth user right-password\n",
    };
    format!(
        "Listen 127.0.0.1\n\
         Port {port}\n\
         Timeout 60\n\
         MaxClients 64\n\
         LogFile \"access.log\"\n\
         LogLevel Info\n\
         {access}"
    )
}

/// A client of each service.
struct Clients {
    filestack: Arc<Client>,
    telestream: Arc<telestream::Client>,
}

/// A cloud that speaks TLS too, and clients that reach it by a proxy: by plain http, and by https.
fn clients(folder: &Path, connection: &Connection) -> (TestCloud, [Clients; 2]) {
    let ca_file = folder.join("cloud.pem");
    let https = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let cloud = TestCloud::with(Options { https, ca_out: Some(ca_file.clone()), ..Options::default() });
    let connection = Connection { ca_file: ca_file.to_str().map(str::to_owned), ..connection.clone() };
    let urls = [cloud.url(), cloud.https_url().expect("TLS")];
    let clients = urls.map(|url| Clients {
        filestack: client(&url, connection.clone()),
        telestream: flip::client(url, connection.clone()),
    });
    (cloud, clients)
}

fn carries(kind: Kind) {
    for (has_password, user) in [(false, ""), (true, "user:right-password@")] {
        let access = if has_password { Access::Password } else { Access::All };
        let Some(proxy) = Proxy::start(kind, access) else { return };
        let told = Told::default();
        let connection = told.to(proxy.connection(user));
        let (cloud, [plain, secure]) = clients(proxy.program.folder(), &connection);
        round_trip(&cloud, &plain.filestack);
        films(&cloud, &plain.telestream);
        until("the proxy has written what it forwarded", || proxy.count("PUT") >= PARTS);
        assert_eq!(proxy.count("CONNECT"), 0);
        // squid breaks a forwarded PUT off now and then, tinyproxy closes a connection after an answer and
        // does not say so: such a request is sent again.
        let repeated = told.repeated_for();
        assert!(repeated.iter().all(|status| *status == 0), "{}", told.texts());
        round_trip(&cloud, &secure.filestack);
        films(&cloud, &secure.telestream);
        // squid writes of a tunnel when it ends.
        drop(secure);
        until("the proxy has written that it tunnelled", || proxy.count("CONNECT") > 0);
        assert_eq!(told.repeated_for(), repeated, "{}", told.texts());
    }
}

#[test]
fn squid_carries_all() {
    carries(Kind::Squid);
}

#[test]
fn tinyproxy_carries_all() {
    carries(Kind::Tinyproxy);
}

/// Nothing gets through, and the error says whose password is wrong, or that one is missing.
fn refuses(kind: Kind) {
    let Some(proxy) = Proxy::start(kind, Access::Password) else { return };
    let name = format!("127.0.0.1:{}", proxy.program.port);
    for (user, advice) in [
        ("user:wrong-password@", "refused user and password"),
        ("somebody:wrong-password@", "refused user and password"),
        ("", "give them in `proxy`"),
    ] {
        let told = Told::default();
        let connection = told.to(proxy.connection(user));
        let (cloud, clients) = clients(proxy.program.folder(), &connection);
        for client in clients {
            let error = refused(&client.filestack);
            assert_eq!((error.kind(), error.http_status()), (ErrorKind::Http, 407), "{error}");
            assert!(!error.retryable(), "{error}");
            for text in ["proxy", &name, advice] {
                assert!(error.message().contains(text), "{text} is not in: {error}");
            }
            assert!(!error.message().contains("policy"), "{error}");
            // base64 of "user:wrong-password" begins so, and that of "somebody:wrong-password".
            for secret in ["wrong-password", "dXNlcjp3cm9uZy1wYXNz", "c29tZWJvZHk6d3Jvbmct"] {
                let texts = format!("{error:?}{}{}", error.body(), told.texts());
                assert!(!texts.contains(secret), "{texts}");
            }
        }
        assert_eq!(told.repeated_for(), [0; 0], "a password that is asked for again gets an account locked");
        assert!(cloud.requests().is_empty(), "{:?}", cloud.requests());
    }
}

#[test]
fn squid_refuses_a_wrong_password() {
    refuses(Kind::Squid);
}

#[test]
fn tinyproxy_refuses_a_wrong_password() {
    refuses(Kind::Tinyproxy);
}

fn forbids(kind: Kind) {
    let Some(proxy) = Proxy::start(kind, Access::Nobody) else { return };
    let connection = Connection { max_retries: 1, ..proxy.connection("") };
    let (cloud, clients) = clients(proxy.program.folder(), &connection);
    for client in clients {
        let error = refused(&client.filestack);
        assert!(error.message().contains("HTTP 403"), "{error}");
    }
    assert!(cloud.requests().is_empty(), "{:?}", cloud.requests());
}

#[test]
fn squid_forbids_all() {
    forbids(Kind::Squid);
}

#[test]
fn tinyproxy_forbids_all() {
    forbids(Kind::Tinyproxy);
}
