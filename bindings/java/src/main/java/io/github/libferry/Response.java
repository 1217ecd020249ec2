package io.github.libferry;

import com.sun.jna.Pointer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/** The whole response of a service, for requests that have no method of their own. */
public final class Response implements AutoCloseable {
    private final Handle handle;
    private final int status;
    private final Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    private final byte[] body;
    private final String url;

    private Response(Pointer it) {
        status = Abi.ferry_response_status(it);
        for (long index = 0; index < Abi.ferry_response_header_count(it); index++) {
            headers.computeIfAbsent(Abi.ferry_response_header_name(it, index), name -> new ArrayList<>())
                    .add(Abi.ferry_response_header_value(it, index));
        }
        body = Abi.ferry_response_body(it).getByteArray(0, (int) Abi.ferry_response_body_len(it));
        url = Abi.ferry_response_url(it);
        handle = new Handle("response", it, Abi::ferry_response_free);
    }

    static Response of(Call call, Call.Giver giver) {
        return call.take(Abi::ferry_response_free, giver, Response::new);
    }

    /** The HTTP status, such as 200. */
    public int status() {
        return status;
    }

    /** The first value of a header, whose name is not case-sensitive. */
    public Optional<String> header(String name) {
        List<String> values = headers.get(Objects.requireNonNull(name, "name"));
        return Optional.ofNullable(values).map(all -> all.get(0));
    }

    /** All headers, by names that are not case-sensitive. */
    public Map<String, List<String>> headers() {
        return headers;
    }

    /** The body, at most 16 MiB; empty if there is none. */
    public byte[] body() {
        return body;
    }

    /** The body as UTF-8 text. */
    public String text() {
        return new String(body, StandardCharsets.UTF_8);
    }

    /** The body as JSON: null if it is empty. Anything else is {@link Status#PROTOCOL}. */
    public Json json() {
        try (Call call = new Call()) {
            Pointer response = call.lend(handle);
            return call.json((out, err) -> Abi.ferry_response_json(response, out, err));
        }
    }

    /** The URL of the request as errors show it, without secrets. */
    public String url() {
        return url;
    }

    @Override
    public void close() {
        handle.close();
    }
}
