package io.github.libferry;

/** Options of a {@link Client}. */
public final class ClientOptions {
    private Security security;
    private String storage;
    private String cname;
    private String baseUrl;
    private String uploadUrl;
    private String cdnUrl;
    private String apiUrl;
    private String processUrl;
    private ConnectionOptions connection;
    private boolean skipsPolicyChecks;

    /** Policy and signature of every call that does not bring its own. */
    public ClientOptions security(Security security) {
        this.security = security;
        return this;
    }

    /** Where files are stored: "S3", "gcs", "azure", "rackspace", "dropbox". Default: "S3". */
    public ClientOptions storage(String name) {
        storage = name;
        return this;
    }

    /** Your own domain, such as "files.example.com": every host becomes one of its subdomains. */
    public ClientOptions cname(String domain) {
        cname = domain;
        return this;
    }

    /** One origin for all APIs, such as a gateway or the local cloud. Default: Filestack. */
    public ClientOptions baseUrl(String url) {
        baseUrl = url;
        return this;
    }

    /** Base URL of the upload API; like the following it wins over {@link #baseUrl}. */
    public ClientOptions uploadUrl(String url) {
        uploadUrl = url;
        return this;
    }

    /** Base URL of delivery and transformations. */
    public ClientOptions cdnUrl(String url) {
        cdnUrl = url;
        return this;
    }

    /** Base URL of the REST API, its path "/api" included. */
    public ClientOptions apiUrl(String url) {
        apiUrl = url;
        return this;
    }

    /** Base URL of the process API. */
    public ClientOptions processUrl(String url) {
        processUrl = url;
        return this;
    }

    /** How to connect. */
    public ClientOptions connection(ConnectionOptions connection) {
        this.connection = connection;
        return this;
    }

    /** Leaves it to the service whether a policy allows a call. */
    public ClientOptions skipPolicyChecks() {
        skipsPolicyChecks = true;
        return this;
    }

    static Abi.ferry_filestack_options in(
            Call call, ClientOptions options, Abi.ferry_connection_options connection) {
        ClientOptions it = options == null ? new ClientOptions() : options;
        Abi.ferry_filestack_options with = new Abi.ferry_filestack_options();
        Abi.ferry_filestack_options_init(with, with.size());
        with.security = call.lend(it.security);
        with.storage = call.text("storage", it.storage);
        with.cname = call.text("cname", it.cname);
        with.base_url = call.text("base URL", it.baseUrl);
        with.upload_url = call.text("upload URL", it.uploadUrl);
        with.cdn_url = call.text("CDN URL", it.cdnUrl);
        with.api_url = call.text("API URL", it.apiUrl);
        with.process_url = call.text("process URL", it.processUrl);
        with.connection = call.struct(connection);
        with.skip_policy_checks = Call.bool(it.skipsPolicyChecks);
        return with;
    }

    static ConnectionOptions connectionOf(ClientOptions options) {
        return options == null ? null : options.connection;
    }
}
