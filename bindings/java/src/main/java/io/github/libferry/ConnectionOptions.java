package io.github.libferry;

import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntSupplier;

/** How a client connects to its hosts. A time that is null or zero is the default. */
public final class ConnectionOptions {
    /** For {@link #proxy}: the proxy that the environment variables name, as curl reads them. */
    public static final String PROXY_FROM_ENVIRONMENT = Abi.FERRY_PROXY_FROM_ENVIRONMENT;

    private Duration connectTimeout;
    private Duration stallTimeout;
    private Duration deadline;
    private int maxRetries;
    private String proxy;
    private Path caFile;
    private String userAgent;
    private boolean trustsSystem;
    private boolean isBackground;
    private long bytesPerSecond;
    private String congestion;
    private Consumer<? super Event> onEvent;

    /** The longest time to find the addresses of the host and to connect to one. Default: 10 s. */
    public ConnectionOptions connectTimeout(Duration time) {
        connectTimeout = time;
        return this;
    }

    /** The longest time without a single byte sent or received. Default: 2 minutes. */
    public ConnectionOptions stallTimeout(Duration time) {
        stallTimeout = time;
        return this;
    }

    /** The longest time of a whole call. Default: no limit. */
    public ConnectionOptions deadline(Duration time) {
        deadline = time;
        return this;
    }

    /** How many times a request or a part is sent again after an error that can pass. Default: 10. */
    public ConnectionOptions maxRetries(int most) {
        maxRetries = most == 0 ? Abi.FERRY_NO_RETRIES : Call.notNegative("max retries", most);
        return this;
    }

    /**
     * The HTTP proxy, as "http://user:password@host:3128", or {@link #PROXY_FROM_ENVIRONMENT}. Default: none.
     */
    public ConnectionOptions proxy(String url) {
        proxy = url;
        return this;
    }

    /** A file of certificates in PEM form that are trusted too. */
    public ConnectionOptions caFile(Path file) {
        caFile = file;
        return this;
    }

    /** The User-Agent of every request. */
    public ConnectionOptions userAgent(String text) {
        userAgent = text;
        return this;
    }

    /** Trusts the certificate authorities of the system. Default: Mozilla's list. */
    public ConnectionOptions trustSystem() {
        trustsSystem = true;
        return this;
    }

    /** Has what the client sends yield to other traffic. */
    public ConnectionOptions background() {
        isBackground = true;
        return this;
    }

    /** The most bytes a second of all calls of the client together, there and back. Default: no limit. */
    public ConnectionOptions bytesPerSecond(long most) {
        bytesPerSecond = Call.notNegative("bytes a second", most);
        return this;
    }

    /** How the kernel controls congestion, such as "bbr". Linux only. */
    public ConnectionOptions congestion(String name) {
        congestion = name;
        return this;
    }

    /**
     * Tells of each attempt of each request, each connection, each retry and more, on the thread that made
     * the call. What the listener throws interrupts that call and comes out of it.
     */
    public ConnectionOptions onEvent(Consumer<? super Event> listener) {
        onEvent = listener;
        return this;
    }

    static Abi.ferry_connection_options in(Call call, ConnectionOptions options) {
        ConnectionOptions it = options == null ? new ConnectionOptions() : options;
        Abi.ferry_connection_options with = new Abi.ferry_connection_options();
        Abi.ferry_connection_options_init(with, with.size());
        with.connect_timeout_ms = Call.milliseconds("connect timeout", it.connectTimeout);
        with.stall_timeout_ms = Call.milliseconds("stall timeout", it.stallTimeout);
        with.deadline_ms = Call.milliseconds("deadline", it.deadline);
        with.max_retries = it.maxRetries;
        with.proxy = call.text("proxy", it.proxy);
        with.ca_file = call.text("CA file", it.caFile);
        with.user_agent = call.text("user agent", it.userAgent);
        with.trust = it.trustsSystem ? Abi.FERRY_TRUST_SYSTEM : Abi.FERRY_TRUST_PUBLIC;
        with.manners = it.isBackground ? Abi.FERRY_MANNERS_BACKGROUND : Abi.FERRY_MANNERS_FAIR;
        with.bytes_per_second = it.bytesPerSecond;
        with.congestion = call.text("congestion", it.congestion);
        return with;
    }

    /** Makes a client, to which the listener belongs from then on. */
    static int listening(ConnectionOptions options, Abi.ferry_connection_options with, IntSupplier maker) {
        if (options == null || options.onEvent == null) {
            return maker.getAsInt();
        }
        with.on_event = Listeners.ON_EVENT;
        with.event_data = Listeners.add(options.onEvent);
        with.event_free = Listeners.EVENT_FREE;
        with.write();
        int status = maker.getAsInt();
        if (status != Abi.FERRY_OK) {
            Listeners.remove(with.event_data);
        }
        return status;
    }
}
