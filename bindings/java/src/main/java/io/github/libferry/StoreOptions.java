package io.github.libferry;

/** Options of {@link Transform#store}. */
public final class StoreOptions extends PlaceOptions<StoreOptions> {
    private boolean isBase64;

    /** Decodes the result from base64 text before it is stored. */
    public StoreOptions base64Decode() {
        isBase64 = true;
        return this;
    }

    static Abi.ferry_store_options in(Call call, StoreOptions options) {
        StoreOptions it = options == null ? new StoreOptions() : options;
        Abi.ferry_store_options with = new Abi.ferry_store_options();
        Abi.ferry_store_options_init(with, with.size());
        with.filename = call.text("filename", it.filename);
        with.base64decode = Call.bool(it.isBase64);
        with.location = call.text("location", it.location);
        with.path = call.text("path", it.path);
        with.container = call.text("container", it.container);
        with.region = call.text("region", it.region);
        with.access = call.text("access", it.access);
        with.workflows_json = call.text("workflows", Call.jsonText(it.workflows));
        with.security = call.lend(it.security);
        with.on_progress = Call.ON_PROGRESS;
        with.deadline_ms = Call.milliseconds("deadline", it.deadline);
        return with;
    }
}
