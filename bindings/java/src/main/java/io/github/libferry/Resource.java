package io.github.libferry;

import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The objects of one kind of a factory. They are JSON as the service gives it; its documentation has their
 * members. Parameters and options may be null, except what is to be made or changed.
 */
public abstract class Resource {
    private final Telestream account;
    final String factory;
    private final int resource;

    Resource(Telestream account, String factory, int resource) {
        this.account = account;
        this.factory = factory;
        this.resource = resource;
    }

    final Json ask(RequestOptions options, Question.Sender sender) {
        return new Question(account, factory, options).ask(sender);
    }

    /** One page: "page", from 1 on, and "per_page", at most 100; videos and encodings also by "status". */
    public List<Json> list(Map<String, ?> params, RequestOptions options) {
        String json = Call.jsonText(params);
        return ask(options, (it, with, out, err) ->
                        Abi.ferry_telestream_list(it, resource, factory, json, with, out, err))
                .items();
    }

    /** The first page. */
    public List<Json> list() {
        return list(null, null);
    }

    /** All pages. */
    public List<Json> all(Map<String, ?> params, RequestOptions options) {
        String json = Call.jsonText(params);
        return ask(options, (it, with, out, err) ->
                        Abi.ferry_telestream_list_all(it, resource, factory, json, with, out, err))
                .items();
    }

    /** One object by its id, a profile also by its name. */
    public Json find(String id) {
        return find(id, null, null);
    }

    /** With "screenshots" (encodings) and "expand" (profiles), each true, the service tells more. */
    public Json find(String id, Map<String, ?> params, RequestOptions options) {
        Call.plain("id", id);
        String json = Call.jsonText(params);
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_find(it, resource, factory, id, json, with, out, err));
    }

    /** Makes an object. It is sent again only if it has surely not arrived. */
    public Json create(Map<String, ?> params, RequestOptions options) {
        String json = Call.jsonText(Objects.requireNonNull(params, "params"));
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_create(it, resource, factory, json, with, out, err));
    }

    /** Changes the given members of a factory or a profile, with an API key also of an encoding. */
    public Json update(String id, Map<String, ?> params, RequestOptions options) {
        Call.plain("id", id);
        String json = Call.jsonText(Objects.requireNonNull(params, "params"));
        return ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_update(it, resource, factory, id, json, with, out, err));
    }

    /** Deletes a video with all its files, an encoding or a profile. */
    public void delete(String id, RequestOptions options) {
        Call.plain("id", id);
        ask(options, (it, with, out, err) ->
                Abi.ferry_telestream_delete(it, resource, factory, id, with, out, err));
    }
}
