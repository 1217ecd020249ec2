package io.github.libferry;

/** Options of a request. */
public final class RequestOptions extends CallOptions<RequestOptions> {
    Security security;

    /** Policy and signature instead of the client's. Calls of Telestream take none. */
    public RequestOptions security(Security security) {
        this.security = security;
        return this;
    }

    static Abi.ferry_request_options in(Call call, RequestOptions options) {
        RequestOptions it = options == null ? new RequestOptions() : options;
        Abi.ferry_request_options with = new Abi.ferry_request_options();
        Abi.ferry_request_options_init(with, with.size());
        with.security = call.lend(it.security);
        with.on_progress = Call.ON_PROGRESS;
        with.deadline_ms = Call.milliseconds("deadline", it.deadline);
        return with;
    }
}
