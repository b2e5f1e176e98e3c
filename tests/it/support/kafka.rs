//! Brokers as tests see them: the shared one, one of a test's own, three that replicate.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;

use super::server::{self, Server};
use super::{Door, Turn, token};

/// Who the SASL listeners let in.
pub(crate) const USER: &str = "buymode";
pub(crate) const PASSWORD: &str = "buymode-secret";

pub(crate) struct Kafka {
    pub bootstrap: String,
    /// SASL/PLAIN without TLS; `None` with a broker that `KAFKA_BOOTSTRAP` names.
    pub sasl_bootstrap: Option<String>,
    /// SASL/PLAIN over TLS, and the certificate to trust.
    pub tls_bootstrap: Option<String>,
    pub ca: Option<PathBuf>,
    /// SASL/OAUTHBEARER without TLS, for tokens of [`super::token`].
    pub oauth_bootstrap: Option<String>,
    _server: Option<Server>,
}

impl Kafka {
    pub(super) fn external(bootstrap: String) -> Self {
        Self {
            bootstrap,
            sasl_bootstrap: None,
            tls_bootstrap: None,
            ca: None,
            oauth_bootstrap: None,
            _server: None,
        }
    }

    pub(super) fn shared() -> Self {
        let folder = server::fresh_folder();
        let keys = folder.join("keys.json");
        std::fs::write(&keys, token::keys()).expect("target/tmp can be written");
        let keys = keys.to_str().expect("the path is text");
        // Who comes without a login may do everything; others may, on what has no access control list.
        let options = [
            "--sasl",
            "--tls",
            "--oauth",
            keys,
            "--set",
            "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "--set",
            "super.users=User:ANONYMOUS",
            "--set",
            "allow.everyone.if.no.acl.found=true",
        ];
        let server = Server::start("broker", folder.clone(), &options);
        Self {
            bootstrap: server.address("bootstrap").expect("the script prints bootstrap"),
            sasl_bootstrap: server.address("sasl"),
            tls_bootstrap: server.address("tls"),
            ca: Some(server.folder().join("ca.pem")),
            oauth_bootstrap: server.address("oauth"),
            _server: Some(server),
        }
    }
}

/// What every kind of broker offers.
pub(crate) trait Address {
    fn bootstrap(&self) -> &str;

    /// A name that no other test has, nor an earlier run on the same broker: for topics, groups
    /// and transactional ids.
    fn unique(&self, prefix: &str) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        let run = since_epoch
            .expect("the clock is past 1970")
            .as_millis()
            .wrapping_mul(1_000)
            .wrapping_add(u128::from(std::process::id()));
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        format!("{prefix}-{run:x}-{number}")
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().expect("an admin client needs an address only")
    }

    /// Creates a topic with a name from [`Address::unique`] and returns the name.
    fn topic(&self, prefix: &str, partitions: i32, config: &[(&str, &str)]) -> String {
        let name = self.unique(prefix);
        self.create_topic(&name, partitions, config);
        name
    }

    /// Replication is the broker's default: 1, or 3 on a [`Cluster`].
    fn create_topic(&self, name: &str, partitions: i32, config: &[(&str, &str)]) {
        let mut topic = NewTopic::new(name, partitions, TopicReplication::Fixed(-1));
        for (key, value) in config {
            topic = topic.set(key, value);
        }
        let options = AdminOptions::new().operation_timeout(Some(Duration::from_secs(20)));
        let admin = self.admin();
        let created = block_on(admin.create_topics([&topic], &options));
        for result in created.expect("the broker answers") {
            result.unwrap_or_else(|(topic, code)| panic!("topic {topic} not created: {code}"));
        }
    }
}

impl Address for Kafka {
    fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}

/// Runs one future of rdkafka's admin client.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime of one thread can be built")
        .block_on(future)
}

/// One broker that its test may hurt. Stopped and deleted when dropped.
pub(crate) struct Broker {
    server: Server,
    bootstrap: String,
    /// Held for as long as the broker lives.
    _turn: Option<Turn>,
}

impl Broker {
    pub(super) fn own(turn: Turn) -> Self {
        Self::start_in(server::fresh_folder(), &["--heap", "512m"], Some(turn))
    }

    fn start_in(folder: PathBuf, options: &[&str], turn: Option<Turn>) -> Self {
        let server = Server::start("broker", folder, options);
        let bootstrap = server.address("bootstrap").expect("the script prints bootstrap");
        Self { server, bootstrap, _turn: turn }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.server.pid().parse().expect("the script prints a number")
    }

    /// Dies at once, as in a power cut (what the kernel has in its caches survives).
    pub(crate) fn kill9(&self) {
        self.server.signal("KILL");
        self.server.await_end();
    }

    /// Shuts down in an orderly way; data stay.
    pub(crate) fn stop(&self) {
        self.server.signal("TERM");
        self.server.await_end();
    }

    /// Serves again, same address and data, after [`Broker::kill9`] or [`Broker::stop`].
    pub(crate) fn start(&mut self) {
        self.server.restart();
    }

    /// Hangs without closing a connection.
    pub(crate) fn sigstop(&self) {
        self.server.signal("STOP");
    }

    pub(crate) fn sigcont(&self) {
        self.server.signal("CONT");
    }
}

impl Address for Broker {
    fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}

pub(crate) struct Cluster {
    pub brokers: Vec<Broker>,
    /// Before each broker, where asked for: the others come through it, too.
    pub doors: Vec<Door>,
    bootstrap: String,
    _turn: Turn,
}

impl Cluster {
    pub(super) fn own(turn: Turn) -> Self {
        Self::start(turn, Vec::new())
    }

    /// Each broker behind a door.
    pub(super) fn behind_doors(turn: Turn) -> Self {
        Self::start(turn, (0..3).map(|_| Door::to(&free_address())).collect())
    }

    fn start(turn: Turn, doors: Vec<Door>) -> Self {
        let folder = server::fresh_folder();
        let planned = std::process::Command::new(server::script("cluster"))
            .args(["plan", "3"])
            .arg(&folder)
            .status();
        assert!(planned.is_ok_and(|status| status.success()), "deploy/kafka/cluster cannot plan");
        let plan = std::fs::read_to_string(folder.join("plan")).expect("the plan is written");
        std::fs::remove_dir_all(&folder).expect("target/tmp can be written");
        // All at once: none serves before a majority is up.
        let brokers: Vec<Broker> = std::thread::scope(|scope| {
            let starting: Vec<_> = plan
                .lines()
                .enumerate()
                .map(|(n, line)| {
                    let mut options: Vec<String> = line.split(' ').map(str::to_owned).collect();
                    options.extend(doors.get(n).into_iter().flat_map(behind));
                    scope.spawn(move || {
                        let options: Vec<&str> = options.iter().map(String::as_str).collect();
                        Broker::start_in(server::fresh_folder(), &options, None)
                    })
                })
                .collect();
            starting.into_iter().map(|thread| thread.join().expect("a broker started")).collect()
        });
        let addresses: Vec<&str> = brokers.iter().map(Broker::bootstrap).collect();
        Self { bootstrap: addresses.join(","), brokers, doors, _turn: turn }
    }
}

/// The options of a broker that clients find at its door.
fn behind(door: &Door) -> [String; 4] {
    let (_, port) = door.server().rsplit_once(':').expect("host and port");
    let advertised = format!("advertised.listeners=PLAINTEXT://{}", door.address);
    ["--port".to_owned(), port.to_owned(), "--set".to_owned(), advertised]
}

fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").to_string()
}

impl Address for Cluster {
    fn bootstrap(&self) -> &str {
        &self.bootstrap
    }
}
