package io.github.libferry;

import java.util.List;
import java.util.Map;

/** The videos of a factory: files that were sent to it. */
public final class Videos extends Resource {
    Videos(Telestream account, String factory) {
        super(account, factory, Abi.FERRY_VIDEOS);
    }

    /** One page of the encodings of a video. */
    public List<Json> encodings(String id, Map<String, ?> params, RequestOptions options) {
        Call.plain("id", id);
        String json = Call.jsonText(params);
        return ask(options, (it, with, out, err) ->
                        Abi.ferry_telestream_video_encodings(it, factory, id, json, with, out, err))
                .items();
    }

    /** What the service has read from the file: duration, codecs, sizes. */
    public Json metadata(String id, RequestOptions options) {
        Call.plain("id", id);
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_video_metadata(it, factory, id, with, out, err));
    }

    /** Deletes the file that a video was made from, and keeps its encodings. */
    public void deleteSource(String id, RequestOptions options) {
        Call.plain("id", id);
        ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_video_delete_source(it, factory, id, with, out, err));
    }

    /** Waits until the service has stored a video; its encodings may still be under way. */
    public Json await(String id, RequestOptions options) {
        Call.plain("id", id);
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_video_wait(it, factory, id, with, out, err));
    }

    /**
     * Waits until a video is stored and none of its encodings is under way. Those that have failed are among
     * them, with the status "fail".
     */
    public List<Json> awaitEncodings(String id, RequestOptions options) {
        Call.plain("id", id);
        return ask(options, (it, with, out, err) ->
                        Abi.ferry_telestream_video_encodings_wait(it, factory, id, with, out, err))
                .items();
    }
}
