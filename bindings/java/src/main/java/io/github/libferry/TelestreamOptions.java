package io.github.libferry;

/** Options of a {@link Telestream} client. */
public final class TelestreamOptions {
    private String factory;
    private String apiHost;
    private int apiPort;
    private String apiVersion;
    private String baseUrl;
    private ConnectionOptions connection;

    /** The factory of {@link Telestream#factory()}. */
    public TelestreamOptions factory(String id) {
        factory = id;
        return this;
    }

    /** The API host of the account's region, which is part of every signature. */
    public TelestreamOptions apiHost(String host) {
        apiHost = host;
        return this;
    }

    /** The port. Default: 443. */
    public TelestreamOptions apiPort(int port) {
        apiPort = Call.notNegative("port", port);
        return this;
    }

    /** The version of the API. Default: "3.0"; for a client with an API key "3.1". */
    public TelestreamOptions apiVersion(String version) {
        apiVersion = version;
        return this;
    }

    /** The origin to send requests to instead of the API host, such as a gateway or the local cloud. */
    public TelestreamOptions baseUrl(String url) {
        baseUrl = url;
        return this;
    }

    /** How to connect. */
    public TelestreamOptions connection(ConnectionOptions connection) {
        this.connection = connection;
        return this;
    }

    static Abi.ferry_telestream_options in(
            Call call, TelestreamOptions options, Abi.ferry_connection_options connection) {
        TelestreamOptions it = options == null ? new TelestreamOptions() : options;
        Abi.ferry_telestream_options with = new Abi.ferry_telestream_options();
        Abi.ferry_telestream_options_init(with, with.size());
        with.factory_id = call.text("factory", it.factory);
        with.api_host = call.text("API host", it.apiHost);
        with.api_port = it.apiPort;
        with.api_version = call.text("API version", it.apiVersion);
        with.base_url = call.text("base URL", it.baseUrl);
        with.connection = call.struct(connection);
        return with;
    }

    static ConnectionOptions connectionOf(TelestreamOptions options) {
        return options == null ? null : options.connection;
    }
}
