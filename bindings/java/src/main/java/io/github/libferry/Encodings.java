package io.github.libferry;

/** The encodings of a factory: its videos in the form that its profiles ask for. */
public final class Encodings extends Resource {
    Encodings(Telestream account, String factory) {
        super(account, factory, Abi.FERRY_ENCODINGS);
    }

    /** Starts a failed encoding again. It is sent again only if it has surely not arrived. */
    public void retry(String id, RequestOptions options) {
        Call.plain("id", id);
        ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_encoding_retry(it, factory, id, with, out, err));
    }

    /** Stops an encoding. It is sent again only if it has surely not arrived. */
    public void cancel(String id, RequestOptions options) {
        Call.plain("id", id);
        ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_encoding_cancel(it, factory, id, with, out, err));
    }

    /** Waits until an encoding is done. Progress is told in percent: bytesDone of 100. */
    public Json await(String id, RequestOptions options) {
        Call.plain("id", id);
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_encoding_wait(it, factory, id, with, out, err));
    }
}
